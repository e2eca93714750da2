//! Line and column of a value, found when someone asks.

use std::fs;
use std::path::Path;

use super::contents::{Contents, Fingerprint};
use crate::tree::Offset;

/// A place in a text as an editor counts: from one, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Place {
    /// Of what begins after so many bytes of a text; past its end, of the end.
    pub(crate) fn in_text(text: &str, offset: Offset) -> Self {
        let at = text.floor_char_boundary(offset.bytes());
        let before = &text[..at];
        let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
        let line = before.bytes().filter(|&byte| byte == b'\n').count();
        let columns = before[line_start..].trim_start_matches(BOM).chars().count();
        Self {
            line: count(line + 1),
            column: count(columns + 1),
        }
    }
}

/// Reads the file once more. None if it is not the one that was read, or can't be read now.
pub(crate) fn locate(path: &Path, read: &Fingerprint, offset: Offset) -> Option<Place> {
    // Before it is opened: a FIFO that took the file's place would not let go of us.
    let unchanged = |now: Option<Fingerprint>| now.as_ref() == Some(read);
    if !unchanged(Fingerprint::of(&fs::metadata(path).ok()?)) {
        return None;
    }
    let contents = Contents::read(path).ok()?;
    if !unchanged(contents.fingerprint.clone()) {
        return None;
    }
    Some(Place::in_text(contents.text().ok()?, offset))
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
        let place = Place::in_text(text, Offset::new(at));
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
        let read = Contents::read(&path).unwrap().fingerprint.unwrap();
        let offset = Offset::new(10);
        let place = Place { line: 2, column: 5 };
        assert_eq!(locate(&path, &read, offset), Some(place));

        fs::write(&path, "# now longer\na = 1\nb = 2\n").unwrap();
        assert_eq!(locate(&path, &read, offset), None);
        fs::remove_file(&path).unwrap();
        assert_eq!(locate(&path, &read, offset), None);
        fs::write(dir.path().join("y"), "a = 1\nb = 2\n").unwrap();
        fs::rename(dir.path().join("y"), &path).unwrap();
        assert_eq!(locate(&path, &read, offset), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_fifo_in_the_place_of_a_file_is_not_opened() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, "a = 1\n").unwrap();
        let read = Contents::read(&path).unwrap().fingerprint.unwrap();
        fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        assert_eq!(locate(&path, &read, Offset::new(4)), None);
    }

    proptest! {
        #[test]
        fn any_offset_is_a_place(text in any::<String>(), at in 0_usize..100) {
            let (line, column) = place(&text, at);
            prop_assert!(line >= 1 && column >= 1);
        }
    }
}
