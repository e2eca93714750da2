//! YAML 1.2 files with the core schema, from the events of `saphyr-parser`; one document per file. Anchors,
//! aliases and, because so many files use it, YAML 1.1's merge key `<<` are resolved here.

use std::borrow::Cow;
use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::{BOM, DUPLICATE_KEY, NO_TABLE, SyntaxError, TOO_DEEP, TOO_MANY};
use crate::value::node::{Item, MAX_DEPTH, MAX_VALUES, Node, Offset, TableEntry, repeated_key};

/// The limit for values that aliases copy, because a short text can request any number of them.
const MAX_COPIED: usize = 100_000;
/// The limit for the bytes of their keys and texts.
const MAX_COPIED_BYTES: usize = 64 << 20;

pub(crate) fn read(text: &str) -> Result<Node<'_>, SyntaxError> {
    let body = text.strip_prefix(BOM).unwrap_or(text);
    let offsets = Offsets::of(body, text.len() - body.len());
    let mut parser = Parser::new_from_str(body);
    let mut builder = Builder::default();
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| SyntaxError {
            at: Some(offsets.offset(error.marker().index())),
            what: words(&error),
            first: None,
        })?;
        let at = offsets.offset(span.start.index());
        builder
            .take(borrowed(event, text, at), at)
            .map_err(|error| SyntaxError {
                at: error.at.or(Some(at)),
                ..error
            })?;
    }
    match builder.root {
        None
        | Some(Item {
            value: Node::Null, ..
        }) => Ok(Node::Table(Vec::new())),
        Some(Item {
            value: root @ Node::Table(_),
            ..
        }) => Ok(root),
        Some(Item { at, .. }) => Err(SyntaxError::new(at.bytes(), NO_TABLE)),
    }
}

/// The event with its scalar borrowed from the text, if it is written there as it is: many short values would need many
/// times their size.
fn borrowed<'t>(event: Event<'t>, text: &'t str, at: Offset) -> Event<'t> {
    match event {
        Event::Scalar(Cow::Owned(scalar), style, anchor, tag) => {
            let written = text.get(at.bytes()..).unwrap_or_default();
            let scalar = match written.get(..scalar.len()) {
                Some(written) if written == scalar => Cow::Borrowed(written),
                _ => Cow::Owned(scalar),
            };
            Event::Scalar(scalar, style, anchor, tag)
        }
        event => event,
    }
}

/// An error at the current event.
fn wrong<T>(what: &'static str) -> Result<T, SyntaxError> {
    Err(SyntaxError {
        at: None,
        what,
        first: None,
    })
}

/// The document so far.
#[derive(Default)]
struct Builder<'t> {
    root: Option<Item<'t>>,
    open: Vec<OpenCollection<'t>>,
    anchors: Vec<Option<Anchor<'t>>>,
    copied: Size,
    values: usize,
    documents: usize,
}

/// A list or table that is still open.
struct OpenCollection<'t> {
    at: Offset,
    anchor: usize,
    inner: OpenContent<'t>,
}

enum OpenContent<'t> {
    List(Vec<Item<'t>>),
    Table {
        entries: Vec<TableEntry<'t>>,
        key: Option<Key<'t>>,
        merged: Option<Node<'t>>,
    },
}

enum Key<'t> {
    Text(Cow<'t, str>, Offset),
    Merge,
}

/// A value with an anchor, which aliases copy.
struct Anchor<'t> {
    node: Node<'t>,
    size: Size,
}

#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    /// The bytes of keys and texts.
    bytes: usize,
    depth: usize,
}

impl<'t> Builder<'t> {
    fn take(&mut self, event: Event<'t>, at: Offset) -> Result<(), SyntaxError> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return wrong("a second document begins here; a file contains one");
                }
            }
            Event::Alias(anchor) => {
                if self.awaits_key() {
                    return wrong("an alias can't be a key");
                }
                let node = self.copy_of(anchor)?;
                self.put(node, at)?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(key) = self.awaited_key() {
                    let merges = text == "<<" && style == ScalarStyle::Plain && tag.is_none();
                    let named = (anchor > 0).then(|| text.clone());
                    *key = Some(if merges {
                        Key::Merge
                    } else {
                        Key::Text(text, at)
                    });
                    return match named {
                        None => Ok(()),
                        Some(text) => self.name(anchor, &scalar(text, style, tag.as_deref())?),
                    };
                }
                let node = scalar(text, style, tag.as_deref())?;
                self.finish(node, anchor, at)?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(anchor, tag.as_deref(), "tag:yaml.org,2002:seq", at, || {
                    OpenContent::List(Vec::new())
                })?;
            }
            Event::MappingStart(anchor, tag) => {
                self.open(anchor, tag.as_deref(), "tag:yaml.org,2002:map", at, || {
                    OpenContent::Table {
                        entries: Vec::new(),
                        key: None,
                        merged: None,
                    }
                })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn awaited_key(&mut self) -> Option<&mut Option<Key<'t>>> {
        match &mut self.open.last_mut()?.inner {
            OpenContent::Table { key, .. } if key.is_none() => Some(key),
            _ => None,
        }
    }

    fn awaits_key(&mut self) -> bool {
        self.awaited_key().is_some()
    }

    fn open(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        plain_tag: &str,
        at: Offset,
        inner: impl FnOnce() -> OpenContent<'t>,
    ) -> Result<(), SyntaxError> {
        if self.awaits_key() {
            return wrong("a key is text, not a list or a table");
        }
        if tag.is_some_and(|tag| !is(tag, plain_tag) && !is(tag, "!")) {
            return wrong(FOREIGN_TAG);
        }
        if self.open.len() > MAX_DEPTH {
            return wrong(TOO_DEEP);
        }
        self.open.push(OpenCollection {
            at,
            anchor,
            inner: inner(),
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        let Some(OpenCollection { at, anchor, inner }) = self.open.pop() else {
            return Ok(());
        };
        let node = match inner {
            OpenContent::List(items) => Node::List(items),
            OpenContent::Table {
                mut entries,
                merged,
                ..
            } => {
                if let Some((first, second)) = repeated_key(&entries, |entry| &entry.key) {
                    let at = |entry: usize| entries[entry].key_at.bytes();
                    return Err(SyntaxError::new(at(second), DUPLICATE_KEY).after(at(first)));
                }
                if let Some(merged) = merged {
                    merge(&mut entries, merged)?;
                }
                Node::Table(entries)
            }
        };
        self.finish(node, anchor, at)
    }

    fn finish(&mut self, node: Node<'t>, anchor: usize, at: Offset) -> Result<(), SyntaxError> {
        if anchor > 0 {
            self.name(anchor, &node)?;
        }
        self.put(node, at)
    }

    /// Keeps a copy of a value that has an anchor, for its aliases.
    fn name(&mut self, anchor: usize, node: &Node<'t>) -> Result<(), SyntaxError> {
        let size = size(node);
        self.count_copy(size)?;
        let kept = Anchor {
            node: node.clone(),
            size,
        };
        if self.anchors.len() <= anchor {
            self.anchors.resize_with(anchor + 1, || None);
        }
        self.anchors[anchor] = Some(kept);
        Ok(())
    }

    fn put(&mut self, node: Node<'t>, at: Offset) -> Result<(), SyntaxError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return wrong(TOO_MANY);
        }
        match self.open.last_mut().map(|open| &mut open.inner) {
            None => self.root = Some(Item { at, value: node }),
            Some(OpenContent::List(items)) => items.push(Item { at, value: node }),
            Some(OpenContent::Table {
                entries,
                key,
                merged,
            }) => match key.take() {
                Some(Key::Text(key, key_at)) => entries.push(TableEntry {
                    key,
                    key_at,
                    at,
                    value: node,
                }),
                Some(Key::Merge) if merged.is_some() => {
                    return wrong("duplicate `<<` in one table; give it a list");
                }
                Some(Key::Merge) => *merged = Some(node),
                None => return wrong("a key is text, not a list or a table"),
            },
        }
        Ok(())
    }

    fn copy_of(&mut self, anchor: usize) -> Result<Node<'t>, SyntaxError> {
        let Some(Some(Anchor { node, size })) = self.anchors.get(anchor) else {
            return wrong("the alias refers to a value that contains it");
        };
        if self.open.len() + size.depth > MAX_DEPTH + 1 {
            return wrong(TOO_DEEP);
        }
        let (size, node) = (*size, node.clone());
        self.count_copy(size)?;
        Ok(node)
    }

    fn count_copy(&mut self, size: Size) -> Result<(), SyntaxError> {
        self.copied.nodes += size.nodes;
        self.copied.bytes += size.bytes;
        if self.copied.nodes > MAX_COPIED {
            return wrong(TOO_MANY_COPIES);
        }
        if self.copied.bytes > MAX_COPIED_BYTES {
            return wrong(TOO_MANY_BYTES);
        }
        Ok(())
    }
}

const TOO_MANY_COPIES: &str = "anchors and aliases copy more than 100,000 values";
const TOO_MANY_BYTES: &str = "anchors and aliases copy more than 64 MiB";
const FOREIGN_TAG: &str = "this tag is none of YAML's core schema (`!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!map`, `!!seq`)";

/// Adds the keys of merged tables that the table does not have; the first of two merged tables wins.
fn merge<'t>(entries: &mut Vec<TableEntry<'t>>, merged: Node<'t>) -> Result<(), SyntaxError> {
    let tables = match merged {
        Node::List(items) => items.into_iter().map(|item| item.value).collect(),
        table => vec![table],
    };
    let mut seen: HashSet<Cow<'t, str>> = entries.iter().map(|entry| entry.key.clone()).collect();
    for table in tables {
        let Node::Table(more) = table else {
            return wrong("`<<` takes a table or a list of tables");
        };
        entries.extend(
            more.into_iter()
                .filter(|entry| seen.insert(entry.key.clone())),
        );
    }
    Ok(())
}

fn size(node: &Node<'_>) -> Size {
    let mut sum = Size {
        nodes: 1,
        ..Size::default()
    };
    let mut add = |key: &str, value: &Node<'_>| {
        let inner = size(value);
        sum.nodes += inner.nodes;
        sum.bytes += key.len() + inner.bytes;
        sum.depth = sum.depth.max(inner.depth);
    };
    match node {
        Node::List(items) => items.iter().for_each(|item| add("", &item.value)),
        Node::Table(entries) => entries
            .iter()
            .for_each(|entry| add(&entry.key, &entry.value)),
        Node::Text(text) | Node::Number(text) => {
            sum.bytes = text.len();
            return sum;
        }
        Node::Null | Node::Bool(_) => return sum,
    }
    sum.depth += 1;
    sum
}

/// A quoted scalar is text and a plain one follows the core schema, unless it has a tag.
fn scalar<'t>(
    text: Cow<'t, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
) -> Result<Node<'t>, SyntaxError> {
    let Some(tag) = tag else {
        return Ok(match style {
            ScalarStyle::Plain => plain(text),
            _ => Node::Text(text),
        });
    };
    let core = |name| is(tag, name);
    if is(tag, "!") || core("tag:yaml.org,2002:str") || core("tag:yaml.org,2002:timestamp") {
        return Ok(Node::Text(text));
    }
    match plain(text) {
        Node::Number(text) if core("tag:yaml.org,2002:int") && is_integer(&text) => {
            Ok(Node::Number(text))
        }
        node @ Node::Number(_) if core("tag:yaml.org,2002:float") => Ok(node),
        node @ Node::Bool(_) if core("tag:yaml.org,2002:bool") => Ok(node),
        node @ Node::Null if core("tag:yaml.org,2002:null") => Ok(node),
        _ if ["int", "float", "bool", "null", "map", "seq"]
            .iter()
            .any(|name| is_core(tag, name)) =>
        {
            wrong("this value does not fit its tag")
        }
        _ => wrong(FOREIGN_TAG),
    }
}

fn is(tag: &Tag, full: &str) -> bool {
    full.strip_prefix(&*tag.handle) == Some(&*tag.suffix)
}

fn is_core(tag: &Tag, name: &str) -> bool {
    tag.is_yaml_core_schema() && tag.suffix == name
}

fn plain(text: Cow<'_, str>) -> Node<'_> {
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => return Node::Null,
        "true" | "True" | "TRUE" => return Node::Bool(true),
        "false" | "False" | "FALSE" => return Node::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Node::number("nan"),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(&text);
    if let ".inf" | ".Inf" | ".INF" = unsigned {
        let negative = text.starts_with('-');
        return Node::number(if negative { "-inf" } else { "inf" });
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return with_radix(digits, 16).unwrap_or(Node::Text(text));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return with_radix(digits, 8).unwrap_or(Node::Text(text));
    }
    if is_decimal(unsigned) {
        Node::number(text)
    } else {
        Node::Text(text)
    }
}

/// `[0-9]+`, or `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn is_decimal(unsigned: &str) -> bool {
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = whole.len() + fraction.len();
    digits > 0
        && all_digits(whole)
        && all_digits(fraction)
        && exponent.is_none_or(|exponent| {
            let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !digits.is_empty() && all_digits(digits)
        })
}

fn with_radix(digits: &str, radix: u32) -> Option<Node<'static>> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let prefix = if radix == 16 { "0x" } else { "0o" };
    let text = u128::from_str_radix(digits, radix)
        .map_or_else(|_| format!("{prefix}{digits}"), |int| int.to_string());
    Some(Node::number(text))
}

/// Whether a number is written without a point or an exponent.
fn is_integer(number: &str) -> bool {
    !number.contains(['.', 'e', 'E', 'n'])
}

/// Converts saphyr's positions, which count characters, to bytes.
struct Offsets<'t> {
    text: &'t str,
    before: usize,
    /// The offset of every 64th character; empty if every character is one byte.
    marks: Vec<u32>,
}

const STEP: usize = 64;

impl<'t> Offsets<'t> {
    fn of(text: &'t str, before: usize) -> Self {
        let marks = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices()
                .step_by(STEP)
                .map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX))
                .collect()
        };
        Self {
            text,
            before,
            marks,
        }
    }

    fn offset(&self, chars: usize) -> Offset {
        let bytes = if self.marks.is_empty() {
            chars
        } else {
            match self.marks.get(chars / STEP) {
                None => self.text.len(),
                Some(&mark) => {
                    let rest = self.text.get(mark as usize..).unwrap_or_default();
                    let after = rest.char_indices().nth(chars % STEP);
                    mark as usize + after.map_or(rest.len(), |(at, _)| at)
                }
            }
        };
        Offset::new(self.before + bytes.min(self.text.len()))
    }
}

/// The message for an error of saphyr. Its own message is not printed, as it may quote the text.
fn words(error: &ScanError) -> &'static str {
    let message = error.info();
    let about = |part: &str| message.contains(part);
    if about("unknown anchor") {
        "an alias without an anchor before it; text that begins with `*` needs quotes"
    } else if about("recursion limit") {
        "lists and tables in brackets are nested too deep"
    } else if about("tab") && (about("tabs disallowed") || about("indentation") || about("a tab")) {
        "a tab can't indent; use spaces"
    } else if about("mapping values are not allowed") || about("illegal placement of ':'") {
        "no `:` is expected here; text that contains `: ` needs quotes"
    } else if about("unexpected character") {
        "text can't begin with this character; it needs quotes"
    } else if about("simple key") || about("expected ':'") {
        "expected `:` after the key"
    } else if about("indent") {
        "this line's indentation fits nothing above it"
    } else if about("quoted scalar") && about("end of stream") {
        "text in quotes is not closed"
    } else if about("escape") || about("hexadecimal") {
        "unknown escape after `\\`; single quotes keep text as it is"
    } else if about("trailing content after double-quoted") {
        "expected the end of the line after the closing quote"
    } else if about("flow mapping") {
        "expected `,` or `}`"
    } else if about("flow sequence") {
        "expected `,` or `]`"
    } else if about("misplaced bracket") {
        "a closing bracket without its opening one"
    } else if about("block mapping") {
        "expected a key here, at the indentation of the keys above"
    } else if about("block collection") || about("block sequence") {
        "no list entry is expected here"
    } else if about("block scalar") {
        "expected the text below the `|` or `>`, indented"
    } else if about("anchor or alias") || about("anchor") {
        "an anchor or alias has no name, or is not allowed here"
    } else if about("tag") || about("TAG") || about("handle") {
        "a tag that is not well formed"
    } else if about("directive") || about("document") {
        "expected one document, with no directive but `%YAML 1.2`"
    } else if about("unprintable") || about("byte order mark") {
        "a control character in the text"
    } else if about("content") {
        "expected a value"
    } else {
        "not valid YAML"
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;

    fn what(text: &str) -> (String, &'static str) {
        let error = read(text).unwrap_err();
        let rest = &text[error.at.unwrap().bytes()..];
        let line = rest.lines().next().unwrap_or_default();
        (line.to_owned(), error.what)
    }

    fn wrong_at(text: &str) -> String {
        what(text).0
    }

    /// A table as `key: value` lines, nested ones in brackets.
    fn shown(text: &str) -> String {
        fn show(node: &Node<'_>) -> String {
            match node {
                Node::Null => "null".to_owned(),
                Node::Bool(bool) => bool.to_string(),
                Node::Number(text) => text.to_string(),
                Node::Text(text) => format!("{text:?}"),
                Node::List(items) => {
                    let items: Vec<_> = items.iter().map(|item| show(&item.value)).collect();
                    format!("[{}]", items.join(", "))
                }
                Node::Table(entries) => {
                    let entries: Vec<_> = entries
                        .iter()
                        .map(|entry| format!("{}: {}", entry.key, show(&entry.value)))
                        .collect();
                    format!("{{{}}}", entries.join(", "))
                }
            }
        }
        match read(text) {
            Ok(root) => show(&root),
            Err(error) => panic!("{text}: {} at {:?}", error.what, error.at),
        }
    }

    fn one(value: &str) -> String {
        let shown = shown(&format!("a: {value}\n"));
        shown["{a: ".len()..shown.len() - 1].to_owned()
    }

    #[test]
    fn plain_text_is_read_by_the_core_schema() {
        for null in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(one(null), "null");
        }
        assert_eq!(one("true"), "true");
        assert_eq!(one("FALSE"), "false");
        assert_eq!(one("yes"), "\"yes\"");
        assert_eq!(one("-12"), "-12");
        assert_eq!(one("+12"), "12");
        assert_eq!(one("0x1F"), "31");
        assert_eq!(one("0o17"), "15");
        assert_eq!(one("1_000"), "\"1_000\"");
        assert_eq!(one("1.50"), "1.50");
        assert_eq!(one(".5"), ".5");
        assert_eq!(one("5."), "5.");
        assert_eq!(one("1e3"), "1e3");
        assert_eq!(one("1e"), "\"1e\"");
        assert_eq!(one("1.2.3"), "\"1.2.3\"");
        assert_eq!(one("12h"), "\"12h\"");
        assert_eq!(one("[-1, -x]"), "[-1, \"-x\"]");
        assert_eq!(one("-.inf"), "-inf");
        assert_eq!(one(".nan"), "nan");
        assert_eq!(one("inf"), "\"inf\"");
        assert_eq!(one("2001-12-15"), "\"2001-12-15\"");
        assert_eq!(one("0xffffffffffffffffff"), "4722366482869645213695");
        assert_eq!(one("18446744073709551616"), "18446744073709551616");
    }

    #[test]
    fn quoted_text_is_text() {
        assert_eq!(one("\"5\""), "\"5\"");
        assert_eq!(one("'true'"), "\"true\"");
        assert_eq!(one("''"), "\"\"");
        assert_eq!(one("|\n  5\n  x\n"), "\"5\\nx\\n\"");
        assert_eq!(one(">-\n  5\n"), "\"5\"");
    }

    #[test]
    fn a_core_tag_decides_and_any_other_is_refused() {
        assert_eq!(one("!!str 5"), "\"5\"");
        assert_eq!(one("! 5"), "\"5\"");
        assert_eq!(one("!!int \"5\""), "5");
        assert_eq!(one("!!float 5"), "5");
        assert_eq!(one("!!null ''"), "null");
        assert_eq!(one("!!timestamp 2001-12-15"), "\"2001-12-15\"");
        assert_eq!(one("!<tag:yaml.org,2002:str> 5"), "\"5\"");
        assert_eq!(one("!!seq [5]"), "[5]");
        assert_eq!(what("a: !!int x").1, "this value does not fit its tag");
        for tag in ["!secret x", "!!binary eA==", "!env [x]", "!!set {x: }"] {
            assert_eq!(what(&format!("a: {tag}")).1, FOREIGN_TAG, "{tag}");
        }
    }

    #[test]
    fn a_file_without_a_value_is_an_empty_table() {
        for text in [
            "",
            "\n",
            "# nothing\n",
            "---\n",
            "---\n...\n",
            "\u{feff}",
            "null",
            "~",
        ] {
            assert_eq!(shown(text), "{}", "{text:?}");
        }
    }

    #[test]
    fn a_root_that_is_no_table_is_refused() {
        assert_eq!(what("# x\n- 1\n"), ("- 1".to_owned(), NO_TABLE));
        assert_eq!(what("hunter2"), ("hunter2".to_owned(), NO_TABLE));
    }

    #[test]
    fn a_file_contains_one_document() {
        assert_eq!(shown("---\na: 1\n...\n"), "{a: 1}");
        assert_eq!(
            what("a: 1\n--- # two\nb: 2\n"),
            (
                "--- # two".to_owned(),
                "a second document begins here; a file contains one"
            )
        );
    }

    #[test]
    fn keys_are_text() {
        assert_eq!(
            shown("8080: a\ntrue: b\n~: c\n\"q\": d\n010: e\n"),
            "{8080: \"a\", true: \"b\", ~: \"c\", q: \"d\", 010: \"e\"}"
        );
        assert_eq!(
            what("? [a]\n: 1\n").1,
            "a key is text, not a list or a table"
        );
        assert_eq!(
            what("{{a: 1}: 1}\n").1,
            "a key is text, not a list or a table"
        );
        assert_eq!(what("a: &a x\n*a : 1\n").1, "an alias can't be a key");
    }

    #[test]
    fn a_repeated_key_is_refused() {
        let (line, what) = what("b: 1\na: 2\nb: 3\nc: 4");
        assert_eq!(line, "b: 3");
        assert_eq!(what, "duplicate key in this table");
    }

    #[test]
    fn aliases_are_copies() {
        assert_eq!(
            shown("a: &x {b: [1, 2]}\nc: *x\nd: [*x, &y 5, *y]\n"),
            "{a: {b: [1, 2]}, c: {b: [1, 2]}, d: [{b: [1, 2]}, 5, 5]}"
        );
        assert_eq!(shown("&k a: 1\nb: *k\n"), "{a: 1, b: \"a\"}");
        assert_eq!(shown("a: &x 1\nb: &x 2\nc: *x\n"), "{a: 1, b: 2, c: 2}");
        assert_eq!(
            what("a: &x [*x]").1,
            "the alias refers to a value that contains it"
        );
        assert_eq!(
            what("a: *unknown").1,
            "an alias without an anchor before it; text that begins with `*` needs quotes"
        );
    }

    #[test]
    fn a_merged_table_gives_the_keys_that_are_not_there() {
        let base = "base: &base {host: a, port: 1}\nother: &other {port: 2, user: u}\n";
        let tail = |merged: &str| {
            let text = format!("{base}it:\n  {merged}\n");
            let shown = shown(&text);
            shown[shown.find("it: ").unwrap() + 4..shown.len() - 1].to_owned()
        };
        assert_eq!(tail("<<: *base\n  port: 9"), "{port: 9, host: \"a\"}");
        assert_eq!(
            tail("<<: [*base, *other]"),
            "{host: \"a\", port: 1, user: \"u\"}"
        );
        assert_eq!(tail("\"<<\": x"), "{<<: \"x\"}");
        assert_eq!(what("<<: x").1, "`<<` takes a table or a list of tables");
        assert_eq!(
            what("<<: {a: 1}\n<<: {b: 1}").1,
            "duplicate `<<` in one table; give it a list"
        );
    }

    #[test]
    fn copies_and_nesting_have_limits() {
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let alias = format!("*a{}, ", level - 1).repeat(10);
            writeln!(laughs, "a{level}: &a{level} [{alias}]").unwrap();
        }
        assert_eq!(what(&laughs).1, TOO_MANY_COPIES);
        let aliases = |count: usize| {
            let text = "x".repeat(100_000);
            format!("a: &a {text}\nb: [{}]\n", "*a, ".repeat(count))
        };
        assert!(read(&aliases(600)).is_ok());
        assert_eq!(what(&aliases(700)).1, TOO_MANY_BYTES);
        assert_eq!(what(&aliases(49_000)).1, TOO_MANY_BYTES);
        let elements = |count: usize| format!("a: [{}]\n", "1,".repeat(count));
        assert!(read(&elements(MAX_VALUES - 2)).is_ok());
        assert_eq!(what(&elements(MAX_VALUES - 1)).1, TOO_MANY);
        let blocks = |depth: usize| {
            let lines = (0..depth).map(|level| " ".repeat(level) + "a:\n");
            lines.collect::<String>()
        };
        assert!(read(&blocks(129)).is_ok());
        assert_eq!(what(&blocks(130)).1, TOO_DEEP);
        let mut chain = "a0: &a0 {x: 1}\n".to_owned();
        for level in 1..200 {
            writeln!(chain, "a{level}: &a{level} {{x: *a{}}}", level - 1).unwrap();
        }
        assert_eq!(what(&chain).1, TOO_DEEP);
        let brackets = format!("a: {}", "[".repeat(100_000));
        assert!(read(&brackets).is_err());
        let dashes = format!("a:\n  {}", "- ".repeat(100_000));
        assert_eq!(what(&dashes).1, TOO_DEEP);
    }

    #[test]
    fn a_value_points_to_its_first_character() {
        let text = "\u{feff}é: ü\nb:\n  - 'quoted'\n  - {c: 5}\n".to_owned()
            + &"# ë\n".repeat(100)
            + "z: last\n";
        let Ok(Node::Table(entries)) = read(&text) else {
            panic!("no table");
        };
        let rest = |at: Offset| text[at.bytes()..].lines().next().unwrap().to_owned();
        assert_eq!(rest(entries[0].at), "ü");
        assert_eq!(rest(entries[2].at), "last");
        let Node::List(items) = &entries[1].value else {
            panic!("no list");
        };
        assert_eq!(rest(items[0].at), "'quoted'");
        assert_eq!(rest(items[1].at), "{c: 5}");
    }

    #[test]
    fn no_error_quotes_the_file() {
        let texts = [
            "password: @hunter2",
            "password: \"hunter2",
            "password: 'hunter2",
            "password: hunter2: x",
            "password: `hunter2",
            "password: [hunter2",
            "password: {hunter2",
            "password: *hunter2",
            "password: !hunter2 x",
            "password: \"\\hunter2\"",
            "password: |x\n  hunter2",
            "a:\n\tpassword: hunter2",
            "a: 1\n  password: hunter2",
            "hunter2",
            "%YAML hunter2\n---\na: 1",
            "a: ]hunter2",
            "a: \"x\" hunter2",
            "a: 1\nhunter2\n",
            "a:\n   b: 1\n  hunter2: 1\n",
            "a:\n- 1\n hunter2: 1",
            "a: b\n\thunter2: 1",
        ];
        for text in texts {
            let error = read(text).map(|_| text).unwrap_err();
            assert!(!error.what.contains("hunter2"), "{text}");
            assert_ne!(error.what, "not valid YAML", "{text}");
        }
    }

    #[test]
    fn an_error_is_at_the_invalid_character() {
        assert_eq!(wrong_at("a: 1\nb: @x"), "@x");
        assert_eq!(wrong_at("é: ü\nb: @x"), "@x");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = read(&text);
            let _ = read(&format!("a: {text}"));
        }

        #[test]
        fn no_mixture_of_indicators_panics(
            parts in prop::collection::vec(prop::sample::select(vec![
                "a", "é", ":", " ", "  ", "\n", "\n  ", "-", "- ", "? ", ": ", ",", "[", "]", "{", "}", "&a ", "*a ", "!",
                "!!str ", "|", ">", "|2-\n", "'", "\"", "\\", "#", "%", "%YAML 1.2\n", "---\n", "...\n", "\t", "\r", "\0",
                "<<: ", "1", "0x", "~", "@", "`", "\u{feff}", "\u{85}", "\u{2028}",
            ]), 0..40),
        ) {
            let text = parts.concat();
            let _ = read(&text);
        }
    }
}
