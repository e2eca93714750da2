//! `required_if`: a setting that is required by the value of another setting of its struct.

use crate::{dir::Dir, reports::problems};
use serde::Deserialize;
use settings_core::{Error, Loaded, ProblemKind, SecretString, Settings};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    Local,
    FarAway,
}

fn not_prod(text: &String) -> Result<(), &'static str> {
    if text == "prod" {
        Err("not now")
    } else {
        Ok(())
    }
}

#[derive(Debug, Settings)]
struct App {
    #[settings(default = "development")]
    environment: String,
    #[settings(required_if(environment = "production"))]
    sentry_dsn: Option<url::Url>,
    #[settings(default = Mode::Local)]
    mode: Mode,
    #[settings(required_if(mode = "far_away"))]
    host: Option<String>,
    #[settings(default = false)]
    tls: bool,
    #[settings(required_if(tls = "true"))]
    certificate: Option<SecretString>,
    #[settings(default = 1)]
    replicas: u32,
    #[settings(required_if(replicas = "3"))]
    leader: Option<String>,
    kind: Option<String>,
    #[settings(required_if(kind = "special"), default = "fallback")]
    with_default: Option<String>,
    #[settings(required_if(kind = "special"))]
    number: Option<u8>,
    #[settings(validate = not_prod)]
    stage: Option<String>,
    #[settings(required_if(stage = "prod"))]
    pager: Option<String>,
    #[settings(nested)]
    inner: Inner,
}

#[test]
fn a_setting_with_required_if_is_not_called_optional() {
    let variables = [
        ("TLS", "true"),
        ("LEADER", "x"),
        ("NUMBER", "x"),
        ("MODE", "local"),
    ];
    let error = App::empty_loader().env_from(variables).load().unwrap_err();
    let helps: Vec<_> = error
        .problems()
        .iter()
        .flat_map(settings_core::Problem::help)
        .collect();
    assert!(helps.contains(&"correct NUMBER"), "{helps:?}");
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Inner {
    #[settings(default = "development")]
    environment: String,
    #[settings(required_if(environment = "production"))]
    dsn: Option<String>,
}

fn load<const N: usize>(variables: [(&str, &str); N]) -> Result<Loaded<App>, Error> {
    App::empty_loader().env_from(variables).load()
}

/// The required settings without a value.
fn missing<const N: usize>(variables: [(&str, &str); N]) -> Vec<String> {
    match load(variables) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let missing = error.problems().iter();
            let missing = missing.filter(|problem| problem.kind() == ProblemKind::Missing);
            missing
                .filter_map(|problem| problem.key())
                .map(str::to_owned)
                .collect()
        }
    }
}

#[test]
fn a_setting_is_required_by_the_value_of_another() {
    assert!(missing([]).is_empty());
    assert_eq!(missing([("ENVIRONMENT", "production")]), ["sentry_dsn"]);
    assert!(missing([("ENVIRONMENT", "Production")]).is_empty());
    assert!(missing([("ENVIRONMENT", "production"), ("SENTRY_DSN", "https://a.b")]).is_empty());
}

#[test]
fn the_text_is_compared_in_normal_form() {
    for mode in ["far-away", "FarAway", "FAR_AWAY"] {
        assert_eq!(missing([("MODE", mode)]), ["host"], "{mode}");
    }
    for truth in ["true", "1", "yes", "ON"] {
        assert_eq!(missing([("TLS", truth)]), ["certificate"], "{truth}");
    }
    for number in ["3", "+3", " 03 "] {
        assert_eq!(missing([("REPLICAS", number)]), ["leader"], "{number}");
    }
    assert!(missing([("MODE", "local"), ("TLS", "no"), ("REPLICAS", "4")]).is_empty());
}

#[test]
fn a_renamed_setting_is_named_by_key_or_field() {
    #[derive(Debug, Settings)]
    struct Renamed {
        #[settings(rename = "log-format")]
        format: String,
        #[settings(required_if(format = "file"))]
        by_field: Option<String>,
        #[settings(required_if(log_format = "file"))]
        by_key: Option<String>,
    }
    let load = |format| Renamed::empty_loader().set("log-format", format).load();
    let app = load("text").unwrap();
    assert!(app.format == "text" && app.by_field.is_none() && app.by_key.is_none());
    let error = load("file").unwrap_err();
    assert_eq!(error.problems().len(), 2, "{error}");
}

#[test]
fn an_option_may_have_an_alias() {
    type Perhaps<T> = Option<T>;
    #[derive(Debug, Settings)]
    struct Renamed {
        tls: bool,
        #[settings(required_if(tls = "true"))]
        certificate: Perhaps<String>,
    }
    let load = |tls| Renamed::empty_loader().env_from([("TLS", tls)]).load();
    let app = load("no").unwrap();
    assert!(!app.tls && app.certificate.is_none());
    let error = load("yes").unwrap_err();
    assert_eq!(error.problems()[0].key(), Some("certificate"));
}

#[test]
fn an_empty_value_does_not_satisfy_the_condition() {
    assert_eq!(
        missing([("ENVIRONMENT", "production"), ("SENTRY_DSN", "")]),
        ["sentry_dsn"]
    );
}

#[test]
fn a_default_satisfies_the_condition() {
    assert_eq!(missing([("KIND", "special")]), ["number"]);
    assert_eq!(
        missing([("KIND", "special"), ("WITH_DEFAULT", "")]),
        ["with_default", "number"]
    );
}

#[test]
fn the_condition_names_a_setting_of_the_same_struct() {
    assert_eq!(
        missing([("INNER_ENVIRONMENT", "production")]),
        ["inner.dsn"]
    );
}

#[test]
fn the_condition_is_checked_although_other_settings_are_invalid() {
    assert_eq!(
        missing([
            ("ENVIRONMENT", "production"),
            ("REPLICAS", "many"),
            ("TLS", "banana")
        ]),
        ["sentry_dsn"]
    );
}

#[test]
fn a_malformed_setting_is_not_also_missing() {
    let error = load([("ENVIRONMENT", "production"), ("SENTRY_DSN", "nowhere")]).unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
    assert_eq!(error.problems()[0].kind(), ProblemKind::Malformed);
}

#[test]
fn an_invalid_setting_requires_nothing() {
    let error = load([("STAGE", "prod")]).unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
    assert_eq!(error.problems()[0].key(), Some("stage"));
}

#[test]
fn the_condition_applies_to_files() {
    let text = "tls = true\nreplicas = 3\nmode = \"far-away\"\n";
    let dir = Dir::with(&[("app.toml", text)]);
    let error = App::empty_loader()
        .file(dir.path("app.toml"))
        .load()
        .unwrap_err();
    let leaves: Vec<_> = error
        .problems()
        .iter()
        .filter_map(|problem| problem.key())
        .collect();
    assert_eq!(leaves, ["host", "certificate", "leader"]);
}

#[test]
fn the_condition_is_in_the_schema() {
    let leaf = App::SCHEMA.root.leaf("sentry_dsn").unwrap();
    let condition = leaf.required_if.unwrap();
    assert_eq!(
        (condition.key, condition.text),
        ("environment", "production")
    );
}

#[test]
fn the_problem_states_the_condition() {
    let error = load([
        ("ENVIRONMENT", "production"),
        ("TLS", "on"),
        ("REPLICAS", "03"),
    ])
    .unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
3 problems in the settings (App)

  sentry_dsn: required, because environment is production, but not set
    help: set SENTRY_DSN to a URL such as https://example.com

  certificate: required, because tls is true, but not set
    help: set CERTIFICATE to text, or CERTIFICATE_FILE to the name of a file that contains it

  leader: required, because replicas is 3, but not set
    help: set LEADER to text

read: the environment
"#]]
    );
}

#[test]
fn a_default_may_meet_the_condition() {
    #[derive(Debug, Settings)]
    struct Strict {
        #[settings(default = "production")]
        environment: String,
        #[settings(default = 3)]
        replicas: u8,
        #[settings(required_if(environment = "production"))]
        dsn: Option<String>,
        #[settings(required_if(replicas = "3"))]
        leader: Option<String>,
    }
    let error = Strict::empty_loader().load().unwrap_err();
    let leaves: Vec<_> = error
        .problems()
        .iter()
        .filter_map(|problem| problem.key())
        .collect();
    assert_eq!(leaves, ["dsn", "leader"]);
    assert!(Strict::check_schema().is_ok());
    let strict = Strict::empty_loader()
        .env_from([("DSN", "x"), ("LEADER", "y")])
        .load()
        .unwrap();
    assert_eq!(
        (strict.environment.as_str(), strict.replicas),
        ("production", 3)
    );
    assert!(strict.dsn.is_some() && strict.leader.is_some());
}

#[test]
fn a_required_setting_with_an_empty_value_is_reported_as_empty() {
    let report = problems(load([("ENVIRONMENT", "production"), ("SENTRY_DSN", "")]));
    assert_data_eq!(
        report,
        str![[r#"
Missing sentry_dsn: required, because environment is production, but set to nothing in environment variable SENTRY_DSN
  help: set SENTRY_DSN to a URL such as https://example.com
"#]]
    );
}
