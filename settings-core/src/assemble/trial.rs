//! The defaults tried alone, to see which of them break the rules of their leaf.

use super::{Around, Assembler, index};
use crate::{
    origin::Layer,
    resolve::{Resolved, Said},
    schema::{Default, Leaf},
};

/// A build of which nobody wants the value. No function of a struct as a whole is called for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial<'a> {
    /// The load that it follows; a function that this load did not need is not called after it.
    load: Option<&'a Resolved>,
    /// Whether functions that compute a default are called.
    functions: bool,
}

impl<'a> Assembler<'a> {
    /// Tries the defaults; after a load, those that it did not take.
    pub(crate) fn trial(resolved: &'a mut Resolved, load: Option<&'a Resolved>) -> Self {
        let mut assembler = Self::new(resolved, Around::default());
        assembler.trial = Some(Trial {
            load,
            functions: load.is_none(),
        });
        assembler
    }
}

impl Trial<'_> {
    /// Whether the default of a leaf is not to be tried.
    pub(super) fn spares(self, at: usize, leaf: &Leaf) -> bool {
        let was_taken = self.load.is_some_and(|load| {
            let slot = &load.slots[at];
            slot.origin.layer() == Layer::Default
                && !matches!(slot.said, Said::Nothing | Said::Empty)
        });
        was_taken || !self.functions && matches!(leaf.default, Default::Function(_))
    }

    /// The trial of one element of a list or map of groups, unless the load has built some.
    pub(super) fn of_element(self, at: usize) -> Option<Self> {
        let built = self
            .load
            .and_then(|load| load.inside.get(&index(at)))
            .is_some_and(|elements| !elements.is_empty());
        (!built).then_some(Self { load: None, ..self })
    }
}
