//! Problems inside a value: the invalid element or key, and all of them at once.

use crate::{
    dir::Dir,
    reports::{problems, warnings},
};
use serde::Deserialize;
use settings_core::{Error, Loaded, Settings};
use snapbox::{assert_data_eq, str};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

#[derive(Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "80")]
    ports: Vec<u16>,
    #[settings(default = "a=1")]
    weights: BTreeMap<String, u16>,
    point: Option<Point>,
    #[settings(default = "[]")]
    track: Vec<Point>,
    #[settings(secret)]
    key: Option<Hidden>,
    #[settings(nested)]
    db: Option<Db>,
    #[settings(nested)]
    regions: BTreeMap<String, Db>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Point {
    x: u8,
    y: u8,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Hidden {
    id: u8,
    text: BTreeMap<String, u8>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Db {
    url: String,
    #[settings(default = 10)]
    pool_size: u32,
}

fn app<const N: usize>(variables: [(&str, &str); N]) -> Result<Loaded<App>, Error> {
    App::empty_loader().env_from(variables).load()
}

#[test]
fn every_invalid_element_is_reported() {
    let loaded = app([
        ("APP_PORTS", "80, http, 443, https, 70000"),
        ("APP_WEIGHTS", "a=1,b=x,c=2,d=y"),
        ("APP_TRACK", r#"[{"x":1},{"x":1,"y":2},{"y":"no","x":1}]"#),
    ]);
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed ports[1]: expected a whole number from 0 to 65535, found "http" in environment variable APP_PORTS
  help: correct APP_PORTS, or unset it for the default, 80
  note: ports[3]: expected a whole number from 0 to 65535, found "https"
  note: ports[4]: expected a whole number from 0 to 65535, found "70000"
Malformed weights.b: expected a whole number from 0 to 65535, found other text in environment variable APP_WEIGHTS
  help: correct APP_WEIGHTS, or unset it for the default, a=1
  note: weights.d: expected a whole number from 0 to 65535, found other text
Missing track[0].y: required, but not set in environment variable APP_TRACK
  help: add y to track[0] in APP_TRACK
  note: track[2].y: expected a whole number from 0 to 255, found a string
"#]]
    );
}

#[test]
fn every_invalid_element_of_json_is_reported() {
    let loaded = app([
        ("APP_PORTS", r#"[80, "http", 443, "https"]"#),
        ("APP_WEIGHTS", r#"{"a": "x", "b": 1, "c": "y"}"#),
    ]);
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed ports[1]: expected a whole number from 0 to 65535, found a string in environment variable APP_PORTS
  help: correct APP_PORTS, or unset it for the default, 80
  note: ports[3]: expected a whole number from 0 to 65535, found a string
Malformed weights.a: expected a whole number from 0 to 65535, found a string in environment variable APP_WEIGHTS
  help: correct APP_WEIGHTS, or unset it for the default, a=1
  note: weights.c: expected a whole number from 0 to 65535, found a string
"#]]
    );
}

#[test]
fn an_invalid_key_of_a_map_is_reported_with_its_variable() {
    let loaded = app([("APP_WEIGHTS__B", "x"), ("APP_WEIGHTS__C", "y")]);
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed weights.B: expected a whole number from 0 to 65535, found a string in environment variable APP_WEIGHTS__B
  help: correct APP_WEIGHTS__B, or unset it for the default, a=1
  note: weights.C: expected a whole number from 0 to 65535, found a string in environment variable APP_WEIGHTS__C
"#]]
    );
}

#[test]
fn the_number_of_reported_elements_is_limited() {
    let ports = "x,".repeat(1000);
    let error = app([("APP_PORTS", &ports)]).err().unwrap();
    let problem = &error.problems()[0];
    assert_eq!(problem.key(), Some("ports[0]"));
    assert_eq!(problem.notes().count(), 19);
}

#[test]
fn each_element_of_a_file_has_its_own_line() {
    let dir = Dir::with(&[]);
    let toml = "ports = [80, 'http',\n  'https']\n[weights]\na = 1\nb = 'x'\n[point]\nx = 'no'\ny = 1\n\
                [[track]]\nx = 1\n[regions.eu]\npool_size = 'x'\n";
    let json = "{\n \"ports\": [80, \"http\"],\n \"weights\": {\"a\": 1,\n  \"b\": \"x\"},\n \
                \"track\": [{\"x\": 1, \"y\": 2}, {\"x\": \"no\", \"y\": 2}]\n}";
    let yaml = "ports:\n  - 80\n  - http\nweights:\n  a: 1\n  b: x\ntrack:\n  - x: no\n    y: 1\n";
    let report = |name: &str, text: &str| {
        let loader = App::empty_loader().file(dir.write(name, text));
        dir.relative(&problems(loader.load()))
    };
    assert_data_eq!(
        report("app.toml", toml),
        str![[r#"
Malformed ports[1]: expected a whole number from 0 to 65535, found "http" in app.toml:1:14
  help: correct ports there, or set APP_PORTS, which overrides it
  note: ports[2]: expected a whole number from 0 to 65535, found "https" in app.toml:2:3
Malformed weights.b: expected a whole number from 0 to 65535, found a string in app.toml:5:5
  help: correct weights there, or set APP_WEIGHTS, which overrides it
Malformed point.x: expected a whole number from 0 to 255, found a string in app.toml:7:5
  help: correct point there, or set APP_POINT, which overrides it
Missing track[0].y: required, but not set in app.toml:9:1
  help: add y to track[0] there
Missing regions.eu.url: required, but not set
  help: set APP_REGIONS__eu__URL, or regions.eu.url in app.toml, to text
Malformed regions.eu.pool_size: expected a whole number from 0 to 4294967295, found "x" in app.toml:12:13
  help: correct regions.eu.pool_size there, or set APP_REGIONS__eu__POOL_SIZE, which overrides it
"#]]
    );
    assert_data_eq!(
        report("app.json", json),
        str![[r#"
Malformed ports[1]: expected a whole number from 0 to 65535, found "http" in app.json:2:16
  help: correct ports there, or set APP_PORTS, which overrides it
Malformed weights.b: expected a whole number from 0 to 65535, found a string in app.json:4:8
  help: correct weights there, or set APP_WEIGHTS, which overrides it
Malformed track[1].x: expected a whole number from 0 to 255, found a string in app.json:5:36
  help: correct track there, or set APP_TRACK, which overrides it
"#]]
    );
    assert_data_eq!(
        report("app.yaml", yaml),
        str![[r#"
Malformed ports[1]: expected a whole number from 0 to 65535, found "http" in app.yaml:3:5
  help: correct ports there, or set APP_PORTS, which overrides it
Malformed weights.b: expected a whole number from 0 to 65535, found a string in app.yaml:6:6
  help: correct weights there, or set APP_WEIGHTS, which overrides it
Malformed track[0].x: expected a whole number from 0 to 255, found a string in app.yaml:8:8
  help: correct track there, or set APP_TRACK, which overrides it
"#]]
    );
}

#[test]
fn a_missing_key_inside_a_value_is_reported_as_missing() {
    let loaded = app([
        ("APP_POINT", r#"{"x":1}"#),
        ("APP_DB", r#"{"pool_size":1}"#),
        ("APP_REGIONS", r#"{"eu":{"pool_size":1}}"#),
        ("APP_KEY", r#"{"id":1}"#),
    ]);
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Missing point.y: required, but not set in environment variable APP_POINT
  help: add y to point in APP_POINT
Missing key: required, but without text in environment variable APP_KEY
  help: add text to key in APP_KEY
Missing db.url: required, but not set
  help: set APP_DB_URL to text
  help: or remove APP_DB: `db` is only required because APP_DB is set
Missing regions.eu.url: required, but not set
  help: set APP_REGIONS__eu__URL to text
"#]]
    );
}

#[test]
fn a_possible_part_of_a_password_is_not_shown() {
    #[derive(Debug, Settings)]
    struct Urls {
        hosts: Vec<url::Url>,
    }
    let hosts = "postgres://app:hun,ter2@db/app";
    let loaded = Urls::empty_loader().set("hosts", hosts);
    assert_data_eq!(
        problems(loaded.load()),
        str![[r#"
Malformed hosts[0]: expected a URL such as https://example.com, found "postgres://app:[redacted]@db/app" in what the program sets
  help: correct what the program sets
  note: hosts[1]: expected a URL such as https://example.com, found "postgres://app:[redacted]@db/app"
"#]]
    );
}

#[test]
fn a_value_in_place_of_a_group_is_reported_in_order_with_an_example() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct App {
        #[settings(default = 1)]
        first: u32,
        #[settings(nested)]
        db: Option<Db>,
        #[settings(nested)]
        shards: Vec<Db>,
        #[settings(nested)]
        regions: BTreeMap<String, Db>,
        #[settings(default = 1)]
        last: u32,
    }
    let app = |variables: &[(&str, &str)]| {
        let variables = [("APP_FIRST", "x"), ("APP_LAST", "x")]
            .into_iter()
            .chain(variables.iter().copied())
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        problems(App::empty_loader().env_from(variables).load())
    };
    assert_data_eq!(
        app(&[
            ("APP_DB", "x"),
            ("APP_SHARDS", "{}"),
            ("APP_REGIONS", "[1]")
        ]),
        str![[r#"
Malformed first: expected a whole number from 0 to 4294967295, found "x" in environment variable APP_FIRST
  help: correct APP_FIRST, or unset it for the default, 1
Malformed db: expected a JSON object, found text that is not JSON in environment variable APP_DB
  help: write it as JSON, or set each of its settings by its own name
Missing shards[0].url: required, but not set
  help: set APP_SHARDS__0__URL to text
Malformed regions: expected a JSON object of objects, found a list in environment variable APP_REGIONS
  help: write it as JSON, or set each of its settings by its own name
Malformed last: expected a whole number from 0 to 4294967295, found "x" in environment variable APP_LAST
  help: correct APP_LAST, or unset it for the default, 1
"#]]
    );
    assert_data_eq!(
        app(&[
            ("APP_DB", "{1}"),
            ("APP_SHARDS__0__URL", "x"),
            ("APP_SHARDS__2__URL", "x"),
            ("APP_REGIONS", r#"{"eu": 1}"#)
        ]),
        str![[r#"
Malformed first: expected a whole number from 0 to 4294967295, found "x" in environment variable APP_FIRST
  help: correct APP_FIRST, or unset it for the default, 1
Malformed db: expected a JSON object, found text that is not JSON in environment variable APP_DB
  help: text that begins with `[` or `{` is read as JSON, and this is not JSON from character 2 on
  help: write it as JSON, or set each of its settings by its own name
Malformed shards: element 2 is set, but element 1 is not: a list has no gaps, in environment variable APP_SHARDS__2__URL
  help: set APP_SHARDS__1__… too, or number this one 1
Malformed regions.eu: expected a table for each element, found a number in environment variable APP_REGIONS
  help: write each element as a JSON object of its settings
Malformed last: expected a whole number from 0 to 4294967295, found "x" in environment variable APP_LAST
  help: correct APP_LAST, or unset it for the default, 1
"#]]
    );
    let dir = Dir::with(&[(
        "app.toml",
        "last = 'x'\nregions = 1\nshards = [1]\ndb = 1\n",
    )]);
    let loader = App::empty_loader().file(dir.path("app.toml"));
    assert_data_eq!(
        dir.relative(&problems(loader.load())),
        str![[r#"
Malformed db: expected a table, found a number in app.toml:4:6
  help: set each of its settings by its own key
Malformed shards: expected a table for each element, found a number in app.toml:3:11
  help: set each of its settings by its own key
Malformed regions: expected a table of tables, found a number in app.toml:2:11
  help: write a table for each of its keys
Malformed last: expected a whole number from 0 to 4294967295, found "x" in app.toml:1:8
  help: correct last there, or set APP_LAST, which overrides it
"#]]
    );
}

#[test]
fn a_group_inside_an_element_is_reported_with_its_index() {
    #[derive(Debug, Settings)]
    struct App {
        #[settings(nested)]
        nodes: Vec<Node>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Node {
        name: String,
        #[settings(nested)]
        db: Db,
    }
    let dir = Dir::with(&[("app.toml", "[[nodes]]\nname = 'a'\ndb = 1\n")]);
    let loader = App::empty_loader().file(dir.path("app.toml"));
    assert_data_eq!(
        dir.relative(&problems(loader.load())),
        str![[r#"
Malformed nodes[0].db: expected a table, found a number in app.toml:3:6
  help: set each of its settings by its own key
"#]]
    );
}

#[test]
fn a_missing_setting_of_an_optional_group_names_what_makes_it_present() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct App {
        #[settings(nested)]
        tls: Option<Tls>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Tls {
        cert: String,
        key: String,
        #[settings(default = 1)]
        depth: u8,
        hosts: Option<Vec<String>>,
    }
    let app = |variables: &[(&str, &str)]| {
        let variables = variables.iter().copied();
        problems(App::empty_loader().env_from(variables).load())
    };
    assert_data_eq!(
        app(&[("APP_TLS_DEPTH", "3")]),
        str![[r#"
Missing tls.cert: required, but not set
  help: set APP_TLS_CERT to text
  help: or remove APP_TLS_DEPTH: `tls` is only required because APP_TLS_DEPTH is set
Missing tls.key: required, but not set
  help: set APP_TLS_KEY to text
  help: or remove APP_TLS_DEPTH: `tls` is only required because APP_TLS_DEPTH is set
"#]]
    );
    assert_data_eq!(
        app(&[("APP_TLS_CERT", "x"), ("APP_TLS_HOSTS", "a")]),
        str![[r#"
Missing tls.key: required, but not set
  help: set APP_TLS_KEY to text
  help: or remove APP_TLS_CERT and APP_TLS_HOSTS: `tls` is only required because they are set
"#]]
    );
    assert_data_eq!(
        app(&[
            ("APP_TLS_CERT", "x"),
            ("APP_TLS_DEPTH", "1"),
            ("APP_TLS_HOSTS", "a")
        ]),
        str![[r#"
Missing tls.key: required, but not set
  help: set APP_TLS_KEY to text
  help: or remove APP_TLS_CERT and 2 others: `tls` is only required because they are set
"#]]
    );
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Adapter {
    Http {
        timeout: Duration,
        port: u16,
        #[serde(default)]
        fast: bool,
    },
    File {
        path: PathBuf,
    },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Size {
    Plain(u32),
    Scaled { factor: u32 },
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Buffered {
    #[settings(default = "[]")]
    adapters: Vec<Adapter>,
    size: Option<Size>,
}

/// Values that serde buffers before it knows their type.
#[test]
fn a_text_that_serde_does_not_convert_is_named_by_its_key() {
    let dir = Dir::with(&[(
        "a.toml",
        "size = { factor = \"3\" }\n\n[[adapters]]\nkind = \"file\"\npath = \"/a\"\n\n[[adapters]]\nkind = \"http\"\nport = 80\ntimeout = \"30s\"\n",
    )]);
    let loader = || Buffered::empty_loader().file(dir.path("a.toml"));
    assert_data_eq!(
        dir.relative(&problems(loader().load())),
        str![[r#"
Malformed adapters[1].timeout: expected a duration such as 30s, found a string in a.toml:10:11
  help: serde decodes this type as a whole (`tag`, `untagged` or `flatten`), where the rules for text do not apply: write the value in the form that its own type reads
  help: or set APP_ADAPTERS, which overrides it
"#]]
    );
    let json = r#"[{"kind":"http","port":80,"timeout":"1s"}]"#;
    let loader = Buffered::empty_loader().env_from([("APP_ADAPTERS", json)]);
    assert_data_eq!(
        problems(loader.load()),
        str![[r#"
Malformed adapters[0].timeout: expected a duration such as 30s, found a string in environment variable APP_ADAPTERS
  help: serde decodes this type as a whole (`tag`, `untagged` or `flatten`), where the rules for text do not apply: write the value in the form that its own type reads
"#]]
    );
}

#[test]
fn a_value_of_another_type_behind_a_buffer_is_named_by_its_key() {
    let dir = Dir::with(&[(
        "a.toml",
        "[[adapters]]\nkind = \"http\"\nport = 70000\ntimeout = { secs = 1, nanos = 0 }\n",
    )]);
    let loader = Buffered::empty_loader().file(dir.path("a.toml"));
    assert_data_eq!(
        dir.relative(&problems(loader.load())),
        str![[r#"
Malformed adapters[0].port: expected a whole number from 0 to 65535, found a number in a.toml:3:8
  help: correct adapters there, or set APP_ADAPTERS, which overrides it
"#]]
    );
}

/// Each invalid value is named, also a later one, a list and a null.
#[test]
fn every_kind_of_value_behind_a_buffer_is_named_by_its_key() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Root {
        #[settings(default = "[]")]
        jobs: Vec<Job>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind", rename_all = "lowercase")]
    #[expect(dead_code, reason = "it is only read")]
    enum Job {
        Fixed {
            seed: u64,
            #[serde(default)]
            is_on: bool,
            #[serde(default)]
            level: Option<Level>,
            #[serde(default)]
            inner: Option<Inner>,
        },
    }
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Level {
        VeryLow,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read")]
    struct Inner {
        address: std::net::IpAddr,
    }
    let jobs = [
        "seed: 1.0",
        "seed: [1]",
        "seed: null",
        "seed: 18446744073709551615\n  is_on: 1",
        "seed: 1\n  level: low",
        "seed: 1\n  inner: {address: here}",
        "seed: 1\n  inner: {}",
        "seed: 1\n  inner: {address: '::1', port: 1}",
    ];
    let file: String = jobs.map(|job| format!("- kind: fixed\n  {job}\n")).concat();
    let dir = Dir::with(&[("a.yaml", &*format!("jobs:\n{file}"))]);
    let loaded = Root::empty_loader().file(dir.path("a.yaml")).load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Malformed jobs[0].seed: expected a whole number from 0 to 18446744073709551615, found a number in a.yaml:3:9
  help: correct jobs there, or set APP_JOBS, which overrides it
  note: jobs[1].seed: expected a whole number from 0 to 18446744073709551615, found a list in a.yaml:5:9
  note: jobs[2].seed: expected a whole number from 0 to 18446744073709551615, found nothing in a.yaml:7:9
  note: jobs[3].is_on: expected true or false, found a number in a.yaml:10:10
  note: jobs[4].level: expected one of very-low, found a string in a.yaml:13:10
  note: jobs[5].inner.address: rejected: invalid IP address syntax, found a string in a.yaml:16:20
  note: jobs[6].inner.address: required, but not set in a.yaml:19:10
  note: jobs[7].inner.port: expected the key address, found another key in a.yaml:22:33
"#]]
    );
}

#[test]
fn no_problem_says_that_any_value_was_expected() {
    #[derive(Debug, Settings)]
    struct Root {
        size: Option<Size>,
        adapter: Option<Adapter>,
        #[settings(default = 1.5)]
        rate: f64,
        any: Option<serde_json::Value>,
    }
    let dir = Dir::with(&[(
        "a.toml",
        "size = true\nadapter = \"file\"\nrate = inf\nany = nan\n",
    )]);
    let loaded = Root::empty_loader().file(dir.path("a.toml")).load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Malformed size: expected a value of type Size, found true in a.toml:1:8
  help: correct size there, or set SIZE, which overrides it
Malformed adapter: expected a JSON object, found "file" in a.toml:2:11
  help: correct adapter there, or set ADAPTER, which overrides it
Malformed rate: expected a number, found inf in a.toml:3:8
  help: correct rate there, or set RATE, which overrides it
Malformed any: expected a number, found nan in a.toml:4:7
  help: correct any there, or set ANY, which overrides it
"#]]
    );
    let loaded = Root::empty_loader().env_from([("SIZE", "{"), ("ADAPTER", "[")]);
    assert_data_eq!(
        problems(loaded.load()),
        str![[r#"
Malformed size: expected a value of type Size, found text that begins with `{` in environment variable SIZE
  help: text that begins with `[` or `{` is read as JSON, and this is not JSON from character 2 on
Malformed adapter: expected a JSON object, found text that begins with `[` in environment variable ADAPTER
  help: text that begins with `[` or `{` is read as JSON, and this is not JSON from character 2 on
"#]]
    );
}

#[derive(Debug, Deserialize, PartialEq)]
struct Sink {
    level: Option<u8>,
    #[serde(flatten)]
    target: Target,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Target {
    url: String,
    #[serde(default)]
    max_size: Option<String>,
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Flattened {
    sink: Sink,
    #[settings(default = "")]
    limits: BTreeMap<String, u8>,
}

#[test]
fn variables_set_the_fields_of_a_struct_with_flatten() {
    let variables = [
        ("APP_SINK__URL", "udp://a"),
        ("APP_SINK__MAX_SIZE", "9"),
        ("APP_LIMITS__A", "1"),
    ];
    let app = Flattened::empty_loader()
        .env_from(variables)
        .load()
        .unwrap();
    assert_eq!(app.sink.target.url, "udp://a");
    assert_eq!(app.sink.target.max_size.as_deref(), Some("9"));
    assert_eq!(app.limits["A"], 1);
    let dir = Dir::with(&[("a.toml", "[sink]\nurl = \"udp://b\"\nlevel = 3\n")]);
    let loader = Flattened::empty_loader().file(dir.path("a.toml"));
    let app = loader
        .env_from([("APP_SINK__URL", "udp://c")])
        .load()
        .unwrap();
    assert_eq!(
        (app.sink.level, &*app.sink.target.url),
        (Some(3), "udp://c")
    );
    let loader = Flattened::empty_loader().env_from([("APP_SINK__LEVEL", "3")]);
    assert_data_eq!(
        problems(loader.load()),
        str![[r#"
Missing sink.url: required, but not set
  help: set APP_SINK__URL
"#]]
    );
}

#[test]
fn variables_set_numbers_and_durations_behind_flatten() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Root {
        #[settings(default = "")]
        sinks: BTreeMap<String, Outer>,
        #[settings(default = "[]")]
        list: Vec<Outer>,
    }
    #[derive(Debug, Deserialize)]
    struct Outer {
        #[serde(flatten)]
        inner: Inner,
    }
    #[derive(Debug, Deserialize)]
    struct Inner {
        url: String,
        retries: u8,
        tls: bool,
        wait: Duration,
    }
    let variables = [
        ("APP_SINKS__A__URL", "5"),
        ("APP_SINKS__A__RETRIES", "5"),
        ("APP_SINKS__A__TLS", "yes"),
        ("APP_SINKS__A__WAIT", "3s"),
        ("APP_LIST__0__URL", "x"),
        ("APP_LIST__0__RETRIES", "1"),
        ("APP_LIST__0__TLS", "off"),
        ("APP_LIST__0__WAIT", "1m"),
    ];
    let app = Root::empty_loader().env_from(variables).load().unwrap();
    let sink = &app.sinks["A"].inner;
    assert_eq!((&*sink.url, sink.retries, sink.tls), ("5", 5, true));
    assert_eq!(sink.wait, Duration::from_secs(3));
    assert_eq!(app.list[0].inner.wait, Duration::from_mins(1));
    let loader = Root::empty_loader().env_from([
        ("APP_SINKS__A__URL", "x"),
        ("APP_SINKS__A__RETRIES", "300"),
        ("APP_SINKS__A__TLS", "yes"),
        ("APP_SINKS__A__WAIT", "3s"),
    ]);
    assert_data_eq!(
        problems(loader.load()),
        str![[r#"
Malformed sinks.A.retries: expected a whole number from 0 to 255, found a string in environment variable APP_SINKS__A__RETRIES
  help: correct APP_SINKS__A__RETRIES, or unset it for its default
"#]]
    );
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Peer {
    host: String,
    #[serde(default)]
    limits: BTreeMap<String, Limit>,
    #[serde(skip)]
    cache: u8,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Limit {
    #[serde(default)]
    max_requests: u8,
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Peers {
    #[settings(default = "[]")]
    peers: Vec<Peer>,
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", unknown = "deny")]
struct StrictPeers {
    #[settings(default = "[]")]
    peers: Vec<Peer>,
}

#[test]
fn a_key_that_a_struct_ignores_is_reported_as_unknown() {
    let text = "[[peers]]\nhost = \"a\"\nhots = \"b\"\nlimits.x.max_request = 3\n\n[[peers]]\nhost = \"c\"\ncache = 1\n";
    let dir = Dir::with(&[("a.toml", text)]);
    let loaded = Peers::empty_loader().file(dir.path("a.toml")).load();
    assert_data_eq!(
        dir.relative(&warnings(loaded)),
        str![[r#"
Unknown a.toml: 3 names do not match any setting: peers[0].hots (3:8), peers[0].limits.x.max_request (4:24), peers[1].cache (8:9)
  help: peers[0].hots: did you mean host?
  help: peers[0].limits.x.max_request: did you mean max_requests?
  help: remove the rest, or correct the spelling
"#]]
    );
    let json = r#"[{"host":"a","port":1}]"#;
    let from_text = Peers::empty_loader().env_from([("APP_PEERS", json)]);
    assert_data_eq!(
        warnings(from_text.load()),
        str![[r#"
Unknown environment variable APP_PEERS: peers[0].port does not match any setting
  help: unset it, or list names of other programs in `ignore` on the struct
"#]]
    );
    let error = StrictPeers::empty_loader()
        .set("peers", json)
        .load()
        .unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
    let error = StrictPeers::empty_loader()
        .file(dir.path("a.toml"))
        .load()
        .unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
}

#[test]
fn a_misspelled_key_is_suggested_where_a_required_one_is_missing() {
    #[derive(Debug, Settings)]
    struct Root {
        sink: Option<Sink>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is only read")]
    struct Sink {
        url: String,
        #[serde(flatten)]
        more: More,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is only read")]
    struct More {
        retries: u32,
    }

    let dir = Dir::with(&[("a.toml", "sink = { url = 'a', retris = 3 }\n")]);
    let loaded = Root::empty_loader().file(dir.path("a.toml")).load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Missing sink.retries: required, but not set in a.toml:1:8
  help: sink.retris is set: did you mean retries?
  help: add retries to sink there
"#]]
    );
    let variables = [("SINK__URL", "a"), ("SINK__RETRIS", "3")];
    let loaded = Root::empty_loader().env_from(variables).load();
    let problem = problems(loaded);
    assert!(
        problem.contains("is set: did you mean retries?"),
        "{problem}"
    );
}
