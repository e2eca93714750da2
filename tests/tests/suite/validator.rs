//! `#[settings(validator)]`: the errors of `validator::Validate` in this crate's own words.

use settings_core::{ProblemKind, SecretString, Settings};
use snapbox::{assert_data_eq, str};
use validator::{Validate, ValidationError};

fn odd_words(_: &Contact) -> Result<(), ValidationError> {
    Ok(())
}

fn not_default(name: &str) -> Result<(), ValidationError> {
    if name == "default" {
        return Err(ValidationError::new("not_default"));
    }
    Ok(())
}

#[derive(Debug, Settings, Validate)]
#[settings(validator, prefix = "APP_")]
#[validate(schema(function = odd_words))]
struct Contact {
    #[validate(email)]
    #[settings(default = "a@example.com")]
    mail: String,
    #[validate(url)]
    homepage: Option<String>,
    #[validate(length(min = 2, max = 4))]
    #[settings(default = "abc")]
    code: String,
    #[validate(length(equal = 3))]
    exact: Option<String>,
    #[validate(range(min = 1, max = 9))]
    #[settings(default = 5)]
    number: u32,
    #[validate(range(exclusive_min = 0.0))]
    ratio: Option<f64>,
    #[validate(contains(pattern = "x"))]
    marked: Option<String>,
    #[validate(custom(function = not_default))]
    name: Option<String>,
    #[validate(length(min = 9, message = "a password wants nine characters"))]
    password: Option<String>,
    #[validate(must_match(other = "code"))]
    #[settings(default = "abc")]
    again: String,
    token: Option<SecretString>,
    #[settings(nested)]
    #[validate(nested)]
    server: Server,
}

#[derive(Debug, Settings, Validate)]
#[settings(group)]
struct Server {
    #[validate(range(min = 1024))]
    #[settings(default = 8080)]
    port: u16,
}

#[test]
fn validator_errors_are_reported_at_the_setting() {
    let error = Contact::empty_loader()
        .env_from([
            ("APP_MAIL", "nobody"),
            ("APP_HOMEPAGE", "nowhere"),
            ("APP_CODE", "abcde"),
            ("APP_EXACT", "ab"),
            ("APP_NUMBER", "12"),
            ("APP_RATIO", "-1"),
            ("APP_MARKED", "abc"),
            ("APP_NAME", "default"),
            ("APP_PASSWORD", "hunter2"),
            ("APP_AGAIN", "abcd"),
            ("APP_SERVER_PORT", "80"),
        ])
        .load()
        .unwrap_err();
    assert!(
        error
            .problems()
            .iter()
            .all(|problem| problem.kind() == ProblemKind::Rule)
    );
    assert!(!error.to_string().contains("hunter2"), "{error}");
    assert_data_eq!(
        error.to_string(),
        str![[r#"
11 problems in the settings (Contact)

  mail: expected an e-mail address, found "nobody" in environment variable APP_MAIL
    help: correct APP_MAIL, or unset it for the default, a@example.com

  homepage: expected a URL, found "nowhere" in environment variable APP_HOMEPAGE
    help: correct APP_HOMEPAGE, or unset it, as it is optional

  code: expected 2 to 4 characters, found "abcde" in environment variable APP_CODE
    help: correct APP_CODE, or unset it for the default, abc

  exact: expected exactly 3 characters, found "ab" in environment variable APP_EXACT
    help: correct APP_EXACT, or unset it, as it is optional

  number: expected a value from 1 to 9, found "12" in environment variable APP_NUMBER
    help: correct APP_NUMBER, or unset it for the default, 5

  ratio: expected a value above 0.0, found "-1" in environment variable APP_RATIO
    help: correct APP_RATIO, or unset it, as it is optional

  marked: expected text that contains "x", found "abc" in environment variable APP_MARKED
    help: correct APP_MARKED, or unset it, as it is optional

  name: expected a value that its check `not_default` allows, found "default" in environment
      variable APP_NAME
    help: correct APP_NAME, or unset it, as it is optional

  password: expected at least 9 characters, found [redacted] in environment variable APP_PASSWORD
    help: correct APP_PASSWORD, or unset it, as it is optional
    note: a password wants nine characters

  again: expected the same value as another field, found "abcd" in environment variable APP_AGAIN
    help: correct APP_AGAIN, or unset it for the default, abc

  server.port: expected a value of at least 1024, found "80" in environment variable APP_SERVER_PORT
    help: correct APP_SERVER_PORT, or unset it for the default, 8080

read: the environment
"#]]
    );
}

#[test]
fn validator_runs_once_every_setting_is_valid() {
    let error = Contact::empty_loader()
        .env_from([("APP_MAIL", "nobody"), ("APP_NUMBER", "many")])
        .load()
        .unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
    assert!(error.to_string().contains("not checked until"), "{error}");
    assert!(Contact::empty_loader().load().is_ok());
}

#[test]
fn the_problem_has_the_origin_of_its_setting() {
    let error = Contact::empty_loader()
        .env_from([("APP_MAIL", "nobody")])
        .load()
        .unwrap_err();
    let problem = &error.problems()[0];
    assert_eq!(problem.key(), Some("mail"));
    let origin = problem.origin().unwrap().to_string();
    assert_eq!(origin, "environment variable APP_MAIL");
}

#[derive(Debug, Settings, Validate)]
#[settings(validator, validate = Self::own)]
struct Flattened {
    #[validate(length(min = 3))]
    kind: String,
    #[settings(flatten)]
    #[validate(nested)]
    limits: Limits,
}

#[derive(Debug, Settings, Validate)]
#[settings(group)]
struct Limits {
    #[validate(range(max = 9))]
    #[settings(default = 1)]
    depth: u8,
}

impl Flattened {
    fn own(&self) -> Result<(), &'static str> {
        if self.kind == "none" {
            Err("there is none")
        } else {
            Ok(())
        }
    }
}

#[test]
fn a_flattened_setting_is_found_by_its_field() {
    let error = Flattened::empty_loader()
        .env_from([("KIND", "ab"), ("DEPTH", "10")])
        .load()
        .unwrap_err();
    let leaves: Vec<_> = error
        .problems()
        .iter()
        .filter_map(|problem| problem.key())
        .collect();
    assert_eq!(leaves, ["kind", "depth"], "{error}");
}

#[test]
fn the_validate_function_of_the_struct_runs_after_validator() {
    let load = |kind| Flattened::empty_loader().env_from([("KIND", kind)]).load();
    assert!(load("some").is_ok());
    let error = load("none").unwrap_err();
    assert!(error.to_string().contains("there is none"), "{error}");
}

#[test]
fn a_setting_in_a_list_of_groups_is_named_by_its_index() {
    #[derive(Debug, Settings, Validate)]
    #[settings(validator)]
    struct Cluster {
        #[settings(nested)]
        #[validate(nested)]
        servers: Vec<Server>,
    }
    let error = Cluster::empty_loader()
        .env_from([("SERVERS__0__PORT", "8080"), ("SERVERS__1__PORT", "80")])
        .load()
        .unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
    assert_eq!(error.problems()[0].key(), Some("servers[1].port"));
}

#[test]
fn an_element_that_is_rejected_as_a_whole_is_named_by_its_index() {
    #[derive(Debug, Settings)]
    struct Cluster {
        #[settings(nested)]
        pools: Vec<Pool>,
    }
    #[derive(Debug, Settings, Validate)]
    #[settings(group, validator)]
    #[validate(schema(function = ordered))]
    struct Pool {
        min: u8,
        max: u8,
    }
    fn ordered(pool: &Pool) -> Result<(), ValidationError> {
        if pool.min <= pool.max {
            return Ok(());
        }
        Err(ValidationError::new("order").with_message("min is more than max".into()))
    }
    let error = Cluster::empty_loader()
        .env_from([("POOLS__0__MIN", "2"), ("POOLS__0__MAX", "1")])
        .load()
        .unwrap_err();
    assert_eq!(
        error.problems()[0].to_string(),
        "pools[0]: min is more than max"
    );
}

#[test]
fn a_renamed_setting_is_found_by_its_field() {
    #[derive(Debug, Settings, Validate)]
    #[settings(validator)]
    struct Renamed {
        #[settings(rename = "type")]
        #[validate(length(min = 3))]
        kind: String,
        #[validate(length(min = 3))]
        r#mod: String,
        #[settings(nested, rename = "http")]
        #[validate(nested)]
        server: Server,
    }
    let error = Renamed::empty_loader()
        .env_from([("TYPE", "ab"), ("MOD", "cd"), ("HTTP_PORT", "80")])
        .load()
        .unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
3 problems in the settings (Renamed)

  type: expected at least 3 characters, found "ab" in environment variable TYPE
    help: correct TYPE

  mod: expected at least 3 characters, found "cd" in environment variable MOD
    help: correct MOD

  http.port: expected a value of at least 1024, found "80" in environment variable HTTP_PORT
    help: correct HTTP_PORT, or unset it for the default, 8080

read: the environment
"#]]
    );
}
