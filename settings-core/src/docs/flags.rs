//! What an argument parser says of each leaf that has a flag of its own.

use super::{
    outline::{Item, Outline, Row, Section},
    words,
};
use crate::{
    build::Assemble,
    schema::{Kind, Shape},
};

/// A leaf as a flag.
pub(crate) struct Flag {
    /// Without the dashes before it.
    pub(crate) name: String,
    /// The first line of its documentation, its variable and its default.
    pub(crate) short: String,
    /// The whole of its documentation, and all that is known beside.
    pub(crate) long: String,
    pub(crate) kind: Kind,
    /// Whether its value may not be shown.
    pub(crate) masked: bool,
}

/// Every leaf but those inside of lists and maps of groups, in the order of the struct.
pub(crate) fn flags<T: Assemble>() -> Vec<Flag> {
    let mut flags = Vec::new();
    gather(&Outline::of::<T>().root, &mut flags);
    flags
}

fn gather(section: &Section, flags: &mut Vec<Flag>) {
    for item in &section.items {
        match item {
            Item::Leaf(row) => flags.push(flag(row)),
            Item::Section(section) if matches!(section.shape(), Shape::List | Shape::Map) => {}
            Item::Section(section) => gather(section, flags),
        }
    }
}

fn flag(row: &Row) -> Flag {
    let mut marks = format!("[env: {}]", row.variable);
    match row.known_default() {
        Some("") => marks.push_str(" [default: \"\"]"),
        Some(default) => marks.extend([" [default: ", default, "]"]),
        None if row.is_awaited() => marks.push_str(" [required]"),
        None => {}
    }
    let doc = row.leaf.doc;
    let of_kind = words::kind(row);
    let head = doc.lines().next().filter(|line| !line.is_empty());
    let facts = words::facts(row);
    let long = match doc {
        "" => format!("{facts}\n\n{marks}"),
        doc => format!("{doc}\n\n{facts}\n\n{marks}"),
    };
    Flag {
        name: row.key.replace(['.', '_'], "-"),
        short: format!("{} {marks}", head.unwrap_or(&of_kind)),
        long,
        kind: row.kind.clone(),
        masked: row.masked,
    }
}
