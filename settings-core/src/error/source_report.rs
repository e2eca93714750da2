//! `SourceReport`: a source of a load, with its status.

use crate::error::origin::Layer;
#[cfg(feature = "cli")]
use crate::error::origin::Origin;
use crate::value::sort::sort_by_key;
use std::borrow::Cow;

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
    /// The table of the file that is read, if it is not the whole file.
    pub section: Option<String>,
    /// Its status.
    pub status: SourceStatus,
    /// Reason why it was skipped.
    pub reason: Option<String>,
    /// Whether live settings accept that it disappears.
    pub(crate) may_disappear: bool,
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
    /// Its path contains a `{key}` whose setting has no value or an invalid one, or its condition does not hold.
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
            section: None,
            status,
            reason: None,
            may_disappear: false,
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
            self.full_name().into_owned()
        }
    }

    /// Its name, with the table that is read: `project.toml [tool.app]`.
    pub(crate) fn full_name(&self) -> Cow<'_, str> {
        match &self.section {
            Some(section) => format!("{} [{section}]", self.name).into(),
            None => Cow::Borrowed(&self.name),
        }
    }

    /// Its status in words, with the reason for a skipped source.
    pub(crate) fn outcome(&self) -> String {
        match self.status {
            SourceStatus::Read => "read".to_owned(),
            SourceStatus::Absent => "absent".to_owned(),
            SourceStatus::Failed => "unreadable".to_owned(),
            SourceStatus::Skipped => match &self.reason {
                Some(reason) => format!("skipped: {reason}"),
                None => "skipped".to_owned(),
            },
        }
    }
}

/// All sources on one line.
pub(crate) fn one_line(looked: &[SourceReport]) -> String {
    let mut order: Vec<&SourceReport> = looked.iter().collect();
    sort_by_key(&mut order, |looked| looked.layer);
    let each = order.into_iter().map(|looked| {
        let place = match looked.layer {
            Layer::Environment => "the environment",
            Layer::Argument => "arguments",
            _ => &*looked.full_name(),
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
