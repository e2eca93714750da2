//! Secret texts of a struct that is being built, which no reason of a check may quote.

use super::{
    Assemble, Assembler, StructScope, Walk, index,
    leaf_type::{LeafFacts, LeafPlace},
    sight,
};
use crate::{
    build::rows,
    error::{
        problem::{Problem, Sight},
        redact::{self, SecretHash, Secrets},
    },
    resolve::{Resolved, SlotValue},
    schema::{Leaf, layout::Layout},
    value::raw::Raw,
};
use zeroize::Zeroizing;

impl Assembler<'_> {
    /// Every secret text of a struct.
    pub(super) fn secrets_of<T: Assemble>(&self, scope: &StructScope, value: &T) -> Secrets {
        let mut rows = rows::Rows::of_secrets();
        let cursor = self.cursor.at_group(scope.here);
        value.walk(&mut Walk::from(cursor, self.resolved, &mut rows));
        rows.into_secrets()
    }

    /// The secret texts of a setting, and whether its value may be quoted.
    pub(super) fn secrets_in(
        &self,
        at: usize,
        leaf: &Leaf,
        target: &LeafPlace<'_>,
        raw: Option<&Raw>,
    ) -> (Secrets, Sight) {
        let mut secrets = Secrets::default();
        let sight = self.sight(at, leaf);
        let shows = match target.value() {
            Some(value) => rows::of_value(sight, leaf, value, raw, &mut secrets).0,
            None => rows::Shows::Nothing,
        };
        let sight = match shows {
            rows::Shows::Masked => Sight::Masked,
            rows::Shows::Structure(_) if raw.is_none_or(|raw| raw.as_node().is_none()) => {
                Sight::Masked
            }
            _ => sight,
        };
        (secrets, sight)
    }

    /// Keeps an invalid value for [`mask_repeated`].
    pub(super) fn keep_text(&mut self, at: usize, leaf: &Leaf, sight: Sight, raw: Raw) {
        if sight == Sight::Masked {
            let secret = (self.cursor.layout, index(at), raw);
            self.resolved.secret_values.push(secret);
        } else {
            let texts = &mut self.resolved.quoted_texts;
            rows::each_text(&raw, leaf, &mut |text| {
                texts.push(Zeroizing::new(text.to_owned()));
            });
        }
    }

    /// Records hashes of the secret texts that a value does not reveal, for the checks and derived
    /// properties of the structs around it.
    pub(super) fn note_hashes(&mut self, at: usize, leaf: &Leaf, facts: LeafFacts, raw: &Raw) {
        if !self.keeps_hashes || !leaf.secret || facts.reveals {
            return;
        }
        let mut hashes = Vec::new();
        rows::each_text(raw, leaf, &mut |text| {
            hashes.extend(
                SecretHash::each(text)
                    .into_iter()
                    .map(|hash| (index(at), hash)),
            );
        });
        self.resolved.secret_hashes.extend(hashes);
    }
}

/// Masks invalid values that are also the value of a secret, or contain it: one text may be written in two places.
#[cold]
pub(crate) fn mask_repeated(resolved: &Resolved, problems: &mut [Problem]) {
    if resolved.quoted_texts.is_empty() {
        return;
    }
    let mut secrets = Secrets::default();
    for (layout, at, raw) in &resolved.secret_values {
        if let Some(leaf) = layout.leaf(usize::from(*at)) {
            rows::each_text(raw, leaf, &mut |text| secrets.add(text));
        }
    }
    for (at, slot) in resolved.slots.iter().enumerate() {
        if let SlotValue::Value(raw) = &slot.value
            && let Some(leaf) = resolved.layout.leaf(at)
            && sight(resolved.layout, at, leaf, &slot.origin) == Sight::Masked
        {
            rows::each_text(raw, leaf, &mut |text| secrets.add(text));
        }
    }
    for text in &resolved.quoted_texts {
        if secrets.occur_in(text) {
            for problem in &mut *problems {
                problem.mask(text, &secrets);
            }
        }
    }
}

/// The reason of a check of a whole struct, with each secret of the struct masked.
pub(super) fn masked_reason(secrets: &Secrets, reason: &str) -> String {
    if secrets.has_unknown() {
        return "rejected by its `validate` function, whose reason may contain a secret".to_owned();
    }
    redact::escape_reason(&secrets.mask(reason))
}

/// Whether a struct has a check or a derived property that may print a secret.
pub(super) fn needs_hashes(layout: &'static Layout) -> bool {
    let mut groups = layout.groups.iter().map(|group| group.group);
    groups.any(|group| group.validated || !group.derived.is_empty())
}
