//! Types that contain groups: pointers, `Option`, lists and maps.

use super::{Assemble, Assembler, GroupType, Walk, group_keys::GroupMap};
use crate::schema::{Schema, Shape, layout::Layout};
#[cfg(feature = "indexmap")]
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, Hash},
    sync::Arc,
};

/// A group in a pointer is a group itself, so it may be in an `Option`, a list or a map.
macro_rules! pointers {
    ($($pointer:ident),*) => {$(
        impl<T: Assemble> Assemble for $pointer<T> {
            const SCHEMA: &'static Schema = T::SCHEMA;

            fn layout() -> &'static Layout {
                T::layout()
            }

            fn assemble(cx: &mut Assembler<'_>) -> Option<Self> {
                T::assemble(cx).map(Self::new)
            }

            fn walk(&self, walk: &mut Walk<'_>) {
                T::walk(self, walk);
            }
        }
    )*};
}

pointers!(Box, Arc);

impl<T: GroupType> GroupType for Option<T> {
    type Struct = T::Struct;
    const SHAPE: Shape = match T::SHAPE {
        Shape::One => Shape::Optional,
        shape => shape,
    };
    const SCHEMA: &'static Schema = T::SCHEMA;
    const ELEMENTS: Option<fn() -> &'static Layout> = T::ELEMENTS;
    const OPTIONAL: bool = true;
    const REFUSED: Option<&'static str> = if T::OPTIONAL {
        Some("an `Option` of an `Option` of groups is not supported: remove one of them")
    } else {
        T::REFUSED
    };

    fn build(cx: &mut Assembler<'_>) -> Option<Self> {
        if T::SHAPE != Shape::One {
            let is_set = cx.has_next_elements();
            let elements = T::build(cx)?;
            if !is_set {
                cx.report_absent_elements();
            }
            return Some(is_set.then_some(elements));
        }
        if cx.has_next_group() {
            let outer = cx.optional.replace(cx.cursor.next_group());
            let value = T::build(cx).map(Some);
            cx.optional = outer;
            value
        } else {
            cx.warn_unused_settings();
            cx.skip_group();
            Some(None)
        }
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        match self {
            Some(value) if T::SHAPE == Shape::One => {
                walk.present_group(|walk| value.walk(walk));
            }
            Some(value) => value.walk(walk),
            None if T::SHAPE == Shape::One => walk.absent_group(),
            None => walk.absent_elements(),
        }
    }
}

impl<T: GroupType> GroupType for Vec<T> {
    type Struct = T::Struct;
    const SHAPE: Shape = Shape::List;
    const SCHEMA: &'static Schema = T::ELEMENT;
    const ELEMENTS: Option<fn() -> &'static Layout> = Some(T::element_layout);
    const REFUSED: Option<&'static str> = match T::SHAPE {
        Shape::List => Some(
            "a list of lists of groups is not supported: make the inner list a field of a group",
        ),
        _ => refused_element::<T>(),
    };

    fn build(cx: &mut Assembler<'_>) -> Option<Self> {
        let elements = cx.elements::<T>(Shape::List, None)?;
        Some(elements.into_iter().map(|(_, element)| element).collect())
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        let elements = self.iter().enumerate();
        let elements = elements.map(|(nth, element)| (nth.to_string(), element));
        walk.elements(Shape::List, elements);
    }
}

/// Reason why a type cannot be an element of a list or map.
const fn refused_element<T: GroupType>() -> Option<&'static str> {
    if T::OPTIONAL {
        Some(
            "a list or map of optional groups is not supported: an element exists if it is written, so remove the `Option`",
        )
    } else {
        T::REFUSED
    }
}

/// Implementations for maps of groups. `$order` sorts pairs of a key and its name in the order in which the map is printed.
macro_rules! maps {
    ($($(#[$attribute:meta])* $map:ident<K, T $(, $state:ident)?>, [$($key:ident),*], $order:expr;)*) => {$(
        $(#[$attribute])*
        impl<K, T $(, $state)?> GroupMap for $map<K, T $(, $state)?>
        where
            K: DeserializeOwned $(+ $key)*,
            T: GroupType,
            $($state: BuildHasher + Default,)?
        {
            type Key = K;
            type Element = T;
            type Numbers = $map<K, usize $(, $state)?>;

            fn number(numbers: &mut Self::Numbers, key: K) -> usize {
                let next = numbers.len();
                *numbers.entry(key).or_insert(next)
            }

            fn sort(&self, keys: &mut [(K, String)]) {
                let order: fn(&Self, &mut [(K, String)]) = $order;
                order(self, keys);
            }

            fn find(&self, key: &K) -> Option<&T> {
                self.get(key)
            }
        }

        $(#[$attribute])*
        impl<K, T $(, $state)?> GroupType for $map<K, T $(, $state)?>
        where
            K: DeserializeOwned $(+ $key)*,
            T: GroupType,
            $($state: BuildHasher + Default,)?
        {
            type Struct = T::Struct;
            const SHAPE: Shape = Shape::Map;
            const SCHEMA: &'static Schema = T::ELEMENT;
            const ELEMENTS: Option<fn() -> &'static Layout> = Some(T::element_layout);
            const REFUSED: Option<&'static str> = refused_element::<T>();

            fn build(cx: &mut Assembler<'_>) -> Option<Self> {
                cx.map()
            }

            fn walk(&self, walk: &mut Walk<'_>) {
                walk.map(self);
            }
        }
    )*};
}

maps! {
    BTreeMap<K, T>, [Ord], |_, keys| keys.sort_by(|(one, _), (other, _)| one.cmp(other));
    HashMap<K, T, S>, [Eq, Hash], |_, keys| {
        keys.sort_by(|(_, one), (_, other)| one.cmp(other));
    };
    #[cfg(feature = "indexmap")]
    IndexMap<K, T, S>, [Eq, Hash], |map, keys| {
        keys.sort_by_key(|(key, _)| map.get_index_of(key));
    };
}
