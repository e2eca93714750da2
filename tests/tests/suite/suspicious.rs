//! Warnings about values that are valid, but probably not what was meant.

use crate::{dir::Dir, reports::warnings};
use serde::Deserialize;
use settings_core::{SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    token: Option<SecretString>,
    db_password: Option<String>,
    tokens: Option<Vec<SecretString>>,
    peer: Option<Peer>,
    name: Option<String>,
    mode: Option<u32>,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Peer {
    password: SecretString,
    modes: Option<Vec<u32>>,
}

#[test]
fn a_secret_with_a_stray_end_is_kept_with_a_warning() {
    let dir = Dir::with(&[
        (".env", "APP_TOKEN=\"abc\\n\"\n"),
        ("s/token", "abc\r\n"),
        ("bom", "\u{feff}abc"),
    ]);
    let loaded = App::empty_loader()
        .env_from([
            ("APP_TOKEN", "abc\n"),
            ("APP_DB_PASSWORD", "abc\r"),
            ("APP_NAME", "abc\n"),
            ("APP_TOKENS__0", "a\r"),
            ("APP_PEER", r#"{"password": "b\n"}"#),
        ])
        .load();
    let kept = loaded.as_ref().unwrap().db_password.as_deref();
    assert_eq!(kept, Some("abc\r"));
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Ambiguous token: the value ends with a line break, in environment variable APP_TOKEN
  help: remove the line break, if it is not part of the value
Ambiguous db_password: the value ends with a carriage return, in environment variable APP_DB_PASSWORD
  help: save it with Unix line endings, if the carriage return is not part of the value
Ambiguous tokens[0]: the value ends with a carriage return, in environment variable APP_TOKENS__0
  help: save it with Unix line endings, if the carriage return is not part of the value
Ambiguous peer.password: the value ends with a line break, in environment variable APP_PEER
  help: remove the line break, if it is not part of the value
"#]]
    );
    for loader in [
        App::empty_loader().env_file(dir.path(".env")),
        App::empty_loader().secrets_dir(dir.path("s")),
        App::empty_loader().env_from([("APP_TOKEN_FILE", dir.text("bom"))]),
    ] {
        let warnings = warnings(loader.load());
        assert_eq!(
            warnings.matches("Ambiguous token: the value").count(),
            1,
            "{warnings}"
        );
    }
    let key = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n";
    let loaded = App::empty_loader().env_from([("APP_TOKEN", key)]).load();
    assert_eq!(warnings(loaded), "");
}

#[test]
fn a_secret_of_a_file_with_a_stray_end_is_named_by_its_key() {
    let dir = Dir::with(&[(
        "a.yaml",
        "token: |\n  abc\ntokens: [\"a\", \"b\\r\"]\npeer:\n  password: \"\\uFEFFc\"\nname: |\n  d\n",
    )]);
    let loaded = App::empty_loader().file(dir.path("a.yaml")).load();
    assert_data_eq!(
        dir.relative(&warnings(loaded)),
        str![[r#"
Ambiguous token: the value ends with a line break, in a.yaml:2:3
  help: remove the line break, if it is not part of the value
Ambiguous tokens[1]: the value ends with a carriage return, in a.yaml:3:15
  help: save it with Unix line endings, if the carriage return is not part of the value
Ambiguous peer.password: the value begins with a byte order mark, in a.yaml:5:13
  help: save it without the mark, if it is not part of the value
"#]]
    );
}

#[test]
fn a_reference_that_files_do_not_replace_is_named_by_its_key() {
    let dir = Dir::with(&[(
        "a.yaml",
        "token: ${DB_PASS}\nname: ${db_pass}\nlabels: {a: 'x ${A:-b}', b: '${time} ${level}'}\n",
    )]);
    let loaded = App::empty_loader().file(dir.path("a.yaml")).load();
    assert_data_eq!(
        dir.relative(&warnings(loaded)),
        str![[r#"
Ambiguous token: the value contains a reference such as `${NAME}`, which this file does not replace, in a.yaml:1:8
  help: declare the file as interpolate("…") in the program, or add it by `Loader::file_interpolated`
  help: or set it by its environment variable or in a `.env` file, which replaces references
Ambiguous name: the value contains a reference such as `${NAME}`, which this file does not replace, in a.yaml:2:7
  help: declare the file as interpolate("…") in the program, or add it by `Loader::file_interpolated`
  help: or set it by its environment variable or in a `.env` file, which replaces references
Ambiguous labels.a: the value contains a reference such as `${NAME}`, which this file does not replace, in a.yaml:3:13
  help: declare the file as interpolate("…") in the program, or add it by `Loader::file_interpolated`
  help: or set it by its environment variable or in a `.env` file, which replaces references
"#]]
    );
}

#[test]
fn a_number_that_looks_octal_is_named_by_its_key() {
    let dir = Dir::with(&[(
        "a.yaml",
        "mode: 0644\npeer: {password: x, modes: [1, 0755]}\n",
    )]);
    let loaded = App::empty_loader().file(dir.path("a.yaml")).load();
    assert_eq!(loaded.as_ref().unwrap().mode, Some(644));
    assert_data_eq!(
        dir.relative(&warnings(loaded)),
        str![[r#"
Ambiguous peer.modes[1]: the number begins with a zero and is decimal, but readers of YAML 1.1 take it as octal, in a.yaml:2:32
  help: write it without the zero, or as `0o644` if it is octal
Ambiguous mode: the number begins with a zero and is decimal, but readers of YAML 1.1 take it as octal, in a.yaml:1:7
  help: write it without the zero, or as `0o644` if it is octal
"#]]
    );
}

#[test]
fn a_secret_that_a_function_decodes_with_a_stray_end_is_a_warning_too() {
    fn decode<'de, D: serde::Deserializer<'de>>(from: D) -> Result<SecretString, D::Error> {
        String::deserialize(from).map(SecretString::from)
    }
    fn parse(text: &str) -> Result<SecretString, String> {
        Ok(text.into())
    }

    #[derive(Debug, Settings)]
    struct App {
        #[settings(deserialize_with = decode)]
        token: SecretString,
        #[settings(parse_with = parse)]
        pin: SecretString,
    }

    let loaded = App::empty_loader().env_from([("TOKEN", "a\n"), ("PIN", "b\r")]);
    assert_data_eq!(
        warnings(loaded.load()),
        str![[r#"
Ambiguous token: the value ends with a line break, in environment variable TOKEN
  help: remove the line break, if it is not part of the value
Ambiguous pin: the value ends with a carriage return, in environment variable PIN
  help: save it with Unix line endings, if the carriage return is not part of the value
"#]]
    );
}
