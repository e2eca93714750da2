//! Further attempts at a value that could not be decoded: other readings of its text, and the cause of the problem.

use super::{
    Input, ReadFunction, TextForm, answer,
    attempts::Attempts,
    deserializer::{Brackets, Context, ValueDeserializer},
    error::{Hint, Malformed, is_invisible},
};
use crate::value::quotes::is_typographic_quote;
use crate::value::text::structure_of_json;
use crate::{schema::Kind, value::node::Node};

/// The limit for reported elements of a list or map that cannot be decoded.
const REPORTED: usize = 20;

/// Decodes a value in the other ways that its text allows.
#[cold]
#[inline(never)]
pub(super) fn again<T>(
    read: ReadFunction<T>,
    kind: fn() -> Kind,
    error: Malformed,
    input: Input<'_>,
    form: TextForm<'_>,
    context: Context<'_>,
) -> Result<T, Malformed> {
    let mut value = None;
    let mut read = |deserializer: ValueDeserializer<'_, '_, '_>| {
        value = Some(read(deserializer)?);
        Ok(())
    };
    let attempts = Attempts::new(&mut read, form, &input);
    attempt(&attempts, kind, error, input, context)?;
    Ok(value.expect("the attempt that succeeded set it"))
}

fn attempt(
    attempts: &Attempts<'_, '_>,
    kind: fn() -> Kind,
    mut error: Malformed,
    mut input: Input<'_>,
    mut context: Context<'_>,
) -> Result<(), Malformed> {
    let read =
        |input: &mut Input<'_>, context: &mut Context<'_>| attempts.read(answer(input, context));
    if context.start_over() && read(&mut input, &mut context).is_ok() {
        return Ok(());
    }
    let mut structure = structure(&input);
    if let Input::Pairs(node) = input {
        match attempts.convert(node, error) {
            Ok(()) => return Ok(()),
            Err((changed, other)) => (structure, error) = (Some(changed), other),
        }
    }
    let kind = kind();
    let mut error = match context.flaw {
        Some(flaw) => error.flawed(flaw),
        None => error,
    };
    if error.is_duplicate() {
        return Err(error);
    }
    if context.has_brackets {
        for brackets in Brackets::without_json(&kind) {
            context.read_brackets(brackets);
            if read(&mut input, &mut context).is_ok() {
                return Ok(());
            }
        }
        error = error.hinted_as_list();
    }
    let others = match kind {
        Kind::List(_) | Kind::Map(_) => further(attempts, &error, &mut input),
        _ => Vec::new(),
    };
    let explained = |error: Malformed| {
        let error = match &structure {
            Some(node) => attempts.locate(error, node),
            None => error,
        };
        error.settle(&kind)
    };
    let others: Vec<_> = others.into_iter().map(explained).collect();
    let error = explained(error);
    let reads = |text: &str| {
        let mut context = attempts.context();
        let is_read = read(&mut Input::Text(text), &mut context).is_ok();
        is_read
            || context.has_brackets
                && Brackets::without_json(&kind).into_iter().any(|brackets| {
                    context.read_brackets(brackets);
                    read(&mut Input::Text(text), &mut context).is_ok()
                })
    };
    Err(explain(error, &input, &kind, &reads).and(others.into_iter()))
}

/// The problems of the elements after the first that cannot be decoded.
fn further(
    attempts: &Attempts<'_, '_>,
    first: &Malformed,
    input: &mut Input<'_>,
) -> Vec<Malformed> {
    let mut others: Vec<Malformed> = Vec::new();
    while others.len() + 1 < REPORTED
        && let Some(passed) = others.last().unwrap_or(first).taken()
    {
        let mut context = attempts.context();
        context.passed = passed;
        match attempts.read(answer(input, &mut context)) {
            // The skipped elements may cause a problem of the whole.
            Err(error) if error.taken().is_some_and(|taken| taken > passed) => others.push(error),
            _ => break,
        }
    }
    others
}

/// The list or table of an input.
fn structure(input: &Input<'_>) -> Option<Node<'static>> {
    match input {
        Input::Value(node @ (Node::List(_) | Node::Table(_))) | Input::Pairs(node) => {
            Some((*node).clone())
        }
        Input::Value(_) => None,
        Input::Text(text) => structure_of_json(text),
        Input::Owned(text) => structure_of_json(text),
    }
}

/// Adds the hints that depend on the whole value.
fn explain(
    mut error: Malformed,
    input: &Input<'_>,
    kind: &Kind,
    reads: &dyn Fn(&str) -> bool,
) -> Malformed {
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
    match added_by_tool(text, kind, reads) {
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

/// The addition of a tool to the text, if the text can be decoded without it.
fn added_by_tool(text: &str, kind: &Kind, reads: &dyn Fn(&str) -> bool) -> Option<Hint> {
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
        .find_map(|quote| quoted.strip_prefix(*quote)?.strip_suffix(*quote));
    if inner.is_some_and(reads) {
        return Some(Hint::KeptQuotes);
    }
    mistyped(quoted, kind, reads)
}

/// What a person typed or copied beside the value, if the text can be decoded without it.
fn mistyped(text: &str, kind: &Kind, reads: &dyn Fn(&str) -> bool) -> Option<Hint> {
    if text.starts_with('$') && text.len() > 1 {
        return Some(Hint::Reference);
    }
    let inner = text.trim_matches(is_typographic_quote);
    if inner.len() < text.len() && reads(inner) {
        return Some(Hint::TypographicQuotes);
    }
    let visible = || text.chars().filter(|ch| !is_invisible(*ch));
    if text.contains(is_invisible) && reads(&visible().collect::<String>()) {
        return Some(Hint::Invisible);
    }
    let before_comment = text.split_once(" #").map(|(value, _)| value.trim_end());
    let is_single = kind.element().is_none();
    let before_mark = text.strip_suffix([';', ',']).filter(|_| is_single);
    if [before_comment, before_mark]
        .into_iter()
        .flatten()
        .any(reads)
    {
        return Some(Hint::Trailing);
    }
    let plain: String = text.chars().map(plain_number).collect();
    (plain != text && reads(&plain)).then_some(Hint::LooksLikeNumber)
}

/// The ASCII character that a digit or a minus of another script resembles.
fn plain_number(ch: char) -> char {
    match ch {
        '\u{2212}' | '\u{2010}'..='\u{2015}' => '-',
        '\u{ff10}'..='\u{ff19}' => {
            let digit = u32::from(ch) - 0xff10;
            char::from_digit(digit, 10).unwrap_or(ch)
        }
        _ => ch,
    }
}
