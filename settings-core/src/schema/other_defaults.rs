//! Other defaults for one use of a group: a copy of its fields, made in constant evaluation.

use super::{DefaultValue, Field, Group, Leaf, build::is_named, element};
use std::any::Any;

/// The fields of a group, some of which have other defaults.
#[doc(hidden)]
#[derive(Debug)]
pub struct OtherDefaults<const N: usize> {
    pub fields: [Field; N],
}

impl<const N: usize> OtherDefaults<N> {
    /// The fields of a group with `N` fields.
    #[must_use]
    pub const fn of(group: &'static Group) -> Self {
        let mut fields = [element::NO_FIELD; N];
        let mut at = 0;
        while at < N {
            fields[at] = group.fields[at];
            at += 1;
        }
        Self { fields }
    }

    /// Sets the default of a field to text.
    #[must_use]
    #[track_caller]
    pub const fn text(self, field: &str, text: &'static str) -> Self {
        self.with(field, DefaultValue::Text(text), None, None)
    }

    /// Sets the default of a field to the value of an expression, which prints as this text.
    #[must_use]
    #[track_caller]
    pub const fn value(
        self,
        field: &str,
        source: &'static str,
        value: fn(&mut dyn Any),
        text: fn(&Leaf) -> Option<String>,
    ) -> Self {
        let default = DefaultValue::Expression(source);
        self.with(field, default, Some(value), Some(text))
    }

    #[track_caller]
    const fn with(
        mut self,
        field: &str,
        default: DefaultValue,
        value: Option<fn(&mut dyn Any)>,
        text: Option<fn(&Leaf) -> Option<String>>,
    ) -> Self {
        let mut at = 0;
        while at < N {
            match self.fields[at] {
                Field::Leaf(mut leaf) if is_named(leaf.field, field) => {
                    leaf.default = default;
                    leaf.default_if = &[];
                    leaf.other_default = value;
                    leaf.computed_default = text;
                    if leaf.opaque && leaf.discloses_default.is_none() {
                        leaf.discloses_default = Some(|_| false);
                    }
                    self.fields[at] = Field::Leaf(leaf);
                    return self;
                }
                Field::Group(nested) if is_named(nested.field, field) => {
                    panic!("`defaults` names a setting of the group, and this is a group")
                }
                _ => at += 1,
            }
        }
        panic!("`defaults` names a setting of the group, and this is no setting")
    }
}

impl Group {
    /// The same group with other fields.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_fields(mut self, fields: &'static [Field]) -> Self {
        self.fields = fields;
        self
    }
}
