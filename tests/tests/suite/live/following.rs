//! A followed store: valid changes are put in force, and nothing else is.

use super::LONG;
use crate::{dir::Dir, wait::until};
use settings_core::{
    Settings,
    live::Event,
    remote::{
        Engine, Fault, ServedFrom, Store, StoreBuilder, StoreChanges, StoreSnapshot, StoreState,
        testing::{InMemoryEngine, InMemoryStore},
    },
};
use snapbox::{assert_data_eq, str};
use std::{
    borrow::Cow,
    cell::RefCell,
    num::ParseIntError,
    path::Path,
    sync::{
        Mutex,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", validate = Self::in_order)]
struct Shop {
    #[settings(default = 1)]
    low: u32,
    #[settings(default = 9, range(..=1000), reload)]
    high: u32,
}

impl Shop {
    fn in_order(&self) -> Result<(), &'static str> {
        if self.low < self.high {
            Ok(())
        } else {
            Err("low must be below high")
        }
    }
}

fn quick(cluster: &InMemoryStore) -> StoreBuilder {
    let retry = Duration::from_millis(10)..=Duration::from_millis(20);
    Store::builder(cluster.engine()).retry(retry)
}

/// Returns the number of the next applied revision.
fn applied(events: &Receiver<Event>) -> u64 {
    match events.recv_timeout(LONG).unwrap() {
        Event::Applied { revision, .. } => revision,
        event => panic!("not applied: {event}"),
    }
}

/// Returns the first problem of the next rejected change.
fn rejected(events: &Receiver<Event>) -> String {
    match events.recv_timeout(LONG).unwrap() {
        Event::Rejected { error, .. } => error.problems()[0].to_string(),
        event => panic!("not refused: {event}"),
    }
}

/// Loads as a start without the store does, from disk.
fn kept(file: &Path) -> (u32, u32) {
    let cluster = InMemoryStore::new();
    cluster.disconnect();
    let store = quick(&cluster)
        .deadline(Duration::from_millis(20))
        .last_good(file)
        .start();
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    assert_eq!(store.status().served_from, Some(ServedFrom::Disk));
    (shop.low, shop.high)
}

#[test]
fn a_change_in_the_store_is_put_in_force() {
    let cluster = InMemoryStore::new();
    cluster.put([("high", "5")]);
    let store = quick(&cluster).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let events = live.subscribe_channel();
    live.follow(&store).unwrap().detach();

    cluster.put([("high", "6")]);
    assert_eq!((applied(&events), live.current().high), (2, 6));
    assert_eq!(
        live.current().loaded().origin("high").unwrap().to_string(),
        "memory /high @2"
    );
    cluster.delete("high");
    assert_eq!((applied(&events), live.current().high), (3, 9));
}

#[test]
fn a_rejected_change_leaves_the_running_settings_until_a_valid_one() {
    let cluster = InMemoryStore::new();
    cluster.put([("high", "5")]);
    let store = quick(&cluster).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let events = live.subscribe_channel();
    live.follow(&store).unwrap().detach();

    cluster.put([("high", "5000")]);
    rejected(&events);
    let status = live.status();
    assert_eq!(
        (status.revision, status.rejections, live.current().high),
        (1, 1, 5)
    );
    assert_data_eq!(
        status.rejected.unwrap().error.to_string(),
        str![[r#"
1 problem in the settings (Shop)

  high: expected a value of at most 1000, found "5000" in memory /high @2
    help: correct high there, or set SHOP_HIGH, which overrides it

cross-field rules of Shop: not checked until the problems above are fixed

read: memory / @2
"#]]
    );

    cluster.put([("high", "6")]);
    assert_eq!((applied(&events), live.current().high), (2, 6));
    assert!(live.status().rejected.is_none());
}

#[test]
fn an_undone_change_clears_the_rejection() {
    let cluster = InMemoryStore::new();
    cluster.put([("high", "5")]);
    let store = quick(&cluster).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let events = live.subscribe_channel();
    live.follow(&store).unwrap().detach();
    cluster.put([("high", "lots")]);
    rejected(&events);
    cluster.put([("high", "5")]);
    until("the change is undone", || live.status().rejected.is_none());
    assert_eq!((live.revision(), live.current().high), (1, 5));
}

#[test]
fn a_change_before_follow_is_found() {
    let cluster = InMemoryStore::new();
    let store = quick(&cluster).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let events = live.subscribe_channel();
    cluster.put([("high", "5")]);
    until("the store reads it", || store.status().revision == Some(1));
    live.follow(&store).unwrap().detach();
    assert_eq!((applied(&events), live.current().high), (2, 5));
}

#[test]
fn a_transaction_is_never_seen_in_part() {
    const LAST: u32 = 300;
    let cluster = InMemoryStore::new();
    let write = |number: u32| {
        let keys = (0..8).map(|at| (format!("k{at}"), number));
        let ends = [("low".to_owned(), number), ("high".to_owned(), number + 1)];
        cluster.put(
            keys.chain(ends)
                .map(|(key, value)| (key, value.to_string())),
        );
    };
    write(0);
    let store = quick(&cluster).start();
    let live = Ten::empty_loader().store(&store).live().unwrap();
    live.follow(&store).unwrap().detach();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let began = Instant::now();
                let mut reader = live.reader();
                let mut seen = 0;
                while seen < LAST {
                    let next = reader.current().number();
                    assert!(next >= seen, "went back from {seen} to {next}");
                    assert!(began.elapsed() < LONG, "the last never came, but {next}");
                    seen = next;
                }
            });
        }
        for number in 1..=LAST {
            write(number);
            // Some are applied together with the next ones, and some are a revision of their own.
            if number % 4 == 0 {
                until("the change is in force", || live.current().low == number);
            }
        }
    });
    assert!(live.revision() > u64::from(LAST / 4));
    assert_eq!(live.status().rejections, 0);
}

/// Ten keys that are always written together.
#[derive(Debug, Settings)]
struct Ten {
    #[settings(reload)]
    k0: u32,
    #[settings(reload)]
    k1: u32,
    #[settings(reload)]
    k2: u32,
    #[settings(reload)]
    k3: u32,
    #[settings(reload)]
    k4: u32,
    #[settings(reload)]
    k5: u32,
    #[settings(reload)]
    k6: u32,
    #[settings(reload)]
    k7: u32,
    #[settings(reload)]
    low: u32,
    #[settings(reload)]
    high: u32,
}

impl Ten {
    /// The number of the write that all keys belong to.
    fn number(&self) -> u32 {
        let eight = [
            self.k0, self.k1, self.k2, self.k3, self.k4, self.k5, self.k6, self.k7,
        ];
        assert_eq!(eight, [self.low; 8], "torn");
        assert_eq!(self.low + 1, self.high, "torn");
        self.low
    }
}

#[test]
fn the_last_good_copy_never_holds_a_rejected_change() {
    let dir = Dir::with(&[]);
    let file = dir.path("last");
    let cluster = InMemoryStore::new();
    cluster.put([("high", "5")]);
    let store = quick(&cluster).last_good(&file).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let events = live.subscribe_channel();
    live.follow(&store).unwrap().detach();
    assert_eq!(kept(&file), (1, 5));

    cluster.put([("high", "5000")]);
    rejected(&events);
    assert_eq!(kept(&file), (1, 5));

    // Valid by itself, but not together with `low`, which stays 1 until the next start.
    cluster.put([("low", "0"), ("high", "1")]);
    assert_data_eq!(rejected(&events), str!["Shop: low must be below high"]);
    assert_eq!(kept(&file), (1, 5));

    cluster.put([("low", "2"), ("high", "6")]);
    applied(&events);
    assert_eq!(live.status().restart_required, ["low"]);
    assert_eq!((live.current().low, live.current().high), (1, 6));
    // A start without the store gives the same values as one with it.
    assert_eq!(kept(&file), (2, 6));
    assert!(store.status().disk_error.is_none());
}

#[test]
fn an_unavailable_store_changes_nothing_and_is_followed_again() {
    let cluster = InMemoryStore::new();
    cluster.put([("high", "5")]);
    let store = quick(&cluster).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let events = live.subscribe_channel();
    live.follow(&store).unwrap().detach();

    cluster.disconnect();
    let is_away = || live.status().stores[0].state == StoreState::Unavailable;
    until("it is noticed", is_away);
    cluster.put([("high", "6")]);
    assert_eq!(live.reload().unwrap(), 1);
    assert_eq!(live.current().high, 5);
    cluster.reconnect();
    assert_eq!((applied(&events), live.current().high), (2, 6));
}

#[test]
fn after_a_start_from_disk_the_store_takes_over() {
    let dir = Dir::with(&[]);
    let cluster = InMemoryStore::new();
    cluster.put([("high", "5")]);
    let before = quick(&cluster).last_good(dir.path("last")).start();
    drop(Shop::empty_loader().store(&before).live().unwrap());
    cluster.disconnect();

    let store = quick(&cluster)
        .deadline(Duration::from_millis(20))
        .last_good(dir.path("last"))
        .start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let events = live.subscribe_channel();
    live.follow(&store).unwrap().detach();
    assert_eq!(store.status().served_from, Some(ServedFrom::Disk));
    assert_eq!(live.current().high, 5);
    cluster.put([("high", "6")]);
    cluster.reconnect();
    assert_eq!((applied(&events), live.current().high), (2, 6));
    assert_eq!(store.status().served_from, Some(ServedFrom::Store));
}

#[test]
fn a_restored_backup_with_a_lower_revision_is_put_in_force() {
    let cluster = InMemoryStore::new();
    cluster.put([("high", "5")]);
    let backup = cluster.backup();
    let store = quick(&cluster).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let events = live.subscribe_channel();
    live.follow(&store).unwrap().detach();
    cluster.put([("high", "6")]);
    assert_eq!((applied(&events), live.current().high), (2, 6));
    cluster.restore(&backup);
    assert_eq!((applied(&events), live.current().high), (3, 5));
    cluster.put([("high", "7")]);
    assert_eq!((applied(&events), live.current().high), (4, 7));
}

#[test]
fn a_dropped_trigger_no_longer_follows() {
    let cluster = InMemoryStore::new();
    let store = quick(&cluster).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let events = live.subscribe_channel();
    let following = live.follow(&store).unwrap();
    cluster.put([("high", "5")]);
    applied(&events);
    drop(following);
    cluster.put([("high", "6")]);
    until("the store reads it", || store.status().revision == Some(2));
    assert_eq!(live.revision(), 2);
    assert_eq!(live.reload().unwrap(), 3);
}

/// Sends a message when its thread ends.
struct Ending(#[expect(dead_code, reason = "to be dropped")] Sender<()>);

/// An engine that sends a message when the thread of its store drops it.
struct Following(
    InMemoryEngine,
    #[expect(dead_code, reason = "to be dropped")] Ending,
);

impl Engine for Following {
    fn describe(&self) -> Cow<'_, str> {
        self.0.describe()
    }

    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault> {
        self.0.snapshot(within)
    }

    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
        self.0.changes(after, within)
    }
}

static FOLLOWING: Mutex<Option<Sender<()>>> = Mutex::new(None);

thread_local! {
    static ENDING: RefCell<Option<Ending>> = const { RefCell::new(None) };
}

/// Sends a message when the thread of a trigger ends.
fn watched(text: &str) -> Result<u32, ParseIntError> {
    if thread::current().name() == Some("settings-follow") {
        let sender = FOLLOWING.lock().unwrap().take();
        if let Some(sender) = sender {
            ENDING.with_borrow_mut(|ending| *ending = Some(Ending(sender)));
        }
    }
    text.parse()
}

#[test]
fn both_threads_end_with_the_settings_and_the_store() {
    #[derive(Debug, Settings)]
    struct Small {
        #[settings(parse_with = watched, reload)]
        value: u32,
    }
    let (sender, followed) = mpsc::channel();
    *FOLLOWING.lock().unwrap() = Some(sender);
    let (sender, listened) = mpsc::channel();
    let cluster = InMemoryStore::new();
    cluster.put([("value", "1")]);
    let store = Store::builder(Following(cluster.engine(), Ending(sender)))
        .heartbeat(Duration::from_millis(10))
        .start();
    let live = Small::empty_loader().store(&store).live().unwrap();
    let events = live.subscribe_channel();
    live.follow(&store).unwrap().detach();
    cluster.put([("value", "2")]);
    applied(&events);
    assert_eq!(live.current().value, 2);
    assert!(
        followed
            .try_recv()
            .is_err_and(|left| left == mpsc::TryRecvError::Empty)
    );

    drop(live);
    assert_eq!(
        followed.recv_timeout(LONG),
        Err(RecvTimeoutError::Disconnected)
    );
    // The store continues for its other handles.
    cluster.put([("value", "3")]);
    until("the store reads it", || store.status().revision == Some(3));
    drop(store);
    assert_eq!(
        listened.recv_timeout(LONG),
        Err(RecvTimeoutError::Disconnected)
    );
}

#[test]
fn a_store_owned_by_live_settings_ends_with_them() {
    let (sender, listened) = mpsc::channel();
    let store = Store::builder(Following(InMemoryStore::new().engine(), Ending(sender)))
        .heartbeat(Duration::from_millis(10))
        .start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let following = live.follow(&store).unwrap();
    drop(store);
    assert_eq!(live.reload().unwrap(), 1);
    drop(live);
    assert_eq!(
        listened.recv_timeout(LONG),
        Err(RecvTimeoutError::Disconnected)
    );
    drop(following);
}
