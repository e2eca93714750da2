//! The kind of value that a type takes, learned from what its `Deserialize` requests.

use super::expecting;
use super::{probe_end::ProbeEnd, scalar::Integer, sequences::form_of_key, variants::Ask};
use crate::schema::{Kind, variants::VariantProbe};
use serde::Deserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Expected, MapAccess, SeqAccess, Visitor};

/// The kind of value that `T` takes; `Option`s and newtypes are transparent.
///
/// `variant` queries the innermost enum for one of its names.
pub(crate) fn probe<T: DeserializeOwned>(variant: Option<&mut VariantProbe<'_>>) -> Kind {
    let mut kind = Kind::Unknown;
    // The answer is in `kind`. Without a value to decode, the result is always an error.
    let _ = T::deserialize(Probe {
        kind: &mut kind,
        fields: None,
        depth: 0,
        outside: 0,
        variant,
    });
    kind
}

/// The number of lists and maps around a struct with `#[serde(flatten)]`, which requests a map; `None` if there is no such
/// struct.
pub(crate) fn depth_of_fields<T: DeserializeOwned>() -> Option<usize> {
    let (mut kind, mut fields) = (Kind::Unknown, FieldsDepth::default());
    let _ = T::deserialize(Probe {
        kind: &mut kind,
        fields: Some(&mut fields),
        depth: 0,
        outside: 0,
        variant: None,
    });
    fields.is_found.then_some(fields.outside)
}

/// The search for a struct with `#[serde(flatten)]`.
#[derive(Default)]
struct FieldsDepth {
    /// The lists and maps around it.
    outside: usize,
    is_found: bool,
}

/// The limit for types that contain themselves, such as `struct Tree(Vec<Tree>)`.
const DEPTH: u8 = 16;

struct Probe<'k, 'n> {
    kind: &'k mut Kind,
    fields: Option<&'k mut FieldsDepth>,
    depth: u8,
    /// The lists and maps around the value.
    outside: u8,
    variant: Option<&'k mut VariantProbe<'n>>,
}

impl Probe<'_, '_> {
    fn note<V>(self, kind: Kind) -> Result<V, ProbeEnd> {
        *self.kind = kind;
        Err(ProbeEnd)
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: &V) -> Result<V::Value, ProbeEnd> {
        let words = expecting::words(&(visitor as &dyn Expected).to_string());
        self.note(if words == "text" {
            Kind::Text
        } else {
            Kind::Parsed(words)
        })
    }

    fn whole<'de, N: Integer, V: Visitor<'de>>(self, visitor: &V) -> Result<V::Value, ProbeEnd> {
        self.note(match N::KIND {
            Kind::Integer { min, max } => Kind::Integer {
                min: expecting::least(&(visitor as &dyn Expected).to_string(), min),
                max,
            },
            kind => kind,
        })
    }

    fn deeper(self) -> Result<Self, ProbeEnd> {
        if self.depth == DEPTH {
            return Err(ProbeEnd);
        }
        Ok(Probe {
            kind: self.kind,
            fields: self.fields,
            depth: self.depth + 1,
            outside: self.outside,
            variant: self.variant,
        })
    }
}

macro_rules! integers {
    ($($method:ident $type:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProbeEnd> {
            self.whole::<$type, V>(&visitor)
        }
    )*};
}

macro_rules! notes {
    ($($method:ident $kind:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ProbeEnd> {
            self.note($kind)
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'_, '_> {
    type Error = ProbeEnd;

    integers! {
        deserialize_i8 i8
        deserialize_i16 i16
        deserialize_i32 i32
        deserialize_i64 i64
        deserialize_i128 i128
        deserialize_u8 u8
        deserialize_u16 u16
        deserialize_u32 u32
        deserialize_u64 u64
        deserialize_u128 u128
    }

    notes! {
        deserialize_any Kind::Any;
        deserialize_ignored_any Kind::Any;
        deserialize_bool Kind::Bool;
        deserialize_f32 Kind::Float;
        deserialize_f64 Kind::Float;
        deserialize_char Kind::Char;
        deserialize_identifier Kind::Text;
        deserialize_bytes Kind::Bytes;
        deserialize_byte_buf Kind::Bytes;
        deserialize_unit Kind::Unit;
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProbeEnd> {
        self.text(&visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProbeEnd> {
        self.text(&visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: V,
    ) -> Result<V::Value, ProbeEnd> {
        self.note(Kind::Unit)
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ProbeEnd> {
        if let Some(probe) = &mut self.variant {
            probe.options |= 1 << self.outside;
        }
        visitor.visit_some(self.deeper()?)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ProbeEnd> {
        visitor.visit_newtype_struct(self.deeper()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ProbeEnd> {
        if let Some(fields) = &mut self.fields {
            fields.outside += 1;
        }
        let mut element = Kind::Unknown;
        let _ = visitor.visit_seq(ProbedElement::new(&mut element, &mut self));
        self.note(Kind::List(Box::new(element)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, _: V) -> Result<V::Value, ProbeEnd> {
        self.note(Kind::Tuple(length))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        _: V,
    ) -> Result<V::Value, ProbeEnd> {
        self.note(Kind::Tuple(length))
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ProbeEnd> {
        if let Some(fields) = &mut self.fields {
            // serde's derive describes a struct with this word; maps do not use it.
            fields.is_found = (&visitor as &dyn Expected)
                .to_string()
                .starts_with("struct ");
            if fields.is_found {
                return Err(ProbeEnd);
            }
            fields.outside += 1;
        }
        let mut element = Kind::Unknown;
        let _ = visitor.visit_map(ProbedElement::new(&mut element, &mut self));
        self.note(Kind::Map(Box::new(element)))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ProbeEnd> {
        if super::duration::is_asked(name, fields) {
            return self.note(Kind::Duration);
        }
        self.note(Kind::Struct(name))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ProbeEnd> {
        if let Some(variant) = self.variant {
            let _ = visitor.visit_enum(Ask(variant));
        }
        *self.kind = Kind::Enum(names);
        Err(ProbeEnd)
    }
}

/// A list or map with one element to request.
struct ProbedElement<'k, 'n> {
    probe: Option<Probe<'k, 'n>>,
}

impl<'k, 'n> ProbedElement<'k, 'n> {
    fn new(kind: &'k mut Kind, outer: &'k mut Probe<'_, 'n>) -> Self {
        let probe = Probe {
            kind,
            fields: outer.fields.as_deref_mut(),
            depth: outer.depth,
            outside: outer.outside + 1,
            variant: outer.variant.as_deref_mut(),
        };
        Self {
            probe: probe.deeper().ok(),
        }
    }
}

impl<'n> ProbedElement<'_, 'n> {
    /// The question about a name of a key of this map, if it is asked.
    fn question(&mut self) -> Option<&mut VariantProbe<'n>> {
        let probe = self.probe.as_mut()?;
        let outside = probe.outside;
        let question = probe.variant.as_deref_mut()?;
        (question.key_depth? + 1 == outside).then_some(question)
    }
}

impl<'de> SeqAccess<'de> for ProbedElement<'_, '_> {
    type Error = ProbeEnd;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ProbeEnd> {
        let probe = self.probe.take();
        probe.map(|probe| seed.deserialize(probe)).transpose()
    }
}

impl<'de> MapAccess<'de> for ProbedElement<'_, '_> {
    type Error = ProbeEnd;

    /// std's maps request key and value together, so the probe needs no key.
    fn next_entry_seed<K: DeserializeSeed<'de>, S: DeserializeSeed<'de>>(
        &mut self,
        key: K,
        seed: S,
    ) -> Result<Option<(K::Value, S::Value)>, ProbeEnd> {
        if let Some(question) = self.question() {
            question.key = form_of_key(question.name, key);
            return Err(ProbeEnd);
        }
        self.next_value_seed(seed).and(Ok(None))
    }

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ProbeEnd> {
        if self.probe.is_none() {
            return Ok(None);
        }
        if let Some(question) = self.question() {
            question.key = form_of_key(question.name, seed);
            return Err(ProbeEnd);
        }
        seed.deserialize(de::value::StrDeserializer::new("key"))
            .map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ProbeEnd> {
        seed.deserialize(self.probe.take().ok_or(ProbeEnd)?)
    }
}

#[cfg(test)]
mod tests {
    use super::{depth_of_fields, probe};
    use crate::schema::Kind;
    use serde::Deserialize;
    use std::collections::{BTreeMap, HashMap, HashSet};
    use std::time::Duration;

    const PORT: Kind = Kind::Integer { min: 0, max: 65535 };

    #[derive(Deserialize)]
    struct ProbedName(#[allow(dead_code, reason = "only probed")] String);

    #[derive(Deserialize)]
    struct ProbedTree(#[allow(dead_code, reason = "only probed")] Vec<ProbedTree>);

    #[derive(Deserialize)]
    struct Chain(#[allow(dead_code, reason = "only probed")] Option<Box<Chain>>);

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "only probed")]
    struct Forest {
        trees: BTreeMap<String, Forest>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Level {
        Debug,
        Info,
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        #[allow(dead_code, reason = "only probed")]
        Number(u8),
    }

    #[derive(Deserialize)]
    #[serde(try_from = "u16")]
    struct Panics;

    impl TryFrom<u16> for Panics {
        type Error = String;

        fn try_from(_: u16) -> Result<Self, String> {
            panic!("a probe makes up no value")
        }
    }

    #[test]
    fn a_kind_is_learned_from_what_a_type_requests() {
        assert_eq!(probe::<bool>(None), Kind::Bool);
        assert_eq!(probe::<u16>(None), PORT);
        assert_eq!(
            probe::<std::num::NonZeroU16>(None),
            Kind::Integer { min: 1, max: 65535 }
        );
        assert_eq!(
            probe::<i128>(None),
            Kind::Integer {
                min: i128::MIN,
                max: i128::MAX as u128
            }
        );
        assert_eq!(probe::<f32>(None), Kind::Float);
        assert_eq!(probe::<char>(None), Kind::Char);
        assert_eq!(probe::<String>(None), Kind::Text);
        assert_eq!(probe::<Box<str>>(None), Kind::Text);
        assert_eq!(probe::<secrecy::SecretString>(None), Kind::Text);
        assert_eq!(probe::<Duration>(None), Kind::Duration);
        assert_eq!(probe::<()>(None), Kind::Unit);
        assert_eq!(probe::<Level>(None), Kind::Enum(&["debug", "info"]));
        assert_eq!(probe::<serde_json::Value>(None), Kind::Any);
        assert_eq!(probe::<Either>(None), Kind::Any);
        assert_eq!(
            probe::<std::net::IpAddr>(None),
            Kind::Parsed("an IP address".to_owned())
        );
        assert_eq!(
            probe::<std::path::PathBuf>(None),
            Kind::Parsed("a path".to_owned())
        );
        assert_eq!(
            probe::<url::Url>(None),
            Kind::Parsed("a URL such as https://example.com".to_owned())
        );
    }

    #[test]
    fn options_and_newtypes_are_transparent() {
        assert_eq!(probe::<Option<Option<u16>>>(None), PORT);
        assert_eq!(probe::<Option<ProbedName>>(None), Kind::Text);
        assert_eq!(probe::<Box<ProbedName>>(None), Kind::Text);
        assert_eq!(probe::<Panics>(None), PORT);
    }

    #[test]
    fn lists_and_maps_have_the_kind_of_their_elements() {
        assert_eq!(probe::<Vec<u16>>(None), Kind::List(Box::new(PORT)));
        assert_eq!(
            probe::<Box<[ProbedName]>>(None),
            Kind::List(Box::new(Kind::Text))
        );
        assert_eq!(probe::<HashSet<u16>>(None), Kind::List(Box::new(PORT)));
        assert_eq!(
            probe::<HashMap<u8, Option<u16>>>(None),
            Kind::Map(Box::new(PORT))
        );
        assert_eq!(
            probe::<BTreeMap<Level, Vec<u16>>>(None),
            Kind::Map(Box::new(Kind::List(Box::new(PORT))))
        );
        assert_eq!(probe::<(u8, String)>(None), Kind::Tuple(2));
        assert_eq!(probe::<[u8; 4]>(None), Kind::Tuple(4));
        assert_eq!(probe::<Forest>(None), Kind::Struct("Forest"));
        assert_eq!(
            probe::<serde_json::Map<String, serde_json::Value>>(None),
            Kind::Map(Box::new(Kind::Any))
        );
    }

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "only probed")]
    struct Sink {
        level: u8,
        #[serde(flatten)]
        inner: Forest,
    }

    #[test]
    fn a_struct_with_flatten_has_fields_and_a_map_has_none() {
        assert_eq!(probe::<Sink>(None), Kind::Map(Box::new(Kind::Any)));
        assert_eq!(depth_of_fields::<Option<Sink>>(), Some(0));
        assert_eq!(depth_of_fields::<BTreeMap<String, Vec<Sink>>>(), Some(2));
        assert_eq!(depth_of_fields::<BTreeMap<String, u8>>(), None);
        assert_eq!(depth_of_fields::<serde_json::Value>(), None);
        assert_eq!(depth_of_fields::<u8>(), None);
    }

    #[test]
    fn a_type_that_contains_itself_is_probed_to_a_limit() {
        assert!(matches!(probe::<ProbedTree>(None), Kind::List(_)));
        assert_eq!(probe::<Chain>(None), Kind::Unknown);
    }

    impl PartialEq for Level {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }
    impl Eq for Level {}
    impl PartialOrd for Level {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Level {
        fn cmp(&self, _: &Self) -> std::cmp::Ordering {
            std::cmp::Ordering::Equal
        }
    }
}
