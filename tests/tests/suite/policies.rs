//! The table of policies, row by row.

use crate::{
    dir::Dir,
    reports::{lines, problems, warnings},
};
use settings_core::{Error, Loaded, ProblemKind, Settings, SourceStatus};
use snapbox::{IntoData, assert_data_eq, str};
use std::{collections::BTreeMap, time::Duration};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "default")]
    name: String,
    #[settings(default = 1)]
    port: u16,
    #[settings(default = "note")]
    note: Option<String>,
    #[settings(default = 5)]
    retries: Option<u8>,
    #[settings(default = "motd", allow_empty)]
    motd: String,
}

fn env<const N: usize>(variables: [(&str, &str); N]) -> Result<Loaded<App>, Error> {
    App::empty_loader().env_from(variables).load()
}

fn file(name: &str, text: &str) -> Result<Loaded<App>, Error> {
    let dir = Dir::with(&[(name, text)]);
    App::empty_loader().file(dir.path(name)).load()
}

fn env_file(text: &str) -> Result<Loaded<App>, Error> {
    let dir = Dir::with(&[(".env", text)]);
    App::empty_loader().env_file(dir.path(".env")).load()
}

// A declared file is absent.

#[test]
fn an_absent_file_is_no_problem_and_is_listed() {
    let loaded = App::empty_loader()
        .file("/nowhere/config.toml")
        .env_file("/nowhere/.env")
        .secrets_dir("/nowhere/secrets")
        .load()
        .unwrap();
    let absent = loaded
        .sources()
        .iter()
        .filter(|looked| looked.status == SourceStatus::Absent);
    let absent: Vec<_> = absent.map(|looked| &*looked.name).collect();
    assert_eq!(
        absent,
        ["/nowhere/config.toml", "/nowhere/.env", "/nowhere/secrets"]
    );
}

#[test]
fn an_absent_file_that_is_required_is_a_problem() {
    #[derive(Debug, Settings)]
    #[settings(
        file = required("/nowhere/config.toml"),
        env_file = [required("/nowhere/.env")],
        secrets_dir = required("/nowhere/secrets")
    )]
    struct Root {
        needed: u8,
    }
    // The process has no variable of this name.
    assert_data_eq!(
        problems(Root::loader().load()),
        str![[r#"
Source /nowhere/config.toml is required, but absent
  help: create it, or correct its path
Source /nowhere/.env is required, but absent
  help: create it, or correct its path
Source the secrets directory /nowhere/secrets cannot be read: no such directory
  help: create it, or correct its path
Missing needed: required, but not set
  help: set NEEDED to a whole number from 0 to 255
  note: it may be defined in /nowhere/config.toml or /nowhere/.env or /nowhere/secrets, which could not be read
"#]]
    );
}

// A declared file is unreadable, a directory, over 16 MiB, not UTF-8.

#[test]
fn a_missing_setting_may_be_defined_in_a_file_that_cannot_be_read() {
    #[derive(Debug, Settings)]
    struct Root {
        needed: u8,
    }
    let dir = Dir::with(&[("folder.toml/x", "")]);
    dir.write("latin.toml", b"name = 'caf\xe9'");
    dir.write("latin.env", b"NAME=caf\xe9");
    let large = std::fs::File::create(dir.path("large.json")).unwrap();
    large.set_len((16 << 20) + 1).unwrap();
    let loaded = Root::empty_loader()
        .file(dir.path("folder.toml"))
        .file(dir.path("latin.toml"))
        .file(dir.path("large.json"))
        .env_file(dir.path("latin.env"))
        .secrets_dir(dir.path("latin.env"))
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Source [..]/folder.toml cannot be read: a directory, not a file
  help: replace [..]/folder.toml by a file, or correct the path
Source [..]/latin.toml cannot be read: not UTF-8 from byte 12 on
  help: save [..]/latin.toml as UTF-8
Source [..]/large.json cannot be read: larger than 16 MiB
  help: correct the path, or make the file smaller
Source [..]/latin.env:1:9: bytes that are not UTF-8
  help: save the file as UTF-8
Source the secrets directory [..]/latin.env cannot be read: not a directory
  help: replace [..]/latin.env by a directory, or correct its path
Missing needed: required, but not set
  help: set NEEDED to a whole number from 0 to 255
  note: it may be defined in [..]/folder.toml or [..]/latin.toml or [..]/large.json or [..]/latin.env or [..]/latin.env, which could not be read
"#]]
    );
}

#[cfg(unix)]
#[test]
fn a_broken_link_is_a_problem_and_not_an_absent_file() {
    let dir = Dir::with(&[]);
    std::os::unix::fs::symlink("nowhere", dir.path("a.toml")).unwrap();
    let loaded = App::empty_loader().file(dir.path("a.toml")).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Source [..]/a.toml cannot be read: a link whose target does not exist
  help: correct the target of the link [..]/a.toml, or remove the link
"#]]
    );
}

// Empty text, `null`.

#[test]
fn empty_text_is_no_value_in_every_flat_source() {
    let dir = Dir::with(&[
        (".env", "APP_NOTE=\nAPP_NAME=\nAPP_PORT=\n"),
        ("s/note", "\n"),
        ("s/port", ""),
    ]);
    let loaders = [
        App::empty_loader().env_from([("APP_NOTE", ""), ("APP_NAME", ""), ("APP_PORT", "")]),
        App::empty_loader().args(["--note=", "--name=", "--port="]),
        App::empty_loader()
            .set("note", "")
            .set("name", "")
            .set("port", ""),
        App::empty_loader().secrets_dir(dir.path("s")),
        App::empty_loader().env_file(dir.path(".env")),
    ];
    for loader in loaders {
        let loaded = loader.load().unwrap();
        assert_eq!(loaded.note, None, "an Option is None even with a default");
        assert_eq!((&*loaded.name, loaded.port), ("default", 1));
        assert!(loaded.warnings().is_empty());
    }
}

#[test]
fn null_is_no_value_in_files() {
    for (name, text) in [
        (
            "a.json",
            r#"{"note": null, "name": null, "port": null, "retries": null}"#,
        ),
        ("a.yaml", "note:\nname: ~\nport: null\nretries:\n"),
    ] {
        let loaded = file(name, text).unwrap();
        assert_eq!((&loaded.note, loaded.retries), (&None, None), "{name}");
        assert_eq!((&*loaded.name, loaded.port), ("default", 1), "{name}");
    }
}

#[test]
fn allow_empty_accepts_the_empty_string() {
    assert_eq!(env([("APP_MOTD", "")]).unwrap().motd, "");
    assert_eq!(env_file("APP_MOTD=\n").unwrap().motd, "");
    let set = App::empty_loader().set("motd", "").load().unwrap();
    assert_eq!(set.motd, "");
}

#[test]
fn an_empty_value_above_a_value_selects_the_default_with_a_warning() {
    let loaded = App::empty_loader()
        .env_from([("APP_NAME", "lower"), ("APP_NOTE", "lower")])
        .args(["--name=", "--note="])
        .load();
    let inner = loaded.as_ref().unwrap();
    assert_eq!((&*inner.name, &inner.note), ("default", &None));
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Shadowed name: set to nothing, so the default applies and environment variable APP_NAME is overridden, in argument --name
  help: remove the empty setting, or give it a value
"#]]
    );
}

#[test]
fn an_empty_value_overrides_values_several_layers_below() {
    let dir = Dir::with(&[(".env", "APP_PORT=''\n"), ("a.toml", "port = 5\n")]);
    let loaded = App::empty_loader()
        .file(dir.path("a.toml"))
        .env_file(dir.path(".env"))
        .args(["--port="])
        .load();
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Shadowed port: set to nothing, so the default applies and [..]/a.toml:1:8 is overridden, in argument --port
  help: remove the empty setting, or give it a value
"#]]
    );
}

#[test]
fn a_required_setting_with_an_empty_value_is_reported_as_empty_with_its_origin() {
    #[derive(Debug, Settings)]
    struct Root {
        name: String,
        port: u16,
    }
    let dir = Dir::with(&[("a.json", r#"{"port": null}"#)]);
    let loaded = Root::empty_loader()
        .env_from([("NAME", "")])
        .file(dir.path("a.json"))
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Missing name: required, but set to nothing in environment variable NAME
  help: set NAME, or name in [..]/a.json, to text
Missing port: required, but set to nothing in [..]/a.json:1:10
  help: set PORT, or port in [..]/a.json, to a whole number from 0 to 65535
"#]]
    );
}

// Quoted empty text.

#[test]
fn quoted_empty_text_is_the_empty_string_for_types_that_read_a_string() {
    for loaded in [
        env_file("APP_NAME=''\nAPP_NOTE=\"\"\nAPP_PORT=\"\"\nAPP_RETRIES=''\n"),
        file("a.toml", "name = ''\nnote = ''\nport = ''\nretries = ''\n"),
    ] {
        let loaded = loaded.unwrap();
        assert_eq!((&*loaded.name, loaded.note.as_deref()), ("", Some("")));
        assert_eq!((loaded.port, loaded.retries), (1, None));
    }
}

// Unknown names.

#[test]
fn unknown_names_are_reported_as_one_entry_per_source() {
    let dir = Dir::with(&[
        ("a.toml", "nmae = 'x'\nother = 1\n"),
        (".env", "APP_PROT=5\nOTHER=1\n"),
        ("s/nmae", "x"),
    ]);
    let loaded = App::empty_loader()
        .file(dir.path("a.toml"))
        .env_file(dir.path(".env"))
        .secrets_dir(dir.path("s"))
        .env_from([("APP_NMAE", "x"), ("APP_ELSE", "1"), ("NMAE", "x")])
        .load();
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Unknown [..]/a.toml: 2 names do not match any setting: nmae (1:1), other (2:1)
  help: nmae: did you mean name?
  help: remove the rest, or correct the spelling
Unknown [..]/.env:1: APP_PROT does not match any setting
  help: did you mean APP_PORT?
Unknown the environment: 2 names do not match any setting: APP_NMAE, APP_ELSE
  help: APP_NMAE: did you mean APP_NAME?
  help: unset the rest, or list names of other programs in `ignore` on the struct
"#]]
    );
}

#[test]
fn without_a_prefix_unknown_names_are_reported_in_env_files_only() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(default = "")]
        name: String,
    }
    let dir = Dir::with(&[(".env", "NMAE=x\n")]);
    let env_file = Root::empty_loader().env_file(dir.path(".env")).load();
    assert_data_eq!(
        warnings(env_file),
        str![[r#"
Unknown [..]/.env:1: NMAE does not match any setting
  help: did you mean NAME?
"#]]
    );
    let environment = Root::empty_loader()
        .env_from([("NMAE", "x"), ("OTHER", "x")])
        .load();
    assert!(environment.unwrap().warnings().is_empty());
}

#[test]
fn the_policy_makes_unknown_names_ignored_warnings_or_problems() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_", unknown = "deny", ignore = ["APP_WORKER_*", "APP_VERSION"])]
    struct Deny {
        #[settings(default = 1)]
        port: u16,
    }
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_", unknown = "ignore")]
    struct Ignore {
        #[settings(default = 1)]
        port: u16,
    }
    let unknown = [("APP_PROT", "5")];
    assert_data_eq!(
        problems(Deny::empty_loader().env_from(unknown).load()),
        str![[r#"
Unknown environment variable APP_PROT does not match any setting
  help: did you mean APP_PORT?
"#]]
    );
    let ignored = Ignore::empty_loader().env_from(unknown).load().unwrap();
    assert!(ignored.warnings().is_empty());
    let foreign = [
        ("APP_WORKER_X", ""),
        ("app_worker__y", ""),
        ("APP_VERSION", ""),
    ];
    assert!(Deny::empty_loader().env_from(foreign).load().is_ok());
    let nameless = Ignore::empty_loader().set("", "5").load();
    assert_data_eq!(
        problems(nameless),
        str![[r#"
Unknown the program sets a value for an empty key
  help: pass the key of the setting
"#]]
    );
    let set = Ignore::empty_loader().set("prot", "5").load();
    assert_data_eq!(
        problems(set),
        str![[r#"
Unknown the program sets prot, but no setting is called that
  help: did you mean port?
"#]]
    );
}

// A near miss of a required leaf.

#[test]
fn a_near_miss_of_a_missing_setting_is_part_of_its_problem() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_", unknown = "ignore")]
    struct Root {
        database_url: String,
        users: u8,
    }
    let load = |variables: &[(&str, &str)]| {
        let loader = Root::empty_loader().env_from(variables.iter().copied());
        problems(loader.set("users", "1").load())
    };
    assert_data_eq!(
        load(&[("APP_DATABSE_URL", "x")]),
        str![[r#"
Missing database_url: required, but not set
  help: APP_DATABSE_URL is set: did you mean APP_DATABASE_URL?
"#]]
    );
    assert_data_eq!(
        load(&[("DATABASE_URL", "x")]),
        str![[r#"
Missing database_url: required, but not set
  help: DATABASE_URL is set: did you mean APP_DATABASE_URL?
"#]]
    );
    let dir = Dir::with(&[("a.toml", "\ndatabse_url = 'x'\n")]);
    let in_file = Root::empty_loader()
        .file(dir.path("a.toml"))
        .set("users", "1")
        .load();
    assert_data_eq!(
        problems(in_file),
        str![[r#"
Missing database_url: required, but not set
  help: databse_url is set in [..]/a.toml:2:1: did you mean database_url?
"#]]
    );
}

#[test]
fn variables_of_the_shell_are_no_near_misses() {
    #[derive(Debug, Settings)]
    struct Root {
        users: u8,
    }
    let loaded = Root::empty_loader().env_from([("USER", "root")]).load();
    assert!(!problems(loaded).contains("did you mean"));
}

// Kubernetes.

#[test]
fn the_variables_of_a_service_are_exempt_if_its_port_is_a_url() {
    let links = [
        ("APP_SERVICE_HOST", "10.0.0.1"),
        ("APP_SERVICE_PORT_HTTP", "80"),
        ("APP_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("APP_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("APP_X_PORT", "tcp://10.0.0.1:80"),
        ("APP_X_SERVICE_PORT", "80"),
    ];
    let of_app = ("APP_PORT", "tcp://10.0.0.1:80");
    let all = links.into_iter().chain([of_app]);
    // `APP_PORT` is a setting too, and the only one that Kubernetes breaks.
    assert_data_eq!(
        problems(App::empty_loader().env_from(all).load()),
        str![[r#"
Malformed port: expected a whole number from 0 to 65535, found "tcp://10.0.0.1:80" in environment variable APP_PORT
  help: Kubernetes sets such variables for a service of that name; `enableServiceLinks: false` in the pod's spec stops it
"#]]
    );
    let of_x: Vec<_> = links.into_iter().skip(4).collect();
    let loaded = App::empty_loader().env_from(of_x).load().unwrap();
    assert!(loaded.warnings().is_empty());
}

#[test]
fn a_name_like_a_service_link_is_unknown_without_the_service() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_", unknown = "deny")]
    struct Root {
        #[settings(nested)]
        server: Server,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Server {
        #[settings(default = 80)]
        port: u16,
    }
    for (name, value) in [
        ("APP_SEVER_PORT", "9000"),
        ("APP_PORT", "9000"),
        ("APP_DB_SERVICE_HOST", "10.0.0.1"),
        ("APP_DB_SERVICE_PORT", "80"),
        ("APP_DB_SERVICE_PORT_HTTP", "80"),
        ("APP_DB_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("APP_DB__PORT", "tcp://10.0.0.1:80"),
    ] {
        let error = Root::empty_loader().env_from([(name, value)]).load();
        let report = problems(error);
        assert!(
            report.contains(&format!("{name} does not match any setting")),
            "{report}"
        );
    }
    let link = "APP_DB_PORT=tcp://10.0.0.1:80\n";
    let dir = Dir::with(&[(".env", link)]);
    let loaded = Root::empty_loader().env_file(dir.path(".env")).load();
    assert!(problems(loaded).contains("APP_DB_PORT does not match any setting"));
    let linked = [("APP_DB_PORT", "udp://10.0.0.1:53")];
    Root::empty_loader().env_from(linked).load().unwrap();
}

// Blank text.

#[test]
fn blank_text_is_empty_for_everything_but_strings() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(default = "a")]
        hosts: Vec<String>,
        #[settings(default = 1)]
        port: u16,
        #[settings(default = true)]
        flag: bool,
        limits: Option<BTreeMap<String, u8>>,
        wait: Option<Duration>,
        #[settings(default = "name")]
        name: String,
        letter: Option<char>,
    }
    let dir = Dir::with(&[
        (
            "a.toml",
            "hosts = ' '\nport = ' '\nflag = \"\\t\"\nlimits = ' '\nwait = ' '\nname = ' '\nletter = ' '\n",
        ),
        (
            ".env",
            "HOSTS=' '\nPORT=\" \"\nFLAG=' '\nLIMITS=' '\nWAIT=' '\nNAME=' '\nLETTER=' '\n",
        ),
    ]);
    let names = ["HOSTS", "PORT", "FLAG", "LIMITS", "WAIT", "NAME", "LETTER"];
    let variables = names.map(|name| (name, " "));
    for loader in [
        Root::empty_loader().env_from(variables),
        Root::empty_loader().file(dir.path("a.toml")),
        Root::empty_loader().env_file(dir.path(".env")),
    ] {
        let root = loader.load().unwrap();
        assert_eq!((&*root.hosts[0], root.port, root.flag), ("a", 1, true));
        assert_eq!((&root.limits, root.wait), (&None, None));
        assert_eq!((&*root.name, root.letter), (" ", Some(' ')));
    }
    let part = Root::empty_loader().env_from([("LIMITS", "a=1"), ("LIMITS__a", " ")]);
    assert_eq!(part.load().unwrap().limits.as_ref().unwrap()["a"], 1);
}

// One cause, one problem.

#[test]
fn the_settings_of_a_broken_env_file_are_not_missing_too() {
    #[derive(Debug, Settings)]
    struct Root {
        name: String,
        token: String,
        other: u8,
    }
    let dir = Dir::with(&[(".env", "NAME=x\nexport TOKEN='y\nNAME = z\n")]);
    let loaded = Root::empty_loader().env_file(dir.path(".env")).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Source [..]/.env:2:14: `TOKEN`: the quote that opens here is never closed
  help: close it, or put the value into the other kind of quotes if the quote belongs to it
  note: not checked until this is fixed: name, token
Missing other: required, but not set
  help: set OTHER to a whole number from 0 to 255
  note: it may be defined in [..]/.env, which could not be read
"#]]
    );
}

// Not UTF-8.

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_a_problem_only_if_it_matches_a_setting() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};
    let bytes = || OsString::from_vec(vec![b'x', 0xff]);
    let load = |name: &str| App::empty_loader().env_from([(name, bytes())]).load();
    assert!(load("OTHER").unwrap().warnings().is_empty());
    assert_data_eq!(
        problems(load("APP_NAME")),
        str![[r#"
Source name: not UTF-8, in environment variable APP_NAME
  help: encode it as UTF-8
"#]]
    );
}

// Quotes and carriage returns.

#[test]
fn kept_quotes_and_a_carriage_return_are_malformed_with_a_hint() {
    let report = problems(env([("APP_PORT", "\"80\""), ("APP_RETRIES", "30\r")]));
    assert_data_eq!(report, str![[r#"
Malformed port: expected a whole number from 0 to 65535, found "\"80\"" in environment variable APP_PORT
  help: the quotes are part of the value (`docker --env-file` keeps them): leave them out
Malformed retries: expected a whole number from 0 to 255, found "30\r" in environment variable APP_RETRIES
  help: the value ends with a carriage return: save the file with Unix line endings
"#]].raw());
    let single = problems(env([("APP_PORT", "'80'")]));
    assert!(single.contains("the quotes are part of the value"));
}

#[test]
fn a_rule_broken_by_quotes_or_a_carriage_return_has_a_hint() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(pattern = "^(a|b)$")]
        quoted: String,
        #[settings(one_of("a", "b"))]
        returned: String,
    }
    let variables = [("QUOTED", "\"a\""), ("RETURNED", "a\r")];
    let report = problems(Root::empty_loader().env_from(variables).load());
    assert_data_eq!(
        report,
        str![[r#"
Rule quoted: expected one of a, b, found "\"a\"" in environment variable QUOTED
  help: the quotes are part of the value (`docker --env-file` keeps them): leave them out
  help: correct QUOTED
Rule returned: expected one of a, b, found "a\r" in environment variable RETURNED
  help: the value ends with a carriage return: save the file with Unix line endings
  help: correct RETURNED
"#]]
        .raw()
    );
}

// Limits.

#[test]
fn exceeding_a_limit_is_a_problem_that_names_the_limit() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let dir = Dir::with(&[
        ("a.json", &format!(r#"{{"name": {deep}}}"#)),
        ("a.toml", &format!("name = {deep}")),
        ("a.yaml", &format!("name: {deep}")),
        (
            "bomb.yaml",
            &doubled("x0: &x0 [x, x]\n", |name, before| {
                format!("x{name}: &x{name} [*x{before}, *x{before}]\n")
            }),
        ),
        (
            ".env",
            &doubled("x0=xxxxxxxxxxxxxxxx\n", |name, before| {
                format!("x{name}=${{x{before}}}${{x{before}}}\n")
            }),
        ),
    ]);
    let files = ["a.json", "a.toml", "a.yaml", "bomb.yaml"];
    let loader = files.iter().fold(App::empty_loader(), |loader, name| {
        loader.file(dir.path(name))
    });
    let error = loader.env_file(dir.path(".env")).load().unwrap_err();
    assert_data_eq!(
        lines(&error.problems()[..5]),
        str![[r#"
Source [..]/a.json:1:138: tables and lists are nested more than 128 deep
  help: [..]/a.json is ignored as a whole until this is fixed
Source [..]/a.toml:1:136: tables and lists are nested more than 128 deep
  help: [..]/a.toml is ignored as a whole until this is fixed
Source [..]/a.yaml:1:135: tables and lists are nested more than 128 deep
  help: [..]/a.yaml is ignored as a whole until this is fixed
Source [..]/bomb.yaml:14:22: anchors and aliases copy more than 100,000 values
  help: [..]/bomb.yaml is ignored as a whole until this is fixed
Source [..]/.env:18:5: `x17`: the value is longer than 1 MiB once its references are replaced
  help: shorten it
"#]]
    );
}

/// Twenty-five lines, each of which refers to the one before it twice.
fn doubled(first: &str, line: fn(u8, u8) -> String) -> String {
    (1..26).fold(first.to_owned(), |text, nth| text + &line(nth, nth - 1))
}

#[test]
fn ignored_keys_of_files_are_not_reported() {
    #[derive(Debug, Settings)]
    #[settings(unknown = "deny", ignore = ["plugins.*", "cache.web_*", "vendor", "x-*"])]
    struct App {
        #[settings(default = 1)]
        port: u16,
        #[settings(nested)]
        cache: Cache,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Cache {
        #[settings(default = 1)]
        size: u16,
    }
    let load = |text: &str| {
        let dir = Dir::with(&[("app.toml", text)]);
        App::empty_loader().file(dir.path("app.toml")).load()
    };
    for text in [
        "plugins = {}",
        "plugins = 1",
        "[plugins.a]\nb = 1",
        "[Plugins]\na = 1\nb.c = 2",
        "[cache]\nweb_size = 1\n",
        "[cache]\nweb-size.max = 1\n",
        "vendor = 1",
        "x-anything = 1",
        "X_other = 1",
    ] {
        assert!(load(text).is_ok(), "{text}");
    }
    for text in [
        "plugin = 1",
        "plugins_a = 1",
        "[cache]\nweb = 1",
        "[cache.vendor]\na = 1",
        "vendors = 1",
    ] {
        let error = load(text).expect_err(text);
        assert_eq!(error.problems()[0].kind(), ProblemKind::Unknown, "{text}");
    }
    let variables = [("PLUGINS_A", "1"), ("X_OTHER", "1")];
    assert!(App::empty_loader().env_from(variables).load().is_ok());
}

#[test]
fn a_misspelled_required_setting_is_one_problem_where_unknown_names_are_denied() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_", unknown = "deny")]
    struct App {
        database_url: String,
        #[settings(nested)]
        server: Server,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Server {
        bind_addr: String,
        #[settings(default = 1)]
        port: u16,
    }

    let good = [("APP_DATABASE_URL", "x"), ("APP_SERVER_BIND_ADDR", "y")];
    let dir = Dir::with(&[
        ("a.toml", "databse_url = 'x'\n[server]\nbind_adr = 'y'\n"),
        (".env", "APP_DATABSE_URL=x\nAPP_SERVER_BIND_ADR=y\n"),
    ]);
    for loader in [
        App::empty_loader().file(dir.path("a.toml")),
        App::empty_loader().env_file(dir.path(".env")),
        App::empty_loader().env_from([("APP_DATABSE_URL", "x"), ("APP_SERVER_BIND_ADR", "y")]),
    ] {
        let report = problems(loader.load());
        assert_eq!(report.matches("Missing ").count(), 2, "{report}");
        assert_eq!(report.matches("Unknown ").count(), 0, "{report}");
        assert_eq!(report.matches("did you mean").count(), 2, "{report}");
    }
    let json = App::empty_loader().env_from([good[0], ("APP_SERVER", r#"{"bind_adr": "y"}"#)]);
    assert_data_eq!(
        problems(json.load()),
        str![[r#"
Missing server.bind_addr: required, but not set
  help: bind_adr is set in environment variable APP_SERVER: did you mean server.bind_addr?
"#]]
    );
    let set = App::empty_loader()
        .env_from([good[0]])
        .set("server", r#"{"bind_adr": "y"}"#);
    assert_data_eq!(
        problems(set.load()),
        str![[r#"
Missing server.bind_addr: required, but not set
  help: bind_adr is set in server in the program: did you mean server.bind_addr?
"#]]
    );
    let other =
        App::empty_loader().env_from([("APP_DATABSE_URL", "x"), good[1], ("APP_COLOUR", "x")]);
    assert_data_eq!(
        problems(other.load()),
        str![[r#"
Missing database_url: required, but not set
  help: APP_DATABSE_URL is set: did you mean APP_DATABASE_URL?
Unknown environment variable APP_COLOUR does not match any setting
  help: unset it, or list names of other programs in `ignore` on the struct
"#]]
    );
}
