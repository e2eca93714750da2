//! Settings without `reload` keep their running value until a restart.

use super::LONG;
use crate::dir::Dir;
use settings_core::{ExposeSecret, Live, SecretString, Settings, live::Event};
use snapbox::{assert_data_eq, str};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", validate = Self::fits)]
struct App {
    #[settings(default = 10)]
    max: u32,
    #[settings(default = 5, reload)]
    wanted: u32,
    token: SecretString,
    #[settings(default_with = next_id)]
    id: u32,
    #[settings(default = "development")]
    environment: String,
    #[settings(required_if(environment = "production"), reload)]
    dsn_host: Option<String>,
    #[settings(nested)]
    log: Log,
    #[settings(nested, reload)]
    limits: Limits,
    #[settings(nested)]
    cache: Option<Cache>,
    #[settings(nested)]
    peers: Vec<Peer>,
    #[settings(nested, reload)]
    routes: BTreeMap<String, Peer>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Log {
    #[settings(default = "info", reload)]
    level: String,
    #[settings(default = "text")]
    format: String,
}

/// Reloads as a whole, so none of its types has to be `Clone`.
#[derive(Debug, Settings)]
#[settings(group)]
struct Limits {
    #[settings(default = "1")]
    rate: Unclonable,
}

#[derive(Debug, serde::Deserialize)]
struct Unclonable(u32);

#[derive(Debug, Settings)]
#[settings(group)]
struct Cache {
    url: String,
    #[settings(default = 60, reload)]
    ttl: u32,
}

#[derive(Clone, Debug, Settings)]
#[settings(group)]
struct Peer {
    host: String,
}

impl App {
    fn fits(&self) -> Result<(), String> {
        if self.wanted <= self.max {
            Ok(())
        } else {
            Err(format!(
                "{} are wanted, but {} is the most",
                self.wanted, self.max
            ))
        }
    }
}

fn next_id() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn live(dir: &Dir, text: &str) -> Live<App> {
    dir.write(".env", format!("APP_TOKEN=first\n{text}"));
    App::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap()
}

/// Returns the changed keys and those that require a restart.
fn change(live: &Live<App>, dir: &Dir, text: &str) -> (Vec<String>, Vec<String>) {
    let events = live.subscribe_channel();
    dir.write(".env", format!("APP_TOKEN=first\n{text}"));
    live.reload().unwrap();
    let Ok(Event::Applied {
        changed,
        restart_required,
        ..
    }) = events.recv_timeout(LONG)
    else {
        panic!("the change was refused")
    };
    let changed = changed.iter().map(ToString::to_string).collect();
    (changed, restart_required)
}

fn keys<const N: usize, const M: usize>(
    changed: [&str; N],
    restart_required: [&str; M],
) -> (Vec<String>, Vec<String>) {
    let owned = |keys: &[&str]| keys.iter().map(ToString::to_string).collect();
    (owned(&changed), owned(&restart_required))
}

#[test]
fn a_setting_without_reload_keeps_its_value() {
    let dir = Dir::with(&[]);
    let live = live(&dir, "");
    let changed = change(
        &live,
        &dir,
        "APP_MAX=20\nAPP_WANTED=6\nAPP_LOG_FORMAT=json\nAPP_LOG_LEVEL=debug",
    );
    assert_eq!(
        changed,
        keys(
            ["wanted: 5 -> 6", "log.level: info -> debug"],
            ["max", "log.format"]
        )
    );
    let app = live.current();
    assert_eq!((app.max, app.wanted), (10, 6));
    assert_eq!(
        (app.log.level.as_str(), app.log.format.as_str()),
        ("debug", "text")
    );
    assert_eq!(app.loaded().origin("max").unwrap().to_string(), "default");
    assert_eq!(live.status().restart_required, ["max", "log.format"]);
}

#[test]
fn a_restart_is_required_until_the_change_is_undone() {
    let dir = Dir::with(&[]);
    let live = live(&dir, "");
    change(&live, &dir, "APP_MAX=20");
    assert_eq!(
        change(&live, &dir, "APP_MAX=20\nAPP_WANTED=6"),
        keys(["wanted: 5 -> 6"], ["max"])
    );
    assert_eq!(change(&live, &dir, "APP_WANTED=6"), keys([], []));
    assert!(live.status().restart_required.is_empty());
}

#[test]
fn a_computed_default_is_kept() {
    let dir = Dir::with(&[]);
    let live = live(&dir, "");
    let id = live.current().id;
    let changed = change(&live, &dir, "APP_WANTED=6");
    assert_eq!(changed.0, ["wanted: 5 -> 6"]);
    assert_eq!(live.current().id, id);
}

#[test]
fn a_secret_without_reload_keeps_its_value() {
    let dir = Dir::with(&[]);
    let live = live(&dir, "");
    let events = live.subscribe_channel();
    dir.write(".env", "APP_TOKEN=second");
    live.reload().unwrap();
    let Ok(Event::Applied {
        restart_required, ..
    }) = events.recv_timeout(LONG)
    else {
        panic!()
    };
    assert_eq!(restart_required, ["token"]);
    assert_eq!(live.current().token.expose_secret(), "first");
}

#[test]
fn a_group_with_reload_changes_as_a_whole() {
    let dir = Dir::with(&[]);
    let live = live(&dir, "");
    let changed = change(&live, &dir, "APP_LIMITS_RATE=2");
    assert_eq!(changed, keys(["limits.rate: 1 -> 2"], []));
    assert_eq!(live.current().limits.rate.0, 2);
}

#[test]
fn a_partly_reloadable_optional_group_appears_at_a_restart() {
    let dir = Dir::with(&[]);
    let live = live(&dir, "");
    let changed = change(&live, &dir, "APP_CACHE_URL=a");
    assert_eq!(changed, keys([], ["cache.url", "cache.ttl"]));
    assert!(live.current().cache.is_none());

    let other = Dir::with(&[]);
    let live = self::live(&other, "APP_CACHE_URL=a\nAPP_CACHE_TTL=5");
    let changed = change(&live, &other, "APP_CACHE_URL=b\nAPP_CACHE_TTL=6");
    assert_eq!(changed, keys(["cache.ttl: 5 -> 6"], ["cache.url"]));
    let changed = change(&live, &other, "");
    assert_eq!(changed, keys([], ["cache.url", "cache.ttl"]));
    let app = live.current();
    let cache = app.cache.as_ref().unwrap();
    assert_eq!((cache.url.as_str(), cache.ttl), ("a", 6));
}

#[test]
fn a_kept_group_keeps_all_of_its_settings() {
    #[derive(Debug, Settings)]
    struct Outermost {
        #[settings(nested)]
        outer: Option<Outer>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Outer {
        name: String,
        #[settings(nested)]
        inner: Option<Inner>,
        #[settings(nested)]
        absent: Option<Inner>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Inner {
        #[settings(reload)]
        value: u32,
    }
    let dir = Dir::with(&[(".env", "OUTER_NAME=a\nOUTER_INNER_VALUE=1")]);
    let live = Outermost::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap();
    let change = |text: &str| {
        dir.write(".env", text);
        live.reload().unwrap();
        let inner = |outer: &Outer| outer.inner.as_ref().map(|inner| inner.value);
        let value = live.current().outer.as_ref().and_then(inner);
        (value, live.status().restart_required)
    };
    let keys = ["outer.name", "outer.inner.value"].map(str::to_owned);
    assert_eq!(change("#"), (Some(1), keys.to_vec()));
    assert_eq!(
        change("OUTER_NAME=a\nOUTER_INNER_VALUE=2"),
        (Some(2), vec![])
    );
    assert_eq!(change("OUTER_NAME=a"), (None, vec![]));
    assert_eq!(change("#"), (None, keys[..1].to_vec()));
    let all = "OUTER_NAME=a\nOUTER_INNER_VALUE=3\nOUTER_ABSENT_VALUE=3";
    assert_eq!(change(all), (Some(3), vec![]));
    assert!(live.current().outer.as_ref().unwrap().absent.is_some());
}

#[test]
fn lists_and_maps_of_groups_change_as_a_whole_or_not_at_all() {
    let dir = Dir::with(&[]);
    let live = live(&dir, "APP_PEERS__0__HOST=a\nAPP_ROUTES__X__HOST=a");
    let changed = change(
        &live,
        &dir,
        "APP_PEERS__0__HOST=b\nAPP_PEERS__1__HOST=c\nAPP_ROUTES__X__HOST=b\nAPP_ROUTES__Y__HOST=c",
    );
    assert_eq!(
        changed,
        keys(
            ["routes.X.host: a -> b", "routes.Y.host: - -> c"],
            ["peers[0].host", "peers[1].host"]
        )
    );
    let app = live.current();
    assert_eq!(app.peers.len(), 1);
    assert_eq!(app.routes.len(), 2);
    let dump = app.loaded().dump().to_string();
    assert!(dump.contains("peers[0].host  a"), "{dump}");
}

#[test]
fn new_values_are_checked_together_with_the_kept_ones() {
    let dir = Dir::with(&[]);
    let live = live(&dir, "");
    dir.write(".env", "APP_TOKEN=first\nAPP_MAX=20\nAPP_WANTED=15");
    let error = live.reload().unwrap_err();
    assert_data_eq!(
        error.to_string().replace(&dir.text(".env"), ".env"),
        str![[r#"
1 problem in the settings (App)

  App: 15 are wanted, but 10 is the most
    note: checked together with the running values of max, which only change at a restart

read: .env
"#]]
    );
    assert_eq!(live.current().wanted, 5);
}

#[test]
fn a_load_that_could_not_start_is_rejected() {
    let dir = Dir::with(&[]);
    let live = live(&dir, "");
    dir.write(".env", "APP_TOKEN=first\nAPP_MAX=6\nAPP_WANTED=7");
    let error = live.reload().unwrap_err();
    assert_data_eq!(
        error.problems()[0].to_string(),
        str!["App: 7 are wanted, but 6 is the most"]
    );
}

#[test]
fn a_condition_uses_the_running_value() {
    let dir = Dir::with(&[]);
    let live = live(&dir, "APP_ENVIRONMENT=production\nAPP_DSN_HOST=a");
    dir.write(".env", "APP_TOKEN=first\nAPP_ENVIRONMENT=development");
    let error = live.reload().unwrap_err();
    assert_data_eq!(
        error.problems()[0].to_string(),
        str!["dsn_host: required, because environment is production, but not set"]
    );
    assert_eq!(live.current().dsn_host.as_deref(), Some("a"));
}
