//! Items for generated code, which are not public API.

pub use crate::{
    build::{
        Assemble, Assembler, Choice, DeserializeWith, GroupField, GroupType, Inputs, LeafField,
        NO_SCHEMA, ParseWith, Pending, Readable, StructScope, TypeInfo, Walk,
        functions::{Call, CallWith, ParseResult, checked, checked_struct, deserialized, finished},
        group_defaults::{set_default, shown_default, typed_default},
        type_facts::{
            ByDebug, ByDisplay, ByNothing, DefaultWith, FromDefault, Show, TypeFacts, TypeFactsAny,
        },
    },
    error::origin::Layer,
    global::Cell,
    schema::{
        Alias, Bound, DefaultIf, Derived, Field, Group, GroupRule, Merge, Pattern, PatternCell,
        Range, Removed, Rule, Schema, SourceDecl, Unknown, Variant,
        layout::{Layout, LayoutSize, LayoutTables},
        other_defaults::OtherDefaults,
    },
    settings::Root,
};

/// Traits that generated code imports.
pub mod traits {
    pub use crate::build::functions::{
        CallDeref as _, CallExact as _, CallWithWrong as _, CallWrong as _, ParseResultAny as _,
    };
    pub use crate::build::type_facts::{
        ByDebug as _, ByDisplay as _, ByNothing as _, DefaultWithAny as _, TypeFactsAny as _,
    };
}
