//! Rows as a TOML file that loads to the same settings.

use crate::{
    build::rows::{Row, Shows, Written},
    decode::{self, TextForm},
    schema::{Kind, Leaf},
    value::{
        json::quoted,
        node::{Node, is_exact},
        path::Segment,
    },
    view::json,
};
use settings_syntax::boolean;
use std::fmt::Write;

/// Renders one table per group. Masked settings and those without a value are comments; derived properties are omitted.
pub(crate) fn document(rows: &[Row]) -> String {
    let mut root = TomlTable::default();
    for row in rows.iter().filter(|row| row.variable.is_some()) {
        // A table would make an optional group present that is absent.
        let is_absent = row.leaf.is_none() && row.written == Written::Nothing;
        root.put(
            &row.path.segments().collect::<Vec<_>>(),
            line(row),
            !is_absent,
        );
    }
    let mut out = String::new();
    root.write(&mut out, "");
    out
}

#[derive(Default)]
struct TomlTable {
    /// Its own settings, as complete lines.
    lines: String,
    /// Whether it exists; otherwise its header is a comment, too.
    exists: bool,
    tables: Vec<(String, TomlTable)>,
    lists: Vec<(String, Vec<TomlTable>)>,
    /// The value in place of an element.
    value: Option<String>,
}

/// The rest of a line, after the key.
enum TomlLine {
    Value(String),
    Comment(String),
}

impl TomlTable {
    fn put(&mut self, path: &[Segment<'_>], line: TomlLine, exists: bool) {
        self.exists |= exists;
        // Writing to a string does not fail.
        let _ = match path {
            [] | [Segment::Index(_)] => Ok(()),
            [Segment::Name(name)] => match (key(name), line) {
                (key, TomlLine::Value(value)) => writeln!(self.lines, "{key} = {value}"),
                (key, TomlLine::Comment(text)) if text.is_empty() => {
                    writeln!(self.lines, "# {key} =")
                }
                (key, TomlLine::Comment(text)) => writeln!(self.lines, "# {key} = {text}"),
            },
            [Segment::Name(list), Segment::Index(nth), rest @ ..] => {
                let element = self.element(list, *nth);
                match (rest, line) {
                    ([], TomlLine::Value(value)) => element.value = Some(value),
                    (rest, line) => element.put(rest, line, exists),
                }
                Ok(())
            }
            [Segment::Name(name), rest @ ..] => {
                self.table(name).put(rest, line, exists);
                Ok(())
            }
            [Segment::Index(_), rest @ ..] => {
                self.put(rest, line, exists);
                Ok(())
            }
        };
    }

    fn table(&mut self, key: &str) -> &mut Self {
        let at = self.tables.iter().position(|(each, _)| each == key);
        let at = at.unwrap_or_else(|| {
            self.tables.push((key.to_owned(), Self::default()));
            self.tables.len() - 1
        });
        &mut self.tables[at].1
    }

    fn element(&mut self, key: &str, nth: usize) -> &mut Self {
        let at = self.lists.iter().position(|(each, _)| each == key);
        let at = at.unwrap_or_else(|| {
            self.lists.push((key.to_owned(), Vec::new()));
            self.lists.len() - 1
        });
        let elements = &mut self.lists[at].1;
        // Elements come in order, and each has a row.
        if nth >= elements.len() {
            elements.push(Self::default());
        }
        let last = elements.len() - 1;
        &mut elements[nth.min(last)]
    }

    fn write(&self, out: &mut String, path: &str) {
        out.push_str(&self.lines);
        let inner = |name: &str| match path {
            "" => key(name),
            path => format!("{path}.{}", key(name)),
        };
        for (name, elements) in &self.lists {
            let values: Option<Vec<&str>> =
                elements.iter().map(|each| each.value.as_deref()).collect();
            if let Some(values) = values {
                let _ = writeln!(out, "{} = [{}]", key(name), values.join(", "));
            }
        }
        for (name, table) in &self.tables {
            let path = inner(name);
            if !table.lines.is_empty() {
                let mark = if table.exists { "" } else { "# " };
                header(out, &format!("{mark}[{path}]"));
            }
            table.write(out, &path);
        }
        for (name, elements) in &self.lists {
            let path = inner(name);
            if elements.iter().all(|each| each.value.is_some()) {
                continue;
            }
            for table in elements {
                // TOML writes an array of tables, or one of values.
                if let Some(value) = &table.value {
                    header(out, &format!("# [[{path}]] = {value}"));
                    continue;
                }
                header(out, &format!("[[{path}]]"));
                table.write(out, &path);
            }
        }
    }
}

fn header(out: &mut String, header: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(header);
    out.push('\n');
}

fn line(row: &Row) -> TomlLine {
    match (&row.written, &row.value) {
        (Written::Text(text), _) => {
            let value = row.leaf.and_then(|leaf| of_text(text, leaf));
            TomlLine::Value(value.unwrap_or_else(|| quoted(text)))
        }
        (Written::Structure, Shows::Structure(value)) => {
            let as_json = || quoted(&json::value(value));
            // Every setting also reads JSON text, unless its type takes that as a string.
            let takes_text = matches!(row.leaf.map(Leaf::kind), Some(Kind::Any | Kind::Unknown));
            match inline(value) {
                Some(value) => TomlLine::Value(value),
                None if takes_text => TomlLine::Comment(as_json()),
                None => TomlLine::Value(as_json()),
            }
        }
        (_, Shows::Nothing | Shows::Invalid) => TomlLine::Comment(String::new()),
        (_, value) => TomlLine::Comment(quoted(&value.to_string())),
    }
}

/// A number, bool, list or table in the syntax of TOML; `None` if the text is written as a string instead.
fn of_text(text: &str, leaf: &Leaf) -> Option<String> {
    let plain = text.trim().replace('_', "");
    let kind = leaf.kind();
    match &kind {
        Kind::Bool => boolean::parse(&plain).map(|truth| truth.to_string()),
        Kind::Integer { .. } => plain.parse::<i64>().ok().map(|number| number.to_string()),
        Kind::Float => {
            let number = plain
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite());
            number.map(|number| format!("{number:?}"))
        }
        Kind::List(_) | Kind::Tuple(_) | Kind::Map(_) => {
            let json = json::of_text(text, leaf);
            inline(&decode::structure_of_text(
                &json,
                &kind,
                TextForm::default(),
            )?)
        }
        _ => None,
    }
}

/// A list or table on one line; `None` if TOML cannot represent it.
fn inline(value: &Node<'_>) -> Option<String> {
    match value {
        Node::Null => None,
        Node::Bool(truth) => Some(truth.to_string()),
        Node::Number(text) => number(text),
        Node::Text(text) => Some(quoted(text)),
        Node::List(items) => {
            let each = items.iter().map(|item| inline(&item.value));
            let each: Option<Vec<String>> = each.collect();
            Some(format!("[{}]", each?.join(", ")))
        }
        Node::Table(entries) => {
            let pairs = entries
                .iter()
                .map(|entry| Some(format!("{} = {}", key(&entry.key), inline(&entry.value)?)));
            let pairs: Option<Vec<String>> = pairs.collect();
            let pairs = pairs?;
            Some(if pairs.is_empty() {
                "{}".to_owned()
            } else {
                format!("{{ {} }}", pairs.join(", "))
            })
        }
    }
}

/// A number in the notation of TOML; `None` if TOML readers would change it.
fn number(text: &str) -> Option<String> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.to_string());
    }
    let float: f64 = text.parse().ok()?;
    let fits = text.contains(['.', 'e', 'E']) && float.is_finite() && is_exact(float, text);
    fits.then(|| format!("{float:?}"))
}

fn key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !name.is_empty() && name.bytes().all(is_bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}
