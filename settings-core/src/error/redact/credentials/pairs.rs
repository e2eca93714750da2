//! Values of pairs with a sensitive name: `?password=…`, `;password=…`, `host=… password='…'`,
//! `"password": "…"`, `password: …`, `<password>…<`, and `name`/`value` pairs of Kubernetes.

use std::ops::Range;

use super::{is_prose, trailing};
use crate::error::redact::{MASK, boundary_before, is_sensitive_name};

pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    let mut hidden = 0;
    let mut entry = PairEntry::default();
    while let Some(mark) = text[from..].find(['=', ':']) {
        let head = text[from..from + mark].trim_end_matches(' ');
        let assigned = text[from + mark..].starts_with(":=");
        let colon = text[from + mark..].starts_with(':') && !assigned;
        let open = from;
        from += mark + 1 + usize::from(assigned);
        let bare = head.trim_end_matches(['"', '\'', '\\']);
        let plain = bare.len() == head.len();
        let name = trailing(bare, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '%')
        });
        let name_start = open + bare.len() - name.len();
        let before = text[..name_start].trim_end_matches(' ');
        if let Some(range) = entry.value_of_secret(text, name, from) {
            found.push(range);
        }
        let listed = before.ends_with(['?', '&', ';']);
        // `PWD` is a password in a connection string, and a directory in an environment.
        let pwd = name.eq_ignore_ascii_case("pwd") && !text[from..].starts_with('/');
        let is_secret = is_sensitive_name(name) || is_secret_key(name, &text[open..name_start]);
        if !(is_secret || pwd || listed && is_signature(name)) {
            continue;
        }
        let blanks = text[from..].len() - text[from..].trim_start_matches(' ').len();
        // If two ranges overlap, either may be part of a password, so both are hidden.
        let start = hidden.max(from + blanks);
        let (skip, length) = if colon && plain {
            if hidden > from + blanks {
                continue;
            }
            let before = &text[..name_start];
            after_colon(before, name, &text[from..], start - from)
        } else {
            extent(&text[start..], colon, before)
        };
        if length > 0 {
            hidden = start + skip + length;
            found.push(start + skip..hidden);
        }
    }
}

/// Whether a name is the `key` of two words: `api key: …`.
fn is_secret_key(name: &str, before: &str) -> bool {
    name.eq_ignore_ascii_case("key")
        && before.strip_suffix(' ').is_some_and(|before| {
            let word = trailing(before, |c| c.is_ascii_alphanumeric());
            is_sensitive_name(&format!("{word} key"))
        })
}

/// Names that are sensitive only as a parameter of a URL or list: `key=value` is too common.
fn is_signature(name: &str) -> bool {
    let name = name.rsplit(['-', '_', '.']).next().unwrap_or(name);
    ["key", "sig", "signature"]
        .iter()
        .any(|word| name.eq_ignore_ascii_case(word))
}

/// The numbers of bytes to skip and to hide in the value of `name: value`, which begins at `at` in the
/// text after the colon.
fn after_colon(before: &str, name: &str, text: &str, at: usize) -> (usize, usize) {
    let value = &text[at..];
    let line_start = before.trim_end_matches([' ', '\t', '-']);
    let begins_line = line_start.is_empty() || line_start.ends_with('\n');
    let header = ["authorization", "cookie"].iter().any(|header| {
        let at = name.len().checked_sub(header.len());
        at.is_some_and(|at| name.as_bytes()[at..].eq_ignore_ascii_case(header.as_bytes()))
    });
    let spaced = at > 0 || value.starts_with(['\n', '\r']);
    if !spaced {
        // `urls.rs` handles `user:password@host`.
        let word = value
            .split(|c: char| c.is_ascii_whitespace())
            .next()
            .unwrap_or_default();
        if before.ends_with(['/', '@']) || word.contains('@') || word.starts_with([':', '/', '=']) {
            return (0, 0);
        }
        return (0, balanced(word));
    }
    if let Some(quote @ ('"' | '\'')) = value.chars().next() {
        return (1, until_quote(&value[1..], quote, false));
    }
    let document = begins_line && (before.contains('\n') || value.contains('\n'));
    if !document && is_prose(value) {
        return (0, 0);
    }
    if let Some(quote @ ('"' | '\'')) = before.chars().next_back() {
        return (0, until_quote(value, quote, false));
    }
    if begins_line && value.starts_with(['|', '>', '\n', '\r']) {
        let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
        return (0, block(value, indent));
    }
    if begins_line || header {
        return (0, value.lines().next().unwrap_or_default().trim_end().len());
    }
    if before.trim_end().ends_with(['{', ',', '(', '[']) {
        return (0, balanced(value.lines().next().unwrap_or_default()));
    }
    let end = value
        .find(|c: char| c.is_ascii_whitespace())
        .unwrap_or(value.len());
    if value[..end].contains(['"', '(', '[', '{']) {
        return (0, balanced(value.lines().next().unwrap_or_default()));
    }
    (0, balanced(&value[..end]))
}

/// The length of a block of lines that are indented more than its key, after the rest of its first
/// line.
fn block(value: &str, indent: usize) -> usize {
    let mut end = 0;
    for (nth, line) in value.split_inclusive('\n').enumerate() {
        let blank = line.trim().is_empty();
        let deeper = line.len() - line.trim_start_matches([' ', '\t']).len() > indent;
        if nth > 0 && !blank && !deeper {
            break;
        }
        end += line.len();
    }
    value[..end].trim_end().len()
}

/// The length of a value up to the comma or bracket after it, over quotes and pairs of brackets.
fn balanced(value: &str) -> usize {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in value.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ',' | ';' | ')' | ']' | '}' if depth == 0 => return at,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    value.len()
}

/// An entry of a list of variables: `name: TOKEN` and `value: …`, in either order.
#[derive(Default)]
struct PairEntry {
    /// The end of the value of a name that is sensitive.
    named: Option<usize>,
    /// The last value, whose name may follow.
    valued: Option<Range<usize>>,
}

impl PairEntry {
    /// The value to hide, if the pair whose value begins at `from` completes an entry.
    fn value_of_secret(&mut self, text: &str, name: &str, from: usize) -> Option<Range<usize>> {
        let is = |names: &[&str]| names.iter().any(|other| name.eq_ignore_ascii_case(other));
        if is(&["name", "key"]) {
            let value = scalar(text, from, SHORT);
            self.named = is_sensitive_name(&text[value.clone()]).then_some(value.end);
            let valued = self
                .valued
                .take()
                .filter(|valued| adjoins(&text[valued.end..from]))?;
            return self.named.map(|_| scalar(text, valued.start, usize::MAX));
        }
        if is(&["value"]) {
            let named = self.named.take().filter(|&end| adjoins(&text[end..from]));
            self.valued = Some(from..scalar(text, from, SHORT).end);
            return named.map(|_| scalar(text, from, usize::MAX));
        }
        None
    }
}

/// Whether nothing but separators and the next name is between two pairs of an entry.
fn adjoins(between: &str) -> bool {
    let is_word = |word: &&str| !word.is_empty();
    let words = between
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(is_word);
    between.len() < 200 && !between.contains(['{', '}']) && words.count() <= 1
}

/// The limit for the bytes of a name, or of a value before it, that are searched.
const SHORT: usize = 256;

/// A quoted or plain value that begins at `from`, after blanks; a plain one up to this length.
fn scalar(text: &str, from: usize, longest: usize) -> Range<usize> {
    let blanks = text[from..].len() - text[from..].trim_start_matches([' ', '\\']).len();
    let start = from + blanks;
    let value = &text[start..];
    if let Some(quote @ ('"' | '\'')) = value.chars().next() {
        let length = value[1..].find([quote, '\n']).unwrap_or(value.len() - 1);
        return start + 1..start + 1 + length;
    }
    let length = if value.starts_with(['|', '>']) {
        block(value, 1)
    } else {
        let line = value
            .bytes()
            .take(longest)
            .position(|byte| matches!(byte, b'\n' | b'\r'));
        let line = line.unwrap_or_else(|| boundary_before(value, longest));
        balanced(&value[..line])
    };
    start..start + value[..length].trim_end().len()
}

/// `<password>…</password>`.
pub(super) fn in_elements(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(open) = text[from..].find('<') {
        let start = from + open + 1;
        from = start;
        let tag = &text[start..];
        let length = tag.find(|c: char| !c.is_ascii_alphanumeric() && !"_-.:".contains(c));
        let Some(length) = length.filter(|&length| length > 0) else {
            continue;
        };
        let Some(close) = tag[length..]
            .strip_prefix('>')
            .filter(|_| is_sensitive_name(&tag[..length]))
        else {
            continue;
        };
        let value = start + length + 1;
        let Some(end) = close.find("</") else {
            return;
        };
        if end > 0 {
            found.push(value..value + end);
        }
        from = value + end;
    }
}

/// The numbers of bytes of the value to skip and to hide, given the text before its name. The
/// value is `name=value`, or `"name": value` of JSON.
fn extent(value: &str, json: bool, before: &str) -> (usize, usize) {
    let query = before.ends_with(['?', '&', '#']);
    let start = value.trim_start_matches('\\');
    if let Some(quote @ ('"' | '\'')) = start.chars().next() {
        let skip = value.len() - start.len() + 1;
        return (skip, until_quote(&value[skip..], quote, query));
    }
    if json && value.starts_with(MASK) {
        return (0, MASK.len());
    }
    let arrow = value.len() - value.trim_start_matches(['=', '>', ' ']).len();
    if !json && !query && arrow > 0 {
        let (skip, length) = extent(&value[arrow..], json, before);
        return (arrow + skip, length);
    }
    let whole = value.starts_with('{') || json && value.starts_with('[');
    let end = if whole {
        None
    } else if json {
        value.find([',', '}', ']', ' ', '\n'])
    } else if query {
        value.find(|c: char| c == '&' || c.is_ascii_whitespace())
    } else if before.ends_with(';') || before.is_empty() && next_pair(value).is_some() {
        next_pair(value).or_else(|| value.ends_with(';').then(|| value.len() - 1))
    } else {
        value.find(|c: char| c.is_ascii_whitespace())
    };
    (0, end.unwrap_or(value.len()))
}

/// The length of a quoted text. Neither `\'` nor `''` ends it, nor a quote in the middle of a word.
pub(super) fn until_quote(text: &str, quote: char, query: bool) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        }
        if c != quote || chars.next_if(|&(_, next)| next == quote).is_some() {
            continue;
        }
        let ends = match chars.peek() {
            None => true,
            Some(&(_, '&')) => query,
            Some(&(_, ',' | ';' | ')' | '}' | ']' | '>')) => !query,
            Some(&(_, next)) => next.is_ascii_whitespace(),
        };
        if ends {
            return at;
        }
    }
    text.len()
}

/// The `;` before the next `name=`. A `;` without one is part of the value.
fn next_pair(value: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(semicolon) = value[from..].find(';') {
        let at = from + semicolon;
        from = at + 1;
        let name = value[from..].trim_start_matches(|c: char| {
            c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.')
        });
        if name.starts_with('=') && name.len() < value.len() - from {
            return Some(at);
        }
    }
    None
}
