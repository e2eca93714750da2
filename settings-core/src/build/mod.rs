//! Traits and functions for generated code: they decode each setting, and report at most one problem for it.

mod across;
mod computed;
mod containers;
mod cursor;
mod debug_json;
mod default_check;
mod disclosure;
mod elements;
mod field;
mod finish;
pub(crate) mod functions;
mod group;
pub(crate) mod group_defaults;
mod group_keys;
mod help;
mod leaf;
mod leaf_type;
mod messages;
mod observe;
pub(crate) mod rows;
pub(crate) mod secret_sources;
mod secret_texts;
mod struct_rules;
mod suspicious;
pub(crate) mod type_facts;
mod variants;
mod violations;
mod walk;

pub use computed::{Inputs, Pending};
pub(crate) use cursor::{Cursor, SkippedGroup};
pub(crate) use disclosure::{DebugWith, Disclosure, each_literal};
pub use field::{DeserializeWith, LeafField, ParseWith, Readable, TypeInfo};
pub use group::{GroupField, GroupType};
pub(crate) use leaf_type::{LeafType, LeafValue};
#[cfg(feature = "cli")]
pub(crate) use messages::is_path;
#[cfg(any(feature = "live", feature = "cli"))]
pub(crate) use observe::BuiltLeaf;
#[cfg(feature = "live")]
pub(crate) use observe::KeptLeaf;
pub(crate) use observe::Observer;
pub(crate) use secret_texts::mask_repeated;
pub use variants::Choice;
pub use violations::Violations;
pub use walk::Walk;
pub(crate) use walk::{DerivedValue, Position, Visitor};

use self::{
    across::Presence, cursor::Element, default_check::Trial, leaf_type::LeafPlace,
    secret_texts::needs_hashes,
};
use crate::{
    decode::Malformed,
    error::{
        origin::{Layer, Origin},
        problem::Sight,
        source_report::SourceReport,
    },
    resolve::Resolved,
    schema::{Field, Group, Leaf, Schema, Shape, layout::Layout},
};
use std::ffi::OsString;

/// A struct of settings, as the derive describes and builds it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a struct of settings",
    label = "not a struct of settings",
    note = "derive `Settings` for it, with `#[settings(group)]` if it is never loaded by itself"
)]
pub trait Assemble: Sized {
    /// The schema, which is complete before a source is read.
    const SCHEMA: &'static Schema;

    /// Its settings and their names in one flat table.
    fn layout() -> &'static Layout;

    /// Builds it from the slots, or reports every problem that prevents it.
    fn assemble(cx: &mut Assembler<'_>) -> Option<Self>;

    /// Visits each field, in order.
    fn walk(&self, walk: &mut Walk<'_>);
}

/// Builds a struct from its slots, setting by setting, in the order of the layout.
pub struct Assembler<'a> {
    resolved: &'a mut Resolved,
    cursor: Cursor,
    /// The innermost optional group around the struct.
    optional: Option<usize>,
    /// Settings of this struct that another setting's value requires.
    required: Vec<Required>,
    /// The fields of this struct that rules name.
    presence: Vec<Presence>,
    /// Settings whose default is not computed yet.
    pending: Vec<usize>,
    /// Settings with the index of a `default_if` whose condition holds.
    fulfilled: Vec<(usize, usize)>,
    /// The outermost list or map of groups that contains the struct.
    outermost: Option<u16>,
    context: LoadContext<'a>,
    /// Whether hashes of secrets without a readable text are kept.
    keeps_hashes: bool,
    /// Whether no value has parts, and secrets may come from every layer.
    allows_plain: bool,
    /// The problem of the value that [`Self::plain`] could not decode.
    malformed: Option<Malformed>,
    /// Set if only the defaults are checked.
    trial: Option<Trial<'a>>,
    observer: Option<&'a mut (dyn Observer + 'static)>,
}

/// Facts of a load besides its slots, for the help in problems.
#[derive(Clone, Copy, Debug, std::default::Default)]
pub(crate) struct LoadContext<'a> {
    /// Sources that could not be read, and may define missing values.
    pub(crate) unread: Option<&'a str>,
    /// Variable names that match no setting.
    pub(crate) names: &'a [OsString],
    pub(crate) looked: &'a [SourceReport],
    /// The layers from which secrets may come; all of them if there is none here.
    pub(crate) secrets_from: &'static [Layer],
}

#[derive(Debug)]
struct Required {
    leaf: usize,
    because: String,
    /// Another way to fix it.
    help: Option<String>,
}

/// State at the beginning of a struct, for the checks at its end.
#[derive(Debug)]
pub struct StructScope {
    here: usize,
    problems: usize,
    required: usize,
    presence: usize,
}

impl<'a> Assembler<'a> {
    pub(crate) fn new(resolved: &'a mut Resolved, context: LoadContext<'a>) -> Self {
        Self::in_element(resolved, context, Element::default())
    }

    /// Builds an element of a list or map of groups.
    fn in_element(resolved: &'a mut Resolved, context: LoadContext<'a>, element: Element) -> Self {
        let layout = resolved.layout;
        let allows_plain = resolved.parts.is_empty() && context.secrets_from.is_empty();
        Self {
            resolved,
            cursor: Cursor::new(layout, element),
            optional: None,
            required: Vec::new(),
            presence: Vec::new(),
            pending: Vec::new(),
            fulfilled: Vec::new(),
            outermost: None,
            context,
            keeps_hashes: needs_hashes(layout),
            allows_plain,
            malformed: None,
            trial: None,
            observer: None,
        }
    }

    pub(crate) fn with_observer(
        mut self,
        observer: Option<&'a mut (dyn Observer + 'static)>,
    ) -> Self {
        self.observer = observer;
        self
    }

    /// Begins a struct.
    pub fn begin(&self) -> StructScope {
        StructScope {
            here: self.cursor.here(),
            problems: self.resolved.problems.len(),
            required: self.required.len(),
            presence: self.presence.len(),
        }
    }

    /// Builds the next setting.
    pub fn leaf<T: 'static>(&mut self, field: &LeafField<T>) -> Option<T> {
        let at = self.cursor.pass_leaf();
        let leaf = self.cursor.layout.leaf(at)?;
        if field.is_plain()
            && let Some(input) = self.plain(at, leaf, field.is_text())
        {
            match field.decode_plain(input, leaf) {
                Ok(value) => return Some(value),
                Err(malformed) => self.malformed = (!field.is_text()).then_some(malformed),
            }
        }
        let mut value: Option<T> = None;
        let place = &mut value;
        let built = self.build_leaf(at, leaf, &mut LeafPlace { field, place });
        built.and(value)
    }

    /// Builds the next nested field.
    pub fn group<T: 'static>(&mut self, field: &GroupField<T>) -> Option<T> {
        if self.observer.is_some()
            && field.is_several()
            && let Some(kept) = self.kept(self.cursor.leaf())
        {
            let at = self.cursor.pass_leaf();
            return self.keep_elements(at, kept);
        }
        (field.build)(self)
    }
}

/// The schema of a struct that the derive could not describe; its errors are reported separately.
pub const NO_SCHEMA: &Schema = &Schema::new(&Group::new("", "", &[]));

/// The mask of a setting's value.
pub(crate) fn sight(layout: &'static Layout, at: usize, leaf: &Leaf, origin: &Origin) -> Sight {
    if origin.is_secret() || leaf.is_masked(layout.key_of(at)) {
        Sight::Masked
    } else {
        Sight::Shown
    }
}

/// The number of groups in a group, at any depth.
pub(crate) fn nested_groups(group: &Group) -> usize {
    let nested = group.fields.iter().map(|field| match field {
        Field::Group(nested) if matches!(nested.shape, Shape::One | Shape::Optional) => {
            1 + nested_groups(nested.group)
        }
        _ => 0,
    });
    nested.sum()
}

/// A position in a layout; larger schemas are not built.
pub(crate) fn index(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

impl std::fmt::Debug for Assembler<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assembler").finish_non_exhaustive()
    }
}
