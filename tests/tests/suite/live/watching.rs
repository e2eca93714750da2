//! Watched files are read when they are complete, however they are changed.

use super::LONG;
use crate::dir::Dir;
use settings_core::{
    ExposeSecret, Live, Loader, SecretString, Settings,
    live::{Event, WatchOptions},
};
use std::{
    collections::BTreeMap,
    convert::Infallible,
    fs, io,
    io::Write,
    ops::RangeInclusive,
    os::unix::fs::symlink,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    thread,
    time::{Duration, Instant},
};

/// Number of live values per test, by the name of its directory.
static ALIVE: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// Counts its own instances.
#[derive(Debug)]
struct Counted(String);

impl Counted {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the form that `parse_with` asks for"
    )]
    fn new(directory: &str) -> Result<Self, Infallible> {
        let mut alive = ALIVE.lock().unwrap();
        *alive.entry(directory.to_owned()).or_default() += 1;
        Ok(Self(directory.to_owned()))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        *ALIVE.lock().unwrap().get_mut(&self.0).unwrap() -= 1;
    }
}

/// Each setting has a file of its own.
#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(reload)]
    one: u32,
    #[settings(reload)]
    two: u32,
    #[settings(reload)]
    three: SecretString,
    #[settings(default = 0, reload)]
    last: u32,
    #[settings(parse_with = Counted::new, reload)]
    counted: Counted,
}

impl App {
    /// The generation that all values belong to.
    fn generation(&self) -> u32 {
        assert_eq!(self.one, self.two, "torn");
        assert_eq!(self.one.to_string(), self.three.expose_secret(), "torn");
        self.one
    }
}

/// Writes the files of one generation.
fn generation(directory: &Path, number: u32) {
    fs::create_dir_all(directory.join("secrets")).unwrap();
    fs::write(directory.join("one.toml"), format!("one = {number}\n")).unwrap();
    fs::write(directory.join("two.env"), format!("APP_TWO={number}\n")).unwrap();
    fs::write(directory.join("secrets/three"), number.to_string()).unwrap();
}

fn loader(directory: &Path) -> Loader<App> {
    App::empty_loader()
        .set("counted", directory.to_str().unwrap())
        .file(directory.join("one.toml"))
        .env_file(directory.join("two.env"))
        .secrets_dir(directory.join("secrets"))
}

/// Replaces a link in one step.
fn swap(link: &Path, target: &str) {
    let new = link.with_file_name("..data_tmp");
    symlink(target, &new).unwrap();
    fs::rename(&new, link).unwrap();
}

/// Waits until this generation is in force.
fn wait_for(events: &Receiver<Event>, live: &Live<App>, number: u32) {
    while live.current().generation() != number {
        events.recv_timeout(LONG).unwrap_or_else(|_| {
            panic!("{number} did not come into force: {:?}", live.status());
        });
    }
}

/// Runs `change` for each generation next to two readers per core, waits for the last, and checks that the others are freed.
fn storm(
    live: &Live<App>,
    watch: WatchOptions,
    numbers: RangeInclusive<u32>,
    mut change: impl FnMut(u32),
) {
    let watching = live.watch_with(watch).unwrap();
    let events = live.subscribe_channel();
    let last = *numbers.end();
    let is_over = AtomicBool::new(false);
    let readers = 2 * thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for nth in 0..readers {
            let is_over = &is_over;
            scope.spawn(move || {
                let mut reader = live.reader();
                let mut newest = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let number = if nth % 2 == 0 {
                        reader.current().generation()
                    } else {
                        live.current().generation()
                    };
                    assert!(number >= newest, "{newest} came before {number}");
                    newest = number;
                    thread::sleep(Duration::from_micros(50));
                }
            });
        }
        for number in numbers {
            change(number);
        }
        wait_for(&events, live, last);
        is_over.store(true, Ordering::Relaxed);
    });
    drop(watching);
    let directory = live.current().counted.0.clone();
    assert_eq!(ALIVE.lock().unwrap().get(&directory), Some(&1));
}

/// The layout of a Kubernetes volume: all names go through one link that is swapped in one step.
fn publish(volume: &Path, number: u32) {
    generation(&volume.join(format!("..{number}")), number);
    swap(&volume.join("..data"), &format!("..{number}"));
    let old = volume.join(format!("..{}", number.wrapping_sub(2)));
    match fs::remove_dir_all(old) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{error}"),
        _ => {}
    }
}

fn volume() -> Dir {
    let dir = Dir::with(&[]);
    publish(&dir.path(""), 1);
    for name in ["one.toml", "two.env", "secrets"] {
        symlink(format!("..data/{name}"), dir.path(name)).unwrap();
    }
    dir
}

#[test]
fn a_volume_is_never_read_half_old_half_new() {
    let dir = volume();
    let live = loader(&dir.path("")).live().unwrap();
    storm(&live, WatchOptions::new(), 2..=1000, |number| {
        publish(&dir.path(""), number);
        thread::sleep(Duration::from_millis(10));
    });
    assert!(
        live.revision() > 10,
        "{} revisions were seen",
        live.revision()
    );
}

/// All settings in one file, so that a write is never seen in part.
fn one_file(number: u32) -> String {
    format!("APP_ONE={number}\nAPP_TWO={number}\nAPP_THREE={number}\nAPP_LAST={number}\n")
}

fn watched(path: &Path) -> Live<App> {
    let counted = path.to_str().unwrap();
    App::empty_loader()
        .set("counted", counted)
        .env_file(path)
        .live()
        .unwrap()
}

/// Options under which files settle quickly and only events trigger a reload.
fn quick() -> WatchOptions {
    WatchOptions::new()
        .settle(Duration::from_millis(5))
        .every(LONG * 10)
}

#[test]
fn a_replaced_file_is_read() {
    let dir = Dir::with(&[("a.env", &one_file(1))]);
    let live = watched(&dir.path("a.env"));
    storm(&live, quick(), 2..=1000, |number| {
        dir.write("a.tmp", one_file(number));
        fs::rename(dir.path("a.tmp"), dir.path("a.env")).unwrap();
    });
}

#[test]
fn a_file_written_in_place_is_read() {
    let dir = Dir::with(&[("a.env", &one_file(1))]);
    let live = watched(&dir.path("a.env"));
    storm(&live, quick(), 2..=1000, |number| {
        dir.write("a.env", one_file(number));
    });
}

#[test]
fn deleted_and_recreated_directories_are_found() {
    let dir = Dir::with(&[("x/y/a.env", &one_file(1))]);
    let live = watched(&dir.path("x/y/a.env"));
    let events = live.subscribe_channel();
    storm(&live, quick(), 2..=100, |number| {
        fs::remove_dir_all(dir.path("x")).unwrap();
        dir.write("x/y/a.env", one_file(number));
    });
    // Then one after the other, each in force before the next.
    let _watching = live.watch_with(quick()).unwrap();
    for number in 101..=110 {
        fs::remove_dir_all(dir.path("x")).unwrap();
        dir.write("x/y/a.env", one_file(number));
        wait_for(&events, &live, number);
    }
    // Another directory in the place of the old one.
    for number in 111..=120 {
        dir.write("new/y/a.env", one_file(number));
        fs::rename(dir.path("x"), dir.path(&format!("old{number}"))).unwrap();
        fs::rename(dir.path("new"), dir.path("x")).unwrap();
        wait_for(&events, &live, number);
    }
}

#[test]
fn every_link_on_the_path_is_watched() {
    let dir = Dir::with(&[("far/0/a.env", &one_file(1)), ("far/1/a.env", &one_file(2))]);
    symlink("../far/0", dir.path("far/now")).unwrap();
    fs::create_dir(dir.path("near")).unwrap();
    symlink("../far/now/a.env", dir.path("near/a.env")).unwrap();
    symlink("near", dir.path("here")).unwrap();
    let live = watched(&dir.path("here/a.env"));
    let watching = live.watch_with(quick()).unwrap();
    let events = live.subscribe_channel();

    swap(&dir.path("far/now"), "1");
    wait_for(&events, &live, 2);
    dir.write("far/1/a.env", one_file(3));
    wait_for(&events, &live, 3);
    dir.write("far/2.env", one_file(4));
    swap(&dir.path("near/a.env"), "../far/2.env");
    wait_for(&events, &live, 4);
    dir.write("other/a.env", one_file(5));
    swap(&dir.path("here"), "other");
    wait_for(&events, &live, 5);

    drop(watching);
    storm(&live, quick(), 6..=500, |number| {
        dir.write(&format!("far/{number}/a.env"), one_file(number));
        swap(&dir.path("here"), &format!("far/{number}"));
    });
}

#[test]
fn a_file_that_is_still_being_written_is_not_read() {
    let dir = Dir::with(&[("a.env", &one_file(1))]);
    let live = watched(&dir.path("a.env"));
    let _watching = live.watch_with(quick()).unwrap();
    let events = live.subscribe_channel();

    let mut file = fs::File::create(dir.path("a.env")).unwrap();
    file.write_all(b"APP_ONE=2\nAPP_TWO=2\nAPP_THREE=2\n")
        .unwrap();
    // The content is valid, and would be read if the watcher did not know that the file is open.
    let received = events.recv_timeout(Duration::from_millis(500));
    assert!(received.is_err(), "{received:?}");
    assert!(live.status().watching.unwrap().unsettled.is_some());
    file.write_all(b"APP_LAST=2\n").unwrap();
    drop(file);
    wait_for(&events, &live, 2);
    assert_eq!(live.current().last, 2);
    assert_eq!(live.revision(), 2);
}

#[test]
fn an_empty_file_is_rejected_until_it_is_complete() {
    let dir = Dir::with(&[("a.env", &one_file(1))]);
    let live = watched(&dir.path("a.env"));
    let _watching = live.watch_with(quick()).unwrap();
    let events = live.subscribe_channel();
    dir.write("a.env", "");
    let event = events.recv_timeout(LONG).unwrap();
    assert!(
        matches!(event, Event::Rejected { revision: 1, .. }),
        "{event}"
    );
    assert!(live.status().rejected.is_some());
    dir.write("a.env", one_file(2));
    wait_for(&events, &live, 2);
    assert!(live.status().rejected.is_none());
}

#[test]
fn a_change_without_an_event_is_found_by_polling() {
    let dir = Dir::with(&[("a.env", &one_file(1))]);
    let live = watched(&dir.path("a.env"));
    let events = live.subscribe_channel();
    let often = WatchOptions::new().every(Duration::from_millis(20));
    let watching = live.watch_with(often).unwrap();
    // Through a hard link in a directory that is not watched.
    fs::create_dir(dir.path("elsewhere")).unwrap();
    fs::hard_link(dir.path("a.env"), dir.path("elsewhere/b.env")).unwrap();
    dir.write("elsewhere/b.env", one_file(2));
    wait_for(&events, &live, 2);
    drop(watching);
    assert!(live.status().watching.is_none());
}

#[test]
fn the_status_lists_the_watched_directories() {
    let dir = Dir::with(&[("a.env", &one_file(1))]);
    let live = watched(&dir.path("a.env"));
    assert!(live.status().watching.is_none());
    let _watching = live.watch().unwrap();
    let directory = fs::canonicalize(dir.path("")).unwrap();
    let status = loop {
        match live.status().watching {
            Some(status) => break status,
            None => thread::yield_now(),
        }
    };
    assert!(status.directories.contains(&directory), "{status:?}");
    assert_eq!((status.unwatched.len(), status.overflows), (0, 0));
    assert_eq!(status.every, Duration::from_mins(1));
}

#[test]
fn the_status_shows_the_watcher_while_one_exists() {
    let dir = Dir::with(&[("a.env", &one_file(1))]);
    let live = watched(&dir.path("a.env"));
    // A shorter interval is raised to the minimum.
    let first = live
        .watch_with(WatchOptions::new().every(Duration::ZERO))
        .unwrap();
    let every = live.status().watching.unwrap().every;
    assert_eq!(every, Duration::from_millis(10));
    let second = live.watch().unwrap();
    drop(first);
    assert!(live.status().watching.is_some());
    drop(second);
    assert!(live.status().watching.is_none());
}

#[test]
fn a_file_that_never_settles_is_read_after_a_while() {
    let dir = Dir::with(&[("secrets/three", "1"), ("secrets/noise", "")]);
    let live = App::empty_loader()
        .set("counted", dir.text("secrets"))
        .set("one", "1")
        .set("two", "1")
        .secrets_dir(dir.path("secrets"))
        .live()
        .unwrap();
    let settle = Duration::from_secs(1);
    let _watching = live.watch_with(WatchOptions::new().settle(settle)).unwrap();
    let events = live.subscribe_channel();
    dir.write("secrets/three", "2");
    let began = Instant::now();
    let received = loop {
        assert!(began.elapsed() < LONG, "{:?}", live.status());
        dir.write("secrets/noise", "x");
        if let Ok(received) = events.recv_timeout(Duration::from_millis(5)) {
            break received;
        }
    };
    assert!(matches!(received, Event::Applied { .. }), "{received}");
}

#[test]
fn a_trigger_survives_a_panic_of_application_code() {
    fn fragile(text: &str) -> Result<u32, String> {
        let number = text.parse().map_err(|_| "no number")?;
        if number == 13 {
            std::panic::resume_unwind(Box::new("of the program"));
        }
        Ok(number)
    }
    #[derive(Debug, Settings)]
    struct Small {
        #[settings(parse_with = fragile, reload)]
        value: u32,
    }
    let dir = Dir::with(&[("a.env", "VALUE=1")]);
    let live = Small::empty_loader()
        .env_file(dir.path("a.env"))
        .live()
        .unwrap();
    let events = live.subscribe_channel();
    let _watching = live.watch_with(quick()).unwrap();
    dir.write("a.env", "VALUE=13");
    assert!(matches!(
        events.recv_timeout(LONG).unwrap(),
        Event::Rejected { .. }
    ));
    dir.write("a.env", "VALUE=14");
    assert!(matches!(
        events.recv_timeout(LONG).unwrap(),
        Event::Applied { .. }
    ));
    assert_eq!(live.current().value, 14);
}

#[test]
fn a_detached_watcher_ends_with_the_settings() {
    let dir = Dir::with(&[("a.env", &one_file(1))]);
    let live = watched(&dir.path("a.env"));
    live.watch().unwrap().detach();
    let (sender, received) = std::sync::mpsc::channel::<()>();
    live.subscribe(move |_| sender.send(()).unwrap()).detach();
    // The watcher owns the settings only during a load, and its subscribers end with them.
    drop(live);
    assert!(received.recv_timeout(LONG).is_err());
}

#[test]
fn a_new_file_of_a_pattern_is_noticed() {
    let dir = Dir::with(&[("secrets/three", "1"), ("d/1.toml", "one = 1\ntwo = 1\n")]);
    let live = App::empty_loader()
        .set("counted", dir.root().to_str().unwrap())
        .file_pattern(dir.path("d/*.toml"))
        .secrets_dir(dir.path("secrets"))
        .live()
        .unwrap();
    let _watching = live.watch_with(quick()).unwrap();
    let events = live.subscribe_channel();
    dir.write("d/2.toml", "last = 7\n");
    while live.current().last != 7 {
        events.recv_timeout(LONG).unwrap();
    }
    fs::remove_file(dir.path("d/2.toml")).unwrap();
    while live.current().last != 0 {
        events.recv_timeout(LONG).unwrap();
    }
}

#[derive(Debug, Settings)]
struct Lines {
    #[settings(default = 0, reload)]
    high: u32,
}

#[test]
fn a_file_that_stays_away_is_rejected_by_one_event() {
    let dir = Dir::with(&[("a.env", "HIGH=1")]);
    let live = Lines::empty_loader().env_file(dir.path("a.env")).live();
    let live = live.unwrap();
    let events = live.subscribe_channel();
    // It is missed for forty times this long.
    let options = WatchOptions::new().settle(Duration::from_millis(5));
    let _watching = live.watch_with(options).unwrap();
    fs::remove_file(dir.path("a.env")).unwrap();
    let Event::Rejected { error, .. } = events.recv_timeout(LONG).unwrap() else {
        panic!("the reload is rejected");
    };
    let problem = error.problems()[0].to_string();
    assert!(
        problem.contains("is absent now, but was read before"),
        "{problem}"
    );
    assert_eq!(live.current().high, 1);

    dir.write("a.env", "HIGH=2");
    while live.current().high != 2 {
        events.recv_timeout(LONG).unwrap();
    }
}

#[test]
fn a_file_that_comes_back_in_time_is_an_ordinary_change() {
    let dir = Dir::with(&[("a.env", "HIGH=1")]);
    let live = Lines::empty_loader().env_file(dir.path("a.env")).live();
    let live = live.unwrap();
    let events = live.subscribe_channel();
    // It may be missing for ten seconds, the longest time, in which this test only has to write one file.
    let options = WatchOptions::new().settle(Duration::from_millis(250));
    let _watching = live.watch_with(options).unwrap();
    fs::remove_file(dir.path("a.env")).unwrap();
    dir.write("a.env", "HIGH=2");
    let first = events.recv_timeout(LONG).unwrap();
    assert!(matches!(first, Event::Applied { .. }), "{first:?}");
    assert_eq!(live.current().high, 2);
}
