//! Types that contain groups: pointers, lists, maps.

use crate::dir::Dir;
use settings_core::Settings;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

#[derive(Debug, Clone, Settings)]
#[settings(group)]
struct Host {
    name: String,
    #[settings(default = 80)]
    port: u16,
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(nested)]
    boxed: Box<Host>,
    #[settings(nested)]
    shared: Arc<Host>,
    #[settings(nested)]
    perhaps: Option<Box<Host>>,
    #[settings(nested)]
    hosts: Option<Vec<Host>>,
    #[settings(nested)]
    pointers: Vec<Arc<Host>>,
    #[settings(nested)]
    zones: HashMap<String, Host>,
    #[settings(nested)]
    sites: BTreeMap<String, Box<Host>>,
}

#[test]
fn a_group_may_be_in_a_pointer_a_list_or_a_map() {
    let dir = Dir::with(&[(
        "a.toml",
        "[[hosts]]\nname = 'a'\n[zones.eu]\nname = 'b'\n[sites.main]\nname = 'c'\n",
    )]);
    let app = App::empty_loader()
        .file(dir.path("a.toml"))
        .env_from([
            ("APP_BOXED_NAME", "x"),
            ("APP_SHARED", r#"{"name": "y"}"#),
            ("APP_PERHAPS_PORT", "1"),
            ("APP_PERHAPS_NAME", "z"),
            ("APP_POINTERS__0__NAME", "p"),
            ("APP_ZONES__EU__PORT", "2"),
            ("APP_ZONES__us__NAME", "d"),
        ])
        .load()
        .unwrap();
    assert_eq!((&*app.boxed.name, &*app.shared.name), ("x", "y"));
    assert_eq!(app.perhaps.as_ref().unwrap().port, 1);
    assert_eq!(app.hosts.as_ref().unwrap()[0].name, "a");
    assert_eq!(app.pointers[0].name, "p");
    assert_eq!((app.zones["eu"].port, &*app.zones["us"].name), (2, "d"));
    assert_eq!(app.sites["main"].name, "c");
    assert_eq!(
        app.origin("zones.eu.port").unwrap().to_string(),
        "environment variable APP_ZONES__EU__PORT"
    );
    let dump = app.dump().to_string();
    for key in [
        "boxed.name",
        "hosts[0].name",
        "zones.eu.name",
        "zones.us.name",
        "sites.main.port",
    ] {
        assert!(dump.contains(key), "{dump}");
    }
}

#[test]
fn an_optional_list_is_none_unless_a_layer_sets_it() {
    let load = |hosts: Option<&str>| {
        let variables = [("APP_BOXED_NAME", "x"), ("APP_SHARED_NAME", "y")];
        let hosts = hosts.map(|hosts| ("APP_HOSTS", hosts));
        let app = App::empty_loader()
            .env_from(variables.into_iter().chain(hosts))
            .load();
        app.unwrap().hosts.as_ref().map(Vec::len)
    };
    assert_eq!(load(None), None);
    assert_eq!(load(Some("")), None);
    assert_eq!(load(Some("null")), None);
    assert_eq!(load(Some("[]")), Some(0));
    assert_eq!(load(Some(r#"[{"name": "a"}]"#)), Some(1));
}
