//! The value that is being decoded: text, JSON or a value of a file.

use super::error::{Hint, Malformed};
use crate::schema::Kind;
use crate::value::json::{self, Json};
use crate::value::node::{Item, Node, TableEntry};

/// The value that is being decoded.
pub(super) enum Token<'a> {
    /// Text of a flat source, or a part of it.
    Text(&'a str),
    /// A string of a file or of JSON.
    String(&'a str),
    /// Text that the type may keep.
    Owned(&'a mut String),
    Null,
    Bool(bool),
    /// A number of a file or of JSON, as it is written.
    Number(&'a str),
    JsonList(json::JsonItems<'a>),
    JsonMap(json::JsonMembers<'a>),
    List(&'a [Item<'static>]),
    Map(&'a [TableEntry<'static>]),
}

impl<'a> Token<'a> {
    /// A value of a structured source.
    pub(super) fn of_node(node: &'a Node<'static>) -> Self {
        match node {
            Node::Null => Self::Null,
            Node::Bool(value) => Self::Bool(*value),
            Node::Number(text) => Self::Number(text),
            Node::Text(text) => Self::String(text),
            Node::List(items) => Self::List(items),
            Node::Table(entries) => Self::Map(entries),
        }
    }

    /// A value of checked JSON; `place` holds a string without its escapes.
    pub(super) fn of_json(text: &'a str, place: &'a mut Option<json::Plain<'a>>) -> Self {
        match json::read(text) {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(digits) => Self::Number(digits),
            Json::String(text) => Self::String(place.insert(text.plain())),
            Json::List(items) => Self::JsonList(items),
            Json::Map(members) => Self::JsonMap(members),
        }
    }

    #[inline]
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::String(text) => Some(text),
            Self::Owned(text) => Some(text),
            _ => None,
        }
    }

    /// The problem of a value that is not of this kind.
    #[cold]
    pub(super) fn not(&self, kind: &Kind) -> Malformed {
        let error = Malformed::expected(kind);
        match self {
            Self::Bool(_) | Self::Number(_) => error.hinted(Hint::Quote),
            _ => error,
        }
    }
}

/// Text without the space around it; `None` if it ends with a carriage return, which is reported.
#[inline]
pub(super) fn trim(text: &str) -> Option<&str> {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => Some(text),
        [only] if only.is_ascii_graphic() => Some(text),
        _ if text.ends_with('\r') => None,
        _ => Some(text.trim()),
    }
}

/// The JSON list or map in a text.
pub(super) fn structure(text: &str) -> Result<Token<'_>, Malformed> {
    let refused = || Malformed::expected(&Kind::Struct(""));
    let text = trim(text)
        .filter(|text| text.starts_with(['{', '[']))
        .ok_or_else(refused)?;
    json::check(text).map_err(|flaw| refused().flawed(flaw))?;
    Ok(match json::read(text) {
        Json::List(items) => Token::JsonList(items),
        Json::Map(members) => Token::JsonMap(members),
        _ => Token::Null,
    })
}
