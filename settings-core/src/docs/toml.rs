//! A TOML file that says what the defaults say.

use super::{
    outline::{Outline, Row, Section},
    quoted::{comment, key},
    value::Value,
    words,
};
use crate::{build::Assemble, schema::Shape, value::json::quoted};
use std::fmt::Write;

/// A TOML template: every setting with its documentation. It reads back to the defaults.
///
/// What has no default that can be shown stands in a comment, to be filled in.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// #[derive(Debug, Settings)]
/// struct AppSettings {
///     /// Name shown in logs.
///     #[settings(default = "demo")]
///     name: String,
///     /// Where to listen.
///     port: u16,
/// }
///
/// let template = docs::toml::<AppSettings>();
/// assert!(template.contains("# Name shown in logs.\n# text\nname = \"demo\"\n"));
/// assert!(template.contains("# Where to listen.\n# required; a whole number from 0 to 65535\n#port =\n"));
/// ```
pub fn toml<T: Assemble>() -> String {
    render(&Outline::of::<T>())
}

fn render(outline: &Outline) -> String {
    let mut out = String::new();
    for doc in outline.root.docs() {
        comment(&mut out, 0, doc);
    }
    table(&mut out, &outline.root, "", false);
    out
}

/// The leaves of a table before its tables, as TOML asks.
fn table(out: &mut String, section: &Section, path: &str, dormant: bool) {
    for row in section.leaves() {
        out.push('\n');
        comment(out, 0, row.leaf.doc);
        comment(out, 0, &words::facts(row));
        let name = key(row.leaf.key);
        let _ = match value(row) {
            Some(value) if row.dormant => writeln!(out, "#{name} = {value}"),
            Some(value) => writeln!(out, "{name} = {value}"),
            None => writeln!(out, "#{name} ={}", example(row)),
        };
    }
    for inner in section.tables() {
        let nested = inner.nested.map_or("", |nested| nested.key);
        let mut path = format!("{path}{}", key(nested));
        let dormant = dormant || inner.shape() != Shape::One;
        if inner.shape() == Shape::Map {
            path.push_str(".NAME");
        }
        out.push('\n');
        for doc in inner.docs() {
            comment(out, 0, doc);
        }
        comment(out, 0, words::shape(inner).unwrap_or(""));
        let mark = if dormant { "#" } else { "" };
        let _ = match inner.shape() {
            Shape::List => writeln!(out, "{mark}[[{path}]]"),
            _ => writeln!(out, "{mark}[{path}]"),
        };
        table(out, inner, &format!("{path}."), dormant);
    }
}

fn value(row: &Row) -> Option<String> {
    let text = row.known_default()?;
    let value = Value::read(&row.kind, text, row.leaf.separator);
    // TOML has no word for nothing, but a leaf that may hold one reads text as JSON.
    Some(if holds_nothing(&value) {
        quoted(text)
    } else {
        inline(&value)
    })
}

fn holds_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(items) => items.iter().any(holds_nothing),
        Value::Map(members) => members.iter().any(|(_, value)| holds_nothing(value)),
        Value::Bool(_) | Value::Number(_) | Value::Text(_) => false,
    }
}

fn example(row: &Row) -> String {
    match row.leaf.example {
        Some(example) if !row.masked => {
            let value = Value::read(&row.kind, example, row.leaf.separator);
            format!(" {}", inline(&value))
        }
        _ => String::new(),
    }
}

fn inline(value: &Value) -> String {
    match value {
        // TOML has no word for nothing.
        Value::Null => quoted(""),
        Value::Bool(_) | Value::Number(_) | Value::Text(_) => value.to_line(),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(members) if members.is_empty() => "{}".to_owned(),
        Value::Map(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{} = {}", key(name), inline(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
    }
}
