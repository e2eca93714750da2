//! Optional groups: present if a layer sets one of their settings, or contains a table for them.

use crate::{
    dir::Dir,
    reports::{problems, warnings},
};
use settings_core::Settings;
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(nested)]
    metrics: Option<Metrics>,
    #[settings(nested)]
    hosts: Vec<Host>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Metrics {
    #[settings(default = 9000)]
    port: u16,
    #[settings(nested)]
    push: Option<Push>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Push {
    #[settings(default = "here")]
    url: String,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Host {
    #[settings(nested)]
    metrics: Option<Metrics>,
}

#[test]
fn a_table_makes_a_group_present_even_if_it_is_empty() {
    let dir = Dir::with(&[
        ("a.toml", "[metrics]\n"),
        ("a.yaml", "metrics: {}\n"),
        ("a.json", r#"{"metrics": {}}"#),
    ]);
    for loader in [
        App::empty_loader().file(dir.path("a.toml")),
        App::empty_loader().file(dir.path("a.yaml")),
        App::empty_loader().file(dir.path("a.json")),
        App::empty_loader().env_from([("APP_METRICS", "{}")]),
        App::empty_loader().args(["--metrics={}"]),
        App::empty_loader().set("metrics", "{}"),
    ] {
        let app = loader.load().unwrap();
        let metrics = app.metrics.as_ref().unwrap();
        assert_eq!((metrics.port, metrics.push.is_none()), (9000, true));
    }
    assert!(App::empty_loader().load().unwrap().metrics.is_none());
}

#[test]
fn a_nested_table_makes_the_outer_group_present() {
    let dir = Dir::with(&[("a.toml", "[metrics.push]\n")]);
    let app = App::empty_loader().file(dir.path("a.toml")).load().unwrap();
    assert_eq!(
        app.metrics.as_ref().unwrap().push.as_ref().unwrap().url,
        "here"
    );
}

#[test]
fn an_absent_table_keeps_values_of_lower_layers() {
    let dir = Dir::with(&[
        ("a.toml", "[metrics]\nport = 1\n[metrics.push]\nurl = 'x'\n"),
        ("b.yaml", "metrics: null\n"),
        ("c.yaml", "metrics:\n"),
    ]);
    let file = || App::empty_loader().file(dir.path("a.toml"));
    for loader in [
        file().file(dir.path("b.yaml")),
        file().file(dir.path("c.yaml")),
        file().env_from([("APP_METRICS", "")]),
        file().env_from([("APP_METRICS", " ")]),
        file().env_from([("APP_METRICS", "null")]),
        file().args(["--metrics="]),
    ] {
        assert!(loader.load().unwrap().metrics.is_none());
    }
    let again = file()
        .env_from([("APP_METRICS", "")])
        .args(["--metrics-port=2"]);
    let app = again.load().unwrap();
    let metrics = app.metrics.as_ref().unwrap();
    assert_eq!((metrics.port, metrics.push.is_none()), (2, true));
    let own = file().env_from([("APP_METRICS", ""), ("APP_METRICS_PUSH_URL", "y")]);
    let app = own.load().unwrap();
    let metrics = app.metrics.as_ref().unwrap();
    assert_eq!(
        (metrics.port, &*metrics.push.as_ref().unwrap().url),
        (9000, "y")
    );
    let table = file().env_from([("APP_METRICS", "")]).set("metrics", "{}");
    assert_eq!(table.load().unwrap().metrics.as_ref().unwrap().port, 9000);
}

#[test]
fn an_element_of_a_list_may_have_optional_groups() {
    let dir = Dir::with(&[("a.toml", "[[hosts]]\n[hosts.metrics]\n[[hosts]]\n")]);
    let app = App::empty_loader().file(dir.path("a.toml")).load().unwrap();
    let present: Vec<_> = app
        .hosts
        .iter()
        .map(|host| host.metrics.is_some())
        .collect();
    assert_eq!(present, [true, false]);
    let emptied = App::empty_loader().file(dir.path("a.toml")).env_from([
        ("APP_HOSTS__0__METRICS", ""),
        ("APP_HOSTS__1__METRICS", "{}"),
    ]);
    let app = emptied.load().unwrap();
    let present: Vec<_> = app
        .hosts
        .iter()
        .map(|host| host.metrics.is_some())
        .collect();
    assert_eq!(present, [false, true]);
}

#[test]
fn a_missing_setting_of_an_empty_table_names_the_table() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(nested)]
        tls: Option<Tls>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Tls {
        key: String,
    }
    let dir = Dir::with(&[("a.toml", "[tls]\n")]);
    let loaded = Root::empty_loader().file(dir.path("a.toml")).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Missing tls.key: required, but not set
  help: set TLS_KEY to text
  help: or remove [..]/a.toml:1:1: `tls` is only required because [..]/a.toml:1:1 is set
"#]]
    );
}

#[test]
fn present_if_makes_a_group_present_exactly_if_its_setting_has_a_value() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Root {
        #[settings(nested, present_if = dsn)]
        sentry: Option<Sentry>,
        #[settings(flatten, present_if = r#type)]
        cache: Option<Cache>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Sentry {
        dsn: Option<String>,
        #[settings(default = 1)]
        rate: u8,
        environment: String,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Cache {
        #[settings(rename = "kind")]
        r#type: String,
        #[settings(default = 5)]
        size: u8,
    }
    let dir = Dir::with(&[("a.toml", "size = 3\n[sentry]\nrate = 2\n")]);
    let file = || Root::empty_loader().file(dir.path("a.toml"));
    let root = file()
        .env_from([
            ("APP_SENTRY_DSN", "x"),
            ("APP_SENTRY_ENVIRONMENT", "y"),
            ("APP_KIND", "z"),
        ])
        .load()
        .unwrap();
    assert!(root.warnings().is_empty());
    assert_eq!(root.sentry.as_ref().unwrap().rate, 2);
    let cache = root.cache.as_ref().unwrap();
    assert_eq!((&*cache.r#type, cache.size), ("z", 3));

    let invalid = ("APP_SENTRY_RATE", "not decoded");
    for dsn in ["", " "] {
        let loaded = file().env_from([invalid, ("APP_SENTRY_DSN", dsn)]).load();
        let is_blank_text = dsn == " ";
        assert_eq!(loaded.is_err(), is_blank_text, "a blank string is a value");
    }
    let loaded = file()
        .env_from([invalid, ("APP_SENTRY_ENVIRONMENT", "y")])
        .load();
    assert!(loaded.as_ref().unwrap().sentry.is_none());
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Shadowed sentry.dsn: has no value, so sentry.rate, sentry.environment are not used
  help: set APP_SENTRY_DSN, or remove what is not used
Shadowed kind: has no value, so size is not used
  help: set APP_KIND, or remove what is not used
"#]]
    );

    let table = Root::empty_loader()
        .env_from([("APP_SENTRY", "{}")])
        .load()
        .unwrap();
    assert!(table.sentry.is_none() && table.warnings().is_empty());
    let missing = Root::empty_loader()
        .env_from([("APP_SENTRY_DSN", "x")])
        .load();
    assert_data_eq!(
        problems(missing),
        str![[r#"
Missing sentry.environment: required, but not set
  help: set APP_SENTRY_ENVIRONMENT to text
  help: or remove APP_SENTRY_DSN: `sentry` is only required because APP_SENTRY_DSN is set
"#]]
    );
}

#[test]
fn a_table_inside_an_optional_group_makes_both_present() {
    for name in ["APP_METRICS__PUSH", "APP_METRICS_PUSH"] {
        #[derive(Debug, Settings)]
        #[settings(prefix = "APP_")]
        struct Root {
            #[settings(nested)]
            metrics: Option<Outer>,
        }
        #[derive(Debug, Settings)]
        #[settings(group)]
        struct Outer {
            #[settings(nested)]
            push: Option<Inner>,
        }
        #[derive(Debug, Settings)]
        #[settings(group)]
        struct Inner {
            #[settings(default = 1)]
            every: u8,
        }
        let loaded = Root::empty_loader().env_from([(name, "{}")]).load();
        let metrics = loaded.unwrap().into_inner().metrics.unwrap();
        assert_eq!(metrics.push.unwrap().every, 1);
    }
}

#[test]
fn blank_text_for_a_group_of_a_file_is_no_value() {
    let dir = Dir::with(&[
        ("a.toml", "[metrics]\nport = 9\n"),
        ("b.toml", "metrics = ' '\nhosts = ''\n"),
    ]);
    let loaded = App::empty_loader()
        .file(dir.path("a.toml"))
        .file(dir.path("b.toml"))
        .load()
        .unwrap();
    assert!(loaded.metrics.is_none() && loaded.hosts.is_empty());
}

#[test]
fn a_group_that_is_present_with_nothing_set_is_written_as_an_empty_table() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Empty {
        #[settings(nested)]
        cache: Option<Cache>,
        #[settings(nested)]
        spare: Option<Cache>,
        #[settings(nested)]
        nodes: Vec<Node>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Node {
        #[settings(nested)]
        cache: Option<Cache>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Cache {
        path: Option<String>,
        size: Option<u8>,
    }
    let dir = Dir::with(&[(
        "a.json",
        r#"{"cache": {}, "nodes": [{"cache": {}}, {}, {"cache": {"size": 1}}]}"#,
    )]);
    let app = Empty::empty_loader()
        .file(dir.path("a.json"))
        .load()
        .unwrap();
    assert!(app.cache.is_some() && app.spare.is_none());
    let env = app.to_env();
    assert_data_eq!(
        env.as_str(),
        str![[r#"
APP_CACHE='{}'
# APP_CACHE_PATH=
# APP_CACHE_SIZE=
# APP_SPARE_PATH=
# APP_SPARE_SIZE=
APP_NODES__0__CACHE='{}'
# APP_NODES__0__CACHE_PATH=
# APP_NODES__0__CACHE_SIZE=
APP_NODES__1='{}'
# APP_NODES__1__CACHE_PATH=
# APP_NODES__1__CACHE_SIZE=
# APP_NODES__2__CACHE_PATH=
APP_NODES__2__CACHE_SIZE=1

"#]]
    );
    let dir = Dir::with(&[(".env", &env)]);
    let again = Empty::empty_loader()
        .env_file(dir.path(".env"))
        .load()
        .unwrap();
    assert!(again.cache.is_some() && again.spare.is_none());
    let nodes = again.nodes.iter().map(|node| node.cache.is_some());
    assert_eq!(nodes.collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn an_empty_map_or_list_of_groups_is_present() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct App {
        #[settings(nested)]
        sites: Option<BTreeMap<String, Site>>,
        #[settings(nested)]
        peers: Option<Vec<Site>>,
        #[settings(nested)]
        plain: BTreeMap<String, Site>,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Site {
        #[settings(default = 80)]
        port: u16,
    }

    let dir = Dir::with(&[
        ("a.yaml", "sites: {}\npeers: []\nplain: {}\n"),
        ("b.yaml", "sites: {a: {port: 81}}\n"),
    ]);
    let empty = || App::empty_loader().file(dir.path("a.yaml"));
    let variables = App::empty_loader().env_from([("APP_SITES", "{}"), ("APP_PEERS", "[]")]);
    for loader in [empty(), variables] {
        let app = loader.load().unwrap();
        assert!(app.sites.as_ref().is_some_and(BTreeMap::is_empty));
        assert!(app.peers.as_ref().is_some_and(Vec::is_empty));
        assert!(app.plain.is_empty());
    }
    assert!(App::empty_loader().load().unwrap().sites.is_none());
    let discarded = empty().env_from([("APP_SITES", "")]).load().unwrap();
    assert!(discarded.sites.is_none());
    let kept = App::empty_loader()
        .file(dir.path("b.yaml"))
        .env_from([("APP_SITES", "{}")])
        .load()
        .unwrap();
    assert_eq!(kept.sites.as_ref().unwrap()["a"].port, 81);
}

#[test]
fn an_optional_list_or_map_without_a_value_is_not_shown_as_an_empty_one() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Lists {
        #[settings(nested)]
        hosts: Option<Vec<Push>>,
        #[settings(nested)]
        zones: Option<BTreeMap<String, Push>>,
        #[settings(nested)]
        plain: Vec<Push>,
        port: Option<u16>,
    }
    let loader = || Lists::empty_loader().env_from([("APP_ZONES", "")]);
    let lists = loader().load().unwrap();
    assert!(lists.hosts.is_none() && lists.zones.is_none() && lists.plain.is_empty());
    assert_data_eq!(
        lists.dump().to_string(),
        str![[r#"
hosts  (unset)
zones  (empty)  environment variable APP_ZONES
plain  []       default
port   (unset)

"#]]
    );
    assert!(
        lists
            .to_json()
            .starts_with(r#"{"hosts":null,"zones":null,"plain":[],"#)
    );
    assert_eq!(
        lists.to_env(),
        "# APP_HOSTS=\nAPP_ZONES=\n# APP_PLAIN=[]\n# APP_PORT=\n"
    );
    // The same where another setting is invalid.
    let invalid = loader().set("port", "x");
    let printed = settings_core::cli::capture(&invalid, ["dump", "--only", "hosts,zones,plain"]);
    assert!(printed.out.contains("hosts    (unset)"), "{}", printed.out);
    assert!(printed.out.contains("plain    []"), "{}", printed.out);
    // An empty list is one.
    let empty = Lists::empty_loader().set("hosts", "[]").load().unwrap();
    assert_eq!(empty.hosts.as_ref().map(Vec::len), Some(0));
    assert!(
        empty
            .dump()
            .to_string()
            .starts_with("hosts  []       set\n")
    );
}

#[test]
fn the_setting_that_makes_a_group_present_is_documented() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(nested)]
        outer: Outer,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Outer {
        #[settings(nested, present_if = dsn)]
        sentry: Option<Sentry>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Sentry {
        dsn: String,
        #[settings(default = 1)]
        rate: u8,
    }
    let loaded = Root::empty_loader().set("outer.sentry.dsn", "x").load();
    let sentry = loaded.unwrap().into_inner().outer.sentry.unwrap();
    assert_eq!((&*sentry.dsn, sentry.rate), ("x", 1));
    let page = settings_core::cli::capture(&Root::empty_loader(), ["explain", "outer.sentry"]).out;
    assert!(
        page.contains("a group of settings, present if outer.sentry.dsn is set"),
        "{page}"
    );
    let page = settings_core::docs::markdown::<Root>();
    assert!(
        page.contains("*Optional: present if outer.sentry.dsn is set.*"),
        "{page}"
    );
}

#[test]
fn documents_describe_the_setting_that_makes_a_group_present() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Proxied {
        #[settings(nested, present_if = address)]
        proxy: Option<Proxy>,
        #[settings(flatten, present_if = address)]
        relay: Option<Relay>,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Proxy {
        address: String,
        #[settings(default = 10)]
        limit: u32,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Relay {
        #[settings(rename = "relay_address")]
        address: String,
    }

    assert_data_eq!(
        settings_core::docs::toml::<Proxied>(),
        str![[r#"

# without it, the others of its group are not used; text
#relay_address =

# optional: present if proxy.address is set
#[proxy]

# without it, the others of its group are not used; text
#address =

# a whole number from 0 to 4294967295
#limit = 10

"#]]
    );
    let reference = settings_core::docs::markdown::<Proxied>();
    assert!(!reference.contains("**required**"), "{reference}");
    let schema = settings_core::docs::json_schema::<Proxied>();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    assert!(schema.is_valid(&serde_json::json!({"proxy": {"limit": 5}})));
}
