//! `.env` files as layers; the dialect itself has tests of its own.

use crate::{
    dir::Dir,
    reports::{problems, warnings},
};
use settings_core::{Error, ExposeSecret, Loaded, SecretString, Settings};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Demo {
    #[settings(default = "")]
    app_name: String,
    #[settings(default = 1)]
    port: u16,
    password: Option<SecretString>,
    #[settings(nested)]
    server: Server,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost")]
    bind: String,
}

fn load(text: &str) -> Result<Loaded<Demo>, Error> {
    let dir = Dir::with(&[(".env", text)]);
    Demo::empty_loader().env_file(dir.path(".env")).load()
}

#[test]
fn passwords_are_unchanged_in_a_file_with_bom_crlf_and_dollars() {
    let loaded = load("\u{feff}APP_APP_NAME=My App\r\nAPP_PASSWORD=pa$$w#rd\r\n").unwrap();
    assert_eq!(loaded.app_name, "My App");
    assert_eq!(
        loaded.password.as_ref().unwrap().expose_secret(),
        "pa$$w#rd"
    );
}

#[test]
fn origins_have_lines_and_groups_may_be_set_as_a_whole() {
    let loaded = load("# a comment\nAPP_PORT=5\n\nAPP_SERVER='{\"bind\": \"::1\"}'\n").unwrap();
    assert_eq!(loaded.server.bind, "::1");
    assert_eq!(loaded.origin("port").unwrap().line(), Some(2));
    assert_eq!(loaded.origin("port").unwrap().column(), None);
    assert_eq!(loaded.origin("server.bind").unwrap().line(), Some(4));
    assert_eq!(loaded.origin("server.bind").unwrap().column(), None);
}

#[test]
fn the_last_line_of_a_repeated_name_wins() {
    let loaded = load("APP_PORT=5\nAPP_PORT=6\n");
    assert_eq!(loaded.as_ref().unwrap().port, 6);
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Ambiguous [..]/.env:2:1: `APP_PORT` is already set on line 1
  help: this line wins, so remove the other
"#]]
    );
}

#[test]
fn the_canonical_name_wins_over_another_spelling() {
    let loaded = load("APP_PORT=5\napp_port=6\n");
    assert_eq!(loaded.as_ref().unwrap().port, 5);
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Ambiguous port: set twice in one layer: APP_PORT ([..]/.env:1) wins over app_port ([..]/.env:2)
  help: remove app_port ([..]/.env:2)
"#]]
    );
}

#[test]
fn a_reference_is_resolved_in_the_environment_then_above_then_in_earlier_files() {
    let dir = Dir::with(&[
        ("a.env", "ONE=a\nTWO=a\nFIVE=a\n"),
        ("b.env", "FIVE=b\n"),
        (
            "c.env",
            "TWO=c\nTHREE=c\nAPP_APP_NAME=${ONE}${TWO}${THREE}${FOUR:-d}${FIVE}\nFOUR=late\n",
        ),
    ]);
    let loader = || {
        Demo::empty_loader()
            .env_file(dir.path("a.env"))
            .env_file(dir.path("b.env"))
            .env_file(dir.path("c.env"))
    };
    assert_eq!(loader().load().unwrap().app_name, "accdb");
    let loader = loader().env_from([("TWO", "env"), ("APP_PORT", "5")]);
    assert_eq!(loader.load().unwrap().app_name, "aenvcdb");
}

#[test]
fn a_reference_does_not_read_the_process_environment() {
    // PATH is set wherever tests run.
    assert_data_eq!(
        problems(load("APP_APP_NAME=${PATH}\n")),
        str![[r#"
Source [..]/.env:1:14: `APP_APP_NAME`: the name in this `${…}` is set neither in the environment nor above
  help: set it, give a default with `:-`, or use single quotes to mean the text
  note: not checked until this is fixed: app_name
"#]]
    );
}

#[test]
fn every_error_of_a_file_is_reported() {
    let loaded = load("APP_PASSWORD=\"hunter2\nAPP PORT=5\n");
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Source [..]/.env:1:14: `APP_PASSWORD`: the quote that opens here is never closed
  help: close it, or put the value into the other kind of quotes if the quote belongs to it
Source [..]/.env:2:4: this character is not allowed here in a key
  help: a key is ASCII letters, digits, `_`, `.` and `-`, and begins with a letter or `_`
  note: not checked until this is fixed: password
"#]]
    );
}

#[test]
fn the_dotenvy_dialect_is_read_by_dotenvy() {
    #[derive(Debug, Settings)]
    #[settings(env_file = dotenvy("{settings}"))]
    struct Dotenvy {
        settings: String,
        name: String,
    }
    let dir = Dir::with(&[("x.env", "NAME=\"a\\\"b\" # comment\n")]);
    let loaded = Dotenvy::loader().set("settings", dir.text("x.env")).load();
    let loaded = loaded.unwrap();
    assert_eq!((&*loaded.name, loaded.settings.is_empty()), ("a\"b", false));
    assert_eq!(
        loaded.origin("name").unwrap().to_string(),
        dir.text("x.env")
    );
    let dir = Dir::with(&[("y.env", "A=1\nNAME='hunter2\n")]);
    let loaded = Dotenvy::loader().set("settings", dir.text("y.env")).load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Source y.env: dotenvy cannot read its assignment 2
  help: put the value in single quotes, or read the file without `dotenvy(…)`, whose errors contain line and column
Missing name: required, but not set
  help: set NAME to text
  note: it may be defined in y.env, which could not be read
"#]]
    );
}

#[test]
fn references_in_the_dotenvy_dialect_are_resolved_by_the_loader() {
    #[derive(Debug, Settings)]
    #[settings(env_file = ["{first}", dotenvy("{settings}")])]
    struct Dotenvy {
        first: String,
        settings: String,
        name: String,
        #[settings(default = "")]
        other: String,
    }
    let dir = Dir::with(&[
        ("first.env", "EARLIER=first\nBOTH=first\n"),
        (
            "x.env",
            "BOTH=x\nNAME=${HOST}-$EARLIER-${BOTH}-${PATH}\nOTHER='$HOST'\n",
        ),
    ]);
    let loaded = Dotenvy::loader()
        .set("first", dir.text("first.env"))
        .set("settings", dir.text("x.env"))
        .env_from([("HOST", "here"), ("PATH", "mine")])
        .load()
        .unwrap();
    assert_eq!(
        (&*loaded.name, &*loaded.other),
        ("here-first-x-mine", "$HOST")
    );
    assert!(!loaded.first.is_empty() && !loaded.settings.is_empty());
}

#[test]
fn a_secret_file_is_reported_with_the_line_that_names_it() {
    #[derive(Debug, Settings)]
    struct App {
        #[settings(length(10..))]
        key: SecretString,
    }
    let dir = Dir::with(&[("key", "hunter2")]);
    let text = format!("# the key\nKEY_FILE={}\n", dir.text("key"));
    let app = || App::empty_loader().env_file(dir.write("k.env", &text));
    assert_data_eq!(
        dir.relative(&problems(app().load())),
        str![[r#"
Rule key: expected at least 10 characters, found [redacted] in file key, named by k.env:2
  help: correct the content of that file
"#]]
    );
    dir.write("key", "hunter2hunter2");
    let loaded = app().load().unwrap();
    let origin = loaded.origin("key").unwrap();
    assert_eq!(
        dir.relative(&origin.to_string()),
        "file key, named by k.env:2"
    );
    assert_eq!(origin.path(), Some(dir.path("key").as_path()));
    assert_eq!(origin.line(), None);
}
