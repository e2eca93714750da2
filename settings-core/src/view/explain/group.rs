//! Explanation of a group: its documentation, and the keys and variables of its settings.

use super::title;
use crate::{
    build::rows::Row,
    error::{
        redact,
        style::{Look, columns},
    },
    schema::{
        Field, Group, Nested, Shape,
        element::{self, join},
        layout::{Layout, Target},
        lookup::NameTarget,
        target::target_of,
    },
    value::path::{KeyPath, Segment},
};
use settings_syntax::name;
use std::fmt::Write;

/// Renders the explanation of a group, or of a list or map of groups.
pub(crate) fn group_page(key: &str, layout: &'static Layout, rows: &[&Row], look: Look) -> String {
    let mut out = String::new();
    let mut names: Vec<GroupNames> = Vec::new();
    match group(layout, key).or_else(|| collection(layout, key)) {
        Some((nested, leaf)) => {
            let docs = [nested.doc, nested.group.doc];
            let docs: Vec<&str> = docs.into_iter().filter(|doc| !doc.is_empty()).collect();
            title(&mut out, key, &docs.join("\n\n"), look);
            let what = match nested.shape {
                Shape::One => "a group of settings".to_owned(),
                Shape::Optional => match nested.present_if {
                    Some(setting) => {
                        format!("a group of settings, present if {key}.{setting} is set")
                    }
                    None => "a group of settings, absent unless one of them is set".to_owned(),
                },
                Shape::List | Shape::Map => element::describe(&nested.shapes(), " of groups"),
            };
            let _ = writeln!(out, "  {what}\n");
            if let Some(at) = leaf {
                let element = if nested.shape == Shape::List {
                    "0"
                } else {
                    "NAME"
                };
                Prefix::of_element(layout, at, nested, element).collect(nested.group, &mut names);
            }
        }
        None => title(&mut out, key, "", look),
    }
    for row in rows.iter().filter(|row| row.key != key) {
        if !names.iter().any(|names| names.key == row.key) {
            names.push(GroupNames {
                key: row.key.clone(),
                variable: row.shell_variable().unwrap_or_default().to_owned(),
            });
        }
    }
    let width = names.iter().map(|names| columns(&names.key)).max();
    let width = width.unwrap_or(0);
    for GroupNames { key, variable } in names {
        let key = redact::escape_line(key);
        let gap = width.saturating_sub(columns(&key));
        let line = format!("  {key}{:gap$}  {}", "", look.dim(&variable));
        // Writing to a string does not fail.
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// A row of a setting of a variant that is not chosen, or of a tag in place of which there is a value.
pub(crate) fn row_of_other_variant(layout: &'static Layout, key: &str) -> Option<Row> {
    let NameTarget::Name(name) = target_of(layout, key.trim_start_matches('-'))? else {
        return None;
    };
    let at = usize::from(name.index);
    let is_it = name.target != Target::Group && layout.leaf(at).is_some();
    is_it.then(|| Row::of_key(layout.key_of(at).to_owned(), layout.env_of(at).to_owned()))
}

/// A row of a setting in an element that no source has created yet.
pub(crate) fn row_of_absent_element(layout: &'static Layout, key: &str) -> Option<Row> {
    let NameTarget::Inside(name, path) = target_of(layout, key.trim_start_matches('-'))? else {
        return None;
    };
    let at = usize::from(name.index);
    let (Field::Group(nested), [element, inside @ .., rest]) = (layout.leaves[at].field, &path[..])
    else {
        return None;
    };
    let mut prefix = Prefix::of_element(layout, at, nested, element);
    let mut innermost = nested;
    for element in inside {
        innermost = innermost.inner()?;
        prefix = prefix.element("", "", innermost.shape, element);
    }
    let mut names = Vec::new();
    prefix.collect(innermost.group, &mut names);
    let found = names.iter().find(|names| {
        let inner = names.key.strip_prefix(&prefix.key);
        inner.is_some_and(|inner| name::same(inner, rest))
    });
    if let Some(GroupNames { key, variable }) = found {
        return Some(Row::of_key(key.clone(), variable.clone()));
    }
    // In further lists and maps, the names of the elements are placeholders.
    let given = KeyPath::parse(rest)?;
    names.into_iter().find_map(|names| {
        let pattern = KeyPath::parse(names.key.strip_prefix(&prefix.key)?)?;
        let (pattern, given): (Vec<_>, Vec<_>) =
            (pattern.segments().collect(), given.segments().collect());
        let is_same = pattern.len() == given.len()
            && pattern.iter().zip(&given).all(|pair| match pair {
                (Segment::Name("NAME"), Segment::Name(_))
                | (Segment::Index(_), Segment::Index(_)) => true,
                (Segment::Name(known), Segment::Name(given)) => name::same(known, given),
                _ => false,
            });
        let path: KeyPath = KeyPath::parse(prefix.key.trim_end_matches('.'))
            .unwrap_or_default()
            .segments()
            .chain(given)
            .collect();
        is_same.then(|| Row::of_key(path.to_string(), String::new()))
    })
}

/// A group by its key.
fn group(layout: &'static Layout, key: &str) -> Option<(&'static Nested, Option<usize>)> {
    let mut groups = layout.groups.iter().enumerate().skip(1);
    groups.find_map(|(at, group)| {
        let at = u16::try_from(at).ok()?;
        let nested = group.nested.filter(|_| layout.key_of_group(at) == key)?;
        Some((nested, None))
    })
}

/// A list or map of groups by its key, with its index among the leaves.
fn collection(layout: &'static Layout, key: &str) -> Option<(&'static Nested, Option<usize>)> {
    let mut leaves = layout.leaves.iter().enumerate();
    leaves.find_map(|(at, leaf)| match leaf.field {
        Field::Group(nested) if layout.key_of(at) == key => Some((nested, Some(at))),
        _ => None,
    })
}

/// Key and variable of a setting.
struct GroupNames {
    key: String,
    variable: String,
}

/// Prefixes of the keys and variables of an element's settings.
struct Prefix {
    key: String,
    variable: String,
    /// The text between groups in the names of variables.
    nesting: &'static str,
}

impl Prefix {
    fn of_element(layout: &'static Layout, at: usize, nested: &Nested, element: &str) -> Self {
        let root = Self {
            key: String::new(),
            variable: String::new(),
            nesting: layout.schema.nesting,
        };
        root.element(layout.key_of(at), layout.env_of(at), nested.shape, element)
    }

    fn element(&self, key: &str, variable: &str, shape: Shape, element: &str) -> Self {
        let step = element::segment(shape, element);
        let key = format!("{}{step}.", join(&self.key, key));
        let variable = format!("{}__{element}__", join(&self.variable, variable));
        Self {
            key,
            variable,
            nesting: self.nesting,
        }
    }

    /// Collects the names of every setting of a group.
    fn collect(&self, group: &Group, names: &mut Vec<GroupNames>) {
        for field in group.fields {
            match field {
                Field::Leaf(leaf) => {
                    // A value in place of an enum has no key of its own.
                    let key = join(&self.key, leaf.key);
                    let variable = match leaf.key {
                        "" => self.variable.trim_end_matches('_').to_owned(),
                        key => format!("{}{}", self.variable, name::upper_snake(key)),
                    };
                    // Several variants may have a setting of this name.
                    if !names.iter().any(|known| known.key == key) {
                        names.push(GroupNames { key, variable });
                    }
                }
                Field::Group(nested) if nested.flatten => self.collect(nested.group, names),
                Field::Group(nested) => {
                    let variable = name::upper_snake(nested.key);
                    let inner = match nested.shape {
                        Shape::One | Shape::Optional => Self {
                            key: format!("{}{}.", self.key, nested.key),
                            variable: format!("{}{variable}{}", self.variable, self.nesting),
                            nesting: self.nesting,
                        },
                        Shape::List => self.element(nested.key, &variable, Shape::List, "0"),
                        Shape::Map => self.element(nested.key, &variable, Shape::Map, "NAME"),
                    };
                    inner.collect(nested.group, names);
                }
            }
        }
    }
}
