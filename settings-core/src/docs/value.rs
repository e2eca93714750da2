//! Default and example values, in the form that files and JSON use.

use crate::{
    schema::Kind,
    value::json::{self, Json, quoted},
};
use settings_syntax::boolean;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum DocValue {
    Bool(bool),
    Null,
    /// Digits in the notation of JSON, TOML and YAML.
    Number(String),
    Text(String),
    List(Vec<DocValue>),
    Map(Vec<(String, DocValue)>),
}

impl DocValue {
    /// Parses text as a setting of this kind does. Text of any other kind stays text, which files accept too.
    pub(super) fn read(kind: &Kind, text: &str, separator: Option<&str>) -> Self {
        let as_text = || Self::Text(text.to_owned());
        let trimmed = text.trim();
        match kind {
            Kind::Bool => boolean::parse(trimmed).map_or_else(as_text, Self::Bool),
            Kind::Integer { .. } => whole(trimmed).map_or_else(as_text, Self::Number),
            Kind::Float => float(trimmed).map_or_else(as_text, Self::Number),
            Kind::Enum(names) if trimmed.starts_with('{') && json::check(trimmed).is_ok() => {
                // `{"variant": data}`
                match Self::of_json(&Kind::Unknown, trimmed) {
                    Self::Map(members) => {
                        let member = |(key, data): (String, Self)| {
                            let name = named(names, &key).map(str::to_owned);
                            (name.unwrap_or(key), data)
                        };
                        Self::Map(members.into_iter().map(member).collect())
                    }
                    other => other,
                }
            }
            Kind::Enum(names) => {
                named(names, trimmed).map_or_else(as_text, |name| Self::Text(name.to_owned()))
            }
            Kind::List(element) if !trimmed.starts_with('[') => {
                let read = |text| Self::read(element, text, None);
                Self::List(split(trimmed, separator).map(read).collect())
            }
            Kind::Map(element) if !trimmed.starts_with('{') => {
                let pair = |text: &str| {
                    let (key, value) = text.split_once('=')?;
                    let value = Self::read(element, value.trim(), None);
                    Some((key.trim().to_owned(), value))
                };
                let pairs: Option<_> = split(trimmed, separator).map(pair).collect();
                pairs.map_or_else(as_text, Self::Map)
            }
            Kind::List(_) | Kind::Map(_) | Kind::Tuple(_) | Kind::Struct(_) | Kind::Any
                if trimmed.starts_with(['[', '{']) && json::check(trimmed).is_ok() =>
            {
                Self::of_json(kind, trimmed)
            }
            _ => as_text(),
        }
    }

    fn of_json(kind: &Kind, text: &str) -> Self {
        let element = kind.element().unwrap_or(&Kind::Unknown);
        match json::read(text) {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(truth),
            Json::Number(digits) => Self::Number(digits.to_owned()),
            Json::String(text) => Self::read(kind, &text.plain(), None),
            Json::List(items) => {
                Self::List(items.map(|item| Self::of_json(element, item)).collect())
            }
            Json::Map(members) => {
                let member = |(key, item): (json::Quoted<'_>, &str)| {
                    (key.plain().to_owned(), Self::of_json(element, item))
                };
                Self::Map(members.map(member).collect())
            }
        }
    }

    /// JSON on one line, which is also YAML.
    pub(super) fn to_line(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(truth) => truth.to_string(),
            Self::Number(digits) => digits.clone(),
            Self::Text(text) => quoted(text),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::to_line).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(members) => {
                let members = members
                    .iter()
                    .map(|(key, value)| format!("{}: {}", quoted(key), value.to_line()));
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// JSON, on several lines where one would be too long.
    pub(super) fn to_pretty(&self, indent: usize) -> String {
        let line = self.to_line();
        let is_short = line.len() + indent <= 100;
        let inner = " ".repeat(indent + 2);
        let outer = " ".repeat(indent);
        match self {
            Self::List(items)
                if !is_short || items.iter().any(|item| matches!(item, Self::Map(_))) =>
            {
                let items: Vec<_> = items
                    .iter()
                    .map(|item| format!("{inner}{}", item.to_pretty(indent + 2)))
                    .collect();
                format!("[\n{}\n{outer}]", items.join(",\n"))
            }
            Self::Map(members) if !members.is_empty() => {
                let members = members.iter().map(|(key, value)| {
                    format!("{inner}{}: {}", quoted(key), value.to_pretty(indent + 2))
                });
                let members: Vec<_> = members.collect();
                format!("{{\n{}\n{outer}}}", members.join(",\n"))
            }
            _ => line,
        }
    }
}

/// The name that equals a text, ignoring case, `-` and `_`.
pub(super) fn named<'n>(names: &[&'n str], text: &str) -> Option<&'n str> {
    let fold = |name: &str| {
        let kept = name.chars().filter(|ch| !matches!(ch, '-' | '_'));
        kept.flat_map(char::to_lowercase).collect::<String>()
    };
    let exact = names.iter().find(|name| **name == text);
    let mut like = names.iter().filter(|name| fold(name) == fold(text));
    exact.or_else(|| like.next()).copied()
}

fn whole(text: &str) -> Option<String> {
    let plain = text.replace('_', "");
    let plain = plain.strip_prefix('+').unwrap_or(&plain);
    match plain.parse::<i128>() {
        Ok(number) => Some(number.to_string()),
        Err(_) => plain.parse::<u128>().ok().map(|number| number.to_string()),
    }
}

fn float(text: &str) -> Option<String> {
    let number: f64 = text.replace('_', "").parse().ok()?;
    // `Debug` keeps the decimal point, which TOML and YAML need.
    number.is_finite().then(|| format!("{number:?}"))
}

/// Elements between separators; a trailing separator is ignored.
fn split<'t>(text: &'t str, separator: Option<&'t str>) -> impl Iterator<Item = &'t str> {
    let separator = separator.unwrap_or(",");
    let text = text.strip_suffix(separator).unwrap_or(text);
    let whole = (!text.is_empty()).then_some(text);
    whole
        .into_iter()
        .flat_map(move |text| text.split(separator))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::{DocValue, Kind};

    #[test]
    fn text_is_converted_to_the_kind_of_its_setting() {
        let port = Kind::Integer { min: 0, max: 65535 };
        let ports = Kind::List(Box::new(port.clone()));
        let labels = Kind::Map(Box::new(Kind::Text));
        for (kind, text, line) in [
            (&Kind::Bool, "Yes", "true"),
            (&port, " +8_080 ", "8080"),
            (&port, "lots", "\"lots\""),
            (&Kind::Float, "1", "1.0"),
            (&Kind::Text, "8080", "\"8080\""),
            (&Kind::Text, "a\"\n", r#""a\"\n""#),
            (&Kind::Duration, "30s", "\"30s\""),
            (&Kind::Enum(&["very-loud"]), "VeryLoud", "\"very-loud\""),
            (&ports, "1, 2,", "[1, 2]"),
            (&ports, "[1, \"2\"]", "[1, 2]"),
            (&ports, "", "[]"),
            (&labels, "a=1,b=x=y", r#"{"a": "1", "b": "x=y"}"#),
            (&labels, r#"{"a":"1"}"#, r#"{"a": "1"}"#),
            (&labels, "a", "\"a\""),
            (&Kind::Any, "[1", "\"[1\""),
        ] {
            assert_eq!(DocValue::read(kind, text, None).to_line(), line, "{text}");
        }
    }
}
