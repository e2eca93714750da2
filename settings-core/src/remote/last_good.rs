//! The last good snapshot on disk: written whole or not at all, and believed only if it is whole.

use super::engine::{StoreSnapshot, Value};
use std::{
    collections::BTreeMap,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process,
    sync::Mutex,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use zeroize::Zeroizing;

/// What the file begins with; a later form will begin otherwise.
const MAGIC: &[u8; 16] = b"settings-last-1\n";
/// As of any file that is read.
const LIMIT: u64 = 16 * 1024 * 1024;

pub(super) struct LastGood {
    path: PathBuf,
    /// Which store it is of, so that another's is not taken for it.
    place: Box<str>,
    /// One writes at a time.
    writing: Mutex<()>,
}

/// Why there is nothing on disk that could be believed, or why it could not be written.
#[derive(Debug)]
pub(super) struct Unkept {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Absent,
    Unreadable(io::Error),
    Damaged(&'static str),
    OfAnother(String),
    Unwritable(io::Error),
}

impl LastGood {
    pub(super) fn new(path: PathBuf, place: &str) -> Self {
        Self {
            path,
            place: place.into(),
            writing: Mutex::new(()),
        }
    }

    /// What was kept, and when the store had confirmed it.
    pub(super) fn read(&self) -> Result<(StoreSnapshot, SystemTime), Unkept> {
        let bytes = contents(&self.path).map_err(|error| {
            self.unkept(match error.kind() {
                io::ErrorKind::NotFound => Why::Absent,
                _ => Why::Unreadable(error),
            })
        })?;
        let (place, confirmed, snapshot) =
            decode(&bytes).map_err(|why| self.unkept(Why::Damaged(why)))?;
        if *place != *self.place {
            return Err(self.unkept(Why::OfAnother(place)));
        }
        Ok((snapshot, confirmed))
    }

    /// Replaces what was kept.
    pub(super) fn write(
        &self,
        snapshot: &StoreSnapshot,
        confirmed: SystemTime,
    ) -> Result<(), Unkept> {
        let _one_at_a_time = self.writing.lock();
        let bytes = encode(&self.place, confirmed, snapshot);
        let mut beside = self.path.clone().into_os_string();
        beside.push(format!(".{}", process::id()));
        let beside = PathBuf::from(beside);
        let replaced = replace(&self.path, &beside, &bytes);
        replaced.map_err(|error| {
            let _ = fs::remove_file(&beside);
            self.unkept(Why::Unwritable(error))
        })
    }

    fn unkept(&self, why: Why) -> Unkept {
        let path = self.path.clone();
        Unkept { path, why }
    }
}

fn contents(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > LIMIT {
        return Err(io::Error::other("it is larger than 16 MiB"));
    }
    // At full size at once, so that no smaller buffer with secrets in it is left behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1));
    file.take(LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn replace(path: &Path, beside: &Path, bytes: &[u8]) -> io::Result<()> {
    // Left by a process of the same number that was killed while it wrote.
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

/// The magic, the checksum of all that follows, then each field, texts and bytes with their length before them.
fn encode(place: &str, confirmed: SystemTime, snapshot: &StoreSnapshot) -> Zeroizing<Vec<u8>> {
    let each = snapshot.values.iter();
    let size: usize = each
        .map(|(key, value)| key.len() + value.bytes().len() + 16)
        .sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + place.len() + 64));
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[0; 4]);
    let seconds = confirmed
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    put(&mut bytes, place.as_bytes());
    bytes.extend_from_slice(&seconds.to_le_bytes());
    bytes.extend_from_slice(&snapshot.revision.to_le_bytes());
    for (key, value) in &snapshot.values {
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
    // A longer one would not be read back: the whole file may not be as large.
    let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(field);
}

fn decode(bytes: &[u8]) -> Result<(String, SystemTime, StoreSnapshot), &'static str> {
    let body = bytes
        .strip_prefix(MAGIC)
        .ok_or("it is no file of this kind")?;
    let mut left = Left(body);
    let sum = left.number().ok_or(CUT)?;
    if crc32fast::hash(left.0) != sum {
        return Err("its checksum is wrong");
    }
    let place = left.text().ok_or(CUT)?;
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
    Ok((place, confirmed, StoreSnapshot { revision, values }))
}

const CUT: &str = "it ends too early";

/// What of the file is not read yet.
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

impl fmt::Display for Unkept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.why {
            Why::Absent => write!(f, "{path} holds no last good snapshot yet"),
            Why::Unreadable(error) => write!(f, "{path} cannot be read: {error}"),
            Why::Damaged(why) => write!(f, "{path} holds no last good snapshot: {why}"),
            Why::OfAnother(place) => {
                write!(
                    f,
                    "{path} holds the last good snapshot of another store, {place}"
                )
            }
            Why::Unwritable(error) => write!(f, "{path} cannot be written: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> (Vec<u8>, StoreSnapshot) {
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
    fn what_is_written_reads_back() {
        let (bytes, snapshot) = kept();
        let (place, _, read) = decode(&bytes).unwrap();
        assert_eq!((place.as_str(), read), ("etcd /shop/", snapshot));
    }

    #[test]
    fn no_part_of_a_file_is_believed() {
        let (bytes, _) = kept();
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "{end} bytes");
        }
    }

    #[test]
    fn no_flipped_bit_is_believed() {
        let (mut bytes, _) = kept();
        for at in 0..bytes.len() * 8 {
            bytes[at / 8] ^= 1 << (at % 8);
            assert!(decode(&bytes).is_err(), "bit {at}");
            bytes[at / 8] ^= 1 << (at % 8);
        }
    }
}
