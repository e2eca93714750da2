//! A YAML template.

use super::{
    Options, Template,
    outline::{GroupOutline, Outline, OutlineItem, Setting},
    phrases,
    text::{comment, key},
    value::DocValue,
};
use crate::{build::Assemble, schema::Shape};
use std::fmt::Write;

/// A YAML template: every setting with its documentation, and its default in a comment.
///
/// Defaults are in comments because a copy would keep the old default when an upgrade changes it. A setting
/// without a default shows its example. Groups are in comments too, because a key without a value is null. Strings are
/// always quoted, so that no reader parses one as a number, a date or a bool.
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
/// assert!(template.contains("# Name shown in logs.\n# text\n#name: \"no\"\n"));
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

    fn render(&self, outline: &Outline, options: &Options) -> String {
        let mut out = String::new();
        if let Some(schema) = options.json_schema(outline) {
            let _ = write!(out, "# yaml-language-server: $schema={schema}\n\n");
        }
        for doc in outline.root.docs() {
            comment(&mut out, 0, doc);
        }
        members(&mut out, &outline.root, 0, |_| true);
        out
    }
}

/// The template of some settings, without the documentation of the struct.
pub(super) fn some(outline: &Outline, includes: fn(&Setting) -> bool) -> String {
    let mut out = String::new();
    members(&mut out, &outline.root, 0, includes);
    out.trim_start().to_owned()
}

fn members(out: &mut String, group: &GroupOutline, indent: usize, includes: fn(&Setting) -> bool) {
    for item in &group.items {
        match item {
            OutlineItem::Setting(setting) if !setting.is_repeated && includes(setting) => {
                write_setting(out, setting, indent);
            }
            OutlineItem::Group(group) if group.is_flat() => members(out, group, indent, includes),
            OutlineItem::Group(group) if group.contains(includes) => {
                write_group(out, group, indent, includes);
            }
            OutlineItem::Setting(_) | OutlineItem::Group(_) => {}
        }
    }
}

fn write_setting(out: &mut String, setting: &Setting, indent: usize) {
    out.push('\n');
    comment(out, indent, setting.leaf.doc);
    comment(out, indent, &phrases::facts(setting));
    let name = key(setting.leaf.key);
    let _ = write!(out, "{:indent$}#{name}:", "");
    if let Some(text) = setting.default_text().or(setting.leaf.example) {
        let value = DocValue::read(&setting.kind, text, setting.leaf.separator);
        let _ = write!(out, " {}", value.to_line());
    }
    out.push('\n');
}

fn write_group(
    out: &mut String,
    group: &GroupOutline,
    indent: usize,
    includes: fn(&Setting) -> bool,
) {
    out.push('\n');
    for doc in group.docs() {
        comment(out, indent, doc);
    }
    comment(out, indent, &phrases::shape(group).unwrap_or_default());
    let name = key(group.nested.map_or("", |nested| nested.key));
    let _ = writeln!(out, "{:indent$}#{name}:", "");
    let mut indent = indent + 2;
    for shape in &group.shapes {
        let element = match shape {
            Shape::One | Shape::Optional => continue,
            Shape::List => "-",
            Shape::Map => "NAME:",
        };
        let _ = writeln!(out, "{:indent$}#{element}", "");
        indent += 2;
    }
    members(out, group, indent, includes);
}
