//! A file's bytes, read whole into one buffer that is wiped when it goes.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::SystemTime;
use std::{fmt, fs, io, str};

use zeroize::Zeroizing;

/// The largest file that is read.
pub(crate) const MAX_BYTES: usize = 16 << 20;

/// What a file held, and what else there is to say of it.
pub(crate) struct Contents {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// None for what can't be read a second time, as a FIFO.
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) access: Access,
}

/// Tells whether a file is still the one that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    bytes: u64,
    modified: Option<SystemTime>,
    file: (u64, u64),
}

/// The mode bits of a file; none where the system has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Access(u32);

/// Why a file could not be read. `Display` says it in our words or the system's, never the file's.
#[derive(Debug)]
pub(crate) enum ReadProblem {
    /// Nothing has this name, not even a link.
    Absent,
    /// A link has this name, but leads nowhere.
    Dangling,
    Directory,
    TooLarge,
    /// After this many bytes of text.
    NotUtf8(usize),
    Nul,
    Unreadable(io::Error),
}

impl Contents {
    /// Reads what stands at the path: a file, or a FIFO or device to its end.
    pub(crate) fn read(path: &Path) -> Result<Self, ReadProblem> {
        let mut file = File::open(path).map_err(|error| not_opened(error, path))?;
        let metadata = file.metadata().map_err(ReadProblem::Unreadable)?;
        if metadata.is_dir() {
            return Err(ReadProblem::Directory);
        }
        let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
        if size > MAX_BYTES {
            return Err(ReadProblem::TooLarge);
        }
        Ok(Self {
            bytes: read_whole(&mut file, size)?,
            fingerprint: Fingerprint::of(&metadata),
            access: Access::of(&metadata),
        })
    }

    pub(crate) fn text(&self) -> Result<&str, ReadProblem> {
        str::from_utf8(&self.bytes).map_err(|error| ReadProblem::NotUtf8(error.valid_up_to()))
    }
}

impl Fingerprint {
    pub(crate) fn of(metadata: &Metadata) -> Option<Self> {
        metadata.is_file().then(|| Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            file: identity(metadata),
        })
    }
}

impl Access {
    #[cfg(unix)]
    pub(crate) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::PermissionsExt;
        Self(metadata.permissions().mode())
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_: &Metadata) -> Self {
        Self::default()
    }

    pub(crate) fn group_may_write(self) -> bool {
        self.0 & 0o020 != 0
    }

    pub(crate) fn all_may_write(self) -> bool {
        self.0 & 0o002 != 0
    }

    #[cfg(feature = "cli")]
    pub(crate) fn group_may_read(self) -> bool {
        self.0 & 0o040 != 0
    }

    #[cfg(feature = "cli")]
    pub(crate) fn all_may_read(self) -> bool {
        self.0 & 0o004 != 0
    }
}

impl ReadProblem {
    /// What to do about it.
    pub(crate) fn help(&self, path: &str) -> String {
        match self {
            Self::Absent => format!("create {path}, or correct the path"),
            Self::Dangling => format!("correct where the link {path} leads, or remove it"),
            Self::Directory => format!("put a file in the place of {path}, or correct the path"),
            Self::TooLarge => "correct the path: no file of settings is that large".to_owned(),
            Self::NotUtf8(_) => format!("save {path} as UTF-8"),
            Self::Nul => format!("remove the NUL byte from {path}"),
            Self::Unreadable(error) if error.kind() == ErrorKind::PermissionDenied => {
                format!("let the user of this process read {path}")
            }
            Self::Unreadable(_) => "correct the path, or remove what is there".to_owned(),
        }
    }
}

impl fmt::Display for ReadProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("no such file"),
            Self::Dangling => f.write_str("a link that leads nowhere"),
            Self::Directory => f.write_str("a directory, not a file"),
            Self::TooLarge => f.write_str("larger than 16 MiB"),
            Self::NotUtf8(valid) => write!(f, "not UTF-8 from byte {} on", valid + 1),
            Self::Nul => f.write_str("holds a NUL byte"),
            Self::Unreadable(error) => match error.kind() {
                ErrorKind::PermissionDenied => f.write_str("permission denied"),
                ErrorKind::NotADirectory => f.write_str("a part of its path is no directory"),
                _ => write!(f, "{error}"),
            },
        }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

fn not_opened(error: io::Error, path: &Path) -> ReadProblem {
    match error.kind() {
        ErrorKind::NotFound if fs::symlink_metadata(path).is_ok() => ReadProblem::Dangling,
        ErrorKind::NotFound => ReadProblem::Absent,
        ErrorKind::IsADirectory => ReadProblem::Directory,
        _ => ReadProblem::Unreadable(error),
    }
}

/// A file of a known size, or one that grows meanwhile, or one that does not tell its size.
fn read_whole(file: &mut File, size: usize) -> Result<Zeroizing<Vec<u8>>, ReadProblem> {
    // One byte more than there should be, so that the end shows without a larger buffer.
    let mut bytes = Zeroizing::new(vec![0; size.max(511) + 1]);
    let mut filled = 0;
    loop {
        if filled == bytes.len() {
            if filled > MAX_BYTES {
                return Err(ReadProblem::TooLarge);
            }
            let mut larger = Zeroizing::new(vec![0; (filled * 2).min(MAX_BYTES + 1)]);
            larger[..filled].copy_from_slice(&bytes);
            bytes = larger;
        }
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::IsADirectory => {
                return Err(ReadProblem::Directory);
            }
            Err(error) => return Err(ReadProblem::Unreadable(error)),
        }
    }
    if filled > MAX_BYTES {
        return Err(ReadProblem::TooLarge);
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn problem(path: &Path) -> String {
        match Contents::read(path) {
            Ok(contents) => contents.text().map(str::to_owned).unwrap_err().to_string(),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn a_file_is_read_whole() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("x");
        for size in [0, 1, 511, 512, 513, 100_000] {
            fs::write(&path, "x".repeat(size)).unwrap();
            let contents = Contents::read(&path).unwrap();
            assert_eq!(contents.text().unwrap().len(), size);
            assert!(contents.bytes.capacity() <= size.max(511) + 1);
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("x");
        assert_eq!(problem(&path), "no such file");
        assert_eq!(problem(Path::new("")), "no such file");
        assert_eq!(problem(dir.path()), "a directory, not a file");
        fs::write(&path, b"ab\xff").unwrap();
        assert_eq!(problem(&path), "not UTF-8 from byte 3 on");
        #[cfg(unix)]
        assert_eq!(
            problem(&path.join("y")),
            "a part of its path is no directory"
        );
    }

    #[test]
    fn absent_is_only_what_has_no_name() {
        let dir = TempDir::new().unwrap();
        let absent = Contents::read(&dir.path().join("missing/x")).err();
        assert!(matches!(absent, Some(ReadProblem::Absent)));
        #[cfg(unix)]
        {
            let link = dir.path().join("link");
            std::os::unix::fs::symlink("nowhere", &link).unwrap();
            assert_eq!(problem(&link), "a link that leads nowhere");
        }
    }

    #[test]
    fn sixteen_mebibytes_are_read_and_no_byte_more() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("x");
        let file = File::create(&path).unwrap();
        file.set_len(16 << 20).unwrap();
        assert_eq!(Contents::read(&path).unwrap().bytes.len(), 16 << 20);
        file.set_len((16 << 20) + 1).unwrap();
        assert_eq!(problem(&path), "larger than 16 MiB");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_tells_no_size_is_read_to_its_end() {
        let contents = Contents::read(Path::new("/proc/self/maps")).unwrap();
        assert!(contents.bytes.len() > 512);
        assert_eq!(problem(Path::new("/dev/zero")), "larger than 16 MiB");
        assert_eq!(
            Contents::read(Path::new("/dev/null")).unwrap().bytes.len(),
            0
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_fifo_is_read_but_has_no_fingerprint() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let writer = std::thread::spawn({
            let path = path.clone();
            move || fs::write(path, "x".repeat(10_000)).unwrap()
        });
        let contents = Contents::read(&path).unwrap();
        writer.join().unwrap();
        assert_eq!(contents.bytes.len(), 10_000);
        assert_eq!(contents.fingerprint, None);
    }

    #[cfg(unix)]
    #[test]
    fn the_mode_tells_who_may_do_what() {
        use std::os::unix::fs::PermissionsExt;
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, "").unwrap();
        let access = |mode| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let access = Contents::read(&path).unwrap().access;
            [access.group_may_write(), access.all_may_write()]
        };
        assert_eq!(access(0o600), [false, false]);
        assert_eq!(access(0o646), [false, true]);
        assert_eq!(access(0o664), [true, false]);
    }
}
