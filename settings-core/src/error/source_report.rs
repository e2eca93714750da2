//! `SourceReport`: a source of a load, with its status.

use crate::error::origin::Layer;
#[cfg(feature = "cli")]
use crate::error::origin::Origin;

/// A source of a load with its status, from [`Loaded::sources`](crate::Loaded::sources).
///
/// ```
/// use settings_core::{Layer, SourceStatus, Settings};
///
/// # #[derive(Settings)]
/// # struct App { #[settings(default = 8080)] port: u16 }
/// let app = App::empty_loader().env_file("none/such.env").load()?;
/// let source = &app.sources()[0];
/// assert_eq!((source.layer, source.status), (Layer::EnvFile, SourceStatus::Absent));
/// assert_eq!(source.name, "none/such.env");
/// # Ok::<(), settings_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceReport {
    /// The kind of layer.
    pub layer: Layer,
    /// Its path or name; empty for a kind with one source only.
    pub name: String,
    /// Its status.
    pub status: SourceStatus,
    /// The store as in its origins, without the revision.
    #[cfg(feature = "remote")]
    pub(crate) store: Option<std::sync::Arc<str>>,
}

/// The status of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceStatus {
    /// The source was read.
    Read,
    /// The source does not exist.
    Absent,
    /// The source could not be read.
    Failed,
    /// Its path contains a `{key}` whose setting has no value, or a value that is not allowed in a path.
    Skipped,
}

impl SourceReport {
    /// Whether a value with this origin came from this source.
    #[cfg(feature = "cli")]
    pub(crate) fn is_source_of(&self, origin: &Origin) -> bool {
        #[cfg(feature = "remote")]
        let store = self.store.as_deref();
        #[cfg(not(feature = "remote"))]
        let store = None;
        origin.is_from(self.layer, &self.name, store)
    }

    pub(crate) fn new(layer: Layer, name: String, status: SourceStatus) -> Self {
        Self {
            layer,
            name,
            status,
            #[cfg(feature = "remote")]
            store: None,
        }
    }

    #[cfg(feature = "remote")]
    pub(crate) fn of_store(mut self, store: std::sync::Arc<str>) -> Self {
        self.store = Some(store);
        self
    }

    /// Its name, or its kind if it has no name.
    pub(crate) fn place(&self) -> String {
        if self.name.is_empty() {
            self.layer.to_string()
        } else {
            self.name.clone()
        }
    }

    /// Its status in words, with the reason for a skipped source.
    pub(crate) fn outcome(&self) -> String {
        let placeholder = || {
            let (_, rest) = self.name.split_once('{')?;
            rest.split_once('}').map(|(key, _)| key)
        };
        match self.status {
            SourceStatus::Read => "read".to_owned(),
            SourceStatus::Absent => "absent".to_owned(),
            SourceStatus::Failed => "unreadable".to_owned(),
            SourceStatus::Skipped => match placeholder() {
                Some(key) => format!("skipped: {{{key}}} has no value"),
                None => "skipped".to_owned(),
            },
        }
    }
}

/// All sources on one line.
pub(crate) fn one_line(looked: &[SourceReport]) -> String {
    let mut order: Vec<&SourceReport> = looked.iter().collect();
    order.sort_by_key(|looked| looked.layer);
    let each = order.into_iter().map(|looked| {
        let place = match looked.layer {
            Layer::Environment => "the environment",
            Layer::Argument => "arguments",
            _ => &looked.name,
        };
        match looked.status {
            SourceStatus::Read => place.to_owned(),
            SourceStatus::Absent => format!("{place} (absent)"),
            SourceStatus::Failed => format!("{place} (unreadable)"),
            SourceStatus::Skipped => format!("{place} (skipped)"),
        }
    });
    let each: Vec<String> = each.collect();
    if each.is_empty() {
        "no source".to_owned()
    } else {
        each.join(", ")
    }
}
