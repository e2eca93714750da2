//! Values that each layer set for a setting, highest layer first.

use crate::{
    build::{
        is_path,
        rows::{Row, Shows},
        sight,
    },
    docs::DocDefault,
    error::{
        origin::{Layer, Origin},
        problem::Sight,
        redact,
        source_report::SourceStatus,
        style::{Look, columns},
    },
    resolve::{Overridden, SlotValue},
    schema::Leaf,
    view::inspect::{Inspection, OverriddenRow},
};
use std::fmt::Write;

/// One source, or one value of it.
struct LayerLine {
    mark: LayerMark,
    place: String,
    value: String,
}

#[derive(Clone, Copy, PartialEq)]
enum LayerMark {
    None,
    /// The value in force.
    Wins,
    /// A part of the value in force.
    Part,
}

impl LayerMark {
    fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Wins => "wins",
            Self::Part => "part",
        }
    }
}

/// Whether several sources set keys of one map. If only one does, its value is the value in force.
pub(super) fn is_joined(row: &Row, load: &Inspection) -> bool {
    let of_row = load
        .overridden
        .iter()
        .map(|row| &row.overridden)
        .filter(|overridden| overridden.key() == row.key);
    of_row
        .filter(|overridden| overridden.is_in_force)
        .nth(1)
        .is_some()
}

/// Writes one line per source, and more for a source that set several values.
pub(super) fn layers(out: &mut String, leaf: &Leaf, row: &Row, load: &Inspection, look: Look) {
    let lines = lines(leaf, row, load);
    let width = lines.iter().map(|line| columns(&line.place)).max();
    let width = width.unwrap_or(0);
    out.push_str("  every layer, highest first\n");
    for LayerLine { mark, place, value } in lines {
        let gap = width - columns(&place);
        let value = look.wrapped(&value, width + 12);
        let word = format!("{:6}", mark.word());
        let is_dim = mark == LayerMark::None && matches!(&*value, "-" | "absent");
        let line = format!("    {}{place}{:gap$}  {value}", look.bold(&word), "");
        // Writing to a string does not fail.
        let _ = if is_dim {
            writeln!(out, "{}", look.dim(&line))
        } else {
            writeln!(out, "{line}")
        };
    }
}

fn lines(leaf: &Leaf, row: &Row, load: &Inspection) -> Vec<LayerLine> {
    let mut values = values(leaf, row, load);
    let mut lines: Vec<LayerLine> = Vec::new();
    for source in load.sources.iter().rev() {
        let (here, elsewhere): (Vec<_>, Vec<_>) = values
            .into_iter()
            .partition(|(origin, _)| source.is_source_of(origin));
        values = elsewhere;
        if here.is_empty() {
            lines.push(LayerLine {
                mark: LayerMark::None,
                place: source.place(),
                value: match source.status {
                    SourceStatus::Read => "-".to_owned(),
                    _ => source.outcome(),
                },
            });
        }
        lines.extend(here.into_iter().map(|(_, line)| line));
    }
    // `Loader::set` is not a source of the load, and has the highest layer; the default has the lowest.
    let (defaults, set): (Vec<_>, Vec<_>) = values
        .into_iter()
        .partition(|(origin, _)| origin.layer() == Layer::Default);
    lines.splice(0..0, set.into_iter().map(|(_, line)| line));
    if defaults.is_empty() {
        lines.extend(default_line(leaf, as_read(row, load)));
    }
    lines.extend(defaults.into_iter().map(|(_, line)| line));
    lines
}

/// The row of a setting before the program adjusted its value.
fn as_read<'a>(row: &'a Row, load: &'a Inspection) -> &'a Row {
    let seen = load.seen.iter().find(|seen| seen.key == row.key);
    seen.filter(|_| row.is_adjusted).unwrap_or(row)
}

/// The values that sources set, highest first.
fn values<'a>(leaf: &Leaf, row: &'a Row, load: &'a Inspection) -> Vec<(&'a Origin, LayerLine)> {
    let joined = is_joined(row, load);
    let mut values: Vec<(&Origin, LayerLine)> = Vec::new();
    if let Some(origin) = &row.origin
        && origin.layer() != Layer::Default
        && !joined
    {
        let value = match &as_read(row, load).value {
            Shows::Nothing => "set to nothing".to_owned(),
            Shows::Invalid => "invalid".to_owned(),
            value => value.to_string(),
        };
        values.push((
            origin,
            LayerLine {
                mark: LayerMark::Wins,
                place: origin.to_string(),
                value,
            },
        ));
    }
    let of_row = |each: &&OverriddenRow| {
        let value = &each.overridden;
        value.key() == row.key && (joined || !value.is_in_force)
    };
    let overridden = load.overridden.iter().filter(of_row).rev();
    values.extend(overridden.map(|each| {
        let value = &each.overridden;
        let line = LayerLine {
            mark: if value.is_in_force {
                LayerMark::Part
            } else {
                LayerMark::None
            },
            place: value.origin.to_string(),
            value: shown(leaf, row, each),
        };
        (&value.origin, line)
    }));
    values
}

fn default_line(leaf: &Leaf, row: &Row) -> Option<LayerLine> {
    let origin = row.origin.as_ref();
    let wins = origin.is_some_and(|origin| origin.layer() == Layer::Default);
    if !leaf.has_default() && !wins {
        return None;
    }
    let value = if wins && row.value != Shows::Invalid {
        row.value.to_string()
    } else {
        DocDefault::describe(leaf, &row.key)
    };
    Some(LayerLine {
        mark: if wins {
            LayerMark::Wins
        } else {
            LayerMark::None
        },
        place: match origin {
            Some(origin) if wins => origin.to_string(),
            _ => "default".to_owned(),
        },
        value,
    })
}

/// An overridden value, masked if it is secret.
fn shown(leaf: &Leaf, row: &Row, each: &OverriddenRow) -> String {
    let Overridden {
        layout,
        leaf: at,
        value: set,
        origin,
        map_key,
        ..
    } = &each.overridden;
    let is_masked = row.value == Shows::Masked
        || sight(layout, *at, leaf, origin) == Sight::Masked
        || map_key.as_deref().is_some_and(redact::is_sensitive_name);
    let text = match set {
        SlotValue::Empty => "set to nothing".to_owned(),
        SlotValue::FromFile(path) if is_path(path) => {
            format!("the file {}", redact::escape_line(path.clone()))
        }
        // The text may be the secret itself, set by mistake.
        SlotValue::FromFile(_) => format!("the file {}", redact::MASK),
        SlotValue::Unreadable => "could not be read".to_owned(),
        SlotValue::Value(_) if is_masked => redact::MASK.to_owned(),
        SlotValue::Value(_) => each.shows.to_string(),
        SlotValue::Unset | SlotValue::Groups(_) | SlotValue::Consumed => "-".to_owned(),
    };
    match map_key {
        Some(key) => format!("{}: {text}", redact::escape_truncated(key)),
        None => text,
    }
}
