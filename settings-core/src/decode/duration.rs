//! Durations: std's `Duration` requests seconds and nanoseconds.

use super::error::Malformed;
use serde::de::{DeserializeSeed, IntoDeserializer, SeqAccess, Visitor};
use std::time::Duration;

/// Whether the type that requests this struct is `Duration`.
#[inline]
pub(super) fn is_asked(name: &str, fields: &[&str]) -> bool {
    name == "Duration" && fields == ["secs", "nanos"]
}

pub(super) fn hand_over<'de, V: Visitor<'de>>(
    duration: Duration,
    visitor: V,
) -> Result<V::Value, Malformed> {
    visitor.visit_seq(Parts {
        seconds: Some(duration.as_secs()),
        nanoseconds: Some(duration.subsec_nanos()),
    })
}

struct Parts {
    seconds: Option<u64>,
    nanoseconds: Option<u32>,
}

impl<'de> SeqAccess<'de> for Parts {
    type Error = Malformed;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Malformed> {
        if let Some(seconds) = self.seconds.take() {
            return seed.deserialize(seconds.into_deserializer()).map(Some);
        }
        let nanoseconds = self.nanoseconds.take();
        nanoseconds
            .map(|nanoseconds| seed.deserialize(nanoseconds.into_deserializer()))
            .transpose()
    }
}
