//! Decryption of files by functions of the program, one per extension.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A function of the program that decrypts the bytes of a file, or says why it cannot.
pub(crate) type Decrypt = Arc<dyn Fn(&[u8]) -> Result<Vec<u8>, String> + Send + Sync>;

/// Extensions of encrypted files that are recognized without a function.
const ENCRYPTED: [&str; 4] = ["age", "gpg", "pgp", "asc"];

/// The functions of a loader, by extension.
#[derive(Clone, Default)]
pub(crate) struct Decryption(Vec<(String, Decrypt)>);

impl Decryption {
    pub(crate) fn add<E: fmt::Display>(
        &mut self,
        extension: &str,
        decrypt: impl Fn(&[u8]) -> Result<Vec<u8>, E> + Send + Sync + 'static,
    ) {
        let decrypt = move |bytes: &[u8]| decrypt(bytes).map_err(|error| error.to_string());
        let extension = extension.trim_start_matches('.').to_owned();
        self.0.push((extension, Arc::new(decrypt)));
    }

    /// The function for a path, and the path without its last extension.
    pub(crate) fn of(&self, path: &Path) -> Option<(Decrypt, PathBuf)> {
        if self.0.is_empty() {
            return None;
        }
        let extension = path.extension()?;
        let mut functions = self.0.iter().rev();
        let (_, decrypt) = functions.find(|(each, _)| extension.eq_ignore_ascii_case(each))?;
        Some((decrypt.clone(), path.with_extension("")))
    }
}

/// The extension of a file that is encrypted, as its name says.
pub(crate) fn encrypted_extension(path: &Path) -> Option<&str> {
    let extension = path.extension()?.to_str()?;
    let mut known = ENCRYPTED.iter();
    let is_known = known.any(|each| extension.eq_ignore_ascii_case(each));
    is_known.then_some(extension)
}
