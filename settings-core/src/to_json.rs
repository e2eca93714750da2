//! JSON as it is written: rows as an object, and values of structured sources.

use crate::{
    name,
    schema::{
        Kind,
        plan::{Plan, Target},
    },
    shown::{Row, Shows},
};
use figment::value::Value;
use std::fmt::Write;

/// The rows of a struct as a JSON object; their dotted keys become objects within it.
pub(crate) fn object(rows: &[Row], plan: Plan) -> String {
    let mut root = Tree::default();
    for row in rows {
        root.put(row.key.split('.'), leaf(row, plan));
    }
    let mut out = String::new();
    root.write(&mut out);
    out
}

/// A value of a structured source as JSON.
pub(crate) fn value(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

#[derive(Default)]
struct Tree {
    entries: Vec<(String, Node)>,
}

enum Node {
    Json(String),
    Tree(Tree),
}

impl Tree {
    fn put<'a>(&mut self, mut path: impl Iterator<Item = &'a str> + Clone, json: String) {
        let Some(first) = path.next() else { return };
        if path.clone().next().is_none() {
            return self.entries.push((first.to_owned(), Node::Json(json)));
        }
        let at = self
            .entries
            .iter()
            .position(|(key, node)| key == first && matches!(node, Node::Tree(_)));
        let at = at.unwrap_or_else(|| {
            self.entries
                .push((first.to_owned(), Node::Tree(Tree::default())));
            self.entries.len() - 1
        });
        if let Node::Tree(tree) = &mut self.entries[at].1 {
            tree.put(path, json);
        }
    }

    fn write(&self, out: &mut String) {
        out.push('{');
        for (nth, (key, node)) in self.entries.iter().enumerate() {
            if nth > 0 {
                out.push(',');
            }
            write_text(out, key);
            out.push(':');
            match node {
                Node::Json(json) => out.push_str(json),
                Node::Tree(tree) => tree.write(out),
            }
        }
        out.push('}');
    }
}

/// The value of a row, as what its type takes.
fn leaf(row: &Row, plan: Plan) -> String {
    match &row.value {
        Shows::Nothing => "null".to_owned(),
        Shows::Masked => quoted(crate::redact::MASK),
        Shows::Structure(structure) => value(structure),
        Shows::Text(text) => {
            let hash = name::hash(row.key.as_bytes());
            let name = plan.key_name(hash, row.key.as_bytes(), |target| target == Target::Leaf);
            let kind = name
                .and_then(|name| plan.leaf(name.index.into()))
                .map(super::schema::Leaf::kind);
            match kind {
                Some(Kind::Bool) => crate::truth::truth(text)
                    .map_or_else(|| quoted(text), |truth| truth.to_string()),
                Some(Kind::Integer { .. } | Kind::Float) => {
                    number(text).unwrap_or_else(|| quoted(text))
                }
                None if text == "true" || text == "false" => text.clone(),
                _ => quoted(text),
            }
        }
    }
}

fn number(text: &str) -> Option<String> {
    let plain = text.trim().replace('_', "");
    let plain = plain.strip_prefix('+').unwrap_or(&plain);
    let number: f64 = plain.parse().ok()?;
    let digits = plain.trim_start_matches('-');
    let is_json = number.is_finite()
        && digits.starts_with(|ch: char| ch.is_ascii_digit())
        && !digits.ends_with('.');
    let no_zeros = digits.len() == 1 || !digits.starts_with('0') || digits.starts_with("0.");
    (is_json && no_zeros).then(|| plain.to_owned())
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::String(_, text) => write_text(out, text),
        Value::Char(_, ch) => write_text(out, ch.encode_utf8(&mut [0; 4])),
        Value::Bool(_, truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Num(_, number) => {
            let text = number
                .to_u128()
                .map(|number| number.to_string())
                .or_else(|| number.to_i128().map(|number| number.to_string()))
                .or_else(|| {
                    number
                        .to_f64()
                        .filter(|number| number.is_finite())
                        .map(|number| format!("{number:?}"))
                });
            out.push_str(text.as_deref().unwrap_or("null"));
        }
        Value::Empty(..) => out.push_str("null"),
        Value::Dict(_, dict) => {
            out.push('{');
            for (nth, (key, value)) in dict.iter().enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                write_text(out, key);
                out.push(':');
                write_value(out, value);
            }
            out.push('}');
        }
        Value::Array(_, values) => {
            out.push('[');
            for (nth, value) in values.iter().enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                write_value(out, value);
            }
            out.push(']');
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_text(&mut out, text);
    out
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for ch in text.chars() {
        match ch {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ch if ch < ' ' || ch == '\u{7f}' => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(ch));
            }
            ch => out.push(ch),
        }
    }
    out.push('"');
}
