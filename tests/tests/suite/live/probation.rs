//! A revision that makes the program unhealthy is taken back to the last one that passed.

use crate::{dir::Dir, wait::until};
use settings_core::{
    Live, Settings,
    live::{Event, ProbationStatus, TriggerGuard},
    remote::{Store, testing::InMemoryStore},
};
use snapbox::{IntoData, assert_data_eq, str};
use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, Receiver},
    },
    time::Duration,
};

/// Three calls of the health function.
const SHORT: Duration = Duration::from_millis(15);

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = 8, reload)]
    workers: u32,
    #[settings(default = "info", reload)]
    log_level: String,
    #[settings(default = 8080)]
    port: u16,
}

/// A program that is unhealthy with more than 100 workers, or while `is_broken`.
struct Program {
    dir: Dir,
    live: Live<App>,
    events: Receiver<Event>,
    is_broken: Arc<AtomicBool>,
    calls: Arc<AtomicU64>,
    /// While a test holds it, the health function waits.
    pause: Arc<Mutex<()>>,
    _guard: TriggerGuard,
}

fn program() -> Program {
    let dir = Dir::with(&[(".env", "APP_WORKERS=10")]);
    let loader = App::empty_loader().env_file(dir.path(".env"));
    let live = loader.live().unwrap();
    let events = live.subscribe_channel();
    let (is_broken, calls) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let (seen, broken, counted) = (live.clone(), is_broken.clone(), calls.clone());
    let pause = Arc::new(Mutex::new(()));
    let paused = pause.clone();
    let health = move || {
        drop(paused.lock());
        counted.fetch_add(1, Ordering::SeqCst);
        seen.current().workers <= 100 && !broken.load(Ordering::SeqCst)
    };
    let guard = live.probation(SHORT, health).unwrap();
    Program {
        dir,
        live,
        events,
        is_broken,
        calls,
        pause,
        _guard: guard,
    }
}

impl Program {
    fn write(&self, content: &str) -> u64 {
        self.dir.write(".env", content);
        self.live.reload().unwrap()
    }

    fn status(&self) -> ProbationStatus {
        self.live.status().probation.unwrap()
    }

    /// Waits until the health function was called this often from now on.
    fn calls(&self, more: u64) {
        let wanted = self.calls.load(Ordering::SeqCst) + more;
        until("it is called", || {
            self.calls.load(Ordering::SeqCst) >= wanted
        });
    }

    fn reverted(&self) -> Event {
        loop {
            match self.events.recv_timeout(Duration::from_mins(1)).unwrap() {
                event @ Event::Reverted { .. } => return event,
                Event::Applied { .. } | Event::Rejected { .. } => {}
                event => panic!("{event}"),
            }
        }
    }
}

#[test]
fn an_unhealthy_revision_is_reverted_by_a_higher_one() {
    let program = program();
    let first = program.live.current();
    assert_eq!(
        program.write("APP_WORKERS=1000\nAPP_LOG_LEVEL=debug\nAPP_PORT=9"),
        2
    );
    let event = program.reverted();
    assert_data_eq!(
        event.to_string(),
        str![
            "reverted by revision 3 of the settings, because the program was unhealthy three times in a row: workers: 1000 -> 10, log_level: debug -> info"
        ]
    );
    let current = program.live.current();
    assert_eq!(current.revision(), 3);
    assert_eq!((current.workers, &*current.log_level), (10, "info"));
    assert_eq!(
        current.loaded().origin("workers").unwrap(),
        first.loaded().origin("workers").unwrap()
    );
    let status = program.live.status();
    assert_eq!(status.restart_required, ["port"]);
    let probation = status.probation.unwrap();
    assert!(probation.passed && !probation.paused);
    assert_eq!(probation.reverts, 1);
    let last = probation.last_revert.unwrap();
    assert_eq!(last.revision, 2);
    assert_eq!(
        last.reason,
        "the program was unhealthy three times in a row"
    );
    assert_eq!(program.live.status().rejections, 0);
}

#[test]
fn the_page_and_json_show_the_state() {
    let program = program();
    let page = || {
        let page = program.live.to_html();
        let line = page.lines().find(|line| line.contains("Probation: "));
        let (before, after) = line.unwrap().split_once("the last at ").unwrap();
        format!("{before}the last at TIME{}", &after[20..])
    };
    let json = || serde_json::from_str::<serde_json::Value>(&program.live.to_json()).unwrap();
    program.write("APP_WORKERS=500");
    program.reverted();
    until("it is healthy again", || program.status().healthy);
    assert_data_eq!(
        page(),
        str![[r#"<p class="facts">Probation: passed; 1 revert, the last at TIME of revision 2: the program was unhealthy three times in a row</p>"#]]
        .raw()
    );
    let (status, state) = (program.live.status(), json());
    assert_eq!(state["fingerprint"], status.fingerprint);
    assert!(
        program
            .live
            .to_html()
            .contains(&format!("fingerprint <code>{}</code>", status.fingerprint))
    );
    let mut probation = state["probation"].clone();
    assert!(probation["last_revert"]["at"].take().is_string());
    assert!(probation["good"].take().is_u64());
    assert_data_eq!(
        format!("{probation:#}"),
        str![[r#"
{
  "good": null,
  "healthy": true,
  "last_revert": {
    "at": null,
    "reason": "the program was unhealthy three times in a row",
    "revision": 2
  },
  "needed": 3,
  "passed": true,
  "paused": false,
  "reverts": 1
}
"#]]
        .raw()
    );
}

/// Probation protects a process that runs, also one that is killed afterwards: the next one has no memory of it.
#[test]
fn a_restart_loads_what_is_there() {
    let program = program();
    program.write("APP_WORKERS=500");
    program.reverted();
    assert_eq!(program.live.current().workers, 10);
    let loader = App::empty_loader().env_file(program.dir.path(".env"));
    assert_eq!(loader.live().unwrap().current().workers, 500);
}

#[test]
fn a_healthy_revision_passes_and_is_the_next_point_of_return() {
    let program = program();
    assert!(program.status().passed, "the one in force at the start");
    program.write("APP_WORKERS=20");
    until("it passes", || program.status().passed);
    program.write("APP_WORKERS=1000");
    program.reverted();
    assert_eq!(program.live.current().workers, 20);
    // A revision that has passed is not taken back.
    program.is_broken.store(true, Ordering::SeqCst);
    program.calls(6);
    assert_eq!((program.live.revision(), program.status().reverts), (4, 1));
    assert!(!program.status().healthy);
}

#[test]
fn a_reload_during_probation_has_the_same_point_of_return() {
    let program = program();
    // Neither passes: each is replaced at once, or is unhealthy.
    program.dir.write(".env", "APP_WORKERS=900");
    program.live.reload().unwrap();
    program
        .dir
        .write(".env", "APP_WORKERS=1000\nAPP_LOG_LEVEL=debug");
    program.live.reload().unwrap();
    program.reverted();
    until("it is back", || program.live.current().workers == 10);
    assert_eq!(program.live.current().log_level, "info");
}

#[test]
fn reverted_values_are_rejected_until_another_revision_passes() {
    let program = program();
    program.write("APP_WORKERS=1000");
    program.reverted();
    let taken_back = str![
        "these values were taken back, because the program was unhealthy three times in a row"
    ];
    // The sources still contain what is not in force, and every reload says so.
    for _ in 0..2 {
        let error = program.live.reload().unwrap_err();
        assert_data_eq!(error.problems()[0].to_string(), taken_back.clone());
        assert_eq!(program.live.revision(), 3);
        assert!(program.live.status().rejected.is_some());
    }
    program.write("APP_WORKERS=11");
    assert!(program.live.status().rejected.is_none());
    program.dir.write(".env", "APP_WORKERS=1000");
    // 11 may have passed in the meantime; then 1000 is tried again.
    if let Err(error) = program.live.reload() {
        assert_data_eq!(error.problems()[0].to_string(), taken_back);
    } else {
        program.reverted();
    }
    program.write("APP_WORKERS=12");
    until("it passes", || {
        program.status().passed && program.live.current().workers == 12
    });
    program.write("APP_WORKERS=1000");
    program.reverted();
    assert_eq!(program.live.current().workers, 12);
}

#[test]
fn valid_settings_of_the_sources_replace_the_reverted_ones() {
    let program = program();
    let pause = program.pause.lock();
    program.write("APP_WORKERS=1000");
    // Nothing reloads it but the revert.
    program.dir.write(".env", "APP_WORKERS=12");
    drop(pause);
    let event = program.reverted();
    assert!(
        event.to_string().ends_with(": workers: 1000 -> 12"),
        "{event}"
    );
    assert_eq!(
        (program.live.revision(), program.live.current().workers),
        (3, 12)
    );
    until("it passes", || program.status().passed);
}

#[test]
fn invalid_settings_of_the_sources_do_not_stop_a_revert() {
    let program = program();
    let pause = program.pause.lock();
    program.write("APP_WORKERS=1000");
    program.dir.write(".env", "APP_WORKERS=many");
    drop(pause);
    program.reverted();
    assert_eq!(program.live.current().workers, 10);
    assert!(program.live.reload().is_err());
    assert_eq!(program.live.current().workers, 10);
}

#[test]
fn a_program_that_was_unhealthy_before_keeps_its_new_settings() {
    let program = program();
    program.is_broken.store(true, Ordering::SeqCst);
    until("it is noticed", || !program.status().healthy);
    program.write("APP_WORKERS=20");
    program.calls(8);
    assert_eq!(
        (program.live.revision(), program.live.current().workers),
        (2, 20)
    );
    // Once it was healthy, it counts.
    program.is_broken.store(false, Ordering::SeqCst);
    until("it passes", || program.status().passed);
}

#[test]
fn a_panic_and_a_call_that_never_returns_are_bad() {
    let dir = Dir::with(&[]);
    let live = || {
        App::empty_loader()
            .env_file(dir.path(".env"))
            .live()
            .unwrap()
    };
    let (panicking, silent) = (live(), live());
    let (_never, waits) = mpsc::channel::<()>();
    let (seen, blocked) = (panicking.clone(), silent.clone());
    let _guard = panicking.probation(SHORT, move || {
        assert!(seen.current().workers <= 100, "a bug of the program");
        true
    });
    let _silent_guard = silent.probation(SHORT, move || {
        blocked.current().workers <= 100 || waits.recv().is_ok()
    });
    let events = [&panicking, &silent].map(Live::subscribe_channel);
    dir.write(".env", "APP_WORKERS=1000");
    for live in [&panicking, &silent] {
        live.reload().unwrap();
    }
    let reasons = events.map(|events| {
        let mut events = events.into_iter();
        let found = events.find_map(|event| match event {
            Event::Reverted { reason, .. } => Some(reason),
            _ => None,
        });
        found.unwrap()
    });
    assert_eq!(
        reasons,
        [
            "the health function panicked",
            "the health function did not return within 5s"
        ]
    );
}

#[test]
fn after_three_reverts_triggers_pause_and_reload_does_not() {
    let cluster = InMemoryStore::new();
    cluster.put([("workers", "10")]);
    let store = Store::builder(cluster.engine()).start();
    let live = App::empty_loader().store(&store).live().unwrap();
    let seen = live.clone();
    let health = move || seen.current().workers <= 100;
    let _guard = live.probation(SHORT, health).unwrap();
    let _following = live.follow(&store).unwrap();
    let reverts = || live.status().probation.unwrap().reverts;
    for (nth, workers) in [(1, "1001"), (2, "1002"), (3, "1003")] {
        cluster.put([("workers", workers)]);
        until("it is reverted", || reverts() == nth);
    }
    assert!(live.status().probation.unwrap().paused);
    let revision = live.revision();
    cluster.put([("workers", "20")]);
    let heard = || {
        store
            .snapshot()
            .is_some_and(|held| held.values["workers"].bytes() == b"20")
    };
    until("the store has it", heard);
    assert_eq!((live.revision(), live.current().workers), (revision, 10));
    // An operator decides.
    live.reload().unwrap();
    assert_eq!(live.current().workers, 20);
    until("it passes", || !live.status().probation.unwrap().paused);
    cluster.put([("workers", "30")]);
    until("triggers reload again", || live.current().workers == 30);
}

#[test]
fn there_is_one_probation_at_a_time_and_its_guard_ends_it() {
    let program = program();
    let again = program.live.probation(SHORT, || true).unwrap_err();
    assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
    let Program {
        live,
        _guard: guard,
        ..
    } = program;
    drop(guard);
    assert!(live.status().probation.is_none());
    live.probation(SHORT, || true).unwrap().detach();
    assert!(live.status().probation.is_some());
}
