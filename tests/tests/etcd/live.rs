//! Live settings that follow a real etcd through failures.

use crate::server::Server;
use settings_core::{
    Live, Settings,
    live::Event,
    remote::{Store, StoreState},
};
use snapbox::{assert_data_eq, str};
use std::{
    sync::mpsc::Receiver,
    thread,
    time::{Duration, Instant},
};

/// Longer than anything takes; only a test that fails waits for it.
const LONG: Duration = Duration::from_mins(1);

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    #[settings(default = 10, range(1..=1000), reload)]
    db_pool_size: u32,
}

/// Live settings that follow a store, and their events.
fn following(store: &Store) -> (Live<Shop>, Receiver<Event>) {
    let live = Shop::empty_loader().store(store).live().unwrap();
    let events = live.subscribe_channel();
    live.follow(store).unwrap().detach();
    (live, events)
}

/// Waits for an applied change, and returns the pool size in force.
fn applied(live: &Live<Shop>, events: &Receiver<Event>) -> u32 {
    let event = events.recv_timeout(LONG);
    let event = event.unwrap_or_else(|_| panic!("nothing happens: {:?}", live.status()));
    assert!(matches!(event, Event::Applied { .. }), "{event}");
    live.current().db_pool_size
}

fn until(what: &str, store: &Store, state: StoreState) {
    let began = Instant::now();
    while store.status().state != state {
        assert!(began.elapsed() < LONG, "never: {what}; {store:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_invalid_value_is_rejected_and_a_later_valid_one_applied() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    let store = server.store();
    let (live, events) = following(&store);
    assert_eq!(live.current().db_pool_size, 25);

    server.put("db_pool_size", "5000");
    let event = events.recv_timeout(LONG).unwrap();
    assert!(
        matches!(event, Event::Rejected { revision: 1, .. }),
        "{event}"
    );
    assert_eq!((live.revision(), live.current().db_pool_size), (1, 25));
    assert_data_eq!(
        live.status().rejected.unwrap().error.to_string(),
        str![[r#"
1 problem in the settings (Shop)

  db_pool_size: expected a value from 1 to 1000, found "5000" in etcd /shop/db_pool_size @3
    help: correct db_pool_size there, or set SHOP_DB_POOL_SIZE, which overrides it

read: etcd /shop/ @3
"#]]
    );

    server.put("db_pool_size", "30");
    assert_eq!(applied(&live, &events), 30);
    assert!(live.status().rejected.is_none());
}

#[test]
fn a_killed_and_restarted_etcd_is_followed() {
    let mut server = Server::start();
    server.put("db_pool_size", "25");
    let store = server.store();
    let (live, events) = following(&store);

    server.kill();
    until("its death is noticed", &store, StoreState::Unavailable);
    assert_eq!(live.reload().unwrap(), 1);
    assert_eq!(live.current().db_pool_size, 25);
    server.run();
    server.put("db_pool_size", "26");
    assert_eq!(applied(&live, &events), 26);
    assert_eq!(live.status().rejections, 0);
}

#[test]
fn a_restored_backup_is_applied_despite_its_lower_revision() {
    let mut server = Server::start();
    server.put("db_pool_size", "25");
    server.back_up();
    let store = server.store();
    let (live, events) = following(&store);
    server.put("db_pool_size", "26");
    assert_eq!(applied(&live, &events), 26);
    let before = store.status().revision;

    server.kill();
    server.restore();
    assert_eq!(applied(&live, &events), 25);
    assert!(store.status().revision < before, "{store:?}");
    server.put("db_pool_size", "27");
    assert_eq!(applied(&live, &events), 27);
}
