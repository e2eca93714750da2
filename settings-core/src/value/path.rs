//! Paths to values: names of groups, fields and map keys, and indexes of lists.

use std::fmt::{self, Write};

use super::json;

/// One step of a path. The schema decides whether a name is a group, a field or a map key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Segment<'a> {
    /// A group, a field or a map key.
    Name(&'a str),
    /// An element of a list, counted from 0.
    Index(usize),
}

/// The path to a value, from a root or from the value that contains it.
///
/// It prints as `servers[0].host`. A name that contains a dot or another character of this grammar is printed in
/// quotes, with JSON's escapes: `sites."example.com".port`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct KeyPath(Vec<Owned>);

/// A path in the form that follows the key of the value that contains it.
pub(crate) struct Inside<'p>(&'p KeyPath);

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Owned {
    Name(Box<str>),
    Index(usize),
}

impl KeyPath {
    /// Reads the output of `Display`. Names without quotes may contain anything but a dot and an opening bracket.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut path = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(index) = rest.strip_prefix('[') {
                let (index, after) = index.split_once(']')?;
                let is_number =
                    !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
                path.push(Segment::Index(index.parse().ok().filter(|_| is_number)?));
                rest = after;
            } else {
                if !path.0.is_empty() {
                    rest = rest.strip_prefix('.')?;
                }
                rest = path.push_name(rest)?;
            }
        }
        (!path.0.is_empty()).then_some(path)
    }

    /// Splits a text at the first separator outside of a name in quotes.
    pub(crate) fn split_once(text: &str, separator: char) -> Option<(&str, &str)> {
        let mut at = 0;
        while let Some(ch) = text[at..].chars().next() {
            let is_start = at == 0 || text[..at].ends_with('.');
            at += match ch {
                ch if ch == separator => return Some((&text[..at], &text[at + ch.len_utf8()..])),
                '"' if is_start => quoted_len(&text[at..]).unwrap_or(1),
                ch => ch.len_utf8(),
            };
        }
        None
    }

    /// The steps joined by dots, without quotes and brackets: `hosts.0.url`.
    pub(crate) fn flat(&self) -> String {
        let steps = self.0.iter().map(|step| match step {
            Owned::Name(name) => name.to_string(),
            Owned::Index(index) => index.to_string(),
        });
        steps.collect::<Vec<_>>().join(".")
    }

    /// Reads one name at the start of a text, and returns the name and the rest.
    fn push_name<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        if text.starts_with('"') {
            let (quoted, rest) = text.split_at(quoted_len(text)?);
            let json::Json::String(name) = json::read(quoted) else {
                return None;
            };
            self.push(Segment::Name(&name.plain()));
            return Some(rest);
        }
        let (name, rest) = text.split_at(text.find(['.', '[']).unwrap_or(text.len()));
        self.push(Segment::Name(Some(name).filter(|name| !name.is_empty())?));
        Some(rest)
    }

    pub(crate) fn push(&mut self, segment: Segment<'_>) {
        self.0.push(segment.into());
    }

    /// Inserts a step before the first one.
    pub(crate) fn prepend(&mut self, segment: Segment<'_>) {
        self.0.insert(0, segment.into());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn segments(&self) -> impl DoubleEndedIterator<Item = Segment<'_>> + Clone {
        self.0.iter().map(Owned::as_segment)
    }

    /// Whether it is the path to a value, or to a part of it.
    pub(crate) fn begins_with(&self, value: &Self) -> bool {
        let mut here = self.segments();
        value.segments().all(|segment| here.next() == Some(segment))
    }

    pub(crate) fn last(&self) -> Option<Segment<'_>> {
        self.segments().next_back()
    }

    /// The path in the form that follows the key of the value that contains it: `.key`, `[2].key`.
    pub(crate) fn inside(&self) -> Inside<'_> {
        Inside(self)
    }
}

impl fmt::Display for Inside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut segments = self.0.segments();
        segments.try_for_each(|segment| segment.fmt(f))
    }
}

/// The form that follows another step: `.key`, `[2]`.
impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => {
                f.write_char('.')?;
                write_name(f, name)
            }
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// The length of the name in quotes at the start of a text.
fn quoted_len(text: &str) -> Option<usize> {
    let end = json::end_of_string(text);
    json::check(&text[..end]).is_ok().then_some(end)
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if is_plain(name) {
        return f.write_str(name);
    }
    f.write_char('"')?;
    for ch in name.chars() {
        match ch {
            '"' | '\\' => write!(f, "\\{ch}")?,
            ch if is_printed(ch) => f.write_char(ch)?,
            ch => {
                for unit in ch.encode_utf16(&mut [0; 2]) {
                    write!(f, "\\u{unit:04x}")?;
                }
            }
        }
    }
    f.write_char('"')
}

/// Whether a name is read back unchanged without quotes.
fn is_plain(name: &str) -> bool {
    let plain = |ch: char| {
        !matches!(ch, '.' | '[' | ']' | '"' | '\\' | '=' | ',')
            && !ch.is_whitespace()
            && is_printed(ch)
    };
    !name.is_empty() && name.chars().all(plain)
}

/// Whether a character is printed without an escape.
fn is_printed(ch: char) -> bool {
    matches!(ch, '\'' | '"' | '\\') || ch.escape_debug().len() == 1
}

impl Owned {
    fn as_segment(&self) -> Segment<'_> {
        match self {
            Self::Name(name) => Segment::Name(name),
            Self::Index(index) => Segment::Index(*index),
        }
    }
}

impl From<Segment<'_>> for Owned {
    fn from(segment: Segment<'_>) -> Self {
        match segment {
            Segment::Name(name) => Self::Name(name.into()),
            Segment::Index(index) => Self::Index(index),
        }
    }
}

impl<'a> FromIterator<Segment<'a>> for KeyPath {
    fn from_iter<I: IntoIterator<Item = Segment<'a>>>(segments: I) -> Self {
        Self(segments.into_iter().map(Owned::from).collect())
    }
}

impl<'a> Extend<Segment<'a>> for KeyPath {
    fn extend<I: IntoIterator<Item = Segment<'a>>>(&mut self, segments: I) {
        self.0.extend(segments.into_iter().map(Owned::from));
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut segments = self.segments();
        match segments.next() {
            Some(Segment::Name(name)) => write_name(f, name)?,
            Some(index) => index.fmt(f)?,
            None => {}
        }
        segments.try_for_each(|segment| segment.fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{KeyPath, Segment, Segment::Index, Segment::Name};

    fn path<const N: usize>(segments: [Segment<'_>; N]) -> KeyPath {
        segments.into_iter().collect()
    }

    #[test]
    fn names_and_indexes_print_as_a_key() {
        let of = |path: KeyPath| path.to_string();
        assert_eq!(of(path([Name("server"), Name("bind")])), "server.bind");
        assert_eq!(
            of(path([Name("hosts"), Index(0), Name("port")])),
            "hosts[0].port"
        );
        assert_eq!(of(path([Index(2), Name("key")])), "[2].key");
        assert_eq!(of(KeyPath::default()), "");
    }

    #[test]
    fn an_ambiguous_name_is_quoted() {
        let of = |name| path([Name("sites"), Name(name), Name("port")]).to_string();
        assert_eq!(of("main"), "sites.main.port");
        assert_eq!(of("größe-1"), "sites.größe-1.port");
        assert_eq!(of("it's"), "sites.it's.port");
        assert_eq!(of("example.com"), "sites.\"example.com\".port");
        assert_eq!(of("a\"b"), "sites.\"a\\\"b\".port");
        assert_eq!(of("a b"), "sites.\"a b\".port");
        assert_eq!(of(""), "sites.\"\".port");
        assert_eq!(of("a\n\u{202e}"), "sites.\"a\\u000a\\u202e\".port");
        assert_eq!(of("\u{e0001}"), "sites.\"\\udb40\\udc01\".port");
    }

    #[test]
    fn a_key_is_read_with_and_without_quotes() {
        let sites = path([Name("sites"), Name("example.com"), Name("port")]);
        assert_eq!(KeyPath::parse("sites.\"example.com\".port"), Some(sites));
        let unquoted = [Name("sites"), Name("example"), Name("com"), Name("port")];
        assert_eq!(
            KeyPath::parse("sites.example.com.port"),
            Some(path(unquoted))
        );
        assert_eq!(
            KeyPath::parse("a[10][0].b c"),
            Some(path([Name("a"), Index(10), Index(0), Name("b c")]))
        );
        assert_eq!(KeyPath::parse("[1].x"), Some(path([Index(1), Name("x")])));
    }

    #[test]
    fn text_of_another_form_is_refused() {
        let texts = [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a[",
            "a[]",
            "a[+1]",
            "a[x]",
            "a[1]b",
            "\"a",
            "\"a\"b",
            "\"\\q\"",
            "[99999999999999999999999]",
        ];
        for text in texts {
            assert_eq!(KeyPath::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_path_grows_at_both_ends() {
        let mut inner = path([Index(1)]);
        inner.prepend(Name("x"));
        assert_eq!(inner.inside().to_string(), ".x[1]");
        inner.push(Name("b.c"));
        assert_eq!(inner.to_string(), "x[1].\"b.c\"");
        assert_eq!(inner.last(), Some(Name("b.c")));
    }

    #[test]
    fn a_text_is_split_outside_of_quotes() {
        let split = |text| KeyPath::split_once(text, '=');
        assert_eq!(split("a.b=c=d"), Some(("a.b", "c=d")));
        assert_eq!(split("a.\"b=c\".d=\"e\""), Some(("a.\"b=c\".d", "\"e\"")));
        assert_eq!(split("\"a=b"), Some(("\"a", "b")));
        assert_eq!(split("a.\"b=c\""), None);
        assert_eq!(split("a"), None);
    }

    proptest! {
        #[test]
        fn a_printed_path_is_read_back(
            names in prop::collection::vec(prop::option::of(any::<String>()), 1..5),
        ) {
            let segments = names.iter().enumerate();
            let segments = segments.map(|(nth, name)| name.as_deref().map_or(Index(nth), Name));
            let path: KeyPath = segments.collect();
            prop_assert_eq!(KeyPath::parse(&path.to_string()), Some(path));
        }

        #[test]
        fn no_text_panics(text in "[a.\\[\\]\"\\\\u0-9é]{0,12}") {
            let _ = KeyPath::parse(&text);
        }
    }
}
