//! Variants of enums: a name and its content.

use super::deserializer::{Context, ValueDeserializer};
use super::error::Malformed;
use super::token::Token;
use super::variants::hash;
use crate::value::path::Segment;
use serde::Deserializer;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, EnumAccess, VariantAccess, Visitor};

/// A variant with its content.
pub(super) struct Variant<'a, 'c, 'w> {
    pub(super) name: &'a str,
    pub(super) content: Option<Token<'a>>,
    pub(super) depth: u8,
    pub(super) context: &'c mut Context<'w>,
}

impl Variant<'_, '_, '_> {
    /// Rules check the name and not the content.
    pub(super) fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        let Variant {
            name,
            content,
            depth,
            context,
        } = self;
        if let Some(watch) = &mut context.watch {
            watch.variant(name);
        }
        context.unwatched(|context| {
            visitor.visit_enum(Variant {
                name,
                content,
                depth,
                context,
            })
        })
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, '_, '_> {
    type Error = Malformed;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Malformed> {
        let name = seed.deserialize(StrDeserializer::new(self.name))?;
        if let Some(key) = self.context.key
            && size_of::<S::Value>() <= 1
        {
            // An enum without data, as serde's derive uses for the names of variants.
            key.set(Some(hash(&name)));
        }
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_, '_> {
    type Error = Malformed;

    fn unit_variant(self) -> Result<(), Malformed> {
        match self.content {
            None | Some(Token::Null) => Ok(()),
            Some(_) => Err(Malformed::words("the name alone".to_owned())),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Malformed> {
        let node = self.content.ok_or_else(bare)?;
        let place = Segment::Name(self.name);
        self.context.element(node, self.depth, place, seed)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        self.content
            .ok_or_else(bare)
            .map(|node| ValueDeserializer::new(node, self.depth, self.context))?
            .deserialize_tuple(length, visitor)
            .map_err(|error| error.at(Segment::Name(self.name)))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        self.content
            .ok_or_else(bare)
            .map(|node| ValueDeserializer::new(node, self.depth, self.context))?
            .deserialize_struct("", fields, visitor)
            .map_err(|error| error.at(Segment::Name(self.name)))
    }
}

#[cold]
fn bare() -> Malformed {
    Malformed::words("a JSON object with this name and its value".to_owned())
}
