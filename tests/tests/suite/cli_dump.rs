//! `settings dump`: every setting, its value and where it came from.

use crate::commanded::{Commanded, PROGRAM, commanded};
use snapbox::{assert_data_eq, str};
use std::{io::Read, process::Stdio};

#[test]
fn a_table_with_origins() {
    let app = commanded()
        .var("APP_TOKEN", "hunter2")
        .var("APP_MIRRORS__0__HOST", "one")
        .file("config.toml", "pool_size = 20\ntags = ['a', 'b']\n");
    let answered = app.run(&["dump"]);
    assert_eq!((answered.code, &*answered.err), (Some(0), ""));
    assert_data_eq!(
        answered.out,
        str![[r#"
environment       development            default
pool_size         20                     config.toml:1:13
token             [redacted]             environment variable APP_TOKEN
db_password       -
url               none                   default
tags              ["a","b"]              config.toml:2:8
labels            {}                     default
server.host       localhost              default
server.port       8080                   default
server.timeout    5s                     default
server.rate       0.5                    default
server.verbose    false                  default
mirrors[0].host   one                    environment variable APP_MIRRORS__0__HOST
mirrors[0].token  -
cache.size        -
address           http://localhost:8080  derived
connection        to none                derived

"#]]
    );
}

#[test]
fn settings_that_do_not_load_are_shown_with_their_problems() {
    let app = commanded()
        .var("APP_POOL_SIZE", "lots")
        .var("APP_DB_PASSWORD", "hunter2")
        .var("APP_MIRRORS__0__TOKEN", "hunter2")
        .var("APP_CACHE_SIZE", "-1")
        .var("APP_SERVER_HOST", "box");
    let answered = app.run(&["dump", "--only", "pool_size", "server", "mirrors", "cache"]);
    assert_eq!(answered.code, Some(78));
    assert_data_eq!(
        answered.out,
        str![[r#"
pool_size         ?           environment variable APP_POOL_SIZE
    ! expected a whole number from 1 to 1000, found "lots" in environment variable APP_POOL_SIZE
server.host       box         environment variable APP_SERVER_HOST
server.port       8080        default
server.timeout    5s          default
server.rate       0.5         default
server.verbose    false       default
mirrors[0].host   ?
    ! required, but not set
mirrors[0].token  [redacted]  environment variable APP_MIRRORS__0__TOKEN
cache.size        ?           environment variable APP_CACHE_SIZE
    ! expected a whole number from 0 to 4294967295, found "-1" in environment variable APP_CACHE_SIZE

"#]]
    );
    assert!(
        answered
            .err
            .starts_with("3 problems in the settings (App)\n")
    );
}

#[test]
fn a_list_that_makes_no_sense_has_its_problem_beside_it() {
    let app = commanded()
        .var("APP_MIRRORS__0__HOST", "one")
        .var("APP_MIRRORS__2__HOST", "three");
    let answered = app.run(&["dump", "--only", "mirrors"]);
    assert_eq!(answered.code, Some(78));
    assert_data_eq!(
        answered.out,
        str![[r#"
mirrors  ?  environment variable APP_MIRRORS__2__HOST
    ! element 2 is set, but element 1 is not: a list has no gaps, in environment variable APP_MIRRORS__2__HOST

"#]]
    );
    // One that is empty is there, whatever is wrong with others.
    let out = commanded()
        .var("APP_POOL_SIZE", "lots")
        .run(&["dump", "--format", "json"])
        .out;
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["mirrors"], serde_json::json!([]));
}

#[test]
fn only_what_is_asked_for_and_what_is_changed() {
    let app = commanded().var("APP_SERVER_PORT", "1").var("APP_TOKEN", "");
    let keys = |words: &[&str]| -> Vec<String> {
        let out = app.run(words).out;
        out.lines()
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(keys(&["dump", "--changed"]), ["token", "server.port"]);
    assert_eq!(
        keys(&["dump", "--only", "APP_TOKEN", "--changed"]),
        ["token"]
    );
    assert_eq!(
        keys(&["dump", "--only=pool-size", "--only", "SERVER_RATE"]),
        ["pool_size", "server.rate"]
    );
    assert_eq!(
        keys(&["dump", "--only=pool,APP_SERVER_RATE"]),
        ["pool_size", "server.rate"]
    );
    let answered = app.run(&["dump", "--only", "sever.port"]);
    assert_eq!(answered.code, Some(2));
    assert_data_eq!(
        answered.err,
        str![[r#"
there is no setting sever.port; did you mean server.port?

"#]]
    );
}

#[test]
fn every_place_that_was_looked_at() {
    let app = commanded().file(".env", "APP_ENVIRONMENT=production\nAPP_TOKEN=x\n");
    let out = app.run(&["dump", "--sources", "--only", "environment"]).out;
    assert_data_eq!(
        out,
        str![[r#"
environment  production  .env:1

file               config.toml      absent
.env file          .env             read
.env file          .env.production  absent
secrets directory  secrets          absent
environment                         read

"#]]
    );
    let out = app.run(&["dump", "--sources", "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["settings"]["environment"], "production");
    assert_eq!(json["sources"][2]["place"], ".env.production");
    assert_eq!(json["sources"][2]["outcome"], "absent");
    let out = app.run(&["dump", "--sources", "--format", "env"]).out;
    assert!(out.starts_with("# file config.toml: absent\n# .env file .env: read\n"));
}

#[test]
fn toml_and_env_read_back_to_the_same() {
    let app = commanded()
        .var("APP_POOL_SIZE", "2_0")
        .var("APP_TAGS", "a,b")
        .var("APP_LABELS__zone", "eu \"west\"")
        .var("APP_URL", "it's\ta \\ $X ${Y}")
        .var("APP_SERVER_RATE", "2.5")
        .var("APP_SERVER_VERBOSE", "Yes")
        .var("APP_MIRRORS__0__HOST", "one")
        .var("APP_MIRRORS__1__HOST", "two")
        .var("APP_CACHE_SIZE", "7");
    let toml = app.run(&["dump", "--format", "toml"]);
    assert_eq!(toml.code, Some(0));
    assert!(toml.out.contains("pool_size = 20\n"), "{}", toml.out);
    assert!(toml.out.contains("tags = [\"a\", \"b\"]\n"), "{}", toml.out);
    assert!(toml.out.contains("# token =\n"));
    assert!(toml.out.contains("[[mirrors]]\nhost = \"two\"\n"));
    let values = |app: &Commanded| -> serde_json::Value {
        serde_json::from_str(&app.run(&["dump", "--format", "json"]).out).unwrap()
    };
    let env = app.run(&["dump", "--format", "env"]).out;
    let by_variables = values(&app);
    for again in [
        commanded().file("config.toml", &toml.out),
        commanded().file(".env", &env),
    ] {
        let read = values(&again);
        for key in ["url", "server", "cache"] {
            assert_eq!(read[key], by_variables[key]);
        }
        assert_eq!(read["pool_size"], 20);
        assert_eq!(again.run(&["check"]).code, Some(0));
    }
}

#[test]
fn a_terminal_gets_colour_and_no_line_that_is_too_long() {
    let app = commanded()
        .var("APP_URL", &format!("http://{}", "long".repeat(40)))
        .var("APP_POOL_SIZE", "many");
    for columns in [80, 160] {
        let shown = app.on_a_terminal(columns, "dump");
        assert!(shown.contains("\x1b[1mserver.host\x1b[0m"), "{shown}");
        assert!(shown.contains("--full shows all of it"), "{shown}");
        for line in plain(&shown).lines() {
            assert!(line.chars().count() <= columns, "{line}");
        }
        let full = app.on_a_terminal(columns, "dump --full");
        assert!(
            plain(&full)
                .replace("\r\n", "")
                .contains(&"long".repeat(40))
        );
    }
    let quiet = app.var("NO_COLOR", "1").on_a_terminal(80, "dump");
    assert!(!quiet.contains('\x1b'));
}

/// What is left when the terminal has taken the colours.
fn plain(shown: &str) -> String {
    let mut parts = shown.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

#[test]
fn a_pipe_that_is_closed_early_is_no_error() {
    for words in ["dump", "docs"] {
        let app = commanded();
        let mut child = app
            .command(&[words])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut told = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut told)
            .unwrap();
        assert_eq!(told, "");
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    let line = format!("{PROGRAM} settings docs | head -n 1");
    let output = std::process::Command::new("bash")
        .args(["-c", &line])
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn the_program_itself_runs_when_nobody_asks() {
    let output = std::process::Command::new(PROGRAM).output().unwrap();
    assert_eq!(output.stdout, b"the program itself\n");
    let answered = commanded().run(&[]);
    assert_eq!(answered.code, Some(0));
    assert!(
        answered
            .out
            .starts_with("usage: command settings COMMAND\n")
    );
}

#[test]
fn a_command_that_cannot_be_understood_exits_with_2() {
    let app = commanded();
    for (words, told) in [
        (
            &["dmup"][..],
            "there is no command dmup; did you mean dump?",
        ),
        (
            &["dump", "--fromat", "json"],
            "dump has no --fromat; did you mean --format?",
        ),
        (
            &["dump", "--format", "jsn"],
            "--format takes one of table, json, toml, env; did you mean json?",
        ),
        (&["dump", "--changed=yes"], "--changed takes no value"),
        (&["dump", "extra"], "dump takes flags only"),
        (&["explain"], "explain needs a KEY"),
        (&["explain", "a", "b"], "explain takes 1 word"),
        (
            &["check", "--env-file"],
            "--env-file needs the name of a file",
        ),
        (&["dump", "--only"], "--only needs a key"),
    ] {
        let answered = app.run(words);
        assert_eq!((answered.code, &*answered.out), (Some(2), ""));
        assert_eq!(answered.err.lines().next(), Some(told));
    }
    let help = app.run(&["dump", "--help"]);
    assert_eq!(help.code, Some(0));
    assert!(
        help.out
            .starts_with("usage: command settings dump [FLAGS]\n")
    );
}
