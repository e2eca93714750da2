//! `Origin`: the source, name and position of a value.

use crate::{
    error::redact,
    value::{node::Offset, path::KeyPath},
};
use std::{borrow::Cow, collections::BTreeMap, fmt, path::Path, sync::Arc};

/// The origin of a value: the layer, the name in the spelling of the source, and the position in a file.
///
/// It prints as `environment variable APP_PORT`, `.env:4`, `config.toml:12:8`,
/// `secret file /run/secrets/secret_key`, `argument --port`, `set`, `default`,
/// `default (environment = production)`, `computed from domain, port`.
///
/// ```
/// # use settings_core::Settings;
/// # #[derive(Settings)]
/// # struct App { #[settings(default = 8080)] port: u16 }
/// let app = App::empty_loader().env_from([("Port", "9000")]).load()?;
/// let origin = app.origin("port").unwrap();
/// assert_eq!(origin.to_string(), "environment variable Port");
/// assert_eq!(origin.name(), Some("Port"));
/// # Ok::<(), settings_core::Error>(())
/// ```
#[derive(PartialEq, Eq)]
pub struct Origin(OriginKind);

/// One function: a derived one is inlined, and copies each kind of origin there.
impl Clone for Origin {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[derive(Clone, PartialEq, Eq)]
enum OriginKind {
    Default,
    /// A default that depends on other settings.
    Computed {
        /// Their keys.
        from: Arc<str>,
        /// Whether one of them is secret.
        is_secret: bool,
    },
    /// A default under a condition: `environment = production`.
    Conditional {
        condition: Arc<str>,
    },
    Variable {
        name: Cow<'static, str>,
        file: Option<Box<str>>,
    },
    EnvFile {
        file: Arc<Path>,
        line: u32,
        name: Cow<'static, str>,
        /// The file that contains the value, if the name is `<NAME>_FILE`.
        named: Option<Box<str>>,
        /// Whether the file was decrypted.
        is_decrypted: bool,
    },
    File {
        file: Arc<Document>,
        key: Cow<'static, str>,
        at: Option<Offset>,
        /// The file that contains the value, if the key is that of a `_file`.
        named: Option<Box<str>>,
    },
    SecretFile {
        path: Arc<Path>,
    },
    Provider {
        name: Arc<str>,
        place: Option<Arc<str>>,
        key: Cow<'static, str>,
    },
    #[cfg(feature = "remote")]
    Store {
        /// The store and its prefix.
        store: Arc<str>,
        key: Cow<'static, str>,
        revision: u64,
    },
    Argument {
        flag: Cow<'static, str>,
    },
    Set {
        key: Cow<'static, str>,
    },
}

/// A structured file, which is read again to find a position in it.
pub(crate) struct Document {
    pub(crate) path: Box<Path>,
    /// `None` if it cannot be read twice.
    pub(crate) places: Option<Box<dyn Locate>>,
    /// The references in its values, by position, if references are replaced.
    pub(crate) interpolated: Option<BTreeMap<Offset, Interpolated>>,
    /// Whether it was decrypted.
    pub(crate) is_decrypted: bool,
}

/// The references of a value in a file.
pub(crate) struct Interpolated {
    /// The names, separated by commas.
    pub(crate) names: Box<str>,
    /// Whether one of them is secret.
    pub(crate) is_secret: bool,
}

/// Finds positions in a file that was read, unless it has changed since.
pub(crate) trait Locate: Send + Sync {
    /// Line and column of an offset.
    fn place(&self, path: &Path, at: Offset) -> Option<(usize, usize)>;

    /// The offset of a part of the value that begins at an offset.
    fn part(&self, path: &Path, at: Offset, part: &KeyPath) -> Option<Offset>;
}

/// The kinds of layer, lowest first. Files, providers and stores have one rank: the later of them wins.
///
/// ```
/// use settings_core::{Layer, Settings};
///
/// # #[derive(Settings)]
/// # struct App { #[settings(default = 8080)] port: u16 }
/// let app = App::empty_loader().env_from([("PORT", "80")]).args(["--port", "81"]).load()?;
/// assert_eq!(app.origin("port").unwrap().layer(), Layer::Argument);
/// assert!(Layer::Argument > Layer::Environment);
/// # Ok::<(), settings_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// The default of the struct.
    Default,
    /// A TOML, YAML or JSON file.
    File,
    /// A figment provider.
    Provider,
    /// A store that several processes share.
    Store,
    /// A `.env` file.
    EnvFile,
    /// A file in a secrets directory.
    SecretsDir,
    /// The process environment, or `env_from`.
    Environment,
    /// An argument of the program.
    Argument,
    /// `Loader::set`.
    Set,
}

impl Origin {
    pub(crate) const DEFAULT: Self = Self(OriginKind::Default);

    /// A default that is computed from the settings with these keys.
    pub(crate) fn computed(from: &[String], is_secret: bool) -> Self {
        Self(OriginKind::Computed {
            from: from.join(", ").into(),
            is_secret,
        })
    }

    /// A default because another setting has a certain value.
    pub(crate) fn conditional(condition: &str) -> Self {
        Self(OriginKind::Conditional {
            condition: condition.into(),
        })
    }

    /// Whether it is a default that is computed from other settings.
    pub(crate) fn is_computed(&self) -> bool {
        matches!(self.0, OriginKind::Computed { .. })
    }

    pub(crate) fn variable(name: impl Into<Cow<'static, str>>) -> Self {
        Self(OriginKind::Variable {
            name: name.into(),
            file: None,
        })
    }

    /// The file that a variable `<NAME>_FILE` names.
    pub(crate) fn with_file(self, file: &str) -> Self {
        match self.0 {
            OriginKind::Variable { name, .. } => Self(OriginKind::Variable {
                name,
                file: Some(file.into()),
            }),
            OriginKind::EnvFile {
                file: named_in,
                line,
                name,
                is_decrypted,
                ..
            } => Self(OriginKind::EnvFile {
                file: named_in,
                line,
                name,
                named: Some(file.into()),
                is_decrypted,
            }),
            OriginKind::File {
                file: named_in,
                key,
                at,
                ..
            } => Self(OriginKind::File {
                file: named_in,
                key,
                at,
                named: Some(file.into()),
            }),
            other => Self(other),
        }
    }

    pub(crate) fn env_file(
        file: Arc<Path>,
        line: usize,
        name: impl Into<Cow<'static, str>>,
    ) -> Self {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        Self(OriginKind::EnvFile {
            file,
            line,
            name: name.into(),
            named: None,
            is_decrypted: false,
        })
    }

    /// The origin of this name in a `.env` file.
    pub(crate) fn with_name(mut self, given: Cow<'static, str>) -> Self {
        if let OriginKind::EnvFile { name, .. } = &mut self.0 {
            *name = given;
        }
        self
    }

    /// The same in a `.env` file that was decrypted.
    pub(crate) fn with_decrypted(mut self, decrypted: bool) -> Self {
        if let OriginKind::EnvFile { is_decrypted, .. } = &mut self.0 {
            *is_decrypted = decrypted;
        }
        self
    }

    pub(crate) fn file(
        file: Arc<Document>,
        key: impl Into<Cow<'static, str>>,
        at: Option<Offset>,
    ) -> Self {
        Self(OriginKind::File {
            file,
            key: key.into(),
            at,
            named: None,
        })
    }

    pub(crate) fn secret_file(path: Arc<Path>) -> Self {
        Self(OriginKind::SecretFile { path })
    }

    pub(crate) fn provider(
        name: Arc<str>,
        place: Option<Arc<str>>,
        key: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(OriginKind::Provider {
            name,
            place,
            key: key.into(),
        })
    }

    #[cfg(feature = "remote")]
    pub(crate) fn store(store: Arc<str>, key: impl Into<Cow<'static, str>>, revision: u64) -> Self {
        Self(OriginKind::Store {
            store,
            key: key.into(),
            revision,
        })
    }

    pub(crate) fn argument(flag: impl Into<Cow<'static, str>>) -> Self {
        Self(OriginKind::Argument { flag: flag.into() })
    }

    pub(crate) fn set(key: impl Into<Cow<'static, str>>) -> Self {
        Self(OriginKind::Set { key: key.into() })
    }

    /// The origin of a part of a value, under `key` in the spelling of the source.
    ///
    /// It differs from the origin of the value only in structured sources.
    pub(crate) fn within(&self, key: impl FnOnce() -> String, at: Offset) -> Self {
        match &self.0 {
            OriginKind::File { file, .. } => Self::file(file.clone(), key(), Some(at)),
            OriginKind::Provider { name, place, .. } => {
                Self::provider(name.clone(), place.clone(), key())
            }
            _ => self.clone(),
        }
    }

    /// The file of the value as a whole, without a name and a position.
    pub(crate) fn of_file(&self) -> Self {
        match &self.0 {
            OriginKind::EnvFile {
                file, named: None, ..
            } => Self::env_file(file.clone(), 0, ""),
            OriginKind::File { file, .. } => Self::file(file.clone(), "", None),
            _ => self.clone(),
        }
    }

    /// The origin of a part of the value; only in a structured file it differs.
    pub(crate) fn part(&self, part: &KeyPath) -> Self {
        let OriginKind::File {
            file,
            key,
            at,
            named: None,
        } = &self.0
        else {
            return self.clone();
        };
        let places = file.places.as_ref();
        let found = places.and_then(|places| places.part(&file.path, (*at)?, part));
        Self::file(file.clone(), key.clone(), found.or(*at))
    }

    /// The kind of layer.
    pub fn layer(&self) -> Layer {
        match self.0 {
            OriginKind::Default | OriginKind::Computed { .. } | OriginKind::Conditional { .. } => {
                Layer::Default
            }
            OriginKind::Variable { .. } => Layer::Environment,
            OriginKind::EnvFile { .. } => Layer::EnvFile,
            OriginKind::File { .. } => Layer::File,
            OriginKind::SecretFile { .. } => Layer::SecretsDir,
            OriginKind::Provider { .. } => Layer::Provider,
            #[cfg(feature = "remote")]
            OriginKind::Store { .. } => Layer::Store,
            OriginKind::Argument { .. } => Layer::Argument,
            OriginKind::Set { .. } => Layer::Set,
        }
    }

    /// Whether every value of this origin is masked.
    #[inline]
    pub(crate) fn is_secret(&self) -> bool {
        match &self.0 {
            OriginKind::SecretFile { .. }
            | OriginKind::Computed {
                is_secret: true, ..
            }
            | OriginKind::Variable { file: Some(_), .. }
            | OriginKind::EnvFile { named: Some(_), .. }
            | OriginKind::File { named: Some(_), .. }
            | OriginKind::EnvFile {
                is_decrypted: true, ..
            } => true,
            OriginKind::File { file, .. } => {
                let used = self.interpolated();
                file.is_decrypted || used.is_some_and(|used| used.is_secret)
            }
            _ => false,
        }
    }

    /// Whether a secret in a file is not written there: the file was decrypted, names another file, or refers to a variable.
    #[cfg(feature = "cli")]
    pub(crate) fn is_protected(&self) -> bool {
        let is_decrypted = matches!(&self.0, OriginKind::File { file, .. } if file.is_decrypted);
        is_decrypted || self.names_file() || self.interpolated().is_some()
    }

    /// Whether the value is in a file that the origin names.
    pub(crate) fn names_file(&self) -> bool {
        matches!(
            self.0,
            OriginKind::Variable { file: Some(_), .. }
                | OriginKind::EnvFile { named: Some(_), .. }
                | OriginKind::File { named: Some(_), .. }
        )
    }

    /// The references that were replaced in the value.
    fn interpolated(&self) -> Option<&Interpolated> {
        let OriginKind::File { file, at, .. } = &self.0 else {
            return None;
        };
        file.interpolated.as_ref()?.get(&(*at)?)
    }

    /// Whether it is in a file whose references are replaced.
    pub(crate) fn replaces_references(&self) -> bool {
        match &self.0 {
            OriginKind::File { file, .. } => file.interpolated.is_some(),
            _ => false,
        }
    }

    /// The position of the value in this document.
    pub(crate) fn offset_in(&self, document: &Arc<Document>) -> Option<Offset> {
        match &self.0 {
            OriginKind::File { file, at, .. } if Arc::ptr_eq(file, document) => *at,
            _ => None,
        }
    }

    /// The name in the spelling of the source: a variable, a key, an argument. `None` for a default and for a secret
    /// file.
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            OriginKind::Default
            | OriginKind::Computed { .. }
            | OriginKind::Conditional { .. }
            | OriginKind::SecretFile { .. } => None,
            OriginKind::Variable { name, .. } | OriginKind::EnvFile { name, .. } => Some(name),
            OriginKind::File { key, .. }
            | OriginKind::Provider { key, .. }
            | OriginKind::Set { key } => Some(key),
            #[cfg(feature = "remote")]
            OriginKind::Store { key, .. } => Some(key),
            OriginKind::Argument { flag } => Some(flag),
        }
    }

    /// The source as a whole, for entries that are printed once per source.
    pub(crate) fn source(&self) -> String {
        match &self.0 {
            OriginKind::Variable { .. } => "the environment".to_owned(),
            OriginKind::EnvFile { file, .. } => file.display().to_string(),
            OriginKind::File { file, .. } => file.path.display().to_string(),
            #[cfg(feature = "remote")]
            OriginKind::Store { store, .. } => store.to_string(),
            _ => self.to_string(),
        }
    }

    /// Whether a value of this origin came from the source with this layer and name.
    #[cfg(feature = "cli")]
    pub(super) fn is_from(&self, layer: Layer, name: &str, named: Option<&str>) -> bool {
        #[cfg(not(feature = "remote"))]
        let _ = named;
        let source = name;
        let is_at = |path: &Path| path.display().to_string() == source;
        self.layer() == layer
            && match &self.0 {
                OriginKind::EnvFile { file, .. } => is_at(file),
                OriginKind::File { file, .. } => is_at(&file.path),
                OriginKind::SecretFile { path } => path.starts_with(source),
                OriginKind::Provider { name, .. } => {
                    // A merged provider is named after its parts.
                    **name == *source || source.split(" + ").any(|part| *part == **name)
                }
                #[cfg(feature = "remote")]
                OriginKind::Store { store, .. } => named == Some(&**store),
                // There is one source of each of these kinds.
                OriginKind::Default
                | OriginKind::Computed { .. }
                | OriginKind::Conditional { .. }
                | OriginKind::Variable { .. }
                | OriginKind::Argument { .. }
                | OriginKind::Set { .. } => true,
            }
    }

    /// The revision of a value in a store.
    #[cfg(all(feature = "cli", feature = "remote"))]
    pub(crate) fn revision(&self) -> Option<u64> {
        match &self.0 {
            OriginKind::Store { revision, .. } => Some(*revision),
            _ => None,
        }
    }

    /// The file, if it came from one.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Settings)]
    /// # struct App { port: u16 }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join(".env");
    /// std::fs::write(&file, "# where to listen\nPORT=80\n")?;
    ///
    /// let app = App::empty_loader().env_file(&file).load()?;
    /// let origin = app.origin("port").unwrap();
    /// assert_eq!(origin.path(), Some(file.as_path()));
    /// assert_eq!((origin.line(), origin.column()), (Some(2), None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            OriginKind::EnvFile {
                named: Some(file), ..
            }
            | OriginKind::File {
                named: Some(file), ..
            }
            | OriginKind::Variable {
                file: Some(file), ..
            } => Some(Path::new(&**file)),
            OriginKind::EnvFile { file, .. } | OriginKind::SecretFile { path: file } => Some(file),
            OriginKind::File { file, .. } => Some(&file.path),
            _ => None,
        }
    }

    /// Line in the file, counted from 1.
    ///
    /// In a TOML, YAML or JSON file it is found by reading the file again at each call, and is `None` if the file has
    /// changed since or cannot be read twice.
    pub fn line(&self) -> Option<usize> {
        self.position().map(|(line, _)| line)
    }

    /// Column in a TOML, YAML or JSON file, in characters, counted from 1. It is found like [`line`](Self::line).
    pub fn column(&self) -> Option<usize> {
        self.position().and_then(|(_, column)| column)
    }

    /// Line and column, found together.
    pub(crate) fn position(&self) -> Option<(usize, Option<usize>)> {
        match &self.0 {
            OriginKind::EnvFile {
                line, named: None, ..
            } => Some((*line as usize, None)),
            OriginKind::File {
                file,
                at,
                named: None,
                ..
            } => {
                let (line, column) = file.places.as_ref()?.place(&file.path, (*at)?)?;
                Some((line, Some(column)))
            }
            _ => None,
        }
    }
}

/// Names and paths are external text: passwords in them are masked, and control characters are escaped.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Unfiltered(self).to_string();
        f.write_str(&redact::escape_line(redact::mask_urls(&text).into_owned()))
    }
}

/// An origin without masks and escapes.
struct Unfiltered<'a>(&'a Origin);

impl fmt::Display for Unfiltered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.0 {
            OriginKind::Default => f.write_str("default"),
            OriginKind::Computed { from, .. } => write!(f, "computed from {from}"),
            OriginKind::Conditional { condition } => write!(f, "default ({condition})"),
            OriginKind::Variable { name, file: None } => write!(f, "environment variable {name}"),
            OriginKind::Variable {
                name,
                file: Some(file),
            } => {
                write!(f, "file {file}, named by environment variable {name}")
            }
            OriginKind::EnvFile {
                named: Some(secret),
                file,
                line,
                ..
            } => write!(f, "file {secret}, named by {}:{line}", file.display()),
            OriginKind::EnvFile { file, line: 0, .. } => write!(f, "{}", file.display()),
            OriginKind::EnvFile { file, line, .. } => write!(f, "{}:{line}", file.display()),
            OriginKind::File {
                named: Some(secret),
                file,
                at,
                ..
            } => {
                let named_in = Origin(OriginKind::File {
                    file: file.clone(),
                    key: Cow::Borrowed(""),
                    at: *at,
                    named: None,
                });
                write!(f, "file {secret}, named by {}", Unfiltered(&named_in))
            }
            OriginKind::File { file, .. } => {
                write!(f, "{}", file.path.display())?;
                if let Some((line, Some(column))) = self.0.position() {
                    write!(f, ":{line}:{column}")?;
                }
                match self.0.interpolated() {
                    Some(used) => write!(f, " with {}", used.names),
                    None => Ok(()),
                }
            }
            OriginKind::SecretFile { path } => write!(f, "secret file {}", path.display()),
            OriginKind::Provider { name, place, .. } => {
                write!(f, "provider {name}")?;
                match place {
                    Some(place) => write!(f, " ({place})"),
                    None => Ok(()),
                }
            }
            #[cfg(feature = "remote")]
            OriginKind::Store {
                store,
                key,
                revision,
            } => {
                write!(f, "{store}{key}")?;
                match revision {
                    0 => Ok(()), // not in the store yet
                    revision => write!(f, " @{revision}"),
                }
            }
            OriginKind::Argument { flag } => write!(f, "argument {flag}"),
            OriginKind::Set { .. } => f.write_str("set"),
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "defaults",
            Self::File => "file",
            Self::Provider => "provider",
            Self::Store => "store",
            Self::EnvFile => ".env file",
            Self::SecretsDir => "secrets directory",
            Self::Environment => "environment",
            Self::Argument => "arguments",
            Self::Set => "set",
        })
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Document {}
