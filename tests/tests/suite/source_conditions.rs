//! Sources that are only read if a setting has a value: `only(environment = "development", ".env")`.

use crate::reports::only_problem;
use settings_core::{Error, Loaded, ProblemKind, Settings, SourceStatus};

#[derive(Debug, Settings)]
#[settings(
    prefix = "APP_",
    env_file = only(stage = ["development", "dark-test"], "conditional.env"),
    file = only(stage = "production", required("conditional.toml")),
)]
struct App {
    #[settings(default = Stage::Development)]
    stage: Stage,
    #[settings(default = "none")]
    name: String,
}

#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stage {
    Development,
    DarkTest,
    Production,
}

fn load(stage: &str) -> Result<Loaded<App>, Error> {
    App::loader().set("stage", stage).load()
}

#[test]
fn a_source_is_read_only_if_the_setting_has_one_of_the_values() {
    let status = |stage: &str| -> Vec<(SourceStatus, Option<String>)> {
        let loaded = load(stage).unwrap();
        let sources = loaded.sources().iter();
        let declared = sources.filter(|source| source.name.starts_with("conditional"));
        declared
            .map(|source| (source.status, source.reason.clone()))
            .collect()
    };
    for stage in ["development", "DARK_TEST"] {
        assert_eq!(
            status(stage),
            [
                (SourceStatus::Skipped, Some(format!("stage is {stage}"))),
                (SourceStatus::Absent, None),
            ]
        );
    }
    let report = load("production").unwrap_err();
    assert_eq!(
        report.problems()[0].to_string(),
        "conditional.toml is required, but absent"
    );
}

#[test]
fn an_invalid_setting_of_a_condition_is_one_problem() {
    let problem = only_problem(load("prod"));
    assert_eq!(problem, (ProblemKind::Malformed, "stage".to_owned()));
}

#[test]
fn a_setting_without_a_value_meets_no_condition() {
    #[derive(Debug, Settings)]
    #[settings(env_file = only(stage = "development", "conditional.env"))]
    struct Optional {
        stage: Option<String>,
    }
    let loaded = Optional::loader().env_from([("", ""); 0]).load().unwrap();
    assert_eq!(loaded.stage, None);
    let source = &loaded.sources()[0];
    assert_eq!(source.reason.as_deref(), Some("stage has no value"));
}
