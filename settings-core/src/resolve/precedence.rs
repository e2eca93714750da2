//! How strongly a value speaks within its layer.

use super::{Given, Resolved, SlotValue};
use crate::error::{
    origin::{Layer, Origin},
    problem::{Problem, ProblemKind},
};

/// How strongly a value speaks within its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct From {
    pub(super) layer: u16,
    /// Part of a group that was given whole.
    pub(super) whole: bool,
    pub(super) rank: u8,
    pub(super) proper: bool,
    pub(super) file: bool,
}

/// Where a value is put: which layer, and whether names in it have an order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) layer: u16,
    pub(crate) ordered: bool,
}

impl Place {
    /// Of two spellings of one name the later counts.
    pub(crate) fn ordered(layer: u16) -> Self {
        let ordered = true;
        Self { layer, ordered }
    }

    /// Names have no order there.
    pub(crate) fn unordered(layer: u16) -> Self {
        let ordered = false;
        Self { layer, ordered }
    }
}

impl Resolved {
    /// Whether a second value of one layer wins over the first. Warns, unless both say the same.
    pub(super) fn wins_in_layer(
        &mut self,
        leaf: usize,
        new: From,
        given: &Given,
        ordered: bool,
    ) -> bool {
        let slot = &self.slots[leaf];
        let old = slot.from;
        if old.whole != new.whole {
            // A leaf's own name beats a group that was given whole.
            return old.whole;
        }
        if old.rank != new.rank && slot.said.is_empty() != given.said.is_empty() {
            // Of the several names of a leaf, one that is set to nothing counts as not set.
            return slot.said.is_empty();
        }
        let wins = if old.rank != new.rank {
            new.rank < old.rank
        } else if old.proper != new.proper {
            new.proper
        } else if ordered {
            true
        } else {
            // Of one key that stands twice the last counts, as it does inside of a value.
            given.origin.name() <= slot.origin.name()
        };
        let same = match (&slot.said, &given.said) {
            (SlotValue::Value(old), SlotValue::Value(new)) => old.is_same(new),
            (SlotValue::Empty, SlotValue::Empty) => true,
            _ => false,
        };
        // Whoever hands variables over may put some of them a second time, to override the first.
        let overridden = ordered
            && given.origin.layer() == Layer::Environment
            && slot.origin.name() == given.origin.name();
        if !(same || overridden) {
            let (winner, loser) = if wins {
                (&given.origin, &slot.origin)
            } else {
                (&slot.origin, &given.origin)
            };
            let (winning, losing) = (spelled(winner), spelled(loser));
            let (what, help) = if winning == losing {
                let (one, other) = if wins {
                    ("later", "earlier")
                } else {
                    ("earlier", "later")
                };
                let what = format!(
                    "set twice in one layer: the {one} {winning} wins over the {other} one"
                );
                (what, "leave out one of them".to_owned())
            } else {
                let what = format!("set twice in one layer: {winning} wins over {losing}");
                (what, format!("remove {losing}"))
            };
            let warning = Problem::new(ProblemKind::Ambiguous, what)
                .about(loser.clone())
                .at(self.layout.key_of(leaf))
                .variable(self.layout.env_of(leaf))
                .with_help(help);
            self.warnings.push(warning);
        }
        wins
    }
}

/// An origin with its name, where the place alone would not tell two names apart.
fn spelled(origin: &Origin) -> String {
    match origin.name() {
        Some(name) if !origin.to_string().contains(name) => format!("{name} ({origin})"),
        _ => origin.to_string(),
    }
}
