//! Every subscriber gets every event, and none delays another.

use super::LONG;
use crate::dir::Dir;
use settings_core::{Live, Settings, live::Event};
use snapbox::{assert_data_eq, str};
use std::{
    pin::pin,
    sync::{Arc, Barrier, mpsc},
    task::{Context, Poll, Wake},
    thread::{self, Thread},
};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = 1, reload)]
    rate: u32,
    #[settings(reload)]
    note: Option<String>,
    #[settings(default = 8080)]
    port: u16,
}

fn live(dir: &Dir) -> Live<App> {
    App::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap()
}

#[test]
fn an_event_has_the_old_and_new_values() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    let events = live.subscribe_channel();
    dir.write(".env", "APP_RATE=2\nAPP_NOTE='a b'\nAPP_PORT=80");
    live.reload().unwrap();
    let event = events.recv_timeout(LONG).unwrap();
    assert_data_eq!(
        event.to_string(),
        str![
            "revision 2 of the settings: rate: 1 -> 2, note: - -> a b; a restart is required for port"
        ]
    );
}

#[test]
fn a_repeated_rejection_is_reported_once() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    let events = live.subscribe_channel();
    dir.write(".env", "APP_RATE=x");
    live.reload().unwrap_err();
    live.reload().unwrap_err();
    dir.write(".env", "APP_RATE=3");
    live.reload().unwrap();
    let Event::Rejected {
        revision, error, ..
    } = events.recv_timeout(LONG).unwrap()
    else {
        panic!()
    };
    assert_eq!((revision, error.problems()[0].key()), (1, Some("rate")));
    assert!(matches!(
        events.recv_timeout(LONG).unwrap(),
        Event::Applied { revision: 2, .. }
    ));
    assert_eq!(live.status().rejections, 1);
}

#[test]
fn an_unchanged_load_causes_no_event() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    let events = live.subscribe_channel();
    dir.write(".env", "APP_RATE=1");
    live.reload().unwrap();
    live.reload().unwrap();
    drop(live);
    assert!(events.recv().is_err());
}

#[test]
fn a_panicking_or_slow_callback_delays_no_other() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    let gate = Arc::new(Barrier::new(2));
    let waiting = Arc::clone(&gate);
    let mut count = 0;
    let slow = live.subscribe(move |_| {
        count += 1;
        if count == 1 {
            waiting.wait();
        }
    });
    let (sender, received) = mpsc::channel();
    let panicking = live.subscribe(move |event| {
        sender.send(event.to_string()).unwrap();
        std::panic::resume_unwind(Box::new("of the subscriber"));
    });
    let unread = live.subscribe_channel();
    for rate in 2..=500 {
        dir.write(".env", format!("APP_RATE={rate}"));
        assert_eq!(live.reload().unwrap(), rate);
    }
    for _ in 2..=3 {
        received.recv_timeout(LONG).unwrap();
    }
    gate.wait();
    drop((slow, panicking, live));

    // One event was on its way already, and of the others the newest are there.
    let read: Vec<_> = unread.iter().collect();
    assert!(read.len() < 300, "{} were kept", read.len());
    assert!(matches!(
        read.last(),
        Some(Event::Applied { revision: 500, .. })
    ));
}

#[test]
fn a_dropped_subscription_gets_no_more_events() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    let (sender, received) = mpsc::channel();
    drop(live.subscribe(move |_| sender.send(()).unwrap()));
    dir.write(".env", "APP_RATE=2");
    live.reload().unwrap();
    assert!(received.recv_timeout(LONG).is_err());
}

#[test]
fn a_detached_callback_gets_every_event_until_the_settings_are_dropped() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    let (sender, received) = mpsc::channel();
    live.subscribe(move |event| sender.send(event.to_string()).unwrap())
        .detach();
    dir.write(".env", "APP_RATE=2");
    live.reload().unwrap();
    drop(live);
    assert_eq!(received.iter().count(), 1);
}

/// Waits for a future that another thread completes.
fn wait_for<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn async_code_can_await_the_last_event() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    let mut watch = live.subscribe_watch();
    assert!(watch.borrow().is_none());
    dir.write(".env", "APP_RATE=2");
    live.reload().unwrap();
    wait_for(watch.changed()).unwrap();
    assert!(matches!(
        &*watch.borrow(),
        Some(Event::Applied { revision: 2, .. })
    ));
    drop(live);
    assert!(wait_for(watch.changed()).is_err());
}

#[test]
fn borrowing_the_last_event_delays_no_reload() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    let watch = live.subscribe_watch();
    let events = live.subscribe_channel();
    let looking = watch.borrow();
    for rate in 2..=5 {
        dir.write(".env", format!("APP_RATE={rate}"));
        assert_eq!(live.reload().unwrap(), rate);
        events.recv_timeout(LONG).unwrap();
    }
    drop(looking);
    let mut watch = watch;
    let is_last = |event: &Option<Event>| matches!(event, Some(Event::Applied { revision: 5, .. }));
    wait_for(watch.wait_for(is_last)).unwrap();
}

#[test]
fn a_callback_may_reload() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    let handle = live.clone();
    let (sender, received) = mpsc::channel();
    let _subscription = live.subscribe(move |_| sender.send(handle.reload().unwrap()).unwrap());
    dir.write(".env", "APP_RATE=2");
    live.reload().unwrap();
    assert_eq!(received.recv_timeout(LONG), Ok(2));
}

#[cfg(target_os = "linux")]
#[test]
fn an_abandoned_subscription_leaves_no_thread_behind() {
    const MANY: usize = 300;
    let dir = Dir::with(&[]);
    let live = live(&dir);
    for _ in 0..MANY {
        drop(live.subscribe_channel());
    }
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")));
    // Other tests have some.
    let subscribers = names
        .flatten()
        .filter(|name| name.starts_with("settings-subscr"));
    assert!(subscribers.count() < MANY / 2);
}
