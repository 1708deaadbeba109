//! Facts and their values: what a node may say about itself for checkers to judge.

use std::fmt;

use crate::node::NodeId;

/// A kind of fact that a protocol's nodes may record. The loader refuses checks on any other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fact {
    /// The name that scenario files use.
    pub name: &'static str,
    /// What the key is: `"epoch"`, `"peer"`, `"slot"`.
    pub key: &'static str,
    /// What the value is: `"node"`, `"incarnation"`, `"digest"`.
    pub value: &'static str,
}

impl Fact {
    /// A fact with the meaning of its key and value.
    pub const fn new(name: &'static str, key: &'static str, value: &'static str) -> Fact {
        Fact { name, key, value }
    }
}

/// A small value: the key or value of a fact.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing to say: the fact itself is the statement.
    Unit,
    /// A number.
    Int(i128),
    /// A node; reports print its name.
    Node(NodeId),
    /// A text.
    Text(Box<str>),
    /// Several values.
    Tuple(Box<[Value]>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unit => f.write_str("()"),
            Value::Int(n) => n.fmt(f),
            Value::Node(id) => id.fmt(f),
            Value::Text(text) => f.write_str(text),
            Value::Tuple(parts) => {
                f.write_str("(")?;
                for (i, part) in parts.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    part.fmt(f)?;
                }
                f.write_str(")")
            }
        }
    }
}
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! value_from_integer {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(n: $type) -> Value {
                Value::Int(i128::from(n))
            }
        }
    )*};
}
value_from_integer!(u8, u16, u32, u64, i8, i16, i32, i64, bool);

impl From<()> for Value {
    fn from((): ()) -> Value {
        Value::Unit
    }
}
impl From<usize> for Value {
    fn from(n: usize) -> Value {
        Value::Int(n as i128)
    }
}
impl From<NodeId> for Value {
    fn from(id: NodeId) -> Value {
        Value::Node(id)
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.into())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text.into())
    }
}
impl<A: Into<Value>, B: Into<Value>> From<(A, B)> for Value {
    fn from((a, b): (A, B)) -> Value {
        Value::Tuple(Box::new([a.into(), b.into()]))
    }
}
impl<A: Into<Value>, B: Into<Value>, C: Into<Value>> From<(A, B, C)> for Value {
    fn from((a, b, c): (A, B, C)) -> Value {
        Value::Tuple(Box::new([a.into(), b.into(), c.into()]))
    }
}
