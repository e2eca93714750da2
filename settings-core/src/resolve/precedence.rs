//! Precedence of the values that sources set for one setting, as one ordered type.
//!
//! | one value | another value | in force | decided by |
//! |---|---|---|---|
//! | `PORT=1` in `.env` | `PORT=2` in the environment | 2 | the higher layer |
//! | `SERVER={"port":1}` | `SERVER_PORT=2` | 2 | the setting's own name |
//! | `PORT=` | `HTTP_PORT=2`, an alias | 2 | the value that is not empty |
//! | `PORT=1` | `HTTP_PORT=2`, an alias | 1 | the rank of the name |
//! | `PORT=1` | `port=2` | 1 | the canonical spelling |
//! | `Port=1` | `port=2` on a later line | 2 | the order, where the source has one |
//! | `Port=1` | `port=2` in the process environment | 1 | the first name by bytes |
//!
//! A name that one source sets twice has its last value; the table does not apply. `PORT` and `PORT_FILE` in one layer
//! have no order: both together are a problem.

use super::{Candidate, Resolved, Slot, SlotValue};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
    },
    schema::layout::{LayoutName, Target},
};
use std::cmp::Reverse;

/// The precedence of a value. The greatest is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Precedence<'a> {
    layer: u16,
    scope: Scope,
    is_set: bool,
    rank: Reverse<u8>,
    is_canonical: bool,
    order: Order<'a>,
}

/// The scope of a name in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// A group, of which the setting is one part.
    Group,
    /// The setting alone.
    Setting,
}

/// The order of two names in one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order<'a> {
    ByName(Reverse<Option<&'a str>>),
    Later(bool),
}

/// A layer, and whether the names in its source have an order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SourceOrder {
    pub(crate) layer: u16,
    pub(crate) is_ordered: bool,
}

/// The name by which a source set a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameUse {
    pub(super) layer: u16,
    pub(super) scope: Scope,
    pub(super) rank: u8,
    pub(super) is_canonical: bool,
    /// Whether the value is in a file that the name's value names.
    pub(super) is_file: bool,
    /// The ring of the names in other variants that are equal to it, or 0.
    pub(super) ring: u16,
}

impl SourceOrder {
    /// A source whose later names override earlier ones.
    pub(crate) fn ordered(layer: u16) -> Self {
        Self {
            layer,
            is_ordered: true,
        }
    }

    /// A source whose names have no order.
    pub(crate) fn unordered(layer: u16) -> Self {
        Self {
            layer,
            is_ordered: false,
        }
    }
}

impl NameUse {
    pub(super) const NONE: Self = Self {
        layer: 0,
        scope: Scope::Group,
        rank: 0,
        is_canonical: false,
        is_file: false,
        ring: 0,
    };

    pub(super) fn new(source: SourceOrder, name: LayoutName, candidate: &Candidate) -> Self {
        Self {
            layer: source.layer,
            scope: candidate.scope,
            rank: name.rank,
            is_canonical: candidate.is_canonical,
            is_file: name.target == Target::File,
            ring: name.ring(),
        }
    }

    fn precedence<'a>(self, value: &SlotValue, order: Order<'a>) -> Precedence<'a> {
        Precedence {
            layer: self.layer,
            scope: self.scope,
            is_set: !value.is_empty(),
            rank: Reverse(self.rank),
            is_canonical: self.is_canonical,
            order,
        }
    }
}

impl Resolved {
    /// Whether a second value of one layer overrides the first. Adds a warning if two names or spellings disagree.
    pub(super) fn overrides_in_layer(
        &mut self,
        leaf: usize,
        source: SourceOrder,
        name: NameUse,
        candidate: &Candidate,
    ) -> bool {
        let slot = &self.slots[leaf];
        let is_repeated = slot.name == name && slot.origin.name() == candidate.origin.name();
        let (old, new) = precedences(slot, source, name, candidate);
        let overrides = is_repeated || old < new;
        let is_same = match (&slot.value, &candidate.value) {
            (SlotValue::Value(old), SlotValue::Value(new)) => old.is_same(new),
            (SlotValue::Empty, SlotValue::Empty)
            | (SlotValue::Unreadable, SlotValue::Unreadable) => true,
            _ => false,
        };
        // A caller of `env_from` may repeat a variable to override its first value.
        let is_override =
            source.is_ordered && is_repeated && candidate.origin.layer() == Layer::Environment;
        let is_silent = old.scope != new.scope || old.rank != new.rank && old.is_set != new.is_set;
        if !(is_same || is_override || is_silent) {
            let origins = (&slot.origin, &candidate.origin);
            let warning = set_twice(origins, overrides)
                .at(self.layout.key_of(leaf))
                .variable(self.layout.env_of(leaf));
            self.warn_of_setting(leaf, warning);
        }
        overrides
    }
}

/// The precedence of the value in a slot and that of a later candidate of the same layer.
fn precedences<'a>(
    slot: &'a Slot,
    source: SourceOrder,
    name: NameUse,
    candidate: &'a Candidate,
) -> (Precedence<'a>, Precedence<'a>) {
    let order = |origin: &'a Origin, is_later| {
        if source.is_ordered {
            Order::Later(is_later)
        } else {
            Order::ByName(Reverse(origin.name()))
        }
    };
    let old = order(&slot.origin, false);
    let new = order(&candidate.origin, true);
    (
        slot.name.precedence(&slot.value, old),
        name.precedence(&candidate.value, new),
    )
}

/// The warning that one layer sets a setting by two names or spellings.
fn set_twice((earlier, later): (&Origin, &Origin), later_wins: bool) -> Problem {
    let (winner, overridden) = if later_wins {
        (later, earlier)
    } else {
        (earlier, later)
    };
    let (winning, losing) = (with_name(winner), with_name(overridden));
    let (what, help) = if winning == losing {
        let (one, other) = if later_wins {
            ("later", "earlier")
        } else {
            ("earlier", "later")
        };
        let what = format!("set twice in one layer: the {one} {winning} wins over the {other} one");
        (what, "remove one of them".to_owned())
    } else {
        let what = format!("set twice in one layer: {winning} wins over {losing}");
        (what, format!("remove {losing}"))
    };
    Problem::new(ProblemKind::Ambiguous, what)
        .about(overridden.clone())
        .with_help(help)
}

/// An origin with its name, if two origins would look the same without it.
fn with_name(origin: &Origin) -> String {
    match origin.name() {
        Some(name) if !origin.to_string().contains(name) => format!("{name} ({origin})"),
        _ => origin.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, Precedence, Reverse, Scope};

    fn value(
        layer: u16,
        scope: Scope,
        is_set: bool,
        rank: u8,
        is_canonical: bool,
        order: Order<'static>,
    ) -> Precedence<'static> {
        Precedence {
            layer,
            scope,
            is_set,
            rank: Reverse(rank),
            is_canonical,
            order,
        }
    }

    /// The table at the top of this file. All fields after the deciding one favour the lower value.
    #[test]
    fn each_case_is_decided_by_its_own_column() {
        use Scope::{Group, Setting};
        let (first, last) = (Order::Later(false), Order::Later(true));
        let by_name = |name| Order::ByName(Reverse(Some(name)));
        let lower_and_greater = [
            (
                value(1, Setting, true, 0, true, last),
                value(2, Group, false, 1, false, first),
            ),
            (
                value(1, Group, true, 0, true, last),
                value(1, Setting, false, 1, false, first),
            ),
            (
                value(1, Setting, false, 0, true, last),
                value(1, Setting, true, 1, false, first),
            ),
            (
                value(1, Setting, true, 1, true, last),
                value(1, Setting, true, 0, false, first),
            ),
            (
                value(1, Setting, true, 0, false, last),
                value(1, Setting, true, 0, true, first),
            ),
            (
                value(1, Setting, true, 0, false, first),
                value(1, Setting, true, 0, false, last),
            ),
            (
                value(1, Setting, true, 0, false, by_name("port")),
                value(1, Setting, true, 0, false, by_name("Port")),
            ),
        ];
        for (lower, greater) in lower_and_greater {
            assert!(lower < greater, "{lower:?} {greater:?}");
        }
    }
}
