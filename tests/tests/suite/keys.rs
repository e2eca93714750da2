//! Keys with dots in the names of map entries, accepted back as they are printed.

use crate::{dir::Dir, reports::problems};
use settings_core::{Error, Loaded, ProblemKind, Settings};
use snapbox::{assert_data_eq, str};
use std::{collections::BTreeMap, process::Command};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(nested)]
    sites: BTreeMap<String, Site>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Site {
    name: String,
    #[settings(default = 80)]
    port: u16,
    #[settings(nested)]
    pages: Vec<Page>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Page {
    title: String,
}

const FILE: &str = "\
[sites.\"example.com\"]
name = 'a'
port = 81
[[sites.\"example.com\".pages]]
title = 'start'
[sites.\"a=b,c.d\"]
name = 'b'
";
const WEIGHTS: &str = "[weights]\n\"v1.2\" = 3\n";

/// Both spellings of the keys of a port and a title.
const PORTS: [&str; 2] = ["sites.\"example.com\".port", "sites.example.com.port"];
const TITLES: [&str; 3] = [
    "sites.\"example.com\".pages[0].title",
    "sites.example.com.pages[0].title",
    "sites.example.com.pages.0.title",
];

fn file(text: &str) -> (Dir, String) {
    let dir = Dir::with(&[("config.toml", text)]);
    let path = dir.path("config.toml").display().to_string();
    (dir, path)
}

/// Loads the sites of a file, which is read again for the line of an origin.
fn sites(path: &str, more: &[(&str, &str)], arguments: &[String]) -> Result<Loaded<App>, Error> {
    let loader = App::empty_loader().file(path).args(arguments);
    let loader = more.iter().fold(loader, |loader, (key, value)| {
        loader.set((*key).to_owned(), (*value).to_owned())
    });
    loader.load()
}

/// The output of the `settings` command of a program with these sites.
fn command(words: &[&str]) -> String {
    let (code, printed) = ran(words);
    assert_eq!(code, Some(0), "{words:?}: {printed}");
    printed
}

/// The exit code of the command, and all that it prints.
fn ran(words: &[&str]) -> (Option<i32>, String) {
    let (dir, _) = file(&format!("{FILE}{WEIGHTS}"));
    let output = Command::new(env!("CARGO_BIN_EXE_sites"))
        .arg("settings")
        .args(words)
        .env_clear()
        .current_dir(dir.path(""))
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(printed).unwrap())
}

#[test]
fn a_dump_prints_keys_with_quotes_that_are_accepted_back() {
    let table = command(&["dump"]);
    let lines = table.lines().skip(1).filter(|line| !line.is_empty());
    let keys: Vec<&str> = lines.filter_map(|line| line.split("  ").next()).collect();
    for key in ["sites.\"example.com\".port", "sites.\"a=b,c.d\".name"] {
        assert!(keys.contains(&key), "{table}");
    }
    assert!(!table.contains("APP_SITES__"), "{table}");
    for key in keys {
        let only = command(&["dump", "--only", key]);
        assert!(only.lines().nth(1).unwrap().starts_with(key), "{only}");
        assert_eq!(only.lines().count(), 2, "{only}");
        assert!(command(&["explain", key]).starts_with(key));
    }
}

#[test]
fn the_origin_of_a_key_is_found_in_each_form() {
    let (_dir, path) = file(FILE);
    let app = sites(&path, &[], &[]).unwrap();
    let line = |key: &str| app.origin(key).unwrap_or_else(|| panic!("{key}")).line();
    for key in PORTS {
        assert_eq!(line(key), Some(3), "{key}");
    }
    for key in TITLES {
        assert_eq!(line(key), Some(5), "{key}");
    }
    assert_eq!(line("sites.\"a=b,c.d\".name"), Some(7));
    assert!(app.origin("sites.example.org.port").is_none());
    let table = app.dump().to_string();
    for line in table.lines().skip(1) {
        let key = line.split("  ").next().unwrap();
        let is_list = key.rsplit('.').next() == Some("pages");
        assert_eq!(app.origin(key).is_some(), !is_list, "{key}");
    }
}

#[test]
fn a_program_sets_a_key_in_each_form() {
    let (_dir, path) = file(FILE);
    for key in PORTS {
        let app = sites(&path, &[(key, "90")], &[]).unwrap();
        assert_eq!(app.sites["example.com"].port, 90, "{key}");
        assert_eq!(app.sites.len(), 2, "{key}");
    }
    for key in TITLES {
        let app = sites(&path, &[(key, "end")], &[]).unwrap();
        assert_eq!(app.sites["example.com"].pages[0].title, "end", "{key}");
    }
}

#[test]
fn an_argument_sets_a_key_in_each_form() {
    let (_dir, path) = file(FILE);
    for key in PORTS {
        for arguments in [
            vec!["--set".to_owned(), format!("{key}=90")],
            vec![format!("--{key}=90")],
        ] {
            let app = sites(&path, &[], &arguments).unwrap();
            assert_eq!(app.sites["example.com"].port, 90, "{arguments:?}");
        }
    }
    let arguments = ["--set".to_owned(), "sites.\"a=b,c.d\".port=90".to_owned()];
    assert_eq!(
        sites(&path, &[], &arguments).unwrap().sites["a=b,c.d"].port,
        90
    );
}

#[test]
fn the_command_selects_and_explains_a_key_in_each_form() {
    let selected = |words: &[&str]| {
        let table = command(words);
        let lines = table.lines().skip(1);
        let keys = lines.map(|line| line.split("  ").next().unwrap().to_owned());
        keys.collect::<Vec<_>>()
    };
    for key in PORTS.into_iter().chain(TITLES) {
        let printed = if key.ends_with("port") {
            PORTS[0]
        } else {
            TITLES[0]
        };
        assert!(command(&["explain", key]).starts_with(printed), "{key}");
        assert_eq!(selected(&["dump", "--only", key]), [printed]);
        assert_eq!(selected(&["dump", key]), [printed]);
    }
    for key in ["weights.\"v1.2\"", "weights.v1.2"] {
        assert!(command(&["explain", key]).starts_with("weights\n"), "{key}");
        assert_eq!(selected(&["dump", "--only", key]), ["weights"]);
    }
    for key in ["sites.\"example.com\"", "sites.example.com"] {
        assert_eq!(selected(&["dump", "--only", key]).len(), 3, "{key}");
    }
    let both = "sites.\"a=b,c.d\".port,sites.example.com.port";
    assert_eq!(selected(&["dump", "--only", both]).len(), 2);
}

#[test]
fn an_entry_that_no_source_sets_is_explained_without_a_variable() {
    for key in ["sites.\"example.org\".port", "sites.example.org.port"] {
        let printed = command(&["explain", key]);
        assert!(
            printed.starts_with("sites.\"example.org\".port\n"),
            "{printed}"
        );
        assert!(!printed.contains("APP_"), "{printed}");
        assert!(
            printed.contains("--set 'sites.\"example.org\".port=VALUE'"),
            "{printed}"
        );
    }
}

#[test]
fn no_variable_is_suggested_that_a_shell_cannot_set() {
    let text = "[sites.\"example.com\"]\nport = 'many'\n[sites.main]\n";
    let (_dir, path) = file(text);
    let reported = problems(sites(&path, &[], &[])).replace(&path, "config.toml");
    assert_data_eq!(
        reported,
        str![[r#"
Missing sites."example.com".name: required, but not set
  help: set sites."example.com".name in the JSON of APP_SITES, or in config.toml, to text
Malformed sites."example.com".port: expected a whole number from 0 to 65535, found "many" in config.toml:2:8
  help: correct sites."example.com".port there, or set sites."example.com".port in the JSON of APP_SITES, which overrides it
Missing sites.main.name: required, but not set
  help: set APP_SITES__main__NAME, or sites.main.name in config.toml, to text
"#]]
    );
}

#[test]
fn the_variable_of_the_map_sets_a_key_inside_it() {
    let (_dir, path) = file(FILE);
    let loaded = App::empty_loader()
        .file(path)
        .env_from([("APP_SITES", r#"{"example.com": {"port": 90}}"#)])
        .load()
        .unwrap();
    let site = &loaded.sites["example.com"];
    assert_eq!((site.port, &*site.name), (90, "a"));
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Outer {
    #[settings(nested)]
    clusters: BTreeMap<String, App>,
}

#[test]
fn maps_in_maps_are_set_and_found_in_each_form() {
    let quoted = "clusters.\"eu.west\".sites.\"example.com\".port";
    let plain = "clusters.eu.west.sites.example.com.port";
    let name = "clusters.\"eu.west\".sites.\"example.com\".name";
    for key in [quoted, plain] {
        let loaded = Outer::empty_loader()
            .set(name, "a")
            .set(key, "90")
            .load()
            .unwrap();
        let site = &loaded.clusters["eu.west"].sites["example.com"];
        assert_eq!(site.port, 90, "{key}");
        assert!(loaded.dump().to_string().contains(quoted), "{key}");
        assert!(loaded.origin(quoted).is_some() && loaded.origin(plain).is_some());
    }
}

#[test]
fn elements_and_keys_of_plain_settings_have_origins() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Root {
        weights: BTreeMap<String, u8>,
        zones: BTreeMap<String, BTreeMap<String, u8>>,
        hosts: Vec<String>,
        secret_keys: Option<BTreeMap<String, settings_core::SecretString>>,
    }
    let dir = Dir::with(&[(
        "a.toml",
        "hosts = ['a', 'b']\n[weights]\nb = 1\n'x.y' = 2\n[zones.'eu.west']\nz = 1\n[secret_keys]\nk = 'v'\n",
    )]);
    let loaded = Root::empty_loader()
        .file(dir.path("a.toml"))
        .env_from([("APP_WEIGHTS__c", "3"), ("APP_HOSTS__1", "c")])
        .load()
        .unwrap();
    let origin = |key: &str| {
        loaded
            .origin(key)
            .map(|origin| dir.relative(&origin.to_string()))
    };
    let variable = |name: &str| Some(format!("environment variable {name}"));
    for (key, expected) in [
        ("weights.b", Some("a.toml:3:5".to_owned())),
        ("weights.x.y", Some("a.toml:4:9".to_owned())),
        ("weights.\"x.y\"", Some("a.toml:4:9".to_owned())),
        ("weights.c", variable("APP_WEIGHTS__c")),
        ("weights.d", None),
        ("weights.b.c", None),
        ("zones.eu.west.z", Some("a.toml:6:5".to_owned())),
        ("hosts[0]", Some("a.toml:1:10".to_owned())),
        ("hosts.1", variable("APP_HOSTS__1")),
        ("hosts[2]", None),
        ("secret_keys.k", Some("a.toml:8:5".to_owned())),
    ] {
        assert_eq!(origin(key), expected, "{key}");
    }
}

#[test]
fn a_key_with_dots_in_a_map_of_maps_is_set_without_quotes() {
    #[derive(Debug, Settings)]
    struct Root {
        zones: BTreeMap<String, BTreeMap<String, u8>>,
    }
    let dir = Dir::with(&[("a.toml", "[zones.'eu.west']\nz = 1\n")]);
    let loaded = Root::empty_loader()
        .file(dir.path("a.toml"))
        .set("zones.eu.west.z", "2")
        .load()
        .unwrap();
    assert_eq!(loaded.zones["eu.west"]["z"], 2);
    assert_eq!(loaded.zones.len(), 1);
}

#[test]
fn a_misspelled_key_in_an_entry_is_one_problem_and_creates_no_entry() {
    let typos = ["sites.\"example.com\".prot", "sites.example.com.prot"];
    let expected = "\n  help: did you mean sites.\"example.com\".port?";
    for key in typos {
        assert_eq!(
            problems(App::empty_loader().set(key, "1").load()),
            format!("Unknown the program sets {key}, but no setting is called that{expected}")
        );
        let arguments = ["--set".to_owned(), format!("{key}=1")];
        assert_eq!(
            problems(App::empty_loader().args(arguments).load()),
            format!("Unknown argument --set {key} does not match any setting{expected}")
        );
        let asked = "did you mean sites.\"example.com\".port?";
        for words in [&["explain", key][..], &["dump", "--only", key]] {
            let (code, printed) = ran(words);
            assert_eq!(code, Some(2), "{words:?}");
            assert!(printed.contains(asked), "{printed}");
        }
    }
    let (_dir, path) = file(FILE);
    let loaded = sites(&path, &[], &[]).unwrap();
    for key in typos {
        assert_eq!(loaded.origin(key), None);
    }
    let inner = ["sites.example.com.pages.0.titel=x"];
    let arguments = inner.map(|set| format!("--set={set}"));
    assert_data_eq!(
        problems(App::empty_loader().args(arguments).load()),
        str![[r#"
Unknown argument --set sites.example.com.pages.0.titel does not match any setting
  help: did you mean sites."example.com".pages[0].title?
"#]]
    );
}

#[test]
fn a_whole_entry_is_set_by_its_key() {
    let json = r#"{"name":"a","port":81}"#;
    let loaded = App::empty_loader()
        .set("sites.\"example.com\"", json)
        .set("sites.main", json)
        .load()
        .unwrap();
    let ports = loaded.sites.iter().map(|(key, site)| (&**key, site.port));
    assert_eq!(
        ports.collect::<Vec<_>>(),
        [("example.com", 81), ("main", 81)]
    );
}

#[test]
fn an_unknown_variable_creates_no_entry_unless_it_misspells_a_required_setting() {
    let of = |variable| App::empty_loader().env_from([(variable, "x")]).load();
    assert_data_eq!(
        problems(of("APP_SITES__main__NMAE")),
        str![[r#"
Missing sites.main.name: required, but not set
  help: APP_SITES__main__NMAE is set: did you mean APP_SITES__main__NAME?
"#]]
    );
    let loaded = of("APP_SITES__main__PROT").unwrap();
    assert!(loaded.sites.is_empty());
    assert_data_eq!(
        crate::reports::lines(loaded.warnings()),
        str![[r#"
Unknown environment variable APP_SITES__main__PROT does not match any setting
  help: did you mean APP_SITES__main__PORT?
"#]]
    );
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Nest {
    #[settings(nested)]
    sites: BTreeMap<String, Sections>,
    #[settings(nested)]
    list: Vec<Sections>,
    #[settings(nested)]
    zones: BTreeMap<String, BTreeMap<String, Title>>,
    #[settings(nested)]
    rows: BTreeMap<String, Vec<Title>>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Sections {
    name: String,
    #[settings(nested)]
    pages: Vec<Title>,
    #[settings(nested)]
    parts: BTreeMap<String, Title>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Title {
    #[settings(default = "")]
    title: String,
}

#[test]
fn a_misspelled_key_deep_inside_creates_no_entry_around_it() {
    for (key, variable, meant) in [
        (
            "sites.x.pages.0.titel",
            "SITES__X__PAGES__0__TITEL",
            "sites.x.pages[0].title",
        ),
        (
            "sites.x.parts.k.titel",
            "SITES__X__PARTS__K__TITEL",
            "sites.x.parts.k.title",
        ),
        (
            "list.0.pages.0.titel",
            "LIST__0__PAGES__0__TITEL",
            "list[0].pages[0].title",
        ),
        ("zones.a.b.titel", "ZONES__A__B__TITEL", "zones.a.b.title"),
        ("rows.a[0].titel", "ROWS__A__0__TITEL", "rows.a[0].title"),
    ] {
        let set = Nest::empty_loader().set(key, "x").load();
        let argument = Nest::empty_loader().args(["--set", &format!("{key}=x")]);
        let flag = Nest::empty_loader().args([format!("--{key}"), "x".to_owned()]);
        for (loaded, meant) in [
            (set, meant.to_owned()),
            (argument.load(), meant.to_owned()),
            (flag.load(), format!("--{meant}")),
        ] {
            let error = loaded.unwrap_err();
            let [problem] = error.problems() else {
                panic!("{error}")
            };
            assert_eq!(problem.kind(), ProblemKind::Unknown);
            let help: Vec<_> = problem.help().collect();
            assert_eq!(help, [format!("did you mean {meant}?")]);
        }
        let variable = format!("APP_{variable}");
        let nest = Nest::empty_loader().env_from([(&variable, "x")]);
        let nest = nest.load().unwrap();
        assert!(nest.sites.is_empty() && nest.list.is_empty());
        assert!(nest.zones.is_empty() && nest.rows.is_empty());
        let [warning] = nest.warnings() else {
            panic!("{:?}", nest.warnings())
        };
        let meant = variable.replace("TITEL", "TITLE");
        let help: Vec<_> = warning.help().collect();
        assert_eq!(help, [format!("did you mean {meant}?")]);
    }
}

#[test]
fn a_misspelled_required_key_deep_inside_is_one_problem() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct App {
        #[settings(nested)]
        sites: BTreeMap<String, Site>,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Site {
        #[settings(nested)]
        pages: Vec<Page>,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Page {
        title: String,
    }

    let loaded = App::empty_loader()
        .env_from([("APP_SITES__A__PAGES__0__TITEL", "x")])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Missing sites.A.pages[0].title: required, but not set
  help: APP_SITES__A__PAGES__0__TITEL is set: did you mean APP_SITES__A__PAGES__0__TITLE?
"#]]
    );
}

#[test]
fn a_key_without_quotes_in_maps_of_maps_and_of_lists_means_an_entry_that_exists() {
    let dir = Dir::with(&[(
        "a.toml",
        "[zones.\"e.u\".\"m.n\"]\ntitle = 'x'\n[[rows.\"a.b\"]]\ntitle = 'x'\n",
    )]);
    let load = || Nest::empty_loader().file(dir.path("a.toml"));
    for key in [
        "zones.e.u.m.n.title",
        "zones.\"e.u\".\"m.n\".title",
        "zones.\"e.u\".m.n.title",
    ] {
        let set = load().set(key, "y").load().unwrap();
        let argument = load().args(["--set", &format!("{key}=y")]).load().unwrap();
        for nest in [set, argument] {
            assert_eq!((nest.zones.len(), nest.zones["e.u"].len()), (1, 1), "{key}");
            assert_eq!(nest.zones["e.u"]["m.n"].title, "y");
        }
    }
    let new = load().set("zones.e.u.new.title", "y").load().unwrap();
    assert_eq!((new.zones.len(), new.zones["e.u"].len()), (1, 2));
    for key in [
        "rows.a.b.0.title",
        "rows.a.b[0].title",
        "rows.\"a.b\"[0].title",
    ] {
        let nest = load().set(key, "y").load().unwrap();
        assert_eq!(nest.rows.len(), 1, "{key}");
        assert_eq!(nest.rows["a.b"][0].title, "y");
        assert_eq!(nest.origin(key).unwrap().to_string(), "set");
    }
}
