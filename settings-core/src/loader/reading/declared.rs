//! Conditions of sources, and expansion of `~/` and `{key}` in their paths.

use super::{PathSetting, Reading, Source, SourcePath};
use crate::{
    build::sight,
    error::{
        problem::{Problem, ProblemKind, Sight},
        redact,
        source_report::SourceStatus,
    },
    resolve::SlotValue,
    rules::Rules,
    schema::{Kind, Leaf, SourceCondition},
    value::observer::ValueObserver,
};
use std::{borrow::Cow, path::Path};

impl Reading {
    /// The path of a source with `{key}` and `~/` filled in, or `None` if the source is skipped: a setting in its path has
    /// no value, or its condition does not hold.
    pub(super) fn path_of<'s>(&mut self, source: &'s Source) -> Option<Cow<'s, SourcePath>> {
        let mut declared = Cow::Borrowed(source.path()?);
        if let Some(condition) = declared.only {
            match self.why_skipped(condition) {
                Ok(None) => {}
                Ok(Some(why)) => {
                    self.report_skipped(source, &declared, Some(why));
                    return None;
                }
                Err(problem) => {
                    self.resolved.problems.push(problem);
                    self.report_skipped(source, &declared, None);
                    return None;
                }
            }
        }
        if declared.has_placeholder() {
            match self.filled(&declared) {
                Ok(Some(filled)) => declared = Cow::Owned(filled),
                skipped => {
                    self.resolved.problems.extend(skipped.err());
                    let reason = if self.names_invalid_setting(&declared) {
                        Some("a setting in its path is invalid".to_owned())
                    } else {
                        let is_unset = |key: &&str| matches!(self.placeholder(key, true), Ok(None));
                        let unset = declared.keys().find(is_unset);
                        unset.map(|key| format!("{{{key}}} has no value"))
                    };
                    self.report_skipped(source, &declared, reason);
                    return None;
                }
            }
        }
        if declared.begins_with_tilde()
            && let Ok(rest) = declared.path.strip_prefix("~")
            && let Some(home) = self.variable("HOME")
        {
            let path = Path::new(&home).join(rest);
            declared.to_mut().path = path;
        }
        Some(declared)
    }

    fn report_skipped(&mut self, source: &Source, declared: &SourcePath, reason: Option<String>) {
        self.report_file(declared, source.layer(), SourceStatus::Skipped);
        if let Some(report) = self.reports.last_mut() {
            report.reason = reason;
        }
        if self.names_invalid_setting(declared) {
            // It may define any missing setting.
            self.add_unreadable(declared.path.display());
        }
    }

    /// Reason why a condition does not hold, or `None` if it holds.
    pub(crate) fn why_skipped(
        &self,
        condition: SourceCondition,
    ) -> Result<Option<String>, Problem> {
        let SourceCondition { key, texts } = condition;
        let Some((text, _)) = self.placeholder(key, true)? else {
            return Ok(Some(format!("{key} has no value")));
        };
        let named = self.layout.leaf_named(key);
        let leaf = named.and_then(|name| self.layout.leaf(usize::from(name.index)));
        let is_enum = leaf.is_some_and(|leaf| matches!(leaf.kind(), Kind::Enum(_)));
        let folded = |name: &str| name.trim().to_lowercase().replace(['-', '_'], "");
        let is_met = texts
            .iter()
            .any(|wanted| *wanted == text || is_enum && folded(wanted) == folded(&text));
        if is_met {
            return Ok(None);
        }
        if self.is_invalid_setting(key) {
            return Ok(Some(format!("{key} is invalid")));
        }
        let text = redact::escape_truncated(&text);
        Ok(Some(format!("{key} is {text}")))
    }

    /// Whether a setting in the path or the condition of a source has an invalid value. The setting reports that itself.
    fn names_invalid_setting(&self, declared: &SourcePath) -> bool {
        let condition = declared.only.map(|condition| condition.key);
        let mut keys = declared.keys().chain(condition);
        keys.any(|key| self.is_invalid_setting(key))
    }

    /// A path with each `{key}` filled in.
    pub(crate) fn filled(&self, declared: &SourcePath) -> Result<Option<SourcePath>, Problem> {
        let Some(text) = declared.path.to_str() else {
            return Ok(Some(declared.clone()));
        };
        let alone = text.starts_with('{') && text.find('}') == Some(text.len() - 1);
        let mut required = declared.required;
        let mut set_by = None;
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((key, after)) = after.split_once('}') else {
                break;
            };
            let Some((value, setting)) = self.placeholder(key, alone)? else {
                return Ok(None);
            };
            if self.is_invalid_setting(key) {
                return Ok(None);
            }
            if alone {
                required |= setting.is_some();
                set_by = setting;
            }
            filled.push_str(before);
            filled.push_str(&value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(Some(SourcePath {
            path: filled.into(),
            required,
            set_by,
            ..declared.clone()
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
            Self::File(path) | Self::EnvFile(path) | Self::SecretsDir(path) => Some(path),
            #[cfg(feature = "dotenvy")]
            Self::Dotenvy(path) => Some(path),
            #[cfg(feature = "figment")]
            Self::Provider(_) => None,
            #[cfg(feature = "remote")]
            Self::Store(_) => None,
            #[cfg(all(feature = "cli", feature = "remote"))]
            Self::StoreContents(_) => None,
            Self::ProcessEnv | Self::Env(_) | Self::Arguments(..) | Self::Set(..) => None,
        }
    }
}

impl SourcePath {
    /// Whether the path or the condition names a setting.
    pub(super) fn depends_on_settings(&self) -> bool {
        self.has_placeholder() || self.only.is_some()
    }

    /// Whether the path may be below the home directory. Most are not, and a comparison of components costs more.
    fn begins_with_tilde(&self) -> bool {
        self.path.as_os_str().as_encoded_bytes().starts_with(b"~")
    }

    /// The keys of the settings in the path.
    fn keys(&self) -> impl Iterator<Item = &str> {
        let path = self.path.to_str().unwrap_or_default();
        let parts = path.split('{').skip(1);
        parts.filter_map(|rest| rest.split_once('}').map(|(key, _)| key))
    }

    pub(super) fn has_placeholder(&self) -> bool {
        self.path.to_str().is_some_and(|path| path.contains('{'))
    }
}
