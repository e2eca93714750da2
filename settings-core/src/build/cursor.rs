//! Position in a layout while the fields of a struct are visited in order, shared by building and showing.

use super::{index, nested_groups};
use crate::{
    schema::{
        Shape,
        element::join,
        layout::Layout,
        names::{is_part_of_a_shell_name, upper_key},
    },
    value::path::{KeyPath, Segment},
};
use std::ops::Range;

/// Position in a layout.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    pub(crate) layout: &'static Layout,
    leaf: usize,
    /// The group that was entered or skipped last.
    group: usize,
    /// The group whose fields are being visited.
    here: usize,
    element: Element,
}

/// Prefix of keys and variable names inside an element of a list or map of groups; empty outside of one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Element {
    pub(super) key: String,
    variable: String,
    /// The text between groups in the names of its variables.
    nesting: &'static str,
    /// The variable of the outermost map around it, if a key in that map cannot be part of a variable name.
    whole_map: Option<String>,
    /// Whether documents and `dump` leave out the list or map.
    is_hidden: bool,
    path: KeyPath,
}

/// A group that is absent, with the settings in it.
pub(crate) struct SkippedGroup {
    #[cfg_attr(
        not(feature = "live"),
        allow(dead_code, reason = "only live settings use it")
    )]
    pub(crate) group: u16,
    leaves: Range<usize>,
}

impl SkippedGroup {
    /// The settings that the group has whatever the tags of enums in it are.
    pub(crate) fn settings(&self, layout: &'static Layout) -> impl Iterator<Item = usize> {
        let group = usize::from(self.group);
        let leaves = self.leaves.clone();
        leaves.filter(move |leaf| !layout.is_in_variant_of(*leaf, group))
    }
}

impl Cursor {
    pub(crate) fn new(layout: &'static Layout, element: Element) -> Self {
        Self {
            layout,
            leaf: 0,
            group: 0,
            here: 0,
            element,
        }
    }

    /// At the first field of a group, in the same element.
    pub(crate) fn at_group(&self, group: usize) -> Self {
        Self {
            layout: self.layout,
            leaf: usize::from(self.layout.groups[group].first),
            group,
            here: group,
            element: self.element.clone(),
        }
    }

    /// The setting to be visited next.
    pub(crate) fn leaf(&self) -> usize {
        self.leaf
    }

    /// The group whose fields are being visited.
    pub(crate) fn here(&self) -> usize {
        self.here
    }

    /// The group to be entered or skipped next.
    pub(crate) fn next_group(&self) -> usize {
        self.group + 1
    }

    /// Returns the next setting and moves past it.
    pub(crate) fn pass_leaf(&mut self) -> usize {
        self.leaf += 1;
        self.leaf - 1
    }

    /// Enters the next group; the result is passed to [`Self::leave`].
    pub(crate) fn enter(&mut self) -> usize {
        self.group += 1;
        std::mem::replace(&mut self.here, self.group)
    }

    pub(crate) fn leave(&mut self, outer: usize) {
        self.here = outer;
    }

    /// Moves past the next group and everything in it.
    pub(crate) fn skip_group(&mut self) -> SkippedGroup {
        let skipped = self.next_group();
        let group = &self.layout.groups[skipped];
        let leaves = self.leaf..usize::from(group.end);
        self.leaf = leaves.end;
        // The groups in it follow it directly.
        self.group = skipped + nested_groups(group.group);
        SkippedGroup {
            group: index(skipped),
            leaves,
        }
    }

    /// Prefix of the keys in an element of a list or map of groups.
    pub(crate) fn element(&self, leaf: usize, shape: Shape, name: &str) -> Element {
        let (key, variable) = (self.key(leaf), self.variable(leaf));
        let segment = match (shape, name.parse()) {
            (Shape::List, Ok(nth)) => Segment::Index(nth),
            _ => Segment::Name(name),
        };
        let key = match (shape, segment) {
            (Shape::List, Segment::Name(_)) => format!("{key}[{name}]."),
            _ => format!("{key}{segment}."),
        };
        let mut path = self.path(leaf);
        path.push(segment);
        let is_name = shape != Shape::Map || is_part_of_a_shell_name(name);
        let whole_map = self.element.whole_map.clone();
        Element {
            key,
            whole_map: whole_map.or_else(|| (!is_name).then(|| variable.clone())),
            variable: format!("{variable}__{name}__"),
            is_hidden: self.is_hidden(leaf),
            path,
            nesting: self.nesting(),
        }
    }

    /// Prefix of the keys in the list element or map entry that contains the struct; empty outside of one.
    pub(crate) fn element_key(&self) -> &str {
        &self.element.key
    }

    /// The dotted key of a setting.
    pub(crate) fn key(&self, leaf: usize) -> String {
        join(&self.element.key, self.layout.key_of(leaf))
    }

    /// The canonical variable name of a setting.
    pub(crate) fn variable(&self, leaf: usize) -> String {
        if self.element.variable.is_empty() {
            return self.layout.env_of(leaf).to_owned();
        }
        let name = upper_key(self.layout.key_of(leaf), self.nesting());
        join(&self.element.variable, &name)
    }

    /// The separator of groups in the variables of settings.
    pub(crate) fn nesting(&self) -> &'static str {
        if self.element.variable.is_empty() {
            self.layout.schema.nesting
        } else {
            self.element.nesting
        }
    }

    /// The variable that sets a group as a whole; none for a flattened one.
    pub(crate) fn group_variable(&self, group: usize) -> Option<String> {
        self.layout.groups[group]
            .nested
            .filter(|nested| !nested.flatten && nested.prefix.is_none())?;
        if self.element.variable.is_empty() {
            return Some(self.layout.env_of_group(index(group)).to_owned());
        }
        let key = self.layout.key_of_group(index(group));
        Some(format!(
            "{}{}",
            self.element.variable,
            upper_key(key, self.nesting())
        ))
    }

    /// The variable of a setting, if a shell can set one with its name.
    pub(crate) fn shell_variable(&self, leaf: usize) -> Option<String> {
        match self.element.whole_map {
            None => Some(self.variable(leaf)),
            Some(_) => None,
        }
    }

    /// How a shell sets a setting: by its variable, or by that of the map around it.
    pub(crate) fn setter(&self, leaf: usize) -> String {
        match &self.element.whole_map {
            None => self.variable(leaf),
            Some(map) => format!("{} in the JSON of {map}", self.key(leaf)),
        }
    }

    /// Whether documents and `dump` leave out a setting.
    pub(crate) fn is_hidden(&self, leaf: usize) -> bool {
        self.element.is_hidden || self.layout.is_hidden(leaf)
    }

    /// Whether they leave out the group whose fields are being visited.
    pub(crate) fn is_group_hidden(&self) -> bool {
        self.element.is_hidden || self.layout.is_group_hidden(self.here)
    }

    /// The path to a setting.
    pub(crate) fn path(&self, leaf: usize) -> KeyPath {
        self.element.path_to(self.layout.key_of(leaf))
    }

    /// The key and path of a name in the group whose fields are being visited.
    pub(crate) fn member(&self, name: &str) -> (String, KeyPath) {
        let key = format!("{}{name}", self.group_path(self.here));
        let path = self.element.path_to(&key);
        (format!("{}{key}", self.element.key), path)
    }

    /// Prefix of the keys in a group: `server.`.
    pub(crate) fn group_path(&self, group: usize) -> &'static str {
        self.layout.group_path(index(group))
    }
}

impl Element {
    fn path_to(&self, key: &str) -> KeyPath {
        let mut path = self.path.clone();
        // An element that is a list or map has no key of its own.
        let steps = key.split('.').filter(|step| !step.is_empty());
        path.extend(steps.map(Segment::Name));
        path
    }
}
