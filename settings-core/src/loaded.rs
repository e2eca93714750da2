//! `Loaded<T>`: the settings, with origins, warnings and the masked table.

use crate::{
    build::{
        Assemble,
        rows::{self, Row},
    },
    error::{origin::Origin, problem::Problem, source_report::SourceReport},
    resolve::Resolved,
    schema::Leaf,
    value::path::{KeyPath, Segment},
    view::table::Table,
};
use std::{fmt, ops::Deref};

/// Loaded settings, with the origin of each value. It dereferences to the settings.
///
/// ```
/// # use settings_core::Settings;
/// # #[derive(Debug, Settings)]
/// # struct App { #[settings(default = 8080)] port: u16 }
/// let app = App::empty_loader().load()?;
/// assert_eq!(app.port, 8080);
/// assert_eq!(app.origin("port").unwrap().to_string(), "default");
/// assert!(app.warnings().is_empty());
/// let app: App = app.into_inner();
/// # Ok::<(), settings_core::Error>(())
/// ```
pub struct Loaded<T> {
    value: T,
    resolved: Resolved,
    warnings: Vec<Problem>,
    looked: Vec<SourceReport>,
}

impl<T> Loaded<T> {
    pub(crate) fn new(
        value: T,
        resolved: Resolved,
        warnings: Vec<Problem>,
        looked: Vec<SourceReport>,
    ) -> Self {
        Self {
            value,
            resolved,
            warnings,
            looked,
        }
    }

    /// Returns the settings, without origins and warnings.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns the origin of a setting's value; `None` if there is no such setting, or if it has no value.
    ///
    /// The key has no prefix. It may be spelled as in any source: `server.bind`, `SERVER_BIND`, `server-bind`. Within a
    /// list or map of groups it is spelled as reports print it: `servers[0].host`, `servers.main.host`,
    /// `sites."example.com".host`.
    pub fn origin(&self, key: &str) -> Option<Origin> {
        origin(&self.resolved, key)
    }

    /// Warnings, which do not stop a load: unknown and deprecated names, two spellings of one setting, a value
    /// overridden by an empty one, a secret file that other users may write.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # #[settings(prefix = "APP_")]
    /// # struct App { #[settings(default = 8080)] port: u16 }
    /// let app = App::empty_loader().env_from([("APP_PROT", "80")]).load()?;
    /// assert_eq!(app.warnings().len(), 1);
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// Every source, in the order in which they were read.
    pub fn sources(&self) -> &[SourceReport] {
        &self.looked
    }
}

impl<T: Assemble> Loaded<T> {
    /// A table of every setting with its value, masked if it is secret, and its origin; one line per setting.
    ///
    /// A value is printed in the spelling of its source. `(unset)` has no value, `(empty)` was set to nothing. The
    /// origin of a derived property is `derived`.
    ///
    /// ```
    /// # use settings_core::{SecretString, Settings};
    /// #[derive(Debug, Settings)]
    /// struct App {
    ///     #[settings(default = 8080)]
    ///     port: u16,
    ///     token: SecretString,
    /// }
    ///
    /// let app = App::empty_loader().env_from([("TOKEN", "hunter2")]).load()?;
    /// let table = app.dump().to_string();
    /// assert!(table.contains("port   8080        default"));
    /// assert!(table.contains("token  [redacted]  environment variable TOKEN"));
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    pub fn dump(&self) -> impl fmt::Display + '_ {
        let mut rows = self.rows();
        rows.retain(|row| !row.is_hidden());
        Table::plain(rows)
    }

    /// The settings and derived properties as a JSON object; secrets are masked.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080)] port: u16, name: Option<String> }
    /// let app = App::empty_loader().load()?;
    /// assert_eq!(app.to_json(), r#"{"port":8080,"name":null}"#);
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    pub fn to_json(&self) -> String {
        crate::view::json::object(&self.rows())
    }

    /// The settings as a `.env` file that loads to the same values. Masked settings and those without a value are
    /// comments. An optional group that is present with nothing set is absent when the file is read: `.env` has no
    /// notation for it.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = "a b")] name: String, token: settings_core::SecretString }
    /// let app = App::empty_loader().env_from([("TOKEN", "hunter2")]).load()?;
    /// assert_eq!(app.to_env(), "NAME='a b'\n# TOKEN=[redacted]\n");
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    pub fn to_env(&self) -> String {
        crate::view::env::lines(&self.rows())
    }

    /// The slots of the load.
    #[cfg(feature = "live")]
    pub(crate) fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        rows::of(&self.value, &self.resolved)
    }
}

impl<T> Deref for Loaded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Prints the values as [`Loaded::dump`] does, because the `Debug` of the settings prints values with secret names.
impl<T: Assemble> fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct(T::SCHEMA.root.name);
        for row in self.rows() {
            shown.field(&row.key, &format_args!("{}", row.value));
        }
        shown.finish()
    }
}

fn origin(resolved: &Resolved, key: &str) -> Option<Origin> {
    let layout = resolved.layout;
    if let Some(name) = layout.leaf_named(key) {
        let at = usize::from(name.index);
        let slot = &resolved.slots[at];
        let has_default = layout.leaf(at).is_some_and(Leaf::has_default);
        return (slot.has_value() || has_default).then(|| slot.origin.clone());
    }
    // Without quotes, a name in a list or map of groups may be any part of the rest.
    let path = KeyPath::parse(key)?;
    let flat = |path: &[Segment<'_>]| path.iter().copied().collect::<KeyPath>().flat();
    let segments: Vec<_> = path.segments().collect();
    let mut splits =
        (1..segments.len()).flat_map(|of| (of + 1..segments.len()).map(move |to| (of, to)));
    splits.find_map(|(of, to)| {
        let name = layout.leaf_named(&flat(&segments[..of]))?;
        let element = flat(&segments[of..to]);
        let mut elements = resolved.elements.get(&name.index)?.iter();
        let (_, inside) = elements.find(|(name, _)| *name == element)?;
        let rest: KeyPath = segments[to..].iter().copied().collect();
        origin(inside, &rest.to_string())
    })
}
