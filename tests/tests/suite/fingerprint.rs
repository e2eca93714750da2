//! One hash of all settings, to compare instances.

use crate::dir::Dir;
use settings_core::{Loaded, SecretString, Settings, cli};
use std::collections::HashMap;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", derived(pub address: String = format!("{}:{}", self.host, self.port)))]
struct App {
    #[settings(default = 8080)]
    port: u16,
    #[settings(default = "localhost", local)]
    host: String,
    #[settings(default = "")]
    labels: HashMap<String, u32>,
    token: Option<SecretString>,
    #[settings(default = "postgres://me@h/db")]
    url: String,
    #[settings(nested)]
    mirrors: Vec<Mirror>,
}

#[derive(Clone, Debug, Settings)]
#[settings(group)]
struct Mirror {
    name: String,
    #[settings(default = "", local)]
    scratch: String,
}

fn load<const N: usize>(variables: [(&str, &str); N]) -> Loaded<App> {
    App::empty_loader().env_from(variables).load().unwrap()
}

fn print<const N: usize>(variables: [(&str, &str); N]) -> String {
    let loaded = load(variables);
    assert_eq!(loaded.address(), format!("{}:{}", loaded.host, loaded.port));
    let mirrors = loaded.mirrors.iter();
    assert!(mirrors.clone().all(|mirror| mirror.name != mirror.scratch));
    assert!(loaded.labels.len() < 50 && loaded.url.len() < 100);
    assert!(loaded.token.is_none() || loaded.origin("token").is_some());
    loaded.fingerprint()
}

#[test]
fn it_is_the_hash_of_one_line_per_setting() {
    // printf 'labels={}\nmirrors=[]\nport=8080\ntoken=null\nurl="postgres://me@h/db"\n' | sha256sum
    assert_eq!(
        print([]),
        "sha256:a8d5814cff9a80ed68eb525703073d15caa0905390340f21dd1340bcc5c7de11"
    );
}

#[test]
fn every_value_counts() {
    let all = [
        print([]),
        print([("APP_PORT", "81")]),
        print([("APP_LABELS__A", "1")]),
        print([("APP_LABELS__A", "2")]),
        print([("APP_TOKEN", "hunter2")]),
        print([("APP_URL", "postgres://you@h/db")]),
        print([("APP_MIRRORS__0__NAME", "m")]),
        print([("APP_MIRRORS__0__NAME", "n")]),
    ];
    for (nth, one) in all.iter().enumerate() {
        assert!(!all[..nth].contains(one), "{nth}");
    }
}

#[test]
fn sources_secrets_and_local_settings_do_not_count() {
    let dir = Dir::with(&[("app.toml", "port = 81\n[labels]\na = 1\nb = 2\n")]);
    let of_file = App::empty_loader()
        .file(dir.path("app.toml"))
        .load()
        .unwrap();
    let of_variables = print([("APP_PORT", " 81 "), ("APP_LABELS", "b=2,a=1")]);
    assert_eq!(of_file.fingerprint(), of_variables);
    assert_eq!(
        print([("APP_TOKEN", "hunter2")]),
        print([("APP_TOKEN", "hunter3")])
    );
    assert_eq!(
        print([("APP_URL", "postgres://me:hunter2@h/db")]),
        print([("APP_URL", "postgres://me:hunter3@h/db")])
    );
    assert_eq!(print([("APP_HOST", "a")]), print([("APP_HOST", "b")]));
    assert_eq!(
        print([
            ("APP_MIRRORS__0__NAME", "m"),
            ("APP_MIRRORS__0__SCRATCH", "a")
        ]),
        print([
            ("APP_MIRRORS__0__NAME", "m"),
            ("APP_MIRRORS__0__SCRATCH", "b")
        ])
    );
}

#[test]
fn live_settings_and_dump_have_it() {
    let dir = Dir::with(&[]);
    let loader = || App::empty_loader().env_file(dir.path(".env"));
    let live = loader().live().unwrap();
    assert_eq!(live.status().fingerprint, print([]));
    dir.write(".env", "APP_PORT=81");
    live.reload().unwrap();
    assert_eq!(
        live.status().fingerprint,
        print([]),
        "the port needs a restart"
    );

    let dump = |words: &[&str]| {
        let json = cli::capture(&loader(), words.iter().copied()).out;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        json["$fingerprint"].clone()
    };
    let expected = print([("APP_PORT", "81")]);
    assert_eq!(dump(&["dump", "--format", "json"]), expected.as_str());
    let part = dump(&["dump", "port", "--format", "json"]);
    assert_eq!(part, expected.as_str(), "of all settings");
    dir.write(".env", "APP_PORT=many");
    assert!(dump(&["dump", "--format", "json"]).is_null());
}
