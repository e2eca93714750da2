//! Secret texts of a struct that is being built, which no reason of a check may quote.

use super::LeafField;
use crate::{
    error::redact::{self, SecretHash, Secrets},
    schema::{Leaf, layout::Layout},
    value::raw::Raw,
};

/// Texts of masked settings, kept while a check across settings may quote them and then wiped.
#[derive(Debug)]
pub(super) struct Hidden {
    secrets: Secrets,
    /// Whether a struct has a check of its own.
    wanted: bool,
    /// Whether a struct has derived properties.
    derives: bool,
}

impl Hidden {
    pub(super) fn of(layout: &'static Layout) -> Self {
        let groups = || layout.groups.iter().map(|group| group.group);
        Self {
            secrets: Secrets::default(),
            wanted: groups().any(|group| group.validated),
            derives: groups().any(|group| !group.derived.is_empty()),
        }
    }

    /// Whether the texts of a masked setting are needed.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted || self.derives
    }

    /// Notes the texts of a masked setting. Returns hashes of those that the value does not reveal.
    pub(super) fn note<T>(
        &mut self,
        leaf: &Leaf,
        take: &LeafField<T>,
        value: &T,
        raw: Option<&Raw>,
    ) -> Vec<SecretHash> {
        let mut hashes = Vec::new();
        if let Some(reveal) = take.facts.reveal {
            if self.wanted {
                reveal(value, &mut |text| self.secrets.add(text));
            }
        } else if leaf.secret {
            let Some(raw) = raw else {
                self.secrets.add_unknown();
                return hashes;
            };
            raw.each_text(&mut |text| {
                if self.derives {
                    hashes.extend(SecretHash::each(text));
                }
                self.secrets.add(text);
            });
        } else if self.wanted
            && let Some(text) = (take.facts.show)(value)
        {
            self.secrets.add(&text);
        }
        hashes
    }

    /// Notes the passwords in a text that is not masked otherwise.
    pub(super) fn note_urls(&mut self, text: &str) {
        if self.wanted {
            self.secrets.add_credentials(text);
        }
    }

    /// Notes a secret whose text is not known, so that no reason can be shown.
    pub(super) fn lose_sight(&mut self) {
        self.secrets.add_unknown();
    }

    /// Notes texts for a struct around this one too.
    pub(super) fn follow(&mut self, outer: &Self) {
        self.wanted |= outer.wanted;
        self.derives |= outer.derives;
        if outer.secrets.has_unknown() {
            self.secrets.add_unknown();
        }
    }

    pub(super) fn append(&mut self, inner: &mut Self) {
        self.secrets.append(&mut inner.secrets);
    }

    /// A reason of a check with each secret in it masked.
    pub(super) fn masked_in(&self, reason: String) -> String {
        if self.secrets.has_unknown() {
            return "rejected by its `validate` function, whose reason may contain a secret"
                .to_owned();
        }
        redact::escape_reason(&self.secrets.mask(&reason))
    }
}
