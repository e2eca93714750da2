//! Settings from an etcd that fails in various ways.

use crate::server::Server;
use settings_core::{
    Settings,
    remote::{FaultKind, ServedFrom, Store, StoreState},
};
use settings_etcd::EtcdSettings;
use snapbox::{assert_data_eq, str};
use std::{
    thread,
    time::{Duration, Instant},
};

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    #[settings(default = 10, range(1..=1000))]
    db_pool_size: u32,
    #[settings(default = "")]
    greeting: String,
}

#[derive(Debug, Settings)]
struct Ten {
    k0: u64,
    k1: u64,
    k2: u64,
    k3: u64,
    k4: u64,
    k5: u64,
    k6: u64,
    k7: u64,
    k8: u64,
    k9: u64,
}

impl Ten {
    fn all(&self) -> [u64; 10] {
        [
            self.k0, self.k1, self.k2, self.k3, self.k4, self.k5, self.k6, self.k7, self.k8,
            self.k9,
        ]
    }
}

fn until(what: &str, store: &Store, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "never: {what}; {store:?}"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

fn load(store: &Store) -> u32 {
    Shop::empty_loader()
        .store(store)
        .load()
        .unwrap()
        .db_pool_size
}

#[test]
fn an_origin_names_the_key_as_etcd_does() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    server.put("greeting", "hello");
    let store = server.store();
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    let origins = format!(
        "{}\n{}\n{}",
        shop.origin("db_pool_size").unwrap(),
        shop.origin("greeting").unwrap(),
        shop.sources()[0].name,
    );
    assert_data_eq!(
        origins,
        str![[r#"
etcd /shop/db_pool_size @2
etcd /shop/greeting @3
etcd /shop/ @3
"#]]
    );
}

#[test]
fn ten_keys_of_one_transaction_are_loaded_together() {
    const LAST: u64 = 40;
    let server = Server::start();
    let write = |value: u64| {
        let value = value.to_string();
        let keys: Vec<String> = (0..10).map(|at| format!("k{at}")).collect();
        let changes: Vec<_> = keys
            .iter()
            .map(|key| (key.as_str(), Some(value.as_str())))
            .collect();
        server.change(&changes);
    };
    write(0);
    let store = server.store();
    let reader = thread::spawn(move || {
        let mut seen = 0;
        loop {
            let ten = Ten::empty_loader().store(&store).load().unwrap().all();
            assert!(ten.iter().all(|each| *each == ten[0]), "torn: {ten:?}");
            assert!(ten[0] >= seen, "went back from {seen} to {}", ten[0]);
            seen = ten[0];
            if seen == LAST {
                return;
            }
        }
    });
    (1..=LAST).for_each(write);
    reader.join().unwrap();
}

#[test]
fn an_invalid_value_is_refused_and_a_valid_one_loaded() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    let store = server.store();
    assert_eq!(load(&store), 25);

    server.put("db_pool_size", "5000");
    until("the invalid value comes", &store, || {
        store.status().revision == Some(3)
    });
    let error = Shop::empty_loader().store(&store).load().unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
1 problem in the settings (Shop)

  db_pool_size: expected a value from 1 to 1000, found "5000" in etcd /shop/db_pool_size @3
    help: correct db_pool_size there, or set SHOP_DB_POOL_SIZE, which overrides it

read: etcd /shop/ @3
"#]]
    );

    server.put("db_pool_size", "30");
    until("the valid value comes", &store, || {
        store.status().revision == Some(4)
    });
    assert_eq!(load(&store), 30);
}

#[test]
fn a_start_without_etcd_fails_within_the_deadline() {
    let mut server = Server::start();
    server.kill();
    let store = server
        .settings()
        .store()
        .deadline(Duration::from_millis(300))
        .start();
    until("it is tried", &store, || {
        store.status().state == StoreState::Unavailable
    });
    let error = Shop::empty_loader().store(&store).load().unwrap_err();
    let report = error.to_string().replace(&server.endpoint(), "http://etcd");
    assert_data_eq!(
        report,
        str![[r#"
1 problem in the settings (Shop)

  etcd /shop/ cannot be read: http://etcd: Connection refused (os error 111)
    help: start the store, or correct the settings that connect to it

read: etcd /shop/ (unreadable)
"#]]
    );
}

#[test]
fn a_start_while_etcd_is_frozen_fails_within_the_deadline() {
    let server = Server::start();
    server.freeze();
    let store = server
        .settings()
        .store()
        .deadline(Duration::from_millis(300))
        .start();
    let began = Instant::now();
    let error = Shop::empty_loader().store(&store).load().unwrap_err();
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "it has a deadline"
    );
    assert!(
        error
            .to_string()
            .contains("etcd /shop/ cannot be read: no answer within 300ms"),
        "{error}"
    );
    server.thaw();
    until("it answers", &store, || {
        store.status().state == StoreState::Connected
    });
}

#[test]
fn a_start_without_etcd_may_use_the_last_good_snapshot() {
    let mut server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("settings.last");
    let start = |server: &Server| {
        let store = server.settings().store().last_good(&file);
        store.retry(Duration::from_millis(50)..=Duration::from_millis(400))
    };
    server.put("db_pool_size", "25");
    assert_eq!(load(&start(&server).start()), 25);
    server.kill();

    let store = start(&server).deadline(Duration::from_millis(300)).start();
    assert_eq!(load(&store), 25);
    assert_eq!(store.status().served_from, Some(ServedFrom::Disk));
    server.run();
    server.put("db_pool_size", "26");
    until("etcd is taken over", &store, || load(&store) == 26);
    assert_eq!(store.status().served_from, Some(ServedFrom::Store));
}

#[test]
fn keys_outside_the_prefix_are_not_read() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    let mut settings = server.settings();
    settings.prefix = "/shop".to_owned();
    let store = settings.store().start();
    assert_eq!(load(&store), 25);
    for key in ["/shop", "/shoq", "/shopping/db_pool_size", "/sho", "/shop0"] {
        server.ctl(&["put", key, "1"]);
    }
    server.put("db_pool_size", "26");
    until("the change comes", &store, || load(&store) == 26);
    assert_eq!(store.status().changes, 1);
    assert!(
        Shop::empty_loader()
            .store(&store)
            .load()
            .unwrap()
            .warnings()
            .is_empty()
    );
}

#[test]
fn an_endpoint_that_answers_is_found() {
    let [mut first, second] = Server::start_several();
    first.put("db_pool_size", "1");
    second.put("db_pool_size", "2");
    let endpoints = [first.endpoint(), second.endpoint()];
    let mut settings = EtcdSettings::new(endpoints, "/shop/");
    settings.heartbeat = Duration::from_secs(2);
    let store = settings.store().start();
    load(&store);
    first.kill();
    until("the other one is read", &store, || load(&store) == 2);
    until("it is connected", &store, || {
        store.status().state == StoreState::Connected
    });
}

#[test]
fn an_outage_costs_few_requests() {
    let mut server = Server::start();
    server.put("db_pool_size", "25");
    let store = server.store();
    assert_eq!(load(&store), 25);
    assert_eq!((server.calls("Range"), server.calls("Watch")), (1, 1));
    server.kill();
    until("its death is noticed", &store, || {
        store.status().state == StoreState::Unavailable
    });
    let error = store.status().last_error.unwrap();
    assert_eq!(error.kind, FaultKind::Unavailable, "{error:?}");
    server.run();
    until("it is back", &store, || {
        store.status().state == StoreState::Connected
    });
    until("it is heard", &store, || {
        store.status().age.unwrap() < Duration::from_secs(1)
    });
    thread::sleep(Duration::from_secs(5));
    assert_eq!(store.status().state, StoreState::Connected);
    let (reads, watches) = (server.calls("Range"), server.calls("Watch"));
    assert!(
        reads <= 3 && watches <= 3,
        "{reads} reads, {watches} watches"
    );
}
