//! A man page.

use super::{
    default::Given,
    outline::{Outline, Row, Section},
    words,
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
///     /// Where to listen.
///     #[settings(default = 8080)]
///     port: u16,
/// }
///
/// let page = docs::man::<AppSettings>();
/// assert!(page.starts_with(".TH \"APP\" \"5\""));
/// assert!(page.contains(".BR port \" (\" APP_PORT )\n"));
/// ```
pub fn man<T: Assemble>() -> String {
    render(&Outline::of::<T>())
}

fn render(outline: &Outline) -> String {
    let slug = outline.slug();
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
    section(&mut out, &outline.root);
    files(&mut out, outline);
    out
}

fn section(out: &mut String, group: &Section) {
    for row in group.leaves() {
        leaf(out, row);
    }
    for flat in group.flat_groups() {
        for property in flat.group.derived {
            let name = argument(property.name);
            let _ = write!(out, ".TP\n.BR {name} \" (computed)\"\n");
            text(out, property.doc, ".IP");
        }
    }
    for table in group.tables() {
        let _ = writeln!(out, ".SS {}", argument(&table.key));
        let docs = table.docs().map(str::to_owned);
        let shape = words::shape(table).map(|words| format!("This is {words}."));
        let paragraphs: Vec<String> = docs.chain(shape).collect();
        text(out, &paragraphs.join("\n\n"), ".PP");
        section(out, table);
    }
}

fn leaf(out: &mut String, row: &Row) {
    let _ = writeln!(
        out,
        ".TP\n.BR {} \" (\" {} )",
        argument(&row.key),
        argument(&row.variable)
    );
    text(out, row.leaf.doc, ".IP");
    let mut facts = words::facts(row);
    if let Given::Text(default) = &row.default {
        let _ = match default.as_str() {
            "" => write!(facts, "; default: the empty text"),
            default => write!(facts, "; default: {}", redact::escape_truncated(default)),
        };
    }
    if !row.leaf.doc.trim().is_empty() {
        out.push_str(".br\n");
    }
    text(out, &facts, ".IP");
}

fn files(out: &mut String, outline: &Outline) {
    let sources = words::sources(outline);
    if sources.is_empty() {
        return;
    }
    out.push_str(".SH FILES\nWhat stands later wins; the environment comes last.\n");
    for (what, path) in sources {
        let _ = write!(out, ".TP\n.I {}\n{}\n", argument(path), line(what));
    }
}

/// Text in paragraphs, each but the first begun by a request: `.PP`, or `.IP` to stay as far in as a tagged one.
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

/// A line in which nothing is a request.
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
                // Readable whatever the encoding is that the page is taken for.
                let _ = write!(out, "\\[u{:04X}]", u32::from(ch));
            }
        }
    }
    out
}
