//! The rules of a setting: what each checks, for which types, and the problem of a broken rule.

use crate::{
    dir::Dir,
    reports::{only_problem, problems},
};
use serde::Deserialize;
use settings_core::{Error, ExposeSecret, Loaded, ProblemKind, SecretString, Settings, Violations};
use snapbox::{assert_data_eq, str};
use std::{collections::BTreeMap, net::IpAddr, path::PathBuf, time::Duration};

#[derive(Debug, Deserialize)]
struct Name(#[expect(dead_code, reason = "only its rule is of interest")] String);

#[derive(Debug, Deserialize)]
struct Port(#[expect(dead_code, reason = "only its rule is of interest")] u16);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Debug,
    Info,
}

#[derive(Debug, Settings)]
struct Rules {
    #[settings(pattern = "b+")]
    searches: Option<String>,
    #[settings(pattern = "^[a-z]+$")]
    anchored: Option<String>,
    #[settings(pattern = "^(dev|prod)$")]
    literals: Option<String>,
    #[settings(pattern = "^127\\.")]
    ip: Option<IpAddr>,
    #[settings(pattern = "^/")]
    path: Option<PathBuf>,
    #[settings(range(1..=9))]
    closed: Option<u8>,
    #[settings(range(1..9))]
    open: Option<u8>,
    #[settings(range(-5..))]
    from: Option<i64>,
    #[settings(range(..=5))]
    up_to: Option<i64>,
    #[settings(range(0.5..=1.5))]
    float: Option<f64>,
    #[settings(range("1s"..="1m"))]
    wait: Option<Duration>,
    #[settings(length(2..=3))]
    letters: Option<String>,
    #[settings(length(1..))]
    list: Option<Vec<String>>,
    #[settings(length(..=1))]
    map: Option<BTreeMap<String, String>>,
    #[settings(one_of("red", "green"))]
    colour: Option<String>,
    #[settings(one_of("info"))]
    level: Option<Level>,
    #[settings(pattern = "^[a-z]$", length(..=2))]
    elements: Option<Vec<String>>,
    #[settings(range(..=9))]
    numbers: Option<Vec<u8>>,
    #[settings(one_of("a", "b"))]
    values: Option<BTreeMap<String, String>>,
    #[settings(length(2..))]
    newtype: Option<Name>,
    #[settings(range(1024..))]
    port: Option<Port>,
    #[settings(length(8..))]
    secret: Option<SecretString>,
    #[settings(pattern = "^k", length(3..))]
    keys: Option<Vec<SecretString>>,
}

fn load(name: &str, text: &str) -> Result<Loaded<Rules>, Error> {
    Rules::empty_loader()
        .env_from([(name.to_uppercase(), text)])
        .load()
}

fn holds(leaf: &str, text: &str) {
    if let Err(error) = load(leaf, text) {
        panic!("{text:?} for {leaf}: {error}");
    }
}

/// Asserts that a rule is broken, and returns the key that the problem names.
fn broken(leaf: &str, text: &str) -> String {
    let error = load(leaf, text).expect_err(&format!("{text:?} for {leaf}"));
    assert_eq!(error.problems().len(), 1, "{error}");
    assert_eq!(error.problems()[0].kind(), ProblemKind::Rule, "{error}");
    error.problems()[0].key().unwrap().to_owned()
}

#[test]
fn a_pattern_searches_unless_it_is_anchored() {
    holds("searches", "abbc");
    broken("searches", "ac");
    holds("anchored", "abc");
    broken("anchored", "abc1");
    broken("anchored", "abc\n");
    holds("literals", "dev");
    broken("literals", "devel");
    broken("literals", "DEV");
    holds("ip", "127.0.0.1");
    broken("ip", "10.0.0.1");
    holds("path", "/tmp");
    broken("path", "tmp");
}

#[test]
fn a_range_has_the_bounds_of_a_rust_range() {
    for (leaf, inside, outside) in [
        ("closed", &["1", "9"][..], &["0", "10"][..]),
        ("open", &["1", "8"], &["0", "9"]),
        ("from", &["-5", "9223372036854775807"], &["-6"]),
        ("up_to", &["5", "-9223372036854775808"], &["6"]),
        ("float", &["0.5", "1.5", "1"], &["0.4999", "1.5001"]),
        ("wait", &["1s", "60", "1m", "1000ms"], &["999ms", "61s"]),
    ] {
        for text in inside {
            holds(leaf, text);
        }
        for text in outside {
            assert_eq!(broken(leaf, text), leaf);
        }
    }
}

#[test]
fn length_counts_characters_or_elements() {
    holds("letters", "äö");
    holds("letters", "😀😀😀");
    broken("letters", "x");
    broken("letters", "äöüß");
    holds("list", "a");
    broken("list", "[]");
    holds("map", "a=long");
    broken("map", "a=1,b=2");
}

#[test]
fn one_of_is_exact_for_text_and_by_name_for_enums() {
    holds("colour", "red");
    broken("colour", "Red");
    broken("colour", "blue");
    holds("level", "INFO");
    broken("level", "debug");
}

#[test]
fn length_checks_a_list_or_map_and_other_rules_each_element() {
    holds("elements", "a,b");
    assert_eq!(broken("elements", "a,b,c"), "elements");
    assert_eq!(broken("elements", "a,bb"), "elements[1]");
    assert_eq!(broken("numbers", "1,2,10"), "numbers[2]");
    holds("values", "x=a,y=b");
    assert_eq!(broken("values", "x=a,y=c"), "values.y");
}

#[test]
fn rules_check_the_value_inside_newtypes_and_secrets() {
    holds("newtype", "ab");
    broken("newtype", "a");
    holds("port", "1024");
    broken("port", "80");
    holds("secret", "hunter22");
    broken("secret", "hunter2");
    holds("keys", "k1,k2,k3");
    assert!(broken("keys", "k1,k2,x3").starts_with("keys"));
    assert_eq!(broken("keys", "k1,k2"), "keys");
}

/// Words between blanks, and a number after `#`.
fn words(text: &str) -> Result<Vec<String>, String> {
    Ok(text.split(' ').map(str::to_owned).collect())
}

fn number(text: &str) -> Result<u8, String> {
    let digits = text.strip_prefix('#').ok_or("it begins with #")?;
    digits.parse().map_err(|_| "no number".to_owned())
}

#[test]
fn a_value_read_by_parse_with_obeys_the_rules() {
    #[derive(Debug, Settings)]
    struct Parsed {
        #[settings(parse_with = number, range(1..=9), length(..=3))]
        number: Option<u8>,
        #[settings(parse_with = words, length(2..), pattern = "^[a-z]+$")]
        words: Option<Vec<String>>,
    }
    let load = |name, text| Parsed::empty_loader().env_from([(name, text)]).load();
    let broken = |name, text| load(name, text).unwrap_err().problems()[0].to_string();
    assert_eq!(load("NUMBER", "#9").unwrap().number, Some(9));
    assert_eq!(
        load("WORDS", "a b").unwrap().words.as_ref().unwrap().len(),
        2
    );
    assert!(broken("NUMBER", "#10").contains("a value from 1 to 9"));
    assert!(broken("NUMBER", "#0007").contains("at most 3 characters"));
    assert!(broken("WORDS", "alone").contains("at least 2 elements"));
    assert!(broken("WORDS", "a B").contains("words[1]: expected text that matches"));
}

#[test]
fn rules_do_not_run_without_a_value() {
    let rules = Rules::empty_loader().load().unwrap();
    assert!(rules.closed.is_none());
    let emptied = load("letters", "").unwrap();
    assert!(emptied.letters.is_none());
}

#[test]
fn rules_apply_to_files_and_arguments() {
    let content = "closed = 10\nwait = 61\nelements = [\"a\", \"bb\"]\ncolour = \"blue\"\n";
    let dir = Dir::with(&[("rules.toml", content)]);
    let error = Rules::empty_loader()
        .file(dir.path("rules.toml"))
        .args(["--letters", "x"])
        .set("up_to", "6")
        .load()
        .unwrap_err();
    let leaves: Vec<_> = error
        .problems()
        .iter()
        .filter_map(|problem| problem.key())
        .collect();
    assert_eq!(
        leaves,
        [
            "closed",
            "up_to",
            "wait",
            "letters",
            "colour",
            "elements[1]"
        ]
    );
}

#[test]
fn a_broken_rule_reports_what_it_expects_and_the_value() {
    let error = Rules::empty_loader()
        .env_from([
            ("SEARCHES", "ac"),
            ("LITERALS", "prd"),
            ("CLOSED", "12"),
            ("OPEN", "9"),
            ("FROM", "-6"),
            ("UP_TO", "6"),
            ("WAIT", "2m"),
            ("LETTERS", "x"),
            ("LIST", "[]"),
            ("COLOUR", "gren"),
            ("ELEMENTS", "a,bb,c"),
            ("SECRET", "hunter2"),
        ])
        .load()
        .unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
12 problems in the settings (Rules)

  searches: expected text that matches b+, found "ac" in environment variable SEARCHES
    help: correct SEARCHES, or unset it, as it is optional

  literals: expected one of dev, prod, found "prd" in environment variable LITERALS
    help: did you mean prod?

  closed: expected a value from 1 to 9, found "12" in environment variable CLOSED
    help: correct CLOSED, or unset it, as it is optional

  open: expected a value from 1 to 8, found "9" in environment variable OPEN
    help: correct OPEN, or unset it, as it is optional

  from: expected a value of at least -5, found "-6" in environment variable FROM
    help: correct FROM, or unset it, as it is optional

  up_to: expected a value of at most 5, found "6" in environment variable UP_TO
    help: correct UP_TO, or unset it, as it is optional

  wait: expected a duration from 1s to 1m, found "2m" in environment variable WAIT
    help: correct WAIT, or unset it, as it is optional

  letters: expected 2 to 3 characters, found "x" in environment variable LETTERS
    help: correct LETTERS, or unset it, as it is optional

  list: expected at least 1 element, found "[]" in environment variable LIST
    help: correct LIST, or unset it, as it is optional

  colour: expected one of red, green, found "gren" in environment variable COLOUR
    help: did you mean green?

  elements[1]: expected text that matches ^[a-z]$, found "bb" in environment variable ELEMENTS
    help: correct ELEMENTS, or unset it, as it is optional
    note: elements: expected at most 2 elements

  secret: expected at least 8 characters, found [redacted] in environment variable SECRET
    help: correct SECRET, or unset it, as it is optional

read: the environment
"#]]
    );
}

fn even(number: &u32) -> Result<(), String> {
    if number.is_multiple_of(2) {
        Ok(())
    } else {
        Err(format!("{number} is odd"))
    }
}

fn not_root(name: &str) -> Result<(), &'static str> {
    if name == "root" {
        Err("root may not")
    } else {
        Ok(())
    }
}

fn sorted(numbers: &[u8]) -> Result<(), &'static str> {
    if numbers.is_sorted() {
        Ok(())
    } else {
        Err("not sorted")
    }
}

fn strong(token: &SecretString) -> Result<(), String> {
    use settings_core::ExposeSecret;
    Err(format!("{} is weak", token.expose_secret()))
}

fn local(url: &url::Url) -> Result<(), String> {
    Err(format!("{url} is far away"))
}

#[derive(Debug, Settings)]
struct Validated {
    #[settings(default = 2, validate = even, range(..=9))]
    number: u32,
    #[settings(validate = even)]
    optional: Option<u32>,
    #[settings(validate = not_root)]
    user: Option<String>,
    #[settings(validate = sorted)]
    list: Option<Vec<u8>>,
    #[settings(validate = strong)]
    token: Option<SecretString>,
    #[settings(validate = local)]
    remote: Option<url::Url>,
}

#[test]
fn a_validate_function_receives_the_value_inside_an_option() {
    let load = |name, text| Validated::empty_loader().env_from([(name, text)]).load();
    assert!(Validated::empty_loader().load().is_ok());
    assert!(load("OPTIONAL", "4").is_ok());
    assert!(load("OPTIONAL", "").is_ok());
    assert_eq!(
        only_problem(load("OPTIONAL", "3")),
        (ProblemKind::Rule, "optional".to_owned())
    );
    assert!(load("LIST", "1,2").is_ok());
    assert_eq!(
        only_problem(load("LIST", "2,1")),
        (ProblemKind::Rule, "list".to_owned())
    );
}

#[test]
fn the_reason_of_a_validate_function_is_reported_without_secrets() {
    let error = Validated::empty_loader()
        .env_from([
            ("NUMBER", "3"),
            ("OPTIONAL", "5"),
            ("USER", "root"),
            ("LIST", "2,1"),
            ("TOKEN", "hunter2"),
            ("REMOTE", "https://user:hunter2@example.com/"),
        ])
        .load()
        .unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
6 problems in the settings (Validated)

  number: rejected: 3 is odd, found "3" in environment variable NUMBER
    help: correct NUMBER, or unset it for the default, 2

  optional: rejected: 5 is odd, found "5" in environment variable OPTIONAL
    help: correct OPTIONAL, or unset it, as it is optional

  user: rejected: root may not, found "root" in environment variable USER
    help: correct USER, or unset it, as it is optional

  list: rejected: not sorted, found "2,1" in environment variable LIST
    help: correct LIST, or unset it, as it is optional

  token: rejected: [redacted] is weak, found [redacted] in environment variable TOKEN
    help: correct TOKEN, or unset it, as it is optional

  remote: rejected: https://user:[redacted]@example.com/ is far away, found
      "https://user:[redacted]@example.com/" in environment variable REMOTE
    help: correct REMOTE, or unset it, as it is optional

read: the environment
"#]]
    );
}

#[test]
fn a_validate_function_runs_after_the_rules() {
    let error = Validated::empty_loader()
        .env_from([("NUMBER", "11")])
        .load()
        .unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert!(!error.to_string().contains("is odd"), "{error}");
}

#[derive(Debug, Settings)]
#[settings(validate = Self::ordered)]
struct Whole {
    #[settings(default = 1)]
    min: u32,
    #[settings(default = 9)]
    max: u32,
    #[settings(nested)]
    inner: Inner,
}

#[derive(Debug, Settings)]
#[settings(group, validate = check_inner)]
struct Inner {
    #[settings(default = "a")]
    first: String,
    #[settings(default = "b")]
    second: String,
    secret_key: Option<String>,
}

impl Whole {
    fn ordered(&self) -> Result<(), String> {
        if self.min <= self.max {
            Ok(())
        } else {
            Err(format!("min ({}) is above max ({})", self.min, self.max))
        }
    }
}

fn check_inner(inner: &Inner) -> Result<(), String> {
    match &inner.secret_key {
        Some(key) => Err(format!("{key} opens nothing")),
        None if inner.first == inner.second => Err("first and second are the same".to_owned()),
        None => Ok(()),
    }
}

#[test]
fn a_struct_is_validated_once_every_setting_of_it_is_valid() {
    let load = |variables: &[(&str, &str)]| {
        let variables = variables.to_vec();
        Whole::empty_loader().env_from(variables).load()
    };
    assert!(load(&[]).is_ok());
    let error = load(&[("MIN", "10")]).unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
1 problem in the settings (Whole)

  Whole: min (10) is above max (9)

read: the environment
"#]]
    );
    let error = load(&[("INNER_FIRST", "b")]).unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
1 problem in the settings (Whole)

  inner: first and second are the same

cross-field rules of Whole: not checked until the problems above are fixed

read: the environment
"#]]
    );
    let error = load(&[("MIN", "10"), ("MAX", "many")]).unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
1 problem in the settings (Whole)

  max: expected a whole number from 0 to 4294967295, found "many" in environment variable MAX
    help: correct MAX, or unset it for the default, 9

cross-field rules of Whole: not checked until the problems above are fixed

read: the environment
"#]]
    );
}

#[test]
fn the_reason_of_a_struct_masks_its_secrets() {
    let error = Whole::empty_loader()
        .env_from([("INNER_SECRET_KEY", "hunter2")])
        .load()
        .unwrap_err();
    let report = error.to_string();
    assert!(report.contains("opens nothing"), "{report}");
    assert!(!report.contains("hunter2"), "{report}");
}

#[test]
fn a_broken_rule_names_the_element_of_a_list() {
    #[derive(Debug, Settings)]
    struct Lists {
        #[settings(one_of("alpha", "beta"))]
        colours: Vec<String>,
        #[settings(range(1..=5))]
        sizes: Vec<u8>,
    }
    let dir = Dir::with(&[("a.toml", "colours = ['alpha', 'betta']\nsizes = [1, 9]\n")]);
    let loaded = Lists::empty_loader()
        .env_from([("COLOURS", "alpha,betta,gamma"), ("SIZES", "[1, 9]")])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Rule colours[1]: expected one of alpha, beta, found "betta" in environment variable COLOURS
  help: did you mean beta?
  note: colours[2]: expected one of alpha, beta, found "gamma"
Rule sizes[1]: expected a value from 1 to 5 in environment variable SIZES
  help: correct SIZES
"#]]
    );
    let loaded = Lists::empty_loader().file(dir.path("a.toml")).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Rule colours[1]: expected one of alpha, beta, found "betta" in [..]/a.toml:1:21
  help: did you mean beta?
Rule sizes[1]: expected a value from 1 to 5, found 9 in [..]/a.toml:2:13
  help: correct sizes there, or set SIZES, which overrides it
"#]]
    );
}

#[test]
fn a_structure_that_breaks_a_rule_is_not_quoted() {
    #[derive(Debug, serde::Deserialize)]
    struct Peer {
        #[expect(dead_code, reason = "only read")]
        key: String,
    }
    fn never<T>(_: &T) -> Result<(), &'static str> {
        Err("never")
    }
    #[derive(Debug, Settings)]
    struct Structures {
        #[settings(length(2..))]
        peers: Vec<Peer>,
        #[settings(length(2..))]
        labels: BTreeMap<String, String>,
        #[settings(pattern = "^x")]
        headers: BTreeMap<String, String>,
        #[settings(validate = never)]
        peer: Peer,
        #[settings(validate = never)]
        anything: serde_json::Value,
    }
    let peer = r#"{"key": "hunter2"}"#;
    let loaded = Structures::empty_loader()
        .env_from([
            ("PEERS", r#"[{"key": "hunter2"}]"#),
            ("LABELS", "key=hunter2"),
            ("HEADERS", "key=hunter2"),
            ("PEER", peer),
            ("ANYTHING", peer),
        ])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Rule peers: expected at least 2 elements in environment variable PEERS
  help: correct PEERS
Rule labels: expected at least 2 elements in environment variable LABELS
  help: correct LABELS
Rule headers.key: expected text that matches ^x in environment variable HEADERS
  help: correct HEADERS
Rule peer: rejected: never, in environment variable PEER
  help: correct PEER
Rule anything: rejected: never, in environment variable ANYTHING
  help: correct ANYTHING
"#]]
    );
}

#[derive(Debug, Settings)]
#[settings(group, validate = Self::has_certificate)]
struct Tls {
    #[settings(default = "none")]
    certificate: String,
}

impl Tls {
    fn has_certificate(&self) -> Result<(), Violations> {
        let missing = (self.certificate == "none").then_some(("certificate", "is needed here"));
        missing.into_iter().collect::<Violations>().into_result()
    }
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", validate = Self::ordered)]
struct Limits {
    #[settings(default = 1)]
    min: u32,
    #[settings(default = 9)]
    max: u32,
    token: SecretString,
    #[settings(nested)]
    tls: Vec<Tls>,
}

impl Limits {
    fn ordered(&self) -> Result<(), Violations> {
        let mut violations = Violations::new();
        if self.min > self.max {
            violations
                .add("token", format!("not {}", self.token.expose_secret()))
                .add("max", "must not be below min,\n  as it is")
                .add("MIN", format!("must not be above {}", self.max))
                .add("middle", "is between them");
        }
        violations.into_result()
    }
}

#[test]
fn each_violation_is_a_problem_of_its_setting() {
    let variables = [("APP_MIN", "10"), ("APP_TOKEN", "hunter2-hunter2")];
    assert!(limits(&[("APP_TOKEN", "hunter2-hunter2")]).is_ok());
    let error = limits(&variables).unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
4 problems in the settings (Limits)

  min: rejected: must not be above 9, found "10" in environment variable APP_MIN
    help: correct APP_MIN, or unset it for the default, 1

  max: rejected: must not be below min, as it is, in its default
    help: set APP_MAX to a whole number from 0 to 4294967295

  token: rejected: not [redacted], found [redacted] in environment variable APP_TOKEN
    help: correct APP_TOKEN

  Limits: middle: is between them

read: the environment
"#]]
    );
    assert_eq!(
        error.problems()[0].origin().unwrap().name(),
        Some("APP_MIN")
    );

    let variables = [
        ("APP_TOKEN", "hunter2-hunter2"),
        ("APP_TLS", r#"[{"certificate": "none"}]"#),
    ];
    let error = limits(&variables).unwrap_err();
    assert_eq!(error.problems()[0].key(), Some("tls[0].certificate"));
}

fn limits(variables: &[(&str, &str)]) -> Result<Loaded<Limits>, Error> {
    Limits::empty_loader()
        .env_from(variables.iter().copied())
        .load()
}

#[test]
fn the_reason_of_an_element_that_is_shown_is_complete() {
    #[derive(Debug, Settings)]
    struct Root {
        formats: Vec<Format>,
        silent: Option<Silent>,
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(try_from = "String")]
    struct Format;
    impl TryFrom<String> for Format {
        type Error = String;
        fn try_from(text: String) -> Result<Self, String> {
            if text == "csv" {
                return Ok(Self);
            }
            Err(format!("invalid file format \"{text}\""))
        }
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(try_from = "String")]
    struct Silent;
    impl TryFrom<String> for Silent {
        type Error = &'static str;
        fn try_from(_: String) -> Result<Self, &'static str> {
            Err("")
        }
    }
    let dir = Dir::with(&[("a.toml", "formats = ['csv', 'orc']\nsilent = 'x'\n")]);
    let loaded = Root::empty_loader().file(dir.path("a.toml")).load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Malformed formats[1]: rejected: invalid file format "orc", found "orc" in a.toml:1:19
  help: correct formats there, or set FORMATS, which overrides it
Malformed silent: rejected: its type gives no reason, found "x" in a.toml:2:10
  help: correct silent there, or set SILENT, which overrides it
"#]]
    );
}

fn lower_case(text: &str) -> Result<String, String> {
    match text.chars().any(char::is_uppercase) {
        true => Err("upper case".to_owned()),
        false => Ok(text.to_owned()),
    }
}

#[derive(Debug, Settings)]
struct Named {
    #[settings(default = "x", parse_with = lower_case)]
    name: String,
}

#[test]
fn a_text_that_its_function_rejects_is_a_problem_and_not_the_default() {
    let loader = |name: &str| Named::empty_loader().env_from([("NAME", name)]);
    assert_eq!(loader("moon").load().unwrap().name, "moon");
    let error = loader("ABC").load().unwrap_err();
    let problem = &error.problems()[0];
    assert_eq!((error.problems().len(), problem.key()), (1, Some("name")));
    assert!(problem.to_string().contains("upper case"), "{problem}");
}
