//! Rules across settings that are data: `exactly_one_of`, `at_most_one_of`, `at_least_one_of`, `required_with`.

use crate::{dir::Dir, reports::problems, settings_command::settings_command_of};
use serde_json::{Value, json};
use settings_core::{Error, Loaded, Settings, docs};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(
    prefix = "APP_",
    exactly_one_of(port, unix_socket),
    at_most_one_of(proxy, direct, tunnel),
    at_least_one_of(postgres, data_dir),
    required_with(tls_key => [tls_cert, ca], tls_cert => tls_key)
)]
struct App {
    port: Option<u16>,
    #[settings(alias = "socket")]
    unix_socket: Option<String>,
    proxy: Option<String>,
    direct: Option<bool>,
    tunnel: Option<String>,
    #[settings(nested)]
    postgres: Option<Postgres>,
    data_dir: Option<String>,
    /// Key of the certificate.
    tls_key: Option<String>,
    /// Certificate in PEM.
    tls_cert: Option<String>,
    #[settings(nested)]
    ca: Option<Authority>,
}

#[derive(Debug, Settings)]
#[settings(group, at_most_one_of(user, peer))]
struct Postgres {
    #[settings(default = "localhost")]
    host: String,
    user: Option<String>,
    peer: Option<String>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Authority {
    name: String,
}

const VALID: [(&str, &str); 2] = [("APP_PORT", "80"), ("APP_DATA_DIR", "/data")];

fn load(variables: &[(&str, &str)]) -> Result<Loaded<App>, Error> {
    App::empty_loader()
        .env_from(variables.iter().copied())
        .load()
}

fn with(variables: &[(&'static str, &'static str)]) -> Result<Loaded<App>, Error> {
    load(&[&VALID, variables].concat())
}

#[test]
fn settings_that_obey_the_rules_are_valid() {
    assert!(load(&VALID).is_ok());
    for variables in [
        &[("APP_PROXY", "a")][..],
        &[("APP_POSTGRES_HOST", "b"), ("APP_POSTGRES_USER", "c")],
        &[
            ("APP_TLS_KEY", "k"),
            ("APP_TLS_CERT", "c"),
            ("APP_CA_NAME", "x"),
        ],
        // Set to nothing, they have no value.
        &[
            ("APP_UNIX_SOCKET", ""),
            ("APP_PROXY", ""),
            ("APP_DIRECT", "on"),
        ],
    ] {
        let loaded = with(variables);
        assert!(loaded.is_ok(), "{variables:?} {loaded:?}");
    }
    assert!(App::check_schema().is_ok());
}

#[test]
fn none_of_several_settings_is_a_problem() {
    assert_data_eq!(
        problems(load(&[])),
        str![[r#"
Missing port: expected exactly one of port, unix_socket, found none
  help: set APP_PORT or APP_UNIX_SOCKET
Missing postgres: expected at least one of postgres, data_dir, found none
  help: set the settings of postgres or APP_DATA_DIR
"#]]
    );
    assert_data_eq!(
        problems(load(&[("APP_DATA_DIR", "/"), ("APP_PROT", "1")])),
        str![[r#"
Missing port: expected exactly one of port, unix_socket, found none
  help: APP_PROT is set: did you mean APP_PORT?
"#]]
    );
}

#[test]
fn several_are_a_problem_that_names_their_origins() {
    let dir = Dir::with(&[(
        "app.toml",
        "port = 'x'\nsocket = '/a'\n[postgres]\nuser = 'a'\npeer = 'b'\n",
    )]);
    let loaded = App::empty_loader()
        .file(dir.path("app.toml"))
        .env_from([
            ("APP_PROXY", "a"),
            ("APP_DIRECT", "true"),
            ("APP_TUNNEL", "b"),
        ])
        .load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Malformed port: expected a whole number from 0 to 65535, found "x" in app.toml:1:8
  help: correct port there, or set APP_PORT, which overrides it
Rule port: expected exactly one of port, unix_socket, found port in app.toml:1:8 and unix_socket in app.toml:2:10
  help: keep one of them, and remove the others
Rule proxy: expected at most one of proxy, direct, tunnel, found proxy in environment variable APP_PROXY, direct in environment variable APP_DIRECT and tunnel in environment variable APP_TUNNEL
  help: keep one of them, and remove the others
Rule postgres.user: expected at most one of postgres.user, postgres.peer, found postgres.user in app.toml:4:8 and postgres.peer in app.toml:5:8
  help: keep one of them, and remove the others
"#]]
    );
}

#[test]
fn a_setting_may_require_others() {
    assert_data_eq!(
        problems(with(&[("APP_TLS_KEY", "k")])),
        str![[r#"
Missing tls_cert: required, because tls_key is set in environment variable APP_TLS_KEY, but not set
  help: set APP_TLS_CERT to text
  help: or remove APP_TLS_KEY
  note: Certificate in PEM
Missing ca: required, because tls_key is set in environment variable APP_TLS_KEY, but not set
  help: set the settings of ca
  help: or remove APP_TLS_KEY
"#]]
    );
    assert_data_eq!(
        problems(with(&[("APP_TLS_CERT", "c"), ("APP_TLS_KEY", "")])),
        str![[r#"
Missing tls_key: required, because tls_cert is set in environment variable APP_TLS_CERT, but set to nothing in environment variable APP_TLS_KEY
  help: set APP_TLS_KEY to text
  help: or remove APP_TLS_CERT
"#]]
    );
}

#[test]
fn null_in_a_file_is_no_value() {
    let dir = Dir::with(&[(
        "app.json",
        r#"{"port": 1, "socket": null, "data_dir": "/"}"#,
    )]);
    let loaded = App::empty_loader().file(dir.path("app.json")).load();
    assert!(loaded.is_ok(), "{loaded:?}");
}

#[test]
fn rules_are_checked_in_elements_and_not_in_absent_groups() {
    #[derive(Debug, Settings)]
    struct Many {
        #[settings(nested)]
        several: Vec<Postgres>,
        #[settings(nested)]
        #[allow(dead_code, reason = "only its rules matter")]
        one: Option<Strict>,
    }
    #[derive(Debug, Settings)]
    #[settings(group, exactly_one_of(a, b))]
    struct Strict {
        a: Option<u8>,
        b: Option<u8>,
        #[settings(default = 1)]
        c: u8,
    }
    assert!(Many::empty_loader().load().unwrap().several.is_empty());
    let loaded = Many::empty_loader()
        .env_from([
            ("SEVERAL__0__USER", "a"),
            ("SEVERAL__0__PEER", "b"),
            ("ONE_C", "2"),
        ])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Rule several[0].user: expected at most one of several[0].user, several[0].peer, found several[0].user in environment variable SEVERAL__0__USER and several[0].peer in environment variable SEVERAL__0__PEER
  help: keep one of them, and remove the others
Missing one.a: expected exactly one of one.a, one.b, found none
  help: set ONE_A or ONE_B
  help: or remove ONE_C: `one` is only required because ONE_C is set
"#]]
    );
}

#[test]
fn documents_contain_the_rules() {
    let env = docs::env_example::<App>();
    assert!(
        env.contains("# exactly one of port, unix_socket is required; a whole number from 0 to 65535\n#APP_PORT=\n"),
        "{env}"
    );
    assert!(env.contains("# tls_cert is required if tls_key is set; tls_key is required if tls_cert is set; text\n"), "{env}");
    let markdown = docs::markdown::<App>();
    assert!(
        markdown.contains("exactly one of port, unix\\_socket is required"),
        "{markdown}"
    );
    assert!(
        markdown.contains("*Optional: absent unless one of its settings is set; at least one of postgres, data\\_dir is required.*"),
        "{markdown}"
    );
    let command = settings_command_of(env!("CARGO_BIN_EXE_dependent"));
    let out = command.run(&["explain", "port"]).out;
    assert!(
        out.contains("  rule         at most one of port, unix_socket is allowed\n"),
        "{out}"
    );
}

fn is_valid(schema: &str, document: &Value) -> bool {
    let schema: Value = serde_json::from_str(schema).unwrap();
    jsonschema::validator_for(&schema)
        .unwrap()
        .is_valid(document)
}

#[test]
fn the_json_schema_contains_what_one_document_can_violate() {
    let schema = docs::json_schema::<App>();
    let strict = docs::render::<App>(
        docs::DocumentFormat::JsonSchema,
        &docs::Options::new().strict(true),
    );
    for (document, is_accepted, is_accepted_strictly) in [
        (json!({"port": 1, "data_dir": "/"}), true, true),
        (
            json!({"port": 1, "unix_socket": null, "postgres": {}}),
            true,
            true,
        ),
        (json!({}), true, false),
        (json!({"port": 1}), true, false),
        (
            json!({"port": 1, "socket": "/a", "data_dir": "/"}),
            false,
            false,
        ),
        (
            json!({"port": 1, "data_dir": "/", "tls_key": "k"}),
            true,
            false,
        ),
        (
            json!({"port": 1, "data_dir": "/", "proxy": "k", "tunnel": "k"}),
            false,
            false,
        ),
    ] {
        assert_eq!(is_valid(&schema, &document), is_accepted, "{document}");
        assert_eq!(
            is_valid(&strict, &document),
            is_accepted_strictly,
            "{document}"
        );
    }
}
