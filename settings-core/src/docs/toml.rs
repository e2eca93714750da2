//! A TOML template.

use super::{
    Options, Template,
    outline::{GroupOutline, Outline, Setting},
    phrases,
    text::{comment, key},
    value::DocValue,
};
use crate::{build::Assemble, schema::Shape, value::json::quoted};
use std::fmt::Write;

/// A TOML template: every setting with its documentation and its default.
///
/// A setting without a default is in a comment, to be filled in.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// #[derive(Debug, Settings)]
/// struct AppSettings {
///     /// Name shown in logs.
///     #[settings(default = "demo")]
///     name: String,
///     /// Port to listen on.
///     port: u16,
/// }
///
/// let template = docs::toml::<AppSettings>();
/// assert!(template.contains("# Name shown in logs.\n# text\nname = \"demo\"\n"));
/// assert!(template.contains("# Port to listen on.\n# required; a whole number from 0 to 65535\n#port =\n"));
/// ```
pub fn toml<T: Assemble>() -> String {
    Toml.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct Toml;

impl Template for Toml {
    fn is_file_name(&self, name: &str) -> bool {
        name.ends_with(".toml")
    }

    fn render(&self, outline: &Outline, _: &Options) -> String {
        let mut out = String::new();
        for doc in outline.root.docs() {
            comment(&mut out, 0, doc);
        }
        table(&mut out, &outline.root, "", false);
        out
    }
}

/// Writes the settings of a table, then its tables, as TOML requires.
fn table(out: &mut String, group: &GroupOutline, path: &str, commented: bool) {
    for setting in group.settings() {
        out.push('\n');
        comment(out, 0, setting.leaf.doc);
        comment(out, 0, &phrases::facts(setting));
        let name = key(setting.leaf.key);
        let _ = match value(setting) {
            Some(value) if setting.in_optional => writeln!(out, "#{name} = {value}"),
            Some(value) => writeln!(out, "{name} = {value}"),
            None => writeln!(out, "#{name} ={}", example(setting)),
        };
    }
    for inner in group.groups() {
        let nested = inner.nested.map_or("", |nested| nested.key);
        let mut path = format!("{path}{}", key(nested));
        let commented = commented || inner.shape() != Shape::One;
        if inner.shape() == Shape::Map {
            path.push_str(".NAME");
        }
        out.push('\n');
        for doc in inner.docs() {
            comment(out, 0, doc);
        }
        comment(out, 0, phrases::shape(inner).unwrap_or(""));
        let mark = if commented { "#" } else { "" };
        let _ = match inner.shape() {
            Shape::List => writeln!(out, "{mark}[[{path}]]"),
            _ => writeln!(out, "{mark}[{path}]"),
        };
        table(out, inner, &format!("{path}."), commented);
    }
}

fn value(setting: &Setting) -> Option<String> {
    let text = setting.default_text()?;
    let value = DocValue::read(&setting.kind, text, setting.leaf.separator);
    // TOML has no null, but a setting that accepts one also reads JSON text.
    Some(if contains_null(&value) {
        quoted(text)
    } else {
        inline(&value)
    })
}

fn contains_null(value: &DocValue) -> bool {
    match value {
        DocValue::Null => true,
        DocValue::List(items) => items.iter().any(contains_null),
        DocValue::Map(members) => members.iter().any(|(_, value)| contains_null(value)),
        DocValue::Bool(_) | DocValue::Number(_) | DocValue::Text(_) => false,
    }
}

fn example(setting: &Setting) -> String {
    match setting.leaf.example {
        Some(example) if !setting.masked => {
            let value = DocValue::read(&setting.kind, example, setting.leaf.separator);
            format!(" {}", inline(&value))
        }
        _ => String::new(),
    }
}

fn inline(value: &DocValue) -> String {
    match value {
        // TOML has no null.
        DocValue::Null => quoted(""),
        DocValue::Bool(_) | DocValue::Number(_) | DocValue::Text(_) => value.to_line(),
        DocValue::List(items) => {
            let items: Vec<_> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        DocValue::Map(members) if members.is_empty() => "{}".to_owned(),
        DocValue::Map(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{} = {}", key(name), inline(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
    }
}
