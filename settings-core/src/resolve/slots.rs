//! One slot a leaf; the highest layer wins.

use super::precedence::From;
use crate::{
    error::origin::{Layer, Origin},
    schema::layout::Layout,
    value::{node::Node, raw::Raw},
};
use std::fmt;

/// What the layers said of one leaf.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) said: SlotValue,
    pub(crate) origin: Origin,
    /// The highest value below the one that won.
    pub(crate) hides: Option<Box<Origin>>,
    /// Whether a deprecated name was used.
    pub(crate) deprecated_name: bool,
    pub(super) from: From,
}

/// What the winner said.
#[derive(Clone, Debug)]
pub(crate) enum SlotValue {
    /// No layer spoke.
    Unset,
    /// It was set to nothing.
    Empty,
    /// A value.
    Value(Raw),
    /// A list or map of groups, or one element of it.
    Tree(Tree),
    /// The value stands in the file with this name.
    FromFile(String),
    /// What was said could not be read; a problem says so.
    Unreadable,
    /// A value that was given away when the leaf was decoded.
    Consumed,
}

/// What a source has for groups, with the place of each part; the groups' own plans are known only when they are built.
#[derive(Clone)]
pub(crate) struct Tree(pub(crate) Node<'static>);

/// One value from the inside of a list, a map or a list of groups: `X__0__HOST`.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) path: Vec<String>,
    pub(crate) said: SlotValue,
    pub(crate) origin: Origin,
    pub(crate) layer: u16,
    /// Whether names in that layer have an order.
    pub(super) ordered: bool,
    /// Whether a flat source named the key, whose case may be that of its names.
    pub(crate) flat: bool,
}

/// A value that another one won over, or joined.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "cli"),
    expect(dead_code, reason = "only the command explains")
)]
pub(crate) struct Overridden {
    /// What stands before its key: the place of an element of a list or map of groups.
    pub(crate) within: String,
    pub(crate) layout: &'static Layout,
    pub(crate) leaf: usize,
    pub(crate) said: SlotValue,
    pub(crate) origin: Origin,
    /// The one key of a map that it is about.
    pub(crate) part: Option<String>,
    /// Whether what is in force holds it nevertheless: other layers gave a map other keys.
    pub(crate) counts: bool,
}

/// A value as a source spelled it, on its way to its slot.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) said: SlotValue,
    pub(crate) origin: Origin,
    pub(crate) whole: bool,
    pub(crate) proper: bool,
}

impl SlotValue {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl Slot {
    pub(super) const EMPTY: Self = Self {
        said: SlotValue::Unset,
        origin: Origin::DEFAULT,
        hides: None,
        deprecated_name: false,
        from: From {
            layer: 0,
            whole: false,
            rank: 0,
            proper: false,
            file: false,
        },
    };

    /// Whether a layer above the defaults holds a value.
    pub(crate) fn has_value(&self) -> bool {
        !matches!(self.said, SlotValue::Unset | SlotValue::Empty)
    }

    /// The same, once the leaf was built, whose default may stand in it by then.
    pub(crate) fn is_above_defaults(&self) -> bool {
        self.has_value() && self.origin.layer() != Layer::Default
    }
}

impl Overridden {
    pub(crate) fn new(
        layout: &'static Layout,
        leaf: usize,
        said: SlotValue,
        origin: Origin,
    ) -> Self {
        Self {
            within: String::new(),
            layout,
            leaf,
            said,
            origin,
            part: None,
            counts: false,
        }
    }

    /// The dotted key of its leaf.
    #[cfg(feature = "cli")]
    pub(crate) fn key(&self) -> String {
        format!("{}{}", self.within, self.layout.key_of(self.leaf))
    }
}

impl Given {
    pub(super) fn unreadable(origin: Origin, whole: bool) -> Self {
        Self {
            said: SlotValue::Unreadable,
            origin,
            whole,
            proper: true,
        }
    }
}

/// Never the values: they may be secrets.
impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tree(..)")
    }
}
