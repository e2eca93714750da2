//! Conversion of JSON text to a `Node`.

use std::borrow::Cow;

use super::grammar::{self, Build, GrammarError};
use super::{Json, Plain, Quoted};
use crate::value::node::{Item, MAX_DEPTH, Node, Offset, TableEntry};

/// Reads the one value of a text, from `start` on. Positions count from the start of the text.
pub(crate) fn node(text: &str, start: usize) -> Result<Node<'_>, GrammarError> {
    grammar::read::<NodeBuilder>(text, start, MAX_DEPTH + 1)
}

/// Builds nodes.
struct NodeBuilder;

impl<'t> Build<'t> for NodeBuilder {
    type Value = Node<'t>;
    type List = Vec<Item<'t>>;
    type Table = Vec<TableEntry<'t>>;

    fn scalar(scalar: Json<'t>) -> Node<'t> {
        match scalar {
            Json::Bool(truth) => Node::Bool(truth),
            Json::Number(digits) => Node::number(digits),
            Json::String(text) => Node::Text(plain(text)),
            Json::Null | Json::List(_) | Json::Map(_) => Node::Null,
        }
    }

    fn element(list: &mut Self::List, at: usize, value: Node<'t>) {
        let at = Offset::new(at);
        list.push(Item { at, value });
    }

    fn member(table: &mut Self::Table, key: Quoted<'t>, key_at: usize, at: usize, value: Node<'t>) {
        table.push(TableEntry {
            key: plain(key),
            key_at: Offset::new(key_at),
            at: Offset::new(at),
            value,
        });
    }

    fn list(list: Self::List) -> Node<'t> {
        Node::List(list)
    }

    fn table(table: Self::Table) -> Node<'t> {
        Node::Table(table)
    }
}

fn plain(text: Quoted<'_>) -> Cow<'_, str> {
    match text.plain() {
        Plain::Borrowed(text) => Cow::Borrowed(text),
        Plain::Copied(mut text) => Cow::Owned(std::mem::take(&mut *text)),
    }
}
