//! The paths that declarations mean: `~/` and `{leaf}` are filled in.

use super::{Declaration, Feed, NamedBy, Reading};
use crate::{
    build::sight,
    error::{
        problem::{Problem, ProblemKind, Sight},
        source_report::{SourceReport, SourceStatus},
    },
    resolve::SlotValue,
    schema::{Kind, layout::Target},
};
use settings_syntax::name;
use std::{borrow::Cow, path::Path};

impl Reading {
    /// The declaration with the path that it means: `{leaf}` and `~/` are filled in. `None` if a leaf in it has no value.
    pub(super) fn path_of(&mut self, feed: &Feed) -> Option<Declaration> {
        let mut declaration = feed.declaration()?.clone();
        if declaration.has_placeholder() {
            match self.filled(&declaration) {
                Ok(Some(filled)) => declaration = filled,
                left_out => {
                    self.resolved.problems.extend(left_out.err());
                    let place = declaration.path.display().to_string();
                    self.looked.push(SourceReport::new(
                        feed.layer(),
                        place,
                        SourceStatus::Skipped,
                    ));
                    return None;
                }
            }
        }
        if let Ok(rest) = declaration.path.strip_prefix("~")
            && let Some(home) = self.telling_variable("HOME")
        {
            declaration.path = Path::new(&home).join(rest);
        }
        Some(declaration)
    }

    /// The declaration with each `{leaf}` filled in.
    pub(crate) fn filled(&self, declaration: &Declaration) -> Result<Option<Declaration>, Problem> {
        let Some(text) = declaration.path.to_str() else {
            return Ok(Some(declaration.clone()));
        };
        let alone = text.starts_with('{') && text.find('}') == Some(text.len() - 1);
        let mut required = declaration.required;
        let mut named_by = None;
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((key, after)) = after.split_once('}') else {
                break;
            };
            let Some((value, set_by)) = self.placeholder(key, alone)? else {
                return Ok(None);
            };
            if alone {
                required |= set_by.is_some();
                named_by = set_by;
            }
            filled.push_str(before);
            filled.push_str(&value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(Some(Declaration {
            path: filled.into(),
            required,
            named_by,
        }))
    }

    /// The text of the leaf that a placeholder names, and which leaf that is and what set it, if a layer did.
    pub(super) fn placeholder(
        &self,
        key: &str,
        alone: bool,
    ) -> Result<Option<(String, Option<NamedBy>)>, Problem> {
        let hash = name::hash(key.as_bytes());
        let name = self
            .layout
            .key_name(hash, key.as_bytes(), |target| target == Target::Leaf);
        let refuse = |what: &str, help: &str| {
            Err(Problem::new(ProblemKind::Source, what.to_owned())
                .at(key.to_owned())
                .with_help(help.to_owned()))
        };
        let Some((at, leaf)) = name.and_then(|name| {
            let at = usize::from(name.index);
            Some((at, self.layout.leaf(at)?))
        }) else {
            return refuse(
                "named in the path of a source, but there is no such leaf",
                "correct the path in the program",
            );
        };
        let slot = &self.resolved.slots[at];
        let is_hidden = sight(self.layout, at, leaf, &slot.origin) == Sight::Masked;
        if is_hidden || !matches!(leaf.kind(), Kind::Text | Kind::Parsed(_) | Kind::Enum(_)) {
            return refuse(
                "named in the path of a source, but only a text or enum leaf that is no secret can be",
                "correct the path in the program",
            );
        }
        let (text, set) = match &slot.said {
            SlotValue::Value(raw) => (raw.as_text().map(Cow::into_owned), true),
            SlotValue::Empty if leaf.optional => (None, true),
            SlotValue::Unset | SlotValue::Empty => (leaf.default_text(), false),
            _ => (None, true),
        };
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if !alone && (text.starts_with('.') || !text.bytes().all(plain)) {
            let problem = Problem::new(
                ProblemKind::Source,
                "part of a file's name, so expected letters, digits, `_`, `-` and `.`, and no `.` at its beginning,",
            );
            return Err(problem
                .at(key.to_owned())
                .from(slot.origin.clone())
                .with_help("correct its value"));
        }
        let set_by = set.then(|| NamedBy {
            leaf: at,
            origin: slot.origin.clone(),
        });
        Ok(Some((text, set_by)))
    }
}

impl Feed {
    pub(super) fn declaration(&self) -> Option<&Declaration> {
        match self {
            Self::File(declaration)
            | Self::EnvFile(declaration)
            | Self::SecretsDir(declaration) => Some(declaration),
            #[cfg(feature = "dotenvy")]
            Self::Dotenvy(declaration) => Some(declaration),
            _ => None,
        }
    }

    pub(super) fn has_placeholder(&self) -> bool {
        self.declaration().is_some_and(Declaration::has_placeholder)
    }
}

impl Declaration {
    pub(super) fn has_placeholder(&self) -> bool {
        self.path.to_str().is_some_and(|path| path.contains('{'))
    }
}
