//! Simulation of fleets: instances, controllers and a store under faults, by a seed.
//!
//! With `SETTINGS_FLEET_SCHEDULES=100000` that many schedules are run instead of a few. A failure prints its seed, and
//! `SETTINGS_FLEET_SEED` prints what happens in that schedule.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::match_same_arms,
    reason = "a test"
)]

mod checker;
mod links;
mod world;

use self::{
    checker::Checker,
    world::{Plan, World},
};
use std::{
    env,
    panic::{self, AssertUnwindSafe},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// Schedules in an ordinary run.
const FEW: u64 = 100;
/// Schedules between two lines of progress.
const PROGRESS: u64 = 10_000;
/// Schedules that break an invariant, after which no more are run.
const MOST_BROKEN: usize = 10;

#[test]
fn the_invariants_hold_in_every_schedule() {
    let number = |name: &str| {
        env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    if let Some(seed) = number("SETTINGS_FLEET_SEED") {
        World::run(seed, Plan::random(seed), Box::<Checker>::default(), true);
        return;
    }
    let schedules = number("SETTINGS_FLEET_SCHEDULES").unwrap_or(FEW);
    let ends = Ends::default();
    let next = AtomicU64::new(0);
    let broken = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism()
            .map_or(1, usize::from)
            .min(4)
        {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= schedules {
                        return;
                    }
                    if seed > 0 && seed.is_multiple_of(PROGRESS) {
                        eprintln!("{seed} schedules have begun");
                    }
                    let schedule = AssertUnwindSafe(|| run(seed, Plan::random(seed)));
                    match panic::catch_unwind(schedule) {
                        Ok(end) => ends.count(end),
                        Err(panic) => {
                            let text = format!("seed {seed}: {}", message(&*panic));
                            eprintln!("{text}");
                            let mut broken = broken.lock().unwrap();
                            broken.push(text);
                            if broken.len() >= MOST_BROKEN {
                                next.store(schedules, Ordering::Relaxed);
                            }
                        }
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    // Schedules in which nothing happens would prove nothing.
    let [done, aborted, open] = ends.all();
    assert!(
        done * 20 > schedules && aborted * 20 > schedules,
        "{done} done, {aborted} aborted"
    );
    eprintln!(
        "{schedules} schedules: {done} done, {aborted} aborted, {open} removed or left behind"
    );
}

#[test]
fn a_good_candidate_without_faults_is_done_in_time() {
    for seed in 0..40 {
        let end = run(seed, Plan::good(seed));
        assert_eq!(end, End::Done, "seed {seed}");
    }
}

#[test]
fn a_bad_candidate_without_faults_is_aborted() {
    for seed in 0..40 {
        let end = run(seed, Plan::bad(seed));
        assert_eq!(end, End::Aborted, "seed {seed}");
    }
}

fn run(seed: u64, plan: Plan) -> End {
    World::run(seed, plan, Box::<Checker>::default(), false)
}

/// Result of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Aborted,
    /// It was removed, or its controller died.
    Open,
}

#[derive(Default)]
struct Ends([AtomicU64; 3]);

impl Ends {
    fn count(&self, end: End) {
        self.0[end as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn all(&self) -> [u64; 3] {
        self.0.each_ref().map(|count| count.load(Ordering::Relaxed))
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default()
}
