//! What the derive may name; no public API.

pub use crate::{
    build::{
        Assemble, Assembler, Enter, Facts, Mark, NO_SCHEMA, Nest, Readable, Take,
        type_facts::{
            Ask, AskAny, ByDebug, ByDisplay, ByNothing, DefaultWith, FromDefault, Show, reason,
        },
    },
    global::Cell,
    schema::{
        Alias, Bound, Declared, Derived, Field, Group, Pattern, PatternCell, Range, Rule, Schema,
        Unknown,
        layout::{Layout, Plan, Size, Tables},
    },
    settings::Root,
    view::rows::Shown,
};

/// In scope where generated code asks a type.
pub mod traits {
    pub use crate::build::type_facts::{
        AskAny as _, ByDebug as _, ByDisplay as _, ByNothing as _, DefaultWithAny as _,
    };
}
