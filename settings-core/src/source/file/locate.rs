//! Lines and columns of values, found on request.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use crate::error::origin::Locate;
use crate::source::contents::{Contents, FileFingerprint};
use crate::source::decrypt::Decrypt;
use crate::value::format::Format;
use crate::value::node::{Node, Offset};
use crate::value::path::{KeyPath, Segment};

/// A position in the numbering of editors: from one, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextPosition {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// The positions in a file, found by reading it again when the first one is requested. None of its text is kept.
pub(crate) struct Places {
    /// The state of the file when it was read.
    read: FileFingerprint,
    format: Option<Format>,
    /// The function that decrypts the file.
    decrypt: Option<Decrypt>,
    lines: OnceLock<Option<Lines>>,
}

/// The starts of lines and characters in a text.
struct Lines {
    /// The start of each line, after a byte order mark.
    starts: Vec<u32>,
    /// Every byte that is not the first of its character.
    tails: Vec<u32>,
    end: u32,
}

impl Places {
    pub(crate) fn new(
        read: FileFingerprint,
        format: Option<Format>,
        decrypt: Option<Decrypt>,
    ) -> Self {
        Self {
            read,
            format,
            decrypt,
            lines: OnceLock::new(),
        }
    }

    /// `None` if the file has changed or cannot be read.
    pub(crate) fn find(&self, path: &Path, offset: Offset) -> Option<TextPosition> {
        if !self.is(FileFingerprint::of(&fs::metadata(path).ok()?).as_ref()) {
            return None;
        }
        let lines = self.lines.get_or_init(|| {
            let contents = self.read_again(path)?;
            contents.text().ok().map(Lines::of)
        });
        lines.as_ref().map(|lines| lines.place(offset))
    }

    /// Reads the file again, if it has not changed.
    fn read_again(&self, path: &Path) -> Option<Contents> {
        // The check precedes the opening, because a FIFO may have replaced the file.
        if !self.is(FileFingerprint::of(&fs::metadata(path).ok()?).as_ref()) {
            return None;
        }
        let mut contents = Contents::read(path).ok()?;
        if !self.is(contents.fingerprint.as_ref()) {
            return None;
        }
        if let Some(decrypt) = &self.decrypt {
            contents.bytes = Zeroizing::new(decrypt(&contents.bytes).ok()?);
        }
        Some(contents)
    }

    fn is(&self, now: Option<&FileFingerprint>) -> bool {
        now == Some(&self.read)
    }
}

impl Locate for Places {
    fn place(&self, path: &Path, at: Offset) -> Option<(usize, usize)> {
        let place = self.find(path, at)?;
        Some((place.line as usize, place.column as usize))
    }

    fn part(&self, path: &Path, at: Offset, part: &KeyPath) -> Option<Offset> {
        let contents = self.read_again(path)?;
        let root = self.format?.read(contents.text().ok()?).ok()?;
        part_of_value_at(&root, at, part)
    }
}

/// The offset of a part of the value in `node` that begins at an offset.
fn part_of_value_at(node: &Node<'_>, value: Offset, part: &KeyPath) -> Option<Offset> {
    children(node).find_map(|(_, at, inner)| {
        let mut segments = part.segments();
        let found = (at == value)
            .then(|| part_of(inner, &mut segments))
            .flatten();
        found.or_else(|| part_of_value_at(inner, value, part))
    })
}

/// The offset of the value at a path; for an absent key, the offset of the value that should contain it.
fn part_of<'p>(node: &Node<'_>, path: &mut impl Iterator<Item = Segment<'p>>) -> Option<Offset> {
    let next = path.next()?;
    let (_, at, inner) = children(node).find(|(segment, ..)| *segment == next)?;
    part_of(inner, path).or(Some(at))
}

fn children<'n>(node: &'n Node<'_>) -> impl Iterator<Item = (Segment<'n>, Offset, &'n Node<'n>)> {
    let (items, entries) = match node {
        Node::List(items) => (items.as_slice(), [].as_slice()),
        Node::Table(entries) => ([].as_slice(), entries.as_slice()),
        _ => ([].as_slice(), [].as_slice()),
    };
    let items = items.iter().enumerate();
    let items = items.map(|(nth, item)| (Segment::Index(nth), item.at, &item.value));
    let entries = entries.iter();
    items.chain(entries.map(|entry| (Segment::Name(&entry.key), entry.at, &entry.value)))
}

impl Lines {
    fn of(text: &str) -> Self {
        let mut starts = Vec::new();
        let mut begins = 0;
        for line in text.split_inclusive('\n') {
            let marks = line.len() - line.trim_start_matches(BOM).len();
            starts.push(count(begins + marks));
            begins += line.len();
        }
        if text.is_empty() || text.ends_with('\n') {
            starts.push(count(begins));
        }
        let tails = (0..).zip(text.bytes());
        let tails = tails.filter(|(_, byte)| byte & 0b1100_0000 == 0b1000_0000);
        Self {
            starts,
            tails: tails.map(|(at, _)| at).collect(),
            end: count(begins),
        }
    }

    /// The position of an offset; after the end of the text, that of the end.
    fn place(&self, offset: Offset) -> TextPosition {
        let mut at = count(offset.bytes()).min(self.end);
        while self.tails.binary_search(&at).is_ok() {
            at -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = |at: u32| self.tails.partition_point(|tail| *tail < at);
        let bytes = at.saturating_sub(start) as usize;
        let tails = before(at).saturating_sub(before(start));
        TextPosition {
            line: count(line),
            column: count(bytes - tails.min(bytes) + 1),
        }
    }
}

const BOM: char = '\u{feff}';

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    fn place(text: &str, at: usize) -> (u32, u32) {
        let place = Lines::of(text).place(Offset::new(at));
        (place.line, place.column)
    }

    #[test]
    fn lines_and_characters_count_from_one() {
        let text = "port = 1\r\n\ngrüße = \"ä\"\n";
        assert_eq!(place(text, 0), (1, 1));
        assert_eq!(place(text, 7), (1, 8));
        assert_eq!(place(text, text.find('"').unwrap()), (3, 9));
        assert_eq!(place(text, text.len()), (4, 1));
        assert_eq!(place(text, 1000), (4, 1));
        assert_eq!(place("", 0), (1, 1));
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        assert_eq!(place("\u{feff}a: 1", 6), (1, 4));
    }

    #[test]
    fn a_place_is_found_in_the_file_that_was_read_and_in_no_other() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, "a = 1\nb = 2\n").unwrap();
        let places = Places::new(
            Contents::read(&path).unwrap().fingerprint.unwrap(),
            None,
            None,
        );
        let offset = Offset::new(10);
        let place = TextPosition { line: 2, column: 5 };
        assert_eq!(places.find(&path, offset), Some(place));

        fs::write(&path, "# now longer\na = 1\nb = 2\n").unwrap();
        assert_eq!(places.find(&path, offset), None);
        fs::remove_file(&path).unwrap();
        assert_eq!(places.find(&path, offset), None);
        fs::write(dir.path().join("y"), "a = 1\nb = 2\n").unwrap();
        fs::rename(dir.path().join("y"), &path).unwrap();
        assert_eq!(places.find(&path, offset), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_fifo_in_the_place_of_a_file_is_not_opened() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, "a = 1\n").unwrap();
        let places = Places::new(
            Contents::read(&path).unwrap().fingerprint.unwrap(),
            None,
            None,
        );
        fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        assert_eq!(places.find(&path, Offset::new(4)), None);
    }

    proptest! {
        #[test]
        fn any_offset_is_a_place(text in any::<String>(), at in 0_usize..100) {
            let (line, column) = place(&text, at);
            prop_assert!(line >= 1 && column >= 1);
        }
    }
}
