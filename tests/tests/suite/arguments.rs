//! Arguments of the program.

use crate::reports::{only_problem, problems, warnings};
use settings_core::{Error, Loaded, ProblemKind, SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = 1)]
    db_pool_size: i32,
    #[settings(default = false)]
    debug: bool,
    trace: Option<bool>,
    #[settings(default = false)]
    no_color: bool,
    #[settings(default = true)]
    color: bool,
    #[settings(default = "")]
    tags: Vec<String>,
    #[settings(default = "")]
    ids: BTreeSet<u8>,
    #[settings(default = "")]
    labels: BTreeMap<String, String>,
    #[settings(default = "", separator = ";")]
    paths: Vec<String>,
    #[settings(default = "none", alias = "title")]
    name: String,
    token: Option<SecretString>,
    #[settings(nested)]
    server: Server,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost")]
    bind: String,
}

fn load<const N: usize>(arguments: [&str; N]) -> Result<Loaded<App>, Error> {
    App::empty_loader().args(arguments).load()
}

fn app<const N: usize>(arguments: [&str; N]) -> Loaded<App> {
    load(arguments).unwrap()
}

#[test]
fn a_value_is_the_next_argument_or_follows_an_equals_sign() {
    assert_eq!(app(["--db-pool-size", "5"]).db_pool_size, 5);
    assert_eq!(app(["--db-pool-size=5"]).db_pool_size, 5);
    assert_eq!(app(["--db-pool-size", "-5"]).db_pool_size, -5);
    assert_eq!(app(["--name=--x=y"]).name, "--x=y");
    assert_eq!(app(["--name="]).name, "none");
}

#[test]
fn any_spelling_without_the_prefix_matches_a_setting() {
    for flag in ["--db-pool-size", "--db_pool_size", "--DB.POOL__SIZE"] {
        assert_eq!(app([flag, "5"]).db_pool_size, 5, "{flag}");
    }
    for flag in ["--server-bind", "--server.bind", "--server_bind"] {
        assert_eq!(app([flag, "::1"]).server.bind, "::1", "{flag}");
    }
    assert_eq!(app(["--title", "x"]).name, "x");
}

#[test]
fn set_takes_any_key() {
    assert_eq!(app(["--set", "server.bind=::1"]).server.bind, "::1");
    assert_eq!(app(["--set=name=a=b"]).name, "a=b");
    let origin = app(["--set", "server.bind=::1"])
        .origin("server.bind")
        .unwrap();
    assert_eq!(origin.to_string(), "argument --set server.bind");
}

#[test]
fn the_last_of_a_repeated_flag_wins_unless_one_has_the_canonical_name() {
    assert_eq!(app(["--name=a", "--name=b"]).name, "b");
    let loaded = app(["--db-pool-size=5", "--db_pool_size=6"]);
    assert_eq!(loaded.db_pool_size, 5);
    assert_eq!(loaded.warnings().len(), 1);
}

#[test]
fn a_bool_consumes_the_next_argument_only_if_it_is_a_bool() {
    assert!(app(["--debug"]).debug);
    assert!(app(["--debug", "yes"]).debug);
    assert!(!app(["--debug", "OFF"]).debug);
    assert!(!app(["--debug=0"]).debug);
    let loaded = app(["--debug", "--name", "x"]);
    assert_eq!((loaded.debug, &*loaded.name), (true, "x"));
    assert_eq!(app(["--trace"]).trace, Some(true));
    assert_eq!(app(["--no-trace"]).trace, Some(false));
}

#[test]
fn a_no_flag_sets_false_unless_a_setting_has_that_name() {
    assert!(!app(["--debug", "--no-debug"]).debug);
    let loaded = app(["--no-color"]);
    assert_eq!((loaded.no_color, loaded.color), (true, true));
    assert!(app(["--no-no-color"]).warnings().is_empty());
}

#[test]
fn a_setting_named_set_takes_precedence_over_the_set_flag() {
    #[derive(Debug, Settings)]
    struct Root {
        set: String,
    }
    let loaded = Root::empty_loader().args(["--set", "a=b"]).load().unwrap();
    assert_eq!(loaded.set, "a=b");
}

#[test]
fn a_repeated_flag_of_a_list_set_or_map_appends() {
    assert_eq!(
        app(["--tags", "a,b", "--tags=c", "--tags", "d,"]).tags,
        ["a", "b", "c", "d"]
    );
    assert_eq!(
        app(["--tags", "a,", "--tags=", "--tags", "b"]).tags,
        ["a", "b"]
    );
    assert_eq!(
        app(["--tags", r#"["a"]"#, "--tags", r#"["b,c"]"#]).tags,
        ["a", "b,c"]
    );
    assert_eq!(
        app(["--tags", r#"["a,b"]"#, "--tags", "c, \"d"]).tags,
        ["a,b", "c", "\"d"]
    );
    assert_eq!(
        app(["--tags", "[]", "--tags", "c", "--tags", "[]"]).tags,
        ["c"]
    );
    assert_eq!(
        app(["--ids", "1", "--ids", "[2]", "--ids", "1"]).ids,
        [1, 2].into()
    );
    assert_eq!(
        app(["--paths", "a,b", "--paths", "c;d"]).paths,
        ["a,b", "c", "d"]
    );
    let labels = app([
        "--labels",
        "a=1",
        "--labels",
        r#"{"b": "2"}"#,
        "--labels",
        "c=3",
    ])
    .into_inner()
    .labels;
    assert_eq!(labels.into_values().collect::<Vec<_>>(), ["1", "2", "3"]);
}

#[test]
fn a_value_that_begins_with_two_dashes_needs_an_equals_sign() {
    assert_data_eq!(
        problems(load(["--name", "--debug"])),
        str![[r#"
Malformed the argument --name has no value
  help: write --name VALUE, or --name=VALUE if the value begins with `--`
"#]]
    );
}

#[test]
fn abbreviated_flags_are_unknown() {
    assert_data_eq!(
        problems(load(["--db-pool", "5"])),
        str![[r#"
Unknown argument --db-pool does not match any setting
  help: did you mean --db-pool-size?
"#]]
    );
}

#[test]
fn an_unknown_argument_is_a_problem_under_any_policy_and_its_text_is_not_shown() {
    #[derive(Debug, Settings)]
    #[settings(unknown = "ignore")]
    struct Root {
        #[settings(default = 1)]
        port: u16,
    }
    let arguments = [
        "hunter2",
        "--colour=hunter2",
        "--set",
        "hunter2=hunter2",
        "--set",
        "hunter2",
        "-p",
        "--",
    ];
    let report = problems(Root::empty_loader().args(arguments).load());
    assert!(!report.contains("hunter2"));
    assert_data_eq!(
        report,
        str![[r#"
Unknown argument 1 belongs to no flag
  help: write --name value or --name=value
Unknown argument --colour does not match any setting
  help: remove it, or correct its name
Unknown argument 3, --set: its key does not match any setting
  help: remove it, or correct its name
Unknown argument 5 sets nothing: it has no `=`
  help: write --set key=value
Unknown argument -p does not match any setting
  help: remove it, or correct its name
Unknown argument 8 belongs to no flag
  help: write --name value or --name=value
"#]]
    );
}

#[test]
fn the_origin_of_a_refused_argument_shows_none_of_its_text() {
    let error = load(["hunter2", "--hunter 2=1", "--set", "=hunter2", "--name"]).unwrap_err();
    let problems = error.problems().iter();
    let origins: Vec<_> = problems
        .map(|problem| problem.origin().unwrap().to_string())
        .collect();
    assert_eq!(
        origins,
        ["argument 1", "argument 2", "argument 3", "argument --name"]
    );
    assert_eq!(
        error.problems()[2].to_string(),
        "argument 3 sets nothing: there is no key before its `=`"
    );
}

#[test]
fn an_unknown_flag_and_its_value_are_one_problem() {
    assert_data_eq!(
        problems(load(["--nmae", "x"])),
        str![[r#"
Unknown argument --nmae does not match any setting
  help: did you mean --name?
"#]]
    );
}

#[test]
fn an_unknown_key_inside_a_structure_is_a_problem() {
    let report = problems(load(["--server", r#"{"hunter2": 1, "bnid": 2}"#]));
    assert!(!report.contains("hunter2"));
    assert_data_eq!(
        report,
        str![[r#"
Unknown argument --server: 2 names do not match any setting: a key, bnid
  help: bnid: did you mean bind?
  help: remove the rest, or correct the spelling
"#]]
    );
}

#[test]
fn a_negated_flag_takes_no_value_and_only_a_bool_is_negated() {
    assert_data_eq!(
        problems(load(["--no-debug=yes", "--no-name"])),
        str![[r#"
Unknown argument 1 takes no value
  help: write the flag without `no-` to give it a value
Unknown argument --no-name does not match any setting
  help: remove it, or correct its name
"#]]
    );
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_utf_8_is_a_problem() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};
    let arguments = [
        OsString::from("--name"),
        OsString::from_vec(vec![b'x', 0xff]),
    ];
    assert_data_eq!(
        problems(App::empty_loader().args(arguments).load()),
        str![[r#"
Malformed the argument --name has no value
  help: write --name VALUE, or --name=VALUE if the value begins with `--`
Unknown argument 2 is not UTF-8
  help: give it as UTF-8 text
"#]]
    );
}

#[test]
fn a_repeated_flag_takes_the_last_value_with_one_warning() {
    let loaded = load([
        "--db-pool-size=5",
        "--db-pool-size",
        "6",
        "--db-pool-size=7",
    ]);
    assert_eq!(loaded.as_ref().unwrap().db_pool_size, 7);
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Ambiguous db_pool_size: set twice in one layer: the later argument --db-pool-size wins over the earlier one
  help: remove one of them
"#]]
    );
    let same = load(["--db-pool-size=6", "--db-pool-size", "6"]).unwrap();
    assert!(same.warnings().is_empty());
}

#[test]
fn an_unknown_flag_is_printed_and_other_text_is_not() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(default = 80)]
        server_port: u16,
    }
    let arguments = [
        "--server-prt=hunter2",
        "--colour",
        "--pass word=hunter2",
        "--set",
        "server_prt=hunter2",
        "hunter2",
    ];
    let loaded = Root::empty_loader().args(arguments).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Unknown argument --server-prt does not match any setting
  help: did you mean --server-port?
Unknown argument --colour does not match any setting
  help: remove it, or correct its name
Unknown argument 3 does not match any setting
  help: remove it, or correct its name
Unknown argument 4, --set: its key does not match any setting
  help: did you mean --set server-port=VALUE?
Unknown argument 6 belongs to no flag
  help: write --name value or --name=value
"#]]
    );
}

#[test]
fn a_misspelled_negated_flag_has_a_suggestion() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(default = true)]
        server_tls: bool,
        #[settings(default = 1)]
        server_tld: u8,
    }
    let loaded = Root::empty_loader().args(["--no-server-tsl"]).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Unknown argument --no-server-tsl does not match any setting
  help: did you mean --no-server-tls?
"#]]
    );
}

#[test]
fn set_accepts_variables_as_well_as_keys() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "SHOP_")]
    struct Shop {
        #[settings(default = 1)]
        pool_size: u32,
        #[settings(default = 2, env = "PORT")]
        port: u16,
        token: Option<SecretString>,
    }
    let shop = Shop::empty_loader()
        .args(["--set", "SHOP_POOL_SIZE=5"])
        .set("PORT", "80")
        .load()
        .unwrap();
    assert_eq!((shop.pool_size, shop.port), (5, 80));
    assert!(shop.token.is_none());
    // A variable that names a file of a secret is not a setting.
    let loaded = Shop::empty_loader().set("SHOP_TOKEN_FILE", "x").load();
    assert_eq!(only_problem(loaded).0, ProblemKind::Unknown);
    let error = Shop::empty_loader()
        .set("SHOP_POOL_SIZ", "5")
        .load()
        .unwrap_err();
    assert_eq!(
        error.problems()[0].help().next(),
        Some("did you mean SHOP_POOL_SIZE?")
    );
}

#[test]
fn a_misspelled_argument_is_no_second_problem_of_the_setting_that_it_means() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(nested)]
        server: Server,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Server {
        port: u16,
    }

    let of = |arguments: &[&str]| problems(Root::empty_loader().args(arguments).load());
    assert_data_eq!(
        of(&["--server-prot", "1"]),
        str![[r#"
Unknown argument --server-prot does not match any setting
  help: did you mean --server-port?
"#]]
    );
    assert_data_eq!(
        of(&["--set", "server.prot=1"]),
        str![[r#"
Unknown argument 1, --set: its key does not match any setting
  help: did you mean --set server-port=VALUE?
"#]]
    );
    assert_data_eq!(
        problems(Root::empty_loader().set("server.prot", "1").load()),
        str![[r#"
Unknown the program sets server.prot, but no setting is called that
  help: did you mean server.port?
"#]]
    );
}

#[test]
fn a_later_flag_sets_a_key_of_a_map_again() {
    #[derive(Debug, Settings)]
    struct Root {
        labels: BTreeMap<String, String>,
    }

    for (earlier, later) in [
        ("a=1,b=2", "a=3"),
        (r#"{"a":"1","b":"2"}"#, "a=3"),
        ("a=1,b=2", r#"{"\u0061":"3"}"#),
        (r#"{"a":"1","b":"2"}"#, r#"{"a":"3"}"#),
    ] {
        let loaded = Root::empty_loader().args(["--labels", earlier, "--labels", later]);
        let labels = loaded.load().unwrap().into_inner().labels;
        let expected = [("a", "3"), ("b", "2")].map(|(key, value)| (key.into(), value.into()));
        assert_eq!(labels, BTreeMap::from(expected), "{earlier} {later}");
    }
}

#[test]
fn each_occurrence_of_a_flag_is_a_list_of_its_own() {
    #[derive(Debug, Settings)]
    struct Root {
        names: Vec<String>,
    }

    for (arguments, expected) in [
        (["--names", "[a", "--names", "b]"], &["[a", "b]"][..]),
        (["--names", "[a]", "--names", "[b, c]"], &["a", "b", "c"]),
        (["--names", r#"["a,b"]"#, "--names", "c"], &["a,b", "c"]),
    ] {
        let loaded = Root::empty_loader().args(arguments).load().unwrap();
        assert_eq!(loaded.names, expected);
    }
}
