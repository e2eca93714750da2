//! A YAML template.

use super::{
    Options, Template,
    outline::{GroupOutline, Item, Outline, Setting},
    phrases,
    text::{comment, key},
    value::DocValue,
};
use crate::{build::Assemble, schema::Shape};
use std::fmt::Write;

/// A YAML template: every setting with its documentation and its default.
///
/// A setting without a default is in a comment, to be filled in. Strings are always quoted, so that no reader takes one for
/// a number, a date or a bool.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// #[derive(Debug, Settings)]
/// struct AppSettings {
///     /// Name shown in logs.
///     #[settings(default = "no")]
///     name: String,
///     /// Port to listen on.
///     port: u16,
/// }
///
/// let template = docs::yaml::<AppSettings>();
/// assert!(template.contains("# Name shown in logs.\n# text\nname: \"no\"\n"));
/// assert!(template.contains("# Port to listen on.\n# required; a whole number from 0 to 65535\n#port:\n"));
/// ```
pub fn yaml<T: Assemble>() -> String {
    Yaml.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct Yaml;

impl Template for Yaml {
    /// Manifests are YAML too, so the extension does not decide.
    fn is_file_name(&self, _: &str) -> bool {
        false
    }

    fn render(&self, outline: &Outline, _: &Options) -> String {
        let mut out = String::new();
        for doc in outline.root.docs() {
            comment(&mut out, 0, doc);
        }
        members(&mut out, &outline.root, 0);
        out
    }
}

fn members(out: &mut String, group: &GroupOutline, indent: usize) {
    for item in &group.items {
        match item {
            Item::Setting(setting) => write_setting(out, setting, indent),
            Item::Group(group) if group.is_flat() => members(out, group, indent),
            Item::Group(group) => write_group(out, group, indent),
        }
    }
}

fn write_setting(out: &mut String, setting: &Setting, indent: usize) {
    out.push('\n');
    comment(out, indent, setting.leaf.doc);
    comment(out, indent, &phrases::facts(setting));
    let name = key(setting.leaf.key);
    let (text, mark) = match setting.default_text() {
        Some(text) if setting.in_optional => (Some(text), "#"),
        Some(text) => (Some(text), ""),
        None => (setting.leaf.example.filter(|_| !setting.masked), "#"),
    };
    let _ = write!(out, "{:indent$}{mark}{name}:", "");
    if let Some(text) = text {
        let value = DocValue::read(&setting.kind, text, setting.leaf.separator);
        let _ = write!(out, " {}", value.to_line());
    }
    out.push('\n');
}

/// Writes a group. If none of its settings has a value, the group is in a comment too, because a key without a value is null.
fn write_group(out: &mut String, group: &GroupOutline, indent: usize) {
    out.push('\n');
    for doc in group.docs() {
        comment(out, indent, doc);
    }
    comment(out, indent, phrases::shape(group).unwrap_or(""));
    let mark = if has_value(group) { "" } else { "#" };
    let name = key(group.nested.map_or("", |nested| nested.key));
    let _ = writeln!(out, "{:indent$}{mark}{name}:", "");
    let element = match group.shape() {
        Shape::One | Shape::Optional => return members(out, group, indent + 2),
        Shape::List => "-",
        Shape::Map => "NAME:",
    };
    let _ = writeln!(out, "{:indent$}  {mark}{element}", "");
    members(out, group, indent + 4);
}

fn has_value(group: &GroupOutline) -> bool {
    group.items.iter().any(|item| match item {
        Item::Setting(setting) => !setting.in_optional && setting.default_text().is_some(),
        Item::Group(group) => has_value(group),
    })
}
