//! Instances of a fleet: the candidate of a rollout is in force only where it counts, and is taken back by itself.

use crate::{dir::Dir, until};
use settings_core::{
    Live, Settings,
    live::{Event, Instance, InstanceState, TriggerGuard},
    remote::{
        Commit, Committed, Engine, Fault, FaultKind, Lease, Settled, Store, StoreChanges, StoreKey,
        StoreSnapshot, Writer, testing::InMemoryStore,
    },
};
use std::{
    borrow::Cow,
    fs,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    time::Duration,
};

/// A second of an instance.
const SECOND: Duration = Duration::from_millis(10);

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    #[settings(default = 10, range(1..=1000), reload)]
    pool: u32,
    #[settings(default = "info", reload)]
    log_level: String,
    #[settings(default = 8080)]
    port: u16,
}

/// A process in a fleet; `is_healthy` decides about its health.
struct Process {
    live: Live<Shop>,
    store: Store,
    events: Receiver<Event>,
    is_healthy: Arc<AtomicBool>,
    guard: Option<TriggerGuard>,
}

fn start(cluster: &InMemoryStore) -> Process {
    join(Store::builder(cluster.engine()).start(), &[])
}

fn join(store: Store, env: &[(&str, &str)]) -> Process {
    let loader = Shop::empty_loader().store(&store);
    let live = loader.env_from(env.iter().copied()).live().unwrap();
    let is_healthy = Arc::new(AtomicBool::new(true));
    let asked = is_healthy.clone();
    let instance = Instance::new("shop")
        .version("1.2.0")
        .label("zone", "a")
        .health(move || asked.load(Ordering::SeqCst))
        .second(SECOND);
    let events = live.subscribe_channel();
    let guard = live.join_fleet(&store, instance).unwrap();
    let process = Process {
        live,
        store,
        events,
        is_healthy,
        guard: Some(guard),
    };
    until(|| !process.id().is_empty() || process.error().is_some());
    process
}

impl Process {
    fn id(&self) -> String {
        self.live.status().fleet.unwrap().id
    }

    fn error(&self) -> Option<String> {
        self.live.status().fleet.unwrap().error
    }

    fn pool(&self) -> u32 {
        self.live.current().pool
    }

    /// Waits for a state, which the store reports as well.
    fn is(&self, cluster: &InMemoryStore, state: InstanceState) -> serde_json::Value {
        until(|| self.live.status().fleet.unwrap().state == state);
        let reported = || status(cluster, &self.id());
        until(|| reported().is_some_and(|status| status["state"] == state.word()));
        reported().unwrap()
    }

    /// The next event that changed settings.
    fn changed(&self) -> String {
        self.events
            .recv_timeout(Duration::from_mins(1))
            .unwrap()
            .to_string()
    }
}

fn status(cluster: &InMemoryStore, id: &str) -> Option<serde_json::Value> {
    let control = cluster.control();
    let value = control.values.get(&format!("fleet/{id}"))?;
    Some(serde_json::from_slice(value.bytes()).unwrap())
}

/// Writes a rollout of the present settings to these members; `None` is everyone. Returns its id.
fn roll_out(
    cluster: &InMemoryStore,
    members: Option<&[&Process]>,
    set: &str,
    orphan: u32,
) -> String {
    let snapshot = cluster.snapshot();
    let (revision, keys) = (snapshot.revision, snapshot.settings().count());
    let (stage, members) = match members {
        Some(members) => {
            let ids = members.iter().map(|process| format!("{:?}", process.id()));
            (1, format!("[{}]", ids.collect::<Vec<_>>().join(",")))
        }
        None => (2, "null".to_owned()),
    };
    let rollout = format!(
        r#"{{"v":1,"id":"r{revision}","push":1,"state":"running","stage":{stage},"stages":["5%","100%"],"members":{members},
        "as_of":{revision},"base":{{"revision":{revision},"keys":{keys}}},"set":{set},"unset":[],"bake_s":5,"orphan_s":{orphan},
        "spread_s":1,"hold_s":60,"author":"ann","message":"","reason":""}}"#
    );
    cluster.put([("@rollout", rollout)]);
    format!("r{revision}")
}

/// Ends the rollout as the controller does.
fn end(cluster: &InMemoryStore, state: &str, writes: &[(&str, &str)]) {
    let snapshot = cluster.snapshot();
    let mut rollout: serde_json::Value =
        serde_json::from_slice(snapshot.values["@rollout"].bytes()).unwrap();
    let fields = rollout.as_object_mut().unwrap();
    for field in ["members", "set", "unset"] {
        fields.remove(field);
    }
    fields["state"] = state.into();
    fields["reason"] = "by hand".into();
    let rollout = rollout.to_string();
    cluster.put(
        writes
            .iter()
            .copied()
            .chain([("@rollout", rollout.as_str())]),
    );
}

/// Seconds without a pulse that no test reaches.
const NEVER: u32 = 86_400;

#[test]
fn a_candidate_is_in_force_for_members_until_it_is_the_base() {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25")]);
    let dir = Dir::with(&[]);
    let last_good = dir.path("last-good");
    let builder = Store::builder(cluster.engine()).last_good(&last_good);
    let (member, other) = (join(builder.start(), &[]), start(&cluster));
    let id = roll_out(
        &cluster,
        Some(&[&member]),
        r#"{"log_level":"candidate","pool":"977"}"#,
        NEVER,
    );
    let status = member.is(&cluster, InstanceState::Passed);
    assert_eq!((member.pool(), other.pool()), (977, 25));
    assert_eq!(
        member.changed(),
        "revision 2 of the settings: pool: 25 -> 977, log_level: info -> candidate"
    );
    assert_eq!(status["name"], "shop");
    assert_eq!(
        (&status["version"], &status["labels"]["zone"]),
        (&"1.2.0".into(), &"a".into())
    );
    assert_eq!(
        (&status["healthy"], &status["base"]),
        (&true.into(), &1.into())
    );
    assert!(status["registered"].as_u64().is_some(), "{status}");
    assert_eq!(status["schema"].as_str().unwrap().len(), 8);
    assert_eq!(status["rollout"], id);
    // No value of a setting is in it, and none of the candidate on disk.
    let text = status.to_string();
    assert!(
        !text.contains("977") && !text.contains("candidate"),
        "{text}"
    );
    // The page of the settings shows the same state.
    let page: serde_json::Value = serde_json::from_str(&member.live.to_json()).unwrap();
    let fleet = serde_json::json!({
        "id": member.id(), "rollout": id, "state": "passed", "healthy": true, "error": null
    });
    assert_eq!(page["fleet"], fleet);
    let line = format!(
        "<p class=\"facts\">Fleet: passed in rollout {id}, healthy; instance {}</p>",
        member.id()
    );
    assert!(member.live.to_html().contains(&line), "{line}");
    let kept = || String::from_utf8_lossy(&fs::read(&last_good).unwrap()).into_owned();
    assert!(!kept().contains("candidate"));

    end(
        &cluster,
        "done",
        &[("log_level", "candidate"), ("pool", "977")],
    );
    until(|| other.pool() == 977);
    let status = member.is(&cluster, InstanceState::Base);
    assert_eq!(status["rollout"], id);
    until(|| kept().contains("candidate"));
    assert_eq!(member.live.revision(), 2, "its values have not changed");
    let revision = cluster.snapshot().values["pool"].revision();
    until(|| self::status(&cluster, &member.id()).unwrap()["base"] == revision);
}

#[test]
fn everyone_who_had_registered_is_a_member_of_the_last_stage() {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25")]);
    let member = start(&cluster);
    roll_out(&cluster, None, r#"{"pool":"30"}"#, NEVER);
    let newcomer = start(&cluster);
    member.is(&cluster, InstanceState::Passed);
    assert_eq!((member.pool(), newcomer.pool()), (30, 25));
}

#[test]
fn an_invalid_candidate_is_rejected_as_a_whole() {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25")]);
    let process = start(&cluster);
    roll_out(
        &cluster,
        Some(&[&process]),
        r#"{"log_level":"debug","pool":"5000"}"#,
        NEVER,
    );
    let status = process.is(&cluster, InstanceState::Rejected);
    assert_eq!(
        status["problems"].to_string(),
        r#"[{"key":"pool","kind":"rule"}]"#
    );
    assert!(!status.to_string().contains("5000"), "{status}");
    assert_eq!((process.pool(), process.live.revision()), (25, 1));
    assert_eq!(&*process.live.current().log_level, "info");
    assert!(
        process
            .changed()
            .starts_with("rejected; revision 1 stays in force")
    );
    until(|| process.live.status().rejected.is_none());
}

#[test]
fn a_candidate_that_needs_a_restart_is_not_swapped_at_all() {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25")]);
    let process = start(&cluster);
    roll_out(
        &cluster,
        Some(&[&process]),
        r#"{"pool":"30","port":"9090"}"#,
        NEVER,
    );
    let status = process.is(&cluster, InstanceState::RestartRequired);
    assert_eq!(status["restart_required"].to_string(), r#"["port"]"#);
    assert_eq!((process.pool(), process.live.revision()), (25, 1));
    let event = process.changed();
    assert!(
        event.contains("the rollout changes settings that only change at a restart: port"),
        "{event}"
    );
}

#[test]
fn a_candidate_that_a_higher_layer_overrides_has_no_effect() {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25")]);
    let store = Store::builder(cluster.engine()).start();
    let process = join(store, &[("SHOP_POOL", "7")]);
    roll_out(&cluster, Some(&[&process]), r#"{"pool":"30"}"#, NEVER);
    process.is(&cluster, InstanceState::NoEffect);
    assert_eq!((process.pool(), process.live.revision()), (7, 1));
}

#[test]
fn an_unhealthy_candidate_is_taken_back_for_good() {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25")]);
    let process = start(&cluster);
    roll_out(&cluster, Some(&[&process]), r#"{"pool":"30"}"#, NEVER);
    until(|| process.pool() == 30);
    process.is_healthy.store(false, Ordering::SeqCst);
    let status = process.is(&cluster, InstanceState::Reverted);
    assert_eq!(process.pool(), 25);
    assert_eq!(
        process.changed(),
        "revision 2 of the settings: pool: 25 -> 30"
    );
    assert_eq!(
        process.changed(),
        "reverted by revision 3 of the settings, because the program was unhealthy three times in a row: pool: 30 -> 25"
    );
    assert_eq!(status["healthy"], false);
    process.is_healthy.store(true, Ordering::SeqCst);
    until(|| process.live.status().fleet.unwrap().healthy == Some(true));
    process.is(&cluster, InstanceState::Reverted);
    assert_eq!(process.pool(), 25);

    // Another rollout is another chance, and one without a controller ends by itself.
    roll_out(&cluster, Some(&[&process]), r#"{"pool":"31"}"#, 5);
    until(|| process.pool() == 31);
    process.is(&cluster, InstanceState::Orphaned);
    assert_eq!(process.pool(), 25);
}

/// A call that does not return within five seconds is bad, and stays so. No second one is started.
#[test]
fn a_health_call_that_never_returns_takes_the_candidate_back() {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25")]);
    let store = Store::builder(cluster.engine()).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let (seen, calls) = (live.clone(), Arc::new(AtomicBool::new(false)));
    let (hangs, end) = (calls.clone(), Arc::new(Barrier::new(2)));
    let waits = end.clone();
    let health = move || {
        if seen.current().pool == 30 {
            assert!(!hangs.swap(true, Ordering::SeqCst), "a second call");
            waits.wait();
        }
        true
    };
    let instance = Instance::new("shop").health(health).second(SECOND);
    let guard = live.join_fleet(&store, instance).unwrap();
    until(|| !live.status().fleet.unwrap().id.is_empty());
    let process = Process {
        events: live.subscribe_channel(),
        is_healthy: Arc::default(),
        guard: Some(guard),
        live,
        store,
    };
    roll_out(&cluster, Some(&[&process]), r#"{"pool":"30"}"#, NEVER);
    until(|| calls.load(Ordering::SeqCst));
    let status = process.is(&cluster, InstanceState::Reverted);
    assert_eq!(status["healthy"], false);
    assert_eq!(process.pool(), 25);
    process.changed();
    assert_eq!(
        process.changed(),
        "reverted by revision 3 of the settings, because the program was unhealthy three times in a row: pool: 30 -> 25"
    );
    // It returns at last, and is called again.
    end.wait();
    until(|| process.live.status().fleet.unwrap().healthy == Some(true));
    assert_eq!(process.pool(), 25);
}

#[test]
fn an_abort_and_a_change_by_hand_win_over_the_candidate() {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25"), ("log_level", "warn")]);
    let process = start(&cluster);
    roll_out(&cluster, Some(&[&process]), r#"{"pool":"30"}"#, NEVER);
    until(|| process.pool() == 30);
    end(&cluster, "aborted", &[]);
    until(|| process.pool() == 25);
    process.is(&cluster, InstanceState::Base);
    process.changed();
    let event = process.changed();
    assert!(
        event.contains("was aborted: by hand: pool: 30 -> 25"),
        "{event}"
    );

    roll_out(&cluster, Some(&[&process]), r#"{"pool":"31"}"#, NEVER);
    until(|| process.pool() == 31);
    cluster.put([("log_level", "error")]);
    process.is(&cluster, InstanceState::Unready);
    assert_eq!(
        (process.pool(), &*process.live.current().log_level),
        (25, "error")
    );
    process.changed();
    let event = process.changed();
    assert!(
        event.starts_with("reverted by revision 5 of the settings"),
        "{event}"
    );
    assert!(
        event.ends_with("pool: 31 -> 25, log_level: warn -> error"),
        "{event}"
    );

    // The store cannot take the base away either: an invalid base leaves the settings from before the candidate.
    cluster.put([("log_level", "warn")]);
    until(|| &*process.live.current().log_level == "warn");
    roll_out(&cluster, Some(&[&process]), r#"{"pool":"32"}"#, NEVER);
    until(|| process.pool() == 32);
    cluster.put([("pool", "0")]);
    until(|| process.pool() == 25);
}

#[test]
fn a_malformed_or_newer_rollout_does_not_count() {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25")]);
    let process = start(&cluster);
    roll_out(&cluster, Some(&[&process]), r#"{"pool":"30"}"#, NEVER);
    until(|| process.pool() == 30);
    cluster.put([("@rollout", r#"{"v":1}"#)]);
    until(|| process.pool() == 25);
    process.is(&cluster, InstanceState::Base);
    cluster.put([("@rollout", r#"{"v":2}"#)]);
    process.is(&cluster, InstanceState::Unready);
    assert_eq!(process.pool(), 25);
}

#[test]
fn a_lost_registration_is_replaced_and_is_no_member() {
    let cluster = InMemoryStore::new();
    cluster.stop_clock();
    cluster.put([("pool", "25")]);
    let process = start(&cluster);
    let id = process.id();
    roll_out(&cluster, Some(&[&process]), r#"{"pool":"30"}"#, NEVER);
    until(|| process.pool() == 30);
    cluster.advance(Duration::from_secs(15));
    until(|| process.pool() == 25);
    until(|| !process.id().is_empty() && process.id() != id);
    assert!(status(&cluster, &id).is_none());
    until(|| status(&cluster, &process.id()).is_some());
}

#[test]
fn a_process_that_leaves_says_so_and_runs_the_base() {
    let cluster = InMemoryStore::new();
    cluster.stop_clock();
    cluster.put([("pool", "25")]);
    let mut process = start(&cluster);
    let id = process.id();
    roll_out(&cluster, Some(&[&process]), r#"{"pool":"30"}"#, NEVER);
    until(|| process.pool() == 30);
    drop(process.guard.take());
    assert_eq!(process.pool(), 25);
    assert!(process.live.status().fleet.is_none());
    assert_eq!(status(&cluster, &id).unwrap()["state"], "leaving");
    cluster.advance(Duration::from_secs(5));
    assert!(status(&cluster, &id).is_none());
    // It may join again.
    let instance = Instance::new("shop").second(SECOND);
    process
        .live
        .join_fleet(&process.store, instance)
        .unwrap()
        .detach();
}

#[test]
fn without_permission_the_program_runs_on_outside_of_the_fleet() {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25")]);
    let store = Store::builder(ReadOnly(cluster.engine())).start();
    let process = join(store, &[]);
    assert_eq!(process.error().unwrap(), "permission denied");
    let revision = cluster.snapshot().revision;
    roll_out(&cluster, None, r#"{"pool":"30"}"#, NEVER);
    end(&cluster, "done", &[("pool", "30")]);
    until(|| process.pool() == 30);
    assert_eq!(
        cluster.snapshot().revision,
        revision + 2,
        "it wrote nothing"
    );
}

#[test]
fn misuse_is_an_error() {
    let store = Store::builder(InMemoryStore::new().engine()).start();
    let other = Store::builder(InMemoryStore::new().engine()).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let joined = |store: &Store, instance: Instance| {
        live.join_fleet(store, instance).map(TriggerGuard::detach)
    };
    let words = "1 to 63 letters, digits, dots, dashes and underscores";
    for (instance, expected) in [
        (
            Instance::new("my shop"),
            format!("the name of an instance has {words}"),
        ),
        (
            Instance::new("shop").version("1.2 β"),
            format!("the version of an instance has {words}"),
        ),
        (
            Instance::new("shop").label("zone", ""),
            format!("the name and the value of a label have {words}"),
        ),
        (
            (0..9).fold(Instance::new("shop"), |instance, nth| {
                instance.label(format!("l{nth}"), "a")
            }),
            "an instance has at most 8 labels".to_owned(),
        ),
    ] {
        assert_eq!(joined(&store, instance).unwrap_err().to_string(), expected);
    }
    let error = joined(&other, Instance::new("shop")).unwrap_err();
    assert_eq!(error.to_string(), "the store is no layer of these settings");
    joined(&store, Instance::new("shop")).unwrap();
    let error = joined(&store, Instance::new("shop")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the settings have joined a fleet already"
    );
}

/// An engine whose user may only read.
struct ReadOnly<E>(E);

impl<E: Engine> Engine for ReadOnly<E> {
    fn describe(&self) -> Cow<'_, str> {
        self.0.describe()
    }

    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault> {
        self.0.snapshot(within)
    }

    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
        self.0.changes(after, within)
    }

    fn writer(&self) -> Option<Box<dyn Writer>> {
        Some(Box::new(Refusing))
    }
}

struct Refusing;

fn refused<T>() -> Result<T, Fault> {
    Err(Fault::new(FaultKind::PermissionDenied, "permission denied"))
}

impl Writer for Refusing {
    fn commit(&mut self, _: &Commit, _: Duration) -> Result<Committed, Fault> {
        refused()
    }

    fn settle(&mut self, _: &Commit, _: Duration) -> Result<Settled, Fault> {
        refused()
    }

    fn read(&mut self, _: Option<u64>, _: Duration) -> Result<StoreSnapshot, Fault> {
        refused()
    }

    fn put(&mut self, _: &StoreKey, _: &[u8], _: Option<Lease>, _: Duration) -> Result<u64, Fault> {
        refused()
    }

    fn grant(&mut self, _: Duration, _: Duration) -> Result<Lease, Fault> {
        Ok(Lease::new(1))
    }

    fn keep_alive(&mut self, _: Lease, _: Duration) -> Result<(), Fault> {
        refused()
    }

    fn revoke(&mut self, _: Lease, _: Duration) -> Result<(), Fault> {
        Ok(())
    }

    fn scan(&mut self, _: &str, _: Duration) -> Result<StoreSnapshot, Fault> {
        refused()
    }
}
