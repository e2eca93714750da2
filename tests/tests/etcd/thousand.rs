//! A thousand clients receive one change, and reconnect after a restart.

use crate::server::Server;
use settings_core::remote::{Store, StoreState};
use settings_tests::servers;
use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

const CLIENTS: usize = 1000;
const LIMIT: Duration = Duration::from_mins(5);

#[test]
fn a_thousand_clients_receive_one_change_and_reconnect_once() {
    servers::may_open(8 * CLIENTS as u64);
    let mut server = Server::start_alone();
    server.put("db_pool_size", "25");
    let (sender, changes) = mpsc::channel();

    let (began, cpu) = (Instant::now(), server.cpu());
    let stores: Vec<Store> = (0..CLIENTS)
        .map(|_| {
            let mut settings = server.settings();
            settings.heartbeat = Duration::from_secs(10);
            let store = settings.store().start();
            let sender = sender.clone();
            store.on_change(move || sender.send(Instant::now()).unwrap());
            store
        })
        .collect();
    // A client may have its first snapshot before its callback is added.
    let is_read = |store: &&Store| store.snapshot().is_none();
    while stores.iter().any(|store| is_read(&store)) {
        assert!(
            began.elapsed() < LIMIT,
            "{} never came",
            stores.iter().filter(is_read).count()
        );
        thread::sleep(Duration::from_millis(10));
    }
    let connected = began.elapsed();
    println!(
        "{CLIENTS} clients connected after {connected:?}, etcd used {:?}",
        server.cpu().saturating_sub(cpu)
    );
    thread::sleep(Duration::from_secs(1));
    while changes.try_recv().is_ok() {}

    let (began, cpu) = (Instant::now(), server.cpu());
    server.put("db_pool_size", "26");
    let written = Instant::now();
    let mut last = written;
    for at in 0..CLIENTS {
        let left = LIMIT.saturating_sub(began.elapsed());
        let received = changes.recv_timeout(left);
        last = last
            .max(received.unwrap_or_else(|_| panic!("only {at} of {CLIENTS} clients received it")));
    }
    let used = server.cpu().saturating_sub(cpu);
    println!(
        "one change: the last client received it {:?} after etcdctl was started, {:?} after it ended; etcd used {used:?}",
        last - began,
        last.saturating_duration_since(written),
    );

    let cpu = server.cpu();
    let rest = Duration::from_secs(15);
    thread::sleep(rest);
    println!(
        "at rest: etcd used {:?} in {rest:?}",
        server.cpu().saturating_sub(cpu)
    );

    for store in &stores {
        let status = store.status();
        assert_eq!(
            (status.state, status.faults),
            (StoreState::Connected, 0),
            "{store:?}"
        );
        assert_eq!((status.changes, status.attempts), (1, 1), "{store:?}");
    }
    let clients = CLIENTS as u64;
    assert_eq!(
        (server.calls("Range"), server.calls("Watch")),
        (clients, clients)
    );

    server.kill();
    wait_for(&stores, StoreState::Unavailable);
    server.run();
    let (began, cpu) = (Instant::now(), server.cpu());
    wait_for(&stores, StoreState::Connected);
    println!(
        "killed and restarted: all are back after {:?}, etcd used {:?}",
        began.elapsed(),
        server.cpu().saturating_sub(cpu)
    );
    // Each reads once, and once more if it connected before there was a leader.
    let reads = server.calls("Range");
    assert!(reads <= 2 * clients, "{reads} reads");
    let most = stores.iter().map(|store| store.status().attempts).max();
    println!("no client tried more than {} times", most.unwrap());
}

fn wait_for(stores: &[Store], state: StoreState) {
    let began = Instant::now();
    while stores.iter().any(|store| store.status().state != state) {
        assert!(began.elapsed() < LIMIT, "never all {state:?}");
        thread::sleep(Duration::from_millis(10));
    }
}
