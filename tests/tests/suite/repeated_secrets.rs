//! A text that is a secret in one place and an invalid value in another.

use crate::{dir::Dir, reports::problems};
use settings_core::{SecretString, Settings, Violations};
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = 1)]
    port: u16,
    #[settings(default = "a", pattern = "^[a-z]+$")]
    name: String,
    #[settings(default = "1")]
    numbers: Vec<u8>,
    #[settings(default = "x", validate = refuse)]
    checked: String,
    #[settings(nested)]
    accounts: BTreeMap<String, Account>,
    token: SecretString,
    #[settings(default = 1)]
    last: u16,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Account {
    password: SecretString,
    #[settings(default = 1)]
    quota: u8,
}

fn refuse(text: &str) -> Result<(), String> {
    match text {
        "x" => Ok(()),
        text => Err(format!("{text} is no name")),
    }
}

#[test]
fn an_invalid_value_that_is_also_a_secret_is_masked() {
    let long = format!("S3cret-{}", "x".repeat(300));
    let error = App::empty_loader()
        .env_from([
            ("APP_TOKEN", "Hunter2-token"),
            ("APP_PORT", "Hunter2-token"),
            ("APP_NAME", "postgres://u@h/Hunter2-token"),
            ("APP_NUMBERS", "1,Hunter2-token"),
            ("APP_CHECKED", "Hunter2-token"),
            ("APP_LAST", "other"),
            ("APP_ACCOUNTS__a__PASSWORD", &*long),
            ("APP_ACCOUNTS__a__QUOTA", &*long),
        ])
        .load();
    let text = problems(error);
    assert!(
        !text.contains("Hunter2") && !text.contains("S3cret"),
        "{text}"
    );
    assert_data_eq!(
        text,
        str![[r#"
Malformed port: expected a whole number from 0 to 65535, found "[redacted]" in environment variable APP_PORT
  help: correct APP_PORT, or unset it for the default, 1
Rule name: expected text that matches ^[a-z]+$, found "postgres://u@h/[redacted]" in environment variable APP_NAME
  help: correct APP_NAME, or unset it for the default, a
Malformed numbers[1]: expected a whole number from 0 to 255, found "[redacted]" in environment variable APP_NUMBERS
  help: correct APP_NUMBERS, or unset it for the default, 1
Rule checked: rejected: [redacted] is no name, found "[redacted]" in environment variable APP_CHECKED
  help: correct APP_CHECKED, or unset it for the default, x
Malformed accounts.a.quota: expected a whole number from 0 to 255, found "[redacted]" in environment variable APP_ACCOUNTS__a__QUOTA
  help: correct APP_ACCOUNTS__a__QUOTA, or unset it for the default, 1
Malformed last: expected a whole number from 0 to 65535, found "other" in environment variable APP_LAST
  help: correct APP_LAST, or unset it for the default, 1
"#]]
    );
}

#[test]
fn the_secret_may_itself_be_invalid_or_come_from_a_file() {
    #[derive(Debug, Settings)]
    #[settings(validate = Self::check)]
    struct Root {
        #[settings(default = 1)]
        port: u16,
        #[settings(length(..=4))]
        pin: SecretString,
        #[settings(default = "")]
        mounted: String,
    }
    impl Root {
        fn check(&self) -> Result<(), Violations> {
            Ok(())
        }
    }
    let dir = Dir::with(&[("secrets/mounted", "Mounted-secret")]);
    let load = |port: &str| {
        let loader = Root::empty_loader().secrets_dir(dir.path("secrets"));
        let text = problems(
            loader
                .env_from([("PORT", port), ("PIN", "Hunter2-pin")])
                .load(),
        );
        assert!(
            !text.contains("Mounted") && !text.contains("Hunter2"),
            "{text}"
        );
    };
    load("Hunter2-pin");
    load("Mounted-secret");
}

#[test]
fn words_of_the_message_stay_although_a_secret_is_one_of_them() {
    #[derive(Debug, Settings)]
    struct Root {
        port: u16,
        #[settings(validate = refuse)]
        name: String,
        token: SecretString,
        other: SecretString,
    }
    let variables = [
        ("PORT", "a"),
        ("NAME", "number"),
        ("TOKEN", "a"),
        ("OTHER", "number"),
    ];
    assert_data_eq!(
        problems(Root::empty_loader().env_from(variables).load()),
        str![[r#"
Malformed port: expected a whole number from 0 to 65535, found "[redacted]" in environment variable PORT
  help: correct PORT
Rule name: rejected: [redacted] is no name, found "[redacted]" in environment variable NAME
  help: correct NAME
"#]]
    );
}
