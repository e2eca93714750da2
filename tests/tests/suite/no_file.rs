//! `no_file`: a secret whose `<NAME>_FILE` belongs to another setting.

use settings_core::{ExposeSecret, SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::path::PathBuf;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(no_file)]
    client_secret: Option<SecretString>,
    client_secret_file: Option<PathBuf>,
    token: SecretString,
}

#[test]
fn the_variable_sets_the_other_setting() {
    let variables = [
        ("APP_CLIENT_SECRET", "hunter2"),
        ("APP_CLIENT_SECRET_FILE", "/run/secrets/client"),
        ("APP_TOKEN", "t"),
    ];
    let app = App::empty_loader().env_from(variables).load().unwrap();
    assert_eq!(
        app.client_secret.as_ref().unwrap().expose_secret(),
        "hunter2"
    );
    assert_eq!(app.client_secret_file, Some("/run/secrets/client".into()));
}

#[test]
fn the_report_offers_no_file() {
    #[derive(Debug, Settings)]
    struct Required {
        #[settings(no_file)]
        client_secret: SecretString,
        token: SecretString,
    }
    assert_data_eq!(
        Required::empty_loader().load().unwrap_err().to_string(),
        str![[r#"
2 problems in the settings (Required)

  client_secret: required, but not set
    help: set CLIENT_SECRET to text

  token: required, but not set
    help: set TOKEN to text, or TOKEN_FILE to the name of a file that contains it

read: no source
"#]]
    );
}
