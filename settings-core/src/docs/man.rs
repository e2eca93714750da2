//! A man page.

use super::{
    Options, Template,
    default::DocDefault,
    outline::{GroupOutline, Outline, Setting},
    phrases,
};
use crate::{build::Assemble, error::redact};
use std::fmt::Write;

/// A man page of section 5, in the `man` macros: `man -l app.5` shows it.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// /// Settings of a small server.
/// #[derive(Debug, Settings)]
/// #[settings(prefix = "APP_")]
/// struct AppSettings {
///     /// Port to listen on.
///     #[settings(default = 8080)]
///     port: u16,
/// }
///
/// let page = docs::man::<AppSettings>();
/// assert!(page.starts_with(".TH \"APP\" \"5\""));
/// assert!(page.contains(".BR port \" (\" APP_PORT )\n"));
/// ```
pub fn man<T: Assemble>() -> String {
    Man.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct Man;

impl Template for Man {
    fn is_file_name(&self, name: &str) -> bool {
        matches!(name.rsplit_once('.'), Some((_, "1" | "5" | "7" | "8")))
    }

    fn render(&self, outline: &Outline, options: &Options) -> String {
        let slug = options.program(outline);
        let name = outline.schema.root.name;
        let mut out = String::new();
        let title = argument(&slug.to_ascii_uppercase());
        let _ = writeln!(
            out,
            ".TH {title} \"5\" \"\" {} \"Settings\"",
            argument(name)
        );
        let _ = write!(
            out,
            ".SH NAME\n{} \\- settings of {}\n",
            line(&slug),
            line(name)
        );
        if outline.root.docs().next().is_some() {
            out.push_str(".SH DESCRIPTION\n");
            outline
                .root
                .docs()
                .for_each(|doc| text(&mut out, doc, ".PP"));
        }
        out.push_str(".SH SETTINGS\n");
        write_group(&mut out, &outline.root);
        files(&mut out, outline);
        out
    }
}

fn write_group(out: &mut String, group: &GroupOutline) {
    for setting in group.settings() {
        write_setting(out, setting);
    }
    for flat in group.flat_groups() {
        for property in flat.group.derived {
            let name = argument(property.name);
            let _ = write!(out, ".TP\n.BR {name} \" (computed)\"\n");
            text(out, property.doc, ".IP");
        }
    }
    for (value, variant) in group.variants() {
        let (key, name) = phrases::choice(value, variant);
        let title = format!("{key} = {name}");
        let _ = writeln!(out, ".SS {}", argument(&title));
        let paragraphs: Vec<&str> = variant.docs().collect();
        text(out, &paragraphs.join("\n\n"), ".PP");
        write_group(out, variant);
    }
    for table in group.groups() {
        let _ = writeln!(out, ".SS {}", argument(&table.key));
        let docs = table.docs().map(str::to_owned);
        let shape = phrases::shape(table).map(|words| format!("This is {words}."));
        let names = phrases::group_names(table).map(|names| format!("This is {names}."));
        let paragraphs: Vec<String> = docs.chain(shape).chain(names).collect();
        text(out, &paragraphs.join("\n\n"), ".PP");
        write_group(out, table);
    }
}

fn write_setting(out: &mut String, setting: &Setting) {
    let _ = writeln!(
        out,
        ".TP\n.BR {} \" (\" {} )",
        argument(&setting.key),
        argument(&setting.variable)
    );
    text(out, setting.leaf.doc, ".IP");
    let mut facts = phrases::facts(setting);
    if let DocDefault::Text(default) = &setting.default {
        let _ = match default.as_str() {
            "" => write!(facts, "; default: the empty string"),
            default => write!(facts, "; default: {}", redact::escape_truncated(default)),
        };
    }
    if !setting.leaf.doc.trim().is_empty() {
        out.push_str(".br\n");
    }
    text(out, &facts, ".IP");
}

fn files(out: &mut String, outline: &Outline) {
    let sources = phrases::sources(outline);
    if sources.is_empty() {
        return;
    }
    out.push_str(
        ".SH FILES\nA later file overrides an earlier one; the environment overrides them all.\n",
    );
    for source in sources {
        let what = format!("{}{}", source.what, source.remark());
        let _ = write!(out, ".TP\n.I {}\n{}\n", argument(source.path), line(&what));
    }
}

/// Writes paragraphs. Each but the first starts with a request: `.PP`, or `.IP` to keep the indentation of a tag.
fn text(out: &mut String, text: &str, request: &str) {
    let mut blank = false;
    for written in text.trim().lines() {
        let written = line(written.trim());
        if written.is_empty() {
            blank = true;
            continue;
        }
        if blank {
            let _ = writeln!(out, "{request}");
        }
        blank = false;
        let _ = writeln!(out, "{written}");
    }
}

/// A line of text, escaped so that it is not read as a request.
fn line(text: &str) -> String {
    let text = escaped(text);
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
    }
}

/// An argument of a macro.
fn argument(text: &str) -> String {
    let text = escaped(text);
    let bare = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '_' | '.' | '[' | ']');
    if !text.is_empty()
        && text.chars().all(bare)
        && !text.starts_with('.')
        && text.contains(|ch: char| ch.is_ascii_lowercase() || ch == '_')
    {
        text
    } else {
        format!("\"{text}\"")
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '"' => out.push_str("\\(dq"),
            '\'' => out.push_str("\\(aq"),
            '`' => out.push_str("\\(ga"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            ch if ch.is_control() => out.push(' '),
            ch if ch.is_ascii() => out.push(ch),
            ch => {
                // An escape is correct in every encoding of the reader.
                let _ = write!(out, "\\[u{:04X}]", u32::from(ch));
            }
        }
    }
    out
}
