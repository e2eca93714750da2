//! A store that several processes share, as a layer of a load.

use crate::{
    reports::{lines, problems},
    wait::until,
};
use settings_core::{
    ExposeSecret, Layer, SecretString, Settings,
    remote::{
        Engine, Fault, FaultKind, Store, StoreChanges, StoreSnapshot, StoreState,
        testing::InMemoryStore,
    },
};
use snapbox::{assert_data_eq, str};
use std::{borrow::Cow, collections::BTreeMap, sync::mpsc, thread, time::Duration};

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    #[settings(default = 10, range(1..=1000))]
    db_pool_size: u32,
    #[settings(default = "30s")]
    timeout: Duration,
    token: Option<SecretString>,
    #[settings(default = "")]
    labels: BTreeMap<String, String>,
    #[settings(nested)]
    server: Server,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost")]
    bind_address: String,
}

fn holding<const N: usize>(pairs: [(&str, &str); N]) -> (InMemoryStore, Store) {
    let cluster = InMemoryStore::new();
    cluster.put(pairs);
    let store = Store::builder(cluster.engine()).start();
    (cluster, store)
}

#[test]
fn values_are_read_as_if_from_the_environment() {
    let (_, store) = holding([("db_pool_size", " 1_0 "), ("timeout", "1m 30s")]);
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    assert_eq!(shop.db_pool_size, 10);
    assert_eq!(shop.timeout, Duration::from_secs(90));
}

#[test]
fn a_key_has_slashes_or_dots_between_its_parts() {
    for key in [
        "server/bind_address",
        "server.bind-address",
        "/server/bind.address",
    ] {
        let (_, store) = holding([(key, "::1")]);
        let shop = Shop::empty_loader().store(&store).load().unwrap();
        assert_eq!(shop.server.bind_address, "::1", "{key}");
    }
}

#[test]
fn a_slash_separates_the_key_of_a_map() {
    let (_, store) = holding([("labels/zone", "eu"), ("labels/Tier-1", "web")]);
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    let labels = [("zone", "eu"), ("Tier-1", "web")];
    let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(shop.labels, BTreeMap::from(labels));
}

#[test]
fn an_origin_has_key_and_revision() {
    let (cluster, store) = holding([("db_pool_size", "5")]);
    cluster.put([("timeout", "1s")]);
    until("the change is heard of", || {
        store.status().revision == Some(2)
    });
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    let origin = shop.origin("db_pool_size").unwrap();
    assert_eq!(origin.to_string(), "memory /db_pool_size @1");
    assert_eq!(
        (origin.layer(), origin.name()),
        (Layer::Store, Some("db_pool_size"))
    );
    let origin = shop.origin("timeout").unwrap();
    assert_eq!(origin.to_string(), "memory /timeout @2");
}

#[test]
fn a_store_is_in_the_layer_of_files() {
    let dir = crate::dir::Dir::with(&[("shop.toml", "db_pool_size = 1\ntimeout = 1\n")]);
    let (_, store) = holding([("db_pool_size", "2"), ("server/bind_address", "store")]);
    let loader = || Shop::empty_loader().env_from([("SHOP_SERVER_BIND_ADDRESS", "variable")]);
    let file = dir.path("shop.toml");

    let shop = loader().file(&file).store(&store).load().unwrap();
    assert_eq!(
        (shop.db_pool_size, &*shop.server.bind_address),
        (2, "variable")
    );
    assert_eq!(shop.timeout, Duration::from_secs(1));
    let shop = loader().store(&store).file(&file).load().unwrap();
    assert_eq!(shop.db_pool_size, 1);
}

#[test]
fn a_secret_setting_is_masked() {
    let (_, store) = holding([("token", "hunter2")]);
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    assert_eq!(shop.token.as_ref().unwrap().expose_secret(), "hunter2");
    for shown in [
        shop.dump().to_string(),
        format!("{shop:?} {store:?} {:?}", store.snapshot()),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn a_problem_names_its_key_and_revision() {
    let (_, store) = holding([
        ("db_pool_size", "5000"),
        ("db_pol_size", "5"),
        ("timeout", "soon"),
    ]);
    let error = Shop::empty_loader().store(&store).load().unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
2 problems in the settings (Shop)

  db_pool_size: expected a value from 1 to 1000, found "5000" in memory /db_pool_size @1
    help: correct db_pool_size there, or set SHOP_DB_POOL_SIZE, which overrides it

  timeout: expected a duration such as 30s, found "soon" in memory /timeout @1
    help: write numbers with a unit (ns, us, ms, s, m, h, d, w), as in 1h 30m
    help: correct timeout there, or set SHOP_TIMEOUT, which overrides it

1 warning

  memory /db_pol_size @1: db_pol_size does not match any setting
    help: did you mean db_pool_size?

read: memory / @1
"#]]
    );
}

#[test]
fn a_value_that_is_not_text_is_a_problem() {
    let cluster = InMemoryStore::new();
    cluster.put([("db_pool_size", [0xff])]);
    let store = Store::builder(cluster.engine()).start();
    assert_data_eq!(
        problems(Shop::empty_loader().store(&store).load()),
        str![[r#"
Source db_pool_size: not UTF-8, in memory /db_pool_size @1
  help: encode it as UTF-8
"#]]
    );
}

#[test]
fn an_unknown_key_is_a_warning() {
    let (_, store) = holding([("db_pool", "5"), ("nothing/like/it", "5")]);
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    assert_data_eq!(
        lines(shop.warnings()),
        str![[r#"
Unknown memory /: 2 names do not match any setting: db_pool, nothing/like/it
  help: db_pool: did you mean db_pool_size?
  help: remove the rest, or correct the spelling
"#]]
    );
}

#[test]
fn an_unavailable_store_is_one_problem_of_the_report() {
    let cluster = InMemoryStore::new();
    cluster.disconnect();
    let store = Store::builder(cluster.engine())
        .deadline(Duration::from_millis(50))
        .start();
    until("it is asked", || {
        store.status().state == StoreState::Unavailable
    });
    let loader = Shop::empty_loader().env_from([("SHOP_DB_POOL_SIZE", "lots")]);
    let error = loader.store(&store).load().unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
2 problems in the settings (Shop)

  memory / cannot be read: the connection was closed
    help: start the store, or correct the settings that connect to it

  db_pool_size: expected a whole number from 1 to 1000, found "lots" in environment variable
      SHOP_DB_POOL_SIZE
    help: correct SHOP_DB_POOL_SIZE, or unset it for the default, 10

read: memory / (unreadable), the environment
"#]]
    );
}

#[test]
fn a_load_waits_for_a_paused_store_until_the_deadline() {
    let cluster = InMemoryStore::new();
    cluster.pause();
    let store = Store::builder(cluster.engine())
        .deadline(Duration::from_millis(50))
        .start();
    assert_data_eq!(
        problems(Shop::empty_loader().store(&store).load()),
        str![[r#"
Source memory / cannot be read: no answer within 50ms
  help: start the store, or correct the settings that connect to it
"#]]
    );
    cluster.resume();
    until("it answers", || {
        store.status().state == StoreState::Connected
    });
    Shop::empty_loader().store(&store).load().unwrap();
}

#[test]
fn a_load_waits_for_the_first_snapshot() {
    let cluster = InMemoryStore::new();
    cluster.put([("db_pool_size", "5")]);
    cluster.pause();
    let store = Store::builder(cluster.engine())
        .deadline(Duration::from_mins(1))
        .start();
    let load = thread::spawn(move || Shop::empty_loader().store(&store).load().unwrap());
    until("it is asked", || cluster.asked() > 0);
    cluster.resume();
    assert_eq!(load.join().unwrap().db_pool_size, 5);
}

#[test]
fn a_change_calls_back_once_and_is_read_by_the_next_load() {
    let cluster = InMemoryStore::new();
    cluster.put([("db_pool_size", "5")]);
    // A store that is dropped ends after a heartbeat.
    let store = Store::builder(cluster.engine())
        .heartbeat(Duration::from_millis(500))
        .start();
    Shop::empty_loader().store(&store).load().unwrap();
    let (sender, changes) = mpsc::channel();
    store.on_change(|| panic!("a bad subscriber"));
    store.on_change(move || sender.send(()).unwrap());

    cluster.put([("db_pool_size", "6"), ("timeout", "1s")]);
    changes.recv_timeout(Duration::from_mins(1)).unwrap();
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    assert_eq!(
        (shop.db_pool_size, shop.timeout),
        (6, Duration::from_secs(1))
    );

    cluster.put([("db_pool_size", "6")]);
    until("it is heard of", || store.status().revision == Some(3));
    cluster.put([("db_pool_size", "7")]);
    changes.recv_timeout(Duration::from_mins(1)).unwrap();
    // An unchanged read calls nothing back: the channel closes with the store.
    drop(store);
    assert_eq!(changes.iter().count(), 0);
}

#[test]
fn the_latest_snapshot_is_kept_while_the_store_is_unavailable() {
    let (cluster, store) = holding([("db_pool_size", "5")]);
    Shop::empty_loader().store(&store).load().unwrap();
    cluster.disconnect();
    until("it is noticed", || {
        store.status().state == StoreState::Unavailable
    });
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    assert_eq!(shop.db_pool_size, 5);
    assert_data_eq!(
        store.status().to_string(),
        str!["unavailable for [..] (the connection was closed), serving revision 1 of [..] ago"]
    );
}

#[test]
fn a_status_counts_what_happened() {
    let (cluster, store) = holding([("db_pool_size", "5")]);
    until("it is read", || {
        store.status().state == StoreState::Connected
    });
    assert_data_eq!(store.status().to_string(), str!["connected, revision 1"]);
    assert!(store.status().last_error.is_none());
    cluster.put([("db_pool_size", "6")]);
    until("it is heard of", || store.status().revision == Some(2));
    cluster.disconnect();
    cluster.reconnect();
    until("it is read again", || store.status().resyncs == 2);
    let status = store.status();
    assert_eq!(
        (status.state, status.name.as_str()),
        (StoreState::Connected, "memory /")
    );
    assert_eq!(status.faults, 1);
    assert_eq!(status.last_error.unwrap().kind, FaultKind::Unavailable);
}

/// Panics, or blocks for this long, instead of waiting for changes.
struct Bad(Option<Duration>);

impl Engine for Bad {
    fn describe(&self) -> Cow<'_, str> {
        "bad /".into()
    }

    fn snapshot(&mut self, _within: Duration) -> Result<StoreSnapshot, Fault> {
        Ok(StoreSnapshot::default())
    }

    fn changes(&mut self, _after: u64, _within: Duration) -> Result<Option<StoreChanges>, Fault> {
        thread::sleep(self.0.expect("no duration is set"));
        Ok(None)
    }
}

#[test]
fn an_engine_that_panics_is_tried_again() {
    let store = Store::builder(Bad(None)).start();
    until("it is tried again", || store.status().attempts > 2);
    let error = store.status().last_error.unwrap();
    assert_data_eq!(error.message, str!["the engine panicked"]);
}

#[test]
fn an_engine_that_blocks_for_too_long_counts_as_unavailable() {
    let store = Store::builder(Bad(Some(Duration::from_mins(10))))
        .heartbeat(Duration::from_millis(20))
        .start();
    until("it is read", || store.status().resyncs == 1);
    until("it is noticed", || {
        store.status().state == StoreState::Unavailable
    });
    assert_eq!(
        store.status().last_error.unwrap().kind,
        FaultKind::Unresponsive
    );
}

#[test]
fn the_thread_ends_with_the_last_handle() {
    let cluster = InMemoryStore::new();
    let heartbeat = Duration::from_millis(10);
    let store = Store::builder(cluster.engine())
        .heartbeat(heartbeat)
        .start();
    let loader = Shop::empty_loader().store(&store);
    drop(store);
    let asked = cluster.asked();
    until("the loader keeps it", || cluster.asked() > asked + 3);
    drop(loader);
    until("nobody asks any more", || {
        let asked = cluster.asked();
        thread::sleep(heartbeat * 20);
        cluster.asked() == asked
    });
}

#[test]
fn names_that_begin_with_an_at_sign_are_no_settings() {
    #[derive(Debug, Settings)]
    #[settings(unknown = "deny")]
    struct Strict {
        #[settings(default = 10)]
        db_pool_size: u32,
        #[settings(default = "")]
        labels: BTreeMap<String, String>,
    }
    let (_, store) = holding([
        ("@rollout", "{}"),
        ("/@pulse", "1"),
        ("@db_pool_size", "7"),
        ("labels/@zone", "eu"),
    ]);
    let strict = Strict::empty_loader().store(&store).load().unwrap();
    assert!(strict.warnings().is_empty(), "{:?}", strict.warnings());
    assert_eq!(strict.db_pool_size, 10);
    // Only the name right below the prefix is reserved.
    assert_eq!(strict.labels["@zone"], "eu");
    assert_eq!(store.snapshot().unwrap().values.len(), 4);
}

#[test]
fn a_change_of_reserved_names_is_no_change() {
    let (cluster, store) = holding([("db_pool_size", "5")]);
    until("it is read", || store.snapshot().is_some());
    let (sender, changes) = mpsc::channel();
    store.on_change(move || {
        let _ = sender.send(());
    });
    cluster.put([("@rollout", "{}"), ("@pulse", "1")]);
    cluster.put([("@pulse", "2")]);
    cluster.delete("@rollout");
    until("they are read", || store.status().revision == Some(4));
    assert!(changes.try_recv().is_err());
    cluster.put([("@pulse", "3"), ("db_pool_size", "6")]);
    changes.recv_timeout(Duration::from_mins(1)).unwrap();
}

#[test]
fn everything_is_read_again_after_a_hundred_changes() {
    let (cluster, store) = holding([("db_pool_size", "5")]);
    until("it is read", || store.snapshot().is_some());
    for number in 1..=100_u64 {
        cluster.put([("db_pool_size", number.to_string())]);
        until("it is read", || store.status().revision == Some(number + 1));
    }
    until("it is read again", || store.status().resyncs == 2);
    let status = store.status();
    assert_eq!((status.changes, status.faults), (100, 0), "{status:?}");
}

#[test]
fn a_password_in_the_name_or_a_fault_of_an_engine_is_masked() {
    struct Careless;

    impl Engine for Careless {
        fn describe(&self) -> Cow<'_, str> {
            "careless https://shop:hunter2@store/".into()
        }

        fn snapshot(&mut self, _: Duration) -> Result<StoreSnapshot, Fault> {
            let message = "https://shop:hunter2@store/ refused the connection";
            Err(Fault::new(FaultKind::Unavailable, message))
        }

        fn changes(&mut self, _: u64, _: Duration) -> Result<Option<StoreChanges>, Fault> {
            Ok(None)
        }
    }

    let builder = Store::builder(Careless).deadline(Duration::from_millis(50));
    let described = format!("{builder:?}");
    let store = builder.start();
    until("it fails", || store.status().last_error.is_some());
    let error = Shop::empty_loader().store(&store).load().unwrap_err();
    let status = store.status();
    for shown in [
        described,
        error.to_string(),
        format!("{error:?} {store:?} {status:?} {status}"),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("https://shop:[redacted]@store/"), "{shown}");
    }
}
