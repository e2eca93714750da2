//! The serde `Deserializer`: it answers what a type requests.
//!
//! The file is long because the trait has a method for each request.

use super::enums::Variant;
use super::error::{Hint, Malformed};
use super::expecting;
use super::ignored::IgnoredKeys;
use super::keys::{KeyObserver, KeyVariant};
use super::sequences::{List, Map};
use super::token::{Token, structure, trim};
use super::{TextForm, duration, scalar};
use crate::schema::Kind;
use crate::value::json::{self, Json};
use crate::value::node::is_exact;
use crate::value::observer::{Number, ValueObserver};
use crate::value::path::Segment;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Expected, Visitor};
use settings_syntax::boolean;
use std::{fmt, time::Duration};

/// State that all answers to one type share.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of an attempt"
)]
pub(super) struct Context<'w> {
    pub(super) separator: &'w str,
    pub(super) watch: Option<&'w mut dyn ValueObserver>,
    /// The unit of a plain number that is a duration.
    unit: &'w str,
    /// Receives the keys that a type ignores.
    pub(super) ignored: Option<&'w IgnoredKeys>,
    /// The keys of the struct that is being decoded.
    known: &'static [&'static str],
    /// Whether a type that accepts anything received text that might be a JSON scalar.
    pub(super) guessed: bool,
    /// Whether such a type receives the JSON that a text is.
    literal: bool,
    /// Whether strings of the value are text of flat sources.
    pub(super) is_flat: bool,
    /// The first invalid character of a text that begins like JSON but is not JSON.
    pub(super) flaw: Option<json::Flaw>,
    /// Whether the text of a list begins with a bracket.
    pub(super) has_brackets: bool,
    /// The reading of such text.
    pub(super) brackets: Brackets,
    /// Receives the variant of an enum that is the key of a map.
    pub(super) key: Option<&'w KeyVariant>,
    /// The number of elements of the outermost list or map to skip, because their problems are known.
    pub(super) passed: usize,
}

/// The reading of list text that begins with a bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brackets {
    /// A JSON list.
    Json,
    /// Elements, of which the first begins with a bracket: `[::]:80,[::1]:80`.
    OfElement,
    /// Elements in brackets: `[10.0.0.0/8, 127.0.0.1/32]`.
    OfList,
}

impl Brackets {
    /// The readings to try after JSON. Brackets around strings are more likely those of the list.
    pub(super) fn without_json(kind: &Kind) -> [Self; 2] {
        match kind.element() {
            Some(Kind::Text) => [Self::OfList, Self::OfElement],
            // A path may be any text too.
            Some(Kind::Parsed(words)) if words == expecting::PATH => {
                [Self::OfList, Self::OfElement]
            }
            _ => [Self::OfElement, Self::OfList],
        }
    }
}

/// The answer to one request.
pub struct ValueDeserializer<'a, 'c, 'w> {
    node: Token<'a>,
    depth: u8,
    context: &'c mut Context<'w>,
}

/// The limit for the nesting of lists, maps, options and newtypes: above the depth of JSON, and within the stack.
const STEPS: u8 = 160;

impl fmt::Debug for ValueDeserializer<'_, '_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(..)")
    }
}

impl<'w> Context<'w> {
    #[inline]
    pub(super) fn new(form: TextForm<'w>, watch: Option<&'w mut (dyn ValueObserver + 'w)>) -> Self {
        Self {
            separator: form.separator.unwrap_or(","),
            watch,
            unit: form.unit.unwrap_or("s"),
            ignored: form.ignored,
            known: &[],
            guessed: false,
            literal: false,
            is_flat: false,
            flaw: None,
            has_brackets: false,
            brackets: Brackets::Json,
            key: None,
            passed: 0,
        }
    }

    /// The state for a key of a map.
    pub(super) fn for_key<'k>(
        &'k self,
        observer: &'k mut KeyObserver,
        variant: &'k KeyVariant,
    ) -> Context<'k> {
        let form = TextForm {
            separator: Some(self.separator),
            unit: Some(self.unit),
            ignored: None,
        };
        Context {
            literal: self.literal,
            key: Some(variant),
            ..Context::new(form, Some(observer))
        }
    }

    /// Prepares for another attempt, with another reading of brackets.
    pub(super) fn read_brackets(&mut self, brackets: Brackets) {
        self.brackets = brackets;
        self.guessed = false;
        self.literal = false;
        self.reset();
    }

    fn reset(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.reset();
        }
        if let Some(ignored) = self.ignored {
            ignored.clear();
        }
    }

    /// Prepares for another attempt, with JSON scalars. Returns whether that differs from the first one.
    pub(super) fn start_over(&mut self) -> bool {
        let worth = self.guessed && !self.literal;
        self.literal = true;
        if worth {
            self.reset();
        }
        worth
    }

    /// Decodes an element of a list or map.
    pub(super) fn element<'de, S: DeserializeSeed<'de>>(
        &mut self,
        node: Token<'_>,
        depth: u8,
        place: Segment<'_>,
        seed: S,
    ) -> Result<S::Value, Malformed> {
        let mark = self.watch.as_mut().map_or(0, |watch| watch.enter());
        let ignored = self.ignored.map_or(0, IgnoredKeys::count);
        let value = ValueDeserializer::new(node, depth, self)
            .deeper()
            .and_then(|answer| seed.deserialize(answer))
            .map_err(|error| error.at(place))?;
        if let Some(watch) = &mut self.watch {
            watch.leave(mark, place);
        }
        if let Some(keys) = self.ignored {
            keys.prepend(ignored, place);
        }
        Ok(value)
    }

    /// Decodes a part that rules do not check.
    pub(super) fn unwatched<R>(&mut self, act: impl FnOnce(&mut Self) -> R) -> R {
        if self.watch.as_ref().is_some_and(|watch| watch.sees_fields()) {
            return act(self);
        }
        let watch = self.watch.take();
        let result = act(self);
        self.watch = watch;
        result
    }
}

impl<'a, 'c, 'w> ValueDeserializer<'a, 'c, 'w> {
    #[inline]
    pub(super) fn new(node: Token<'a>, depth: u8, context: &'c mut Context<'w>) -> Self {
        Self {
            node,
            depth,
            context,
        }
    }

    #[inline]
    fn deeper(self) -> Result<Self, Malformed> {
        if self.depth == STEPS {
            let error = Malformed::words("a value that is nested less deeply".to_owned());
            return Err(error.hinted(Hint::Flaw(json::Flaw::Depth)));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    /// Text without the space around it, for types that request no string.
    #[inline]
    fn plain(&self) -> Option<&str> {
        self.node.text().and_then(trim)
    }

    #[inline]
    fn whole<N: scalar::Integer + Into<Number>>(&mut self) -> Result<N, Malformed> {
        let number = match &self.node {
            Token::Number(text) => scalar::integer(text),
            _ => self.plain().and_then(scalar::integer),
        };
        let number: N = number.ok_or_else(|| Malformed::expected(&N::KIND))?;
        self.number(number);
        Ok(number)
    }

    fn float(&self) -> Option<f64> {
        match &self.node {
            Token::Number(text) => scalar::float(text),
            _ => self.plain().and_then(scalar::float),
        }
    }

    #[inline]
    fn number(&mut self, number: impl Into<Number>) {
        if let Some(watch) = &mut self.context.watch {
            watch.number(number.into());
        }
    }

    fn duration(&self) -> Option<Duration> {
        let text = match &self.node {
            Token::Number(text) => text,
            _ => self.plain()?,
        };
        settings_syntax::duration::parse_with_unit(text, self.context.unit)
    }

    fn list<'de, V: Visitor<'de>>(
        self,
        length: Option<usize>,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        let mut list = match self.node {
            Token::Text(text) | Token::String(text) => {
                List::of_text(text, self.depth, self.context)
            }
            Token::Owned(text) => List::of_text(text, self.depth, self.context),
            Token::JsonList(items) => Ok(List::of_json(items, self.depth, self.context)),
            Token::List(values) => Ok(List::of_values(values, self.depth, self.context)),
            // Text is a list of one element as well.
            scalar @ (Token::Number(_) | Token::Bool(_)) if length.is_none() => {
                Ok(List::of_one(scalar, self.depth, self.context))
            }
            _ => Err(no_list(length)),
        }?;
        let value = visitor.visit_seq(&mut list);
        let value = value.map_err(|error| match length {
            Some(length) => error.about_length(length),
            None => error,
        })?;
        list.finish(length)?;
        Ok(value)
    }

    /// `finds_repeated` is true if two keys may mean the same.
    fn map<'de, V: Visitor<'de>>(
        self,
        finds_repeated: bool,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        let mut map = match self.node {
            Token::Text(text) | Token::String(text) => Map::of_text(text, self.depth, self.context),
            Token::Owned(text) => Map::of_text(text, self.depth, self.context),
            Token::JsonMap(members) => Ok(Map::of_json(members, self.depth, self.context)),
            Token::Map(entries) => Ok(Map::of_entries(entries, self.depth, self.context)),
            _ => Err(Malformed::expected(&Kind::Map(Box::new(Kind::Any)))),
        }?;
        map.finds_repeated = finds_repeated;
        let value = visitor.visit_map(&mut map)?;
        map.finish();
        Ok(value)
    }

    /// Decodes a struct, from JSON or a table only. Rules do not check its fields.
    fn fields<'de, V: Visitor<'de>>(
        self,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        let depth = self.depth;
        let node = match self.node {
            Token::Text(text) | Token::String(text) => structure(text)?,
            Token::Owned(text) => structure(text)?,
            node => node,
        };
        self.context.unwatched(|context| {
            let outer = std::mem::replace(&mut context.known, known);
            let answer = ValueDeserializer::new(node, depth, context);
            let value = match answer.node {
                Token::JsonList(_) | Token::List(_) => answer.list(None, visitor),
                Token::JsonMap(_) | Token::Map(_) => answer.map(false, visitor),
                _ => Err(Malformed::expected(&Kind::Struct(""))),
            };
            context.known = outer;
            value
        })
    }

    /// Text of a flat source for a type that accepts anything: JSON if it begins like JSON and is JSON.
    fn any_text<'de, V: Visitor<'de>>(
        text: &str,
        depth: u8,
        context: &mut Context<'_>,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        if context.literal || text.trim_start().starts_with(['{', '[']) {
            return Self::any_json(text, depth, context, visitor);
        }
        context.guessed = true;
        context.string(text, visitor)
    }

    /// A string of a file or of JSON for a type that accepts anything: JSON only if the type rejects the string.
    fn any_string<'de, V: Visitor<'de>>(
        text: &str,
        depth: u8,
        context: &mut Context<'_>,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        if context.literal || context.is_flat {
            return Self::any_text(text, depth, context, visitor);
        }
        context.guessed = true;
        context.string(text, visitor)
    }

    fn any_json<'de, V: Visitor<'de>>(
        text: &str,
        depth: u8,
        context: &mut Context<'_>,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        let trimmed = text.trim();
        match json::check(trimmed) {
            Ok(()) => {
                let mut place = None;
                match Token::of_json(trimmed, &mut place) {
                    Token::String(text) => context.string(text, visitor),
                    token => ValueDeserializer::new(token, depth, context).deserialize_any(visitor),
                }
            }
            Err(flaw @ json::Flaw::Syntax { .. }) => {
                if trimmed.starts_with(['{', '[']) {
                    context.flaw = Some(flaw);
                }
                context.string(text, visitor)
            }
            Err(flaw) => Err(Malformed::expected(&Kind::Any).flawed(flaw)),
        }
    }

    /// A number for a type that accepts anything. serde's buffer has 64 bits, so a number that they change is rejected.
    fn any_number<'de, V: Visitor<'de>>(
        mut self,
        text: &str,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        let is_integer = !text.contains(['.', 'e', 'E']);
        if text.ends_with(|ch: char| ch.is_ascii_alphabetic()) {
            // `inf` or `nan`.
            return Err(Malformed::expected(&Kind::Float));
        }
        if is_integer && scalar::integer::<u64>(text).is_some() {
            return self.deserialize_u64(visitor);
        }
        if is_integer && scalar::integer::<i64>(text).is_some() {
            return self.deserialize_i64(visitor);
        }
        let float = self.float();
        if asks_for_decimal(&visitor) {
            if let Some(float) = float {
                self.number(float);
            }
            return visitor.visit_str(text);
        }
        if is_integer {
            let wide = match (scalar::integer::<u128>(text), scalar::integer::<i128>(text)) {
                (Some(number), _) => {
                    self.number(number);
                    visitor.visit_u128(number)
                }
                (None, Some(number)) => {
                    self.number(number);
                    visitor.visit_i128(number)
                }
                (None, None) => return Err(Malformed::too_wide()),
            };
            return wide.map_err(|_: Malformed| Malformed::too_wide());
        }
        match float {
            Some(float) if !is_exact(float, text) => Err(Malformed::too_precise()),
            _ => self.deserialize_f64(visitor),
        }
    }
}

/// Whether a type that accepts anything converts text to a decimal number, by the words of its `expecting`.
fn asks_for_decimal<'de>(visitor: &impl Visitor<'de>) -> bool {
    let expected: &dyn Expected = visitor;
    expected
        .to_string()
        .to_ascii_lowercase()
        .contains("decimal")
}

impl Context<'_> {
    #[inline]
    fn string<'de, V: Visitor<'de>>(
        &mut self,
        text: &str,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        if let Some(watch) = &mut self.watch {
            watch.text(text);
            watch.asked(text, Some(&visitor));
        }
        visitor.visit_str(text)
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Malformed> {
            visitor.$visit(self.whole()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for ValueDeserializer<'_, '_, '_> {
    type Error = Malformed;

    integers! {
        deserialize_i8 visit_i8
        deserialize_i16 visit_i16
        deserialize_i32 visit_i32
        deserialize_i64 visit_i64
        deserialize_i128 visit_i128
        deserialize_u8 visit_u8
        deserialize_u16 visit_u16
        deserialize_u32 visit_u32
        deserialize_u64 visit_u64
        deserialize_u128 visit_u128
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.node {
            Token::Text(text) => Self::any_text(text, self.depth, self.context, visitor),
            Token::String(text) => Self::any_string(text, self.depth, self.context, visitor),
            Token::Owned(text) => Self::any_text(text, self.depth, self.context, visitor),
            Token::Null => visitor.visit_unit(),
            Token::Bool(_) => self.deserialize_bool(visitor),
            Token::Number(text) => self.any_number(text, visitor),
            Token::JsonList(_) | Token::List(_) => self.list(None, visitor),
            Token::JsonMap(_) | Token::Map(_) => self.map(false, visitor),
        }
    }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        let truth = match &self.node {
            Token::Bool(value) => Some(*value),
            _ => self.plain().and_then(boolean::parse),
        };
        let truth = truth.ok_or_else(|| Malformed::expected(&Kind::Bool))?;
        if let Some(watch) = &mut self.context.watch {
            watch.truth(truth);
        }
        visitor.visit_bool(truth)
    }

    fn deserialize_f32<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Malformed> {
        let number = match &self.node {
            Token::Number(text) => scalar::float(text),
            _ => self.plain().and_then(scalar::float),
        };
        let number: f32 = number.ok_or_else(|| Malformed::expected(&Kind::Float))?;
        self.number(number);
        visitor.visit_f32(number)
    }

    fn deserialize_f64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Malformed> {
        let number = self
            .float()
            .ok_or_else(|| Malformed::expected(&Kind::Float))?;
        self.number(number);
        visitor.visit_f64(number)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        let only = |text: &str| {
            let mut characters = text.chars();
            characters.next().filter(|_| characters.next().is_none())
        };
        let character = match self.node.text() {
            Some(text) => only(text).or_else(|| trim(text).and_then(only)),
            None => None,
        };
        let character = character.ok_or_else(|| self.node.not(&Kind::Char))?;
        if let Some(watch) = &mut self.context.watch {
            let mut encoded = [0; 4];
            let text = &*character.encode_utf8(&mut encoded);
            watch.text(text);
            watch.asked(text, None);
        }
        visitor.visit_char(character)
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.node {
            Token::Text(text) | Token::String(text) => self.context.string(text, visitor),
            Token::Owned(text) => {
                if let Some(watch) = &mut self.context.watch {
                    watch.text(text);
                    watch.asked(text, Some(&visitor));
                }
                visitor.visit_string(std::mem::take(text))
            }
            node => Err(node.not(&Kind::Text)),
        }
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match &self.node {
            Token::JsonList(_) | Token::List(_) => self.list(None, visitor),
            node => {
                let text = node.text().ok_or_else(|| node.not(&Kind::Bytes))?;
                if let Some(watch) = &mut self.context.watch {
                    watch.text(text);
                    watch.asked(text, Some(&visitor));
                }
                visitor.visit_bytes(text.as_bytes())
            }
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_bytes(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.node {
            Token::Null => visitor.visit_none(),
            _ => visitor.visit_some(self.deeper()?),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match (&self.node, self.plain()) {
            (Token::Null, _) | (_, Some("" | "null")) => visitor.visit_unit(),
            _ => Err(Malformed::expected(&Kind::Unit)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        visitor.visit_newtype_struct(self.deeper()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.list(None, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        self.list(Some(length), visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        self.list(Some(length), visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.map(true, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        let parts = matches!(self.node, Token::JsonMap(_) | Token::Map(_));
        if parts || !duration::is_asked(name, fields) {
            return self.fields(fields, visitor);
        }
        let duration = self.duration().ok_or_else(|| {
            let error = Malformed::expected(&Kind::Duration);
            match self.plain() {
                Some(_) => error.hinted(Hint::DurationUnits),
                None => error,
            }
        })?;
        if let Some(watch) = &mut self.context.watch {
            watch.duration(duration);
        }
        duration::hand_over(duration, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        let refused = || Malformed::expected(&Kind::Enum(names));
        let mut place = None;
        let key;
        let node = match self.node {
            Token::Owned(text) => Token::Text(text),
            node => node,
        };
        let (name, content) = match &node {
            Token::JsonMap(members) => {
                let (found, value) = only(members.clone()).ok_or_else(refused)?;
                key = found.plain();
                (&*key, Some(Token::of_json(value, &mut place)))
            }
            Token::Map(entries) => {
                let entry = only(entries.iter()).ok_or_else(refused)?;
                (&*entry.key, Some(Token::of_node(&entry.value)))
            }
            // A scalar of a file is written like the name that it means.
            Token::Bool(value) => (
                scalar::name_of_bool(*value, names).ok_or_else(refused)?,
                None,
            ),
            Token::Number(digits) => match scalar::name(digits, names) {
                Ok(Some(name)) => (name, None),
                _ => return Err(refused()),
            },
            _ => match node.text().and_then(trim).ok_or_else(refused)? {
                text if text.starts_with('{') => {
                    json::check(text).map_err(|flaw| refused().flawed(flaw))?;
                    let Json::Map(members) = json::read(text) else {
                        return Err(refused());
                    };
                    let (found, value) = only(members).ok_or_else(refused)?;
                    key = found.plain();
                    (&*key, Some(Token::of_json(value, &mut place)))
                }
                text => (text, None),
            },
        };
        let found = scalar::name(name, names).map_err(|()| refused())?;
        if let Some(watch) = &mut self.context.watch {
            watch.asked(name, None);
        }
        let variant = Variant {
            // `#[serde(other)]` accepts a name that is not in the list.
            name: found.unwrap_or(name),
            content,
            depth: self.depth,
            context: self.context,
        };
        variant.visit(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.node.text() {
            Some(text) => visitor.visit_str(text),
            None => Err(self.node.not(&Kind::Text)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        if let Some(ignored) = self.context.ignored {
            ignored.add(self.context.known);
        }
        visitor.visit_unit()
    }
}

#[cold]
fn no_list(length: Option<usize>) -> Malformed {
    Malformed::expected(&match length {
        Some(length) => Kind::Tuple(length),
        None => Kind::List(Box::new(Kind::Any)),
    })
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}
