//! `settings dump`: every setting with its value and its origin.

use crate::settings_command::{PROGRAM, SettingsCommand, settings_command};
use snapbox::{assert_data_eq, str};
use std::{io::Read, process::Stdio};

#[test]
fn a_table_with_origins() {
    let app = settings_command()
        .var("APP_TOKEN", "hunter2")
        .var("APP_MIRRORS__0__HOST", "one")
        .file("config.toml", "pool_size = 20\ntags = ['a', 'b']\n");
    let printed = app.run(&["dump"]);
    assert_eq!((printed.code, &*printed.err), (Some(0), ""));
    assert_data_eq!(
        printed.out,
        str![[r#"
SETTING           VALUE                  VARIABLE               ORIGIN
environment       development            APP_ENVIRONMENT        default
pool_size         20                     APP_POOL_SIZE          config.toml:1:13
token             [redacted]             APP_TOKEN              environment variable APP_TOKEN
db_password       (unset)                APP_DB_PASSWORD
url               none                   APP_URL                default
tags              ["a","b"]              APP_TAGS               config.toml:2:8
labels            {}                     APP_LABELS             default

server.host       localhost              APP_SERVER_HOST        default
server.port       8080                   APP_SERVER_PORT        default
server.timeout    5s                     APP_SERVER_TIMEOUT     default
server.rate       0.5                    APP_SERVER_RATE        default
server.verbose    false                  APP_SERVER_VERBOSE     default

mirrors[0].host   one                    APP_MIRRORS__0__HOST   environment variable APP_MIRRORS__0__HOST
mirrors[0].token  (unset)                APP_MIRRORS__0__TOKEN

cache.size        (unset)                APP_CACHE_SIZE

address           http://localhost:8080                         derived
connection        to none                                       derived

"#]]
    );
}

#[test]
fn invalid_settings_refer_to_the_report() {
    let app = settings_command()
        .var("APP_POOL_SIZE", "lots")
        .var("APP_DB_PASSWORD", "hunter2")
        .var("APP_MIRRORS__0__TOKEN", "hunter2")
        .var("APP_CACHE_SIZE", "-1")
        .var("APP_SERVER_HOST", "box");
    let printed = app.run(&["dump", "--only", "pool_size", "server", "mirrors", "cache"]);
    assert_eq!(printed.code, Some(78));
    assert_data_eq!(
        printed.out,
        str![[r#"
SETTING           VALUE                      VARIABLE               ORIGIN
pool_size         (invalid: see the report)  APP_POOL_SIZE          environment variable APP_POOL_SIZE

server.host       box                        APP_SERVER_HOST        environment variable APP_SERVER_HOST
server.port       8080                       APP_SERVER_PORT        default
server.timeout    5s                         APP_SERVER_TIMEOUT     default
server.rate       0.5                        APP_SERVER_RATE        default
server.verbose    false                      APP_SERVER_VERBOSE     default

mirrors[0].host   (missing: see the report)  APP_MIRRORS__0__HOST
mirrors[0].token  [redacted]                 APP_MIRRORS__0__TOKEN  environment variable APP_MIRRORS__0__TOKEN

cache.size        (invalid: see the report)  APP_CACHE_SIZE         environment variable APP_CACHE_SIZE

"#]]
    );
    assert!(
        printed
            .err
            .starts_with("3 problems in the settings (App)\n")
    );
}

#[test]
fn a_page_contains_the_report() {
    let printed = settings_command()
        .var("APP_POOL_SIZE", "lots")
        .var("APP_TOKEN", "hunter2")
        .run(&["dump", "--format", "html"]);
    assert_eq!(printed.code, Some(78));
    assert!(printed.out.starts_with("<!DOCTYPE html>\n"));
    let page = &printed.out;
    assert!(page.contains("<pre>1 problem in the settings (App)\n\n  pool_size: expected a whole number from 1 to 1000, found &quot;lots&quot; in environment variable\n      APP_POOL_SIZE\n"), "{page}");
    assert!(page.contains("<code>(invalid: see the report)</code>"));
    assert!(page.contains("<tr id=\"token\" class=\"set\">"));
    assert!(!page.contains("hunter2"));
}

#[test]
fn an_invalid_list_refers_to_the_report() {
    let app = settings_command()
        .var("APP_MIRRORS__0__HOST", "one")
        .var("APP_MIRRORS__2__HOST", "three");
    let printed = app.run(&["dump", "--only", "mirrors"]);
    assert_eq!(printed.code, Some(78));
    assert_data_eq!(
        printed.out,
        str![[r#"
SETTING  VALUE                      VARIABLE     ORIGIN
mirrors  (invalid: see the report)  APP_MIRRORS  environment variable APP_MIRRORS__2__HOST

"#]]
    );
    // An empty list is shown, whatever is invalid elsewhere.
    let out = settings_command()
        .var("APP_POOL_SIZE", "lots")
        .run(&["dump", "--format", "json"])
        .out;
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["mirrors"], serde_json::json!([]));
}

#[test]
fn settings_are_selected_by_key_and_by_change() {
    let app = settings_command()
        .var("APP_SERVER_PORT", "1")
        .var("APP_TOKEN", "");
    let keys = |words: &[&str]| -> Vec<String> {
        let out = app.run(words).out;
        out.lines()
            .skip(1)
            .filter(|line| !line.is_empty())
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
    let printed = app.run(&["dump", "--only", "sever.port"]);
    assert_eq!(printed.code, Some(2));
    assert_data_eq!(
        printed.err,
        str![[r#"
there is no setting sever.port; did you mean server.port?

"#]]
    );
    let printed = app.run(&["dump", "tiemout"]);
    assert_eq!(printed.code, Some(2));
    assert_data_eq!(
        printed.err,
        str![[r#"
there is no setting tiemout; did you mean server.timeout?

"#]]
    );
}

#[test]
fn every_source_is_listed() {
    let app = settings_command().file(".env", "APP_ENVIRONMENT=production\nAPP_TOKEN=x\n");
    let out = app.run(&["dump", "--sources", "--only", "environment"]).out;
    assert_data_eq!(
        out,
        str![[r#"
SETTING      VALUE       VARIABLE         ORIGIN
environment  production  APP_ENVIRONMENT  .env:1

file               config.toml      absent
.env file          .env             read
.env file          .env.production  absent
secrets directory  secrets          absent
environment                         read

"#]]
    );
    let out = app.run(&["dump", "--sources", "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["environment"], "production");
    assert_eq!(json["$sources"][2]["name"], ".env.production");
    assert_eq!(json["$sources"][2]["status"], "absent");
    let out = app.run(&["dump", "--sources", "--format", "env"]).out;
    assert!(out.starts_with("# file config.toml: absent\n# .env file .env: read\n"));
}

#[test]
fn toml_and_env_read_back_to_the_same() {
    let app = settings_command()
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
    let values = |app: &SettingsCommand| -> serde_json::Value {
        serde_json::from_str(&app.run(&["dump", "--format", "json"]).out).unwrap()
    };
    let env = app.run(&["dump", "--format", "env"]).out;
    let by_variables = values(&app);
    for again in [
        settings_command().file("config.toml", &toml.out),
        settings_command().file(".env", &env),
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
fn a_terminal_shows_colours_and_no_line_is_too_long() {
    let app = settings_command()
        .var("APP_URL", &format!("http://{}", "long".repeat(40)))
        .var("APP_POOL_SIZE", "many");
    for columns in [80, 160] {
        let shown = app.on_a_terminal(columns, "dump");
        assert!(shown.contains("\x1b[1mpool_size\x1b[0m"), "{shown}");
        assert!(shown.contains("--full prints all of it"), "{shown}");
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

/// The text without colours.
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
        let app = settings_command();
        let mut child = app
            .command(&[words])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut errors = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        assert_eq!(errors, "");
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
fn the_program_runs_without_the_command() {
    let output = std::process::Command::new(PROGRAM).output().unwrap();
    assert_eq!(output.stdout, b"the program itself\n");
    let printed = settings_command().run(&[]);
    assert_eq!(printed.code, Some(0));
    assert!(printed.out.starts_with("usage: command settings COMMAND\n"));
}

#[test]
fn usage_errors_exit_with_2() {
    let app = settings_command();
    for (words, expected) in [
        (&["dmup"][..], "unknown command dmup; did you mean dump?"),
        (&["--version"], "unknown option --version"),
        (
            &["store", "psuh"],
            "unknown command store psuh; did you mean store push?",
        ),
        (
            &["dump", "--fromat", "json"],
            "unknown option --fromat of dump; did you mean --format?",
        ),
        (
            &["dump", "--format", "jsn"],
            "--format takes one of table, json, toml, env, html; did you mean json?",
        ),
        (&["dump", "--changed=yes"], "--changed takes no value"),
        (&["check", "extra"], "check takes options only"),
        (&["explain"], "explain needs a KEY"),
        (&["explain", "a", "b"], "explain takes 1 argument"),
        (&["check", "--env-file"], "--env-file needs a file name"),
        (&["dump", "--only"], "--only needs a key"),
    ] {
        let printed = app.run(words);
        assert_eq!((printed.code, &*printed.out), (Some(2), ""));
        assert_eq!(printed.err.lines().next(), Some(expected));
        assert!(printed.err.contains("--help` for"), "{}", printed.err);
        assert!(printed.err.lines().count() <= 4, "{}", printed.err);
    }
    let help = app.run(&["dump", "--help"]);
    assert_eq!(help.code, Some(0));
    assert!(
        help.out
            .starts_with("usage: command settings dump [PATTERN]... [OPTIONS]\n")
    );
}

#[test]
fn patterns_select_settings() {
    let app = settings_command();
    let keys = |words: &[&str]| -> Vec<String> {
        let printed = app.run(words);
        assert_eq!(printed.code, Some(0), "{words:?}: {}", printed.err);
        let lines = printed.out.lines().skip(1).filter(|line| !line.is_empty());
        let keys = lines.map(|line| line.split(' ').next().unwrap().to_owned());
        keys.collect()
    };
    let server = [
        "server.host",
        "server.port",
        "server.timeout",
        "server.rate",
        "server.verbose",
    ];
    assert_eq!(keys(&["dump", "server.*"]), server);
    assert_eq!(keys(&["dump", "APP_SERVER_*"]), server);
    assert_eq!(keys(&["dump", "*.p?rt"]), ["server.port"]);
    assert_eq!(keys(&["dump", "POOL"]), ["pool_size"]);
    assert_eq!(
        keys(&["dump", "pool", "rate"]),
        ["pool_size", "server.rate"]
    );
    let unknown = app.run(&["dump", "server.prot"]);
    assert_eq!((unknown.code, &*unknown.out), (Some(2), ""));
    assert_eq!(
        unknown.err,
        "there is no setting server.prot; did you mean server.port?\n"
    );
    assert_eq!(app.run(&["dump", "nothing.*"]).code, Some(2));
}

#[test]
fn json_contains_the_origins() {
    let app = settings_command()
        .var("APP_SERVER_PORT", "1")
        .file("config.toml", "pool_size = 20\n");
    let out = app.run(&["dump", "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["server"]["port"], 1);
    let origins = &json["$origins"];
    assert_eq!(
        origins["server.port"],
        "environment variable APP_SERVER_PORT"
    );
    assert_eq!(origins["pool_size"], "config.toml:1:13");
    assert_eq!(origins["environment"], "default");
    assert_eq!(origins.get("token"), None);
    let shown = app.on_a_terminal(80, "dump --format json");
    assert!(shown.contains("  \"pool_size\": 20,\r\n"), "{shown}");
    let pretty: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(pretty, json);
}

#[test]
fn a_misspelt_command_is_recognized() {
    let run = |words: &[&str]| {
        let mut command = std::process::Command::new(PROGRAM);
        let output = command.args(words).env_clear().output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (code, out, err) = run(&["setting", "dump", "--full"]);
    assert_eq!((code, &*out), (Some(2), ""));
    assert_eq!(
        err,
        "unknown command setting; did you mean `command settings dump --full`?\n"
    );
    for words in [&["setting"][..], &["serve", "dump"], &["setting", "aside"]] {
        assert_eq!(run(words).1, "the program itself\n", "{words:?}");
    }
}
