//! `Loaded<T>`: the settings, with origins, warnings and the masked table.

use crate::{
    build::{
        Assemble,
        rows::{self, Row},
    },
    error::{origin::Origin, problem::Problem, redact, source_report::SourceReport},
    failure::Failure,
    resolve::{Resolved, SlotValue},
    schema::{Leaf, target::canonical_key},
    value::{
        node::Node,
        path::{KeyPath, Segment},
        raw::Raw,
    },
    view::{
        html::{LiveState, Page},
        table::Table,
    },
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
    /// `sites."example.com".host`. Elements of lists and keys of maps have origins of their own: `hosts[0]`, `weights.b`.
    pub fn origin(&self, key: &str) -> Option<Origin> {
        origin(&self.resolved, key).or_else(|| {
            let canonical = canonical_key(self.resolved.layout, key)?;
            origin(&self.resolved, &canonical)
        })
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
        rows.retain(|row| !row.hidden);
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

    /// The settings as one HTML page: each with its value, masked if it is secret, its origin, what it overrides, and its
    /// documentation; also the warnings and the sources.
    ///
    /// The page loads nothing else. A script in it filters the settings; without it, all of them are shown.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App {
    /// #   /// Signs the cookies.
    /// #   token: settings_core::SecretString
    /// # }
    /// let app = App::empty_loader().env_from([("TOKEN", "hunter2")]).load()?;
    /// let page = app.to_html();
    /// assert!(page.starts_with("<!DOCTYPE html>"));
    /// assert!(page.contains("<td>environment variable TOKEN</td>"));
    /// assert!(page.contains("<p>Signs the cookies.</p>"));
    /// assert!(!page.contains("hunter2"));
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    pub fn to_html(&self) -> String {
        self.page(None).render()
    }

    /// Describes a failure at run time of what a setting names: a server that rejects a password, an address that is in use, a
    /// directory that is missing. It prints the setting with the origin of its value, so that an operator finds what to
    /// change. `key` is spelled as for [`origin`](Self::origin).
    ///
    /// Secrets of these settings are masked in the reason, in every form that reports mask.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { port: u16, database_url: String, #[settings(default = "/tmp")] cache: String }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join(".env");
    /// # std::fs::write(&file, "DATABASE_URL=postgres://app:hunter2@db/app\nPORT=8123")?;
    /// # let loader = App::empty_loader().env_file(&file);
    /// # let app = loader.load()?;
    /// # let print = |failure: settings_core::Failure| failure.to_string().replace(&format!("{}/", directory.path().display()), "");
    /// let failure = app.failure("port", "cannot listen on 127.0.0.1:8123", "address already in use");
    /// # assert_eq!(print(failure),
    /// # "cannot listen on 127.0.0.1:8123 (PORT from .env:2): address already in use");
    /// // cannot listen on 127.0.0.1:8123 (PORT from .env:2): address already in use
    ///
    /// let failure = app.failure("database_url", "cannot connect", "hunter2 is no password of app");
    /// # assert_eq!(print(failure),
    /// # "cannot connect (DATABASE_URL from .env:1): [redacted] is no password of app");
    /// // cannot connect (DATABASE_URL from .env:1): [redacted] is no password of app
    ///
    /// let failure = app.failure("cache", "cannot write", "no such directory");
    /// assert_eq!(failure.to_string(), "cannot write (cache, by default): no such directory");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn failure(
        &self,
        key: &str,
        what: impl fmt::Display,
        reason: impl fmt::Display,
    ) -> Failure {
        let secrets = rows::secrets_of(&self.value, &self.resolved);
        let masked = |text: String| redact::escape_reason(&secrets.mask(&text));
        Failure {
            what: masked(what.to_string()),
            key: key.to_owned(),
            origin: self.origin(key).map(Box::new),
            reason: masked(reason.to_string()),
        }
    }

    /// The page of these settings.
    pub(crate) fn page<'a>(&'a self, live: Option<LiveState<'a>>) -> Page<'a> {
        Page {
            layout: T::layout(),
            rows: self.rows(),
            error: None,
            warnings: &self.warnings,
            sources: &self.looked,
            live,
        }
    }

    /// A hash of all settings, `sha256:…`, by which instances are compared: two that have the same one run the same
    /// settings.
    ///
    /// It is the SHA-256 of one line `key=value` per setting, sorted, each with a line break at its end. The value is the one
    /// of [`to_json`](Self::to_json) with the keys of maps sorted, so a secret only counts as set or not. Derived properties
    /// and settings marked [`local`](derive@crate::Settings#local) are left out. `settings dump --format json` prints it as `$fingerprint`.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// #[derive(Debug, Settings)]
    /// struct App {
    ///     #[settings(default = 8)]
    ///     workers: u32,
    ///     #[settings(local)]
    ///     host_name: String,
    /// }
    ///
    /// let on = |host: &str| App::empty_loader().env_from([("HOST_NAME", host)]).load();
    /// let fingerprint = on("a")?.fingerprint();
    /// // `printf 'workers=8\n' | sha256sum`
    /// assert_eq!(fingerprint, "sha256:f99250b742d0a61ec6d8fb559a3df066aa4a6217da7fabb038436600d68760bb");
    /// assert_eq!(fingerprint, on("b")?.fingerprint());
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    pub fn fingerprint(&self) -> String {
        crate::view::fingerprint::of(&self.rows())
    }

    /// The slots of the load.
    #[cfg(feature = "live")]
    pub(crate) fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// A reason of the program, with each secret of the settings masked.
    #[cfg(feature = "live")]
    pub(crate) fn masked_reason(&self, reason: &str) -> String {
        let secrets = rows::secrets_of(&self.value, &self.resolved);
        if secrets.has_unknown() {
            return "for a reason that may contain a secret".to_owned();
        }
        redact::escape_reason(&secrets.mask(reason))
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

/// The setting with this key, in the chosen variant of each enum.
fn leaf_of_key(resolved: &Resolved, key: &str) -> Option<usize> {
    let layout = resolved.layout;
    let is_used = |at: &usize| !resolved.is_of_other_variant(*at);
    match layout.leaf_named(key) {
        Some(name) => {
            let names = std::iter::once(name).chain(layout.namesakes(name));
            names.map(|name| usize::from(name.index)).find(is_used)
        }
        // A value in place of an enum has the name of the group.
        None => (0..layout.leaves.len()).find(|at| layout.key_of(*at) == key && is_used(at)),
    }
}

fn origin(resolved: &Resolved, key: &str) -> Option<Origin> {
    let layout = resolved.layout;
    if let Some(at) = leaf_of_key(resolved, key) {
        let slot = &resolved.slots[at];
        let has_default = layout.leaf(at).is_some_and(Leaf::has_default);
        return (slot.has_value() || has_default).then(|| slot.origin.clone());
    }
    // Without quotes, a name in a list or map of groups may be any part of the rest.
    let path = KeyPath::parse(key)?;
    let flat = |path: &[Segment<'_>]| path.iter().copied().collect::<KeyPath>().flat();
    let segments: Vec<_> = path.segments().collect();
    // An element that is a list or map has no key of its own.
    let first = usize::from(layout.element().is_none());
    let mut splits =
        (first..segments.len()).flat_map(|of| (of + 1..=segments.len()).map(move |to| (of, to)));
    let inside_group = splits.find_map(|(of, to)| {
        let name = layout.leaf_named(&flat(&segments[..of]))?;
        let element = flat(&segments[of..to]);
        let mut elements = resolved.elements.get(name.index)?.iter();
        let (_, inside) = elements.find(|(name, _)| *name == element)?;
        let rest: KeyPath = segments[to..].iter().copied().collect();
        origin(inside, &rest.to_string())
    });
    inside_group.or_else(|| {
        (1..segments.len()).rev().find_map(|of| {
            let name = layout.leaf_named(&flat(&segments[..of]))?;
            origin_inside(resolved, name.index.into(), &segments[of..])
        })
    })
}

/// The origin of an element of a list, or of a value under a key of a map or struct.
fn origin_inside(resolved: &Resolved, at: usize, segments: &[Segment<'_>]) -> Option<Origin> {
    let leaf = resolved.layout.leaf(at)?;
    let path = match &resolved.slots[at].value {
        SlotValue::Value(raw) => {
            let node = match raw {
                Raw::Text { text, .. } => rows::structure(text, leaf, true),
                raw @ Raw::Structured(_) => raw.as_node().cloned(),
            };
            path_inside(&node?, segments)?
        }
        // The text of a secret is not kept, so its keys are unknown.
        SlotValue::Consumed => segments.iter().copied().collect(),
        _ => return None,
    };
    Some(resolved.origin_inside(at, &path))
}

/// The path to a part of a value. Without quotes, a key that contains dots is several segments.
fn path_inside(node: &Node<'_>, segments: &[Segment<'_>]) -> Option<KeyPath> {
    let [first, rest @ ..] = segments else {
        return Some(KeyPath::default());
    };
    match node {
        Node::List(items) => {
            let index = match first {
                Segment::Index(index) => *index,
                Segment::Name(name) => name.parse().ok()?,
            };
            let mut path = path_inside(&items.get(index)?.value, rest)?;
            path.prepend(Segment::Index(index));
            Some(path)
        }
        Node::Table(entries) => (1..=segments.len()).find_map(|of| {
            let key = segments[..of].iter().copied().collect::<KeyPath>().flat();
            let entry = entries.iter().rfind(|entry| entry.key == key)?;
            let mut path = path_inside(&entry.value, &segments[of..])?;
            path.prepend(Segment::Name(&key));
            Some(path)
        }),
        _ => None,
    }
}
