//! Every form of default, when it applies, and the rules that it obeys.

use serde::Deserialize;
use settings_core::{ExposeSecret, ProblemKind, SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

const LIMIT: u64 = 7 * 6;

#[derive(Debug, Default, Deserialize, PartialEq)]
enum Level {
    Debug,
    #[default]
    Info,
}

fn workers() -> usize {
    4
}

fn perhaps() -> Option<u8> {
    None
}

#[derive(Debug, Settings)]
struct Forms {
    #[settings(default = 8080)]
    port: u16,
    #[settings(default = -5)]
    offset: i32,
    #[settings(default = 0.5)]
    ratio: f64,
    #[settings(default = true)]
    flag: bool,
    #[settings(default = 'x')]
    letter: char,
    #[settings(default = " as it [stands] ${HOME} ")]
    text: String,
    #[settings(default = "")]
    empty: String,
    #[settings(default = "1h 30m")]
    wait: Duration,
    #[settings(default = "9_000")]
    number_as_text: u32,
    #[settings(default = "127.0.0.1")]
    ip: IpAddr,
    #[settings(default = "debug")]
    level: Level,
    #[settings(default = "a, b")]
    words: Vec<String>,
    #[settings(default = "a=1,b=2")]
    limits: BTreeMap<String, u8>,
    #[settings(default = "https://example.com")]
    url: url::Url,
    #[settings(default = "hunter2")]
    token: SecretString,
    #[settings(default = LIMIT)]
    constant: u64,
    #[settings(default = Level::Info)]
    variant: Level,
    #[settings(default = Vec::new())]
    none: Vec<u8>,
    #[settings(default = Duration::from_millis(250))]
    computed: Duration,
    #[settings(default = "text".to_owned())]
    owned: String,
    #[settings(default = 3)]
    optional: Option<u8>,
    #[settings(default = "name")]
    optional_text: Option<String>,
    #[settings(default_with = workers)]
    workers: usize,
    #[settings(default_with = workers)]
    optional_workers: Option<usize>,
    #[settings(default_with = perhaps)]
    perhaps: Option<u8>,
    #[settings(default_with = Default::default)]
    by_type: Level,
    #[settings(default_with = Default::default)]
    optional_by_type: Option<Level>,
    #[settings(default_with = Vec::new)]
    generic: Vec<String>,
    #[settings(default_with = Vec::new)]
    optional_generic: Option<Vec<String>>,
}

#[test]
fn every_form_of_default_has_its_value() {
    let forms = Forms::empty_loader().load().unwrap();
    assert_eq!(forms.port, 8080);
    assert_eq!(forms.offset, -5);
    assert!((forms.ratio - 0.5).abs() < f64::EPSILON);
    assert!(forms.flag);
    assert_eq!(forms.letter, 'x');
    assert_eq!(forms.text, " as it [stands] ${HOME} ");
    assert_eq!(forms.empty, "");
    assert_eq!(forms.wait, Duration::from_mins(90));
    assert_eq!(forms.number_as_text, 9000);
    assert_eq!(forms.ip, IpAddr::V4(Ipv4Addr::LOCALHOST));
    assert_eq!(forms.level, Level::Debug);
    assert_eq!(forms.words, ["a", "b"]);
    assert_eq!(forms.limits["b"], 2);
    assert_eq!(forms.url.as_str(), "https://example.com/");
    assert_eq!(forms.token.expose_secret(), "hunter2");
    assert_eq!(forms.constant, 42);
    assert_eq!(forms.variant, Level::Info);
    assert!(forms.none.is_empty());
    assert_eq!(forms.computed, Duration::from_millis(250));
    assert_eq!(forms.owned, "text");
    assert_eq!(forms.optional, Some(3));
    assert_eq!(forms.optional_text.as_deref(), Some("name"));
    assert_eq!(forms.workers, 4);
    assert_eq!(forms.optional_workers, Some(4));
    assert_eq!(forms.perhaps, None);
    assert_eq!(forms.by_type, Level::Info);
    assert_eq!(forms.optional_by_type, Some(Level::Info));
    assert!(forms.generic.is_empty());
    assert_eq!(forms.optional_generic, Some(Vec::new()));
    for key in ["port", "text", "workers", "variant"] {
        assert_eq!(forms.origin(key).unwrap().to_string(), "default", "{key}");
    }
}

#[test]
fn a_default_is_printed_as_its_text_or_value() {
    let forms = Forms::empty_loader().load().unwrap();
    assert_data_eq!(
        forms.dump().to_string(),
        str![[r#"
port              8080                      default
offset            -5                        default
ratio             0.5                       default
flag              true                      default
letter            x                         default
text               as it [stands] ${HOME}   default
empty             ""                        default
wait              1h 30m                    default
number_as_text    9_000                     default
ip                127.0.0.1                 default
level             debug                     default
words             a, b                      default
limits            a=1,b=2                   default
url               https://example.com       default
token             [redacted]                default
constant          42                        default
variant           Info                      default
none              []                        default
computed          250ms                     default
owned             text                      default
optional          3                         default
optional_text     name                      default
workers           4                         default
optional_workers  4                         default
perhaps           (unset)
by_type           Info                      default
optional_by_type  Info                      default
generic           []                        default
optional_generic  []                        default

"#]]
    );
}

#[test]
fn an_array_of_literals_is_the_default_of_a_list() {
    #[derive(Debug, Settings)]
    struct Lists {
        #[settings(default = [])]
        none: Vec<String>,
        #[settings(default = ["openid", "say \"hi\"\n"])]
        scopes: Vec<String>,
        #[settings(default = [80, 4_43u16], default_if(flag = "true", [8080]))]
        ports: BTreeSet<u16>,
        #[settings(default = [-1, 0.5])]
        weights: Option<[f64; 2]>,
        #[settings(default = ["::1"])]
        peers: std::sync::Arc<Vec<IpAddr>>,
        #[settings(default = [250, 500], unit = "ms")]
        delays: Vec<Duration>,
        #[settings(default = [[1, 2], [3]])]
        rows: Vec<Vec<u8>>,
        #[settings(default = [7], parse_with = bytes)]
        bytes: [u8; 1],
        #[settings(default = false)]
        flag: bool,
    }

    fn bytes(text: &str) -> Result<[u8; 1], std::num::ParseIntError> {
        Ok([text.parse()?])
    }

    Lists::check_schema().unwrap();
    let lists = Lists::empty_loader().load().unwrap();
    assert!(lists.none.is_empty());
    assert_eq!(lists.scopes, ["openid", "say \"hi\"\n"]);
    assert_eq!(lists.ports, BTreeSet::from([80, 443]));
    assert_eq!(lists.weights, Some([-1.0, 0.5]));
    assert_eq!(*lists.peers, [IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])]);
    assert_eq!(lists.delays, [250, 500].map(Duration::from_millis));
    assert_eq!(lists.rows, [vec![1, 2], vec![3]]);
    assert_eq!(lists.bytes, [7]);
    let lists = Lists::empty_loader().set("flag", "true").load().unwrap();
    assert_eq!(lists.ports, BTreeSet::from([8080]));
    let template = settings_core::docs::toml::<Lists>();
    for line in [
        "#none = []\n",
        "#ports = [80, 443]\n",
        "#peers = [\"::1\"]\n",
    ] {
        assert!(template.contains(line), "{template}");
    }
}

#[test]
fn every_layer_overrides_the_default() {
    let forms = Forms::empty_loader()
        .env_from([
            ("PORT", "1"),
            ("OPTIONAL", "9"),
            ("WORKERS", "2"),
            ("WAIT", "1s"),
        ])
        .load()
        .unwrap();
    assert_eq!((forms.port, forms.optional, forms.workers), (1, Some(9), 2));
    assert_eq!(forms.wait, Duration::from_secs(1));
    assert_eq!(
        forms.origin("port").unwrap().to_string(),
        "environment variable PORT"
    );
}

#[test]
fn an_empty_value_selects_the_default_or_none_for_an_option() {
    let forms = Forms::empty_loader()
        .env_from([
            ("PORT", ""),
            ("TEXT", ""),
            ("OPTIONAL", ""),
            ("WORKERS", ""),
            ("OPTIONAL_WORKERS", ""),
        ])
        .load()
        .unwrap();
    assert_eq!((forms.port, forms.workers), (8080, 4));
    assert_eq!(forms.text, " as it [stands] ${HOME} ");
    assert_eq!((forms.optional, forms.optional_workers), (None, None));
    assert!(forms.warnings().is_empty(), "{:?}", forms.warnings());
}

static CALLS: AtomicUsize = AtomicUsize::new(0);

fn counted() -> u8 {
    u8::try_from(CALLS.fetch_add(1, Ordering::SeqCst) + 1).unwrap()
}

#[test]
fn a_default_function_is_called_only_when_needed() {
    #[derive(Debug, Settings)]
    struct Counted {
        #[settings(default_with = counted)]
        number: u8,
    }
    let load = |variables: &[(&str, &str)]| {
        let variables = variables.to_vec();
        let loaded = Counted::empty_loader().env_from(variables).load().unwrap();
        loaded.number
    };
    assert_eq!(load(&[("NUMBER", "9")]), 9);
    assert_eq!(CALLS.load(Ordering::SeqCst), 0);
    assert_eq!(load(&[]), 1);
    assert_eq!(load(&[]), 2);
    assert_eq!(CALLS.load(Ordering::SeqCst), 2);
}

fn too_many() -> u8 {
    99
}

fn even(number: &u8) -> Result<(), String> {
    if number.is_multiple_of(2) {
        Ok(())
    } else {
        Err(format!("{number} is odd"))
    }
}

const HIGH: u8 = 12;

#[derive(Debug, Settings)]
struct Broken {
    #[settings(default = HIGH, range(..=9))]
    by_expression: u8,
    #[settings(default_with = too_many, range(..=9))]
    by_function: u8,
    #[settings(default = 3, validate = even)]
    by_validate: u8,
    #[settings(default = 5, validate = even)]
    of_option: Option<u8>,
    #[settings(default = "nowhere")]
    unreadable: IpAddr,
    #[settings(default = vec!["a".to_owned(), "long".to_owned()], pattern = "^.$")]
    element: Vec<String>,
    #[settings(default = SecretString::from("hunter2"), length(9..))]
    secret: SecretString,
    sound: String,
}

#[test]
fn a_default_obeys_the_rules() {
    let error = Broken::empty_loader()
        .env_from([("SOUND", "yes")])
        .load()
        .unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
7 problems in the settings (Broken)

  by_expression: expected a value of at most 9 in its default
    help: correct the default in the program

  by_function: expected a value of at most 9 in its default
    help: correct the default in the program

  by_validate: rejected: 3 is odd, found "3" in its default
    help: correct the default in the program

  of_option: rejected: 5 is odd, found "5" in its default
    help: correct the default in the program

  unreadable: expected an IP address, found "nowhere" (invalid IP address syntax) in its default
    help: correct the default in the program

  element[1]: expected text that matches ^.$ in its default
    help: correct the default in the program

  secret: expected at least 9 characters in its default
    help: correct the default in the program

read: the environment
"#]]
    );
}

#[test]
fn check_schema_finds_invalid_defaults_without_sources() {
    let error = Broken::check_schema().unwrap_err();
    let leaves: Vec<_> = error
        .problems()
        .iter()
        .filter_map(|problem| problem.key())
        .collect();
    assert_eq!(
        leaves,
        [
            "by_expression",
            "by_function",
            "by_validate",
            "of_option",
            "unreadable",
            "element[1]",
            "secret",
        ]
    );
    let broken = |leaf: &str| {
        error
            .problems()
            .iter()
            .any(|problem| problem.key() == Some(leaf))
    };
    assert!(
        !broken("sound"),
        "a leaf without a value is no mistake of the schema"
    );
    assert!(!error.to_string().contains("hunter2"));
    assert!(Forms::check_schema().is_ok());
}

#[derive(Debug, Deserialize)]
struct Port(#[expect(dead_code, reason = "only its type is of interest")] u16);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Local,
    Remote,
}

type Count = u32;

#[derive(Debug, Settings)]
#[settings(file = ["{count}.toml", "{part.nmae}.toml"])]
struct Misfits {
    #[settings(pattern = "^80")]
    port: Option<Port>,
    #[settings(length(2..))]
    count: Option<Count>,
    #[settings(one_of("local", "far"))]
    mode: Option<Mode>,
    #[settings(range(1..=9))]
    other_mode: Option<Mode>,
    #[settings(required_if(other_mode = "remot"))]
    host: Option<String>,
    #[settings(nested)]
    parts: Vec<MisfitPart>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct MisfitPart {
    #[settings(one_of("80"))]
    port: Option<Port>,
}

#[test]
fn check_schema_finds_rules_that_do_not_fit_the_type() {
    let error = Misfits::check_schema().unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
8 problems in the settings (Misfits)

  port: `pattern` looks at text, and its type takes a whole number from 0 to 65535
    help: correct its attribute in the program

  count: `length` counts characters or elements, and its type takes a whole number from 0 to
      4294967295
    help: correct its attribute in the program

  mode: `one_of` allows far, and its type takes one of local, remote
    help: correct its attribute in the program

  other_mode: `range` compares numbers, or durations if its bounds are text, and its type takes one
      of local, remote
    help: correct its attribute in the program

  host: `required_if` compares other_mode with a value that it never has: expected one of local,
      remote
    help: correct its attribute in the program

  parts[*].port: `one_of` looks at text, and its type takes a whole number from 0 to 65535
    help: correct its attribute in the program

  count: named in the path of a source, but only a string or enum that is not secret can be
    help: correct the path in the program

  part.nmae: named in the path of a source, but there is no such setting
    help: correct the path in the program
"#]]
    );
}

#[cfg(debug_assertions)]
#[test]
fn the_first_load_of_a_debug_build_reports_rules_that_do_not_fit() {
    let load = || {
        Misfits::empty_loader()
            .env_from([("PARTS__0__PORT", "80")])
            .load()
    };
    let error = load().unwrap_err();
    let leaves: Vec<_> = error
        .problems()
        .iter()
        .filter_map(|problem| problem.key())
        .collect();
    assert_eq!(
        leaves,
        [
            "port",
            "count",
            "mode",
            "other_mode",
            "host",
            "parts[*].port"
        ]
    );
    let app = load().unwrap();
    assert!(app.mode.is_none() && app.parts.len() == 1);
    assert!(Mode::Local as u8 != Mode::Remote as u8);
}

#[cfg(debug_assertions)]
#[test]
fn only_the_first_load_of_a_debug_build_checks_the_schema() {
    #[derive(Debug, Settings)]
    struct Hidden {
        #[settings(default = HIGH, range(..=9))]
        number: u8,
    }
    let load = || Hidden::empty_loader().env_from([("NUMBER", "1")]).load();
    let error = load().unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert_eq!(error.problems()[0].kind(), ProblemKind::Rule);
    assert_eq!(error.problems()[0].key(), Some("number"));
    assert_eq!(load().unwrap().number, 1);
}

#[test]
fn an_invalid_default_is_reported_once() {
    #[derive(Debug, Settings)]
    struct Once {
        #[settings(default = HIGH, range(..=9))]
        number: u8,
    }
    let error = Once::empty_loader().load().unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
}

#[test]
fn check_schema_checks_optional_groups() {
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Part {
        #[settings(default = HIGH, range(..=9))]
        number: u8,
    }
    #[derive(Debug, Settings)]
    struct Whole {
        #[settings(nested)]
        perhaps: Option<Part>,
        #[settings(nested)]
        list: Vec<Part>,
        #[settings(nested)]
        map: BTreeMap<String, Part>,
    }
    let error = Whole::check_schema().unwrap_err();
    let leaves: Vec<_> = error
        .problems()
        .iter()
        .filter_map(|problem| problem.key())
        .collect();
    assert_eq!(leaves, ["perhaps.number", "list[*].number", "map.*.number"]);
    let loaded = Whole::empty_loader().load();
    if let Ok(whole) = loaded {
        assert!(whole.perhaps.is_none() && whole.list.is_empty() && whole.map.is_empty());
    }
}
