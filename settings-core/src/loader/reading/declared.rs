//! Expansion of `~/` and `{key}` in paths of sources.

use super::{PathSetting, Reading, Source, SourcePath};
use crate::{
    build::sight,
    error::{
        problem::{Problem, ProblemKind, Sight},
        source_report::SourceStatus,
    },
    resolve::SlotValue,
    rules::Rules,
    schema::{Kind, Leaf},
    value::observer::ValueObserver,
};
use std::{borrow::Cow, path::Path};

impl Reading {
    /// The path of a source with `{key}` and `~/` filled in, or `None` if a setting in it has no value.
    pub(super) fn path_of(&mut self, source: &Source) -> Option<SourcePath> {
        let mut declared = source.path()?.clone();
        if declared.has_placeholder() {
            match self.filled(&declared) {
                Ok(Some(filled)) => declared = filled,
                skipped => {
                    self.resolved.problems.extend(skipped.err());
                    let name = declared.path.display().to_string();
                    self.report(source.layer(), name, SourceStatus::Skipped);
                    return None;
                }
            }
        }
        if let Ok(rest) = declared.path.strip_prefix("~")
            && let Some(home) = self.variable("HOME")
        {
            declared.path = Path::new(&home).join(rest);
        }
        Some(declared)
    }

    /// A path with each `{key}` filled in.
    pub(crate) fn filled(&self, declared: &SourcePath) -> Result<Option<SourcePath>, Problem> {
        let Some(text) = declared.path.to_str() else {
            return Ok(Some(declared.clone()));
        };
        let alone = text.starts_with('{') && text.find('}') == Some(text.len() - 1);
        let mut required = declared.required;
        let mut set_by = None;
        let mut names_invalid = false;
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((key, after)) = after.split_once('}') else {
                break;
            };
            let Some((value, setting)) = self.placeholder(key, alone)? else {
                return Ok(None);
            };
            if alone {
                required |= setting.is_some();
                set_by = setting;
            }
            names_invalid |= self.is_invalid_setting(key);
            filled.push_str(before);
            filled.push_str(&value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(Some(SourcePath {
            path: filled.into(),
            required,
            set_by,
            names_invalid,
        }))
    }

    /// The text of the setting in a placeholder. If a layer sets it, also the setting and its origin.
    pub(super) fn placeholder(
        &self,
        key: &str,
        alone: bool,
    ) -> Result<Option<(String, Option<PathSetting>)>, Problem> {
        let name = self.layout.leaf_named(key);
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
                "named in the path of a source, but there is no such setting",
                "correct the path in the program",
            );
        };
        let slot = &self.resolved.slots[at];
        let is_hidden = sight(self.layout, at, leaf, &slot.origin) == Sight::Masked;
        if is_hidden || !matches!(leaf.kind(), Kind::Text | Kind::Parsed(_) | Kind::Enum(_)) {
            return refuse(
                "named in the path of a source, but only a string or enum that is not secret can be",
                "correct the path in the program",
            );
        }
        if leaf.has_dependent_default() {
            return refuse(
                "named in the path of a source, but its default depends on other settings",
                "correct the path in the program",
            );
        }
        let (text, set) = match &slot.value {
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
            if self.is_invalid(at, leaf) {
                return Ok(None);
            }
            let problem = Problem::new(
                ProblemKind::Source,
                "it is part of a file name: expected letters, digits, `_`, `-` and `.`, without a leading `.`,",
            );
            return Err(problem
                .at(key.to_owned())
                .from(slot.origin.clone())
                .with_help("correct its value"));
        }
        let set_by = set.then(|| PathSetting {
            leaf: at,
            origin: slot.origin.clone(),
        });
        Ok(Some((text, set_by)))
    }

    fn is_invalid_setting(&self, key: &str) -> bool {
        let at = self
            .layout
            .leaf_named(key)
            .map(|name| usize::from(name.index));
        at.and_then(|at| Some((at, self.layout.leaf(at)?)))
            .is_some_and(|(at, leaf)| self.is_invalid(at, leaf))
    }

    /// Whether the value of a setting is invalid. The setting reports that itself when it is built.
    fn is_invalid(&self, at: usize, leaf: &Leaf) -> bool {
        let slot = &self.resolved.slots[at];
        let text = match &slot.value {
            SlotValue::Value(raw) => raw.as_text(),
            SlotValue::Unreadable => return true,
            _ => None,
        };
        let Some(text) = text else {
            return false;
        };
        if let Kind::Enum(names) = leaf.kind() {
            let folded = |name: &str| name.to_lowercase().replace(['-', '_'], "");
            return !names.iter().any(|name| folded(name) == folded(text.trim()));
        }
        let mut rules = Rules::new(leaf.rules);
        rules.text(&text);
        !rules.into_broken().is_empty()
    }
}

impl Source {
    pub(super) fn path(&self) -> Option<&SourcePath> {
        match self {
            Self::File(path, _) | Self::EnvFile(path) | Self::SecretsDir(path) => Some(path),
            #[cfg(feature = "dotenvy")]
            Self::Dotenvy(path) => Some(path),
            #[cfg(feature = "figment")]
            Self::Provider(_) => None,
            #[cfg(feature = "remote")]
            Self::Store(_) => None,
            Self::ProcessEnv | Self::Env(_) | Self::Arguments(_) | Self::Set(..) => None,
        }
    }

    pub(super) fn has_placeholder(&self) -> bool {
        self.path().is_some_and(SourcePath::has_placeholder)
    }
}

impl SourcePath {
    pub(super) fn has_placeholder(&self) -> bool {
        self.path.to_str().is_some_and(|path| path.contains('{'))
    }
}
