//! What people type or paste: characters beside a value, names of files, names of settings with other names.

use crate::{
    dir::Dir,
    reports::{problems, warnings},
};
use serde::{Deserialize, Deserializer};
use settings_core::{SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

#[test]
fn characters_beside_a_value_are_explained() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(default = 25)]
        port: i32,
        #[settings(default = "dev", one_of("dev", "prod"))]
        stage: String,
    }
    let quotes = "the quotes are part of the value: leave them out";
    let invisible = "the value contains characters that are not visible, printed here as `\\u{…}`: type it again";
    let digits =
        "the value contains characters that only resemble digits or a minus: type it again";
    let trailing = "what follows the value is part of it: leave it out";
    let reference = "the value is a reference that nothing has replaced: set the value itself";
    let correct = "correct PORT, or unset it for the default, 25";
    for (text, expected) in [
        ("\u{201c}25\u{201d}", quotes),
        ("\u{ab}25\u{bb}", quotes),
        ("\u{feff}25", invisible),
        ("2\u{a0}5", invisible),
        ("25\u{200b}", invisible),
        ("\u{2212}25", digits),
        ("\u{ff12}\u{ff15}", digits),
        ("25;", trailing),
        ("25 # the mail server", trailing),
        ("${MAIL_PORT}", reference),
        ("$MAIL_PORT", reference),
        ("many", correct),
        ("many;", correct),
        ("\u{201c}many\u{201d}", correct),
    ] {
        let error = Root::empty_loader()
            .env_from([("PORT", text)])
            .load()
            .unwrap_err();
        let help: Vec<&str> = error.problems()[0].help().collect();
        assert_eq!(help, [expected], "{text:?}");
    }
    for (text, expected) in [
        ("\u{2018}prod\u{2019}", quotes),
        ("prod\u{200b}", invisible),
    ] {
        let error = Root::empty_loader()
            .env_from([("STAGE", text)])
            .load()
            .unwrap_err();
        assert_eq!(
            error.problems()[0].help().next(),
            Some(expected),
            "{text:?}"
        );
    }
}

#[test]
fn a_file_with_a_name_like_that_of_an_absent_one_is_named() {
    #[derive(Debug, Settings)]
    struct Root {}
    let dir = Dir::with(&[
        ("aap.toml", ""),
        (".env.production", ""),
        ("secrets/x", ""),
        ("plain", ""),
    ]);
    let loaded = Root::empty_loader()
        .required_file(dir.path("app.toml"))
        .required_file(dir.path("aap.yaml"))
        .required_file(dir.path("other.toml"))
        .required_file(dir.path("nowhere/app.toml"))
        .file(dir.path("app.toml"))
        .required_env_file(dir.path(".env.prodution"))
        .required_secrets_dir(dir.path("secret"))
        .secrets_dir(dir.path("plain"))
        .load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Source app.toml is required, but absent
  help: create it, or correct its path
  help: aap.toml exists: did you mean that?
Source aap.yaml is required, but absent
  help: create it, or correct its path
  help: aap.toml exists: did you mean that?
Source other.toml is required, but absent
  help: create it, or correct its path
Source nowhere/app.toml is required, but absent
  help: create it, or correct its path
Source .env.prodution is required, but absent
  help: create it, or correct its path
  help: .env.production exists: did you mean that?
Source the secrets directory secret cannot be read: no such directory
  help: create it, or correct its path
  help: secrets exists: did you mean that?
Source the secrets directory plain cannot be read: not a directory
  help: replace plain by a directory, or correct its path
"#]]
    );
}

#[derive(Debug, Settings)]
#[settings(prefix = ["NEW_", "MID_"], deprecated_prefix = "OLD_", nesting = "__")]
struct Aliased {
    #[settings(nested, alias = ["mail", "post"], deprecated_alias = "letters")]
    smtp: Smtp,
    #[settings(nested, alias = "regions")]
    zones: BTreeMap<String, Smtp>,
    #[settings(env = "THE_LOCATOR")]
    url: Option<String>,
    #[settings(nested, prefix = "PG_")]
    database: Database,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Smtp {
    #[settings(default = 25, alias = "prt")]
    port: u16,
    password: Option<SecretString>,
    #[settings(nested, alias = ["opts", "settings"])]
    options: Options,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Options {
    #[settings(default = 3)]
    retries: u8,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Database {
    #[settings(default = 3)]
    pool_size: u8,
}

#[test]
fn misspelled_names_below_other_names_of_groups_are_recognized() {
    for (given, meant) in [
        ("NEW_MIAL__PORT", "NEW_SMTP__PORT"),
        ("NEW_MAIL__PROT", "NEW_SMTP__PORT"),
        ("MID_POST_PORTT", "NEW_SMTP__PORT"),
        ("NEW_LETTRES__PORT", "NEW_SMTP__PORT"),
        ("OLD_MAIL__OPTS__RETREIS", "NEW_SMTP__OPTIONS__RETRIES"),
        ("NEW_POST__STETINGS__RETRIES", "NEW_SMTP__OPTIONS__RETRIES"),
        (
            "NEW_ZONES__EU__OPTS__RETREIS",
            "NEW_ZONES__EU__OPTIONS__RETRIES",
        ),
        (
            "NEW_REGIONS__EU__SETTINGS__RETREIS",
            "NEW_ZONES__EU__OPTIONS__RETRIES",
        ),
        ("NEW_SMTP_PASWORD_FILE", "NEW_SMTP__PASSWORD_FILE"),
        // The names that these settings would have without `env` and `prefix`.
        ("NEW_ULR", "THE_LOCATOR"),
        ("NEW_DATABASE_POOLSIZ", "PG_POOL_SIZE"),
    ] {
        let text = warnings(Aliased::empty_loader().env_from([(given, "1")]).load());
        let expected = format!("help: did you mean {meant}?");
        assert!(text.contains(&expected), "{given}: {text}");
    }
    let text = warnings(
        Aliased::empty_loader()
            .env_from([("NEW_COLOUR", "1")])
            .load(),
    );
    assert!(!text.contains("did you mean"), "{text}");
}

#[test]
fn the_command_selects_by_patterns_below_other_names() {
    let loader = Aliased::empty_loader();
    let dump = |words: &[&str]| {
        let words: Vec<&str> = ["dump"].into_iter().chain(words.iter().copied()).collect();
        let printed = settings_core::cli::capture(&loader, words);
        assert_eq!((printed.code, &*printed.err), (0, ""));
        let rows = printed.out.lines().skip(1).filter(|line| !line.is_empty());
        rows.map(|line| line.split(' ').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let smtp = ["smtp.port", "smtp.password", "smtp.options.retries"];
    for pattern in [
        "smtp.*",
        "mail.*",
        "post.*",
        "NEW_SMTP__*",
        "NEW_MAIL__*",
        "OLD_LETTERS_*",
    ] {
        assert_eq!(dump(&["--only", pattern]), smtp, "{pattern}");
        assert_eq!(dump(&[pattern]), smtp, "{pattern}");
    }
    assert_eq!(dump(&["--only", "mail.p*"]), ["smtp.port", "smtp.password"]);
    assert_eq!(dump(&["--only", "mail.opts.*"]), ["smtp.options.retries"]);
    assert_eq!(dump(&["*prt"]), ["smtp.port"]);
    assert_eq!(dump(&["THE_L*"]), ["url"]);
    let error = |words: [&str; 2]| settings_core::cli::capture(&loader, words).err;
    assert_eq!(
        error(["dump", "nothing.*"]),
        "there is no setting nothing.*; `app settings dump` lists all of them",
    );
    assert_eq!(
        error(["explain", "mial.port"]),
        "there is no setting mial.port; did you mean smtp.port?",
    );
}

#[test]
fn a_type_of_the_program_reads_an_invalid_text_once() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    #[derive(Debug)]
    struct Even;
    impl<'de> Deserialize<'de> for Even {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let number = u8::deserialize(deserializer)?;
            CALLS.fetch_add(1, Ordering::SeqCst);
            if number % 2 == 0 {
                Ok(Self)
            } else {
                Err(serde::de::Error::custom("an odd number"))
            }
        }
    }
    #[derive(Debug, Settings)]
    struct Root {
        number: Option<Even>,
        #[settings(default = 1)]
        after: u8,
    }
    assert!(Root::empty_loader().load().unwrap().number.is_none());
    CALLS.store(0, Ordering::SeqCst);
    let error = Root::empty_loader()
        .env_from([("NUMBER", "3"), ("AFTER", "x")])
        .load()
        .unwrap_err();
    assert_eq!(CALLS.load(Ordering::SeqCst), 1);
    let kinds: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
    assert!(kinds[0].contains("an odd number"), "{kinds:?}");
    assert!(
        kinds[1].starts_with("after: expected a whole number"),
        "{kinds:?}"
    );
}

#[test]
fn a_misspelled_key_that_a_type_refuses_has_a_suggestion() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read")]
    struct Limits {
        rate: u8,
        burst: Option<u8>,
    }
    #[derive(Debug, Settings)]
    struct Root {
        limits: Option<Limits>,
    }
    assert!(Root::empty_loader().load().unwrap().limits.is_none());
    let dir = Dir::with(&[("a.toml", "limits = { raet = 1 }\n")]);
    let loaded = Root::empty_loader().file(dir.path("a.toml")).load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Malformed limits.raet: expected one of the keys rate, burst, found another key in a.toml:1:19
  help: did you mean rate?
"#]]
    );
}
