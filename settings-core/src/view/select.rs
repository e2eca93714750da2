//! Selection of rows by keys and patterns, and the list of sources.

use crate::{
    build::rows::{Row, Shows},
    error::{
        origin::Layer,
        redact,
        source_report::{SourceReport, SourceStatus},
        style::{Look, columns},
    },
    schema::{
        Kind, Leaf,
        element::join,
        layout::{Layout, NameSpace},
        target::{canonical_key, other_spellings},
    },
    value::{json, path::KeyPath},
};
use settings_syntax::{name, suggest};
use std::fmt::Write;

/// The rows that these keys name: settings by any spelling of their key or variable, all settings of a group, and those
/// that match a glob. An error is a message about a key that names none; `caller` is the command as the user typed it.
pub(crate) fn only(
    layout: &'static Layout,
    rows: Vec<Row>,
    keys: &[&str],
    caller: &str,
) -> Result<Vec<Row>, String> {
    let mut selected = vec![false; rows.len()];
    for key in keys {
        if let Some(glob) = Glob::new(layout, key) {
            if !select(&rows, &mut selected, |row| glob.matches(row)) {
                return Err(unknown_key(layout, key, &rows, caller));
            }
            continue;
        }
        let given = GivenKey::new(layout, key);
        let found = select(&rows, &mut selected, |row| given.is_exact(row))
            || select(&rows, &mut selected, |row| given.contains(row))
            || select(&rows, &mut selected, |row| given.is_inside(row));
        if !found {
            return Err(unknown_key(layout, key, &rows, caller));
        }
    }
    Ok(keep(rows, selected))
}

/// The rows that match one of these patterns: globs with `*` and `?`, or parts of a key or variable.
pub(crate) fn matching(
    layout: &'static Layout,
    rows: Vec<Row>,
    patterns: &[String],
    caller: &str,
) -> Result<Vec<Row>, String> {
    let mut selected = vec![false; rows.len()];
    for pattern in patterns {
        let found = if let Some(glob) = Glob::new(layout, pattern) {
            select(&rows, &mut selected, |row| glob.matches(row))
        } else {
            let part = folded(pattern.trim_start_matches('-'));
            let given = GivenKey::new(layout, pattern);
            let is_selected = |row: &Row| {
                names(row).any(|name| name.contains(&part))
                    || given.canonical.is_some() && given.contains(row)
            };
            select(&rows, &mut selected, is_selected)
        };
        if !found {
            return Err(unknown_key(layout, pattern, &rows, caller));
        }
    }
    Ok(keep(rows, selected))
}

/// Marks the rows that are selected. Returns whether there is one.
fn select(rows: &[Row], selected: &mut [bool], is_selected: impl Fn(&Row) -> bool) -> bool {
    let mut found = false;
    for (row, selected) in rows.iter().zip(selected) {
        if is_selected(row) {
            *selected = true;
            found = true;
        }
    }
    found
}

fn keep(rows: Vec<Row>, selected: Vec<bool>) -> Vec<Row> {
    let rows = rows.into_iter().zip(selected);
    rows.filter_map(|(row, selected)| selected.then_some(row))
        .collect()
}

/// Key, aliases and variables of a row, folded for comparison.
fn names(row: &Row) -> impl Iterator<Item = String> {
    let group = row.key.rsplit_once('.').map_or("", |(group, _)| group);
    let aliases = row.leaf.into_iter().flat_map(|leaf| leaf.aliases);
    let aliases = aliases.map(move |alias| join(group, alias.name));
    let variables = row.leaf.into_iter().flat_map(|leaf| leaf.env);
    let variables = variables.map(|variable| (*variable).to_owned());
    [row.key.clone(), flat(&row.key)]
        .into_iter()
        .chain(row.variable.clone())
        .chain(aliases)
        .chain(variables)
        .map(|name| folded(&name))
}

/// A pattern of keys and variables, in which `*` is any text and `?` any character.
struct Glob {
    pattern: String,
    /// The group that its beginning names, and the rest: `mail.*` may be an alias of `smtp`.
    inside: Option<(String, String)>,
}

impl Glob {
    /// `None` if the text is no pattern.
    fn new(layout: &'static Layout, text: &str) -> Option<Self> {
        let first = text.find(['*', '?'])?;
        let mut ends = text[..first].char_indices().rev();
        let inside = ends.find_map(|(at, ch)| {
            let is_end = matches!(ch, '.' | '_' | '-' | '[');
            let name = text[..at].trim_end_matches(['_', '.', '-']);
            let group = is_end.then(|| canonical_key(layout, name)).flatten()?;
            Some((joined(&format!("{group}.")), joined(&text[at + 1..])))
        });
        Some(Self {
            pattern: folded(text),
            inside,
        })
    }

    fn matches(&self, row: &Row) -> bool {
        let is_inside = |(group, rest): &(String, String)| {
            let key = joined(&flat(&row.key));
            let inner = key.strip_prefix(group.as_str());
            inner.is_some_and(|inner| is_glob_match(rest, inner))
        };
        names(row).any(|name| is_glob_match(&self.pattern, &name))
            || self.inside.as_ref().is_some_and(is_inside)
    }
}

/// A name with one `_` for each run of separators, also after an element.
fn joined(name: &str) -> String {
    let mut out = String::new();
    for ch in flat(name).to_lowercase().chars() {
        let ch = if matches!(ch, '.' | '-') { '_' } else { ch };
        if ch != '_' || !out.ends_with('_') {
            out.push(ch);
        }
    }
    out
}

/// The keys of a text that are separated by commas.
pub(crate) fn keys(text: &str) -> Vec<&str> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some((key, after)) = KeyPath::split_once(rest, ',') {
        keys.push(key);
        rest = after;
    }
    keys.push(rest);
    keys
}

/// A key without quotes and brackets.
fn flat(key: &str) -> String {
    KeyPath::parse(key).map_or_else(|| key.to_owned(), |path| path.flat())
}

/// A name in lower case, with `_` for `-`. Dots stay, so that `server.*` is a group.
fn folded(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// Whether a text matches a glob: `*` is any text, `?` any character.
fn is_glob_match(glob: &str, text: &str) -> bool {
    let (glob, text): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
    let (mut at, mut in_glob) = (0, 0);
    // The position of the last `*`, and the end of the text that it matches.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match glob.get(in_glob) {
            Some('*') => {
                star = Some((in_glob, at));
                in_glob += 1;
            }
            Some(ch) if *ch == '?' || *ch == text[at] => {
                at += 1;
                in_glob += 1;
            }
            _ => {
                let Some((before, end)) = star else {
                    return false;
                };
                star = Some((before, end + 1));
                (in_glob, at) = (before + 1, end + 1);
            }
        }
    }
    glob[in_glob..].iter().all(|ch| *ch == '*')
}

/// A key, alias, variable or flag in any spelling, by which rows are found.
pub(crate) struct GivenKey {
    /// The key as it was given, without leading dashes.
    given: String,
    /// The key that it maps to. A name inside an element stays as given.
    pub(crate) canonical: Option<String>,
    /// Both, without quotes and brackets.
    flat: Vec<String>,
}

impl GivenKey {
    pub(crate) fn new(layout: &'static Layout, key: &str) -> Self {
        let given = key.trim_start_matches('-').to_owned();
        let canonical = canonical_key(layout, &given);
        let spellings = [Some(&given), canonical.as_ref()];
        let flat = spellings.into_iter().flatten().map(|key| flat(key));
        Self {
            flat: flat.collect(),
            given,
            canonical,
        }
    }

    /// Whether this is the key of a row as reports print it.
    pub(crate) fn is_exact(&self, row: &Row) -> bool {
        row.key == self.given
    }

    /// Whether this is the name of a row, in any spelling.
    pub(crate) fn is_name_of(&self, row: &Row) -> bool {
        let variable = row.variable.as_deref();
        variable.is_some_and(|variable| name::same(variable, &self.given))
            || self.is_spelling_of(&flat(&row.key))
    }

    /// Whether this is the name of a row, or of a group or list that contains it.
    pub(crate) fn contains(&self, row: &Row) -> bool {
        let path = KeyPath::parse(&row.key).unwrap_or_default();
        self.is_name_of(row) || prefixes(&path).any(|group| self.is_spelling_of(&group.flat()))
    }

    /// Whether this is the key of a value inside the value of a row, such as an element of a list.
    pub(crate) fn is_inside(&self, row: &Row) -> bool {
        let has_parts = |leaf: &Leaf| matches!(leaf.kind(), kind if kind.is_compound() || kind == Kind::Unknown);
        let key = self.canonical.as_ref().unwrap_or(&self.given);
        let path = KeyPath::parse(key).unwrap_or_default();
        let row_key = flat(&row.key);
        row.leaf.is_some_and(has_parts)
            && prefixes(&path).any(|outer| name::same(&outer.flat(), &row_key))
    }

    fn is_spelling_of(&self, key: &str) -> bool {
        self.flat.iter().any(|flat| name::same(flat, key))
    }
}

/// The paths to what contains a value, outermost first.
fn prefixes(path: &KeyPath) -> impl Iterator<Item = KeyPath> {
    let segments = path.segments();
    let len = segments.clone().count();
    (1..len).map(move |end| segments.clone().take(end).collect())
}

/// The message about a key that matches no row.
pub(crate) fn unknown_key(
    layout: &'static Layout,
    key: &str,
    rows: &[Row],
    caller: &str,
) -> String {
    let keys = rows.iter().map(|row| row.key.as_str());
    let variables = rows.iter().filter_map(Row::shell_variable);
    let by_last_part = || {
        let near = suggest::nearest(key, rows.iter().map(last_part))?;
        let row = rows.iter().find(|row| last_part(row) == near)?;
        Some(row.key.as_str())
    };
    let by_other_name = || {
        let others = other_spellings(layout, NameSpace::Key);
        let near = suggest::nearest(key, others.iter().map(|(name, _)| name.as_str()))?;
        let (_, at) = others.iter().find(|(name, _)| name == near)?;
        Some(layout.key_of(*at))
    };
    let near = suggest::nearest(key, keys)
        .or_else(|| suggest::nearest(key, variables))
        .or_else(by_other_name)
        .or_else(by_last_part);
    let key = redact::escape_truncated(key);
    match near {
        Some(near) => format!("there is no setting {key}; did you mean {near}?"),
        None => format!("there is no setting {key}; `{caller} dump` lists all of them"),
    }
}

/// The key of a row without its groups.
fn last_part(row: &Row) -> &str {
    row.key.rsplit('.').next().unwrap_or_default()
}

/// Whether a source sets a row.
pub(crate) fn is_changed(row: &Row) -> bool {
    let origin = row.origin.as_ref();
    row.value == Shows::Invalid || origin.is_some_and(|origin| origin.layer() != Layer::Default)
}

/// Every source in order, as a table.
pub(crate) fn sources(sources: &[SourceReport], look: Look) -> String {
    let kinds: Vec<String> = sources.iter().map(|each| each.layer.to_string()).collect();
    let kind_width = kinds.iter().map(|kind| columns(kind)).max().unwrap_or(0);
    let names: Vec<_> = sources.iter().map(SourceReport::full_name).collect();
    let name_width = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    let mut out = String::new();
    for ((kind, name), source) in kinds.iter().zip(&names).zip(sources) {
        let kind_gap = kind_width - columns(kind);
        let name_gap = name_width - columns(name);
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "{kind}{:kind_gap$}  {name}{:name_gap$}  {}",
            "",
            "",
            look.dim(&source.outcome())
        );
    }
    out
}

/// Every source, as comments.
pub(crate) fn sources_in_comments(sources: &[SourceReport]) -> String {
    let lines = sources.iter().map(|source| {
        let space = if source.name.is_empty() { "" } else { " " };
        format!(
            "# {}{space}{}: {}\n",
            source.layer,
            source.full_name(),
            source.outcome()
        )
    });
    lines.collect()
}

/// Every source, as a JSON array.
pub(crate) fn sources_as_json(sources: &[SourceReport]) -> String {
    let each = sources.iter().map(|source| {
        let status = match source.status {
            SourceStatus::Read => "read",
            SourceStatus::Absent => "absent",
            SourceStatus::Failed => "failed",
            SourceStatus::Skipped => "skipped",
        };
        let section = match &source.section {
            Some(section) => format!(r#""section":{},"#, json::quoted(section)),
            None => String::new(),
        };
        let reason = match &source.reason {
            Some(reason) => format!(r#","reason":{}"#, json::quoted(reason)),
            None => String::new(),
        };
        format!(
            r#"{{"kind":{},"name":{},{section}"status":"{status}"{reason}}}"#,
            json::quoted(&source.layer.to_string()),
            json::quoted(&source.name),
        )
    });
    format!("[{}]", each.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::is_glob_match;

    #[test]
    fn globs_match_any_text_and_any_character() {
        for (glob, text, expected) in [
            ("server.*", "server.port", true),
            ("server.*", "server", false),
            ("*port", "server.port", true),
            ("*.p?rt", "server.port", true),
            ("s*r.p*t", "server.port", true),
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b", "a-b-c", false),
            ("port", "server.port", false),
        ] {
            assert_eq!(is_glob_match(glob, text), expected, "{glob} {text}");
        }
    }
}
