//! What the derive may name; no public API.

pub use crate::{
    ask::{Ask, AskAny, ByDebug, ByDisplay, ByNothing, DefaultWith, FromDefault, Show, reason},
    assemble::{Assemble, Assembler, Enter, Facts, Mark, NO_SCHEMA, Nest, Readable, Take},
    global::Cell,
    schema::{
        Alias, Bound, Declared, Derived, Field, Group, Pattern, PatternCell, Range, Rule, Schema,
        Unknown,
        plan::{Layout, Plan, Size, Tables},
    },
    settings::Root,
    shown::Shown,
};

/// In scope where generated code asks a type.
pub mod traits {
    pub use crate::ask::{
        AskAny as _, ByDebug as _, ByDisplay as _, ByNothing as _, DefaultWithAny as _,
    };
}
