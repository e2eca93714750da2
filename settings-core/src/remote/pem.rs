//! PEM files of a connection, such as certificates and keys.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

/// Maximum size of a file, in bytes.
const MAX_PEM: u64 = 1 << 20;

/// Reads a PEM file, for engines: a regular file of at most 1 MiB, also through a symbolic link.
///
/// A FIFO or a device would block, or never end.
///
/// ```
/// use settings_core::remote::read_pem;
///
/// let directory = tempfile::tempdir()?;
/// let error = read_pem(directory.path()).unwrap_err();
/// assert_eq!(error.to_string(), "it is not a regular file");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// Returns an error if there is no such file, if it is not a regular file or is larger than 1 MiB, or if it cannot be read.
pub fn read_pem(path: &Path) -> io::Result<Vec<u8>> {
    let no_file = || io::Error::other("it is not a regular file");
    // Opening a FIFO would wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(no_file());
    }
    let file = File::open(path)?;
    // Another file may have taken its place.
    if !file.metadata()?.is_file() {
        return Err(no_file());
    }
    let mut bytes = Vec::new();
    file.take(MAX_PEM + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_PEM) {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_file_of_at_most_a_mebibyte_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file.pem");
        let read = |bytes: &[u8]| {
            fs::write(&file, bytes).unwrap();
            read_pem(&file).map_err(|error| error.to_string())
        };
        let largest = vec![b'a'; 1 << 20];
        for bytes in [&b""[..], b"-----BEGIN", b"\xff", &largest] {
            assert_eq!(read(bytes).as_deref(), Ok(bytes));
        }
        let larger = [&largest[..], b"a"].concat();
        assert_eq!(read(&larger), Err("it is larger than 1 MiB".to_owned()));
        let missing = read_pem(&dir.path().join("none.pem")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_else_is_opened() {
        use std::{os::unix::fs::symlink, process::Command};

        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("file.pem"), "a").unwrap();
        symlink(path("file.pem"), path("link.pem")).unwrap();
        assert_eq!(read_pem(&path("link.pem")).unwrap(), b"a");
        let made = Command::new("mkfifo").arg(path("fifo")).status().unwrap();
        assert!(made.success());
        symlink(path("fifo"), path("link")).unwrap();
        for other in [
            path("fifo"),
            path("link"),
            dir.path().to_owned(),
            "/dev/zero".into(),
        ] {
            let error = read_pem(&other).unwrap_err().to_string();
            assert_eq!(error, "it is not a regular file", "{}", other.display());
        }
    }
}
