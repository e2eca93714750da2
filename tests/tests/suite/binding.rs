//! Names of every source, and the settings that they match.

use crate::reports::{only_problem, problems, warnings};
use settings_core::{Loaded, ProblemKind, SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = 1, alias = "pool", deprecated_alias = "connections")]
    db_pool_size: u32,
    #[settings(default = "here", env = ["HOST_NAME", "NODE_NAME"])]
    host: String,
    #[settings(default = "", rename = "type", allow_empty)]
    kind: String,
    #[settings(nested)]
    server: Server,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost")]
    bind: String,
    #[settings(nested)]
    tls: Tls,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Tls {
    #[settings(default = "none")]
    key_name: String,
}

fn app<const N: usize>(variables: [(&str, &str); N]) -> Loaded<App> {
    App::empty_loader().env_from(variables).load().unwrap()
}

#[test]
fn every_spelling_of_a_name_matches_its_setting() {
    for name in [
        "APP_DB_POOL_SIZE",
        "app_db_pool_size",
        "APP_DB__POOL_SIZE",
        "APP__DB_POOL_SIZE",
        "app-db-pool-size",
        "App.Db.Pool-_Size",
    ] {
        assert_eq!(app([(name, "5")]).db_pool_size, 5, "{name}");
    }
}

#[test]
fn names_without_separators_do_not_match() {
    for name in [
        "APP_DBPOOLSIZE",
        "APPDB_POOL_SIZE",
        "APP_DB_POOLSIZE",
        "DB_POOL_SIZE",
    ] {
        assert_eq!(app([(name, "5")]).db_pool_size, 1, "{name}");
    }
    assert_eq!(app([("HOSTNAME", "there")]).host, "here");
}

#[test]
fn group_names_are_joined_by_one_or_two_underscores() {
    for name in ["APP_SERVER_BIND", "APP_SERVER__BIND", "app-server-bind"] {
        assert_eq!(app([(name, "::1")]).server.bind, "::1", "{name}");
    }
    for name in ["APP_SERVER_TLS_KEY_NAME", "APP_SERVER__TLS__KEY_NAME"] {
        assert_eq!(app([(name, "k")]).server.tls.key_name, "k", "{name}");
    }
}

#[test]
fn an_env_name_has_no_prefix_and_the_first_that_is_set_wins() {
    assert_eq!(app([("NODE_NAME", "node")]).host, "node");
    assert_eq!(
        app([("NODE_NAME", "node"), ("HOST_NAME", "host")]).host,
        "host"
    );
    assert_eq!(app([("APP_HOST", "derived")]).host, "here");
    let by_key = App::empty_loader().set("host", "key").load().unwrap();
    assert_eq!(by_key.host, "key");
    let by_argument = App::empty_loader().args(["--host", "key"]).load().unwrap();
    assert_eq!(by_argument.host, "key");
}

#[test]
fn a_renamed_setting_has_its_new_name_in_every_source() {
    assert_eq!(app([("APP_TYPE", "x")]).kind, "x");
    assert_eq!(app([("APP_KIND", "x")]).kind, "");
    let loaded = App::empty_loader().set("type", "x").load().unwrap();
    assert_eq!(loaded.kind, "x");
}

#[test]
fn aliases_are_names_in_every_layer_behind_prefix_and_group() {
    assert_eq!(app([("APP_POOL", "5")]).db_pool_size, 5);
    assert_eq!(app([("POOL", "5")]).db_pool_size, 1);
    let by_key = App::empty_loader().set("pool", "5").args(["--pool", "4"]);
    assert_eq!(by_key.load().unwrap().db_pool_size, 5);
}

#[test]
fn a_deprecated_alias_works_and_warns() {
    let loaded = App::empty_loader()
        .env_from([("APP_CONNECTIONS", "5")])
        .load();
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Deprecated db_pool_size: set by a deprecated name in environment variable APP_CONNECTIONS
  help: use APP_DB_POOL_SIZE
"#]]
    );
}

#[test]
fn names_take_precedence_over_spellings() {
    let loaded = app([
        ("app_db_pool_size", "5"),
        ("APP_POOL", "6"),
        ("APP_CONNECTIONS", "7"),
    ]);
    assert_eq!(loaded.db_pool_size, 5);
    assert_eq!(
        app([("APP_CONNECTIONS", "7"), ("app_pool", "6")]).db_pool_size,
        6
    );
}

#[test]
fn the_canonical_name_wins_over_another_spelling_with_a_warning() {
    let variables = [("APP_DB_POOL_SIZE", "5"), ("app_db_pool_size", "6")];
    assert_eq!(app(variables).db_pool_size, 5);
    let loaded = App::empty_loader().env_from(variables).load();
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Ambiguous db_pool_size: set twice in one layer: environment variable APP_DB_POOL_SIZE wins over environment variable app_db_pool_size
  help: remove environment variable app_db_pool_size
"#]]
    );
}

#[test]
fn the_last_of_two_other_spellings_wins_in_ordered_sources() {
    let loaded = app([("App_Db_Pool_Size", "5"), ("app_db_pool_size", "6")]);
    assert_eq!(loaded.db_pool_size, 6);
    let loaded = app([("app_db_pool_size", "6"), ("App_Db_Pool_Size", "5")]);
    assert_eq!(loaded.db_pool_size, 5);
}

#[test]
fn two_spellings_with_equal_values_are_no_warning() {
    let loaded = app([("APP_DB_POOL_SIZE", "5"), ("app_db_pool_size", "5")]);
    assert!(loaded.warnings().is_empty());
}

#[test]
fn a_repeated_name_takes_its_last_value() {
    let loaded = app([("APP_DB_POOL_SIZE", "5"), ("APP_DB_POOL_SIZE", "6")]);
    assert_eq!(loaded.db_pool_size, 6);
    assert!(loaded.warnings().is_empty());
}

#[test]
fn origins_are_found_by_any_spelling_of_the_key() {
    let loaded = app([("APP_SERVER_BIND", "::1")]);
    for key in ["server.bind", "server_bind", "SERVER-BIND"] {
        let origin = loaded.origin(key).unwrap();
        assert_eq!(origin.to_string(), "environment variable APP_SERVER_BIND");
    }
    assert_eq!(loaded.origin("nothing"), None);
}

// Groups set as a whole.

#[test]
fn a_group_set_as_a_whole_sets_each_of_its_settings() {
    let whole = r#"{"bind": "::1", "tls": {"keyName": "k"}}"#;
    let loaded = app([("APP_SERVER", whole)]);
    assert_eq!(
        (&*loaded.server.bind, &*loaded.server.tls.key_name),
        ("::1", "k")
    );
    let origin = loaded.origin("server.tls.key_name").unwrap();
    assert_eq!(origin.to_string(), "environment variable APP_SERVER");
    let loaded = App::empty_loader()
        .args(["--server", whole])
        .load()
        .unwrap();
    assert_eq!(loaded.server.bind, "::1");
    let loaded = App::empty_loader().set("server", whole).load().unwrap();
    assert_eq!(loaded.server.bind, "::1");
}

#[test]
fn a_setting_overrides_its_group_set_as_a_whole_in_the_same_layer() {
    let whole = ("APP_SERVER", r#"{"bind": "whole"}"#);
    let own = ("app_server_bind", "own");
    for variables in [[whole, own], [own, whole]] {
        let loaded = app(variables);
        assert_eq!(loaded.server.bind, "own");
        assert!(loaded.warnings().is_empty());
    }
    let higher = App::empty_loader()
        .env_from([own])
        .args(["--server", whole.1]);
    assert_eq!(higher.load().unwrap().server.bind, "whole");
}

#[test]
fn a_group_set_to_another_type_is_one_problem() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(nested)]
        database: Database,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Database {
        url: String,
    }
    for (text, expected) in [
        (
            "postgres://u:hunter2@h",
            str![[r#"
Malformed database: expected a JSON object, found text that is not JSON in environment variable DATABASE
  help: write it as JSON, or set each of its settings by its own name
"#]],
        ),
        (
            r#"{"url": }"#,
            str![[r#"
Malformed database: expected a JSON object, found text that is not JSON in environment variable DATABASE
  help: text that begins with `[` or `{` is read as JSON, and this is not JSON from character 9 on
  help: write it as JSON, or set each of its settings by its own name
"#]],
        ),
        (
            r#"["hunter2"]"#,
            str![[r#"
Malformed database: expected a JSON object, found a list in environment variable DATABASE
  help: write it as JSON, or set each of its settings by its own name
"#]],
        ),
    ] {
        let loaded = Root::empty_loader().env_from([("DATABASE", text)]).load();
        assert_data_eq!(problems(loaded), expected);
    }
    let deep = format!(r#"{{"url": {}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let loaded = Root::empty_loader().env_from([("DATABASE", deep)]).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed database: expected a JSON object, found text that is not JSON in environment variable DATABASE
  help: values may be nested 128 deep at most
  help: write it as JSON, or set each of its settings by its own name
"#]]
    );
}

#[test]
fn an_empty_group_is_no_value() {
    assert_eq!(app([("APP_SERVER", "")]).server.bind, "localhost");
    assert_eq!(app([("APP_SERVER", "null")]).server.bind, "localhost");
}

#[test]
fn variables_of_the_shell_are_not_read_as_a_whole_group() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(nested)]
        user: Person,
        #[settings(nested)]
        mail: Option<Person>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Person {
        #[settings(default = "nobody")]
        name: String,
    }
    let load = |user| {
        Root::empty_loader()
            .env_from([("USER", user), ("MAIL", "/var/mail/root")])
            .load()
    };
    for user in ["root", "1000"] {
        let root = load(user).unwrap();
        assert_eq!((&*root.user.name, root.mail.is_none()), ("nobody", true));
    }
    assert_eq!(load(r#"{"name": "root"}"#).unwrap().user.name, "root");
    assert_eq!(
        only_problem(load(r#"{"name": "#)),
        (ProblemKind::Malformed, "user".to_owned())
    );
}

#[test]
fn an_unknown_key_in_a_group_set_as_a_whole_is_reported() {
    let loaded = App::empty_loader()
        .env_from([("APP_SERVER", r#"{"bnid": "::1"}"#)])
        .load();
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Unknown environment variable APP_SERVER: bnid does not match any setting
  help: did you mean bind?
"#]]
    );
}

// Maps.

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Maps {
    #[settings(default = "")]
    labels: BTreeMap<String, String>,
    #[settings(default = "a=1")]
    limits: BTreeMap<String, u8>,
    #[settings(default = "")]
    limits_max: String,
}

fn maps<const N: usize>(variables: [(&str, &str); N]) -> Loaded<Maps> {
    Maps::empty_loader().env_from(variables).load().unwrap()
}

#[test]
fn variables_set_single_keys_of_a_map() {
    let loaded = maps([("APP_LABELS__Team-A", "x"), ("APP_LABELS__b.c_D", "y")]);
    assert_eq!(loaded.labels["Team-A"], "x");
    assert_eq!(loaded.labels["b.c_D"], "y");
    let single = maps([("APP_LABELS_TEAM", "x")]);
    assert!(single.labels.is_empty(), "only `__` separates");
    let arguments = Maps::empty_loader()
        .args(["--labels__team=x"])
        .set("labels__b", "y");
    assert_eq!(arguments.load().unwrap().labels.len(), 2);
}

#[test]
fn a_declared_setting_takes_precedence_over_a_key_of_a_map() {
    let loaded = maps([("APP_LIMITS__MAX", "9")]);
    assert_eq!(loaded.limits_max, "9");
    assert_eq!(loaded.limits.len(), 1);
}

#[test]
fn a_key_joins_the_map_of_the_same_layer_or_a_lower_one() {
    let loaded = maps([("APP_LABELS", "a=1,b=2"), ("APP_LABELS__b", "3")]);
    assert_eq!(
        loaded.labels,
        [("a".into(), "1".into()), ("b".into(), "3".into())].into()
    );
    let loaded = Maps::empty_loader()
        .env_from([("APP_LABELS", r#"{"Team": "low"}"#)])
        .args(["--labels__TEAM", "high"])
        .load()
        .unwrap();
    assert_eq!(loaded.labels, [("Team".into(), "high".into())].into());
}

#[test]
fn a_map_is_replaced_whole_by_a_higher_layer() {
    let loaded = Maps::empty_loader()
        .env_from([("APP_LABELS__a", "1"), ("APP_LABELS", "b=2")])
        .args(["--labels", "c=3"])
        .load()
        .unwrap();
    assert_eq!(loaded.labels, [("c".into(), "3".into())].into());
}

#[test]
fn keys_of_a_map_in_different_case_are_distinct() {
    let loaded = maps([("APP_LABELS__A", "1"), ("APP_LABELS__a", "2")]);
    assert_eq!(loaded.labels.len(), 2);
}

#[test]
fn a_key_without_text_is_not_set() {
    assert!(maps([("APP_LABELS__a", "")]).labels.is_empty());
    let loaded = maps([("APP_LIMITS", "a=1"), ("APP_LIMITS__a", "")]);
    assert_eq!(loaded.limits["a"], 1);
}

#[test]
fn a_malformed_key_of_a_map_is_reported_with_its_own_variable() {
    let variables = [("APP_LIMITS__a", "many"), ("APP_LIMITS__b", "2")];
    let loaded = Maps::empty_loader().env_from(variables).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed limits.a: expected a whole number from 0 to 255, found a string in environment variable APP_LIMITS__a
  help: correct APP_LIMITS__a, or unset it for the default, a=1
"#]]
    );
}

// Lists and maps of groups.

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Several {
    #[settings(nested)]
    servers: Vec<Node>,
    #[settings(nested)]
    zones: BTreeMap<String, Node>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Node {
    host: String,
    #[settings(default = 80)]
    port: u16,
    token: Option<SecretString>,
    #[settings(nested)]
    tls: Option<Tls>,
}

fn several<const N: usize>(variables: [(&str, &str); N]) -> Loaded<Several> {
    Several::empty_loader().env_from(variables).load().unwrap()
}

#[test]
fn a_list_of_groups_is_set_by_setting_or_as_a_whole() {
    let loaded = several([
        ("APP_SERVERS__1__HOST", "b"),
        ("APP_SERVERS__0__HOST", "a"),
        ("app_servers__0__port", "81"),
        ("APP_SERVERS__1__TLS__KEY_NAME", "k"),
    ]);
    let hosts: Vec<_> = loaded
        .servers
        .iter()
        .map(|host| (&*host.host, host.port))
        .collect();
    assert_eq!(hosts, [("a", 81), ("b", 80)]);
    assert_eq!(loaded.servers[1].tls.as_ref().unwrap().key_name, "k");
    assert!(loaded.servers[0].tls.is_none());

    let loaded = several([
        (
            "APP_SERVERS",
            r#"[{"host": "a"}, {"host": "b", "port": 1}]"#,
        ),
        ("APP_SERVERS__1__PORT", "2"),
    ]);
    assert_eq!((loaded.servers[0].port, loaded.servers[1].port), (80, 2));
    let origin = |key: &str| loaded.origin(key).unwrap().to_string();
    assert_eq!(
        origin("servers[1].port"),
        "environment variable APP_SERVERS__1__PORT"
    );
    assert_eq!(
        origin("servers[1].host"),
        "environment variable APP_SERVERS"
    );
    assert_eq!(origin("servers[0].port"), "default");
}

#[test]
fn an_element_may_be_set_as_a_whole() {
    let loaded = several([
        ("APP_SERVERS__0", r#"{"host": "a", "port": 1}"#),
        ("APP_SERVERS__0__PORT", "2"),
    ]);
    assert_eq!((&*loaded.servers[0].host, loaded.servers[0].port), ("a", 2));
}

#[test]
fn the_canonical_name_then_the_last_wins_inside_an_element() {
    let (proper, other) = (("APP_SERVERS__0__HOST", "a"), ("app_servers__0__host", "b"));
    for variables in [[proper, other], [other, proper]] {
        let loaded = Several::empty_loader().env_from(variables).load();
        assert_eq!(loaded.as_ref().unwrap().servers[0].host, "a");
        assert_data_eq!(
            warnings(loaded),
            str![[r#"
Ambiguous servers[0].host: set twice in one layer: environment variable APP_SERVERS__0__HOST wins over environment variable app_servers__0__host
  help: remove environment variable app_servers__0__host
"#]]
        );
    }
    let loaded = several([("APP_SERVERS__0__host", "c"), other]);
    assert_eq!(loaded.servers[0].host, "b");
    let loaded = several([("APP_ZONES__eu__HOST", "a"), ("App_Zones__eu__HOST", "b")]);
    assert_eq!(loaded.zones["eu"].host, "a");
}

#[test]
fn a_structure_replaces_a_lower_list() {
    let loaded = Several::empty_loader()
        .env_from([("APP_SERVERS__0__HOST", "a"), ("APP_SERVERS__1__HOST", "b")])
        .set("servers", r#"[{"host": "c"}]"#)
        .load()
        .unwrap();
    assert_eq!(loaded.servers.len(), 1);
    assert_eq!(loaded.servers[0].host, "c");
}

#[test]
fn the_elements_of_a_list_may_come_from_several_layers() {
    let loaded = Several::empty_loader()
        .env_from([("APP_SERVERS__1__HOST", "b")])
        .args(["--servers__0__host", "a"])
        .load()
        .unwrap();
    assert_eq!(loaded.servers[0].host, "a");
}

#[test]
fn an_element_is_set_by_the_key_that_reports_print() {
    #[derive(Debug, Settings)]
    struct Keyed {
        #[settings(nested)]
        servers: Vec<Node>,
        #[settings(nested)]
        zones: BTreeMap<String, Node>,
        labels: BTreeMap<String, String>,
    }

    let loaded = Keyed::empty_loader()
        .set("servers[0].host", "a")
        .set("servers[0].tls.key_name", "c")
        .set("labels.app.kubernetes.io/name", "shop")
        .args(["--set", "zones.eu-1.host=b", "--set", "servers[0].port=81"])
        .load()
        .unwrap();
    let [server] = &loaded.servers[..] else {
        panic!("one server");
    };
    assert_eq!((&*server.host, server.port), ("a", 81));
    assert_eq!(server.tls.as_ref().unwrap().key_name, "c");
    assert_eq!(loaded.zones["eu-1"].host, "b");
    assert_eq!(loaded.labels["app.kubernetes.io/name"], "shop");

    for key in ["servers[].host", "servers[0]host", "labels."] {
        let error = Keyed::empty_loader().set(key, "a").load().unwrap_err();
        assert!(error.to_string().contains(key), "{error}");
    }
    for (key, printed) in [
        ("servers[0]", "servers[0]"),
        ("servers.0", "servers[0]"),
        ("zones.eu", "zones.eu"),
    ] {
        let error = Keyed::empty_loader().set(key, "a").load().unwrap_err();
        assert_eq!(error.problems()[0].key(), Some(printed), "{error}");
    }
}

#[test]
fn a_list_has_no_gaps() {
    let variables = [("APP_SERVERS__0__HOST", "a"), ("APP_SERVERS__2__HOST", "c")];
    let loaded = Several::empty_loader().env_from(variables).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed servers: element 2 is set, but element 1 is not: a list has no gaps, in environment variable APP_SERVERS__2__HOST
  help: set APP_SERVERS__1__… too, or number this one 1
"#]]
    );
    let loaded = Several::empty_loader()
        .env_from([("APP_SERVERS__FIRST__HOST", "a")])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed servers: expected the index of an element after the name of the list, found another name in environment variable APP_SERVERS__FIRST__HOST
  help: write APP_SERVERS__0__ and the name of a setting
"#]]
    );
}

#[test]
fn a_misspelled_name_in_an_element_is_reported_with_the_missing_one() {
    let variables = [("APP_SERVERS__0__PORT", "1"), ("APP_ZONES__eu__HSOT", "x")];
    let error = Several::empty_loader()
        .env_from(variables)
        .load()
        .unwrap_err();
    assert_data_eq!(
        crate::reports::lines(error.problems()),
        str![[r#"
Missing servers[0].host: required, but not set
  help: set APP_SERVERS__0__HOST to text
Missing zones.eu.host: required, but not set
  help: APP_ZONES__eu__HSOT is set: did you mean APP_ZONES__eu__HOST?
"#]]
    );
    assert_eq!(crate::reports::lines(error.warnings()), "");
}

#[test]
fn a_value_of_another_type_for_a_list_or_map_of_groups_is_refused() {
    let variables = [("APP_SERVERS", "a,b"), ("APP_ZONES", "[1]")];
    let loaded = Several::empty_loader().env_from(variables).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed servers: expected a JSON list of objects, found text that is not JSON in environment variable APP_SERVERS
  help: write it as JSON, or set each of its settings by its own name
Malformed zones: expected a JSON object of objects, found a list in environment variable APP_ZONES
  help: write it as JSON, or set each of its settings by its own name
"#]]
    );
}

#[test]
fn a_map_of_groups_is_set_by_key_and_keys_keep_their_case() {
    let loaded = several([
        ("APP_ZONES__Eu-West__HOST", "a"),
        ("APP_ZONES__US__HOST", "b"),
        ("APP_ZONES__US__PORT", "1"),
    ]);
    let keys: Vec<_> = loaded.zones.keys().map(String::as_str).collect();
    assert_eq!(keys, ["Eu-West", "US"]);
    assert_eq!(loaded.zones["US"].port, 1);
    let origin = loaded.origin("zones.US.port").unwrap();
    assert_eq!(
        origin.to_string(),
        "environment variable APP_ZONES__US__PORT"
    );
}

#[test]
fn a_key_matches_the_same_key_in_another_case_in_a_lower_layer() {
    let loaded = Several::empty_loader()
        .env_from([(
            "APP_ZONES",
            r#"{"eu-west": {"host": "a"}, "EU_WEST": {"host": "b"}}"#,
        )])
        .args(["--zones__Eu-West__port", "1"])
        .load()
        .unwrap();
    assert_eq!(loaded.zones.len(), 2);
    assert_eq!(
        (loaded.zones["eu-west"].port, loaded.zones["EU_WEST"].port),
        (1, 80)
    );
}

#[test]
fn a_map_of_groups_set_as_a_whole_joins_lower_layers() {
    let loaded = Several::empty_loader()
        .env_from([("APP_ZONES", r#"{"eu": {"host": "a", "port": 1}}"#)])
        .set("zones", r#"{"eu": {"host": "b"}, "us": {"host": "c"}}"#)
        .load()
        .unwrap();
    assert_eq!(
        (&*loaded.zones["eu"].host, loaded.zones["eu"].port),
        ("b", 1)
    );
    assert_eq!(loaded.zones.len(), 2);
}

#[test]
fn an_empty_list_or_map_overrides_lower_layers_with_a_warning() {
    let loaded = Several::empty_loader()
        .env_from([
            ("APP_SERVERS", r#"[{"host": "a"}]"#),
            ("APP_ZONES__eu__HOST", "b"),
        ])
        .args(["--servers=", "--zones="])
        .load();
    assert!(loaded.as_ref().unwrap().servers.is_empty());
    assert!(loaded.as_ref().unwrap().zones.is_empty());
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Shadowed servers: set to nothing, so the default applies and environment variable APP_SERVERS is overridden, in argument --servers
  help: remove the empty setting, or give it a value
Shadowed zones: set to nothing, so the default applies and environment variable APP_ZONES__eu__HOST is overridden, in argument --zones
  help: remove the empty setting, or give it a value
"#]]
    );
}

// Optional groups.

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Optional {
    #[settings(nested)]
    cache: Option<Cache>,
    #[settings(default = 7)]
    after: u8,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Cache {
    #[settings(default = 60)]
    seconds: u32,
    #[settings(nested)]
    inner: Node,
}

#[test]
fn an_optional_group_is_none_unless_a_layer_sets_a_value_in_it() {
    let load = |variables: &[(&str, &str)]| {
        let loader = Optional::empty_loader().env_from(variables.iter().copied());
        loader.load()
    };
    let none = load(&[("APP_AFTER", "8")]).unwrap();
    assert!(none.cache.is_none());
    assert_eq!(none.after, 8);
    assert!(load(&[("APP_CACHE_SECONDS", "")]).unwrap().cache.is_none());
    let some = load(&[("APP_CACHE_INNER_HOST", "a")]).unwrap();
    assert_eq!(some.cache.as_ref().unwrap().seconds, 60);
    assert_data_eq!(
        problems(load(&[("APP_CACHE_SECONDS", "1")])),
        str![[r#"
Missing cache.inner.host: required, but not set
  help: set APP_CACHE_INNER_HOST to text
  help: or remove APP_CACHE_SECONDS: `cache` is only required because APP_CACHE_SECONDS is set
"#]]
    );
}

// Variables of the shell.

#[derive(Debug, Settings)]
struct Guarded {
    #[settings(default = "")]
    path: String,
    #[settings(default = "nobody", env = "USER")]
    user: String,
}

#[test]
fn a_root_without_prefix_does_not_read_variables_of_the_shell() {
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_program"))
        .arg("guarded")
        .env_clear()
        .env("PATH", "/bin")
        .env("USER", "root")
        .env("TERM", "xterm")
        .output()
        .unwrap();
    assert_data_eq!(
        String::from_utf8(program.stderr).unwrap(),
        str![[r#"
Error: 2 problems in the settings (Guarded)

  path: reads PATH, which every shell sets
    help: give the settings a prefix, or write env = "PATH" if this is intended

  term: reads TERM, which every shell sets
    help: give the settings a prefix, or write env = "TERM" if this is intended

read: the environment

"#]]
    );
    let given = Guarded::empty_loader()
        .env_from([("PATH", "/bin"), ("USER", "root")])
        .load();
    assert_eq!(given.unwrap().user, "root");
}

#[derive(Debug, Settings)]
struct Ports {
    #[settings(default = 1, env = ["PORT_A", "PORT_B"])]
    port: u16,
}

#[test]
fn an_empty_variable_counts_as_not_set_among_several_names() {
    for variables in [
        [("PORT_A", ""), ("PORT_B", "5")],
        [("PORT_B", "5"), ("PORT_A", "")],
    ] {
        let loaded = Ports::empty_loader().env_from(variables).load().unwrap();
        assert_eq!(loaded.port, 5);
        assert!(loaded.warnings().is_empty());
    }
}
