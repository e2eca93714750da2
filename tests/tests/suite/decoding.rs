//! Values decoded by the type of their setting: in text, in files, and in JSON inside text.

use crate::{dir::Dir, reports::problems};
use serde::Deserialize;
use settings_core::{Error, ProblemKind, Settings};
use snapbox::{assert_data_eq, str};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::{NonZeroI8, NonZeroU16},
    path::PathBuf,
    time::Duration,
};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Level {
    Debug,
    Info,
    ReadOnly,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Point {
    x: i32,
    #[serde(default)]
    y: i32,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Port(u16);

/// Accepts anything but text.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Loose {
    Flag(bool),
    Number(i64),
    List(Vec<i64>),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Empty,
    Circle(f64),
    Rect { width: u8, height: u8 },
}

#[derive(Debug, Settings)]
#[settings(unknown = "deny")]
struct Root {
    #[settings(nested)]
    all: All,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct All {
    text: Option<String>,
    letter: Option<char>,
    flag: Option<bool>,
    byte: Option<u8>,
    int: Option<i64>,
    huge: Option<u128>,
    port: Option<NonZeroU16>,
    wrapped: Option<Port>,
    float: Option<f64>,
    single: Option<f32>,
    wait: Option<Duration>,
    level: Option<Level>,
    shape: Option<Shape>,
    ip: Option<IpAddr>,
    socket: Option<SocketAddr>,
    url: Option<url::Url>,
    path: Option<PathBuf>,
    words: Option<Vec<String>>,
    numbers: Option<Vec<u16>>,
    flags: Option<Vec<bool>>,
    waits: Option<Vec<Duration>>,
    matrix: Option<Vec<Vec<u8>>>,
    set: Option<BTreeSet<String>>,
    pair: Option<(u8, String)>,
    triple: Option<[u8; 3]>,
    limits: Option<BTreeMap<String, u32>>,
    codes: Option<HashMap<u16, String>>,
    point: Option<Point>,
    points: Option<Vec<Point>>,
    any: Option<serde_json::Value>,
    loose: Option<Loose>,
}

fn text(leaf: &str, text: &str) -> Result<All, Error> {
    let name = format!("ALL_{}", leaf.to_uppercase());
    let loaded = Root::empty_loader().env_from([(name, text)]).load()?;
    Ok(loaded.into_inner().all)
}

fn file(name: &str, content: &str) -> Result<All, Error> {
    let dir = Dir::with(&[(name, content)]);
    let loaded = Root::empty_loader().file(dir.path(name)).load()?;
    Ok(loaded.into_inner().all)
}

fn toml(leaf: &str, value: &str) -> Result<All, Error> {
    file("all.toml", &format!("[all]\n{leaf} = {value}\n"))
}

fn yaml(leaf: &str, value: &str) -> Result<All, Error> {
    file("all.yaml", &format!("all:\n  {leaf}: {value}\n"))
}

fn json(leaf: &str, value: &str) -> Result<All, Error> {
    file("all.json", &format!(r#"{{"all":{{"{leaf}":{value}}}}}"#))
}

/// JSON inside text: the group is set as a whole.
fn inner(leaf: &str, value: &str) -> Result<All, Error> {
    let whole = format!(r#"{{"{leaf}":{value}}}"#);
    let loaded = Root::empty_loader().env_from([("ALL", whole)]).load()?;
    Ok(loaded.into_inner().all)
}

type Read = fn(&str, &str) -> Result<All, Error>;

/// Forms in which a value has a type of its own.
const TYPED: [(&str, Read); 4] = [
    ("toml", toml),
    ("yaml", yaml),
    ("json", json),
    ("inner", inner),
];

/// The text itself, and the text as a string of a file or of JSON inside text.
fn everywhere(leaf: &str, value: &str) -> Vec<(&'static str, Result<All, Error>)> {
    let quoted = serde_json::to_string(value).unwrap();
    let mut all = vec![("text", text(leaf, value))];
    all.extend(TYPED.map(|(form, read)| (form, read(leaf, &quoted))));
    all
}

/// Asserts that the text gives the value, in every form.
macro_rules! gives {
    ($leaf:ident, $text:expr, $value:expr) => {
        for (form, read) in everywhere(stringify!($leaf), $text) {
            match read {
                Ok(all) => assert_eq!(all.$leaf, Some($value), "{:?} in {form}", $text),
                Err(error) => panic!("{:?} in {form}: {error}", $text),
            }
        }
    };
}

/// Asserts that the text is malformed, in every form, and that the setting is named.
fn refused(leaf: &str, value: &str) {
    for (form, read) in everywhere(leaf, value) {
        assert_malformed(leaf, read, &format!("{value:?} in {form}"));
    }
}

/// Asserts that the only problem is a malformed value of this setting.
#[track_caller]
fn assert_malformed(leaf: &str, read: Result<All, Error>, about: &str) {
    let error = read.expect_err(about);
    assert_eq!(error.problems().len(), 1, "{about}: {error}");
    let problem = &error.problems()[0];
    assert_eq!(problem.kind(), ProblemKind::Malformed, "{about}: {error}");
    let key = problem.key().unwrap();
    assert!(key.starts_with(&format!("all.{leaf}")), "{key}: {about}");
}

#[test]
fn a_string_is_kept_byte_for_byte() {
    for value in [
        "12345",
        "007",
        "1e3",
        "true",
        "null",
        "None",
        "[1, 2]",
        r#"{"a": 1}"#,
        " padded ",
        "\ttab",
        "a,b",
        r#""quoted""#,
        "'single'",
        "$HOME ${HOME}",
        "back\\slash",
        "line\nbreak",
        "äöü 😀",
        "#no comment",
        "a=b",
    ] {
        gives!(text, value, value.to_owned());
    }
    gives!(path, " a b ", PathBuf::from(" a b "));
}

#[test]
fn text_for_any_other_type_is_trimmed() {
    gives!(int, "  5\t", 5);
    gives!(flag, " yes ", true);
    gives!(float, " 1.5 ", 1.5);
    gives!(wait, " 30s ", Duration::from_secs(30));
    gives!(level, " info ", Level::Info);
    gives!(words, " a , b ", vec!["a".to_owned(), "b".to_owned()]);
    gives!(
        limits,
        " a = 1 , b = 2 ",
        BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)])
    );
    gives!(point, " {\"x\": 1} ", Point { x: 1, y: 0 });
}

#[test]
fn types_that_read_a_string_get_it_unchanged() {
    gives!(ip, "127.0.0.1", IpAddr::V4(Ipv4Addr::LOCALHOST));
    gives!(socket, "127.0.0.1:80", "127.0.0.1:80".parse().unwrap());
    gives!(
        url,
        "https://example.com/x",
        "https://example.com/x".parse().unwrap()
    );
    refused("ip", " 127.0.0.1");
    refused("ip", "localhost");
    refused("socket", "127.0.0.1");
    refused("url", "example");
}

#[test]
fn a_bool_is_one_of_twelve_words_in_any_case() {
    for word in ["true", "1", "yes", "on", "t", "y", "TRUE", "Yes", "oN"] {
        gives!(flag, word, true);
    }
    for word in ["false", "0", "no", "off", "f", "n", "FALSE", "No", "oFF"] {
        gives!(flag, word, false);
    }
    for word in [
        "2", "-1", "tru", "enabled", "yess", "banana", "01", "ja", "null",
    ] {
        refused("flag", word);
    }
}

#[test]
fn a_number_in_a_file_is_not_a_bool() {
    for (form, read) in TYPED {
        assert_eq!(read("flag", "true").unwrap().flag, Some(true), "{form}");
        assert_eq!(read("flag", "false").unwrap().flag, Some(false), "{form}");
        assert_malformed("flag", read("flag", "1"), form);
        assert_malformed("flag", read("flag", "[true]"), form);
    }
}

#[test]
fn durations_have_units_largest_first() {
    for (value, expected) in [
        ("7ns", Duration::from_nanos(7)),
        ("7us", Duration::from_micros(7)),
        ("7ms", Duration::from_millis(7)),
        ("7s", Duration::from_secs(7)),
        ("7m", Duration::from_mins(7)),
        ("7min", Duration::from_mins(7)),
        ("7h", Duration::from_hours(7)),
        ("7d", Duration::from_hours(7 * 24)),
        ("7w", Duration::from_hours(7 * 7 * 24)),
        ("30", Duration::from_secs(30)),
        ("0", Duration::ZERO),
        ("1h30m", Duration::from_mins(90)),
        ("1h 30m", Duration::from_mins(90)),
        ("1.5s", Duration::from_millis(1500)),
        ("0.25", Duration::from_millis(250)),
    ] {
        gives!(wait, value, expected);
    }
    for value in [
        "-1s", "+1s", "30m 1h", "1s 1s", "1y", "s", "1 2", "soon", "1h 30",
    ] {
        refused("wait", value);
    }
}

#[test]
fn a_plain_number_for_a_duration_is_seconds_in_files_too() {
    for (form, read) in TYPED {
        let wait = |value| read("wait", value).map(|all| all.wait.unwrap());
        assert_eq!(wait("30").unwrap(), Duration::from_secs(30), "{form}");
        assert_eq!(wait("1.5").unwrap(), Duration::from_millis(1500), "{form}");
        assert_malformed("wait", read("wait", "-1"), form);
        assert_malformed("wait", read("wait", "true"), form);
    }
}

#[test]
fn integers_are_decimal_with_one_sign_and_underscores_between_digits() {
    gives!(int, "42", 42);
    gives!(int, "+42", 42);
    gives!(int, "-42", -42);
    gives!(int, "1_000_000", 1_000_000);
    gives!(int, "007", 7);
    gives!(int, "1e+06", 1_000_000);
    gives!(port, "8.08E3", NonZeroU16::new(8080).unwrap());
    gives!(byte, "255", 255);
    gives!(int, "-9223372036854775808", i64::MIN);
    gives!(huge, "340282366920938463463374607431768211455", u128::MAX);
    gives!(port, "8080", NonZeroU16::new(8080).unwrap());
    gives!(wrapped, "8080", Port(8080));
    for value in [
        "0x10", "1.0", "1e-3", "1.5e0", "--1", "+-1", "_1", "1_", "1__0", "1 000", "1,000", "lots",
        "٣",
    ] {
        refused("int", value);
    }
    for value in ["256", "-1"] {
        refused("byte", value);
    }
    refused("port", "0");
    refused("wrapped", "65536");
}

#[test]
fn integers_of_files_are_exact_and_in_range() {
    for (form, read) in TYPED {
        assert_eq!(read("int", "-5").unwrap().int, Some(-5), "{form}");
        let top = "9223372036854775807";
        assert_eq!(read("int", top).unwrap().int, Some(i64::MAX), "{form}");
        for value in ["256", "-1", "1.5", "1.0", "true"] {
            assert_malformed("byte", read("byte", value), form);
        }
    }
    for (form, read) in &TYPED[1..] {
        let most = u128::MAX.to_string();
        assert_eq!(read("huge", &most).unwrap().huge, Some(u128::MAX), "{form}");
    }
}

#[test]
fn floats_have_exponents_but_are_never_nan_or_infinite() {
    gives!(float, "1.5", 1.5);
    gives!(float, "-1.5", -1.5);
    gives!(float, "3", 3.0);
    gives!(float, "1e3", 1000.0);
    gives!(float, "1_000.5", 1000.5);
    gives!(single, "0.1", 0.1);
    for value in [
        "nan", "NaN", "inf", "-inf", "infinity", "1e999", "1,5", "1_", "",
    ] {
        if !value.is_empty() {
            refused("float", value);
        }
    }
    refused("single", "1e39");
    for value in ["nan", "inf", "-inf"] {
        assert_malformed("float", toml("float", value), value);
    }
    for value in [".nan", ".inf", "-.inf"] {
        assert_malformed("float", yaml("float", value), value);
    }
    for (form, read) in TYPED {
        assert_eq!(read("float", "3").unwrap().float, Some(3.0), "{form}");
        assert_eq!(read("float", "2.5").unwrap().float, Some(2.5), "{form}");
        assert_eq!(read("single", "0.1").unwrap().single, Some(0.1), "{form}");
    }
}

#[test]
fn enum_names_ignore_case_and_separators_and_are_never_numbers() {
    for name in [
        "read_only",
        "ReadOnly",
        "READ-ONLY",
        "readonly",
        "Read_Only",
    ] {
        gives!(level, name, Level::ReadOnly);
    }
    gives!(level, "INFO", Level::Info);
    for name in ["0", "1", "2", "inf", "information", "read only"] {
        refused("level", name);
    }
    for (form, read) in TYPED {
        assert_malformed("level", read("level", "1"), form);
        assert_malformed("level", read("level", "true"), form);
    }
}

#[test]
fn a_bool_or_number_of_a_file_means_the_enum_value_that_is_named_like_it() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Reset {
        False,
        True,
        Always,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Console {
        #[serde(alias = "off")]
        Disabled,
        Local,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    enum Protocol {
        #[serde(rename = "1")]
        First,
        #[serde(rename = "1.1")]
        Second,
    }

    #[derive(Debug, Settings)]
    struct Named {
        #[settings(default = "always")]
        reset: Reset,
        #[settings(default = "local")]
        console: Console,
        #[settings(default = "1")]
        protocol: Protocol,
        #[settings(default = vec![])]
        protocols: Vec<Protocol>,
    }

    let dir = Dir::with(&[
        (
            "a.toml",
            "reset = true\nconsole = false\nprotocol = 1.1\nprotocols = [1, '1.1']\n",
        ),
        ("b.yaml", "reset: false\nconsole: true\nprotocol: 2\n"),
    ]);
    let load = |file: &str| Named::empty_loader().file(dir.path(file)).load();
    let named = load("a.toml").unwrap();
    assert_eq!(named.reset, Reset::True);
    assert_eq!(named.console, Console::Disabled);
    assert_eq!(named.protocol, Protocol::Second);
    assert_eq!(named.protocols, [Protocol::First, Protocol::Second]);
    let error = load("b.yaml").unwrap_err();
    let messages: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| {
            problem
                .to_string()
                .replace(dir.root().to_str().unwrap(), "")
        })
        .collect();
    assert_eq!(
        messages,
        [
            "console: expected one of disabled, local, found true in /b.yaml:2:10",
            "protocol: expected one of 1, 1.1, found 2 in /b.yaml:3:11",
        ]
    );

    let schema = settings_core::docs::json_schema::<Named>();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let values = |key: &str| schema["properties"][key]["enum"].clone();
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(
        values("reset"),
        json(r#"["false","true","always",true,false,null]"#)
    );
    assert_eq!(
        values("console"),
        json(r#"["disabled","local",false,null]"#)
    );
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    let valid = json(r#"{"reset": true, "protocol": 1.1, "protocols": [1, "1.1"]}"#);
    assert!(schema.is_valid(&valid));
    assert!(!schema.is_valid(&json(r#"{"console": true}"#)));
}

#[test]
fn a_number_or_bool_of_a_file_is_a_list_of_one_like_text() {
    #[derive(Debug, Settings)]
    struct Listening {
        #[settings(default = "8008")]
        ports: Vec<u16>,
        #[settings(default = "")]
        flags: BTreeSet<bool>,
        #[settings(default = vec![], merge = "append")]
        levels: Vec<i8>,
        names: Option<Vec<String>>,
        pair: Option<(u8, u8)>,
    }

    let dir = Dir::with(&[
        ("a.toml", "ports = 80\nflags = true\nlevels = 1\n"),
        ("b.yaml", "levels: 2\n"),
        ("wrong.toml", "ports = 70000\nnames = 5\npair = 5\n"),
    ]);
    let load = || {
        Listening::empty_loader()
            .file(dir.path("a.toml"))
            .file(dir.path("b.yaml"))
    };
    let app = load().load().unwrap();
    assert_eq!((app.ports.as_slice(), app.flags.len()), (&[80][..], 1));
    assert_eq!(app.levels, [1, 2]);
    assert!(
        app.to_json()
            .starts_with(r#"{"ports":[80],"flags":[true],"levels":[1,2],"#),
        "{}",
        app.to_json(),
    );
    let app = load().env_from([("PORTS__1", "443")]).load().unwrap();
    assert_eq!(app.ports, [80, 443]);

    let wrong = Listening::empty_loader().file(dir.path("wrong.toml"));
    assert_data_eq!(
        problems(wrong.load()).replace(dir.root().to_str().unwrap(), ""),
        str![[r#"
Malformed ports[0]: expected a whole number from 0 to 65535, found 70000 in /wrong.toml:1:9
  help: correct ports there, or set PORTS, which overrides it
Malformed names[0]: expected text, found 5 in /wrong.toml:2:9
  help: this setting is a string: put the value in quotes
  help: or set NAMES, which overrides it
Malformed pair: expected a list of 2 values, found 5 in /wrong.toml:3:8
  help: correct pair there, or set PAIR, which overrides it
"#]]
    );

    let schema = settings_core::docs::json_schema::<Listening>();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    assert!(schema.is_valid(&serde_json::json!({"ports": 80, "flags": true})));
    assert!(!schema.is_valid(&serde_json::json!({"ports": true})));
    assert!(!schema.is_valid(&serde_json::json!({"names": 5})));
}

#[test]
fn an_enum_variant_with_data_is_an_object_with_one_key() {
    gives!(shape, "empty", Shape::Empty);
    gives!(shape, r#"{"circle": 1.5}"#, Shape::Circle(1.5));
    gives!(shape, r#"{"CIRCLE": "1.5"}"#, Shape::Circle(1.5));
    gives!(
        shape,
        r#"{"rect": {"width": 1, "height": "2"}}"#,
        Shape::Rect {
            width: 1,
            height: 2
        }
    );
    refused("shape", "circle");
    refused("shape", r#"{"circle": 1, "empty": null}"#);
    assert_eq!(
        toml("shape", "{ circle = 2 }").unwrap().shape,
        Some(Shape::Circle(2.0))
    );
}

#[test]
fn lists_are_json_or_separated_by_commas() {
    let two = || vec!["a".to_owned(), "b".to_owned()];
    gives!(words, "a,b", two());
    gives!(words, "a, b", two());
    gives!(words, "a,b,", two());
    gives!(words, "a,b , ", two());
    gives!(words, "a", vec!["a".to_owned()]);
    gives!(words, r#"["a","b"]"#, two());
    gives!(words, r#" [ "a" , "b" ] "#, two());
    gives!(
        words,
        r#"[" a","b,c"]"#,
        vec![" a".to_owned(), "b,c".to_owned()]
    );
    gives!(words, "[]", Vec::new());
    gives!(numbers, "1,2,3", vec![1, 2, 3]);
    gives!(
        set,
        "b,a,b",
        BTreeSet::from(["a".to_owned(), "b".to_owned()])
    );
    gives!(pair, "1,x", (1, "x".to_owned()));
    gives!(triple, "1,2,3", [1, 2, 3]);
    gives!(matrix, "[[1,2],[3]]", vec![vec![1, 2], vec![3]]);
    gives!(words, "[a]", vec!["a".to_owned()]);
    for value in [
        "a,,b",
        ",a",
        "a,,",
        ",",
        "a, ,b",
        "[\"a\"] x",
        "[\"a\",",
        "[a,,b]",
    ] {
        refused("words", value);
    }
    refused("pair", "1");
    refused("pair", "1,x,y");
    refused("triple", "1,2");
    refused("numbers", "1,two");
    refused("numbers", "1,70000");
}

#[test]
fn a_malformed_element_is_named() {
    let error = text("numbers", "1,two,3").unwrap_err();
    assert_eq!(error.problems()[0].key(), Some("all.numbers[1]"));
    let error = toml("numbers", "[1, 70000]").unwrap_err();
    assert_eq!(error.problems()[0].key(), Some("all.numbers[1]"));
    let error = text("limits", "a=1,b=x").unwrap_err();
    assert_eq!(error.problems()[0].key(), Some("all.limits.b"));
}

#[test]
fn maps_are_json_or_pairs() {
    let two = || BTreeMap::from([("a".to_owned(), 1), ("B".to_owned(), 2)]);
    gives!(limits, "a=1,B=2", two());
    gives!(limits, "a=1,B=2,", two());
    gives!(limits, r#"{"a":1,"B":"2"}"#, two());
    gives!(limits, "{}", BTreeMap::new());
    gives!(codes, "404=a=b", HashMap::from([(404, "a=b".to_owned())]));
    for value in ["a", "a=1,,B=2", "=1", "a=", "a=x", "{a:1}", "[1]"] {
        refused("limits", value);
    }
    assert_eq!(
        toml("limits", "{ a = 1, B = \"2\" }").unwrap().limits,
        Some(two())
    );
    assert_eq!(
        yaml("limits", "{ a: 1, B: '2' }").unwrap().limits,
        Some(two())
    );
}

#[test]
fn structs_are_json() {
    gives!(point, r#"{"x":1,"y":2}"#, Point { x: 1, y: 2 });
    gives!(point, r#"{"x":"1"}"#, Point { x: 1, y: 0 });
    gives!(
        points,
        r#"[{"x":1},{"x":2}]"#,
        vec![Point { x: 1, y: 0 }, Point { x: 2, y: 0 }]
    );
    for value in ["1,2", "x=1", r#"{"x":"one"}"#, r#"{"x":1"#] {
        refused("point", value);
    }
    for (form, read) in everywhere("point", "{}") {
        let error = read.expect_err(form);
        let problem = &error.problems()[0];
        assert_eq!(problem.kind(), ProblemKind::Missing, "{error}");
        assert_eq!(problem.key(), Some("all.point.x"), "{form}");
    }
    assert_eq!(
        toml("point", "{ x = 1, y = 2 }").unwrap().point,
        Some(Point { x: 1, y: 2 })
    );
}

#[test]
fn strings_inside_json_follow_the_text_rules() {
    gives!(
        flags,
        r#"["yes","0",true," on "]"#,
        vec![true, false, true, true]
    );
    gives!(numbers, r#"["1_0"," 2 ",3]"#, vec![10, 2, 3]);
    gives!(
        waits,
        r#"["1m","30",5]"#,
        vec![
            Duration::from_mins(1),
            Duration::from_secs(30),
            Duration::from_secs(5),
        ]
    );
    gives!(matrix, r#"["1,2",[3]]"#, vec![vec![1, 2], vec![3]]);
}

#[test]
fn a_type_that_accepts_anything_gets_json_or_the_text() {
    use serde_json::json;
    let flat = |value: &str| text("any", value).unwrap().any;
    assert_eq!(
        flat(r#"{"a":[1,true,null]}"#),
        Some(json!({"a": [1, true, null]}))
    );
    assert_eq!(flat(" [1,2] "), Some(json!([1, 2])));
    for value in ["{a", "[1,", "[::]:80"] {
        assert_eq!(flat(value), Some(json!(value)));
    }
    for value in [
        "5",
        "true",
        "null",
        "1.5",
        "plain",
        "\"quoted\"",
        " padded ",
    ] {
        gives!(any, value, json!(value));
    }
}

#[test]
fn a_string_of_a_file_is_a_string_for_a_type_that_accepts_anything() {
    for read in [toml, yaml, json] {
        for value in [r#"{"a":1}"#, "[1,2]", "{a", "[1,", "5"] {
            let quoted = serde_json::to_string(value).unwrap();
            assert_eq!(read("any", &quoted).unwrap().any, Some(value.into()));
        }
    }
}

#[test]
fn a_type_that_rejects_the_text_gets_the_json_scalar() {
    gives!(loose, "5", Loose::Number(5));
    gives!(loose, "-5", Loose::Number(-5));
    gives!(loose, "true", Loose::Flag(true));
    gives!(loose, "[1,2]", Loose::List(vec![1, 2]));
    refused("loose", "yes");
    refused("loose", "plain");
}

#[test]
fn a_number_or_bool_for_a_string_in_a_file_needs_quotes() {
    for (form, read) in TYPED {
        for value in ["5", "1.5", "true"] {
            for leaf in ["text", "ip", "url", "path", "letter"] {
                let error = read(leaf, value).expect_err(form);
                let problem = &error.problems()[0];
                assert_eq!(problem.kind(), ProblemKind::Malformed);
                assert!(
                    error.to_string().contains("put the value in quotes"),
                    "{form}: {error}"
                );
            }
        }
        let error = read("words", "[\"a\", 5]").expect_err(form);
        assert_eq!(error.problems()[0].key(), Some("all.words[1]"));
        assert!(
            error.to_string().contains("put the value in quotes"),
            "{form}: {error}"
        );
    }
}

#[test]
fn a_date_in_a_file_is_its_text() {
    for date in [
        "1979-05-27",
        "07:32:00",
        "1979-05-27T07:32:00",
        "1979-05-27T07:32:00Z",
        "1979-05-27 07:32:00.5-07:00",
    ] {
        assert_eq!(toml("text", date).unwrap().text.as_deref(), Some(date));
    }
    let day = "1979-05-27";
    assert_eq!(yaml("text", day).unwrap().text.as_deref(), Some(day));
    assert_eq!(
        toml("words", "[1979-05-27]").unwrap().words,
        Some(vec![day.to_owned()])
    );
}

#[test]
fn a_char_is_exactly_one_character() {
    gives!(letter, "x", 'x');
    gives!(letter, "ß", 'ß');
    gives!(letter, " ", ' ');
    refused("letter", "xy");
}

#[test]
fn null_in_a_file_is_no_value() {
    assert_eq!(yaml("int", "null").unwrap().int, None);
    assert_eq!(yaml("int", "~").unwrap().int, None);
    assert_eq!(json("text", "null").unwrap().text, None);
    assert_eq!(inner("text", "null").unwrap().text, None);
}

#[test]
fn empty_text_is_no_value() {
    for leaf in [
        "text", "flag", "int", "float", "wait", "level", "words", "limits", "point", "any",
    ] {
        let all = text(leaf, "").unwrap();
        assert!(
            format!("{all:?}").matches("Some").count() == 0,
            "{leaf}: {all:?}"
        );
    }
}

#[test]
fn quoted_empty_text_is_a_value_only_for_strings() {
    for (form, read) in TYPED {
        assert_eq!(
            read("text", "\"\"").unwrap().text.as_deref(),
            Some(""),
            "{form}"
        );
        for leaf in [
            "flag", "int", "float", "wait", "level", "words", "limits", "point",
        ] {
            let all = read(leaf, "\"\"").expect(form);
            assert!(!format!("{all:?}").contains("Some"), "{leaf} in {form}");
        }
    }
}

#[test]
fn quotes_kept_by_a_tool_are_explained() {
    let error = text("int", "\"5\"").unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
1 problem in the settings (Root)

  all.int: expected a whole number from -9223372036854775808 to 9223372036854775807, found "/"5/""
      in environment variable ALL_INT
    help: the quotes are part of the value (`docker --env-file` keeps them): leave them out

read: the environment
"#]]
    );
    let error = text("flag", "true\r").unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
1 problem in the settings (Root)

  all.flag: expected true or false, found "true/r" in environment variable ALL_FLAG
    help: the value ends with a carriage return: save the file with Unix line endings

read: the environment
"#]]
    );
}

#[test]
fn every_kind_of_value_has_words_for_what_it_expects() {
    let wrong = [
        ("ALL_LETTER", "xy"),
        ("ALL_FLAG", "banana"),
        ("ALL_BYTE", "300"),
        ("ALL_PORT", "0"),
        ("ALL_FLOAT", "nan"),
        ("ALL_WAIT", "soon"),
        ("ALL_LEVEL", "inof"),
        ("ALL_IP", "localhost"),
        ("ALL_URL", "example"),
        ("ALL_NUMBERS", "1,,2"),
        ("ALL_PAIR", "1"),
        ("ALL_LIMITS", "a"),
        ("ALL_POINT", "1,2"),
        ("ALL_LOOSE", "plain"),
    ];
    let error = Root::empty_loader().env_from(wrong).load().unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
14 problems in the settings (Root)

  all.letter: expected one character, found "xy" in environment variable ALL_LETTER
    help: correct ALL_LETTER, or unset it, as it is optional

  all.flag: expected true or false, found "banana" in environment variable ALL_FLAG
    help: correct ALL_FLAG, or unset it, as it is optional

  all.byte: expected a whole number from 0 to 255, found "300" in environment variable ALL_BYTE
    help: correct ALL_BYTE, or unset it, as it is optional

  all.port: expected a whole number from 1 to 65535, found "0" in environment variable ALL_PORT
    help: correct ALL_PORT, or unset it, as it is optional

  all.float: expected a number, found "nan" in environment variable ALL_FLOAT
    help: correct ALL_FLOAT, or unset it, as it is optional

  all.wait: expected a duration such as 30s, found "soon" in environment variable ALL_WAIT
    help: write numbers with a unit (ns, us, ms, s, m, h, d, w), as in 1h 30m

  all.level: expected one of debug, info, read_only, found "inof" in environment variable ALL_LEVEL
    help: did you mean info?

  all.ip: expected an IP address, found "localhost" (invalid IP address syntax) in environment
      variable ALL_IP
    help: correct ALL_IP, or unset it, as it is optional

  all.url: expected a URL such as https://example.com, found "example" (relative URL without a base:
      "example") in environment variable ALL_URL
    help: correct ALL_URL, or unset it, as it is optional

  all.numbers[1]: expected a value, found "1,,2" in environment variable ALL_NUMBERS
    help: there is nothing between two separators

  all.pair: expected a list of 2 values, found "1" in environment variable ALL_PAIR
    help: correct ALL_PAIR, or unset it, as it is optional

  all.limits: expected a map, each value a whole number from 0 to 4294967295, found other text in
      environment variable ALL_LIMITS
    help: write `key=value,key=value`, or JSON

  all.point: expected a JSON object, found other text in environment variable ALL_POINT
    help: correct ALL_POINT, or unset it, as it is optional

  all.loose: expected a value of type Loose, found "plain" in environment variable ALL_LOOSE
    help: correct ALL_LOOSE, or unset it, as it is optional

read: the environment
"#]]
    );
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Addresses {
    #[settings(default = "[::]:8080")]
    binds: Vec<SocketAddr>,
    #[settings(default = "[10.0.0.0/8]")]
    allow: Vec<String>,
    #[settings(default = "[::1]", separator = ";")]
    peers: Vec<Ipv6Addr>,
}

#[test]
fn a_list_may_begin_with_a_bracket_and_be_no_json() {
    let binds = |text: &str| {
        let app = Addresses::empty_loader()
            .env_from([("APP_BINDS", text)])
            .load()
            .unwrap();
        app.binds
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(binds("[::]:8080"), "[::]:8080");
    assert_eq!(binds("[::]:8080, 0.0.0.0:80"), "[::]:8080 0.0.0.0:80");
    assert_eq!(binds("[::1]:1,[::2]:2,"), "[::1]:1 [::2]:2");
    assert_eq!(binds("[[::1]:1, 1.1.1.1:2]"), "[::1]:1 1.1.1.1:2");
    assert_eq!(binds(r#"["[::1]:1"]"#), "[::1]:1");
    let allow = |text: &str| {
        let app = Addresses::empty_loader()
            .env_from([("APP_ALLOW", text)])
            .load()
            .unwrap();
        app.allow.join(" ")
    };
    assert_eq!(
        allow("[127.0.0.1/32, 10.0.0.0/8]"),
        "127.0.0.1/32 10.0.0.0/8"
    );
    assert_eq!(allow("[prod"), "[prod");
    assert_eq!(allow("[a],[b]"), "[a] [b]");
    assert_eq!(allow("[1, 2]"), "1 2");
    let app = Addresses::empty_loader().load().unwrap();
    assert_eq!(app.binds[0].port(), 8080);
    assert_eq!(
        (&*app.allow[0], app.peers[0]),
        ("10.0.0.0/8", Ipv6Addr::LOCALHOST)
    );
    let dir = Dir::with(&[("a.toml", "binds = \"[::]:1,[::]:2\"\n")]);
    let app = Addresses::empty_loader()
        .file(dir.path("a.toml"))
        .load()
        .unwrap();
    assert_eq!(app.binds.len(), 2);
}

#[test]
fn each_occurrence_of_a_flag_is_list_text_of_its_own() {
    let binds = |arguments: &[&str]| {
        let app = Addresses::empty_loader()
            .args(arguments.iter().copied())
            .load()
            .unwrap();
        app.binds
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        binds(&["--binds", "0.0.0.0:80", "--binds", "[::]:8080"]),
        "0.0.0.0:80 [::]:8080"
    );
    assert_eq!(
        binds(&["--binds", "[::]:1", "--binds", "[::]:2"]),
        "[::]:1 [::]:2"
    );
    assert_eq!(
        binds(&["--binds", r#"["[::]:1"]"#, "--binds", "[::]:2"]),
        "[::]:1 [::]:2"
    );
    let arguments = ["--allow", "[a, b]", "--allow", "c"];
    let app = Addresses::empty_loader().args(arguments).load().unwrap();
    assert_eq!(app.allow, ["a", "b", "c"]);
}

#[test]
fn a_list_in_brackets_that_no_reading_decodes_is_shown_both_forms() {
    let loader = Addresses::empty_loader().env_from([("APP_BINDS", "[::]:80,nowhere")]);
    assert_data_eq!(
        loader.load().unwrap_err().to_string(),
        str![[r#"
1 problem in the settings (Addresses)

  binds: expected a list, each element an address with a port such as 127.0.0.1:8080, found text
      that begins with `[` in environment variable APP_BINDS
    help: write a JSON list such as ["a","b"] (this is not JSON from character 2 on), or elements
          with separators, such as a,b

read: the environment
"#]]
    );
}

#[test]
fn brackets_around_paths_are_those_of_the_list() {
    #[derive(Debug, Settings)]
    struct Root {
        paths: Vec<PathBuf>,
    }
    let loaded = Root::empty_loader()
        .env_from([("PATHS", "[/a, /b]")])
        .load();
    assert_eq!(loaded.unwrap().paths, ["/a", "/b"].map(PathBuf::from));
}

#[test]
fn a_list_in_brackets_is_printed_as_it_came() {
    #[derive(Debug, Settings)]
    struct Root {
        networks: Option<std::sync::Arc<Vec<IpAddr>>>,
        sockets: Vec<SocketAddr>,
        tokens: Vec<settings_core::SecretString>,
    }
    let loaded = Root::empty_loader()
        .env_from([
            ("NETWORKS", "[10.0.0.1, 127.0.0.1]"),
            ("SOCKETS", "[::1]:80, [::1]:81"),
            ("TOKENS", "[hunter2, correct-horse]"),
        ])
        .load();
    assert_data_eq!(
        loaded.unwrap().dump().to_string(),
        str![[r#"
networks  [10.0.0.1, 127.0.0.1]  environment variable NETWORKS
sockets   [::1]:80, [::1]:81     environment variable SOCKETS
tokens    [redacted]             environment variable TOKENS

"#]]
    );
}

#[test]
fn blank_text_that_a_type_rejects_is_empty() {
    #[derive(Debug, Settings)]
    struct Root {
        letter: Option<char>,
        amount: Option<Amount>,
        any: Option<serde_json::Value>,
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(untagged)]
    enum Amount {
        Number(u8),
    }
    let load = |text: &str| {
        let variables = [("LETTER", text), ("AMOUNT", text), ("ANY", text)];
        Root::empty_loader().env_from(variables).load().unwrap()
    };
    let loaded = load(" \t");
    assert_eq!((loaded.letter, loaded.amount.is_none()), (None, true));
    assert_eq!(loaded.any, Some(serde_json::json!(" \t")));
    let loaded = Root::empty_loader()
        .env_from([("LETTER", " "), ("AMOUNT", "5")])
        .load()
        .unwrap();
    assert!(matches!(loaded.amount, Some(Amount::Number(5))));
    assert_eq!(loaded.letter, Some(' '));
}

#[test]
fn a_map_or_object_in_text_has_each_key_once() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct App {
        limits: Option<BTreeMap<String, u32>>,
        #[settings(merge = "keys")]
        merged: Option<BTreeMap<String, u32>>,
        point: Option<Point>,
        any: Option<serde_json::Value>,
        list: Option<Vec<serde_json::Value>>,
        passwords: Option<HashMap<String, String>>,
        #[settings(nested)]
        inner: Inner,
        #[settings(nested)]
        list_of_groups: Vec<Inner>,
        #[settings(nested)]
        map_of_groups: BTreeMap<String, Inner>,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Inner {
        #[settings(default = 1)]
        port: u16,
        labels: Option<BTreeMap<String, String>>,
    }

    for (key, text, positions) in [
        ("limits", r#"{"a":1,"a":2}"#, (8, 2)),
        ("merged", r#"{"a":1,"a":1}"#, (8, 2)),
        ("point", r#"{"x":1, "x":2}"#, (9, 2)),
        ("any", r#"{"a":{"b":1,"b":2}}"#, (13, 7)),
        ("list", r#"[{"a":1,"\u0061":2}]"#, (9, 3)),
        ("passwords", r#"{"hunter2":"a","hunter2":"b"}"#, (16, 2)),
        ("inner", r#"{"port":1,"port":2}"#, (11, 2)),
        ("inner", r#"{"labels":{"a":"1","a":"2"}}"#, (20, 12)),
        ("inner.labels", r#"{"a":"1","a":"2"}"#, (10, 2)),
        ("list_of_groups", r#"[{"port":1,"port":2}]"#, (12, 3)),
        ("list_of_groups[0]", r#"{"port":1,"port":2}"#, (11, 2)),
        ("map_of_groups", r#"{"a":{},"a":{}}"#, (9, 2)),
        ("map_of_groups.a", r#"{"port":1,"port":2}"#, (11, 2)),
        ("map_of_groups.a.labels", r#"{"a":"1","a":"2"}"#, (10, 2)),
    ] {
        let (second, first) = positions;
        let help = format!(
            "the key at character {second} is the same as at character {first}: remove one of them"
        );
        let variable = format!("APP_{}", key.replace("[0]", ".0").replace('.', "__"));
        let argument = format!("{key}={text}");
        let dir = Dir::with(&[(".env", &format!("{variable}='{text}'\n"))]);
        for loader in [
            App::empty_loader().env_from([(&*variable, text)]),
            App::empty_loader().env_file(dir.path(".env")),
            App::empty_loader().args(["--set", &argument]),
            App::empty_loader().set(key, text),
        ] {
            let error = loader.load().unwrap_err();
            let [problem] = error.problems() else {
                panic!("{error}");
            };
            assert_eq!(problem.key(), Some(key), "{error}");
            assert_eq!(problem.kind(), ProblemKind::Malformed, "{error}");
            let problem = problem.to_string();
            let expected = "expected each key once, found a duplicate key";
            assert!(problem.contains(expected), "{problem}");
            assert!(
                error
                    .to_string()
                    .replace("\n          ", " ")
                    .contains(&help),
                "{error}"
            );
        }
    }
    for (key, text) in [("limits", "a=1, b=2, a=1"), ("merged", "a=1,a=2")] {
        let error = App::empty_loader().set(key, text).load().unwrap_err();
        assert!(
            error
                .to_string()
                .contains("has the key of pair 1: remove one of them")
        );
    }
}

#[test]
fn a_number_that_may_not_be_zero_says_so() {
    #[derive(Debug, Settings)]
    struct App {
        shift: NonZeroI8,
        #[settings(default = "1")]
        ports: Vec<NonZeroU16>,
    }

    let loaded = App::empty_loader().env_from([("SHIFT", "0"), ("PORTS", "1,0")]);
    assert_data_eq!(
        problems(loaded.load()),
        str![[r#"
Malformed shift: expected a whole number from -128 to 127 other than 0, found "0" in environment variable SHIFT
  help: correct SHIFT
Malformed ports[1]: expected a whole number from 1 to 65535, found "0" in environment variable PORTS
  help: correct PORTS, or unset it for the default, 1
"#]]
    );
}

#[test]
fn a_report_lists_the_first_of_many_names() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Letter {
        Alpha,
        Beta,
        Gamma,
        Delta,
        Epsilon,
        Zeta,
        Eta,
        Theta,
        Iota,
        Kappa,
        Lambda,
        Mu,
        Nu,
        Xi,
        Omicron,
        Pi,
        Rho,
        Sigma,
        Tau,
        Upsilon,
        Phi,
        Chi,
        Psi,
        Omega,
        Sampi,
    }

    #[derive(Debug, Settings)]
    struct Greek {
        letter: Letter,
        letters: Vec<Letter>,
    }

    let greek = Greek::empty_loader().env_from([("LETTERS", "tau,tav")]);
    assert_data_eq!(
        problems(greek.load()),
        str![[r#"
Missing letter: required, but not set
  help: set LETTER to one of alpha, beta, gamma, delta, epsilon, zeta, eta, theta, iota, kappa, lambda, mu and 13 others
Malformed letters[1]: expected one of alpha, beta, gamma, delta, epsilon, zeta, eta, theta, iota, kappa, lambda, mu and 13 others, found "tav" in environment variable LETTERS
  help: correct LETTERS
"#]]
    );
}
