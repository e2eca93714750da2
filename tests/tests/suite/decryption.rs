//! Files that a function of the program decrypts.

use crate::{dir::Dir, reports::problems};
use settings_core::{Loader, Settings};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "")]
    motto: String,
    #[settings(default = 1)]
    port: u16,
    #[settings(default = "")]
    url: String,
}

/// The cipher of these tests.
fn cipher(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ 0x55).collect()
}

fn loader(dir: &Dir) -> Loader<App> {
    App::empty_loader()
        .file(dir.path("a.toml.age"))
        .env_file(dir.path(".env.age"))
        .decrypt("age", |bytes| match bytes {
            [] => Err("no identity matches"),
            bytes => Ok(cipher(bytes)),
        })
}

#[test]
fn a_file_is_decrypted_and_read_by_the_extension_before_and_everything_in_it_is_masked() {
    let dir = Dir::with(&[]);
    dir.write("a.toml.age", cipher(b"port = 80\nmotto = 'hunter2'\n"));
    dir.write(".env.age", cipher(b"APP_URL=hunter3\n"));
    let app = loader(&dir).load().unwrap();
    assert_eq!(
        (app.port, app.motto.as_str(), app.url.as_str()),
        (80, "hunter2", "hunter3")
    );
    let origin = |key| dir.relative(&app.origin(key).unwrap().to_string());
    assert_eq!(origin("motto"), "a.toml.age:2:9");
    assert_eq!(origin("url"), ".env.age:1");
    let dump = app.dump().to_string();
    assert!(!dump.contains("hunter") && !dump.contains(" 80 "), "{dump}");
    assert!(!app.to_json().contains("hunter"));
}

#[test]
fn a_value_of_a_decrypted_file_is_not_shown_in_a_report() {
    let dir = Dir::with(&[]);
    dir.write("a.toml.age", cipher(b"port = 'hunter2'\n"));
    assert_data_eq!(
        dir.relative(&problems(loader(&dir).load())),
        str![[r#"
Malformed port: expected a whole number from 0 to 65535, found [redacted] in a.toml.age:1:8
  help: correct port there, or set APP_PORT, which overrides it
"#]]
    );
}

#[test]
fn a_failure_is_a_problem_with_the_words_of_the_function() {
    let dir = Dir::with(&[("a.toml.age", "")]);
    assert_data_eq!(
        dir.relative(&problems(loader(&dir).load())),
        str![[r#"
Source a.toml.age cannot be decrypted: no identity matches
  help: check the key of the program, and that the file is complete
"#]]
    );
}

#[test]
fn an_encrypted_file_without_a_function_is_a_problem_that_says_so() {
    let dir = Dir::with(&[
        ("a.toml.age", "x"),
        (".env.gpg", "x"),
        ("b.json.sealed", "x"),
    ]);
    let loaded = App::empty_loader()
        .file(dir.path("a.toml.age"))
        .file(dir.path("b.json.sealed"))
        .env_file(dir.path(".env.gpg"))
        .load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Source a.toml.age is encrypted, and the program has no function to decrypt it
  help: in the program, add one by `Loader::decrypt("age", …)`
Source b.json.sealed cannot be read: the program has no function to decrypt .sealed files
  help: add one by `Loader::decrypt("sealed", …)`, or give the file the extension of its format
Source .env.gpg is encrypted, and the program has no function to decrypt it
  help: in the program, add one by `Loader::decrypt("gpg", …)`
"#]]
    );
}

#[test]
fn references_to_a_decrypted_file_stay_masked() {
    let dir = Dir::with(&[("b.yaml", "motto: x-${SHARED}\n")]);
    dir.write(".env.age", cipher(b"SHARED=hunter2\n"));
    let app = loader(&dir)
        .file_interpolated(dir.path("b.yaml"))
        .load()
        .unwrap();
    assert_eq!(app.motto, "x-hunter2");
    assert!(!app.dump().to_string().contains("hunter2"));
}

#[test]
fn an_encrypted_name_may_be_declared() {
    #[derive(Debug, Settings)]
    #[settings(file = "none/secrets.toml.age", env_file = "none/.env.age")]
    struct Declared {
        #[settings(default = 1)]
        port: u16,
    }
    let loaded = Declared::loader().decrypt(".age", |bytes| Ok::<_, String>(bytes.to_vec()));
    assert_eq!(loaded.load().unwrap().port, 1);
}
