//! Files of a secrets directory, in the layouts of containers, Kubernetes and systemd.

use std::ffi::OsString;
use std::fs::{self, DirEntry, ReadDir};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, mem};

use zeroize::{Zeroize, Zeroizing};

use super::contents::{Access, Contents, ReadProblem};
use crate::error::origin::Origin;
use crate::error::problem::{Problem, ProblemKind};
use crate::value::sort::sort_by;

const MAX_DEPTH: usize = 16;
const MAX_ENTRIES: usize = 10_000;

/// A name in the directory or in a subdirectory. Its file has not been read.
#[derive(Debug)]
pub(crate) struct FoundFile {
    /// The names on the path from the directory to this one.
    pub(crate) names: Vec<String>,
    /// The path to open, which may be a link.
    pub(crate) path: PathBuf,
    /// The secrets directory, without links.
    root: Arc<Path>,
    pub(crate) kind: EntryKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A file, or another object that can be opened.
    File,
    Directory,
    /// A directory that cannot be listed, with the reason.
    Closed(ErrorKind),
    /// A link to a file outside the directory.
    Outside,
    /// A link whose target does not exist, or that is part of a circle.
    Dangling,
}

/// The reason why a directory cannot be listed.
#[derive(Debug)]
pub(crate) enum WalkProblem {
    Absent,
    /// The name is a link whose target does not exist.
    Dangling,
    NoDirectory,
    TooDeep,
    TooMany,
    Unreadable(io::Error),
}

/// The text of a secret file, without one line feed at its end.
pub(crate) struct Secret {
    pub(crate) text: Zeroizing<String>,
    access: Access,
}

/// Lists the directory by the bytes of its names, with the contents of each subdirectory for which `enter` returns
/// true.
///
/// Names that begin with `.` or contain `..`, and those that are not UTF-8, are omitted.
pub(crate) fn walk(
    dir: &Path,
    enter: &mut dyn FnMut(&[String]) -> bool,
) -> Result<Vec<FoundFile>, WalkProblem> {
    let root = fs::canonicalize(dir).map_err(|error| match error.kind() {
        ErrorKind::NotFound if fs::symlink_metadata(dir).is_ok() => WalkProblem::Dangling,
        ErrorKind::NotFound => WalkProblem::Absent,
        ErrorKind::NotADirectory => WalkProblem::NoDirectory,
        _ => WalkProblem::Unreadable(error),
    })?;
    let listing = fs::read_dir(dir).map_err(|error| match error.kind() {
        ErrorKind::NotADirectory => WalkProblem::NoDirectory,
        _ => WalkProblem::Unreadable(error),
    })?;
    let mut walk = DirectoryWalk {
        root: Arc::from(&*root),
        above: vec![root],
        names: Vec::new(),
        found: Vec::new(),
        enter,
    };
    walk.directory(listing)?;
    Ok(walk.found)
}

impl FoundFile {
    /// Reads the secret, unless the opened file is outside the directory.
    pub(crate) fn read(&self) -> Result<Secret, ReadProblem> {
        Secret::of(Contents::read_inside(&self.path, &self.root)?)
    }
}

impl Secret {
    pub(crate) fn read(path: &Path) -> Result<Self, ReadProblem> {
        Self::of(Contents::read(path)?)
    }

    fn of(mut contents: Contents) -> Result<Self, ReadProblem> {
        if contents.bytes.contains(&0) {
            return Err(ReadProblem::Nul);
        }
        let text = String::from_utf8(mem::take(&mut *contents.bytes)).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            error.into_bytes().zeroize();
            ReadProblem::NotUtf8(valid)
        })?;
        let mut text = Zeroizing::new(text);
        if text.ends_with('\n') {
            text.pop();
        }
        Ok(Self {
            text,
            access: contents.access,
        })
    }
}

impl Secret {
    /// A warning if users other than its owner may write the file of the secret.
    pub(crate) fn others_may_write(&self, origin: &Origin) -> Option<Problem> {
        let path = origin.path().filter(|_| self.access.others_may_write())?;
        let what = "this file is writable by users other than its owner,";
        let warning = Problem::new(ProblemKind::Source, what).from(origin.clone());
        Some(warning.with_help(format!("chmod go-w {}", path.display())))
    }
}

/// Whether users other than its owner may add files to a directory. Directories of Kubernetes have such a mode, but are
/// mounted read-only.
pub(crate) fn others_may_write(dir: &Path) -> bool {
    let may_write = fs::metadata(dir).is_ok_and(|dir| Access::of(&dir).others_may_write());
    may_write && !is_read_only(dir)
}

/// Whether the file system at a path is mounted read-only, as far as Linux reports it.
fn is_read_only(dir: &Path) -> bool {
    let (Ok(real), Ok(mounts)) = (
        fs::canonicalize(dir),
        fs::read_to_string("/proc/self/mountinfo"),
    ) else {
        return false;
    };
    // The later of two mounts at one path covers the other.
    let mounts = mounts.lines().filter_map(mount);
    let inside = mounts.filter(|(at, _)| real.starts_with(at));
    let nearest = inside.max_by_key(|(at, _)| at.components().count());
    nearest.is_some_and(|(_, is_read_only)| is_read_only)
}

/// The mount point of a line of `mountinfo`, and whether it is read-only.
fn mount(line: &str) -> Option<(PathBuf, bool)> {
    let mut fields = line.split(' ').skip(4);
    let (at, options) = (fields.next()?, fields.next()?);
    let mut at = at.to_owned();
    for (escape, character) in [("\\040", " "), ("\\011", "\t"), ("\\134", "\\")] {
        at = at.replace(escape, character);
    }
    Some((at.into(), options.split(',').any(|option| option == "ro")))
}

impl fmt::Display for WalkProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("no such directory"),
            Self::Dangling => f.write_str("a link whose target does not exist"),
            Self::NoDirectory => f.write_str("not a directory"),
            Self::TooDeep => f.write_str("directories are nested more than 16 deep"),
            Self::TooMany => f.write_str("more than 10,000 files and directories"),
            Self::Unreadable(error) if error.kind() == ErrorKind::PermissionDenied => {
                f.write_str("permission denied")
            }
            Self::Unreadable(error) => write!(f, "{error}"),
        }
    }
}

struct DirectoryWalk<'e> {
    root: Arc<Path>,
    /// The directories on the current path of the walk, without links.
    above: Vec<PathBuf>,
    names: Vec<String>,
    found: Vec<FoundFile>,
    enter: &'e mut dyn FnMut(&[String]) -> bool,
}

impl DirectoryWalk<'_> {
    fn directory(&mut self, listing: ReadDir) -> Result<(), WalkProblem> {
        let mut entries = Vec::new();
        for entry in listing {
            let entry = entry.map_err(WalkProblem::Unreadable)?;
            if let Some(name) = wanted(entry.file_name()) {
                entries.push((name, entry));
            }
            if self.found.len() + entries.len() > MAX_ENTRIES {
                return Err(WalkProblem::TooMany);
            }
        }
        sort_by(&mut entries, |(a, _), (b, _)| a.cmp(b));
        for (name, entry) in entries {
            self.entry(name, &entry)?;
        }
        Ok(())
    }

    fn entry(&mut self, name: String, entry: &DirEntry) -> Result<(), WalkProblem> {
        let path = entry.path();
        let (kind, real) = self.kind(&name, entry, &path);
        self.names.push(name);
        let index = self.found.len();
        self.found.push(FoundFile {
            names: self.names.clone(),
            path: path.clone(),
            root: self.root.clone(),
            kind,
        });
        if let Some(real) = real
            && (self.enter)(&self.names)
        {
            if self.names.len() >= MAX_DEPTH {
                return Err(WalkProblem::TooDeep);
            }
            match fs::read_dir(&path) {
                Ok(listing) => {
                    self.above.push(real);
                    self.directory(listing)?;
                    self.above.pop();
                }
                Err(error) => self.found[index].kind = EntryKind::Closed(error.kind()),
            }
        }
        self.names.pop();
        Ok(())
    }

    /// The kind, and for a directory its path without links.
    fn kind(&self, name: &str, entry: &DirEntry, path: &Path) -> (EntryKind, Option<PathBuf>) {
        let Ok(listed) = entry.file_type() else {
            return (EntryKind::File, None);
        };
        if listed.is_dir() {
            let parent = self.above.last().map_or(&*self.root, PathBuf::as_path);
            return (EntryKind::Directory, Some(parent.join(name)));
        }
        if !listed.is_symlink() {
            return (EntryKind::File, None);
        }
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            // Opening the file reports the same error as for any file that may not be read.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return (EntryKind::File, None);
            }
            Err(_) => return (EntryKind::Dangling, None),
        };
        if !real.starts_with(&self.root) {
            (EntryKind::Outside, None)
        } else if !real.is_dir() {
            (EntryKind::File, None)
        } else if self.above.contains(&real) {
            (EntryKind::Dangling, None)
        } else {
            (EntryKind::Directory, Some(real))
        }
    }
}

fn wanted(name: OsString) -> Option<String> {
    let name = name.into_string().ok()?;
    (!name.starts_with('.') && !name.contains("..")).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    fn list(dir: &Path) -> Vec<String> {
        let found = walk(dir, &mut |_| true).unwrap();
        found
            .iter()
            .map(|found| match found.kind {
                EntryKind::File => found.names.join("/"),
                kind => format!("{} {kind:?}", found.names.join("/")),
            })
            .collect()
    }

    fn file(dir: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn text(dir: &Path, name: &str) -> String {
        let found = walk(dir, &mut |_| true).unwrap();
        let found = found.iter().find(|found| found.names == [name]).unwrap();
        found.read().unwrap().text.to_string()
    }

    #[test]
    fn a_mount_has_a_place_and_options() {
        let line = "97 84 0:53 / /run/my\\040secrets ro,nosuid - tmpfs tmpfs rw";
        assert_eq!(mount(line), Some(("/run/my secrets".into(), true)));
        let line = "97 84 0:53 / / rw,relatime - ext4 /dev/sda ro";
        assert_eq!(mount(line), Some(("/".into(), false)));
        assert_eq!(mount(""), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_is_writable_by_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let dir = TempDir::new().unwrap();
        for (mode, expected) in [
            (0o700, false),
            (0o755, false),
            (0o775, true),
            (0o1777, true),
        ] {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(others_may_write(dir.path()), expected, "{mode:o}");
        }
    }

    #[test]
    fn files_and_directories_are_listed_by_their_bytes() {
        let dir = TempDir::new().unwrap();
        for name in ["b", "a", "B", "server/bind", "server/x/y", "a.b"] {
            file(dir.path(), name, "");
        }
        assert_eq!(
            list(dir.path()),
            [
                "B",
                "a",
                "a.b",
                "b",
                "server Directory",
                "server/bind",
                "server/x Directory",
                "server/x/y"
            ]
        );
    }

    #[test]
    fn a_folder_that_nobody_wants_is_not_entered() {
        let dir = TempDir::new().unwrap();
        file(dir.path(), "kubernetes.io/serviceaccount/token", "");
        file(dir.path(), "server/bind", "");
        let found = walk(dir.path(), &mut |names| names == ["server"]).unwrap();
        let names: Vec<_> = found.iter().map(|found| found.names.join("/")).collect();
        assert_eq!(names, ["kubernetes.io", "server", "server/bind"]);
    }

    #[test]
    fn names_with_a_dot_in_front_or_two_inside_are_skipped() {
        let dir = TempDir::new().unwrap();
        for name in [".hidden", "..data", "a..b", ".git/x", "ok.", "o.k"] {
            file(dir.path(), name, "");
        }
        assert_eq!(list(dir.path()), ["o.k", "ok."]);
    }

    #[test]
    fn a_directory_that_is_not_there_is_absent() {
        let dir = TempDir::new().unwrap();
        let problem = |path: &Path| walk(path, &mut |_| true).unwrap_err();
        assert!(matches!(
            problem(&dir.path().join("missing")),
            WalkProblem::Absent
        ));
        let file = file(dir.path(), "file", "");
        assert!(matches!(problem(&file), WalkProblem::NoDirectory));
        assert!(matches!(problem(&file.join("x")), WalkProblem::NoDirectory));
    }

    #[test]
    fn one_line_feed_at_the_end_is_dropped_and_nothing_else() {
        let dir = TempDir::new().unwrap();
        let read = |bytes: &str| {
            let path = file(dir.path(), "x", bytes);
            Secret::read(&path).unwrap().text.to_string()
        };
        assert_eq!(read("s3cret\n"), "s3cret");
        assert_eq!(read("s3cret"), "s3cret");
        assert_eq!(read("s3cret\n\n"), "s3cret\n");
        assert_eq!(read(" s3cret \t\n"), " s3cret \t");
        assert_eq!(read("s3cret\r\n"), "s3cret\r");
        assert_eq!(read("\u{feff}s3cret"), "\u{feff}s3cret");
        assert_eq!(read("\n"), "");
        assert_eq!(read(""), "");
    }

    #[test]
    fn a_secret_that_is_not_text_is_a_problem() {
        let dir = TempDir::new().unwrap();
        let problem = |bytes: &[u8]| {
            let path = file(dir.path(), "x", bytes);
            Secret::read(&path).err().unwrap().to_string()
        };
        assert_eq!(problem(b"\xff\xfe"), "not UTF-8 from byte 1 on");
        assert_eq!(problem(b"a\0b"), "contains a NUL byte");
    }

    #[test]
    fn folders_have_a_limit() {
        let dir = TempDir::new().unwrap();
        file(dir.path(), &format!("{}x", "a/".repeat(16)), "");
        let problem = walk(dir.path(), &mut |_| true).unwrap_err();
        assert_eq!(
            problem.to_string(),
            "directories are nested more than 16 deep"
        );
    }

    #[cfg(unix)]
    mod links {
        use std::os::unix::fs::symlink;

        use super::*;

        /// The layout of a Kubernetes volume: all names go through one link, which is swapped atomically.
        fn publish(dir: &Path, generation: &str, password: &str) {
            file(
                dir,
                &format!("..{generation}/db_password"),
                format!("{password}\n"),
            );
            file(dir, &format!("..{generation}/server/token"), "t");
            symlink(format!("..{generation}"), dir.join("..data_tmp")).unwrap();
            fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
        }

        #[test]
        fn kubernetes_layout_works_and_follows_a_swap() {
            let dir = TempDir::new().unwrap();
            publish(dir.path(), "2026_01_01", "first");
            symlink("..data/db_password", dir.path().join("db_password")).unwrap();
            symlink("..data/server", dir.path().join("server")).unwrap();
            let listed = ["db_password", "server Directory", "server/token"];
            assert_eq!(list(dir.path()), listed);
            assert_eq!(text(dir.path(), "db_password"), "first");

            let before = walk(dir.path(), &mut |_| true).unwrap();
            publish(dir.path(), "2026_01_02", "second");
            fs::remove_dir_all(dir.path().join("..2026_01_01")).unwrap();
            let read = Secret::read(&before[0].path).unwrap();
            assert_eq!(*read.text, "second");
            assert_eq!(list(dir.path()), listed);
        }

        #[test]
        fn links_that_leave_are_told_apart() {
            let outside = TempDir::new().unwrap();
            let dir = TempDir::new().unwrap();
            let target = file(outside.path(), "x", "");
            file(dir.path(), "real", "");
            let link = |to: &Path, name: &str| symlink(to, dir.path().join(name)).unwrap();
            link(&target, "absolute");
            link(outside.path(), "directory");
            link(Path::new("real"), "inside");
            link(Path::new("../../etc/hostname"), "relative");
            link(Path::new("inside"), "twice");
            link(Path::new("absolute"), "through");
            assert_eq!(
                list(dir.path()),
                [
                    "absolute Outside",
                    "directory Outside",
                    "inside",
                    "real",
                    "relative Outside",
                    "through Outside",
                    "twice"
                ]
            );
        }

        #[test]
        fn a_neighbour_with_a_longer_name_is_outside() {
            let parent = TempDir::new().unwrap();
            let dir = parent.path().join("secrets");
            fs::create_dir(&dir).unwrap();
            file(parent.path(), "secrets-old/x", "");
            symlink("../secrets-old/x", dir.join("x")).unwrap();
            assert_eq!(list(&dir), ["x Outside"]);
        }

        #[test]
        fn the_directory_itself_may_be_a_link() {
            let parent = TempDir::new().unwrap();
            file(parent.path(), "real/x", "");
            symlink("x", parent.path().join("real/y")).unwrap();
            let dir = parent.path().join("link");
            symlink("real", &dir).unwrap();
            assert_eq!(list(&dir), ["x", "y"]);
            let found = walk(&dir, &mut |_| true).unwrap();
            assert_eq!(found[0].path, dir.join("x"));

            symlink("nowhere", parent.path().join("dangling")).unwrap();
            let problem = walk(&parent.path().join("dangling"), &mut |_| true).unwrap_err();
            assert!(matches!(problem, WalkProblem::Dangling));
        }

        #[test]
        fn circles_end() {
            let dir = TempDir::new().unwrap();
            symlink("b", dir.path().join("a")).unwrap();
            symlink("a", dir.path().join("b")).unwrap();
            symlink("nowhere", dir.path().join("c")).unwrap();
            symlink(".", dir.path().join("self")).unwrap();
            fs::create_dir(dir.path().join("sub")).unwrap();
            symlink("..", dir.path().join("sub/up")).unwrap();
            symlink("../sub", dir.path().join("sub/me")).unwrap();
            assert_eq!(
                list(dir.path()),
                [
                    "a Dangling",
                    "b Dangling",
                    "c Dangling",
                    "self Dangling",
                    "sub Directory",
                    "sub/me Dangling",
                    "sub/up Dangling"
                ]
            );
        }

        #[test]
        fn folders_that_lead_to_each_other_end_at_a_limit() {
            let dir = TempDir::new().unwrap();
            for name in 0..12 {
                let directory = dir.path().join(format!("f{name}"));
                fs::create_dir(&directory).unwrap();
                for other in 0..12 {
                    symlink(format!("../f{other}"), directory.join(format!("l{other}"))).unwrap();
                }
            }
            let problem = walk(dir.path(), &mut |_| true).unwrap_err();
            assert_eq!(
                problem.to_string(),
                "more than 10,000 files and directories"
            );
        }

        #[test]
        fn names_that_are_not_utf8_are_skipped() {
            use std::ffi::OsStr;
            use std::os::unix::ffi::OsStrExt;
            let dir = TempDir::new().unwrap();
            fs::write(dir.path().join(OsStr::from_bytes(b"a\xff")), "").unwrap();
            assert_eq!(list(dir.path()), Vec::<String>::new());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_secret_or_a_problem(bytes in any::<Vec<u8>>()) {
            let dir = TempDir::new().unwrap();
            let path = file(dir.path(), "x", &bytes);
            let expected = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
            let read = Secret::read(&path).ok().map(|secret| secret.text.to_string());
            let expected = expected.map(|text| match text.strip_suffix('\n') {
                Some(cut) => cut.to_owned(),
                None => text,
            });
            prop_assert_eq!(read, expected);
        }
    }
}
