//! File with the last good snapshot: written as a whole or not at all, and rejected unless it is intact.

use super::answer::{StoreSnapshot, Value};
use std::{
    collections::BTreeMap,
    fmt,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process,
    sync::Mutex,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use zeroize::Zeroizing;

/// First bytes of the file; another format will begin with others.
const MAGIC: &[u8; 16] = b"settings-last-1\n";
/// Largest file that is read, as for every other source.
const LIMIT: u64 = 16 * 1024 * 1024;

pub(super) struct LastGood {
    path: PathBuf,
    /// Name of the store, so that the snapshot of another store is not used.
    store: Box<str>,
    /// Held while the file is written.
    writing: Mutex<()>,
}

/// Contents of the file.
pub(super) struct KeptCopy {
    pub(super) snapshot: StoreSnapshot,
    /// Time when the store last confirmed the snapshot.
    pub(super) confirmed: SystemTime,
    /// The path, if users other than the owner may write the file.
    pub(super) writable_file: Option<String>,
}

/// The snapshot could not be read or written.
#[derive(Debug)]
pub(super) struct DiskError {
    path: PathBuf,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Absent,
    Unreadable(io::Error),
    Damaged(&'static str),
    OtherStore(String),
    Unwritable(io::Error),
}

impl LastGood {
    pub(super) fn new(path: PathBuf, store: &str) -> Self {
        Self {
            path,
            store: store.into(),
            writing: Mutex::new(()),
        }
    }

    pub(super) fn read(&self) -> Result<KeptCopy, DiskError> {
        let (bytes, metadata) = contents(&self.path).map_err(|error| {
            self.error(match error.kind() {
                io::ErrorKind::NotFound => Cause::Absent,
                _ => Cause::Unreadable(error),
            })
        })?;
        let (store, confirmed, snapshot) =
            decode(&bytes).map_err(|why| self.error(Cause::Damaged(why)))?;
        if *store != *self.store {
            return Err(self.error(Cause::OtherStore(store)));
        }
        let writable = is_writable_by_others(&metadata);
        Ok(KeptCopy {
            snapshot,
            confirmed,
            writable_file: writable.then(|| self.path.display().to_string()),
        })
    }

    /// Replaces the file.
    pub(super) fn write(
        &self,
        snapshot: &StoreSnapshot,
        confirmed: SystemTime,
    ) -> Result<(), DiskError> {
        let _one_at_a_time = self.writing.lock();
        let bytes = encode(&self.store, confirmed, snapshot);
        let mut beside = self.path.clone().into_os_string();
        beside.push(format!(".{}", process::id()));
        let beside = PathBuf::from(beside);
        let replaced = replace(&self.path, &beside, &bytes);
        replaced.map_err(|error| {
            let _ = fs::remove_file(&beside);
            self.error(Cause::Unwritable(error))
        })
    }

    fn error(&self, cause: Cause) -> DiskError {
        let path = self.path.clone();
        DiskError { path, cause }
    }
}

fn contents(path: &Path) -> io::Result<(Zeroizing<Vec<u8>>, Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    // Opening a FIFO would wait for a writer, beyond the deadline of the load.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, NONBLOCK);
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if metadata.len() > LIMIT {
        return Err(io::Error::other("it is larger than 16 MiB"));
    }
    // At full size at once, so that no smaller buffer with secrets in it is left behind.
    let size = usize::try_from(metadata.len()).unwrap_or(0);
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
    file.take(LIMIT).read_to_end(&mut bytes)?;
    Ok((bytes, metadata))
}

/// `O_NONBLOCK`, which std does not export.
#[cfg(unix)]
const NONBLOCK: i32 = if cfg!(any(target_os = "linux", target_os = "android")) {
    if cfg!(any(target_arch = "mips", target_arch = "mips64")) {
        0x80
    } else if cfg!(any(target_arch = "sparc", target_arch = "sparc64")) {
        0x4000
    } else {
        0o4000
    }
} else if cfg!(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly"
)) {
    0x4
} else {
    0
};

#[cfg(unix)]
fn is_writable_by_others(metadata: &Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o022 != 0
}

#[cfg(not(unix))]
fn is_writable_by_others(_: &Metadata) -> bool {
    false
}

fn replace(path: &Path, beside: &Path, bytes: &[u8]) -> io::Result<()> {
    // A process with the same id may have been killed while it wrote.
    let _ = fs::remove_file(beside);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(beside, path)?;
    #[cfg(unix)]
    {
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// The magic, a checksum of the rest, then the fields; a length precedes each text and value. Reserved keys are
/// omitted.
fn encode(store: &str, confirmed: SystemTime, snapshot: &StoreSnapshot) -> Zeroizing<Vec<u8>> {
    let settings = snapshot.settings();
    let size: usize = settings
        .map(|(key, value)| key.len() + value.bytes().len() + 16)
        .sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + store.len() + 64));
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[0; 4]);
    let seconds = confirmed
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    put(&mut bytes, store.as_bytes());
    bytes.extend_from_slice(&seconds.to_le_bytes());
    bytes.extend_from_slice(&snapshot.revision.to_le_bytes());
    for (key, value) in snapshot.settings() {
        put(&mut bytes, key.as_bytes());
        put(&mut bytes, value.bytes());
        bytes.extend_from_slice(&value.revision().to_le_bytes());
    }
    let body = MAGIC.len() + 4;
    let sum = crc32fast::hash(&bytes[body..]);
    bytes[MAGIC.len()..body].copy_from_slice(&sum.to_le_bytes());
    bytes
}

fn put(bytes: &mut Vec<u8>, field: &[u8]) {
    // A field of more than 4 GiB makes a file that is too large to be read back.
    let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(field);
}

fn decode(bytes: &[u8]) -> Result<(String, SystemTime, StoreSnapshot), &'static str> {
    let body = bytes
        .strip_prefix(MAGIC)
        .ok_or("the file has another format")?;
    let mut left = Left(body);
    let sum = left.number().ok_or(CUT)?;
    if crc32fast::hash(left.0) != sum {
        return Err("the checksum does not match");
    }
    let store = left.text().ok_or(CUT)?;
    let seconds = left.long().ok_or(CUT)?;
    let revision = left.long().ok_or(CUT)?;
    let mut values = BTreeMap::new();
    while !left.0.is_empty() {
        let key = left.text().ok_or(CUT)?;
        let value = left.field().ok_or(CUT)?;
        let revision = left.long().ok_or(CUT)?;
        values.insert(key, Value::new(value, revision));
    }
    let confirmed = UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .ok_or(CUT)?;
    Ok((store, confirmed, StoreSnapshot { revision, values }))
}

const CUT: &str = "the file ends too early";

/// The part of the file that is not read yet.
struct Left<'b>(&'b [u8]);

impl<'b> Left<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, left) = self.0.split_at_checked(length)?;
        self.0 = left;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn long(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn field(&mut self) -> Option<&'b [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }

    fn text(&mut self) -> Option<String> {
        str::from_utf8(self.field()?).ok().map(str::to_owned)
    }
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.cause {
            Cause::Absent => write!(f, "there is no last good snapshot in {path} yet"),
            Cause::Unreadable(error) => write!(f, "{path} cannot be read: {error}"),
            Cause::Damaged(why) => write!(f, "{path} is not a last good snapshot: {why}"),
            Cause::OtherStore(store) => {
                write!(
                    f,
                    "{path} is the last good snapshot of another store, {store}"
                )
            }
            Cause::Unwritable(error) => write!(f, "{path} cannot be written: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded() -> (Vec<u8>, StoreSnapshot) {
        let values = [("a", "1"), ("server/bind", "::1"), ("empty", "")];
        let values = values.map(|(key, value)| (key.to_owned(), Value::new(value, 7)));
        let snapshot = StoreSnapshot {
            revision: 9,
            values: BTreeMap::from(values),
        };
        (
            encode("etcd /shop/", UNIX_EPOCH, &snapshot).to_vec(),
            snapshot,
        )
    }

    #[test]
    fn a_written_snapshot_is_read_back() {
        let (bytes, snapshot) = encoded();
        let (store, _, read) = decode(&bytes).unwrap();
        assert_eq!((store.as_str(), read), ("etcd /shop/", snapshot));
    }

    #[test]
    fn reserved_keys_are_not_written() {
        let (_, mut snapshot) = encoded();
        let without = encode("etcd /shop/", UNIX_EPOCH, &snapshot).to_vec();
        let reserved = Value::new("candidate", 8);
        snapshot.values.insert("@rollout".to_owned(), reserved);
        let with = encode("etcd /shop/", UNIX_EPOCH, &snapshot);
        assert_eq!(*with, without);
    }

    #[test]
    fn a_truncated_file_is_rejected() {
        let (bytes, _) = encoded();
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "{end} bytes");
        }
    }

    #[test]
    fn a_flipped_bit_is_detected() {
        let (mut bytes, _) = encoded();
        for at in 0..bytes.len() * 8 {
            bytes[at / 8] ^= 1 << (at % 8);
            assert!(decode(&bytes).is_err(), "bit {at}");
            bytes[at / 8] ^= 1 << (at % 8);
        }
    }
}
