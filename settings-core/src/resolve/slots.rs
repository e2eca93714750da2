//! Slots: one per setting, with the value in force and its origin.

use super::precedence::{NameUse, Scope};
use crate::{
    error::origin::{Layer, Origin},
    schema::layout::Layout,
    value::{node::Node, raw::Raw},
};
use std::fmt;

/// The value in force of one setting.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) value: SlotValue,
    pub(crate) origin: Origin,
    /// The origin of the highest value that is overridden.
    pub(crate) overrides: Option<Origin>,
    /// Whether a deprecated name was used.
    pub(crate) deprecated_name: bool,
    /// Whether the program changed the value after it was read.
    pub(crate) is_adjusted: bool,
    /// Whether the changed value may contain a secret.
    pub(crate) is_masked: bool,
    pub(super) name: NameUse,
}

/// The value of a slot: one that a source sets, or the state without one.
#[derive(Clone, Debug)]
pub(crate) enum SlotValue {
    /// No source sets it.
    Unset,
    /// Set to nothing.
    Empty,
    /// A value.
    Value(Raw),
    /// A list or map of groups, or one element of it.
    Groups(GroupsNode),
    /// The name of the file that contains the value.
    FromFile(String),
    /// A value that cannot be read. A problem already reports it.
    Unreadable,
    /// A value that was moved into the struct.
    Consumed,
}

/// A structure for groups. Its keys are matched to settings when the groups are built.
#[derive(Clone)]
pub(crate) struct GroupsNode(pub(crate) Node<'static>);

/// One value inside a list, a map or a list of groups: `X__0__HOST`.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The element or key, then the name inside it, if there is one.
    pub(crate) path: Vec<String>,
    pub(crate) value: SlotValue,
    pub(crate) origin: Origin,
    pub(crate) layer: u16,
    /// Whether names in that layer have an order.
    pub(super) is_ordered: bool,
    /// Whether a flat source set it. The case of its keys may be that of variable names.
    pub(crate) is_flat: bool,
}

/// A value of a lower layer of a setting that combines several.
#[derive(Clone, Debug)]
pub(crate) struct LowerValue {
    pub(crate) layer: u16,
    pub(crate) value: SlotValue,
    pub(crate) origin: Origin,
}

/// A value that another one overrode, or that is one part of a map.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "cli"),
    expect(dead_code, reason = "only the command explains")
)]
pub(crate) struct Overridden {
    /// The path of the element that contains the setting, up to its last dot.
    pub(crate) within: String,
    pub(crate) layout: &'static Layout,
    pub(crate) leaf: usize,
    pub(crate) value: SlotValue,
    pub(crate) origin: Origin,
    /// The key of a map, if the value is for that key alone.
    pub(crate) map_key: Option<String>,
    /// Whether it is still in force, because other layers set other keys of the map.
    pub(crate) is_in_force: bool,
}

/// A value of a source that is not yet in a slot.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) value: SlotValue,
    pub(crate) origin: Origin,
    pub(crate) scope: Scope,
    pub(crate) is_canonical: bool,
}

impl SlotValue {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl Slot {
    pub(super) const UNSET: Self = Self {
        value: SlotValue::Unset,
        origin: Origin::DEFAULT,
        overrides: None,
        deprecated_name: false,
        is_adjusted: false,
        is_masked: false,
        name: NameUse::NONE,
    };

    /// Sets the first value.
    #[inline]
    pub(super) fn fill(&mut self, candidate: Candidate, name: NameUse, deprecated_name: bool) {
        self.name = name;
        self.deprecated_name = deprecated_name;
        // An unset value and its origin own nothing, so there is nothing to drop.
        std::mem::forget(std::mem::replace(&mut self.origin, candidate.origin));
        std::mem::forget(std::mem::replace(&mut self.value, candidate.value));
    }

    /// Replaces the value, and returns the former one.
    #[inline]
    pub(super) fn set(
        &mut self,
        candidate: Candidate,
        name: NameUse,
        deprecated_name: bool,
    ) -> (SlotValue, Origin) {
        self.name = name;
        self.deprecated_name = deprecated_name;
        (
            std::mem::replace(&mut self.value, candidate.value),
            std::mem::replace(&mut self.origin, candidate.origin),
        )
    }

    /// Whether a layer above the defaults sets a value.
    pub(crate) fn has_value(&self) -> bool {
        !matches!(self.value, SlotValue::Unset | SlotValue::Empty)
    }

    /// The same for a setting that was built, so that the slot may contain its default.
    pub(crate) fn is_above_defaults(&self) -> bool {
        self.has_value() && self.origin.layer() != Layer::Default
    }
}

impl Overridden {
    pub(crate) fn new(
        layout: &'static Layout,
        leaf: usize,
        value: SlotValue,
        origin: Origin,
    ) -> Self {
        Self {
            within: String::new(),
            layout,
            leaf,
            value,
            origin,
            map_key: None,
            is_in_force: false,
        }
    }

    /// The dotted key of its setting.
    #[cfg(feature = "cli")]
    pub(crate) fn key(&self) -> String {
        crate::schema::element::join(&self.within, self.layout.key_of(self.leaf))
    }
}

impl Candidate {
    pub(super) fn unreadable(origin: Origin, scope: Scope) -> Self {
        Self {
            value: SlotValue::Unreadable,
            origin,
            scope,
            is_canonical: true,
        }
    }
}

/// Prints no values, because they may be secrets.
impl fmt::Debug for GroupsNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GroupsNode(..)")
    }
}
