//! Other defaults for one use of a group, as values of the types of its settings.

use super::type_facts::COMPUTED;
use crate::schema::{Kind, Leaf};
use settings_syntax::name;
use std::any::Any;

/// A value that is the default of a setting of type `T`: a `T`, or the value of an `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no default of a setting of type `{T}`",
    label = "expected a value of type `{T}`",
    note = "a default is a value of the type of the setting, or text that is decoded as if it came from the environment"
)]
pub trait DefaultOf<T> {
    /// The value of the setting.
    fn into_value(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T> DefaultOf<T> for T {
    fn into_value(self) -> T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> DefaultOf<Option<T>> for T {
    fn into_value(self) -> Option<T> {
        Some(self)
    }
}

/// The default itself, whose type is inferred from that of the field.
pub fn typed_default<G, T, V: DefaultOf<T>>(_: fn(&G) -> &T, value: V) -> V {
    value
}

/// Sets an `Option` of the type of the field to the default.
pub fn set_default<G, T: 'static, V: DefaultOf<T>>(slot: &mut dyn Any, _: fn(&G) -> &T, value: V) {
    if let Some(slot) = slot.downcast_mut::<Option<T>>() {
        *slot = Some(value.into_value());
    }
}

/// The text of a default, given its output: the name of a variant, or the output without quotes.
pub fn shown_default(leaf: &Leaf, shown: Option<String>) -> Option<String> {
    let shown = shown.filter(|shown| shown != COMPUTED)?;
    match leaf.kind() {
        Kind::Enum(names) => {
            let mut names = names.iter();
            let name = names.find(|name| name::same(name, &name::camel_to_snake(&shown)))?;
            Some((*name).to_owned())
        }
        kind if kind.is_compound() => Some(shown),
        _ => Some(shown.trim_matches('"').to_owned()),
    }
}
