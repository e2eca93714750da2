//! Sections: one table of a file that holds the settings.

use crate::value::node::{Node, Offset, TableEntry};
use settings_syntax::name;

/// The section of a file.
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Section<'t> {
    Table(Vec<TableEntry<'t>>),
    Absent,
    /// A value that is not a table, at this position.
    NotTable(Offset),
}

/// Returns the table at a dotted path. A key may also contain dots itself.
pub(crate) fn section<'t>(entries: Vec<TableEntry<'t>>, path: &str) -> Section<'t> {
    let is_at = |entry: &TableEntry<'_>, key: &str| entry.key == key || name::same(&entry.key, key);
    let mut ends = path.match_indices('.').map(|(at, _)| at);
    let ends = std::iter::once(path.len()).chain(std::iter::from_fn(|| ends.next_back()));
    for end in ends {
        let (key, rest) = (&path[..end], path[end..].strip_prefix('.'));
        // Of a key that JSON repeats, the last value counts.
        let Some(at) = entries.iter().rposition(|entry| is_at(entry, key)) else {
            continue;
        };
        let mut entries = entries;
        let entry = entries.swap_remove(at);
        return match (entry.value, rest) {
            (Node::Table(entries), Some(rest)) => section(entries, rest),
            (Node::Table(entries), None) => Section::Table(entries),
            (Node::Null, _) => Section::Absent,
            _ => Section::NotTable(entry.at),
        };
    }
    Section::Absent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(key: &'static str, value: Node<'static>) -> Node<'static> {
        Node::Table(vec![TableEntry::new(key, value)])
    }

    fn keys(root: Node<'static>, path: &str) -> Vec<String> {
        let Node::Table(entries) = root else {
            panic!("not a table")
        };
        match section(entries, path) {
            Section::Table(entries) => {
                let keys = entries.into_iter();
                keys.map(|entry| entry.key.into_owned()).collect()
            }
            Section::Absent => vec!["absent".to_owned()],
            Section::NotTable(_) => vec!["no table".to_owned()],
        }
    }

    #[test]
    fn a_section_is_a_path_of_tables() {
        let root = || table("tool", table("my-app", table("port", Node::number("1"))));
        assert_eq!(keys(root(), "tool.my-app"), ["port"]);
        assert_eq!(keys(root(), "tool.my_app"), ["port"]);
        assert_eq!(keys(root(), "tool"), ["my-app"]);
        assert_eq!(keys(root(), "tool.other"), ["absent"]);
        assert_eq!(keys(root(), "tool.my-app.port"), ["no table"]);
        let dotted = table("a.b", table("c", table("d", Node::Null)));
        assert_eq!(keys(dotted, "a.b.c"), ["d"]);
        assert_eq!(keys(table("a", Node::Null), "a"), ["absent"]);
    }
}
