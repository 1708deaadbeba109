//! What a key of a store holds: something that can be replaced as a whole and added to.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use crate::digest::Digest;

/// A value that can be appended to. Texts and lists grow at the end; numbers are added up, and wrap around.
pub trait Content: Clone + Hash + Eq {
    /// How a state holds it: cheap to clone, to append to and to hash.
    type Held: Clone + Hash + Eq;
    /// Holds a value.
    fn hold(&self) -> Self::Held;
    /// Holds it with `tail` appended.
    fn appended(held: &Self::Held, tail: &Self) -> Self::Held;
    /// Whether the value held is this one.
    fn is(held: &Self::Held, value: &Self) -> bool;

    /// What a value is made of: appending puts the elements of one behind those of another. None of a number.
    type Element: Hash + Eq;
    /// The elements in their order.
    fn elements(&self) -> &[Self::Element];
}

macro_rules! content_of_number {
    ($($type:ty),*) => {$(
        impl Content for $type {
            type Held = $type;
            fn hold(&self) -> $type {
                *self
            }
            fn appended(held: &$type, tail: &$type) -> $type {
                held.wrapping_add(*tail)
            }
            fn is(held: &$type, value: &$type) -> bool {
                held == value
            }
            type Element = ();
            fn elements(&self) -> &[()] {
                &[]
            }
        }
    )*};
}
content_of_number!(u8, u16, u32, u64, i32, i64);

impl Content for String {
    type Held = Rope<u8>;
    fn hold(&self) -> Rope<u8> {
        Rope::of(self.as_bytes())
    }
    fn appended(held: &Rope<u8>, tail: &String) -> Rope<u8> {
        held.with(tail.as_bytes())
    }
    fn is(held: &Rope<u8>, value: &String) -> bool {
        held.is(value.as_bytes())
    }
    type Element = u8;
    fn elements(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<T: Clone + Hash + Eq> Content for Vec<T> {
    type Held = Rope<T>;
    fn hold(&self) -> Rope<T> {
        Rope::of(self)
    }
    fn appended(held: &Rope<T>, tail: &Vec<T>) -> Rope<T> {
        held.with(tail)
    }
    fn is(held: &Rope<T>, value: &Vec<T>) -> bool {
        held.is(value)
    }
    type Element = T;
    fn elements(&self) -> &[T] {
        self
    }
}

/// A sequence made of pieces, each on top of what came before it. To clone it and to hash it takes no time, to append to
/// it only that of the new piece.
#[derive(Clone, Debug)]
pub struct Rope<T>(Option<Rc<Piece<T>>>);

#[derive(Debug)]
struct Piece<T> {
    before: Rope<T>,
    tail: Box<[T]>,
    length: usize,
    /// Of the elements from the first to the last, in whatever pieces.
    digest: Digest,
}

impl<T: Clone + Hash + Eq> Rope<T> {
    fn of(elements: &[T]) -> Rope<T> {
        Rope(None).with(elements)
    }

    fn with(&self, tail: &[T]) -> Rope<T> {
        let (length, mut digest) = self.0.as_ref().map_or((0, Digest::new()), |last| (last.length, last.digest));
        tail.iter().for_each(|element| element.hash(&mut digest));
        Rope(Some(Rc::new(Piece { before: self.clone(), tail: tail.into(), length: length + tail.len(), digest })))
    }

    fn is(&self, elements: &[T]) -> bool {
        if self.length() != elements.len() {
            return false;
        }
        // From the end: sequences that differ have mostly been told apart by their length, or differ late.
        let mut rest = elements;
        self.pieces().all(|piece| {
            let (before, tail) = rest.split_at(rest.len() - piece.tail.len());
            rest = before;
            *tail == *piece.tail
        })
    }

    fn length(&self) -> usize {
        self.0.as_ref().map_or(0, |last| last.length)
    }

    /// From the last to the first.
    fn pieces(&self) -> impl Iterator<Item = &Piece<T>> {
        std::iter::successors(self.0.as_deref(), |piece| piece.before.0.as_deref())
    }

    fn is_the_same(&self, other: &Rope<T>) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }
}

impl<T: Clone + Hash + Eq> PartialEq for Rope<T> {
    fn eq(&self, other: &Rope<T>) -> bool {
        let (Some(one), Some(two)) = (&self.0, &other.0) else { return self.length() == other.length() };
        if one.length != two.length || one.digest != two.digest {
            return false;
        }
        // Two states of one search mostly stand on the very same state.
        if one.before.is_the_same(&two.before) && one.tail == two.tail {
            return true;
        }
        let elements =
            |rope: &Rope<T>| rope.pieces().flat_map(|piece| piece.tail.iter().rev().cloned()).collect::<Vec<_>>();
        elements(self) == elements(other)
    }
}
impl<T: Clone + Hash + Eq> Eq for Rope<T> {}

impl<T> Hash for Rope<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_ref().map_or(Digest::new(), |last| last.digest).hash(state);
    }
}

impl<T> Drop for Rope<T> {
    /// One piece after the other: a chain of a million must not take a million frames.
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut piece) = next.and_then(Rc::into_inner) {
            next = piece.before.0.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rope(pieces: &[&str]) -> Rope<u8> {
        let (first, rest) = pieces.split_first().expect("at least one");
        rest.iter().fold((*first).to_owned().hold(), |held, tail| String::appended(&held, &(*tail).to_owned()))
    }

    #[test]
    fn ropes_are_what_they_spell() {
        for pieces in [&["abcd"][..], &["ab", "cd"], &["a", "bc", "d"], &["", "abcd", ""]] {
            assert!(String::is(&rope(pieces), &"abcd".to_owned()), "{pieces:?}");
            assert!(!String::is(&rope(pieces), &"abdc".to_owned()));
            assert!(!String::is(&rope(pieces), &"abcde".to_owned()));
            assert_eq!(rope(pieces), rope(&["abc", "d"]));
            assert_eq!(Digest::of(&rope(pieces)), Digest::of(&rope(&["abc", "d"])));
            assert_ne!(rope(pieces), rope(&["abd", "c"]));
        }
        assert_eq!(rope(&[""]), Rope(None));
        assert_ne!(rope(&["a"]), Rope(None));
    }

    #[test]
    fn a_very_long_chain_is_dropped() {
        let chain = (0..1_000_000u32).fold(vec![0u32].hold(), |held, n| Vec::appended(&held, &vec![n]));
        assert_eq!(chain.length(), 1_000_001);
        drop(chain);
    }

    #[test]
    fn numbers_are_added_up() {
        assert!(u64::is(&u64::appended(&3u64.hold(), &4), &7));
    }
}
