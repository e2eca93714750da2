//! Settings that need no feature.

use settings_core::{SecretString, Settings};
use std::{collections::BTreeMap, time::Duration};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", env_file = ".env", secrets_dir = "secrets")]
struct App {
    #[settings(default = "development", pattern = "^(development|production)$")]
    environment: String,
    #[settings(default = "30s", range("1s"..="1m"))]
    timeout: Duration,
    #[settings(length(4..))]
    key: SecretString,
    #[settings(nested)]
    zones: BTreeMap<String, Zone>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Zone {
    weight: u8,
}

fn main() {
    let variables = [
        ("APP_KEY", "hunter2"),
        ("APP_TIMEOUT", "45s"),
        ("APP_ZONES", r#"{"eu": {"weight": 3}}"#),
    ];
    let app = App::empty_loader().env_from(variables).load().unwrap();
    assert_eq!(app.timeout, Duration::from_secs(45));
    assert_eq!(app.zones["eu"].weight, 3);
    let refused = App::empty_loader().env_from([("APP_ENVIRONMENT", "prod")]).load();
    assert_eq!(refused.unwrap_err().problems().len(), 2);
    let unread = App::empty_loader().env_from(variables).file("Cargo.toml").load();
    let report = unread.unwrap_err().to_string();
    assert!(report.contains("reading TOML needs the feature `toml` of settings-core"), "{report}");
}
