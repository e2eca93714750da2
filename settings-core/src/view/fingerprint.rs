//! Fingerprint of a load: one hash of all settings, to compare instances.

use super::json;
use crate::{
    build::rows::Row,
    value::{self, node::Node, sha256},
};

/// The hash of one line per setting.
pub(crate) fn of(rows: &[Row]) -> String {
    // A derived property has no variable.
    let settings = rows.iter().filter(|row| row.variable.is_some());
    let shared = settings.filter(|row| !row.leaf.is_some_and(|leaf| leaf.local));
    let mut lines: Vec<String> = shared
        .map(|row| format!("{}={}\n", row.key, with_sorted_keys(json::leaf(row))))
        .collect();
    lines.sort();
    format!("sha256:{}", sha256::hex(&lines.concat()))
}

/// JSON with the keys of each map in their order, which differs from source to source.
fn with_sorted_keys(json: String) -> String {
    if !json.starts_with(['{', '[']) {
        return json;
    }
    match value::json::node(&json, 0) {
        Ok(mut node) => {
            sort_keys(&mut node);
            json::value(&node)
        }
        Err(_) => json,
    }
}

fn sort_keys(node: &mut Node<'_>) {
    match node {
        Node::List(items) => items.iter_mut().for_each(|item| sort_keys(&mut item.value)),
        Node::Table(entries) => {
            entries.sort_by(|one, other| one.key.cmp(&other.key));
            for entry in entries {
                sort_keys(&mut entry.value);
            }
        }
        _ => {}
    }
}
