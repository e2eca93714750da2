//! No input makes decoding, the `.env` reader or a file reader panic or print without end.

use super::{
    Every,
    outcome::{self, is_one_line},
    values,
};
use settings_core::{Settings, dotenv};
use std::{fs, path::PathBuf};
use tempfile::TempDir;

/// Keys that can be set besides the settings of the root.
const BESIDE: &[&str] = &[
    "server",
    "maybe",
    "list",
    "map",
    "list__0__json",
    "map__x__disk_size",
    "labels__x",
];

/// Every text is a value of a setting, or is refused with a message.
pub fn any_text_for_any_setting(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for key in keys() {
        let loader = Every::empty_loader().set(key, &*text);
        let _ = outcome::load(loader, text.len());
    }
    let all = keys().fold(Every::empty_loader(), |loader, key| loader.set(key, &*text));
    let _ = outcome::load(all, text.len() * (values::KEYS.len() + BESIDE.len()));
}

/// Bytes are a `.env` file, or every error in them is reported.
pub fn env_file(data: &[u8]) {
    let env = |name: &str| (name == "TEXT").then(|| "of the environment".to_owned());
    match dotenv::parse(data, env) {
        Ok(parsed) => {
            for entry in parsed.entries() {
                assert!(entry.line() >= 1 && !entry.key().is_empty());
                assert!(!entry.value().contains('\0'));
            }
        }
        Err(error) => {
            assert!(!error.errors().is_empty());
            let page = error.to_string();
            let omitted = usize::from(error.omitted() > 0);
            assert_eq!(page.lines().count(), error.errors().len() + omitted);
            assert!(
                !page.contains(|ch: char| ch.is_control() && ch != '\n'),
                "{page:?}"
            );
        }
    }
    let (_directory, path) = written(".env", data);
    let _ = outcome::load(Every::empty_loader().env_file(path), data.len());
}

/// Bytes are a file of each format, or the report has the position of the error.
pub fn file(data: &[u8]) {
    for format in ["toml", "json", "yaml"] {
        let (_directory, path) = written(&format!("config.{format}"), data);
        let loader = Every::empty_loader().file(path);
        if let Err(error) = outcome::load(loader, data.len()) {
            error.problems().iter().for_each(is_one_line);
        }
    }
}

/// A short text that is repeated many times, perhaps after another one, is a file or an error: the limits for aliases,
/// references, nesting and counts hold. libFuzzer observes the memory.
pub fn repeated(data: &[u8]) {
    const SIZE: usize = 32 << 10;
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let (head, piece) = match (parts.next(), parts.next()) {
        (Some(head), Some(piece)) => (head, piece),
        (piece, _) => (&[][..], piece.unwrap_or_default()),
    };
    let piece = &piece[..piece.len().min(64)];
    if !piece.is_empty() {
        let text = [head, &piece.repeat(SIZE / piece.len())].concat();
        file(&text);
        env_file(&text);
    }
}

/// A file in a directory that is removed when it is dropped.
pub(super) fn written(name: &str, contents: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join(name);
    fs::write(&path, contents).expect("a file in it");
    (directory, path)
}

fn keys() -> impl Iterator<Item = &'static str> {
    values::KEYS.iter().chain(BESIDE).copied()
}
