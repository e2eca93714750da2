//! `store fleet`, `store push --rollout` and `store rollout` with instances in this process.

use crate::{dir::Dir, until};
use settings_core::{
    Live, Settings, cli,
    live::{Instance, TriggerGuard},
    remote::{Store, testing::InMemoryStore},
};
use std::{thread, time::Duration};

/// A second of an instance.
const SECOND: Duration = Duration::from_millis(10);
/// Options of a rollout whose instances count faster than its controller.
const FAST: [&str; 8] = [
    "--yes",
    "--bake",
    "3s",
    "--spread",
    "0s",
    "--orphan",
    "1d",
    "--author=ann",
];

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    #[settings(default = 10, range(1..=1000), reload)]
    pool: u32,
    #[settings(default = 8080)]
    port: u16,
}

/// The program of another version, which accepts less.
#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct OldShop {
    #[settings(default = 10, range(1..=100), reload)]
    pool: u32,
}

struct Team {
    cluster: InMemoryStore,
    store: Store,
    dir: Dir,
}

fn team() -> Team {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25")]);
    Team {
        store: Store::builder(cluster.engine()).start(),
        cluster,
        dir: Dir::with(&[]),
    }
}

/// An instance of any program, and the pool size that it runs.
struct Process {
    pool: Box<dyn Fn() -> u32>,
    id: String,
    _guard: TriggerGuard,
}

macro_rules! process {
    ($settings:ty, $team:expr, $instance:expr) => {{
        let store = Store::builder($team.cluster.engine()).start();
        let live: Live<$settings> = <$settings>::empty_loader().store(&store).live().unwrap();
        let seen = live.clone();
        let instance: Instance = $instance(seen);
        let guard = live.join_fleet(&store, instance.second(SECOND)).unwrap();
        let id = || live.status().fleet.unwrap().id;
        until(|| !id().is_empty());
        Process {
            id: id(),
            pool: Box::new(move || live.current().pool),
            _guard: guard,
        }
    }};
}

impl Team {
    /// An instance that is unhealthy with a pool of more than this size.
    fn instance(&self, most: u32) -> Process {
        process!(Shop, self, |live: Live<Shop>| {
            let health = move || live.current().pool <= most;
            Instance::new("shop")
                .version("2.0")
                .label("zone", "a")
                .health(health)
        })
    }

    /// An instance without a health function, in another zone.
    fn unchecked_instance(&self) -> Process {
        process!(Shop, self, |_| Instance::new("shop").label("zone", "b"))
    }

    fn old_instance(&self) -> Process {
        process!(OldShop, self, |_| Instance::new("shop").version("1.0"))
    }

    fn run(&self, words: &[&str]) -> (u8, String, String) {
        let loader = Shop::empty_loader().store(&self.store);
        let words: Vec<&str> = ["store"].iter().chain(words).copied().collect();
        let printed = cli::capture(&loader, words);
        (printed.code, printed.out, printed.err)
    }

    fn push(&self, content: &str, options: &[&str]) -> (u8, String, String) {
        let file = self.dir.write("push.env", content);
        let push = ["push", file.to_str().unwrap()];
        self.run(&[&push, options].concat())
    }

    fn roll_out(&self, content: &str, options: &[&str]) -> (u8, String, String) {
        self.push(content, &[&FAST, options].concat())
    }

    fn text(&self, key: &str) -> Option<String> {
        let snapshot = self.cluster.snapshot();
        let value = snapshot.values.get(key)?;
        Some(String::from_utf8_lossy(value.bytes()).into_owned())
    }

    fn is_open(&self) -> bool {
        let rollout = self.text("@rollout").unwrap_or_default();
        rollout.contains(r#""state":"running""#) || rollout.contains(r#""state":"paused""#)
    }
}

#[test]
fn a_good_change_reaches_a_few_first_and_then_everyone() {
    let team = team();
    let instances = [
        team.instance(1000),
        team.instance(1000),
        team.instance(1000),
    ];
    let (code, out, err) = team.roll_out("SHOP_POOL=30", &["--rollout", "20%,100%"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.contains("~ pool  25 -> 30\n"), "{out}");
    assert!(out.ends_with(" of push 1 is done: 3 passed\n"), "{out}");
    assert_eq!(team.text("pool").unwrap(), "30");
    assert!(
        !team.text("@rollout").unwrap().contains("30\""),
        "the candidate is removed"
    );
    until(|| instances.iter().all(|instance| (instance.pool)() == 30));
    let log = team.run(&["log", "--changes"]).1;
    assert!(log.starts_with("rollout 1 "), "{log}");
    assert!(log.contains("applied, 1 changed, by ann"), "{log}");
    assert!(log.ends_with("pool: \"25\" -> \"30\"\n"), "{log}");
    assert!(!team.cluster.control().values.contains_key("control/lock"));
    let revision = team.cluster.snapshot().values["pool"]
        .revision()
        .to_string();
    let waited = team.run(&[
        "fleet",
        "--wait",
        &revision,
        "--expect",
        "3",
        "--timeout",
        "60s",
    ]);
    assert_eq!(waited.0, 0, "{waited:?}");
    // A rollback is a push of its own, with or without a rollout.
    let (code, ..) = team.run(&["rollback", "--yes"]);
    assert_eq!(code, 0);
    until(|| instances.iter().all(|instance| (instance.pool)() == 25));
}

#[test]
fn a_change_that_one_program_rejects_is_aborted() {
    let team = team();
    let (new, old) = (team.instance(1000), team.old_instance());
    let (code, out, err) = team.roll_out("SHOP_POOL=500", &["--rollout", "1%,100%"]);
    assert_eq!(code, 1, "{err}");
    let expected = format!("was aborted: 1 of 2 failed: {} (rejected: pool)\n", old.id);
    assert!(out.ends_with(&expected), "{out}");
    assert!(
        err.contains("warning: 1 of 2 instances have other settings than this program (shop 1.0)"),
        "{err}"
    );
    assert_eq!(team.text("pool").unwrap(), "25");
    until(|| (new.pool)() == 25);
    assert_eq!((old.pool)(), 25);
    let log = team.run(&["log"]).1;
    assert!(log.contains("aborted: 1 of 2 failed"), "{log}");
    let rollback = team.run(&["rollback", "--yes"]);
    assert_eq!(
        rollback.0, 2,
        "an aborted rollout has changed nothing: {rollback:?}"
    );
}

#[test]
fn a_change_that_makes_a_program_unhealthy_is_aborted() {
    let team = team();
    let fragile = team.instance(100);
    let (code, out, _) = team.roll_out("SHOP_POOL=500", &["--rollout", "100%"]);
    assert_eq!(code, 1);
    let expected = format!("was aborted: 1 of 1 failed: {} (reverted)\n", fragile.id);
    assert!(out.ends_with(&expected), "{out}");
    assert_eq!(
        ((fragile.pool)(), team.text("pool").unwrap().as_str()),
        (25, "25")
    );
}

#[test]
fn what_cannot_be_rolled_out_is_refused_before_anything_is_written() {
    let team = team();
    let refused = |content: &str, options: &[&str]| {
        let before = team.cluster.snapshot();
        let refused = team.roll_out(content, options);
        assert_eq!(team.cluster.snapshot().values, before.values);
        (refused.0, refused.2)
    };
    let all = ["--rollout", "100%"];
    let (code, err) = refused("SHOP_POOL=30", &all);
    assert_eq!(code, 1);
    assert_eq!(
        err,
        "memory /: no instance is registered that the first stage could choose: nothing was written"
    );
    let (code, err) = refused("SHOP_POOL=5000", &all);
    assert_eq!(code, 78, "{err}");
    let (code, err) = refused("SHOP_POOL=30\nSHOP_PORT=1", &all);
    assert_eq!(code, 78);
    assert!(
        err.contains("a rollout cannot change settings that are not `reload`: port\n"),
        "{err}"
    );
    let sick = team.instance(1);
    until(|| team.run(&["fleet"]).1.contains("  bad "));
    let (code, err) = refused("SHOP_POOL=30", &all);
    assert_eq!(code, 1);
    let expected = format!(
        "memory /: 1 of 1 instances are unhealthy ({}); --force starts the rollout nevertheless: nothing was written",
        sick.id
    );
    assert_eq!(err, expected);
    for (options, expected) in [
        (
            &["--rollout", "5%"][..],
            "--rollout: expected 100% as the last stage",
        ),
        (
            &["--rollout", "x"],
            "--rollout: expected a percentage from 0.01% to 100%, such as 5%",
        ),
        (
            &["--rollout", "100%", "--bake", "x"],
            "--bake needs a duration such as 10m or 30s",
        ),
        (
            &["--rollout", "100%", "--bake", "8d"],
            "--bake needs whole seconds from 1s to 1w",
        ),
        (
            &["--rollout", "100%", "--tolerate", "x"],
            "--tolerate needs a number up to 100",
        ),
    ] {
        let (code, err) = refused("SHOP_POOL=30", options);
        assert_eq!((code, &*err), (2, expected), "{options:?}");
    }
    let (code, _, err) = team.push("SHOP_POOL=30", &["--yes", "--gate", "true"]);
    assert_eq!((code, &*err), (2, "--gate needs --rollout"));
}

#[test]
fn an_abort_ends_a_rollout_whose_controller_is_gone() {
    let team = team();
    let instances = [team.instance(1000), team.instance(1000)];
    let none = team.run(&["rollout", "abort"]);
    assert_eq!((none.0, &*none.2), (1, "memory /: there is no rollout"));
    let (code, out, err) = team.roll_out("SHOP_POOL=30", &["--rollout", "1%,100%", "--detach"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    let running = || {
        instances
            .iter()
            .filter(|instance| (instance.pool)() == 30)
            .count()
    };
    until(|| running() == 1);
    until(|| {
        team.run(&["rollout", "status"])
            .1
            .contains("members: 1 passed of 1")
    });
    let status = team.run(&["rollout", "status"]).1;
    assert!(
        status.contains(" of push 1 is running, stage 1 of 1%, 100%\n"),
        "{status}"
    );
    assert!(
        status.contains("\n  author: ann\n  changes: pool\n"),
        "{status}"
    );
    assert!(
        status.ends_with(
            "\n  controller: none: instances go back after 1d without one; `store rollout run` takes over\n"
        ),
        "{status}"
    );
    let fleet = team.run(&["fleet"]).1;
    assert!(fleet.contains(" running in stage 1 of 2\n"), "{fleet}");
    let (code, _, err) = team.push("SHOP_POOL=40", &["--yes"]);
    assert_eq!(code, 75);
    assert!(
        err.contains(" is running: nothing was written\n  help: wait until it ends"),
        "{err}"
    );

    let (code, out, _) = team.run(&["rollout", "abort", "--message", "by \u{1b}[31mhand"]);
    assert_eq!(code, 0, "{out}");
    until(|| running() == 0);
    let status = team.run(&["rollout", "status"]).1;
    assert!(status.contains(r"reason: by \u{1b}[31mhand"), "{status}");
    let (code, _, err) = team.run(&["rollout", "abort"]);
    assert_eq!(code, 1);
    assert!(err.ends_with(" is aborted already"), "{err}");
    assert_eq!(team.push("SHOP_POOL=40", &["--yes"]).0, 0);
    until(|| instances.iter().all(|instance| (instance.pool)() == 40));
}

#[test]
fn another_controller_takes_over_and_a_pause_waits_for_a_promotion() {
    let team = team();
    let instances = [team.instance(1000), team.instance(1000)];
    let options = ["--rollout", "1%,100%", "--detach"];
    assert_eq!(team.roll_out("SHOP_POOL=30", &options).0, 0);
    let (code, out, err) = team.run(&["rollout", "run", "--pause-after", "1"]);
    assert_eq!((code, &*err), (0, ""));
    assert!(
        out.contains(" of push 1 is paused after stage 1: continue it with"),
        "{out}"
    );
    assert!(team.is_open());
    let (code, out, err) = team.run(&["rollout", "promote"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.ends_with(" is done: 2 passed\n"), "{out}");
    until(|| instances.iter().all(|instance| (instance.pool)() == 30));
}

#[test]
fn a_second_controller_waits_for_the_lock() {
    let team = team();
    let _instance = team.instance(1000);
    let options = ["--rollout", "100%", "--bake", "100s"];
    thread::scope(|scope| {
        let first = scope.spawn(|| team.roll_out("SHOP_POOL=30", &options));
        until(|| team.is_open());
        // It waits while the first one lives, and finds the rollout over afterwards.
        let second = scope.spawn(|| team.run(&["rollout", "run"]));
        let (code, out, _) = first.join().unwrap();
        assert_eq!(code, 0, "{out}");
        let (code, _, err) = second.join().unwrap();
        assert_eq!(code, 1);
        assert!(err.ends_with(" is done already"), "{err}");
    });
}

#[test]
fn a_stage_of_a_label_reaches_its_instances_only() {
    let team = team();
    let (of_a, of_b) = (team.instance(1000), team.unchecked_instance());
    let options = ["--rollout", "zone=c:50%,100%", "--detach"];
    let (code, _, err) = team.roll_out("SHOP_POOL=30", &options);
    let nobody = "memory /: no instance is registered that the first stage could choose: nothing was written";
    assert_eq!((code, &*err), (1, nobody));
    let options = ["--rollout", "zone=b:50%,100%", "--detach"];
    let (code, _, err) = team.roll_out("SHOP_POOL=30", &options);
    assert_eq!((code, &*err), (0, ""));
    until(|| (of_b.pool)() == 30);
    let (code, out, err) = team.run(&["rollout", "run", "--pause-after", "1"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert_eq!((of_a.pool)(), 25);
    let (code, out, _) = team.run(&["rollout", "promote"]);
    let end = " is done: 2 passed, 1 without a health function\n";
    assert!(code == 0 && out.ends_with(end), "{out}");
    until(|| (of_a.pool)() == 30);
}

#[test]
fn a_rollout_is_forced_and_tolerates_instances_that_are_unhealthy() {
    let team = team();
    let (healthy, sick) = (team.instance(1000), team.instance(1));
    until(|| team.run(&["fleet"]).1.contains("  bad "));
    let options = ["--rollout", "100%", "--force"];
    let (code, out, _) = team.roll_out("SHOP_POOL=30", &options);
    let lost = " was aborted: 1 of 2 were lost\n";
    assert!(code == 1 && out.ends_with(lost), "{out}");
    let options = ["--rollout", "100%", "--force", "--tolerate", "50%"];
    let (code, out, err) = team.roll_out("SHOP_POOL=30", &options);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.ends_with(" of push 2 is done: 1 passed\n"), "{out}");
    until(|| (healthy.pool)() == 30 && (sick.pool)() == 30);
}

#[test]
fn a_stage_that_takes_too_long_ends_the_rollout() {
    let team = team();
    let instance = team.instance(1000);
    let options = ["--rollout", "100%", "--bake", "1d", "--timeout", "1s"];
    let (code, out, _) = team.roll_out("SHOP_POOL=30", &options);
    let reason = " was aborted: stage 1 was not complete in time: 1 pending of 1\n";
    assert!(code == 1 && out.ends_with(reason), "{out}");
    until(|| (instance.pool)() == 25);
}

#[test]
fn a_rollout_that_is_paused_for_too_long_is_left() {
    let team = team();
    let instance = team.instance(1000);
    let options = ["--rollout", "1%,100%", "--pause-after", "1", "--hold", "1m"];
    let (code, out, err) = team.roll_out("SHOP_POOL=30", &options);
    assert_eq!((code, &*err), (0, ""), "{out}");
    until(|| team.run(&["fleet"]).1.contains("  orphaned  "));
    assert_eq!((instance.pool)(), 25);
    let (code, _, err) = team.run(&["rollout", "promote"]);
    let why = "memory /: stage 1 is not complete: 1 failed of 1";
    assert_eq!((code, &*err), (1, why));
}

#[test]
fn a_controller_for_which_the_change_is_invalid_does_not_take_over() {
    let team = team();
    let _instance = team.instance(1000);
    let options = ["--rollout", "100%", "--detach"];
    assert_eq!(team.roll_out("SHOP_POOL=500", &options).0, 0);
    let loader = OldShop::empty_loader().store(&team.store);
    let printed = cli::capture(&loader, ["store", "rollout", "run"]);
    assert_eq!(printed.code, 78);
    assert!(
        printed.err.contains("from 1 to 100, found \"500\""),
        "{}",
        printed.err
    );
    assert!(
        printed
            .err
            .ends_with("the change is invalid for this program"),
        "{}",
        printed.err
    );
    assert!(team.is_open());
    assert!(!team.cluster.control().values.contains_key("control/lock"));
}

/// The lock of a controller that was killed ends with its lease, also after an abort.
#[test]
fn a_rollout_waits_for_the_lock_of_a_controller_that_was_killed() {
    let team = team();
    team.cluster.stop_clock();
    let instance = team.instance(1000);
    let mut writer = settings_core::remote::Engine::writer(&team.cluster.engine()).unwrap();
    let within = Duration::from_secs(5);
    let lease = writer.grant(Duration::from_secs(15), within).unwrap();
    let lock = settings_core::remote::StoreKey::Control("control/lock".to_owned());
    writer.put(&lock, b"killed", Some(lease), within).unwrap();
    let (code, out, err) = thread::scope(|scope| {
        let push = scope.spawn(|| team.roll_out("SHOP_POOL=30", &["--rollout", "100%"]));
        thread::sleep(Duration::from_millis(100));
        assert!(!team.is_open(), "it waits");
        writer.revoke(lease, within).unwrap();
        push.join().unwrap()
    });
    assert_eq!((code, &*err), (0, ""), "{out}");
    until(|| (instance.pool)() == 30);
}

/// A gate is called every ten seconds, for at most ten seconds.
#[test]
fn a_stage_only_ends_while_the_gate_succeeds() {
    let team = team();
    let instances = [team.instance(1000), team.instance(1000)];
    let (calls, open) = (team.dir.path("calls"), team.dir.path("open"));
    let gate = format!("echo call >> {calls:?}; test -e {open:?}");
    let options = ["--rollout", "1%,100%", "--gate", &gate];
    let (code, out, err) = thread::scope(|scope| {
        let push = scope.spawn(|| team.roll_out("SHOP_POOL=30", &options));
        let reports = |what: &str| team.run(&["rollout", "status"]).1.contains(what);
        until(|| reports("members: 1 passed of 1"));
        until(|| calls.exists());
        assert!(reports("is running, stage 1 of"), "the gate has failed");
        team.dir.write("open", "");
        push.join().unwrap()
    });
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.ends_with(" of push 1 is done: 2 passed\n"), "{out}");
    until(|| instances.iter().all(|instance| (instance.pool)() == 30));
}

#[test]
fn a_gate_that_fails_three_times_in_a_row_ends_the_rollout() {
    is_ended_by("exit 3");
}

#[test]
fn a_gate_that_hangs_fails() {
    is_ended_by("exec sleep 1000");
}

fn is_ended_by(gate: &str) {
    let team = team();
    let instance = team.instance(1000);
    let options = ["--rollout", "100%", "--gate", gate];
    let (code, out, err) = team.roll_out("SHOP_POOL=30", &options);
    assert_eq!((code, &*err), (1, ""), "{out}");
    let reason = " was aborted: the gate failed 3 times in a row\n";
    assert!(out.ends_with(reason), "{out}");
    assert_eq!(team.text("pool").unwrap(), "25");
    until(|| (instance.pool)() == 25);
    let log = team.run(&["log"]).1;
    let outcome = "aborted: the gate failed 3 times in a row";
    assert!(log.contains(outcome), "{log}");
}

#[test]
fn the_fleet_is_printed_without_trust_in_it() {
    let team = team();
    let none = team.run(&["fleet"]);
    assert_eq!(
        none,
        (
            0,
            "memory / @1\nno instance is registered\n".to_owned(),
            String::new()
        )
    );
    let instance = team.instance(1000);
    until(|| team.run(&["fleet"]).1.contains("good"));
    let mut writer = settings_core::remote::Engine::writer(&team.cluster.engine()).unwrap();
    let key = settings_core::remote::StoreKey::Control("fleet/\u{1b}[31m".to_owned());
    writer
        .put(&key, b"{}", None, Duration::from_secs(5))
        .unwrap();
    let (code, out, _) = team.run(&["fleet"]);
    assert_eq!(code, 0);
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[2].starts_with("name  id"), "{out}");
    let row: Vec<&str> = lines[3].split_whitespace().collect();
    assert_eq!(row[..3], ["shop", &instance.id, "2.0"]);
    assert_eq!(row[4..8], ["zone=a", "@1", "good", "base"]);
    assert!(lines[4].starts_with(r"-     \u{1b}[31m"), "{out}");
    assert!(lines[4].contains("malformed"), "{out}");
    let json: serde_json::Value =
        serde_json::from_str(&team.run(&["fleet", "--format", "json"]).1).unwrap();
    assert_eq!(json[0]["state"], "malformed");
    assert_eq!(
        (&json[1]["name"], &json[1]["base"]),
        (&"shop".into(), &1.into())
    );

    let (code, _, err) = team.run(&["fleet", "--wait", "@1", "--timeout", "10ms"]);
    assert_eq!(
        (code, &*err),
        (1, r"timeout: not at @1: \u{1b}[31m (malformed)")
    );
    writer.put(&key, b"", None, Duration::from_secs(5)).unwrap();
    let (code, _, err) = team.run(&["fleet", "--expect", "3"]);
    assert_eq!((code, &*err), (2, "--expect and --timeout need --wait"));
}
