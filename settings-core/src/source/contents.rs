//! Reading of files into one buffer that is wiped when it is dropped.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};
use std::{fmt, fs, io, str, thread};

use zeroize::Zeroizing;

/// The limit for the size of a file.
pub(crate) const MAX_BYTES: usize = 16 << 20;

/// The limit for the wait for data of a FIFO, at its start and between two parts.
const SILENCE: Duration = Duration::from_secs(2);
/// The limit for the time to read a FIFO.
const MAX_WAIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

/// The bytes of a file, and its metadata at the time of reading.
pub(crate) struct Contents {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// `None` for a file that cannot be read twice, such as a FIFO.
    pub(crate) fingerprint: Option<FileFingerprint>,
    pub(crate) access: Access,
}

/// Identifies a file in the state in which it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileFingerprint {
    bytes: u64,
    modified: Option<SystemTime>,
    file: (u64, u64),
}

/// The mode bits of a file, on systems that have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Access(u32);

/// The reason why a file could not be read. It contains no part of the file.
#[derive(Debug)]
pub(crate) enum ReadProblem {
    /// There is no file or link with this name.
    Absent,
    /// The name is a link whose target does not exist.
    Dangling,
    Directory,
    Device,
    /// A FIFO had no data for two seconds, or did not end.
    Silent,
    TooLarge,
    /// The file that was opened is outside the directory that should contain it.
    Outside,
    /// The number of leading bytes that are valid UTF-8.
    NotUtf8(usize),
    Nul,
    Unreadable(io::Error),
}

impl Contents {
    /// Reads a file, or a FIFO to its end, within the limits for FIFOs.
    pub(crate) fn read(path: &Path) -> Result<Self, ReadProblem> {
        Self::of_file(open(path)?)
    }

    /// Reads a file that must be inside a directory, whose path has no links. The check examines the opened file, so
    /// a link that changes meanwhile cannot evade it.
    pub(crate) fn read_inside(path: &Path, directory: &Path) -> Result<Self, ReadProblem> {
        let file = open(path)?;
        // Kubernetes may swap the whole directory in between.
        if is_inside(&file, path, directory) {
            return Self::of_file(file);
        }
        let file = open(path)?;
        if is_inside(&file, path, directory) {
            return Self::of_file(file);
        }
        Err(ReadProblem::Outside)
    }

    fn of_file(mut file: File) -> Result<Self, ReadProblem> {
        let metadata = file.metadata().map_err(ReadProblem::Unreadable)?;
        if metadata.is_dir() {
            return Err(ReadProblem::Directory);
        }
        if is_device(&metadata) {
            return Err(ReadProblem::Device);
        }
        let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
        if size > MAX_BYTES {
            return Err(ReadProblem::TooLarge);
        }
        Ok(Self {
            bytes: read_whole(&mut file, size, is_fifo(&metadata))?,
            fingerprint: FileFingerprint::of(&metadata),
            access: Access::of(&metadata),
        })
    }

    pub(crate) fn text(&self) -> Result<&str, ReadProblem> {
        str::from_utf8(&self.bytes).map_err(|error| ReadProblem::NotUtf8(error.valid_up_to()))
    }
}

/// Opens a file for reading, without waiting for a writer of a FIFO.
fn open(path: &Path) -> Result<File, ReadProblem> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(O_NONBLOCK);
    }
    options.open(path).map_err(|error| not_opened(error, path))
}

/// `O_NONBLOCK` of `open(2)`, which std does not export. A test compares it with rustix.
#[cfg(unix)]
const O_NONBLOCK: i32 = if cfg!(any(target_os = "linux", target_os = "android")) {
    if cfg!(any(target_arch = "mips", target_arch = "mips64")) {
        0x80
    } else if cfg!(any(target_arch = "sparc", target_arch = "sparc64")) {
        0x4000
    } else {
        0o4000
    }
} else if cfg!(any(target_os = "solaris", target_os = "illumos")) {
    0x80
} else {
    // macOS and the BSDs.
    4
};

/// Whether an open file is inside a directory.
#[cfg(target_os = "linux")]
fn is_inside(file: &File, path: &Path, directory: &Path) -> bool {
    use std::os::fd::AsRawFd;
    match fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())) {
        Ok(opened) => opened.starts_with(directory),
        // Without /proc.
        Err(_) => is_file_at(file, path, directory),
    }
}

#[cfg(not(target_os = "linux"))]
fn is_inside(file: &File, path: &Path, directory: &Path) -> bool {
    is_file_at(file, path, directory)
}

/// Whether a path resolves to an open file, inside a directory.
fn is_file_at(file: &File, path: &Path, directory: &Path) -> bool {
    let is_same = |real: &Path| {
        let (at_path, opened) = (fs::symlink_metadata(real).ok()?, file.metadata().ok()?);
        Some(identity(&at_path) == identity(&opened))
    };
    fs::canonicalize(path)
        .is_ok_and(|real| real.starts_with(directory) && is_same(&real) == Some(true))
}

#[cfg(unix)]
fn is_fifo(metadata: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

#[cfg(not(unix))]
fn is_fifo(_: &Metadata) -> bool {
    false
}

/// Whether it is a device that may never end; `/dev/null` is an empty file.
#[cfg(unix)]
fn is_device(metadata: &Metadata) -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let kind = metadata.file_type();
    let is_null = || fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev());
    kind.is_block_device() || kind.is_char_device() && !is_null()
}

#[cfg(not(unix))]
fn is_device(_: &Metadata) -> bool {
    false
}

impl FileFingerprint {
    pub(crate) fn of(metadata: &Metadata) -> Option<Self> {
        metadata.is_file().then(|| Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            file: identity(metadata),
        })
    }
}

impl Access {
    /// The bits of a file or directory; none of a device, because `/dev/null` is meant to be written by anyone.
    #[cfg(unix)]
    pub(crate) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::{FileTypeExt, PermissionsExt};
        if metadata.file_type().is_char_device() {
            return Self::default();
        }
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

    /// Whether users other than its owner may write it.
    pub(crate) fn others_may_write(self) -> bool {
        self.group_may_write() || self.all_may_write()
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
    /// The help for the error.
    pub(crate) fn help(&self, path: &str) -> String {
        match self {
            Self::Absent => format!("create {path}, or correct the path"),
            Self::Dangling => format!("correct the target of the link {path}, or remove the link"),
            Self::Directory | Self::Device => {
                format!("replace {path} by a file, or correct the path")
            }
            Self::Silent => {
                format!("start the program that writes to {path}, or replace it by a file")
            }
            Self::TooLarge => "correct the path, or make the file smaller".to_owned(),
            Self::Outside => {
                "replace it by the file itself, or by a link that stays inside".to_owned()
            }
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
            Self::Dangling => f.write_str("a link whose target does not exist"),
            Self::Directory => f.write_str("a directory, not a file"),
            Self::Device => f.write_str("a device, not a file"),
            Self::Silent => f.write_str("a FIFO, and its writer sent nothing for two seconds"),
            Self::TooLarge => f.write_str("larger than 16 MiB"),
            Self::Outside => f.write_str("the link leaves the secrets directory"),
            Self::NotUtf8(valid) => write!(f, "not UTF-8 from byte {} on", valid + 1),
            Self::Nul => f.write_str("contains a NUL byte"),
            Self::Unreadable(error) => match error.kind() {
                ErrorKind::PermissionDenied => f.write_str("permission denied"),
                ErrorKind::NotADirectory => f.write_str("a part of its path is not a directory"),
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

/// Reads a file of a known size, one that grows meanwhile, or one whose size is unknown.
fn read_whole(
    file: &mut File,
    size: usize,
    is_fifo: bool,
) -> Result<Zeroizing<Vec<u8>>, ReadProblem> {
    // One byte more than expected, so that the end is detected without a larger buffer.
    let mut bytes = Zeroizing::new(vec![0; size.max(511) + 1]);
    let mut filled = 0;
    let start = Instant::now();
    let mut last = start;
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
            // Before its writer has opened it, a FIFO looks empty.
            Ok(0) if is_fifo && filled == 0 => wait(start, last)?,
            Ok(0) => break,
            Ok(more) => {
                filled += more;
                last = Instant::now();
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => wait(start, last)?,
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

/// Waits a short time for the next bytes of a FIFO, unless a limit is exceeded.
fn wait(start: Instant, last: Instant) -> Result<(), ReadProblem> {
    if last.elapsed() >= SILENCE || start.elapsed() >= MAX_WAIT {
        return Err(ReadProblem::Silent);
    }
    thread::sleep(PAUSE);
    Ok(())
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
    fn an_unreadable_file_has_a_reason() {
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
            "a part of its path is not a directory"
        );
    }

    #[test]
    fn a_file_is_absent_only_if_its_name_does_not_exist() {
        let dir = TempDir::new().unwrap();
        let absent = Contents::read(&dir.path().join("missing/x")).err();
        assert!(matches!(absent, Some(ReadProblem::Absent)));
        #[cfg(unix)]
        {
            let link = dir.path().join("link");
            std::os::unix::fs::symlink("nowhere", &link).unwrap();
            assert_eq!(problem(&link), "a link whose target does not exist");
        }
    }

    #[test]
    fn a_file_has_at_most_sixteen_mebibytes() {
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
    fn a_file_of_unknown_size_is_read_to_its_end() {
        let contents = Contents::read(Path::new("/proc/self/maps")).unwrap();
        assert!(contents.bytes.len() > 512);
        for device in ["/dev/zero", "/dev/random", "/dev/tty"] {
            if Path::new(device).exists() && File::open(device).is_ok() {
                assert_eq!(problem(Path::new(device)), "a device, not a file");
            }
        }
        assert_eq!(
            Contents::read(Path::new("/dev/null")).unwrap().bytes.len(),
            0
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_flag_is_the_one_of_the_system() {
        let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits());
        assert_eq!(flags, Ok(O_NONBLOCK));
    }

    #[cfg(unix)]
    fn fifo(dir: &TempDir) -> std::path::PathBuf {
        let path = dir.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        path
    }

    #[cfg(unix)]
    #[test]
    fn a_fifo_is_read_to_its_end_whenever_its_writer_starts() {
        let dir = TempDir::new().unwrap();
        let path = fifo(&dir);
        for delay in [0, 300] {
            let writer = thread::spawn({
                let path = path.clone();
                move || {
                    thread::sleep(Duration::from_millis(delay));
                    let mut fifo = OpenOptions::new().write(true).open(path).unwrap();
                    for _ in 0..2 {
                        io::Write::write_all(&mut fifo, "x".repeat(5_000).as_bytes()).unwrap();
                        thread::sleep(Duration::from_millis(delay));
                    }
                }
            });
            let contents = Contents::read(&path).unwrap();
            writer.join().unwrap();
            assert_eq!(contents.bytes.len(), 10_000);
            assert_eq!(contents.fingerprint, None);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_silent_fifo_is_given_up_after_two_seconds() {
        let dir = TempDir::new().unwrap();
        let path = fifo(&dir);
        let silent = "a FIFO, and its writer sent nothing for two seconds";
        let start = Instant::now();
        assert_eq!(problem(&path), silent);
        // With a writer that keeps it open.
        let writer = OpenOptions::new().read(true).write(true).open(&path);
        assert_eq!(problem(&path), silent);
        drop(writer);
        assert!(start.elapsed() >= 2 * SILENCE);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_outside_is_refused_whatever_its_link_was_before() {
        use std::os::unix::fs::symlink;
        let dir = TempDir::new().unwrap();
        let root = dir.path().canonicalize().unwrap().join("secrets");
        fs::create_dir_all(root.join("..1")).unwrap();
        fs::write(root.join("..1/token"), "inside").unwrap();
        fs::write(dir.path().join("other"), "outside").unwrap();
        symlink("..1", root.join("..data")).unwrap();
        symlink("..data/token", root.join("token")).unwrap();
        symlink("../other", root.join("leaves")).unwrap();
        let read = |name: &str| Contents::read_inside(&root.join(name), &root);
        assert_eq!(read("token").unwrap().text().unwrap(), "inside");
        assert!(matches!(read("leaves"), Err(ReadProblem::Outside)));

        // A link that changes all the time: each read is inside the directory or fails.
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let swapper = thread::spawn({
            let (root, stop) = (root.clone(), stop.clone());
            move || {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    for target in ["../other", "..data/token"] {
                        symlink(target, root.join("next")).unwrap();
                        fs::rename(root.join("next"), root.join("token")).unwrap();
                    }
                }
            }
        });
        for _ in 0..2_000 {
            if let Ok(contents) = read("token") {
                assert_eq!(contents.text().unwrap(), "inside");
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        swapper.join().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn write_access_is_in_the_mode() {
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
        let null = Contents::read(Path::new("/dev/null")).unwrap();
        assert!(!null.access.others_may_write());
    }
}
