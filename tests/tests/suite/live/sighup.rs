//! SIGHUP reloads the settings.

use super::LONG;
use crate::{dir::Dir, events::Events, wait::until};
use settings_core::{Settings, live::Event};
use std::process::Command;

#[derive(Debug, Settings)]
struct App {
    #[settings(default = 1, reload)]
    rate: u32,
}

fn hang_up() {
    let own = std::process::id().to_string();
    let sent = Command::new("kill").args(["-HUP", &own]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn the_signal_reloads() {
    let dir = Dir::with(&[]);
    let live = App::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap();
    let events = live.subscribe_channel();
    let trigger = live.reload_on_sighup().unwrap();

    dir.write(".env", "RATE=2");
    hang_up();
    assert!(matches!(
        events.recv_timeout(LONG).unwrap(),
        Event::Applied { revision: 2, .. }
    ));
    let log = Events::default();
    // Triggers run on threads of their own, which only a global subscriber sees.
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    hang_up();
    let acknowledged = "message=SIGHUP: the settings are unchanged revision=2";
    until("the signal is acknowledged", || {
        let log = log.0.lock().unwrap();
        log.iter().any(|event| event.contains(acknowledged))
    });

    dir.write(".env", "RATE=x");
    hang_up();
    assert!(matches!(
        events.recv_timeout(LONG).unwrap(),
        Event::Rejected { revision: 2, .. }
    ));

    drop(trigger);
    dir.write(".env", "RATE=3");
    hang_up();
    live.reload().unwrap();
    assert_eq!(live.current().rate, 3);
}

#[cfg(target_os = "linux")]
#[test]
fn a_dropped_trigger_closes_its_files() {
    const MANY: usize = 200;
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let live = App::empty_loader().live().unwrap();
    let before = open();
    for _ in 0..MANY {
        drop(live.reload_on_sighup().unwrap());
    }
    // Other tests open some.
    assert!(open() < before + MANY / 2);
}
