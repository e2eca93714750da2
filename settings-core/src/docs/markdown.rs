//! The reference: one table a group.

use super::{
    default::Given,
    outline::{Outline, Row, Section},
    words,
};
use crate::build::Assemble;
use std::fmt::Write;

/// A reference in Markdown: every setting with its names, type, default, rules and documentation, one table a group.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// /// Settings of a small server.
/// #[derive(Debug, Settings)]
/// #[settings(prefix = "APP_")]
/// struct AppSettings {
///     /// Where to listen.
///     #[settings(default = 8080, range(1..))]
///     port: u16,
/// }
///
/// let reference = docs::markdown::<AppSettings>();
/// assert!(reference.starts_with("# AppSettings\n\nSettings of a small server.\n"));
/// assert!(reference.contains(
///     "| `port` | `APP_PORT` | a whole number | `8080` | a value of at least 1 | Where to listen. |"
/// ));
/// ```
pub fn markdown<T: Assemble>() -> String {
    render(&Outline::of::<T>())
}

fn render(outline: &Outline) -> String {
    let mut out = format!("# {}\n", outline.schema.root.name);
    for doc in outline.root.docs() {
        let _ = write!(out, "\n{}\n", doc.trim());
    }
    sources(&mut out, outline);
    tables(&mut out, &outline.root, 2);
    out
}

fn sources(out: &mut String, outline: &Outline) {
    let mut sources = vec!["the defaults".to_owned()];
    for (what, path) in words::sources(outline) {
        sources.push(format!("the {what} {}", code(path)));
    }
    sources.push("the environment".to_owned());
    let _ = write!(out, "\nRead from, later wins: {}.\n", sources.join(", "));
    if outline.rows().iter().any(|row| row.leaf.secret) {
        out.push_str(
            "A secret may also stand in a file that the variable with `_FILE` after its name leads to.\n",
        );
    }
}

fn tables(out: &mut String, section: &Section, depth: usize) {
    let rows = section.leaves();
    if !rows.is_empty() {
        out.push_str("\n| Key | Variable | Type | Default | Rules | Description |\n");
        out.push_str("|---|---|---|---|---|---|\n");
        for row in rows {
            line(out, row);
        }
    }
    derived(out, section);
    for table in section.tables() {
        let level = "#".repeat(depth.min(6));
        let _ = write!(out, "\n{level} {}\n", code(&table.key));
        for doc in table.docs() {
            let _ = write!(out, "\n{}\n", doc.trim());
        }
        if let Some(shape) = words::shape(table) {
            let _ = write!(out, "\n*{}.*\n", sentence(shape));
        }
        tables(out, table, depth + 1);
    }
}

fn line(out: &mut String, row: &Row) {
    let kind = words::kind(row);
    let kind = if row.masked {
        format!("{kind}, secret")
    } else {
        kind
    };
    let default = match &row.default {
        Given::Nothing if row.is_required() => "**required**".to_owned(),
        Given::Nothing => "none".to_owned(),
        Given::Text(text) if text.is_empty() => "the empty text".to_owned(),
        Given::Text(text) => code(text),
        Given::Expression(written) => code(written),
        Given::Function(path) => format!("computed by {}", code(path)),
        Given::Hidden => "not shown".to_owned(),
    };
    let mut rules = words::rules(row, code);
    rules.extend(words::condition(row).map(|words| cell(&words)));
    let mut description = joined(row.leaf.doc);
    for note in words::notes(row) {
        if !description.is_empty() {
            description.push(' ');
        }
        let _ = write!(description, "{}.", sentence(&note));
    }
    let cells = [
        code(&row.key),
        code(&row.variable),
        cell(&kind),
        default,
        rules.join("; "),
        description.replace('|', "\\|"),
    ];
    out.push('|');
    for text in cells {
        let space = if text.is_empty() { "" } else { " " };
        let _ = write!(out, "{space}{text} |");
    }
    out.push('\n');
}

fn derived(out: &mut String, section: &Section) {
    let groups = section.flat_groups();
    let mut derived = groups
        .iter()
        .flat_map(|group| group.group.derived)
        .peekable();
    if derived.peek().is_none() {
        return;
    }
    out.push_str("\nComputed from these:\n\n| Property | Type | Description |\n|---|---|---|\n");
    for property in derived {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            code(property.name),
            code(property.type_name),
            joined(property.doc).replace('|', "\\|")
        );
    }
}

/// A code span, inside of a table too.
fn code(text: &str) -> String {
    let text = text
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('|', "\\|");
    let longest = text.split(|ch| ch != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 || text.trim().is_empty() {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Plain words, of which no character is taken for Markdown.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '|' | '*' | '_' | '`' | '<' | '[' | ']' | '\\' => {
                out.push('\\');
                out.push(ch);
            }
            '\n' | '\r' => out.push(' '),
            ch => out.push(ch),
        }
    }
    out
}

/// Documentation, which is Markdown itself, on one line.
fn joined(doc: &str) -> String {
    let paragraphs = doc.trim().split("\n\n").map(|paragraph| {
        let lines: Vec<_> = paragraph.lines().map(str::trim).collect();
        lines.join(" ").trim().to_owned()
    });
    paragraphs.collect::<Vec<_>>().join("<br>")
}

fn sentence(words: &str) -> String {
    let mut words = words.chars();
    match words.next() {
        Some(first) => first.to_uppercase().chain(words).collect(),
        None => String::new(),
    }
}
