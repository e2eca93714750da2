//! A YAML file that says what the defaults say.

use super::{
    outline::{Item, Outline, Row, Section},
    quoted::{comment, key},
    value::Value,
    words,
};
use crate::{build::Assemble, schema::Shape};
use std::fmt::Write;

/// A YAML template: every setting with its documentation. It reads back to the defaults.
///
/// What has no default that can be shown stands in a comment, to be filled in. Texts are always quoted, so that no reader
/// takes one for a number, a date or a bool.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// #[derive(Debug, Settings)]
/// struct AppSettings {
///     /// Name shown in logs.
///     #[settings(default = "no")]
///     name: String,
///     /// Where to listen.
///     port: u16,
/// }
///
/// let template = docs::yaml::<AppSettings>();
/// assert!(template.contains("# Name shown in logs.\n# text\nname: \"no\"\n"));
/// assert!(template.contains("# Where to listen.\n# required; a whole number from 0 to 65535\n#port:\n"));
/// ```
pub fn yaml<T: Assemble>() -> String {
    render(&Outline::of::<T>())
}

fn render(outline: &Outline) -> String {
    let mut out = String::new();
    for doc in outline.root.docs() {
        comment(&mut out, 0, doc);
    }
    fields(&mut out, &outline.root, 0);
    out
}

fn fields(out: &mut String, section: &Section, indent: usize) {
    for item in &section.items {
        match item {
            Item::Leaf(row) => leaf(out, row, indent),
            Item::Section(section) if section.is_flat() => fields(out, section, indent),
            Item::Section(section) => group(out, section, indent),
        }
    }
}

fn leaf(out: &mut String, row: &Row, indent: usize) {
    out.push('\n');
    comment(out, indent, row.leaf.doc);
    comment(out, indent, &words::facts(row));
    let name = key(row.leaf.key);
    let (text, mark) = match row.known_default() {
        Some(text) if row.dormant => (Some(text), "#"),
        Some(text) => (Some(text), ""),
        None => (row.leaf.example.filter(|_| !row.masked), "#"),
    };
    let _ = write!(out, "{:indent$}{mark}{name}:", "");
    if let Some(text) = text {
        let value = Value::read(&row.kind, text, row.leaf.separator);
        let _ = write!(out, " {}", value.to_line());
    }
    out.push('\n');
}

/// A group in which nothing has a value stands in a comment itself: a key with nothing below it would be nothing.
fn group(out: &mut String, section: &Section, indent: usize) {
    out.push('\n');
    for doc in section.docs() {
        comment(out, indent, doc);
    }
    comment(out, indent, words::shape(section).unwrap_or(""));
    let mark = if says_something(section) { "" } else { "#" };
    let name = key(section.nested.map_or("", |nested| nested.key));
    let _ = writeln!(out, "{:indent$}{mark}{name}:", "");
    let element = match section.shape() {
        Shape::One | Shape::Optional => return fields(out, section, indent + 2),
        Shape::List => "-",
        Shape::Map => "NAME:",
    };
    let _ = writeln!(out, "{:indent$}  {mark}{element}", "");
    fields(out, section, indent + 4);
}

fn says_something(section: &Section) -> bool {
    section.items.iter().any(|item| match item {
        Item::Leaf(row) => !row.dormant && row.known_default().is_some(),
        Item::Section(section) => says_something(section),
    })
}
