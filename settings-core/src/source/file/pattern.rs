//! Patterns of files, such as `conf.d/*.toml`.

use crate::value::sort::sort_by;
use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

/// The most files that one pattern may match.
pub(crate) const MAX_FILES: u16 = 1000;

/// Returns the files that a pattern matches, in the order of their bytes; one more than [`MAX_FILES`] if there are more.
///
/// Only the last part of the path is a pattern. Names that begin with a dot are left out.
pub(crate) fn matching(pattern: &Path) -> io::Result<Vec<PathBuf>> {
    let Some(name) = pattern.file_name() else {
        return Ok(Vec::new());
    };
    let listing = match fs::read_dir(directory(pattern)) {
        Ok(listing) => listing,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in listing {
        let found = entry?.file_name();
        if !found.as_encoded_bytes().starts_with(b".") && matches(name, &found) {
            names.push(found);
        }
    }
    sort_by(&mut names, |one, other| {
        one.as_encoded_bytes().cmp(other.as_encoded_bytes())
    });
    let paths = names.into_iter().map(|name| pattern.with_file_name(name));
    let files = paths.filter(|path| !path.is_dir());
    Ok(files.take(usize::from(MAX_FILES) + 1).collect())
}

/// The directory whose files a pattern matches.
pub(crate) fn directory(pattern: &Path) -> &Path {
    match pattern.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Whether a name matches a pattern, in which `*` is any text.
fn matches(pattern: &OsStr, name: &OsStr) -> bool {
    let (pattern, mut name) = (pattern.as_encoded_bytes(), name.as_encoded_bytes());
    let mut parts = pattern.split(|byte| *byte == b'*');
    let Some(rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    name = rest;
    let Some(last) = parts.next_back() else {
        return name.is_empty();
    };
    for part in parts {
        let Some(at) = position(name, part) else {
            return false;
        };
        name = &name[at + part.len()..];
    }
    name.ends_with(last)
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, name, expected) in [
            ("*.toml", "a.toml", true),
            ("*.toml", ".toml", true),
            ("*.toml", "a.toml.bak", false),
            ("a*.toml", "b.toml", false),
            ("*-app-*.toml", "10-app-x.toml", true),
            ("*-app-*.toml", "10-app.toml", false),
            ("a*a", "a", false),
            ("**", "", true),
            ("a", "a", true),
            ("a", "ab", false),
        ] {
            let found = matches(OsStr::new(pattern), OsStr::new(name));
            assert_eq!(found, expected, "{pattern} {name}");
        }
    }

    #[test]
    fn files_are_in_the_order_of_their_bytes_without_dotfiles_and_directories() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.toml", "10.toml", "9.toml", ".hidden.toml", "B.toml", "x"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        fs::create_dir(dir.path().join("a.toml")).unwrap();
        let found = matching(&dir.path().join("*.toml")).unwrap();
        let names = found.iter().map(|path| path.file_name().unwrap());
        assert!(names.eq(["10.toml", "9.toml", "B.toml", "b.toml"]));
        assert!(
            matching(&dir.path().join("none/*.toml"))
                .unwrap()
                .is_empty()
        );
    }
}
