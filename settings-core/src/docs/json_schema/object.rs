//! JSON objects and values of a schema.

use crate::docs::value::DocValue;
use std::fmt::Display;

/// A JSON object under construction; keywords keep the order in which they are set.
#[derive(Clone, Default)]
pub(super) struct Object(Vec<(String, DocValue)>);

impl Object {
    pub(super) fn set(&mut self, keyword: &str, value: DocValue) {
        match self.0.iter_mut().find(|(name, _)| name == keyword) {
            Some((_, old)) => *old = value,
            None => self.0.push((keyword.to_owned(), value)),
        }
    }

    pub(super) fn of(keyword: &str, value: DocValue) -> Self {
        Self(vec![(keyword.to_owned(), value)])
    }

    pub(super) fn into_value(self) -> DocValue {
        DocValue::Map(self.0)
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Accepts `null` as well.
    pub(super) fn or_null(&mut self) {
        for (keyword, value) in &mut self.0 {
            let null = match keyword.as_str() {
                "type" => text("null"),
                "enum" => DocValue::Null,
                "anyOf" => Self::of("type", text("null")).into_value(),
                _ => continue,
            };
            let mut all = match std::mem::replace(value, DocValue::Null) {
                DocValue::List(all) => all,
                one => vec![one],
            };
            if !all.contains(&null) {
                all.push(null);
            }
            *value = DocValue::List(all);
        }
    }
}

/// Converts `db_pool_size` to `Db pool size`.
pub(super) fn title(key: &str) -> String {
    let words = key.replace(['_', '-', '.'], " ");
    let mut letters = words.trim().chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

pub(super) fn text(text: impl Into<String>) -> DocValue {
    DocValue::Text(text.into())
}

pub(super) fn texts(texts: &[&str]) -> DocValue {
    DocValue::List(texts.iter().map(|each| text(*each)).collect())
}

pub(super) fn count(count: impl Display) -> DocValue {
    DocValue::Number(count.to_string())
}
