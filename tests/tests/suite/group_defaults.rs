//! Other defaults for one use of a group.

use crate::{
    dir::Dir,
    reports::{lines, problems},
};
use clap::Args;
use serde::Deserialize;
use settings_core::{ExposeSecret, SecretString, Settings, docs};
use snapbox::{assert_data_eq, str};
use std::time::Duration;

#[derive(Debug, Settings)]
#[settings(group)]
struct Limits {
    #[settings(range(1..=100))]
    rate: u32,
    #[settings(default = 5)]
    burst: u64,
    #[settings(default = "1s")]
    wait: Duration,
    name: Option<String>,
    #[settings(default = "low")]
    level: Level,
    #[settings(default_from(burst) = *burst * 2)]
    twice: u64,
    #[settings(default = "a", default_if(rate = "1", "b"))]
    letter: String,
    token: Option<SecretString>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Low,
    VeryHigh,
}

const BURST: u64 = 77;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(nested, defaults(
        rate = 1, burst = BURST, wait = "5s", name = "n", level = Level::VeryHigh, token = "hunter2",
    ))]
    api: Limits,
    #[settings(nested, defaults(rate = 20, wait = Duration::from_secs(9), twice = 1, letter = "c"))]
    admin: Box<Limits>,
    #[settings(nested, defaults(rate = 3))]
    spare: Option<Limits>,
}

#[test]
fn each_use_has_its_own_defaults() {
    App::check_schema().unwrap();
    let app = App::empty_loader()
        .env_from([("APP_SPARE_BURST", "1"), ("APP_ADMIN_RATE", "30")])
        .load()
        .unwrap();
    let (api, admin, spare) = (&app.api, &app.admin, app.spare.as_ref().unwrap());
    assert_eq!((api.rate, api.burst, api.twice), (1, 77, 154));
    assert_eq!(
        (api.wait, api.level),
        (Duration::from_secs(5), Level::VeryHigh)
    );
    assert_eq!((api.name.as_deref(), &*api.letter), (Some("n"), "b"));
    assert_eq!(api.token.as_ref().unwrap().expose_secret(), "hunter2");
    assert_eq!((admin.rate, admin.burst, admin.twice), (30, 5, 1));
    assert_eq!(
        (admin.wait, admin.level),
        (Duration::from_secs(9), Level::Low)
    );
    assert_eq!((admin.name.as_deref(), &*admin.letter), (None, "c"));
    assert_eq!((spare.rate, spare.burst, spare.twice), (3, 1, 2));
    let origin = |key| app.origin(key).unwrap().to_string();
    assert_eq!(origin("api.burst"), "default");
    assert_eq!(origin("api.letter"), "default (api.rate = 1)");
    assert_eq!(origin("admin.twice"), "default");
    assert!(App::empty_loader().load().unwrap().spare.is_none());
}

#[test]
fn documents_show_the_defaults_of_each_use() {
    let text = docs::toml::<App>();
    for line in [
        "#rate = 1\n",
        "#burst = 77\n",
        "#wait = \"5s\"\n",
        "#name = \"n\"\n",
        "#level = \"very-high\"\n",
        "#rate = 20\n",
        "#burst = 5\n",
        "#wait = \"9s\"\n",
        "#twice = 1\n",
        "#letter = \"c\"\n",
        "#rate = 3\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("hunter2"));
    let schema: serde_json::Value = serde_json::from_str(&docs::json_schema::<App>()).unwrap();
    let defaults = ["api", "admin"].map(|group| {
        let properties = &schema["properties"][group]["properties"];
        (
            &properties["rate"]["default"],
            &properties["level"]["default"],
        )
    });
    let expected = [(1, "very-high"), (20, "low")].map(|(rate, level)| (rate.into(), level.into()));
    assert_eq!(
        defaults.map(|(rate, level)| (rate.clone(), level.clone())),
        expected
    );
}

#[test]
fn a_default_that_breaks_a_rule_is_found_by_check_schema() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(nested, defaults(rate = 1000))]
        one: Limits,
        #[settings(flatten, defaults(rate = "x"))]
        other: Limits,
    }
    let error = Root::check_schema().unwrap_err();
    assert_data_eq!(
        lines(error.problems()),
        str![[r#"
Rule one.rate: expected a value from 1 to 100 in its default
  help: correct the default in the program
Malformed rate: expected a whole number from 1 to 100, found "x" in its default
  help: correct the default in the program
"#]]
    );
    assert_eq!(
        problems(Root::empty_loader().load()),
        lines(error.problems())
    );
}

#[derive(Debug, Settings)]
struct Live {
    #[settings(nested, defaults(rate = 10, wait = "2s"))]
    api: LiveLimits,
    #[settings(nested)]
    web: LiveLimits,
}

#[derive(Clone, Debug, Settings)]
#[settings(group)]
struct LiveLimits {
    #[settings(default = 1, range(1..=100), reload)]
    rate: u32,
    #[settings(default = "1s", reload)]
    wait: Duration,
}

#[test]
fn a_reload_that_removes_a_value_returns_to_the_default_of_the_use() {
    let dir = Dir::with(&[("a.toml", "[api]\nrate = 20\nwait = '7s'\n")]);
    let live = Live::empty_loader()
        .file(dir.path("a.toml"))
        .live()
        .unwrap();
    assert_eq!(live.current().api.rate, 20);
    dir.write("a.toml", "[web]\nrate = 30\n");
    live.reload().unwrap();
    let now = live.current();
    assert_eq!((now.api.rate, now.web.rate), (10, 30));
    assert_eq!(
        (now.api.wait, now.web.wait),
        (Duration::from_secs(2), Duration::from_secs(1))
    );
    dir.write("a.toml", "[api]\nrate = 300\n");
    live.reload().unwrap_err();
    assert_eq!(live.current().api.rate, 10);
}

#[test]
fn the_help_of_a_command_shows_the_defaults_of_each_use() {
    let mut command = settings_core::clap::Flags::<Live>::augment_args(clap::Command::new("x"));
    let help = command.render_help().to_string();
    for line in [
        "--api-rate <NUMBER>    a whole number [env: API_RATE] [default: 10]",
        "--api-wait <DURATION>  a duration such as 30s [env: API_WAIT] [default: 2s]",
        "--web-rate <NUMBER>    a whole number [env: WEB_RATE] [default: 1]",
        "--web-wait <DURATION>  a duration such as 30s [env: WEB_WAIT] [default: 1s]",
    ] {
        assert!(help.contains(line), "{help}");
    }
}
