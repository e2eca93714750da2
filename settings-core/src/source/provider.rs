//! Providers of figment. No other file depends on figment.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use figment::value::{Num, Tag, Value};
use figment::{Figment, Metadata, Provider};

use crate::{
    error::redact,
    value::node::{Item, Node, Offset, TableEntry},
};

/// A provider of any kind, so that only programs that add one contain figment.
pub(crate) trait AnyProvider: Send + Sync {
    /// Returns its name and source, with passwords of URLs masked. A merged provider is named after its parts.
    fn describe(&self) -> Description;

    /// Returns its values, which are read at the first call.
    fn read(&self) -> Result<&ProviderData, &[ProviderError]>;
}

/// A provider that was passed to a loader. Its values are read once.
pub(crate) struct FigmentProvider {
    provider: Box<dyn Provider + Send + Sync>,
    /// The provider again, if it is merged from several.
    merged: Option<Figment>,
    read: OnceLock<Result<ProviderData, Vec<ProviderError>>>,
}

/// The name of a provider, and its own source if it states one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) name: Arc<str>,
    pub(crate) source: Option<Arc<str>>,
}

/// The values of a provider.
pub(crate) struct ProviderData {
    /// The values of all profiles, one table each. The offset of a value is the index of its part.
    pub(crate) tables: Vec<Vec<TableEntry<'static>>>,
    /// The parts of a merged provider, or the provider itself.
    pub(crate) parts: Vec<Description>,
}

/// The error of a provider, without its message, because the message may quote a value.
pub(crate) struct ProviderError {
    pub(crate) part: Description,
    /// The key at which it failed; empty if it names none.
    pub(crate) key: String,
}

impl FigmentProvider {
    pub(crate) fn new(provider: impl Provider + Send + Sync + 'static) -> Self {
        let any: &dyn Any = &provider;
        Self {
            merged: any.downcast_ref::<Figment>().cloned(),
            provider: Box::new(provider),
            read: OnceLock::new(),
        }
    }

    fn read_now(&self) -> Result<ProviderData, Vec<ProviderError>> {
        let data = match &self.merged {
            // Unlike that of `data`, this error names the part that failed.
            Some(merged) => merged
                .find_value("")
                .err()
                .filter(|error| error.metadata.is_some()),
            None => None,
        };
        let data = match data {
            Some(error) => Err(error),
            None => self.provider.data(),
        };
        let data = data.map_err(|error| {
            let errors = error.into_iter().map(|error| ProviderError {
                part: match &error.metadata {
                    Some(metadata) => description(metadata),
                    None => self.describe(),
                },
                key: redact::escape_line(error.path.join(".")),
            });
            errors.collect::<Vec<_>>()
        })?;
        let mut parts = Parts {
            provider: self,
            tags: Vec::new(),
            all: Vec::new(),
        };
        let tables = data.into_values();
        let tables = tables.map(|dict| dict.into_iter().map(|entry| parts.entry(entry)).collect());
        let tables = tables.collect();
        Ok(ProviderData {
            tables,
            parts: parts.all,
        })
    }
}

impl AnyProvider for FigmentProvider {
    fn describe(&self) -> Description {
        let mut parts: Vec<Description> = Vec::new();
        let merged = self.merged.iter().flat_map(Figment::metadata);
        for part in merged.map(description) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        // A figment inside of another one has no name of its own.
        let is_nameless = |part: &Description| *part == description(&Metadata::default());
        parts.retain(|part| !is_nameless(part));
        match &parts[..] {
            [] => description(&self.provider.metadata()),
            [one] => one.clone(),
            several => {
                let names: Vec<&str> = several.iter().map(|part| &*part.name).collect();
                Description {
                    name: names.join(" + ").into(),
                    source: None,
                }
            }
        }
    }

    fn read(&self) -> Result<&ProviderData, &[ProviderError]> {
        let read = self.read.get_or_init(|| self.read_now());
        read.as_ref().map_err(Vec::as_slice)
    }
}

/// The parts of a provider while its values are converted.
struct Parts<'p> {
    provider: &'p FigmentProvider,
    tags: Vec<Tag>,
    all: Vec<Description>,
}

impl Parts<'_> {
    fn entry(&mut self, (key, value): (String, Value)) -> TableEntry<'static> {
        let at = self.part_of(&value);
        TableEntry {
            at,
            key_at: at,
            ..TableEntry::new(key, self.node(value))
        }
    }

    /// The index of the part that contains a value.
    fn part_of(&mut self, value: &Value) -> Offset {
        let tag = value.tag();
        let known = self.tags.iter().position(|known| *known == tag);
        Offset::new(known.unwrap_or_else(|| {
            let merged = self.provider.merged.as_ref();
            let metadata = merged.and_then(|merged| merged.get_metadata(tag));
            self.all.push(match metadata {
                Some(metadata) => description(metadata),
                None => self.provider.describe(),
            });
            self.tags.push(tag);
            self.tags.len() - 1
        }))
    }

    fn node(&mut self, value: Value) -> Node<'static> {
        match value {
            Value::String(_, text) => Node::text(text),
            Value::Char(_, ch) => Node::text(ch.to_string()),
            Value::Bool(_, truth) => Node::Bool(truth),
            Value::Empty(..) => Node::Null,
            Value::Num(_, number) => Node::number(text_of(number)),
            Value::Array(_, values) => {
                let items = values.into_iter().map(|value| Item {
                    at: self.part_of(&value),
                    value: self.node(value),
                });
                Node::List(items.collect())
            }
            Value::Dict(_, dict) => {
                Node::Table(dict.into_iter().map(|entry| self.entry(entry)).collect())
            }
        }
    }
}

fn description(metadata: &Metadata) -> Description {
    let source = metadata.source.as_ref();
    Description {
        name: filtered(&metadata.name),
        source: source.map(|source| filtered(&source.to_string())),
    }
}

/// The shortest text that parses to the same number.
fn text_of(number: Num) -> String {
    match number {
        Num::U8(number) => number.to_string(),
        Num::U16(number) => number.to_string(),
        Num::U32(number) => number.to_string(),
        Num::U64(number) => number.to_string(),
        Num::U128(number) => number.to_string(),
        Num::USize(number) => number.to_string(),
        Num::I8(number) => number.to_string(),
        Num::I16(number) => number.to_string(),
        Num::I32(number) => number.to_string(),
        Num::I64(number) => number.to_string(),
        Num::I128(number) => number.to_string(),
        Num::ISize(number) => number.to_string(),
        // `{:?}` keeps the point of `5.0`, which is not an integer.
        Num::F32(number) => format!("{number:?}"),
        Num::F64(number) => format!("{number:?}"),
    }
}

/// The printed form of metadata: without passwords and control characters.
fn filtered(text: &str) -> Arc<str> {
    redact::escape_line(redact::mask_urls(text).into_owned()).into()
}

#[cfg(test)]
mod tests {
    use figment::providers::Serialized;

    use super::*;

    #[test]
    fn every_number_keeps_its_digits() {
        fn number(value: impl serde::Serialize + Send + Sync + 'static) -> Node<'static> {
            let provider = FigmentProvider::new(Serialized::default("a", value));
            let Ok(data) = provider.read() else {
                panic!("the provider fails");
            };
            data.tables[0][0].value.clone()
        }
        assert_eq!(number(u128::MAX), Node::number(u128::MAX.to_string()));
        assert_eq!(number(i128::MIN), Node::number(i128::MIN.to_string()));
        assert_eq!(number(0.1_f32).as_scalar(), Some("0.1"));
        assert_eq!(number(5.0).as_scalar(), Some("5.0"));
        assert_eq!(number('x'), Node::text("x"));
        assert_eq!(number(None::<u8>), Node::Null);
    }

    #[test]
    fn a_provider_gives_tables_and_its_description() {
        let provider = FigmentProvider::new(Serialized::default("a.b", [1, 2]));
        assert_eq!(&*provider.describe().name, "[i32; 2]");
        let Ok(data) = provider.read() else {
            panic!("the provider fails");
        };
        let list = Node::List(vec![
            Item::new(Node::number("1")),
            Item::new(Node::number("2")),
        ]);
        let inner = Node::Table(vec![TableEntry::new("b", list)]);
        assert_eq!(
            Node::Table(data.tables[0].clone()),
            Node::Table(vec![TableEntry::new("a", inner)])
        );
        assert_eq!(data.parts, [provider.describe()]);
    }
}
