//! The contract of decoding, sentence by sentence.

use super::{Hint, Input, Normal, TextForm, decode, error::DecodeFault};
use crate::rules::Rules;
use crate::schema::{Bound, Range, Rule};
use crate::value::json::{self, Flaw};
use crate::value::node::{Item, Node, TableEntry};
use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    ReadOnly,
    ReadWrite,
    File(PathBuf),
    Pair(u8, bool),
    Limits { low: u8, high: Option<u8> },
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Server {
    host: String,
    port: u16,
    #[serde(default)]
    tags: Vec<String>,
    timeout: Option<Duration>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Name(String);

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
struct Clear {
    value: u16,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Either {
    Number(u16),
    Flag(bool),
    Ratio(f64),
    List(Vec<u16>),
    Word(Mode),
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Store {
    Memory,
    Disk { path: PathBuf },
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Even(usize);

impl TryFrom<String> for Even {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len().is_multiple_of(2) {
            Ok(Self(text.len()))
        } else {
            Err(format!("`{text}` is odd"))
        }
    }
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "never built")]
struct Endless(Option<Box<Endless>>);

fn text<T: DeserializeOwned>(text: &str) -> Option<T> {
    decode(Input::Text(text), TextForm::default(), None).ok()
}

/// A value of a structured source, written as JSON.
fn node(text: &str) -> Node<'static> {
    match json::node(text, 0) {
        Ok(node) => node.into_owned(),
        Err(stop) => panic!("{text}: {stop:?}"),
    }
}

/// Reads a value of a structured source, written as JSON.
fn value<T: DeserializeOwned>(text: &str) -> Option<T> {
    decode(Input::Value(&node(text)), TextForm::default(), None).ok()
}

fn fault<T: DeserializeOwned>(text: &str) -> DecodeFault {
    let Err(error) = decode::<T>(Input::Text(text), TextForm::default(), None) else {
        panic!("{text} is decoded");
    };
    error.into_fault()
}

fn value_fault<T: DeserializeOwned>(text: &str) -> DecodeFault {
    node_fault::<T>(&node(text))
}

fn node_fault<T: DeserializeOwned>(node: &Node<'static>) -> DecodeFault {
    let Err(error) = decode::<T>(Input::Value(node), TextForm::default(), None) else {
        panic!("the value is decoded");
    };
    error.into_fault()
}

/// `position: what was expected`.
fn describe(fault: &DecodeFault) -> String {
    format!("{}: {}", fault.at.inside(), fault.expected)
}

fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

#[test]
fn a_string_is_kept_byte_for_byte() {
    for raw in [
        "12345", "true", " a ", "null", "[1]", "{}", "\"q\"", "007", "a\r", "1e3", "",
    ] {
        assert_eq!(text::<String>(raw).as_deref(), Some(raw));
        assert_eq!(text::<Option<Name>>(raw), Some(Some(Name(raw.to_owned()))));
        assert_eq!(text::<PathBuf>(raw), Some(PathBuf::from(raw)));
        assert_eq!(text::<Box<str>>(raw).as_deref(), Some(raw));
        let secret = text::<SecretString>(raw).expect("text");
        assert_eq!(secret.expose_secret(), raw);
    }
}

#[test]
fn text_for_other_types_is_trimmed() {
    assert_eq!(text::<u16>(" 8080\n"), Some(8080));
    assert_eq!(text::<bool>("\tyes "), Some(true));
    assert_eq!(text::<f64>(" 1.5 "), Some(1.5));
    assert_eq!(text::<Duration>(" 30s "), Some(Duration::from_secs(30)));
    assert_eq!(text::<Mode>(" read_only "), Some(Mode::ReadOnly));
    assert_eq!(text::<Vec<u8>>(" 1, 2 "), Some(vec![1, 2]));
    assert_eq!(text::<Vec<u8>>(" [1, 2] "), Some(vec![1, 2]));
}

#[test]
fn numbers_are_read_over_their_full_range() {
    assert_eq!(text::<u128>(&u128::MAX.to_string()), Some(u128::MAX));
    assert_eq!(text::<i128>(&i128::MIN.to_string()), Some(i128::MIN));
    assert_eq!(text::<i8>("-128"), Some(-128));
    assert_eq!(text::<NonZeroU16>("8080"), NonZeroU16::new(8080));
    assert_eq!(text::<f32>("0.1"), Some(0.1));
    assert_eq!(text::<Clear>("1_000"), Some(Clear { value: 1000 }));
    assert_eq!(text::<usize>("1"), Some(1));
}

#[test]
fn a_number_in_a_file_is_decoded_from_its_text() {
    for bits in 0x3dcc_cccd_u32..0x3dcc_ccff {
        // Between two floats of 32 bits, where it matters to which side a text of 17 digits leans.
        let between = f64::midpoint(f32::from_bits(bits).into(), f32::from_bits(bits + 1).into());
        assert_eq!(
            value::<f32>(&between.to_string()),
            text::<f32>(&between.to_string())
        );
    }
    let large = 9_007_199_791_611_905_i64;
    assert_eq!(
        value::<f32>(&large.to_string()),
        text::<f32>(&large.to_string())
    );
}

#[test]
fn a_malformed_scalar_reports_what_was_expected() {
    assert_eq!(
        fault::<u16>("65536").expected,
        "a whole number from 0 to 65535"
    );
    assert_eq!(
        fault::<Option<u8>>("a").expected,
        "a whole number from 0 to 255"
    );
    assert_eq!(
        fault::<NonZeroU16>("0").expected,
        "a whole number from 1 to 65535"
    );
    assert_eq!(
        fault::<NonZeroU16>("x").expected,
        "a whole number from 1 to 65535"
    );
    assert_eq!(fault::<bool>("2").expected, "true or false");
    assert_eq!(fault::<f64>("nan").expected, "a number");
    assert_eq!(fault::<Duration>("-1s").expected, "a duration such as 30s");
    assert_eq!(fault::<char>("ab").expected, "one character");
    assert_eq!(fault::<IpAddr>("x").expected, "an IP address");
    assert_eq!(
        fault::<url::Url>("x").expected,
        "a URL such as https://example.com"
    );
    assert_eq!(fault::<()>("x").expected, "no value");
}

#[test]
fn enum_names_ignore_case_and_separators_and_are_never_numbers() {
    for name in ["read_only", "READ-ONLY", "ReadOnly", "readonly"] {
        assert_eq!(text::<Mode>(name), Some(Mode::ReadOnly), "{name}");
    }
    let fault = fault::<Mode>("0");
    assert_eq!(
        fault.expected,
        "one of read_only, read_write, file, pair, limits"
    );
    assert_eq!(fault.choices.map(<[_]>::len), Some(5));
    assert_eq!(value::<Mode>("0"), None);
}

#[test]
fn names_that_normalize_alike_match_only_exactly() {
    #[derive(Debug, PartialEq, Deserialize)]
    enum Twins {
        #[serde(rename = "a_b")]
        Under,
        #[serde(rename = "a-b")]
        Dash,
    }
    assert_eq!(text::<Twins>("a-b"), Some(Twins::Dash));
    assert_eq!(text::<Twins>("a_b"), Some(Twins::Under));
    assert_eq!(text::<Twins>("AB"), None);
}

#[test]
fn an_enum_may_have_an_alias_and_a_catch_all() {
    #[derive(Debug, PartialEq, Deserialize)]
    enum Level {
        #[serde(alias = "warning")]
        Warn,
        #[serde(other)]
        Other,
    }
    assert_eq!(text::<Level>("WARNING"), Some(Level::Warn));
    assert_eq!(text::<Level>("loud"), Some(Level::Other));
}

#[test]
fn enum_variants_with_data_are_json() {
    assert_eq!(
        text::<Mode>(r#"{"file": "/tmp"}"#),
        Some(Mode::File("/tmp".into()))
    );
    assert_eq!(
        text::<Mode>(r#"{"Pair": ["7", "on"]}"#),
        Some(Mode::Pair(7, true))
    );
    assert_eq!(
        text::<Mode>(r#"{"limits": {"low": 1}}"#),
        Some(Mode::Limits { low: 1, high: None })
    );
    assert_eq!(text::<Mode>(r#"{"read_only": null}"#), Some(Mode::ReadOnly));
    assert_eq!(
        describe(&fault::<Mode>("file")),
        ": a JSON object with this name and its value"
    );
    assert_eq!(
        describe(&fault::<Mode>(r#"{"read_only": 1}"#)),
        ": the name alone"
    );
    assert_eq!(
        describe(&fault::<Mode>(r#"{"limits": {"low": "x"}}"#)),
        ".limits.low: a whole number from 0 to 255"
    );
    assert_eq!(text::<Mode>(r#"{"file": "a", "pair": [1, true]}"#), None);
    assert_eq!(text::<Mode>("{}"), None);
}

#[test]
fn lists_are_json_or_separated_by_commas() {
    assert_eq!(text::<Vec<u16>>("80,443"), Some(vec![80, 443]));
    assert_eq!(text::<Vec<u16>>("80, 443,"), Some(vec![80, 443]));
    assert_eq!(text::<Vec<u16>>("[80, \"443\"]"), Some(vec![80, 443]));
    assert_eq!(text::<Vec<u16>>("[]"), Some(vec![]));
    assert_eq!(text::<Vec<u16>>(""), Some(vec![]));
    assert_eq!(
        text::<Vec<String>>(" a , b c "),
        Some(strings(["a", "b c"]))
    );
    assert_eq!(
        text::<Vec<String>>(r#"[" a ", "b\nc"]"#),
        Some(strings([" a ", "b\nc"]))
    );
    assert_eq!(text::<HashSet<u8>>("1,2,1"), Some(HashSet::from([1, 2])));
    assert_eq!(text::<Vec<Mode>>("read-only"), Some(vec![Mode::ReadOnly]));
    assert_eq!(
        text::<Vec<Duration>>("1s,2m"),
        Some(vec![Duration::from_secs(1), Duration::from_mins(2)])
    );
    for malformed in ["80,,443", ",80", ",", "80,443,,"] {
        let fault = fault::<Vec<u16>>(malformed);
        assert_eq!(fault.hint, Some(Hint::Gap), "{malformed}");
    }
    assert_eq!(
        describe(&fault::<Vec<u16>>("80,x")),
        "[1]: a whole number from 0 to 65535"
    );
    assert_eq!(
        describe(&fault::<Vec<IpAddr>>("::1,x")),
        "[1]: an IP address"
    );
}

#[test]
fn a_custom_separator_splits_a_list() {
    let form = TextForm {
        separator: Some(";"),
        ..TextForm::default()
    };
    let list: Vec<String> = decode(Input::Text("a,b; c"), form, None).expect("a list");
    assert_eq!(list, ["a,b", "c"]);
    let map: BTreeMap<String, u8> = decode(Input::Text("a=1;b=2"), form, None).expect("a map");
    assert_eq!(map["b"], 2);
    let empty = TextForm {
        separator: Some(""),
        ..TextForm::default()
    };
    let list: Vec<String> = decode(Input::Text("a,b"), empty, None).expect("a list");
    assert_eq!(list, ["a,b"]);
}

#[test]
fn tuples_are_lists_of_fixed_length() {
    assert_eq!(text::<(u8, String)>("1, a"), Some((1, "a".to_owned())));
    assert_eq!(text::<[u8; 2]>("[1, 2]"), Some([1, 2]));
    for malformed in ["1", "1,2,3", "[1]", "[1,2,3]"] {
        assert_eq!(
            describe(&fault::<(u8, u8)>(malformed)),
            ": a list of 2 values"
        );
    }
    assert_eq!(
        describe(&fault::<(u8, u8)>("1,x")),
        "[1]: a whole number from 0 to 255"
    );
}

#[test]
fn maps_are_json_or_pairs() {
    let map = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!(text::<BTreeMap<String, u8>>("a=1, b = 2,"), Some(map));
    assert_eq!(
        text::<HashMap<u16, bool>>(r#"{"80": true, "443": "no"}"#),
        Some(HashMap::from([(80, true), (443, false)]))
    );
    assert_eq!(
        text::<BTreeMap<Mode, String>>("Read-Only=a=b"),
        Some(BTreeMap::from([(Mode::ReadOnly, "a=b".to_owned())]))
    );
    assert_eq!(text::<BTreeMap<String, u8>>(""), Some(BTreeMap::new()));
    for (malformed, hint) in [
        ("a", Hint::Pairs),
        ("a=1,b", Hint::Pairs),
        ("=1", Hint::Pairs),
        ("a=1,,b=2", Hint::Gap),
    ] {
        let fault = fault::<BTreeMap<String, u8>>(malformed);
        assert_eq!(fault.hint, Some(hint), "{malformed}");
        assert!(fault.structured);
    }
    assert_eq!(
        describe(&fault::<BTreeMap<String, u8>>("a=1,b=x")),
        ".b: a whole number from 0 to 255"
    );
    assert_eq!(
        describe(&fault::<BTreeMap<u8, bool>>("a=1")),
        ".a: a whole number from 0 to 255"
    );
}

#[test]
fn structs_are_json_and_strings_in_json_follow_the_text_rules() {
    let server = Server {
        host: "a".to_owned(),
        port: 8080,
        tags: strings(["x", "y"]),
        timeout: Some(Duration::from_secs(90)),
    };
    let json = r#"{"host": "a", "port": " 8080 ", "tags": "x, y", "timeout": "1m 30s"}"#;
    assert_eq!(text::<Server>(json), Some(server));
    let bare = text::<Server>(r#"{"host": "", "port": 1, "timeout": null, "other": [{}]}"#);
    assert_eq!(bare.and_then(|server| server.timeout), None);
    assert_eq!(describe(&fault::<Server>("a=1")), ": a JSON object");
    assert_eq!(
        describe(&fault::<Server>(r#"{"host": "a"}"#)),
        ".port: a value"
    );
    assert_eq!(
        describe(&fault::<Server>(r#"{"host": "a", "port": "x"}"#)),
        ".port: a whole number from 0 to 65535"
    );
    assert_eq!(
        describe(&fault::<Server>(r#"{"host": "a", "host": "b"}"#)),
        ": each key once"
    );
    let unquoted = fault::<Server>(r#"{"host": 1}"#);
    assert_eq!(
        (describe(&unquoted).as_str(), unquoted.hint),
        (".host: text", Some(Hint::Quote))
    );
}

#[test]
fn json_keeps_every_digit() {
    assert_eq!(
        text::<Vec<u128>>(&format!("[{}]", u128::MAX)),
        Some(vec![u128::MAX])
    );
    assert_eq!(
        text::<Vec<i64>>("[9007199254740993, -9223372036854775808]"),
        Some(vec![9_007_199_254_740_993, i64::MIN])
    );
    let any: serde_json::Value = text("[18446744073709551615, -5, 1.5]").expect("JSON");
    assert_eq!(any, serde_json::json!([u64::MAX, -5, 1.5]));
    for malformed in ["[1.0]", "[1e-2]", "[true]", "[null]", "[256]", "[[1]]"] {
        assert_eq!(
            describe(&fault::<Vec<u8>>(malformed)),
            "[0]: a whole number from 0 to 255"
        );
    }
    assert_eq!(text::<Vec<f64>>("[1e999]"), None);
}

#[test]
fn malformed_json_is_reported_with_its_column() {
    let addresses = fault::<Vec<SocketAddr>>("[::1]:80,[::1]:nowhere");
    assert_eq!(addresses.hint, Some(Hint::List { column: 2 }));
    assert!(addresses.structured);
    let store = fault::<Store>(r#"{"kind": memory}"#);
    assert_eq!(store.hint, Some(Hint::Flaw(Flaw::Syntax { column: 10 })));
}

#[test]
fn text_of_flat_sources_is_json_only_if_it_parses() {
    let any = text::<serde_json::Value>;
    assert_eq!(any(r#"{"a": [1]}"#), Some(serde_json::json!({"a": [1]})));
    assert_eq!(any("{time} {level}"), Some("{time} {level}".into()));
    assert_eq!(any("[::]:80"), Some("[::]:80".into()));
    assert_eq!(any("5"), Some("5".into()));
}

#[test]
fn a_string_of_a_file_is_a_string() {
    let any = value::<serde_json::Value>;
    for text in [
        r"{time} {level}",
        "[1, 2]",
        r#"{"a": 1}"#,
        "5",
        "true",
        "null",
        "",
    ] {
        let quoted = json::quoted(text);
        assert_eq!(any(&quoted), Some(text.into()));
        let inside = format!("[{{\"format\": {quoted}}}]");
        assert_eq!(any(&inside), Some(serde_json::json!([{ "format": text }])));
    }
    assert_eq!(value::<Either>(r#""7""#), Some(Either::Number(7)));
    let store = r#""{\"kind\": \"memory\"}""#;
    assert_eq!(value::<Store>(store), Some(Store::Memory));
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Generator {
    Fixed { seed: u64 },
    Signed { seed: i64 },
    Float { seed: f64 },
}

#[test]
fn numbers_pass_serdes_buffer_unchanged_or_are_refused() {
    let of = |kind: &str, seed: &str| format!(r#"{{"kind": "{kind}", "seed": {seed}}}"#);
    let read = |kind, seed| {
        let (file, flat) = (value(&of(kind, seed)), text(&of(kind, seed)));
        assert_eq!(file, flat, "{seed}");
        file
    };
    let seed = 11_077_308_757_146_580_733;
    assert_eq!(
        read("fixed", "11077308757146580733"),
        Some(Generator::Fixed { seed })
    );
    let (largest, smallest) = (u64::MAX.to_string(), i64::MIN.to_string());
    assert_eq!(
        read("fixed", &largest),
        Some(Generator::Fixed { seed: u64::MAX })
    );
    assert_eq!(
        read("signed", &smallest),
        Some(Generator::Signed { seed: i64::MIN })
    );
    assert_eq!(read("float", "1.50"), Some(Generator::Float { seed: 1.5 }));
    assert_eq!(read("float", "1e3"), Some(Generator::Float { seed: 1e3 }));
    for wide in [
        "18446744073709551616",
        "-9223372036854775809",
        &"9".repeat(60),
    ] {
        let fault = value_fault::<Generator>(&of("fixed", wide));
        assert_eq!(
            describe(&fault),
            ".seed: a whole number from -9223372036854775808 to 18446744073709551615"
        );
        assert_eq!(fault.hint, Some(Hint::QuoteNumber));
        assert_eq!(value::<serde_json::Value>(wide), None);
    }
    for precise in ["0.1234567890123456789", "3.14159265358979323846", "1e-400"] {
        let fault = value_fault::<Generator>(&of("float", precise));
        assert_eq!(
            describe(&fault),
            ".seed: a decimal number that 64 bits hold without rounding"
        );
        assert_eq!(fault.hint, Some(Hint::QuoteNumber));
        assert_eq!(text::<serde_json::Value>(&format!("[{precise}]")), None);
    }
}

/// A decimal number in the manner of `rust_decimal`: of whatever serde has, preferably text.
#[derive(Debug, PartialEq)]
struct Decimal(String);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ReadFunction;
        impl serde::de::Visitor<'_> for ReadFunction {
            type Value = Decimal;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a Decimal type representing a fixed-point number")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Decimal, E> {
                Ok(Decimal(number.to_string()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Decimal, E> {
                Ok(Decimal(number.to_string()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Decimal, E> {
                Ok(Decimal(text.to_owned()))
            }
        }
        deserializer.deserialize_any(ReadFunction)
    }
}

#[test]
fn a_decimal_is_read_from_its_text() {
    let wide = "9".repeat(40);
    for number in ["0.1234567890123456789", "1.50", "-0.10", "5", &wide] {
        let expected = Decimal(number.to_owned());
        assert_eq!(value::<Decimal>(number), Some(Decimal(number.to_owned())));
        assert_eq!(value::<Decimal>(&format!("\"{number}\"")), Some(expected));
        let list = format!("[{number}]");
        assert_eq!(value::<Vec<Decimal>>(&list), text::<Vec<Decimal>>(number));
    }
}

#[test]
fn nesting_has_a_limit_and_no_stack_overflows() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(text::<serde_json::Value>(&nested(128)).is_some());
    assert_eq!(
        fault::<serde_json::Value>(&nested(129)).hint,
        Some(Hint::Flaw(Flaw::Depth))
    );
    assert_eq!(
        fault::<serde_json::Value>(&nested(100_000)).hint,
        Some(Hint::Flaw(Flaw::Depth))
    );
    assert_eq!(fault::<Endless>("x").hint, Some(Hint::Flaw(Flaw::Depth)));
    let mut deep = Node::number("1");
    for _ in 0..1000 {
        deep = Node::List(vec![Item::new(deep)]);
    }
    assert_eq!(
        node_fault::<serde_json::Value>(&deep).hint,
        Some(Hint::Flaw(Flaw::Depth))
    );
}

#[test]
fn a_type_that_accepts_anything_gets_json_then_text_then_the_scalar() {
    use serde_json::json;
    assert_eq!(text(r#"{"a": [1, "2"]}"#), Some(json!({"a": [1, "2"]})));
    for raw in ["8080", "true", "null", " a ", "\"a\"", ""] {
        assert_eq!(text(raw), Some(json!(raw)));
    }
    assert_eq!(text("8080"), Some(Either::Number(8080)));
    assert_eq!(text(" true"), Some(Either::Flag(true)));
    assert_eq!(text("1.5"), Some(Either::Ratio(1.5)));
    assert_eq!(text("[1,2]"), Some(Either::List(vec![1, 2])));
    assert_eq!(text("read_only"), Some(Either::Word(Mode::ReadOnly)));
    assert_eq!(
        text("1,true"),
        Some(vec![Either::Number(1), Either::Flag(true)])
    );
    assert_eq!(text(r#"["1"]"#), Some(vec![Either::Number(1)]));
    let fault = fault::<Either>("loud");
    assert_eq!(fault.expected, "a value of type Either");
    assert_eq!(fault.reason, None);
}

#[test]
fn tagged_enums_are_decoded() {
    assert_eq!(text::<Store>(r#"{"kind": "memory"}"#), Some(Store::Memory));
    assert_eq!(
        text::<Store>(r#"{"kind": "disk", "path": "/a"}"#),
        Some(Store::Disk { path: "/a".into() })
    );
    assert_eq!(
        value::<Store>(r#"{"kind": "disk", "path": "/a"}"#),
        Some(Store::Disk { path: "/a".into() })
    );
    assert_eq!(text::<Store>("memory"), None);
}

#[test]
fn common_types_are_decoded() {
    assert_eq!(
        text::<IpAddr>("::1"),
        Some(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]))
    );
    assert!(text::<SocketAddr>("127.0.0.1:80").is_some());
    assert!(text::<url::Url>("https://a/?b=c").is_some());
    assert_eq!(text::<char>(" "), Some(' '));
    assert_eq!(text::<char>(" x "), Some('x'));
    assert_eq!(text::<()>(""), Some(()));
    assert_eq!(text::<Box<[u8]>>("1,2").as_deref(), Some(&[1, 2][..]));
    assert_eq!(
        text::<BTreeSet<Option<u8>>>("1,2").map(|set| set.len()),
        Some(2)
    );
    assert_eq!(text::<Result<u8, String>>(r#"{"Ok": 1}"#), Some(Ok(1)));
    assert_eq!(
        text::<std::ops::Range<u8>>(r#"{"start": 1, "end": 3}"#),
        Some(1..3)
    );
}

#[test]
fn values_of_files_follow_the_same_rules() {
    assert_eq!(value::<u16>(r#""8080""#), Some(8080));
    assert_eq!(value::<u16>("8080"), Some(8080));
    assert_eq!(value::<u8>("8080"), None);
    assert_eq!(value::<f64>("8080"), Some(8080.0));
    assert_eq!(value::<f32>("0.1"), Some(0.1));
    assert_eq!(value::<f32>("1e39"), None);
    for not_finite in ["nan", "inf", "-inf"] {
        assert!(
            decode::<f64>(
                Input::Value(&Node::number(not_finite)),
                TextForm::default(),
                None
            )
            .is_err(),
            "{not_finite}"
        );
    }
    assert_eq!(value::<bool>("true"), Some(true));
    assert_eq!(value::<bool>(r#""on""#), Some(true));
    assert_eq!(value::<bool>("1"), None);
    assert_eq!(value::<char>(r#""x""#), Some('x'));
    assert_eq!(value::<u128>(&u128::MAX.to_string()), Some(u128::MAX));
    assert_eq!(value::<Vec<u8>>(r#""1,2""#), Some(vec![1, 2]));
    assert_eq!(value::<Vec<u8>>("[1, 2]"), Some(vec![1, 2]));
    assert_eq!(value::<(u8, String)>(r#"[1, "a"]"#), Some((1, "a".into())));
    assert_eq!(
        value::<BTreeMap<u8, String>>(r#"{"1": "a"}"#),
        Some(BTreeMap::from([(1, "a".to_owned())]))
    );
    assert_eq!(
        value::<Mode>(r#"{"file": "/a"}"#),
        Some(Mode::File("/a".into()))
    );
    assert_eq!(value::<Duration>(r#""1h""#), Some(Duration::from_hours(1)));
    assert_eq!(value::<Duration>("5"), Some(Duration::from_secs(5)));
    assert_eq!(value::<Duration>("1.5"), Some(Duration::from_millis(1500)));
    assert_eq!(value::<Duration>("-5"), None);
    assert_eq!(
        value::<Duration>(r#"{"secs": 1, "nanos": 2}"#),
        Some(Duration::new(1, 2))
    );
    assert_eq!(
        value::<serde_json::Value>(r#"[1, "2"]"#),
        Some(serde_json::json!([1, "2"]))
    );
    assert_eq!(value::<Either>("7"), Some(Either::Number(7)));
}

#[test]
fn a_number_for_a_string_needs_quotes() {
    for value in ["12345", "true", "1.5"] {
        let fault = value_fault::<SecretString>(value);
        assert_eq!(fault.hint, Some(Hint::Quote));
        assert_eq!(fault.expected, "text");
    }
    let fault = value_fault::<url::Url>("1");
    assert_eq!(fault.expected, "a URL such as https://example.com");
    assert_eq!(value_fault::<String>("[1]").hint, None);
    assert!(value_fault::<String>("[1]").structured);
}

#[test]
fn null_in_a_list_is_no_value_of_an_option() {
    assert_eq!(
        value::<Vec<Option<u8>>>("[null, 1]"),
        Some(vec![None, Some(1)])
    );
    assert_eq!(
        describe(&value_fault::<Vec<u8>>("[null]")),
        "[0]: a whole number from 0 to 255"
    );
    assert_eq!(
        text::<Vec<Option<u8>>>("[null, 1]"),
        Some(vec![None, Some(1)])
    );
}

#[test]
fn characters_that_tools_leave_in_a_value_are_explained() {
    assert_eq!(fault::<u16>("\"8080\"").hint, Some(Hint::KeptQuotes));
    assert_eq!(fault::<bool>("'true'").hint, Some(Hint::KeptQuotes));
    assert_eq!(
        fault::<url::Url>("\"https://a\"").hint,
        Some(Hint::KeptQuotes)
    );
    assert_eq!(fault::<Vec<u8>>("\"1,2\"").hint, Some(Hint::KeptQuotes));
    assert_eq!(fault::<Mode>("'read-only'").hint, Some(Hint::KeptQuotes));
    assert_eq!(fault::<u16>("8080\r").hint, Some(Hint::CarriageReturn));
    assert_eq!(fault::<Duration>("30s\r").hint, Some(Hint::CarriageReturn));
    assert_eq!(
        fault::<Vec<String>>("a,b\r").hint,
        Some(Hint::CarriageReturn)
    );
    assert_eq!(fault::<u16>("\"8080\"\r").hint, Some(Hint::KeptQuotes));
    assert_eq!(fault::<u16>("\"x\"").hint, None);
    assert_eq!(fault::<u16>("\"8080'").hint, None);
    assert_eq!(fault::<u16>("\"").hint, None);
    assert_eq!(
        fault::<u16>("tcp://10.0.0.1:80").hint,
        Some(Hint::ServiceLink)
    );
    assert_eq!(fault::<bool>("tcp://10.0.0.1:80").hint, None);
}

#[test]
fn a_fault_quotes_the_value_only_in_its_reason_and_position() {
    let odd = decode::<Even>(Input::Text("hunter2"), TextForm::default(), None).expect_err("odd");
    assert!(!format!("{odd} {odd:?}").contains("hunter2"));
    let fault = odd.into_fault();
    assert_eq!(fault.expected, "text");
    assert_eq!(
        fault.reason.as_deref().map(String::as_str),
        Some("`hunter2` is odd")
    );
    for fault in [
        fault_of::<Server>(r#"{"host": "hunter2", "port": "hunter2"}"#),
        fault_of::<Mode>("hunter2"),
        fault_of::<Mode>(r#"{"hunter2": 1}"#),
        fault_of::<Store>(r#"{"kind": "hunter2"}"#),
        fault_of::<u16>("hunter2"),
        fault_of::<Vec<u16>>("1,hunter2"),
    ] {
        assert!(!fault.expected.contains("hunter2"));
        assert!(fault.reason.is_none());
    }
}

fn fault_of<T: DeserializeOwned>(text: &str) -> DecodeFault {
    fault::<T>(text)
}

#[test]
fn a_structure_is_marked_as_not_quotable() {
    assert!(fault::<Server>(r#"{"host": 1}"#).structured);
    assert!(fault::<Vec<u8>>("[x").structured);
    assert!(fault::<Vec<u8>>("'[1, x]'").structured);
    assert!(fault::<BTreeMap<String, u8>>("a=x").structured);
    assert!(value_fault::<u8>("[1]").structured);
    assert!(!fault::<Vec<u8>>("1,x").structured);
    assert!(!fault::<u8>("{").structured);
}

#[test]
fn an_owned_text_is_moved_into_the_value() {
    let owned = "text".to_owned();
    let place = owned.as_ptr();
    let moved: String = decode(Input::Owned(owned), TextForm::default(), None).expect("text");
    assert_eq!(moved.as_ptr(), place);
    assert_eq!(
        decode::<u16>(Input::Owned("80".to_owned()), TextForm::default(), None).ok(),
        Some(80)
    );
    let any: Option<Either> = decode(Input::Owned("80".to_owned()), TextForm::default(), None).ok();
    assert_eq!(any, Some(Either::Number(80)));
    let list: Option<Vec<u8>> =
        decode(Input::Owned("1,2".to_owned()), TextForm::default(), None).ok();
    assert_eq!(list, Some(vec![1, 2]));
}

#[test]
fn a_secret_is_allocated_with_the_length_of_its_text() {
    let text = "correct horse battery staple";
    let read: String = decode(Input::Text(text), TextForm::default(), None).expect("text");
    assert_eq!(read.capacity(), text.len());
}

#[test]
fn rules_check_the_value_that_the_type_reads() {
    const RULES: &[Rule] = &[
        Rule::Length {
            min: Some(2),
            max: None,
        },
        Rule::OneOf(&["ab", "cd", "read_only"]),
        Rule::Range(Range {
            min: Bound::Int(1),
            max: Bound::Int(9),
            inclusive: true,
        }),
    ];
    fn broken<T: DeserializeOwned>(input: Input<'_>) -> Vec<String> {
        let mut rules = Rules::new(RULES);
        decode::<T>(input, TextForm::default(), Some(&mut rules)).expect("valid");
        let broken = rules.into_broken();
        broken
            .iter()
            .map(|broken| format!("{}: {}", broken.at.inside(), broken.expected))
            .collect()
    }
    let choice = "one of ab, cd, read_only";
    assert_eq!(
        broken::<SecretString>(Input::Text("a")),
        [": at least 2 characters".to_owned(), format!(": {choice}")]
    );
    assert!(broken::<Option<Name>>(Input::Text("ab")).is_empty());
    assert_eq!(
        broken::<Clear>(Input::Text("10")),
        [": a value from 1 to 9"]
    );
    assert_eq!(
        broken::<f32>(Input::Value(&Node::number("9.5"))),
        [": a value from 1 to 9"]
    );
    assert!(broken::<Mode>(Input::Text("READONLY")).is_empty());
    assert_eq!(
        broken::<Vec<Name>>(Input::Text("x,ab")),
        [format!("[0]: {choice}")]
    );
    assert_eq!(
        broken::<Vec<Name>>(Input::Text("ab")),
        [": at least 2 elements"]
    );
    assert_eq!(
        broken::<HashMap<Name2, u8>>(Input::Text("k=0")),
        [".k: a value from 1 to 9", ": at least 2 elements"]
    );
    assert!(
        broken::<Server>(Input::Text(r#"{"host": "x", "port": 0}"#))
            .iter()
            .all(|text| text.starts_with(": "))
    );
    assert_eq!(
        broken::<Vec<Either>>(Input::Text("[0,5]")),
        ["[0]: a value from 1 to 9"]
    );
    assert_eq!(
        broken::<Vec<Either>>(Input::Text("0,5")),
        ["[0]: a value from 1 to 9"]
    );
}

#[derive(Debug, PartialEq, Eq, Hash, Deserialize)]
struct Name2(String);

#[test]
fn a_scalar_has_one_normalized_text() {
    fn normal<T: DeserializeOwned>(text: &str) -> Option<String> {
        let mut normal = Normal::default();
        decode::<T>(Input::Text(text), TextForm::default(), Some(&mut normal)).ok()?;
        normal.into_text().map(|text| text.to_string())
    }
    assert_eq!(normal::<bool>("Yes").as_deref(), Some("true"));
    assert_eq!(normal::<u16>("+8_080").as_deref(), Some("8080"));
    assert_eq!(normal::<Mode>("READ-ONLY").as_deref(), Some("read_only"));
    assert_eq!(normal::<Option<Name>>(" a ").as_deref(), Some(" a "));
    assert_eq!(normal::<Duration>("90s"), normal::<Duration>("1m30s"));
    assert_eq!(normal::<f64>("1e3").as_deref(), Some("1000"));
    assert_eq!(normal::<u16>("x"), None);
    assert_eq!(normal::<Vec<u16>>("1"), None);
}

fn any_value() -> impl Strategy<Value = Node<'static>> {
    let leaf = prop_oneof![
        any::<String>().prop_map(Node::text),
        any::<bool>().prop_map(Node::Bool),
        any::<i64>().prop_map(|number| Node::number(number.to_string())),
        any::<u128>().prop_map(|number| Node::number(number.to_string())),
        any::<i128>().prop_map(|number| Node::number(number.to_string())),
        proptest::num::f64::ANY.prop_map(|number| Node::number(number.to_string())),
        "-?[0-9]{0,30}(\\.[0-9]{0,30})?(e[+-]?[0-9]{1,9})?".prop_map(Node::number),
        Just(Node::Null),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let list = proptest::collection::vec(inner.clone().prop_map(Item::new), 0..4);
        let entry = ("secs|nanos|host|port|file|[a-z]", inner)
            .prop_map(|(key, value)| TableEntry::new(key, value));
        prop_oneof![
            list.prop_map(Node::List),
            proptest::collection::vec(entry, 0..4).prop_map(Node::Table),
        ]
    })
}

/// Decodes a value as each of many types, with rules. Any result will do, except a panic.
fn decode_as_every_type(text: Option<&str>, value: &Node<'static>) {
    const RULES: &[Rule] = &[
        Rule::Length {
            min: Some(2),
            max: Some(3),
        },
        Rule::OneOf(&["a"]),
        Rule::Range(Range {
            min: Bound::Text("1s"),
            max: Bound::Float(1.0),
            inclusive: false,
        }),
    ];
    macro_rules! read {
        ($($type:ty),*) => {$(
            let mut rules = Rules::new(RULES);
            let input = text.map_or(Input::Value(value), Input::Text);
            if let Err(error) = decode::<$type>(input, TextForm::default(), Some(&mut rules)) {
                let fault = error.into_fault();
                assert!(!fault.expected.is_empty(), stringify!($type));
            }
        )*};
    }
    read!(
        bool, u8, i64, u128, i128, f32, f64, char, String, (), Duration, Option<Duration>,
        NonZeroU16, IpAddr, url::Url, SecretString, Mode, Either, Store, Server, Even, Endless,
        Vec<u16>, Vec<Vec<Option<String>>>, (u8, String), [bool; 3], HashSet<i8>,
        BTreeMap<String, u8>, BTreeMap<Mode, Vec<Either>>, HashMap<u8, Server>,
        serde_json::Value, Vec<serde_json::Value>, Box<[Duration]>, Result<u8, Mode>,
        std::ops::Range<u8>, std::time::SystemTime, serde::de::IgnoredAny
    );
}

proptest! {
    #[test]
    fn no_text_panics(
        text in r#".*|[\[\]{},:="' 0-9a-z.\r-]{0,24}|\{"(host|port|kind|file|secs)": ?("[a-z0-9\\]*"|-?[0-9]+|null|\[.?\])[,}]{1,2}"#
    ) {
        decode_as_every_type(Some(&text), &Node::Null);
    }

    #[test]
    fn no_value_panics(value in any_value()) {
        decode_as_every_type(None, &value);
    }
}
