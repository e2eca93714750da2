//! The cell behind `get()`, and overrides for one thread.

use crate::reports::only_problem;
use settings_core::{ProblemKind, Settings};
use snapbox::{assert_data_eq, str};
use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Barrier,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

/// Returns the message of a panic.
fn panic_of<R>(run: impl FnOnce() -> R) -> String {
    let Err(why) = panic::catch_unwind(AssertUnwindSafe(run)) else {
        panic!("nothing panicked");
    };
    why.downcast_ref::<String>()
        .cloned()
        .or_else(|| why.downcast_ref::<&str>().map(|&text| text.to_owned()))
        .unwrap()
}

#[test]
fn concurrent_first_use_loads_once() {
    static LOADS: AtomicU32 = AtomicU32::new(0);

    fn number() -> u32 {
        thread::sleep(std::time::Duration::from_millis(20));
        LOADS.fetch_add(1, Ordering::SeqCst)
    }

    #[derive(Debug, Settings)]
    #[settings(prefix = "VALUES_ONCE_")]
    struct Once {
        #[settings(default_with = number)]
        number: u32,
    }

    let barrier = Barrier::new(8);
    let seen: Vec<&'static Once> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|nth| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    match nth % 3 {
                        0 => Once::get(),
                        1 => Once::try_get().unwrap(),
                        _ => Once::try_loaded().unwrap(),
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(seen.iter().all(|each| std::ptr::eq(*each, seen[0])));
    assert_eq!(seen[0].number, 0);
    assert_eq!(LOADS.load(Ordering::SeqCst), 1);
}

static READY: AtomicU32 = AtomicU32::new(0);

fn ready(_: &u32) -> Result<(), &'static str> {
    if READY.fetch_add(1, Ordering::SeqCst) > 2 {
        return Ok(());
    }
    Err("it is not ready")
}

#[derive(Debug, Settings)]
#[settings(prefix = "VALUES_LATER_")]
struct Later {
    #[settings(default_with = seven, validate = ready)]
    number: u32,
}

fn seven() -> u32 {
    7
}

#[test]
fn a_failed_load_can_be_retried() {
    let not_ready = (ProblemKind::Rule, "number".to_owned());
    assert_eq!(only_problem(Later::try_get()), not_ready);
    assert_eq!(only_problem(Later::try_loaded()), not_ready);
    let message = panic_of(Later::get);
    assert!(message.contains("is not ready"), "{message}");
    assert_eq!(Later::get().number, 7);
    assert!(std::ptr::eq(Later::get(), Later::try_get().unwrap()));
}

#[test]
fn get_panics_with_the_report() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "VALUES_NEVER_")]
    struct Never {
        number: u32,
    }
    let report = Never::try_get().unwrap_err().to_string();
    assert_eq!(panic_of(Never::get), report);
    assert!(report.contains("VALUES_NEVER_NUMBER"), "{report}");
}

#[test]
fn try_loaded_returns_the_origins_of_the_same_cell() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "VALUES_ORIGINS_")]
    struct Origins {
        #[settings(default = 1)]
        number: u32,
    }
    let loaded = Origins::try_loaded().unwrap();
    assert_eq!(loaded.origin("number").unwrap().to_string(), "default");
    assert!(std::ptr::eq(&raw const **loaded, Origins::get()));
    assert_eq!(loaded.number, 1);
}

#[test]
fn init_of_a_loader_fills_the_cell_of_get() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "VALUES_INIT_")]
    struct Init {
        #[settings(default = 1)]
        number: u32,
    }
    let filled = Init::empty_loader().set("number", "5").init().unwrap();
    assert_eq!(filled.number, 5);
    assert!(std::ptr::eq(filled, Init::get()));
    assert_eq!(
        Init::try_loaded()
            .unwrap()
            .origin("number")
            .unwrap()
            .to_string(),
        "set"
    );
    let again = Init::empty_loader().set("number", "6").init().unwrap_err();
    assert_eq!(again.problems().len(), 1);
    assert!(again.to_string().contains("already"), "{again}");
    assert!(Init::init().unwrap_err().to_string().contains("already"));
    assert_eq!(Init::get().number, 5);
}

#[test]
fn a_failed_init_leaves_the_cell_empty() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "VALUES_RETRY_")]
    struct Retry {
        number: u32,
    }
    let missing = (ProblemKind::Missing, "number".to_owned());
    assert_eq!(only_problem(Retry::empty_loader().init()), missing);
    assert_eq!(only_problem(Retry::init()), missing);
    assert_eq!(
        Retry::empty_loader()
            .set("number", "5")
            .init()
            .unwrap()
            .number,
        5
    );
}

mod reentrant {
    use super::*;

    fn from_get() -> u32 {
        ByGet::get().number + 1
    }

    #[derive(Debug, Settings)]
    #[settings(prefix = "VALUES_BY_GET_")]
    pub(super) struct ByGet {
        #[settings(default_with = from_get)]
        pub(super) number: u32,
    }

    fn from_validate(_: &u32) -> Result<(), String> {
        ByTry::try_get()
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    #[derive(Debug, Settings)]
    #[settings(prefix = "VALUES_BY_TRY_")]
    pub(super) struct ByTry {
        #[settings(default = 1, validate = from_validate)]
        pub(super) number: u32,
    }

    #[derive(Debug, Settings)]
    #[settings(prefix = "VALUES_BY_INIT_", validate = Self::init_again)]
    pub(super) struct ByInit {
        #[settings(default = 1)]
        pub(super) number: u32,
    }

    impl ByInit {
        fn init_again(&self) -> Result<(), String> {
            Self::init().map(|_| ()).map_err(|error| error.to_string())
        }
    }
}

#[test]
fn get_during_its_own_load_panics_with_the_reason() {
    use reentrant::{ByGet, ByInit, ByTry};
    let messages = [
        ("ByGet", panic_of(|| ByGet::get().number)),
        (
            "ByGet",
            panic_of(|| ByGet::try_loaded().map(|loaded| loaded.number)),
        ),
        ("ByTry", panic_of(|| ByTry::get().number)),
        ("ByTry", panic_of(|| ByTry::init().map(|by| by.number))),
        ("ByInit", panic_of(|| ByInit::init().map(|by| by.number))),
    ];
    for (name, message) in messages {
        assert!(message.contains("from within their own load"), "{message}");
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn get_in_a_thread_that_its_own_load_waits_for_panics_with_the_reason() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "VALUES_JOINED_")]
    struct Joined {
        #[settings(default_with = in_another_thread)]
        message: String,
    }

    fn in_another_thread() -> String {
        let other = thread::spawn(|| Joined::get().message.len());
        let message = other.join().unwrap_err();
        *message.downcast::<String>().unwrap()
    }

    assert_data_eq!(
        &Joined::get().message,
        str![[
            r#"the settings Joined were asked for while they are being loaded, probably from within their own load: for 10 seconds, functions of the program have not returned to the thread that loads them; a default, `parse_with` or `validate` function must not wait for a thread that calls Joined::get()"#
        ]]
    );
}

#[derive(Debug, Settings)]
#[settings(prefix = "VALUES_OVER_")]
struct Over {
    #[settings(default = 0)]
    number: u32,
}

fn over(number: u32) -> Over {
    let loaded = Over::empty_loader()
        .set("number", number.to_string())
        .load();
    loaded.unwrap().into_inner()
}

#[test]
fn an_override_ends_with_its_closure_and_restores_the_outer_one() {
    assert_eq!(Over::get().number, 0);
    let result = Over::with_override(over(1), || {
        assert_eq!(Over::get().number, 1);
        assert_eq!(Over::try_get().unwrap().number, 1);
        Over::with_override(over(2), || assert_eq!(Over::get().number, 2));
        assert_eq!(Over::get().number, 1);
        "result"
    });
    assert_eq!(result, "result");
    assert_eq!(Over::get().number, 0);
}

#[test]
fn other_threads_do_not_see_an_override() {
    Over::with_override(over(3), || {
        let other = thread::spawn(|| Over::get().number).join().unwrap();
        assert_eq!(other, 0);
        assert_eq!(Over::get().number, 3);
    });
}

#[test]
fn a_panic_inside_an_override_restores_the_outer_one() {
    let message = panic_of(|| Over::with_override(over(4), || panic!("on purpose")));
    assert_eq!(message, "on purpose");
    assert_eq!(Over::get().number, 0);
}

#[test]
fn overrides_of_two_structs_are_independent() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "VALUES_OTHER_")]
    struct Other {
        text: String,
    }
    let other = Other::empty_loader()
        .set("text", "a")
        .load()
        .unwrap()
        .into_inner();
    Other::with_override(other, || {
        Over::with_override(over(5), || {
            assert_eq!((Other::get().text.as_str(), Over::get().number), ("a", 5));
        });
        assert_eq!((Other::get().text.as_str(), Over::get().number), ("a", 0));
    });
}

#[test]
fn a_reference_from_get_outlives_its_override() {
    let kept: &'static Over = Over::with_override(over(6), Over::get);
    assert_eq!(kept.number, 6);
}
