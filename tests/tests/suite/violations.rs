//! `Violations`: problems of several settings, found by the `validate` of their struct.

use crate::reports::problems;
use settings_core::{ExposeSecret, ProblemKind, SecretString, Settings, Violations};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", validate = Self::consistent)]
struct App {
    #[settings(default = 1)]
    min: u32,
    #[settings(default = 10, alias = "limit")]
    max: u32,
    #[settings(default = "hunter2")]
    password: SecretString,
    #[settings(nested)]
    server: Server,
}

#[derive(Debug, Settings)]
#[settings(group, validate = checked)]
struct Server {
    #[settings(default = 80)]
    port: u16,
    #[settings(default = 443)]
    tls_port: u16,
}

impl App {
    fn consistent(&self) -> Result<(), Violations> {
        let mut violations = Violations::new();
        if self.min > self.max {
            violations.add("min", format!("must not be above max, {}", self.max));
        }
        let password = self.password.expose_secret();
        if password.len() < 5 {
            violations.add("password", format!("{password} is too short"));
        }
        if self.server.port == 0 {
            violations.add("server.port", "must be at least 1");
            violations.add("sever", "no such setting");
        }
        violations.into_result()
    }
}

fn checked(server: &Server) -> Result<(), Violations> {
    if server.port != server.tls_port {
        return Ok(());
    }
    let names = ["port", "tls_port"];
    Err(names
        .map(|name| (name, "both ports are the same"))
        .into_iter()
        .collect())
}

#[test]
fn no_violations_are_valid() {
    assert!(App::empty_loader().load().is_ok());
}

#[test]
fn each_violation_is_a_problem_of_its_setting() {
    let variables = [
        ("APP_MIN", "20"),
        ("APP_PASSWORD", "abcd"),
        ("APP_SERVER_PORT", "0"),
    ];
    let error = App::empty_loader().env_from(variables).load().unwrap_err();
    let found: Vec<_> = error
        .problems()
        .iter()
        .map(|p| (p.key(), p.kind()))
        .collect();
    let rule = |key| (Some(key), ProblemKind::Rule);
    assert_eq!(
        found,
        [
            rule("min"),
            rule("password"),
            rule("server.port"),
            rule("App")
        ]
    );
    assert_data_eq!(
        problems(App::empty_loader().env_from(variables).load()),
        str![[r#"
Rule min: rejected: must not be above max, 10, found "20" in environment variable APP_MIN
  help: correct APP_MIN, or unset it for the default, 1
Rule password: rejected: [redacted] is too short, found [redacted] in environment variable APP_PASSWORD
  help: correct APP_PASSWORD, or unset it for its default
Rule server.port: rejected: must be at least 1, found "0" in environment variable APP_SERVER_PORT
  help: correct APP_SERVER_PORT, or unset it for the default, 80
Rule App: sever: no such setting
"#]]
    );
}

#[test]
fn a_group_names_its_settings_relative_to_itself() {
    let variables = [("APP_SERVER_PORT", "443")];
    assert_data_eq!(
        problems(App::empty_loader().env_from(variables).load()),
        str![[r#"
Rule server.port: rejected: both ports are the same, found "443" in environment variable APP_SERVER_PORT
  help: correct APP_SERVER_PORT, or unset it for the default, 80
Rule server.tls_port: rejected: both ports are the same, in its default
  help: set APP_SERVER_TLS_PORT to a whole number from 0 to 65535
"#]]
    );
}

#[test]
fn a_violation_of_a_setting_without_a_value_says_so() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_", validate = Self::reachable)]
    struct Cache {
        cache_dsn: Option<String>,
        proxy: Option<String>,
    }

    impl Cache {
        #[expect(clippy::unused_self, reason = "the signature of `validate`")]
        fn reachable(&self) -> Result<(), Violations> {
            let keys = ["cache_dsn", "proxy"];
            Err(keys
                .map(|key| (key, "one of the two is needed"))
                .into_iter()
                .collect())
        }
    }

    let cache = Cache::empty_loader().env_from([("APP_PROXY", "p")]);
    assert_data_eq!(
        problems(cache.load()),
        str![[r#"
Rule cache_dsn: rejected: one of the two is needed, found no value
  help: set APP_CACHE_DSN to text
Rule proxy: rejected: one of the two is needed, in environment variable APP_PROXY
  help: correct APP_PROXY, or unset it, as it is optional
"#]]
    );
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", validate = Self::keyed_by_values)]
struct Keyed {
    token: SecretString,
    key: String,
}

impl Keyed {
    /// Names each violation by text that came from outside.
    fn keyed_by_values(&self) -> Result<(), Violations> {
        let mut violations = Violations::new();
        violations.add(self.token.expose_secret(), "is not known");
        violations.add(
            format!("tokens.{}", self.token.expose_secret()),
            "is not known",
        );
        violations.add(&self.key, "is not known");
        violations.into_result()
    }
}

#[test]
fn a_key_that_is_no_setting_is_masked_escaped_and_cut() {
    let key = format!("one\n\u{1b}[31mtwo\u{202e} {}", "x".repeat(400));
    let variables = [
        ("APP_TOKEN", "hunter2-hunter2".to_owned()),
        ("APP_KEY", key),
    ];
    assert_data_eq!(
        problems(Keyed::empty_loader().env_from(variables).load()),
        str![[r#"
Rule Keyed: [redacted]: is not known
Rule Keyed: tokens.[redacted]: is not known
Rule Keyed: one /u{1b}[31mtwo/u{202e} xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… (426 characters): is not known
"#]]
    );
}
