//! The texts that no reason of a user's function may quote, while a struct is built.

use super::LeafField;
use crate::{
    error::redact::{self, SecretHash},
    schema::{Leaf, layout::Layout},
    value::raw::Raw,
};
use std::fmt;
use zeroize::Zeroizing;

/// Texts of masked leaves, kept as long as a check across leaves may quote them; wiped when dropped.
pub(super) struct Hidden {
    texts: Vec<Zeroizing<String>>,
    /// Whether a struct has a check of its own.
    wanted: bool,
    /// Whether a struct has derived properties.
    derives: bool,
    /// Whether there is a secret whose text is not known any more.
    blind: bool,
}

impl Hidden {
    pub(super) fn of(layout: &'static Layout) -> Self {
        let groups = || layout.groups.iter().map(|group| group.group);
        Self {
            texts: Vec::new(),
            wanted: groups().any(|group| group.validated),
            derives: groups().any(|group| !group.derived.is_empty()),
            blind: false,
        }
    }

    /// Whether anything is to be noted of a masked leaf.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted || self.derives
    }

    /// Notes the texts of a masked leaf. Gives what remains to know them by once they are gone, if nothing else does.
    pub(super) fn note<T>(
        &mut self,
        leaf: &Leaf,
        take: &LeafField<T>,
        value: &T,
        raw: Option<&Raw>,
    ) -> Vec<SecretHash> {
        let mut secret_hashes = Vec::new();
        let mut keep = |text: &str| self.texts.push(Zeroizing::new(text.to_owned()));
        if let Some(reveal) = take.facts.reveal {
            if self.wanted {
                reveal(value, &mut keep);
            }
        } else if leaf.secret {
            if let Some(raw) = raw {
                raw.each_text(&mut |text| {
                    if self.derives {
                        secret_hashes.push(SecretHash::of(text));
                    }
                    keep(text);
                });
            }
        } else if self.wanted
            && let Some(text) = (take.facts.show)(value)
        {
            self.texts.push(Zeroizing::new(text));
        }
        secret_hashes
    }

    /// Notes the passwords of URLs in a text, which is not masked otherwise.
    pub(super) fn note_urls(&mut self, text: &str) {
        if self.wanted && text.contains(['@', '=']) {
            let passwords = redact::passwords(text).into_iter();
            self.texts
                .extend(passwords.map(|range| Zeroizing::new(text[range].to_owned())));
        }
    }

    /// There is a secret whose text is not known any more, so that no reason may be told.
    pub(super) fn lose_sight(&mut self) {
        self.blind = true;
    }

    /// Notes for a struct outside of this one too.
    pub(super) fn follow(&mut self, outer: &Self) {
        self.wanted |= outer.wanted;
        self.derives |= outer.derives;
        self.blind |= outer.blind;
    }

    pub(super) fn append(&mut self, inner: &mut Self) {
        self.texts.append(&mut inner.texts);
        self.blind |= inner.blind;
    }

    /// A reason with the texts masked in it, and the passwords in URLs.
    pub(super) fn masked_in(&self, reason: String) -> String {
        let mut reason = Zeroizing::new(reason);
        if self.blind {
            return "refused by its own check, whose reason may hold a secret".to_owned();
        }
        for text in &self.texts {
            reason = Zeroizing::new(redact::mask_in(&reason, text).into_owned());
        }
        if *reason == redact::MASK {
            return "refused by its own check, whose reason holds a secret".to_owned();
        }
        redact::escape_truncated(&redact::mask_urls(&reason)).to_string()
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(..)")
    }
}
