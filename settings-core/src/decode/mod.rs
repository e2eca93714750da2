//! Text or a file's value to any type that serde can read, led by what the type asks for.

mod deserializer;
mod duration;
mod enums;
mod error;
mod expecting;
mod normal;
mod probe;
mod scalar;
mod sequences;
#[cfg(test)]
mod tests;
mod token;

pub(crate) use error::{Expectation, Fault, Hint, Malformed};
pub(crate) use normal::Normal;
pub(crate) use probe::probe;
pub(crate) use sequences::Split;

use crate::schema::Kind;
use crate::value::{
    json,
    node::{Entry, Node},
    observer::ValueObserver,
};
use deserializer::{Answer, Context};
use serde::de::DeserializeOwned;
use std::fmt;
use token::Token;

/// What is to be read.
pub enum Input<'a> {
    /// Text from a flat source. Nothing of it is copied but into the value itself.
    Text(&'a str),
    /// The same, to be moved into the value where that is a string.
    ///
    /// A type that takes the string and refuses it has used it up: give [`Input::Text`] where a
    /// report is to quote what came.
    Owned(String),
    /// A value from a file or provider.
    Value(&'a Node<'static>),
    /// A map whose values flat sources set one by one: its strings are text.
    Pairs(&'a Node<'static>),
}

/// How text is laid out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Form<'a> {
    /// What stands between the elements of a list or map, if not a comma.
    pub(crate) separator: Option<&'a str>,
}

/// Reads a `T`, showing `watch` what it asks for.
///
/// Whether there is a value at all is for the caller to say: empty text is here the empty string,
/// list or map, and an `Option` is always `Some`.
///
/// A type that takes anything is read twice if it must be: serde offers no way to ask whether it
/// will take a string before giving it one. The second time, text that is a JSON scalar is one.
#[inline]
pub(crate) fn decode<'w, T: DeserializeOwned>(
    mut input: Input<'_>,
    form: Form<'w>,
    watch: Option<&'w mut (dyn ValueObserver + 'w)>,
) -> Result<T, Malformed> {
    let mut context = Context::new(form, watch);
    match attempt(&mut input, &mut context) {
        Ok(value) => Ok(value),
        Err(error) => again(error, input, form, context),
    }
}

/// Reads what a user's function makes of text.
pub(crate) fn parse_with<T>(
    input: &Input<'_>,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, Malformed> {
    let text = match input {
        Input::Text(text) => *text,
        Input::Owned(text) => text.as_str(),
        Input::Value(value) | Input::Pairs(value) => match value {
            Node::Text(text) => text,
            Node::Null | Node::List(_) | Node::Table(_) => {
                return Err(Malformed::expected(&Kind::Text).structured());
            }
            _ => return Err(Malformed::expected(&Kind::Text).hinted(Hint::Quote)),
        },
    };
    parse(text).map_err(Malformed::refused)
}

/// The table that the text of a map holds, JSON or `k=v,k=v`; the values of pairs are text.
pub(crate) fn map_of_text(text: &str, form: Form<'_>) -> Option<Node<'static>> {
    let text = text.trim();
    if text.starts_with('{') {
        return structure_of_json(text);
    }
    let pairs = Split::new(text, form.separator.unwrap_or(",")).map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let key = Some(key.trim()).filter(|key| !key.is_empty())?;
        Some(Entry::new(key, Node::text(value.trim())))
    });
    let pairs: Option<Vec<_>> = pairs.collect();
    Some(Node::Table(pairs?).into_owned())
}

/// Without the value: it may be a secret.
impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Input(..)")
    }
}

/// The list or map that a text holds for a leaf that may take one: JSON, or the pairs of a map.
pub(crate) fn structure_of_text(text: &str, kind: &Kind, form: Form<'_>) -> Option<Node<'static>> {
    let is_json = text.trim_start().starts_with(['[', '{']);
    match kind {
        Kind::Map(_) => map_of_text(text, form),
        Kind::List(_) | Kind::Tuple(_) | Kind::Struct(_) | Kind::Any | Kind::Unknown if is_json => {
            structure_of_json(text)
        }
        _ => None,
    }
}

fn structure_of_json(text: &str) -> Option<Node<'static>> {
    json::node(text, 0).ok().map(Node::into_owned)
}

#[inline]
fn attempt<T: DeserializeOwned>(
    input: &mut Input<'_>,
    context: &mut Context<'_>,
) -> Result<T, Malformed> {
    let token = match input {
        Input::Text(text) => Token::Text(text),
        Input::Owned(text) => Token::Owned(text),
        Input::Value(value) => Token::of_node(value),
        Input::Pairs(value) => {
            context.is_flat = true;
            Token::of_node(value)
        }
    };
    T::deserialize(Answer::new(token, 0, context))
}

#[cold]
#[inline(never)]
fn again<T: DeserializeOwned>(
    error: Malformed,
    mut input: Input<'_>,
    form: Form<'_>,
    mut context: Context<'_>,
) -> Result<T, Malformed> {
    if context.start_over()
        && let Ok(value) = attempt(&mut input, &mut context)
    {
        return Ok(value);
    }
    let error = match context.flaw {
        Some(flaw) => error.flawed(flaw),
        None => error,
    };
    let reads = |text: &str| {
        let mut context = Context::new(form, None);
        attempt::<T>(&mut Input::Text(text), &mut context).is_ok()
    };
    let kind = probe::<T>();
    let others = match kind {
        Kind::List(_) | Kind::Map(_) => further::<T>(&error, &mut input, form),
        _ => Vec::new(),
    };
    let others = others.into_iter().map(|error| error.settle(&kind));
    Err(explain(error, &input, &kind, &reads).and(others))
}

/// So many elements are told of a list or map, if they can't be read.
const TOLD: usize = 20;

/// What is wrong with the elements after the first that can't be read.
fn further<T: DeserializeOwned>(
    first: &Malformed,
    input: &mut Input<'_>,
    form: Form<'_>,
) -> Vec<Malformed> {
    let mut others: Vec<Malformed> = Vec::new();
    while others.len() + 1 < TOLD
        && let Some(passed) = others.last().unwrap_or(first).taken()
    {
        let mut context = Context::new(form, None);
        context.passed = passed;
        match attempt::<T>(input, &mut context) {
            // What is said of the whole is perhaps only said because elements are left out.
            Err(error) if error.taken().is_some_and(|taken| taken > passed) => others.push(error),
            _ => break,
        }
    }
    others
}

/// Adds what only a look at the whole can tell.
fn explain(
    error: Malformed,
    input: &Input<'_>,
    kind: &Kind,
    reads: &dyn Fn(&str) -> bool,
) -> Malformed {
    let mut error = error.settle(kind);
    let text = match input {
        Input::Text(text) => text,
        Input::Owned(text) => text.as_str(),
        Input::Value(Node::Text(text)) => text,
        Input::Value(Node::Table(_) | Node::List(_)) | Input::Pairs(_) => {
            return error.structured();
        }
        Input::Value(_) => return error,
    };
    if is_structure(text, kind) {
        error = error.structured();
    }
    match slip(text, kind, reads) {
        Some(hint) => error.hinted_first(hint),
        None => error,
    }
}

fn is_structure(text: &str, kind: &Kind) -> bool {
    match kind {
        Kind::Map(_) | Kind::Struct(_) => true,
        Kind::List(_) | Kind::Tuple(_) | Kind::Enum(_) | Kind::Any | Kind::Unknown => text
            .trim_start_matches(|character: char| {
                character.is_whitespace() || matches!(character, '"' | '\'')
            })
            .starts_with(['[', '{']),
        _ => false,
    }
}

/// The slip that explains the text: what a tool added to it, and it could be read without.
fn slip(text: &str, kind: &Kind, reads: &dyn Fn(&str) -> bool) -> Option<Hint> {
    if kind.is_number()
        && ["tcp://", "udp://"]
            .iter()
            .any(|link| text.starts_with(link))
    {
        return Some(Hint::ServiceLink);
    }
    let line = text.trim_end_matches('\r');
    if line.len() < text.len() && reads(line) {
        return Some(Hint::CarriageReturn);
    }
    let quoted = line.trim();
    let inner = ['"', '\'']
        .iter()
        .find_map(|quote| quoted.strip_prefix(*quote)?.strip_suffix(*quote))?;
    reads(inner).then_some(Hint::KeptQuotes)
}
