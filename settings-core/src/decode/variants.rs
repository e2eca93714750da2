//! Probe of one variant of an enum, for [`VariantProbe`].

use super::probe_end::ProbeEnd;
use crate::schema::variants::VariantProbe;
use serde::de::{DeserializeSeed, EnumAccess, VariantAccess, Visitor, value::StrDeserializer};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Passes the name to the enum, and notes the answer.
pub(super) struct Ask<'p, 'n>(pub(super) &'p mut VariantProbe<'n>);

impl<'de> EnumAccess<'de> for Ask<'_, '_> {
    type Error = ProbeEnd;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), ProbeEnd> {
        let variant = seed.deserialize(StrDeserializer::new(self.0.name))?;
        self.0.variant = Some(hash(&variant));
        Ok((variant, self))
    }
}

/// A hash of the identifier as which serde deserializes the name of a variant.
pub(super) fn hash<T>(variant: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    std::mem::discriminant(variant).hash(&mut hasher);
    hasher.finish()
}

impl<'de> VariantAccess<'de> for Ask<'_, '_> {
    type Error = ProbeEnd;

    fn unit_variant(self) -> Result<(), ProbeEnd> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, ProbeEnd> {
        self.0.carries_data = true;
        Err(ProbeEnd)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, ProbeEnd> {
        self.0.carries_data = true;
        Err(ProbeEnd)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ProbeEnd> {
        self.0.carries_data = true;
        Err(ProbeEnd)
    }
}
