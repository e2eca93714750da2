//! A TOML template.

use super::{
    Options, Template, has_extension,
    outline::{GroupOutline, Outline, Setting},
    phrases,
    text::{comment, key},
    value::DocValue,
};
use crate::{build::Assemble, schema::Shape, value::json::quoted};
use std::fmt::Write;

/// A TOML template: every setting with its documentation, and its default in a comment.
///
/// Defaults are in comments because a copy would keep the old default when an upgrade changes it. A setting
/// without a default shows its example.
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
/// assert!(template.contains("# Name shown in logs.\n# text\n#name = \"demo\"\n"));
/// assert!(template.contains("# Port to listen on.\n# required; a whole number from 0 to 65535\n#port =\n"));
/// ```
pub fn toml<T: Assemble>() -> String {
    Toml.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct Toml;

impl Template for Toml {
    fn is_file_name(&self, name: &str) -> bool {
        has_extension(name, &["toml"])
    }

    fn render(&self, outline: &Outline, options: &Options) -> String {
        let mut out = String::new();
        if let Some(schema) = options.json_schema(outline) {
            let _ = write!(out, "#:schema {schema}\n\n");
        }
        for doc in outline.root.docs() {
            comment(&mut out, 0, doc);
        }
        table(&mut out, &outline.root, "", false, |_| true);
        out
    }
}

/// The template of some settings, without the documentation of the struct.
pub(super) fn some(outline: &Outline, includes: fn(&Setting) -> bool) -> String {
    let mut out = String::new();
    table(&mut out, &outline.root, "", false, includes);
    out.trim_start().to_owned()
}

/// Writes the settings of a table, then its tables, as TOML requires. In a commented table the header is a comment too,
/// because an empty table makes an optional group present.
fn table(
    out: &mut String,
    group: &GroupOutline,
    path: &str,
    commented: bool,
    includes: fn(&Setting) -> bool,
) {
    settings(out, group, includes);
    for (is_conditional, inner) in groups(group) {
        if !inner.contains(includes) {
            continue;
        }
        let nested = inner.nested.map_or("", |nested| nested.key);
        let mut path = format!("{path}{}", key(nested));
        let commented = commented || is_conditional || inner.shape() != Shape::One;
        out.push('\n');
        for doc in inner.docs() {
            comment(out, 0, doc);
        }
        comment(out, 0, &phrases::shape(inner).unwrap_or_default());
        let mark = if commented { "#" } else { "" };
        for (nth, shape) in inner.shapes.iter().enumerate() {
            if *shape == Shape::Map {
                path.push_str(".NAME");
            }
            let is_last = nth + 1 == inner.shapes.len();
            let _ = match shape {
                Shape::List => writeln!(out, "{mark}[[{path}]]"),
                _ if is_last => writeln!(out, "{mark}[{path}]"),
                _ => Ok(()),
            };
        }
        table(out, inner, &format!("{path}."), commented, includes);
    }
}

/// Writes the settings of a table, and those of the variants in it.
fn settings(out: &mut String, group: &GroupOutline, includes: fn(&Setting) -> bool) {
    let own = group.settings().into_iter();
    for setting in own.filter(|setting| !setting.is_repeated && includes(setting)) {
        out.push('\n');
        comment(out, 0, setting.leaf.doc);
        comment(out, 0, &phrases::facts(setting));
        let name = key(setting.leaf.key);
        let value = value(setting).map_or_else(String::new, |value| format!(" {value}"));
        let _ = writeln!(out, "#{name} ={value}");
    }
    for (_, variant) in group.variants() {
        settings(out, variant, includes);
    }
}

/// The groups in a table, and those of the variants in it, whose headers are comments.
fn groups(group: &GroupOutline) -> Vec<(bool, &GroupOutline)> {
    let own = group.groups().into_iter().map(|group| (false, group));
    let variants = group.variants().into_iter();
    let of_variants = variants.flat_map(|(_, variant)| groups(variant));
    own.chain(of_variants.map(|(_, group)| (true, group)))
        .collect()
}

/// The default of a setting, or its example.
fn value(setting: &Setting) -> Option<String> {
    let text = setting.default_text().or(setting.leaf.example)?;
    let value = DocValue::read(&setting.kind, text, setting.leaf.separator);
    // TOML has no null, but a setting that accepts one also reads JSON text.
    Some(if contains_null(&value) {
        quoted(text)
    } else {
        inline(&value)
    })
}

fn is_too_wide(digits: &str) -> bool {
    let is_whole = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-');
    is_whole && digits.parse::<i64>().is_err()
}

fn contains_null(value: &DocValue) -> bool {
    match value {
        DocValue::Null => true,
        DocValue::List(items) => items.iter().any(contains_null),
        DocValue::Map(members) => members.iter().any(|(_, value)| contains_null(value)),
        DocValue::Bool(_) | DocValue::Number(_) | DocValue::Text(_) => false,
    }
}

fn inline(value: &DocValue) -> String {
    match value {
        DocValue::Null => quoted(""),
        // TOML has no such number, but every setting reads it as text.
        DocValue::Number(digits) if is_too_wide(digits) => quoted(digits),
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
