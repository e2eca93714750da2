//! A reference in Markdown.

use super::{
    Options, Template,
    default::DocDefault,
    has_extension,
    outline::{GroupOutline, Outline, Setting},
    phrases,
};
use crate::build::{Assemble, secret_sources};
use std::fmt::Write;

/// A reference in Markdown: every setting with its documentation, type, rules, default and variable, one table per
/// group.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// /// Settings of a small server.
/// #[derive(Debug, Settings)]
/// #[settings(prefix = "APP_")]
/// struct AppSettings {
///     /// Port to listen on.
///     #[settings(default = 8080, range(1..))]
///     port: u16,
/// }
///
/// let reference = docs::markdown::<AppSettings>();
/// assert!(reference.starts_with("# AppSettings\n\nSettings of a small server.\n"));
/// assert!(reference.contains(
///     "| `port` | Port to listen on.<br>A whole number; a value of at least 1. | `8080` | `APP_PORT` |"
/// ));
/// ```
pub fn markdown<T: Assemble>() -> String {
    Markdown.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct Markdown;

impl Template for Markdown {
    fn is_file_name(&self, name: &str) -> bool {
        has_extension(name, &["md"])
    }

    fn render(&self, outline: &Outline, _: &Options) -> String {
        let mut out = format!("# {}\n", outline.schema.root.name);
        for doc in outline.root.docs() {
            let _ = write!(out, "\n{}\n", doc.trim());
        }
        sources(&mut out, outline);
        tables(&mut out, &outline.root, 2);
        out
    }
}

fn sources(out: &mut String, outline: &Outline) {
    let mut sources = vec!["the defaults".to_owned()];
    for source in phrases::sources(outline) {
        let (what, path, remark) = (source.what, code(source.path), source.remark());
        sources.push(format!("the {what} {path}{remark}"));
    }
    sources.push("the environment".to_owned());
    let _ = write!(
        out,
        "\nSources, lowest first: {}. A later source overrides an earlier one.\n",
        sources.join(", ")
    );
    let policy = outline.schema.secrets_from;
    if !policy.is_empty() {
        let words = secret_sources::words(policy);
        let _ = writeln!(out, "Secrets may only come from {words}.");
    }
    if outline.settings().iter().any(|setting| setting.leaf.secret) {
        out.push_str(
            "For a secret, the variable `<NAME>_FILE` may name a file that contains its value.\n",
        );
    }
}

fn tables(out: &mut String, group: &GroupOutline, depth: usize) {
    let settings = group.settings();
    if !settings.is_empty() {
        out.push_str("\n| Setting | Description | Default | Variable |\n");
        out.push_str("|---|---|---|---|\n");
        for setting in settings {
            line(out, setting);
        }
    }
    derived(out, group);
    for (value, variant) in group.variants() {
        let level = "#".repeat(depth.min(6));
        let (key, name) = phrases::choice(value, variant);
        let _ = write!(out, "\n{level} {} = {}\n", code(&key), code(&name));
        for doc in variant.docs() {
            let _ = write!(out, "\n{}\n", doc.trim());
        }
        tables(out, variant, depth + 1);
    }
    for table in group.groups() {
        let level = "#".repeat(depth.min(6));
        let _ = write!(out, "\n{level} {}\n", code(&table.key));
        for doc in table.docs() {
            let _ = write!(out, "\n{}\n", doc.trim());
        }
        if let Some(shape) = phrases::shape(table) {
            let _ = write!(out, "\n*{}.*\n", sentence(&cell(&shape)));
        }
        if let Some(names) = phrases::group_names(table) {
            let _ = write!(out, "\n*{}.*\n", sentence(&names));
        }
        tables(out, table, depth + 1);
    }
}

fn line(out: &mut String, setting: &Setting) {
    let default = match &setting.default {
        DocDefault::None if setting.is_required() => "**required**".to_owned(),
        DocDefault::None => "none".to_owned(),
        DocDefault::Text(text) if text.is_empty() => "the empty string".to_owned(),
        DocDefault::Text(text) => code(text),
        DocDefault::Expression(source) => code(source),
        DocDefault::Function(path) => format!("computed by {}", code(path)),
        DocDefault::From(keys) => {
            let keys: Vec<String> = keys.iter().map(|key| code(key)).collect();
            format!("computed from {}", keys.join(", "))
        }
        DocDefault::Hidden => "not shown".to_owned(),
    };
    let cells = [
        code(&setting.key),
        description(setting),
        default,
        code(&setting.variable),
    ];
    out.push('|');
    for text in cells {
        let _ = write!(out, " {text} |");
    }
    out.push('\n');
}

/// The documentation, then kind and rules, then notes.
fn description(setting: &Setting) -> String {
    let mut facts = vec![cell(&setting.kind_words())];
    if setting.masked {
        facts.push("secret".to_owned());
    }
    facts.extend(phrases::rules(setting, code));
    if setting.enables_group {
        facts.push(phrases::ENABLES.to_owned());
    }
    facts.extend(phrases::condition(setting).map(|text| cell(&text)));
    facts.extend(phrases::across(&setting.rules).map(|text| cell(&text)));
    facts.extend(setting.conditional.iter().map(|text| cell(text)));
    let notes = phrases::notes(setting);
    let notes = notes
        .iter()
        .map(|note| format!(" {}.", sentence(&cell(note))));
    let facts = format!(
        "{}.{}",
        sentence(&facts.join("; ")),
        notes.collect::<String>()
    );
    match joined(setting.leaf.doc).replace('|', "\\|") {
        doc if doc.is_empty() => facts,
        doc => format!("{doc}<br>{facts}"),
    }
}

fn derived(out: &mut String, group: &GroupOutline) {
    let groups = group.flat_groups();
    let mut derived = groups
        .iter()
        .flat_map(|group| group.group.derived)
        .peekable();
    if derived.peek().is_none() {
        return;
    }
    out.push_str("\nComputed from these:\n\n| Property | Description | Type |\n|---|---|---|\n");
    for property in derived {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            code(property.name),
            joined(property.doc).replace('|', "\\|"),
            code(property.type_name)
        );
    }
}

/// A code span that is also valid in a table.
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

/// Plain text without Markdown markup.
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

/// Documentation on one line; it is Markdown already.
fn joined(doc: &str) -> String {
    let paragraphs = doc.trim().split("\n\n").map(|paragraph| {
        let lines: Vec<_> = paragraph.lines().map(str::trim).collect();
        lines.join(" ").trim().to_owned()
    });
    paragraphs.collect::<Vec<_>>().join("<br>")
}

/// Words as a sentence. What begins with the name of a value, such as `memory, mem` or `memory: …`, stays as it is.
fn sentence(words: &str) -> String {
    let first = words.split(' ').next().unwrap_or_default();
    let is_prose = ["default:", "deprecated:", "optional:"].contains(&first);
    if first.ends_with([',', ':']) && !is_prose {
        return words.to_owned();
    }
    let mut words = words.chars();
    match words.next() {
        Some(first) => first.to_uppercase().chain(words).collect(),
        None => String::new(),
    }
}
