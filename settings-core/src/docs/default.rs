//! Defaults in the form that documents show.

use super::value::{DocValue, named};
use crate::{
    error::redact,
    schema::{Condition, DefaultValue, Kind, Leaf},
};
use settings_syntax::duration;
use std::time::Duration;

/// The default of a setting, in the form that documents show.
#[derive(Debug)]
pub(crate) enum DocDefault {
    /// No default.
    None,
    /// The default as text for a variable.
    Text(String),
    /// An expression whose value has no text.
    Expression(&'static str),
    /// A function that is called at the load.
    Function(&'static str),
    /// The keys of the settings from which it is computed.
    From(&'static [&'static str]),
    /// A default that is secret.
    Hidden,
}

impl DocDefault {
    /// The default of a setting; an expression is evaluated.
    pub(crate) fn of(leaf: &Leaf, key: &str, kind: &Kind) -> Self {
        Self::of_value(leaf, key, kind, leaf.default, || leaf.default_text())
    }

    /// The defaults of a setting under conditions.
    pub(crate) fn conditional(leaf: &Leaf, key: &str, kind: &Kind) -> Vec<(Condition, Self)> {
        let defaults = leaf.default_if.iter();
        defaults
            .map(|default| {
                let text = || default.text(leaf);
                let value = Self::of_value(leaf, key, kind, default.value, text);
                (default.condition, value)
            })
            .collect()
    }

    fn of_value(
        leaf: &Leaf,
        key: &str,
        kind: &Kind,
        default: DefaultValue,
        text: impl FnOnce() -> Option<String>,
    ) -> Self {
        let default = match default {
            DefaultValue::None => Self::None,
            // The keys are no secret.
            DefaultValue::From(keys) => Self::From(keys),
            DefaultValue::Text("") => Self::Text(String::new()),
            _ if !leaf.shows_default(key) => Self::Hidden,
            DefaultValue::Text(text) => Self::Text(text.to_owned()),
            DefaultValue::Function(path) => Self::Function(path),
            DefaultValue::Expression(source) => {
                let text = text().or_else(|| text_of(source, kind));
                text.map_or(Self::Expression(source), |text| {
                    Self::Text(as_written(leaf, text, kind))
                })
            }
        };
        match &default {
            Self::Text(text) if has_password(text) => Self::Hidden,
            Self::Expression(source) if has_password(source) => Self::Hidden,
            _ => default,
        }
    }

    pub(super) fn is_hidden(&self) -> bool {
        matches!(self, Self::Hidden)
    }
}

impl DocDefault {
    /// The default of a setting in words.
    #[cfg(feature = "cli")]
    pub(crate) fn describe(leaf: &Leaf, key: &str) -> String {
        Self::of(leaf, key, &leaf.kind()).in_words()
    }

    pub(crate) fn in_words(self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Hidden => "not shown".to_owned(),
            Self::Text(text) if text.is_empty() => "the empty string".to_owned(),
            Self::Text(text) => redact::escape_line(text),
            Self::Expression(source) => redact::escape_line(redact::mask_urls(source).into_owned()),
            Self::Function(path) => format!("computed by {path}"),
            Self::From(keys) => format!("computed from {}", keys.join(", ")),
        }
    }
}

/// Whether a text is a URL with a password.
pub(super) fn has_password(text: &str) -> bool {
    redact::mask_urls(text) != text
}

/// The value of a default expression, in the notation of an operator.
fn as_written(leaf: &Leaf, text: String, kind: &Kind) -> String {
    match kind {
        Kind::Duration => duration::parse(&text).map_or(text, duration::format),
        Kind::Enum(_) if text.starts_with('{') => {
            DocValue::read(kind, &text, leaf.separator).to_line()
        }
        Kind::Enum(names) => {
            let printed = |name: &str| leaf.printed.and_then(|printed| printed(leaf, name));
            let value = printed(&text);
            let same = |name: &&&str| value.is_some() && printed(name) == value;
            let name = names.iter().find(same).copied();
            name.or_else(|| named(names, &text))
                .map_or(text, str::to_owned)
        }
        // The names of an enum inside, as documents list them.
        Kind::List(_) | Kind::Map(_) if text.starts_with(['[', '{']) => {
            DocValue::read(kind, &text, leaf.separator).to_line()
        }
        _ => text,
    }
}

/// The value of an expression as text, if its source code shows it: a literal, a variant, an empty list or map.
fn text_of(source: &str, kind: &Kind) -> Option<String> {
    match kind {
        Kind::Bool => matches!(source, "true" | "false").then(|| source.to_owned()),
        Kind::Integer { .. } => whole(source),
        Kind::Float => float(source),
        Kind::Enum(names) => {
            let variant = source.rsplit_once("::").map_or(source, |(_, last)| last);
            named(names, variant).map(str::to_owned)
        }
        Kind::Duration => duration_of_call(source),
        Kind::Char => character(source),
        Kind::List(_) if is_empty(source) => Some("[]".to_owned()),
        Kind::Map(_) if is_empty(source) => Some("{}".to_owned()),
        _ => None,
    }
}

fn character(source: &str) -> Option<String> {
    let inner = source.strip_prefix('\'')?.strip_suffix('\'')?;
    let inner = match inner {
        r"\'" => "'",
        r"\\" => r"\",
        r"\n" => "\n",
        r"\r" => "\r",
        r"\t" => "\t",
        inner => inner,
    };
    (inner.chars().count() == 1).then(|| inner.to_owned())
}

fn whole(source: &str) -> Option<String> {
    let plain = source.replace('_', "");
    let end = plain
        .find(['i', 'u'])
        .filter(|_| !plain.contains('x'))
        .unwrap_or(plain.len());
    let number: i128 = plain[..end].parse().ok()?;
    Some(number.to_string())
}

fn float(source: &str) -> Option<String> {
    let plain = source.replace('_', "");
    let plain = plain.trim_end_matches("f64").trim_end_matches("f32");
    let number: f64 = plain.parse().ok()?;
    number.is_finite().then(|| number.to_string())
}

fn duration_of_call(source: &str) -> Option<String> {
    let (path, argument) = source.strip_suffix(')')?.split_once('(')?;
    let number: u64 = argument.replace('_', "").parse().ok()?;
    let duration = match path.rsplit_once("Duration::")?.1 {
        "from_secs" => Duration::from_secs(number),
        "from_millis" => Duration::from_millis(number),
        "from_micros" => Duration::from_micros(number),
        "from_nanos" => Duration::from_nanos(number),
        "from_mins" => Duration::from_secs(number.checked_mul(60)?),
        "from_hours" => Duration::from_secs(number.checked_mul(3600)?),
        _ => return None,
    };
    Some(duration::format(duration))
}

fn is_empty(source: &str) -> bool {
    let path = source.rsplit_once("::");
    source == "vec![]"
        || path.is_some_and(|(of, new)| {
            let of = of.rsplit_once("::").map_or(of, |(_, last)| last);
            let std = [
                "Vec", "VecDeque", "BTreeMap", "BTreeSet", "HashMap", "HashSet",
            ];
            std.contains(&of) && matches!(new, "new()" | "default()")
        })
}

#[cfg(test)]
mod tests {
    use super::{Kind, text_of};

    #[test]
    fn an_expression_that_shows_its_value_is_read() {
        let port = Kind::Integer { min: 0, max: 65535 };
        let level = Kind::Enum(&["info", "very-loud"]);
        let list = Kind::List(Box::new(Kind::Text));
        for (source, kind, text) in [
            ("true", &Kind::Bool, Some("true")),
            ("!cfg!(test)", &Kind::Bool, None),
            ("8_080u16", &port, Some("8080")),
            ("-1", &port, Some("-1")),
            ("PORT", &port, None),
            ("0x1F", &port, None),
            ("u16::MAX", &port, None),
            ("2.50", &Kind::Float, Some("2.5")),
            ("-0.5f32", &Kind::Float, Some("-0.5")),
            ("f64::NAN", &Kind::Float, None),
            ("Level::VeryLoud", &level, Some("very-loud")),
            ("Level::default()", &level, None),
            ("Duration::from_secs(90)", &Kind::Duration, Some("1m 30s")),
            (
                "std::time::Duration::from_millis(5)",
                &Kind::Duration,
                Some("5ms"),
            ),
            ("Duration::from_secs(Self::S)", &Kind::Duration, None),
            ("Vec::new()", &list, Some("[]")),
            ("vec![]", &list, Some("[]")),
            ("Hosts::default()", &list, None),
            ("'x'", &Kind::Char, Some("x")),
            (r"'\n'", &Kind::Char, Some("\n")),
            (r"'\''", &Kind::Char, Some("'")),
            (r"'\u{7}'", &Kind::Char, None),
        ] {
            assert_eq!(text_of(source, kind).as_deref(), text, "{source}");
        }
    }
}
