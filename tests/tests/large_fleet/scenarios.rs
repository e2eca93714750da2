//! Everything that happens to the fleet, one after the other.

use crate::{
    checker::{self, SECRET},
    figures::{Exposure, Load},
    history,
    processes::{Printed, Processes, ended},
    server::Server,
    until,
};
use serde_json::Value;
use settings_tests::servers;
use std::{
    io::Read,
    process::Child,
    thread,
    time::{Duration, Instant},
};

/// What a small number would match by chance in a status.
const ERA: u64 = 7_000_000_000_000;

/// Size of the fleet, and its times in seconds of the instances.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    processes: usize,
    each: usize,
    second: Duration,
    bake: u64,
    /// Good health calls of a change that makes unhealthy later.
    healthy_for: u64,
    /// So long that the bake does not end before a lease of 15 s.
    long_bake: u64,
    spread: u64,
    orphan: u64,
    /// Rollouts during which a member of etcd is killed.
    faults: usize,
    rest: Duration,
}

impl Scale {
    /// Few instances, with short seconds.
    pub(crate) fn small() -> Self {
        Self {
            processes: 4,
            each: 10,
            second: Duration::from_millis(50),
            bake: 6,
            healthy_for: 3,
            long_bake: 40_000,
            spread: 2,
            orphan: 20,
            faults: 1,
            rest: Duration::from_secs(1),
        }
    }

    /// Real seconds.
    pub(crate) fn full(processes: usize, each: usize) -> Self {
        Self {
            processes,
            each,
            second: Duration::from_secs(1),
            bake: 20,
            healthy_for: 10,
            long_bake: 3_000,
            spread: 5,
            orphan: 30,
            faults: 6,
            rest: Duration::from_mins(1),
        }
    }

    fn count(&self) -> usize {
        self.processes * self.each
    }
}

/// One thing that happens.
type Scenario = fn(&mut Run);

struct Run {
    scale: Scale,
    members: [Server; 3],
    processes: Processes,
    /// The number of the push that is the base.
    base: u64,
    /// The number of the last push.
    last: u64,
    /// The numbers that were rolled out, each with whether its controller reported success.
    reported: Vec<(u64, bool)>,
}

/// What a push does to the instances, in thousandths of the fleet.
#[derive(Clone, Copy, Default)]
struct Effect {
    rejecting: usize,
    failing: usize,
    after: u64,
}

const GOOD: Effect = Effect {
    rejecting: 0,
    failing: 0,
    after: 0,
};

pub(crate) fn run(scale: Scale) {
    servers::may_open(20 * scale.count() as u64);
    let members = Server::start_cluster();
    members[0].change(&[
        ("first", Some("0")),
        ("second", Some("0")),
        ("third", Some("0")),
    ]);
    let processes = Processes::start(&members, scale.processes, scale.each, scale.second);
    let mut run = Run {
        scale,
        members,
        processes,
        base: 0,
        last: ERA,
        reported: Vec::new(),
    };
    run.is_settled();
    let scenarios: [(&str, Scenario); 10] = [
        ("at rest", Run::rests),
        ("a good change", Run::a_good_change),
        (
            "1 % reject a change",
            Run::a_change_that_a_hundredth_rejects,
        ),
        (
            "3 % become unhealthy later",
            Run::a_change_that_makes_some_unhealthy_later,
        ),
        (
            "a bad change beside a plain push",
            Run::a_bad_change_beside_a_plain_push,
        ),
        ("a controller is killed", Run::a_controller_is_killed),
        (
            "members of etcd are killed",
            Run::members_of_etcd_are_killed,
        ),
        ("etcd has no quorum", Run::etcd_has_no_quorum),
        ("a hotfix wins", Run::a_hotfix_wins),
        (
            "processes are killed and frozen",
            Run::processes_are_killed_and_frozen,
        ),
    ];
    for (name, scenario) in scenarios {
        let began = Instant::now();
        eprintln!("-- {name}");
        scenario(&mut run);
        eprintln!("   ({:.0} s)", began.elapsed().as_secs_f64());
    }
    run.ends();
}

impl Run {
    fn all(&self) -> Vec<usize> {
        (0..self.scale.processes).collect()
    }

    /// A file with the next number.
    fn next(&mut self, effect: Effect) -> (u64, String) {
        self.last += 1;
        let number = self.last;
        let Effect {
            rejecting,
            failing,
            after,
        } = effect;
        let content = format!(
            "SHOP_FIRST={number}\nSHOP_SECOND={number}\nSHOP_THIRD={number}\nSHOP_TOKEN={SECRET}-{number}\n\
             SHOP_REJECTING={rejecting}\nSHOP_FAILING={failing}\nSHOP_AFTER={after}\n"
        );
        let file = self.processes.file(&format!("{number}.env"), &content);
        (number, file)
    }

    /// Starts a rollout with a controller of its own.
    fn begin(&mut self, effect: Effect, stages: &str, bake: u64, orphan: &str) -> (u64, Child) {
        let (number, file) = self.next(effect);
        let (bake, spread) = (format!("{bake}s"), format!("{}s", self.scale.spread));
        let child = self.processes.spawn(&[
            "push",
            &file,
            "--yes",
            "--rollout",
            stages,
            "--bake",
            &bake,
            "--spread",
            &spread,
            "--orphan",
            orphan,
            "--message",
            "a test",
        ]);
        (number, child)
    }

    /// Waits until an instance has a candidate in force, or had it.
    fn is_in_force(&self, number: u64, controller: &mut Child) {
        until("it was in force somewhere", || {
            if let Some(status) = controller.try_wait().unwrap() {
                let mut said = String::new();
                let stderr = controller.stderr.as_mut().unwrap();
                stderr.read_to_string(&mut said).unwrap();
                let is_over = self.processes.has_been_anywhere(number);
                assert!(is_over, "its controller has ended: {status} {said}");
            }
            self.processes.has_been_anywhere(number)
        });
    }

    /// Waits for the end of a rollout, and returns whether it is done.
    fn conclude(&mut self, number: u64, controller: Child) -> (bool, Printed) {
        let printed = ended(controller);
        let is_done = printed.code == Some(0);
        assert!(is_done || printed.code == Some(1), "{printed:?}");
        let word = if is_done {
            " is done: "
        } else {
            " was aborted: "
        };
        assert!(printed.out.contains(word), "{printed:?}");
        no_secret(&printed);
        self.reported.push((number, is_done));
        if is_done {
            self.base = number;
        }
        self.is_settled();
        (is_done, printed)
    }

    /// Waits until every instance runs the base and `store fleet` says so.
    fn is_settled(&self) {
        self.processes.run_all(&self.all(), self.base);
        until("the fleet is settled", || {
            let fleet = self.processes.run(&["fleet", "--format", "json"]);
            no_secret(&fleet);
            let Ok(Value::Array(fleet)) = serde_json::from_str(&fleet.out) else {
                return false;
            };
            let is_settled = |row: &Value| {
                let state = row["state"].as_str().unwrap();
                let has_candidate = ["baking", "passed", "no_effect"].contains(&state);
                row["healthy"] == true && !has_candidate
            };
            fleet.len() == self.scale.count() && fleet.iter().all(is_settled)
        });
        let written = self.processes.run(&["get", "--format", "json"]);
        no_secret(&written);
        self.last_good_files_have_no_candidate();
    }

    fn last_good_files_have_no_candidate(&self) {
        let files = self.processes.last_good();
        assert_eq!(files.len(), self.scale.processes);
        let aborted = self.reported.iter().filter(|(_, is_done)| !is_done);
        for (number, _) in aborted {
            let number = number.to_string();
            assert!(files.iter().all(|file| !file.contains(&number)), "{number}");
        }
    }

    fn rests(&mut self) {
        let load = Load::now(&self.members);
        thread::sleep(self.scale.rest);
        load.print(&self.members, "at rest");
        let used: u64 = self
            .all()
            .iter()
            .map(|nth| self.processes.memory(*nth))
            .sum();
        let each = used / self.scale.count() as u64;
        eprintln!("memory: {} KiB per instance", each / 1024);
    }

    fn stages() -> &'static str {
        "5%,25%,100%"
    }

    fn a_good_change(&mut self) {
        let load = Load::now(&self.members);
        let bake = self.scale.bake;
        let (number, controller) = self.begin(GOOD, Self::stages(), bake, "1d");
        let (is_done, printed) = self.conclude(number, controller);
        assert!(is_done, "{printed:?}");
        let count = format!(" is done: {} passed\n", self.scale.count());
        assert!(printed.out.ends_with(&count), "{printed:?}");
        load.print(&self.members, "a good rollout in three stages");
    }

    /// The exposure of a bad change, whose rollout is aborted with this reason.
    fn abort_of(&mut self, effect: Effect, reason: &str) -> Exposure {
        let (number, controller) = self.begin(effect, Self::stages(), self.scale.bake, "1d");
        let (is_done, printed) = self.conclude(number, controller);
        assert!(!is_done && printed.out.contains(reason), "{printed:?}");
        Exposure::of(number, &self.processes.swaps())
    }

    fn a_change_that_a_hundredth_rejects(&mut self) {
        let effect = Effect {
            rejecting: 10,
            ..GOOD
        };
        let exposure = self.abort_of(effect, " (rejected");
        exposure.print("a change that 1 % reject");
    }

    fn a_change_that_makes_some_unhealthy_later(&mut self) {
        let effect = Effect {
            failing: 30,
            after: self.scale.healthy_for,
            ..GOOD
        };
        let exposure = self.abort_of(effect, " (reverted)");
        exposure.print("a change that makes 3 % unhealthy later");
    }

    /// The plain push is rolled back by a script as soon as `store fleet` shows an unhealthy instance.
    fn a_bad_change_beside_a_plain_push(&mut self) {
        let effect = Effect {
            failing: 1000,
            after: self.scale.healthy_for,
            ..GOOD
        };
        let exposure = self.abort_of(effect, " (reverted)");
        // Five of a hundred, by the first stage.
        assert_eq!(exposure.instances, (self.scale.count() * 5).div_ceil(100));
        exposure.print("a change that makes all unhealthy, as a rollout");

        let (number, file) = self.next(effect);
        let pushed = self.processes.run(&["push", &file, "--yes"]);
        assert_eq!(pushed.code, Some(0), "{pushed:?}");
        until("one is unhealthy", || {
            let fleet = self.processes.run(&["fleet", "--format", "json"]);
            fleet.out.contains(r#""healthy":false"#)
        });
        self.processes.run_all(&self.all(), number);
        let (good, back) = self.next(GOOD);
        let pushed = self.processes.run(&["push", &back, "--yes"]);
        assert_eq!(pushed.code, Some(0), "{pushed:?}");
        self.base = good;
        self.is_settled();
        let exposure = Exposure::of(number, &self.processes.swaps());
        assert_eq!(exposure.instances, self.scale.count());
        exposure.print(
            "the same as a plain push, which a script takes back at the first unhealthy instance",
        );
    }

    /// Without a controller all go back by themselves, and an operator ends the rollout.
    fn a_controller_is_killed(&mut self) {
        let orphan = format!("{}s", self.scale.orphan);
        let bake = self.scale.long_bake;
        let (number, mut controller) = self.begin(GOOD, Self::stages(), bake, &orphan);
        self.is_in_force(number, &mut controller);
        controller.kill().unwrap();
        controller.wait().unwrap();
        until("it is in force nowhere", || {
            !self.processes.is_anywhere(number)
        });
        self.last_good_files_have_no_candidate();
        let exposure = Exposure::of(number, &self.processes.swaps());
        exposure.print("a controller that is killed");
        let aborted = self.processes.run(&["rollout", "abort"]);
        assert_eq!(aborted.code, Some(0), "{aborted:?}");
        self.reported.push((number, false));
        self.is_settled();
    }

    /// One member after the other is killed during a rollout, the leader too. None of the rollouts is aborted for that.
    fn members_of_etcd_are_killed(&mut self) {
        let leader = self.members.iter().position(Server::leads).unwrap();
        for nth in 0..self.scale.faults {
            let (number, mut controller) = self.begin(GOOD, "25%,100%", self.scale.bake, "1d");
            self.is_in_force(number, &mut controller);
            let member = (leader + nth) % self.members.len();
            self.members[member].kill();
            thread::sleep(self.scale.second * 2);
            self.members[member].run();
            let (is_done, printed) = self.conclude(number, controller);
            assert!(is_done, "{printed:?}");
        }
        eprintln!(
            "{} rollouts, during each of which a member of etcd was killed: 0 aborted",
            self.scale.faults
        );
    }

    /// Without a quorum the pulse ends, and all go back by themselves.
    fn etcd_has_no_quorum(&mut self) {
        let orphan = format!("{}s", self.scale.orphan);
        let bake = self.scale.long_bake;
        let (number, mut controller) = self.begin(GOOD, "100%", bake, &orphan);
        self.is_in_force(number, &mut controller);
        let others = &self.members[1..];
        others.iter().for_each(Server::freeze);
        until("it is in force nowhere", || {
            !self.processes.is_anywhere(number)
        });
        others.iter().for_each(Server::thaw);
        let exposure = Exposure::of(number, &self.processes.swaps());
        exposure.print("an etcd without a quorum");
        let (is_done, printed) = self.conclude(number, controller);
        assert!(!is_done, "{printed:?}");
    }

    /// A change by something else is in force at once, and ends the rollout.
    fn a_hotfix_wins(&mut self) {
        let bake = self.scale.long_bake;
        let (number, mut controller) = self.begin(GOOD, "25%,100%", bake, "1d");
        self.is_in_force(number, &mut controller);
        self.last += 1;
        self.base = self.last;
        let fix = self.base.to_string();
        self.members[0].change(&["first", "second", "third"].map(|key| (key, Some(fix.as_str()))));
        let (is_done, printed) = self.conclude(number, controller);
        let reason = "was aborted: settings were changed by something else\n";
        assert!(!is_done && printed.out.ends_with(reason), "{printed:?}");
    }

    /// A killed process is lost, and so is one that is frozen for longer than its lease.
    fn processes_are_killed_and_frozen(&mut self) {
        let bake = self.scale.long_bake;
        let (number, mut controller) = self.begin(GOOD, "100%", bake, "1d");
        self.is_in_force(number, &mut controller);
        self.processes.kill(0);
        self.processes.freeze(1);
        let printed = ended(controller);
        assert_eq!(printed.code, Some(1), "{printed:?}");
        assert!(printed.out.contains(" were lost"), "{printed:?}");
        self.reported.push((number, false));
        let others = self.all().split_off(2);
        self.processes.run_all(&others, self.base);
        self.processes.thaw(1);
        self.processes.restart(0);
        self.is_settled();
    }

    /// Everyone leaves, and the whole history is checked.
    fn ends(mut self) {
        self.processes.end();
        until("nobody is registered", || {
            let fleet = self.processes.run(&["fleet"]);
            fleet.out.ends_with("\nno instance is registered\n")
        });
        let log = self.processes.run(&["log", "--changes"]);
        no_secret(&log);
        let history = history::read(&self.members[0]);
        let checked = checker::history(&history, &[0, self.base]);
        checked.swaps(&self.processes.swaps());
        checked.statuses_have_no(ERA / 1000);
        let reported: Vec<(u64, &str)> = self
            .reported
            .iter()
            .map(|(number, is_done)| (*number, if *is_done { "done" } else { "aborted" }))
            .collect();
        let happened: Vec<(u64, &str)> = checked
            .rollouts
            .iter()
            .map(|rollout| (rollout.number, checked.end_of(rollout.number)))
            .collect();
        assert_eq!(happened, reported, "what was reported is what happened");
        eprintln!(
            "checked: {} revisions of etcd, {} rollouts, {} swaps",
            history.len(),
            checked.rollouts.len(),
            self.processes.swaps().values().map(Vec::len).sum::<usize>()
        );
    }
}

fn no_secret(printed: &Printed) {
    assert!(!printed.out.contains(SECRET), "{}", printed.out);
    assert!(!printed.err.contains(SECRET), "{}", printed.err);
}
