//! Files of a test, removed at its end.

use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A directory with these files.
pub(crate) struct Dir(TempDir);

impl Dir {
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let dir = Self(TempDir::new().unwrap());
        for (name, text) in files {
            dir.write(name, text);
        }
        dir
    }

    /// An empty directory with a short path of fixed length, so that lines that contain it break at the
    /// same words everywhere.
    pub(crate) fn short() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("")
            .rand_bytes(4)
            .tempdir_in("/tmp");
        Self(dir.unwrap())
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// The path as text, for a variable or an argument.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A text that names files in this directory as if it were the working directory.
    pub(crate) fn relative(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.root().display()), "")
    }
}
