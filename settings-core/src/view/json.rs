//! Rows and values as JSON.

use crate::value::text;
use crate::{
    build::rows::{Row, Shows, Written},
    schema::{Kind, Leaf},
    value::{
        json::{self, quoted, write_string},
        node,
        path::Segment,
    },
};
#[cfg(feature = "cli")]
use crate::{error::source_report::SourceReport, view::select};
use std::collections::HashMap;

/// The rows of a struct as a JSON object, with an object per group and a list per list of groups.
pub(crate) fn object(rows: &[Row]) -> String {
    let mut root = JsonTree::default();
    for row in rows {
        root.put(row.path.segments(), Some(leaf(row)));
    }
    root.to_string()
}

/// The same object, with the origins under `$origins`, and the fingerprint and the sources, if they are given, under
/// `$fingerprint` and `$sources`.
#[cfg(feature = "cli")]
pub(crate) fn with_origins(
    rows: &[Row],
    fingerprint: Option<&str>,
    sources: Option<&[SourceReport]>,
) -> String {
    let mut root = JsonTree::default();
    for row in rows {
        root.put(row.path.segments(), Some(leaf(row)));
    }
    let origins = origins(rows, Row::origin_in_words);
    root.put([Segment::Name("$origins")], Some(origins));
    if let Some(fingerprint) = fingerprint {
        root.put([Segment::Name("$fingerprint")], Some(quoted(fingerprint)));
    }
    if let Some(sources) = sources {
        let sources = select::sources_as_json(sources);
        root.put([Segment::Name("$sources")], Some(sources));
    }
    root.to_string()
}

/// An origin of each row that has it, by key.
#[cfg(any(feature = "cli", feature = "live"))]
pub(crate) fn origins(rows: &[Row], origin: impl Fn(&Row) -> Option<String>) -> String {
    let members = rows.iter().filter_map(|row| {
        let origin = origin(row)?;
        Some(format!("{}:{}", quoted(&row.key), quoted(&origin)))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// JSON with a line per member, indented by two spaces.
#[cfg(feature = "cli")]
pub(crate) fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut chars = json.chars().peekable();
    while let Some(ch) = chars.next() {
        if in_string {
            out.push(ch);
            in_string = ch != '"' || escaped;
            escaped = ch == '\\' && !escaped;
            continue;
        }
        let line = |out: &mut String, depth: usize| {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        };
        match ch {
            '{' | '[' if matches!(chars.peek(), Some('}' | ']')) => out.push(ch),
            '{' | '[' => {
                depth += 1;
                out.push(ch);
                line(&mut out, depth);
            }
            '}' | ']' if out.ends_with(['{', '[']) => out.push(ch),
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(ch);
            }
            ',' => {
                out.push(ch);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                in_string = ch == '"';
                out.push(ch);
            }
        }
    }
    out
}

/// The rows of one map of groups as a JSON object that loads to the same values. Rows without a text are omitted.
pub(crate) fn part(rows: &[&Row]) -> String {
    let mut root = JsonTree::default();
    for row in rows {
        let json = match (&row.written, &row.value) {
            (Written::Empty, _) => Some("null".to_owned()),
            (Written::Text(text), _) => Some(quoted(text)),
            (Written::Structure, Shows::Structure(structure)) => Some(value(structure)),
            (Written::Structure | Written::Nothing, _) => None,
        };
        let steps = row.whole.as_ref().map_or(0, |whole| whole.steps);
        let path = row.path.segments().skip(steps);
        // Of an optional group that is absent only the element around it is written: its table would make it present.
        let is_absent = row.leaf.is_none() && row.written == Written::Nothing;
        root.put(path.take(if is_absent { 2 } else { usize::MAX }), json);
    }
    root.to_string()
}

/// A value of a structured source as JSON.
pub(crate) fn value(value: &node::Node<'_>) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

/// An object or list under construction.
#[derive(Default)]
struct JsonTree<'r> {
    entries: Vec<(Segment<'r>, JsonNode<'r>)>,
    /// Indices of the entries that are trees.
    trees: HashMap<Segment<'r>, usize>,
}

enum JsonNode<'r> {
    Json(String),
    Tree(JsonTree<'r>),
}

impl<'r> JsonTree<'r> {
    /// Inserts a value at a path, or only the path.
    fn put(&mut self, path: impl IntoIterator<Item = Segment<'r>>, json: Option<String>) {
        let mut tree = self;
        let mut path = path.into_iter().peekable();
        while let Some(segment) = path.next() {
            if path.peek().is_some() {
                tree = tree.tree(segment);
            } else if let Some(json) = json {
                tree.entries.push((segment, JsonNode::Json(json)));
                return;
            }
        }
    }

    /// The tree at a name or index, created if it does not exist.
    fn tree(&mut self, segment: Segment<'r>) -> &mut Self {
        let at = *self.trees.entry(segment).or_insert_with(|| {
            let tree = JsonNode::Tree(Self::default());
            self.entries.push((segment, tree));
            self.entries.len() - 1
        });
        match &mut self.entries[at].1 {
            JsonNode::Tree(tree) => tree,
            JsonNode::Json(_) => unreachable!("`trees` lists trees"),
        }
    }

    fn write(&self, out: &mut String) {
        let list = matches!(self.entries.first(), Some((Segment::Index(_), _)));
        out.push(if list { '[' } else { '{' });
        for (nth, (step, node)) in self.entries.iter().enumerate() {
            if nth > 0 {
                out.push(',');
            }
            if let Segment::Name(key) = step {
                write_string(out, key);
                out.push(':');
            }
            match node {
                JsonNode::Json(json) => out.push_str(json),
                JsonNode::Tree(tree) => tree.write(out),
            }
        }
        out.push(if list { ']' } else { '}' });
    }
}

impl std::fmt::Display for JsonTree<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

/// The value of a row, in the form that its type reads.
pub(crate) fn leaf(row: &Row) -> String {
    match (&row.value, row.leaf) {
        (Shows::Nothing | Shows::Invalid, _) => "null".to_owned(),
        (Shows::Masked, _) => quoted(crate::error::redact::MASK),
        (Shows::Structure(structure), _) => value(structure),
        (Shows::Text(shown), Some(leaf)) => match &row.written {
            Written::Text(text) => of_text(text, leaf),
            // A part is masked, or the text only describes the value.
            _ => quoted(shown),
        },
        (Shows::Text(text), None) if row.bare => {
            let truth = Some(text.clone()).filter(|text| text == "true" || text == "false");
            let literal = truth.or_else(|| integer(text)).or_else(|| float(text));
            literal.unwrap_or_else(|| quoted(text))
        }
        (Shows::Text(text), None) => quoted(text),
    }
}

/// Text as the kind of value that its setting reads.
pub(crate) fn of_text(text: &str, leaf: &Leaf) -> String {
    let mut out = String::new();
    write_as(&mut out, text, &leaf.kind(), leaf.separator.unwrap_or(","));
    out
}

/// Writes text as this kind of value.
fn write_as(out: &mut String, text: &str, kind: &Kind, separator: &str) {
    let trimmed = text.trim();
    let literal = match kind {
        Kind::Bool => settings_syntax::boolean::parse(trimmed).map(|truth| truth.to_string()),
        Kind::Integer { .. } => integer(trimmed),
        Kind::Float => float(trimmed),
        Kind::Any
        | Kind::List(_)
        | Kind::Tuple(_)
        | Kind::Map(_)
        | Kind::Struct(_)
        | Kind::Enum(_)
            if trimmed.starts_with(['[', '{']) && json::check(trimmed).is_ok() =>
        {
            Some(trimmed.to_owned())
        }
        _ => None,
    };
    if let Some(literal) = literal {
        return out.push_str(&literal);
    }
    match kind {
        Kind::List(element) => {
            out.push('[');
            for (nth, part) in text::Split::new(trimmed, separator).enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                write_as(out, part, element, separator);
            }
            out.push(']');
        }
        Kind::Tuple(_) => {
            let element = Kind::Text;
            write_as(out, text, &Kind::List(Box::new(element)), separator);
        }
        Kind::Map(element) => {
            out.push('{');
            for (nth, part) in text::Split::new(trimmed, separator).enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                let (key, value) = part.split_once('=').unwrap_or((part, ""));
                write_string(out, key.trim());
                out.push(':');
                write_as(out, value.trim(), element, separator);
            }
            out.push('}');
        }
        _ => write_string(out, text),
    }
}

/// The digits of a whole number, without the sign and separators that only text may have.
fn integer(text: &str) -> Option<String> {
    let plain = text.replace('_', "");
    let signed = plain.parse::<i128>().ok().map(|number| number.to_string());
    signed.or_else(|| plain.parse::<u128>().ok().map(|number| number.to_string()))
}

/// The number unchanged if it is valid JSON, otherwise in the notation of JSON.
fn float(text: &str) -> Option<String> {
    let plain = text.replace('_', "");
    if plain.starts_with(|ch: char| ch.is_ascii_digit() || ch == '-') && json::check(&plain).is_ok()
    {
        return Some(plain);
    }
    let number: f64 = plain.parse().ok()?;
    number.is_finite().then(|| format!("{number:?}"))
}

fn write_value(out: &mut String, value: &node::Node<'_>) {
    match value {
        node::Node::Null => out.push_str("null"),
        node::Node::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        // A number that JSON cannot represent is text. No setting accepts it as a number either.
        node::Node::Number(text) => match float(text) {
            Some(number) => out.push_str(&number),
            None => write_string(out, text),
        },
        node::Node::Text(text) => write_string(out, text),
        node::Node::Table(entries) => {
            out.push('{');
            for (nth, entry) in entries.iter().enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                write_string(out, &entry.key);
                out.push(':');
                write_value(out, &entry.value);
            }
            out.push('}');
        }
        node::Node::List(items) => {
            out.push('[');
            for (nth, item) in items.iter().enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                write_value(out, &item.value);
            }
            out.push(']');
        }
    }
}
