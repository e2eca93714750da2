//! A valid load replaces the running settings as a whole; an invalid one changes nothing.

use crate::{dir::Dir, reports::lines};
use settings_core::{ExposeSecret, Live, SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", validate = Self::in_order)]
struct App {
    #[settings(default = 1, reload)]
    low: u32,
    #[settings(default = 9, range(..=1000), reload)]
    high: u32,
}

impl App {
    fn in_order(&self) -> Result<(), &'static str> {
        if self.low < self.high {
            Ok(())
        } else {
            Err("low must be below high")
        }
    }
}

fn live(dir: &Dir) -> Live<App> {
    App::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap()
}

#[test]
fn a_valid_change_is_a_new_revision() {
    let dir = Dir::with(&[(".env", "APP_HIGH=5")]);
    let live = live(&dir);
    assert_eq!((live.revision(), live.current().high), (1, 5));

    dir.write(".env", "APP_HIGH=6");
    assert_eq!(live.current().high, 5);
    assert_eq!(live.reload().unwrap(), 2);
    assert_eq!((live.revision(), live.current().high), (2, 6));
    assert_eq!(
        live.current().loaded().origin("high").unwrap().to_string(),
        format!("{}:1", dir.text(".env"))
    );
}

#[test]
fn the_same_values_are_no_new_revision() {
    let dir = Dir::with(&[(".env", "APP_HIGH=5")]);
    let live = live(&dir);
    dir.write(".env", "# a comment\nAPP_HIGH=5\nAPP_LOW=1\n");
    assert_eq!(live.reload().unwrap(), 1);
}

#[test]
fn a_snapshot_does_not_change_while_it_is_held() {
    let dir = Dir::with(&[(".env", "APP_HIGH=5")]);
    let live = live(&dir);
    let before = live.current();
    dir.write(".env", "APP_HIGH=6");
    live.reload().unwrap();
    assert_eq!((before.high, before.revision()), (5, 1));
}

#[test]
fn a_reader_sees_the_next_revision_when_it_reads_again() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    let mut reader = live.reader();
    assert_eq!(reader.current().high, 9);
    dir.write(".env", "APP_HIGH=6");
    live.reload().unwrap();
    assert_eq!((reader.current().high, reader.revision()), (6, 2));
}

#[test]
fn a_rejected_change_leaves_the_running_settings() {
    let dir = Dir::with(&[(".env", "APP_HIGH=5")]);
    let live = live(&dir);
    dir.write(".env", "APP_HIGH=lots\nAPP_LOW=2000\n");
    let error = live.reload().unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert_eq!(
        (live.revision(), live.current().low, live.current().high),
        (1, 1, 5)
    );

    let status = live.status();
    assert_eq!((status.revision, status.rejections), (1, 1));
    assert_eq!(
        status.rejected.unwrap().error.to_string(),
        error.to_string()
    );

    dir.write(".env", "APP_HIGH=7");
    assert_eq!(live.reload().unwrap(), 2);
    assert!(live.status().rejected.is_none());
}

#[test]
fn a_change_that_breaks_a_struct_rule_is_rejected() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    dir.write(".env", "APP_LOW=9");
    let error = live.reload().unwrap_err();
    assert_data_eq!(
        error.problems()[0].to_string(),
        str!["App: low must be below high"]
    );
}

#[test]
fn a_file_that_becomes_empty_is_rejected() {
    let dir = Dir::with(&[("a.env", "APP_HIGH=5")]);
    let live = App::empty_loader()
        .env_file(dir.path("a.env"))
        .live()
        .unwrap();
    dir.write("a.env", "");
    let error = live.reload().unwrap_err();
    assert_data_eq!(
        dir.relative(&lines(error.problems())),
        str![[r#"
Source a.env is empty now, as a file is while it is being written
  help: replace it in one step; to remove all settings in it, leave a comment or a blank line in it
"#]]
    );
    assert_eq!(live.current().high, 5);

    dir.write("a.env", "\n");
    live.reload().unwrap();
    assert_eq!(live.current().high, 9);
}

#[test]
fn a_file_that_disappears_is_rejected_unless_it_is_optional() {
    let dir = Dir::with(&[("a.env", "APP_HIGH=5"), ("b.env", "APP_LOW=3")]);
    let live = App::empty_loader()
        .env_file(dir.path("a.env"))
        .optional_env_file(dir.path("b.env"))
        .live()
        .unwrap();
    std::fs::remove_file(dir.path("a.env")).unwrap();
    std::fs::remove_file(dir.path("b.env")).unwrap();
    let error = live.reload().unwrap_err();
    assert_data_eq!(
        dir.relative(&lines(error.problems())),
        str![[r#"
Source a.env is absent now, but was read before
  help: restore it; to remove all settings in it, leave a comment or a blank line in it, or declare it as optional("a.env")
"#]]
    );
    assert_eq!((live.current().low, live.current().high), (3, 5));

    dir.write("a.env", "APP_HIGH=6");
    live.reload().unwrap();
    assert_eq!((live.current().low, live.current().high), (1, 6));
}

#[test]
fn a_file_of_a_pattern_may_come_and_go() {
    let dir = Dir::with(&[("d/1.toml", "high = 5")]);
    let live = App::empty_loader()
        .file_pattern(dir.path("d/*.toml"))
        .live()
        .unwrap();
    dir.write("d/2.toml", "high = 6");
    live.reload().unwrap();
    assert_eq!(live.current().high, 6);
    std::fs::remove_file(dir.path("d/2.toml")).unwrap();
    live.reload().unwrap();
    assert_eq!(live.current().high, 5);
}

#[test]
fn no_reader_sees_a_part_of_a_change() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    let is_over = AtomicBool::new(false);
    let reads = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut reader = live.reader();
                while !is_over.load(Ordering::Relaxed) {
                    let app = reader.current();
                    assert!(app.low < app.high, "{app:?}");
                    let app = live.current();
                    assert!(app.low < app.high, "{:?}", *app);
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 1..=300 {
            // Either field would break the invariant beside the other's old value.
            let low = if round % 2 == 0 { 10 } else { 500 };
            dir.write(".env", format!("APP_LOW={low}\nAPP_HIGH={}\n", low + 1));
            live.reload().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(live.revision(), 301);
    assert!(reads.into_inner() > 0);
}

#[test]
fn concurrent_reloads_run_one_after_the_other() {
    let dir = Dir::with(&[]);
    let live = live(&dir);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    live.reload().unwrap();
                }
            });
        }
        dir.write(".env", "APP_HIGH=7");
    });
    live.reload().unwrap();
    assert_eq!((live.revision(), live.current().high), (2, 7));
}

#[test]
fn old_revisions_are_freed() {
    static ALIVE: AtomicI64 = AtomicI64::new(0);
    #[derive(Debug)]
    struct Alive;
    impl Drop for Alive {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::SeqCst);
        }
    }
    fn alive(text: &str) -> Result<Alive, std::convert::Infallible> {
        let _ = text;
        ALIVE.fetch_add(1, Ordering::SeqCst);
        Ok(Alive)
    }
    #[derive(Debug, Settings)]
    struct Small {
        #[settings(parse_with = alive, reload)]
        value: Alive,
    }
    let dir = Dir::with(&[("a.env", "VALUE=0")]);
    let live = Small::empty_loader()
        .env_file(dir.path("a.env"))
        .live()
        .unwrap();
    let held = live.current();
    for number in 1..=100 {
        dir.write("a.env", format!("VALUE={number}"));
        live.reload().unwrap();
    }
    assert!(format!("{:?}", held.value).starts_with("Alive"));
    drop(held);
    assert_eq!(ALIVE.load(Ordering::SeqCst), 1);
    drop(live);
    assert_eq!(ALIVE.load(Ordering::SeqCst), 0);
}

#[test]
fn a_change_during_which_application_code_panicked_is_not_lost() {
    #[derive(Debug, Settings)]
    #[settings(derived(pub each: u32 = self.total / self.workers))]
    struct Pool {
        #[settings(default = 10)]
        total: u32,
        #[settings(default = 1, reload)]
        workers: u32,
    }
    let dir = Dir::with(&[]);
    let live = Pool::empty_loader()
        .env_file(dir.path("a.env"))
        .live()
        .unwrap();
    dir.write("a.env", "WORKERS=0");
    for _ in 0..2 {
        let reloaded = panic::catch_unwind(AssertUnwindSafe(|| live.reload()));
        assert!(reloaded.is_err(), "{reloaded:?}");
        assert_eq!((live.revision(), live.current().workers), (1, 1));
    }
    dir.write("a.env", "WORKERS=2");
    assert_eq!(live.reload().unwrap(), 2);
    assert_eq!(live.current().each(), 5);
}

#[test]
fn a_status_belongs_to_one_moment() {
    #[derive(Debug, Settings)]
    struct Small {
        #[settings(default = 0)]
        port: u32,
    }
    let dir = Dir::with(&[]);
    let live = Small::empty_loader()
        .env_file(dir.path("a.env"))
        .live()
        .unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let status = live.status();
                let asks = !status.restart_required.is_empty();
                assert_eq!(asks, status.revision % 2 == 0, "{status:?}");
            }
        });
        for round in 1..=500 {
            dir.write("a.env", format!("PORT={}", round % 2));
            live.reload().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(live.revision(), 501);
}

#[test]
fn a_new_secret_from_a_function_is_a_change() {
    fn next() -> SecretString {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        format!("token-{}", NEXT.fetch_add(1, Ordering::Relaxed)).into()
    }
    #[derive(Debug, Settings)]
    struct Small {
        #[settings(default_with = next, reload)]
        token: SecretString,
    }
    let live = Small::empty_loader().live().unwrap();
    let first = live.current().token.expose_secret().to_owned();
    live.reload().unwrap();
    assert_ne!(live.current().token.expose_secret(), first);
}

static NESTED: OnceLock<Live<Nested>> = OnceLock::new();

/// A struct whose rule reloads the settings that are being reloaded.
#[derive(Debug, Settings)]
#[settings(prefix = "APP_", validate = Self::reload_again)]
struct Nested {
    #[settings(default = 1, reload)]
    low: u32,
}

impl Nested {
    fn reload_again(&self) -> Result<(), String> {
        match NESTED.get() {
            Some(live) => {
                let reload = live.reload().map(drop);
                reload.map_err(|error| error.problems()[0].to_string())
            }
            None => Ok(()),
        }
    }
}

#[test]
fn a_reload_during_its_own_load_is_an_error_and_blocks_nothing() {
    let dir = Dir::with(&[]);
    let live = Nested::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap();
    NESTED.set(live.clone()).unwrap();
    dir.write(".env", "APP_LOW=2");
    for _ in 0..2 {
        let report = live.reload().unwrap_err().to_string();
        let expected = "Nested: `reload` was called during a reload of the same settings";
        assert!(report.contains(expected), "{report}");
    }
    assert_eq!(live.revision(), 1);
}

static JOINING: OnceLock<Live<Joining>> = OnceLock::new();

/// A struct whose rule waits for another thread that reloads the settings.
#[derive(Debug, Settings)]
#[settings(prefix = "APP_", validate = Self::reload_elsewhere)]
struct Joining {
    #[settings(default = 1, reload)]
    low: u32,
}

impl Joining {
    fn reload_elsewhere(&self) -> Result<(), String> {
        let Some(live) = JOINING.get() else {
            return Ok(());
        };
        let reload = thread::spawn(|| live.reload().map(drop));
        let reload = reload.join().unwrap();
        reload.map_err(|error| error.problems()[0].to_string())
    }
}

#[test]
fn a_reload_in_a_thread_that_its_own_load_waits_for_is_an_error() {
    let dir = Dir::with(&[]);
    let live = Joining::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap();
    JOINING.set(live.clone()).unwrap();
    dir.write(".env", "APP_LOW=2");
    assert_data_eq!(
        live.reload().unwrap_err().to_string(),
        str![[r#"
1 problem in the settings (Joining)

  Joining: `reload` was called during a reload of the same settings, whose functions have not
      returned for 10 seconds

read: [..]
"#]]
    );
    assert_eq!(live.revision(), 1);
}

#[cfg(unix)]
#[test]
fn a_reload_that_waits_for_a_fifo_does_not_delay_another_one() {
    let dir = Dir::with(&[(".env", "APP_LOW=2")]);
    let live = live(&dir);
    std::fs::remove_file(dir.path(".env")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(dir.path(".env"))
        .status();
    assert!(made.unwrap().success());
    let waiting = {
        let live = live.clone();
        thread::spawn(move || live.reload())
    };
    thread::sleep(Duration::from_millis(500));
    // The first reload has opened the FIFO, which is replaced by a file.
    dir.write("new", "APP_LOW=3");
    std::fs::rename(dir.path("new"), dir.path(".env")).unwrap();
    assert_eq!(live.reload().unwrap(), 2);
    assert!(!waiting.is_finished());
    assert_eq!(live.current().low, 3);
    // The first one was overtaken, and reads again: the FIFO is not a problem any more.
    assert_eq!(waiting.join().unwrap().unwrap(), 2);
    assert!(live.status().rejected.is_none());
}
