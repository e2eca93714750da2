//! `SourceReport`: a place that a load looked at, and what was found there.

use crate::error::origin::Layer;

/// A place that a load looked at, by [`Loaded::sources`](crate::Loaded::sources).
///
/// ```
/// use settings_core::{Layer, SourceStatus, Settings};
///
/// # #[derive(Settings)]
/// # struct App { #[settings(default = 8080)] port: u16 }
/// let app = App::empty_loader().env_file("none/such.env").load()?;
/// let looked = &app.sources()[0];
/// assert_eq!((looked.layer, looked.status), (Layer::EnvFile, SourceStatus::Absent));
/// assert_eq!(looked.name, "none/such.env");
/// # Ok::<(), settings_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceReport {
    /// The kind of layer.
    pub layer: Layer,
    /// Its path or name; empty where there is but one.
    pub name: String,
    /// What was found there.
    pub status: SourceStatus,
}

/// What was found at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceStatus {
    /// It was read.
    Read,
    /// There is nothing.
    Absent,
    /// It could not be read.
    Failed,
    /// Its name holds a `{leaf}` that has no value, or none that may stand in a path.
    Skipped,
}

impl SourceReport {
    pub(crate) fn new(layer: Layer, name: String, status: SourceStatus) -> Self {
        Self {
            layer,
            name,
            status,
        }
    }
}

/// All places in a line.
pub(crate) fn told(looked: &[SourceReport]) -> String {
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
            SourceStatus::Skipped => format!("{place} (left out)"),
        }
    });
    let each: Vec<String> = each.collect();
    if each.is_empty() {
        "no source".to_owned()
    } else {
        each.join(", ")
    }
}
