//! What generated code implements and calls: one leaf, one answer, at most one problem.

mod default_check;
mod field;
mod group;
mod leaf;
mod messages;
mod observe;
mod secret_texts;
mod struct_rules;
pub(crate) mod type_facts;

pub use field::{LeafField, Readable, TypeInfo};
pub use group::{GroupField, GroupType};
pub(crate) use observe::Observer;
#[cfg(feature = "live")]
pub(crate) use observe::{Kept, KeptLeaf, Print, Prints};

use self::{default_check::Trial, leaf::Step, secret_texts::Hidden};
use crate::{
    error::{origin::Origin, problem::Sight, source_report::SourceReport},
    resolve::Resolved,
    schema::{Field, Group, Leaf, Schema, Shape, layout::Layout},
    view::rows::Shown,
};
use std::ffi::OsString;

/// A struct of settings, as the derive describes and builds it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a struct of settings",
    label = "not a struct of settings",
    note = "derive `Settings` for it; with `#[settings(group)]` if it is only ever a part of others"
)]
pub trait Assemble: Sized {
    /// All that is known of it before anything is read.
    const SCHEMA: &'static Schema;

    /// Its leaves and names, laid out flat.
    fn layout() -> &'static Layout;

    /// Builds it from the slots, or tells every reason why that can't be.
    fn assemble(cx: &mut Assembler<'_>) -> Option<Self>;

    /// Shows each field, in order.
    fn show(&self, out: &mut Shown<'_>);
}

/// Builds a struct out of the slots, leaf by leaf, in the order of the layout.
#[derive(Debug)]
pub struct Assembler<'a> {
    resolved: &'a mut Resolved,
    layout: &'static Layout,
    leaf: usize,
    group: usize,
    /// The group whose fields are being built.
    here: usize,
    /// The innermost group around that may be left out.
    optional: Option<usize>,
    /// Leaves of this struct that must have a value because of another's.
    required: Vec<Required>,
    /// What stands before the keys and names of an element of a list or map of groups.
    within: Within,
    around: LoadContext<'a>,
    hidden: Hidden,
    /// Whether the defaults are only tried.
    trial: Option<Trial<'a>>,
    /// What is wanted of it besides the value, if anything.
    aside: Option<&'a mut Observer>,
}

/// What the layers left to be said where a leaf is at fault.
#[derive(Clone, Copy, Debug, std::default::Default)]
pub(crate) struct LoadContext<'a> {
    /// A source that could not be read, in which missing values perhaps stand.
    pub(crate) unread: Option<&'a str>,
    /// Names that reached no leaf.
    pub(crate) names: &'a [OsString],
    /// Every place that was looked at.
    pub(crate) looked: &'a [SourceReport],
}

#[derive(Clone, Debug, std::default::Default)]
struct Within {
    key: String,
    variable: String,
}

#[derive(Debug)]
struct Required {
    leaf: usize,
    because: String,
}

/// What a struct's own build needs to remember of its beginning.
#[derive(Debug)]
pub struct StructScope {
    here: usize,
    problems: usize,
    required: usize,
}

impl<'a> Assembler<'a> {
    pub(crate) fn new(resolved: &'a mut Resolved, around: LoadContext<'a>) -> Self {
        let layout = resolved.layout;
        Self {
            resolved,
            layout,
            leaf: 0,
            group: 0,
            here: 0,
            optional: None,
            required: Vec::new(),
            within: Within::default(),
            around,
            hidden: Hidden::of(layout),
            trial: None,
            aside: None,
        }
    }

    /// With what is wanted besides the value.
    pub(crate) fn with(mut self, aside: Option<&'a mut Observer>) -> Self {
        self.aside = aside;
        self
    }

    /// Begins a struct.
    pub fn begin(&self) -> StructScope {
        StructScope {
            here: self.here,
            problems: self.resolved.problems.len(),
            required: self.required.len(),
        }
    }

    /// The next leaf.
    pub fn leaf<T: 'static>(&mut self, take: &LeafField<T>) -> Option<T> {
        let at = self.leaf;
        self.leaf += 1;
        let leaf = self.layout.leaf(at)?;
        let is_looked_at = self.aside.is_some();
        if is_looked_at && let Some(value) = self.kept(at) {
            return self.keep(at, leaf, take, value);
        }
        let step = self.step(at, leaf);
        let prints = match &step {
            Step::Value(raw) if is_looked_at => self.prints(leaf, raw),
            _ => (None, None),
        };
        let value = match step {
            Step::Value(raw) => self.decode(at, leaf, take, raw),
            Step::Told => None,
            Step::Absent { emptied } => self.absent(at, leaf, take, emptied),
        };
        if is_looked_at {
            self.note(at, take, value.as_ref(), prints);
        }
        value
    }

    /// The next nested field.
    pub fn group<T: 'static>(&mut self, enter: &GroupField<T>) -> Option<T> {
        if self.aside.is_some()
            && enter.is_several()
            && let Some(value) = self.kept(self.leaf)
        {
            self.leaf += 1;
            return self.keep_elements(value);
        }
        (enter.nest)(self)
    }
}

/// Stands beside the errors of a struct that the derive could not describe.
pub const NO_SCHEMA: &Schema = &Schema::new(&Group::new("", "", &[]));

/// How the value of a leaf may be shown.
pub(crate) fn sight(layout: &'static Layout, at: usize, leaf: &Leaf, origin: &Origin) -> Sight {
    if origin.is_secret() || leaf.is_masked(layout.key_of(at)) {
        Sight::Masked
    } else {
        Sight::Shown
    }
}

/// How many groups stand inside of a group.
pub(crate) fn nested_groups(group: &Group) -> usize {
    let nested = group.fields.iter().map(|field| match field {
        Field::Group(nested) if matches!(nested.shape, Shape::One | Shape::Optional) => {
            1 + nested_groups(nested.group)
        }
        _ => 0,
    });
    nested.sum()
}

/// The schema holds fewer leaves and groups than that, or it would not have been built.
pub(crate) fn index(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}
