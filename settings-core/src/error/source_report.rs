//! `Looked`: a place that a load looked at, and what was found there.

use crate::error::origin::Layer;

/// A place that a load looked at, by [`Loaded::sources`](crate::Loaded::sources).
///
/// ```
/// use settings_core::{Layer, Outcome, Settings};
///
/// # #[derive(Settings)]
/// # struct App { #[settings(default = 8080)] port: u16 }
/// let app = App::bare_loader().env_file("none/such.env").load()?;
/// let looked = &app.sources()[0];
/// assert_eq!((looked.layer, looked.outcome), (Layer::EnvFile, Outcome::Absent));
/// assert_eq!(looked.place, "none/such.env");
/// # Ok::<(), settings_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Looked {
    /// The kind of layer.
    pub layer: Layer,
    /// Its path or name; empty where there is but one.
    pub place: String,
    /// What was found there.
    pub outcome: Outcome,
}

/// What was found at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was read.
    Found,
    /// There is nothing.
    Absent,
    /// It could not be read.
    Unreadable,
    /// Its name holds a `{leaf}` that has no value, or none that may stand in a path.
    LeftOut,
}

impl Looked {
    pub(crate) fn new(layer: Layer, place: String, outcome: Outcome) -> Self {
        Self {
            layer,
            place,
            outcome,
        }
    }
}

/// All places in a line.
pub(crate) fn told(looked: &[Looked]) -> String {
    let mut order: Vec<&Looked> = looked.iter().collect();
    order.sort_by_key(|looked| looked.layer);
    let each = order.into_iter().map(|looked| {
        let place = match looked.layer {
            Layer::Environment => "the environment",
            Layer::Argument => "arguments",
            _ => &looked.place,
        };
        match looked.outcome {
            Outcome::Found => place.to_owned(),
            Outcome::Absent => format!("{place} (absent)"),
            Outcome::Unreadable => format!("{place} (unreadable)"),
            Outcome::LeftOut => format!("{place} (left out)"),
        }
    });
    let each: Vec<String> = each.collect();
    if each.is_empty() {
        "no source".to_owned()
    } else {
        each.join(", ")
    }
}
