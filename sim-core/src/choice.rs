//! Choices: decisions that are no packet's. Each has a causal identity, and a number among those of its kind at its place.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::chance::Identity;
use crate::plan::{Address, Exception, Place};
use crate::trace::Choice;

/// Declares the kinds with their words in files, so that none can be forgotten in one of the lists.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $word:literal,)*) => {
        /// What a choice is about. It is counted at its place every time it is asked for, also if its default is taken.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum ChoiceKind {
            $($(#[$doc])* $kind,)*
        }

        impl ChoiceKind {
            /// Every kind, in the order of the enum.
            pub const ALL: &'static [ChoiceKind] = &[$(ChoiceKind::$kind),*];

            /// The words of all kinds, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word in files: `choose`, `slow disk`.
            pub const fn word(self) -> &'static str {
                match self {
                    $(ChoiceKind::$kind => $word,)*
                }
            }
        }
    };
}

kinds! {
    /// `choose`: a [`choose`](crate::Context::choose) or a [`jitter`](crate::Context::jitter) of a node's handler.
    Choose "choose",
    /// `route`: the node that a client asks, for each attempt under [`Route::Random`](crate::plan::Route::Random).
    Route "route",
    /// `sync`: how long a sync of a node's disk takes, in nanoseconds.
    Sync "sync",
    /// `slow disk`: what a [`SlowDisk`](crate::fault::Fault::SlowDisk) window adds to a sync, in nanoseconds; each open
    /// window asks by itself.
    SlowDisk "slow disk",
    /// `rot`: the bit that a [`BitRot`](crate::fault::Fault::BitRot) window flips, counted through the files in order.
    Rot "rot",
    /// `misdirect`: where a write goes while a [`Misdirect`](crate::fault::Fault::Misdirect) window is open: 0 where it
    /// belongs, else that sector of the file, less one. Each open window asks by itself.
    Misdirect "misdirect",
    /// `unsynced`: the fate of an unsynced write in a crash under an [`Unsynced`](crate::fault::Fault::Unsynced) window: 0
    /// lost, 1 kept, `1 + n` torn after its first `n` sectors.
    Unsynced "unsynced",
}

impl fmt::Display for ChoiceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Serialize for ChoiceKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for ChoiceKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ChoiceKind, D::Error> {
        struct Word;
        impl Visitor<'_> for Word {
            type Value = ChoiceKind;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a kind of choice in quotes, such as \"rot\"")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<ChoiceKind, E> {
                let kind = ChoiceKind::ALL.iter().find(|kind| kind.word() == text);
                kind.copied().ok_or_else(|| E::unknown_variant(text, ChoiceKind::WORDS))
            }
        }
        deserializer.deserialize_str(Word)
    }
}

/// A choice that is to be made: both of its addresses but for the number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) identity: Identity,
    pub(crate) place: Place,
    pub(crate) kind: ChoiceKind,
}

/// The numbers of choices. They are counted only where somebody wants to know: exceptions by number, or a trace.
#[derive(Default, Debug)]
pub(crate) struct Choices {
    counting: bool,
    listed: BTreeMap<(Place, ChoiceKind, u32), u64>,
    asked: BTreeMap<(Place, ChoiceKind), u32>,
    made: Option<Vec<Choice>>,
}

impl Choices {
    pub(crate) fn reset(&mut self, exceptions: &[Exception], tracing: bool) {
        self.listed.clear();
        self.asked.clear();
        for exception in exceptions {
            if let Exception::Chosen(Address::At { place, kind, nth }, value) = exception {
                self.listed.insert((*place, *kind, *nth), *value);
            }
        }
        self.made = tracing.then(Vec::new);
        self.counting = tracing || !self.listed.is_empty();
    }

    #[inline]
    pub(crate) fn counting(&self) -> bool {
        self.counting
    }

    /// Counts a choice and gives what is listed about it.
    pub(crate) fn next(&mut self, Asked { identity, place, kind }: Asked) -> Option<u64> {
        let count = self.asked.entry((place, kind)).or_default();
        let nth = *count;
        *count += 1;
        if let Some(made) = &mut self.made {
            made.push(Choice { identity, place, kind, nth });
        }
        self.listed.get(&(place, kind, nth)).copied()
    }

    /// Every choice of a run that was traced, in the order in which they were made.
    pub(crate) fn take_made(&mut self) -> Vec<Choice> {
        self.made.take().unwrap_or_default()
    }
}
