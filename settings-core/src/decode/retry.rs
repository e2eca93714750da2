//! Further attempts at a value that could not be decoded: other readings of its text, and the cause of the problem.

use super::{
    Input, ReadFunction, TextForm, answer,
    deserializer::{Brackets, Context, ValueDeserializer},
    error::{Hint, Malformed},
};
use crate::value::text::structure_of_json;
use crate::{
    schema::Kind,
    value::{
        node::{Node, TableEntry},
        path::{KeyPath, Segment},
    },
};
use settings_syntax::{boolean, duration, number};

/// The limit for reported elements of a list or map that cannot be decoded.
const REPORTED: usize = 20;

/// The limit for texts of a structure that are tried as another type.
const TRIED: usize = 64;

/// One attempt. It keeps the value, so that what follows is compiled once and not for each type.
type Attempt<'r> = &'r mut dyn FnMut(ValueDeserializer<'_, '_, '_>) -> Result<(), Malformed>;

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
    attempt(&mut read, kind, error, input, form, context)?;
    Ok(value.expect("the attempt that succeeded set it"))
}

fn attempt(
    read: Attempt<'_>,
    kind: fn() -> Kind,
    error: Malformed,
    mut input: Input<'_>,
    form: TextForm<'_>,
    mut context: Context<'_>,
) -> Result<(), Malformed> {
    if context.start_over() && read(answer(&mut input, &mut context)).is_ok() {
        return Ok(());
    }
    let kind = kind();
    let mut error = match context.flaw {
        Some(flaw) => error.flawed(flaw),
        None => error,
    };
    if context.has_brackets {
        for brackets in Brackets::without_json(&kind) {
            context.read_brackets(brackets);
            if read(answer(&mut input, &mut context)).is_ok() {
                return Ok(());
            }
        }
        error = error.hinted_as_list();
    }
    let others = match kind {
        Kind::List(_) | Kind::Map(_) => further(read, &error, &mut input, form),
        _ => Vec::new(),
    };
    let others = others.into_iter().map(|error| error.settle(&kind));
    let error = error.settle(&kind);
    let error = match structure(&input) {
        Some(node) => locate(read, error, &node, form),
        None => error,
    };
    let mut reads = |text: &str| {
        let mut context = Context::new(form, None);
        read(answer(&mut Input::Text(text), &mut context)).is_ok()
    };
    Err(explain(error, &input, &kind, &mut reads).and(others))
}

/// The problems of the elements after the first that cannot be decoded.
fn further(
    read: Attempt<'_>,
    first: &Malformed,
    input: &mut Input<'_>,
    form: TextForm<'_>,
) -> Vec<Malformed> {
    let mut others: Vec<Malformed> = Vec::new();
    while others.len() + 1 < REPORTED
        && let Some(passed) = others.last().unwrap_or(first).taken()
    {
        let mut context = Context::new(form, None);
        context.passed = passed;
        match read(answer(input, &mut context)) {
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
        Input::Value(node @ (Node::List(_) | Node::Table(_))) => Some((*node).clone()),
        Input::Value(_) | Input::Pairs(_) => None,
        Input::Text(text) => structure_of_json(text),
        Input::Owned(text) => structure_of_json(text),
    }
}

/// Finds the value inside a structure that serde rejected after it had buffered the structure, which hides the key.
fn locate(
    read: Attempt<'_>,
    error: Malformed,
    node: &Node<'static>,
    form: TextForm<'_>,
) -> Malformed {
    let Some(part) = part(node, error.path()) else {
        return error;
    };
    if !matches!(part, Node::List(_) | Node::Table(_)) {
        return error;
    }
    let mut scalars = Vec::new();
    each_scalar(part, error.path().clone(), &mut scalars);
    scalars.truncate(TRIED);
    for (path, scalar) in &scalars {
        let Node::Text(text) = scalar else { continue };
        for replacement in replacements(text) {
            let mut changed = node.clone();
            replace(&mut changed, path, replacement);
            let mut context = Context::new(form, None);
            if read(answer(&mut Input::Value(&changed), &mut context)).is_ok() {
                return error.inside(path.clone()).hinted_first(Hint::Buffered);
            }
        }
    }
    let unexpected = error.unexpected();
    let mut same = scalars.iter().filter(|(_, scalar)| {
        scalar
            .as_scalar()
            .is_some_and(|text| Some(text) == unexpected)
    });
    match (same.next(), same.next()) {
        (Some((path, _)), None) => {
            let path = path.clone();
            error.inside(path)
        }
        _ => error,
    }
}

/// The values that a text represents for types whose text rules do not apply behind a buffer.
fn replacements(text: &str) -> impl Iterator<Item = Node<'static>> {
    let text = text.trim();
    let is_number = number::float::<f64>(text).is_some();
    let number = is_number.then(|| Node::number(text.to_owned()));
    let truth = boolean::parse(text).map(Node::Bool);
    let duration = duration::parse(text).map(|duration| {
        let part = |key: &'static str, number: String| TableEntry::new(key, Node::number(number));
        Node::Table(vec![
            part("secs", duration.as_secs().to_string()),
            part("nanos", duration.subsec_nanos().to_string()),
        ])
    });
    [number, truth, duration].into_iter().flatten()
}

fn each_scalar<'n>(
    node: &'n Node<'static>,
    path: KeyPath,
    scalars: &mut Vec<(KeyPath, &'n Node<'static>)>,
) {
    match node {
        Node::List(items) => {
            for (nth, item) in items.iter().enumerate() {
                let mut path = path.clone();
                path.push(Segment::Index(nth));
                each_scalar(&item.value, path, scalars);
            }
        }
        Node::Table(entries) => {
            for entry in entries {
                let mut path = path.clone();
                path.push(Segment::Name(&entry.key));
                each_scalar(&entry.value, path, scalars);
            }
        }
        scalar => scalars.push((path, scalar)),
    }
}

/// The value at a path.
pub(crate) fn part<'n>(node: &'n Node<'static>, path: &KeyPath) -> Option<&'n Node<'static>> {
    path.segments()
        .try_fold(node, |node, segment| match (node, segment) {
            (Node::List(items), Segment::Index(nth)) => Some(&items.get(nth)?.value),
            (Node::Table(entries), Segment::Name(name)) => {
                let entry = entries.iter().rfind(|entry| entry.key == name)?;
                Some(&entry.value)
            }
            _ => None,
        })
}

fn replace(node: &mut Node<'static>, path: &KeyPath, value: Node<'static>) {
    let mut node = node;
    for segment in path.segments() {
        let inner = match (node, segment) {
            (Node::List(items), Segment::Index(nth)) => {
                items.get_mut(nth).map(|item| &mut item.value)
            }
            (Node::Table(entries), Segment::Name(name)) => {
                let entry = entries.iter_mut().rfind(|entry| entry.key == name);
                entry.map(|entry| &mut entry.value)
            }
            _ => None,
        };
        let Some(inner) = inner else { return };
        node = inner;
    }
    *node = value;
}

/// Adds the hints that depend on the whole value.
fn explain(
    mut error: Malformed,
    input: &Input<'_>,
    kind: &Kind,
    reads: &mut dyn FnMut(&str) -> bool,
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
fn added_by_tool(text: &str, kind: &Kind, reads: &mut dyn FnMut(&str) -> bool) -> Option<Hint> {
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
