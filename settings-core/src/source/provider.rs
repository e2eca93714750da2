//! Providers of figment. No other file depends on figment.

use std::sync::Arc;

use figment::Provider;
use figment::value::{Num, Value};

use crate::{
    error::redact,
    value::node::{Item, Node, TableEntry},
};

/// A provider that was passed to a loader.
pub(crate) struct AnyProvider(Box<dyn Provider + Send + Sync>);

/// The name of a provider, and its own source if it states one.
#[derive(Clone)]
pub(crate) struct Description {
    pub(crate) name: Arc<str>,
    pub(crate) source: Option<Arc<str>>,
}

/// The error of a provider, without its message, because the message may quote a value.
pub(crate) struct ProviderError {
    /// The key at which it failed; empty if it names none.
    pub(crate) key: String,
}

impl AnyProvider {
    pub(crate) fn new(provider: impl Provider + Send + Sync + 'static) -> Self {
        Self(Box::new(provider))
    }

    /// Returns its name and source, with passwords of URLs masked.
    pub(crate) fn describe(&self) -> Description {
        let metadata = self.0.metadata();
        Description {
            name: filtered(&metadata.name),
            source: metadata.source.map(|source| filtered(&source.to_string())),
        }
    }

    /// Reads the values of all profiles, one table each.
    pub(crate) fn read(&self) -> Result<Vec<Vec<TableEntry<'static>>>, ProviderError> {
        let data = self.0.data().map_err(|error| ProviderError {
            key: error.path.join("."),
        })?;
        let tables = data
            .into_values()
            .map(|dict| dict.into_iter().map(entry).collect());
        Ok(tables.collect())
    }
}

fn entry((key, value): (String, Value)) -> TableEntry<'static> {
    TableEntry::new(key, node(value))
}

fn node(value: Value) -> Node<'static> {
    match value {
        Value::String(_, text) => Node::text(text),
        Value::Char(_, ch) => Node::text(ch.to_string()),
        Value::Bool(_, truth) => Node::Bool(truth),
        Value::Empty(..) => Node::Null,
        Value::Num(_, number) => Node::number(text_of(number)),
        Value::Array(_, values) => Node::List(
            values
                .into_iter()
                .map(|value| Item::new(node(value)))
                .collect(),
        ),
        Value::Dict(_, dict) => Node::Table(dict.into_iter().map(entry).collect()),
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
        fn number(value: impl serde::Serialize) -> Node<'static> {
            node(Value::serialize(value).unwrap())
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
        let provider = AnyProvider::new(Serialized::default("a.b", [1, 2]));
        assert_eq!(&*provider.describe().name, "[i32; 2]");
        let Ok(tables) = provider.read() else {
            panic!("the provider fails");
        };
        let list = Node::List(vec![
            Item::new(Node::number("1")),
            Item::new(Node::number("2")),
        ]);
        let inner = Node::Table(vec![TableEntry::new("b", list)]);
        assert_eq!(
            Node::Table(tables.into_iter().next().unwrap()),
            Node::Table(vec![TableEntry::new("a", inner)])
        );
    }
}
