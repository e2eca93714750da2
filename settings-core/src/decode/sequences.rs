//! Lists and maps, from text, JSON or values of files.

use super::TextForm;
use super::deserializer::{Brackets, Context};
use super::error::{Hint, Malformed};
use super::keys::{KeyObserver, KeyVariant};
use super::token::{Token, trim};
use crate::schema::{Kind, variants::KeyForm};
use crate::value::json::{self, Json, Plain};
use crate::value::node::{Item, Node, TableEntry};
use crate::value::path::Segment;
use crate::value::text::{Split, duplicate_pair};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess};
use settings_syntax::list::inside_brackets;
use std::{collections::BTreeMap, slice};

/// The elements of a list, as they are requested.
pub(super) struct List<'a, 'c, 'w> {
    items: Items<'a, 'w>,
    taken: usize,
    depth: u8,
    context: &'c mut Context<'w>,
}

enum Items<'a, 'w> {
    Text(Split<'a, 'w>),
    Json(json::JsonItems<'a>),
    Values(slice::Iter<'a, Item<'static>>),
    /// A number or bool of a file, which is a list of one.
    One(Option<Token<'a>>),
}

/// The members of a map or struct, as they are requested.
pub(super) struct Map<'a, 'c, 'w> {
    members: MapMembers<'a, 'w>,
    value: Option<(Plain<'a>, Member<'a>)>,
    taken: usize,
    depth: u8,
    context: &'c mut Context<'w>,
    /// Whether two keys may mean the same.
    pub(super) finds_repeated: bool,
    /// The position of the member of each key so far.
    known: BTreeMap<KeyForm, usize>,
}

enum MapMembers<'a, 'w> {
    Text(Split<'a, 'w>),
    Json(json::JsonMembers<'a>),
    Values(slice::Iter<'a, TableEntry<'static>>),
}

enum Member<'a> {
    Text(&'a str),
    Json(&'a str),
    Value(&'a Node<'static>),
}

impl<'a, 'c, 'w> List<'a, 'c, 'w> {
    /// JSON if the text begins with a bracket, otherwise separated elements.
    pub(super) fn of_text(
        text: &'a str,
        depth: u8,
        context: &'c mut Context<'w>,
    ) -> Result<Self, Malformed> {
        let refused = || Malformed::expected(&Kind::List(Box::new(Kind::Any)));
        let text = trim(text).ok_or_else(refused)?;
        let elements = match (text.starts_with('['), context.brackets) {
            (false, _) | (true, Brackets::OfElement) => Some(text),
            (true, Brackets::OfList) => Some(inside_brackets(text).ok_or_else(refused)?),
            (true, Brackets::Json) => None,
        };
        // A quote after the bracket is JSON, perhaps incomplete.
        context.has_brackets |= text
            .strip_prefix('[')
            .is_some_and(|rest| !rest.trim_start().starts_with('"'));
        if let Some(text) = elements {
            let items = Items::Text(Split::new(text, context.separator));
            return Ok(Self::new(items, depth, context));
        }
        json::check(text).map_err(|flaw| refused().flawed(flaw))?;
        match json::read(text) {
            Json::List(items) => Ok(Self::of_json(items, depth, context)),
            _ => Err(refused()),
        }
    }

    pub(super) fn of_json(
        items: json::JsonItems<'a>,
        depth: u8,
        context: &'c mut Context<'w>,
    ) -> Self {
        Self::new(Items::Json(items), depth, context)
    }

    pub(super) fn of_values(
        values: &'a [Item<'static>],
        depth: u8,
        context: &'c mut Context<'w>,
    ) -> Self {
        Self::new(Items::Values(values.iter()), depth, context)
    }

    pub(super) fn of_one(scalar: Token<'a>, depth: u8, context: &'c mut Context<'w>) -> Self {
        Self::new(Items::One(Some(scalar)), depth, context)
    }

    fn new(items: Items<'a, 'w>, depth: u8, context: &'c mut Context<'w>) -> Self {
        let mut list = Self {
            items,
            taken: 0,
            depth,
            context,
        };
        let passed = std::mem::take(&mut list.context.passed);
        if passed > 0 {
            list.pass(passed);
        }
        list
    }

    /// Skips the first elements.
    #[cold]
    fn pass(&mut self, count: usize) {
        self.taken = count;
        let last = count - 1;
        match &mut self.items {
            Items::Text(split) => drop(split.nth(last)),
            Items::Json(items) => drop(items.nth(last)),
            Items::Values(values) => drop(values.nth(last)),
            Items::One(scalar) => drop(scalar.take()),
        }
    }

    /// Rejects elements that the type did not request.
    pub(super) fn finish(mut self, length: Option<usize>) -> Result<(), Malformed> {
        let left = match &mut self.items {
            Items::Text(split) => split.next().is_some(),
            Items::Json(items) => items.next().is_some(),
            Items::Values(values) => values.next().is_some(),
            Items::One(scalar) => scalar.is_some(),
        };
        if left {
            let fewer = || Malformed::words("fewer elements".to_owned());
            return Err(length.map_or_else(fewer, |length| {
                Malformed::expected(&Kind::Tuple(length)).about_length(length)
            }));
        }
        if let Some(watch) = &mut self.context.watch {
            watch.list(self.taken);
        }
        Ok(())
    }
}

impl<'a, 'c, 'w> Map<'a, 'c, 'w> {
    /// JSON if the text begins with a brace, otherwise separated `key=value` pairs.
    pub(super) fn of_text(
        text: &'a str,
        depth: u8,
        context: &'c mut Context<'w>,
    ) -> Result<Self, Malformed> {
        let refused = || Malformed::expected(&Kind::Map(Box::new(Kind::Any)));
        let text = trim(text).ok_or_else(refused)?;
        if !text.starts_with('{') {
            if let Some(flaw) = duplicate_pair(text, context.separator) {
                return Err(refused().flawed(flaw));
            }
            let members = MapMembers::Text(Split::new(text, context.separator));
            return Ok(Self::new(members, depth, context));
        }
        json::check(text).map_err(|flaw| refused().flawed(flaw))?;
        match json::read(text) {
            Json::Map(members) => Ok(Self::of_json(members, depth, context)),
            _ => Err(refused()),
        }
    }

    pub(super) fn of_json(
        members: json::JsonMembers<'a>,
        depth: u8,
        context: &'c mut Context<'w>,
    ) -> Self {
        Self::new(MapMembers::Json(members), depth, context)
    }

    pub(super) fn of_entries(
        entries: &'a [TableEntry<'static>],
        depth: u8,
        context: &'c mut Context<'w>,
    ) -> Self {
        Self::new(MapMembers::Values(entries.iter()), depth, context)
    }

    fn new(members: MapMembers<'a, 'w>, depth: u8, context: &'c mut Context<'w>) -> Self {
        let mut map = Self {
            members,
            value: None,
            taken: 0,
            depth,
            context,
            finds_repeated: false,
            known: BTreeMap::new(),
        };
        let passed = std::mem::take(&mut map.context.passed);
        if passed > 0 {
            map.pass(passed);
        }
        map
    }

    /// Skips the first members.
    #[cold]
    fn pass(&mut self, count: usize) {
        self.taken = count;
        let last = count - 1;
        match &mut self.members {
            MapMembers::Text(split) => drop(split.nth(last)),
            MapMembers::Json(members) => drop(members.nth(last)),
            MapMembers::Values(values) => drop(values.nth(last)),
        }
    }

    pub(super) fn finish(self) {
        if let Some(watch) = &mut self.context.watch {
            watch.list(self.taken);
        }
    }

    fn key<'de, K: DeserializeSeed<'de>>(
        &mut self,
        key: &str,
        seed: K,
    ) -> Result<K::Value, Malformed> {
        let depth = self.depth;
        let sees_keys = || {
            let watch = self.context.watch.as_ref();
            watch.is_some_and(|watch| watch.sees_fields())
        };
        if !self.finds_repeated || sees_keys() {
            return self.context.unwatched(|context| {
                context
                    .element(Token::Text(key), depth, Segment::Name(key), seed)
                    .map_err(Malformed::of_key)
            });
        }
        let (found, form, guessed) = key_of(key, depth, self.context, seed);
        self.context.guessed |= guessed;
        let found = found?;
        if let Some(form) = form {
            let first = *self.known.entry(form).or_insert(self.taken);
            if first != self.taken {
                let second = self.taken;
                let error = Malformed::expected(&Kind::Map(Box::new(Kind::Any)));
                let flaw = json::Flaw::SameKey { first, second };
                return Err(error.flawed(flaw).at(Segment::Name(key)).of_key());
            }
        }
        Ok(found)
    }

    fn next_member(&mut self) -> Result<Option<(Plain<'a>, Member<'a>)>, Malformed> {
        Ok(match &mut self.members {
            MapMembers::Text(split) => {
                let refused = |hint| {
                    Malformed::expected(&Kind::Map(Box::new(Kind::Any)))
                        .structured()
                        .hinted(hint)
                };
                match split.next() {
                    None => None,
                    Some("") => return Err(refused(Hint::Gap)),
                    Some(pair) => match pair.split_once('=') {
                        Some((key, value)) if !key.trim().is_empty() => {
                            Some((Plain::Borrowed(key.trim()), Member::Text(value.trim())))
                        }
                        _ => return Err(refused(Hint::Pairs)),
                    },
                }
            }
            MapMembers::Json(members) => members
                .next()
                .map(|(key, value)| (key.plain(), Member::Json(value))),
            MapMembers::Values(values) => values
                .next()
                .map(|entry| (Plain::Borrowed(&entry.key), Member::Value(&entry.value))),
        })
    }
}

/// Decodes a key, with what it means, and whether its type accepted text that might be a JSON scalar.
fn key_of<'de, K: DeserializeSeed<'de>>(
    key: &str,
    depth: u8,
    outer: &Context<'_>,
    seed: K,
) -> (Result<K::Value, Malformed>, Option<KeyForm>, bool) {
    let (mut observer, variant) = (KeyObserver::default(), KeyVariant::default());
    let mut context = outer.for_key(&mut observer, &variant);
    let found = context
        .element(Token::Text(key), depth, Segment::Name(key), seed)
        .map_err(Malformed::of_key);
    let guessed = context.guessed;
    let form = variant.get().map(KeyForm::Variant).or(observer.form);
    (found, form, guessed)
}

/// What the name of a key means, decoded by itself.
pub(super) fn form_of_key<'de, K: DeserializeSeed<'de>>(key: &str, seed: K) -> Option<KeyForm> {
    let context = Context::new(TextForm::default(), None);
    let (found, form, _) = key_of(key, 0, &context, seed);
    found.ok().and(form)
}

impl<'de> SeqAccess<'de> for List<'_, '_, '_> {
    type Error = Malformed;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Malformed> {
        let mut plain = None;
        let place = Segment::Index(self.taken);
        let node = match &mut self.items {
            Items::Text(split) => match split.next() {
                Some("") => {
                    let gap = Malformed::words("a value".to_owned());
                    return Err(gap.hinted(Hint::Gap).at(place).after(self.taken + 1));
                }
                element => element.map(Token::Text),
            },
            Items::Json(items) => items.next().map(|text| Token::of_json(text, &mut plain)),
            Items::Values(values) => values.next().map(|item| Token::of_node(&item.value)),
            Items::One(scalar) => scalar.take(),
        };
        let Some(node) = node else {
            return Ok(None);
        };
        self.taken += 1;
        self.context
            .element(node, self.depth, place, seed)
            .map(Some)
            .map_err(|error| error.after(self.taken))
    }

    fn size_hint(&self) -> Option<usize> {
        match &self.items {
            Items::Values(values) => Some(values.len()),
            _ => None,
        }
    }
}

impl<'de> MapAccess<'de> for Map<'_, '_, '_> {
    type Error = Malformed;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Malformed> {
        let Some((key, member)) = self.next_member()? else {
            return Ok(None);
        };
        self.taken += 1;
        let found = self
            .key(&key, seed)
            .map_err(|error| error.after(self.taken))?;
        self.value = Some((key, member));
        Ok(Some(found))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Malformed> {
        let Some((key, member)) = self.value.take() else {
            // Only a type that requests a value before its key causes this.
            return Err(Malformed::words("a key before its value".to_owned()));
        };
        let mut plain = None;
        let node = match member {
            Member::Text(text) => Token::Text(text),
            Member::Json(text) => Token::of_json(text, &mut plain),
            Member::Value(value) => Token::of_node(value),
        };
        self.context
            .element(node, self.depth, Segment::Name(&key), seed)
            .map_err(|error| error.after(self.taken))
    }
}
