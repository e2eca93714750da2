//! Rollouts while etcd is killed or frozen in the middle of a commit, and while it is restored from a backup. Afterwards all
//! instances run the same settings, and `store fleet` reports them.

use crate::{
    fleet::{Process, process, roll_out, run, start, until},
    proxy::Proxy,
    server::Server,
};
use settings_core::{
    Settings,
    live::{Instance, InstanceState},
    remote::{Store, StoreState},
};
use std::{thread, time::Duration};

/// How etcd fails.
#[derive(Clone, Copy)]
enum Fault {
    /// The commit never arrives.
    Killed,
    /// The commit is applied when etcd goes on, but its answer comes too late.
    Frozen,
}

/// A rollout whose commit with this text is hit by a fault. Returns its code and what it prints.
fn hit(text: &'static str, fault: Fault) -> (Server, [Process; 2], (u8, String)) {
    let mut server = Server::start();
    server.put("pool", "25");
    let instances: [Process; 2] = start(&server);
    let proxy = Proxy::holding_back_text(text, server.port());
    let mut settings = server.settings();
    settings.endpoints = vec![proxy.endpoint()];
    settings.timeout = Duration::from_secs(2);
    let retry = Duration::from_millis(50)..=Duration::from_millis(400);
    let store = settings.store().retry(retry).start();
    let options = ["--orphan", "1d", "--rollout", "50%,100%"];
    let printed = thread::scope(|scope| {
        let controller = scope.spawn(|| roll_out(&store, "SHOP_POOL=30", &options));
        proxy.wait();
        match fault {
            Fault::Killed => {
                server.kill();
                proxy.release();
                server.run();
            }
            Fault::Frozen => {
                server.freeze();
                proxy.release();
                thread::sleep(Duration::from_secs(3));
                server.thaw();
            }
        }
        let (code, out, err) = controller.join().unwrap();
        (code, out + &err)
    });
    (server, instances, printed)
}

/// The rows of `store fleet`, once no row has a candidate and all have this base.
fn settled(server: &Server, count: usize, pool: u32, instances: &[Process]) {
    until("all run the base", || {
        instances.iter().all(|instance| instance.pool() == pool)
    });
    let base = server.ctl(&["get", "/shop/pool", "--print-value-only"]);
    assert_eq!(base.trim(), pool.to_string());
    let store = server.store();
    let written = server.ctl(&["get", "/shop/pool", "--write-out", "fields"]);
    let revision = written
        .lines()
        .find_map(|line| line.strip_prefix("\"ModRevision\" : "));
    let count = count.to_string();
    let waited = run(
        &store,
        &[
            "fleet",
            "--wait",
            revision.unwrap(),
            "--expect",
            &count,
            "--timeout",
            "2m",
        ],
    );
    assert_eq!((waited.0, &*waited.2), (0, ""), "{}", waited.1);
    until("the fleet reports it", || {
        let fleet = run(&store, &["fleet", "--format", "json"]).1;
        let rows: Vec<serde_json::Value> = serde_json::from_str(&fleet).unwrap();
        let is_on_base = |row: &serde_json::Value| {
            let state = row["state"].as_str().unwrap();
            !["baking", "passed", "no_effect"].contains(&state) && row["healthy"] == true
        };
        rows.len().to_string() == count && rows.iter().all(is_on_base)
    });
    let mut ids: Vec<String> = instances.iter().map(|process| process.fleet().0).collect();
    ids.sort();
    let fleet = run(&store, &["fleet", "--format", "json"]).1;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&fleet).unwrap();
    let listed: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(listed, ids, "each once, by its present id");
}

/// The rollout is in the history once, as the only push.
fn is_logged_once(server: &Server, outcome: &str) {
    let log = run(&server.store(), &["log"]).1;
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.starts_with("rollout 1 "), "{log}");
    assert!(log.contains(outcome), "{log}");
}

fn is_done((code, printed): &(u8, String)) {
    assert_eq!(*code, 0, "{printed}");
    assert!(
        printed.ends_with(" of push 1 is done: 2 passed\n"),
        "{printed}"
    );
}

#[test]
fn etcd_is_killed_during_the_commit_of_a_stage() {
    let (server, instances, printed) = hit(r#""stage":2"#, Fault::Killed);
    is_done(&printed);
    settled(&server, 2, 30, &instances);
    is_logged_once(&server, "applied, 1 changed");
}

#[test]
fn etcd_is_frozen_during_the_commit_of_a_stage() {
    let (server, instances, printed) = hit(r#""stage":2"#, Fault::Frozen);
    is_done(&printed);
    settled(&server, 2, 30, &instances);
    is_logged_once(&server, "applied, 1 changed");
}

#[test]
fn etcd_is_killed_during_the_last_commit() {
    let (server, instances, printed) = hit(r#""state":"done""#, Fault::Killed);
    is_done(&printed);
    settled(&server, 2, 30, &instances);
    is_logged_once(&server, "applied, 1 changed");
}

#[test]
fn etcd_is_frozen_during_the_last_commit() {
    let (server, instances, printed) = hit(r#""state":"done""#, Fault::Frozen);
    is_done(&printed);
    settled(&server, 2, 30, &instances);
    is_logged_once(&server, "applied, 1 changed");
}

#[test]
fn etcd_is_killed_during_the_first_commit() {
    let (server, instances, (code, printed)) = hit(r#""stage":1"#, Fault::Killed);
    assert_eq!(code, 75, "{printed}");
    is_not_applied(&printed, &server, &instances);
}

#[test]
fn etcd_is_frozen_during_the_first_commit() {
    let (server, instances, (code, printed)) = hit(r#""stage":1"#, Fault::Frozen);
    // etcd applies a request whose client has given up, or drops it.
    if code == 0 {
        is_done(&(code, printed));
        settled(&server, 2, 30, &instances);
        is_logged_once(&server, "applied, 1 changed");
    } else {
        assert_eq!(code, 75, "{printed}");
        is_not_applied(&printed, &server, &instances);
    }
}

fn is_not_applied(printed: &str, server: &Server, instances: &[Process]) {
    let decision = "etcd /shop/: the answer to the commit was lost; it was not applied";
    assert!(printed.ends_with(decision), "{printed}");
    let status = run(&server.store(), &["rollout", "status"]);
    assert_eq!(status.2, "etcd /shop/: there is no rollout");
    settled(server, 2, 25, instances);
}

fn restore(server: &mut Server, instances: &[Process]) {
    server.kill();
    until("its death is noticed", || {
        let mut states = instances.iter().map(Process::state_of_store);
        states.all(|state| state == StoreState::Unavailable)
    });
    server.restore();
    until("they are connected", || {
        let mut states = instances.iter().map(Process::state_of_store);
        states.all(|state| state == StoreState::Connected)
    });
}

#[test]
fn a_backup_from_before_the_rollout_ends_it() {
    let mut server = Server::start();
    server.put("pool", "25");
    let instances: [Process; 1] = start(&server);
    let store = server.store();
    server.back_up();
    let options = ["--orphan", "1d", "--rollout", "100%", "--bake", "1d"];
    thread::scope(|scope| {
        let controller = scope.spawn(|| roll_out(&store, "SHOP_POOL=30", &options));
        until("it tries", || instances[0].pool() == 30);
        restore(&mut server, &instances);
        let (code, _, err) = controller.join().unwrap();
        assert_eq!(code, 1, "{err}");
        let ends = ["the rollout was removed", "there is no rollout"];
        assert!(ends.iter().any(|end| err.ends_with(end)), "{err}");
    });
    settled(&server, 1, 25, &instances);
    let status = run(&store, &["rollout", "status"]);
    assert_eq!(
        (status.0, &*status.2),
        (1, "etcd /shop/: there is no rollout")
    );
    // The store counts the same revisions and pushes again.
    let options = ["--orphan", "1d", "--rollout", "100%"];
    let (code, out, err) = roll_out(&store, "SHOP_POOL=31", &options);
    assert_eq!((code, &*err), (0, ""), "{out}");
    settled(&server, 1, 31, &instances);
    is_logged_once(&server, "applied, 1 changed");
}

/// The lock, the lease and the rollout are in the backup, so its controller goes on.
#[test]
fn a_backup_from_within_the_stage_is_followed_to_its_end() {
    let mut server = Server::start();
    server.put("pool", "25");
    let instances: [Process; 1] = start(&server);
    let store = server.store();
    let options = ["--orphan", "1d", "--rollout", "100%", "--bake", "600s"];
    let (code, out) = thread::scope(|scope| {
        let controller = scope.spawn(|| roll_out(&store, "SHOP_POOL=30", &options));
        until("it tries", || instances[0].pool() == 30);
        until("it bakes", || {
            let statuses = server.ctl(&["get", "--prefix", "/shop@fleet/", "--print-value-only"]);
            statuses.contains(r#""state":"baking""#)
        });
        server.back_up();
        restore(&mut server, &instances);
        let (code, out, err) = controller.join().unwrap();
        (code, out + &err)
    });
    assert_eq!(code, 0, "{out}");
    assert!(out.ends_with(" is done: 1 passed\n"), "{out}");
    settled(&server, 1, 30, &instances);
    is_logged_once(&server, "applied, 1 changed");
}

/// The instance has passed since, and keeps its lease. It reports again, or a controller would wait for it.
#[test]
fn a_status_that_is_not_in_the_backup_is_reported_again() {
    let mut server = Server::start();
    server.put("pool", "25");
    let instances: [Process; 1] = start(&server);
    let store = server.store();
    let options = [
        "--detach",
        "--orphan",
        "1d",
        "--rollout",
        "100%",
        "--bake",
        "100s",
    ];
    assert_eq!(roll_out(&store, "SHOP_POOL=30", &options).0, 0);
    let reports = |server: &Server, state: &str| {
        let statuses = server.ctl(&["get", "--prefix", "/shop@fleet/", "--print-value-only"]);
        statuses.contains(&format!(r#""state":"{state}""#))
    };
    until("it bakes", || reports(&server, "baking"));
    server.back_up();
    until("it has passed", || reports(&server, "passed"));
    restore(&mut server, &instances);
    until("it has passed", || reports(&server, "passed"));
    let (code, out, err) = run(&store, &["rollout", "run"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    settled(&server, 1, 30, &instances);
    is_logged_once(&server, "applied, 1 changed");
}

/// The rollout is done, but the backup has it under way, without a controller.
#[test]
fn a_backup_with_a_rollout_that_was_done_since_leads_to_its_base() {
    let mut server = Server::start();
    server.put("pool", "25");
    let instances: [Process; 2] = start(&server);
    let store = server.store();
    let options = ["--detach", "--orphan", "600s", "--rollout", "100%"];
    assert_eq!(roll_out(&store, "SHOP_POOL=30", &options).0, 0);
    until("they try", || {
        instances.iter().all(|instance| instance.pool() == 30)
    });
    server.back_up();
    let (code, out, err) = run(&store, &["rollout", "run"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    settled(&server, 2, 30, &instances);
    restore(&mut server, &instances);
    until("they go back", || {
        instances
            .iter()
            .all(|instance| instance.pool() == 25 && instance.fleet().1 == InstanceState::Orphaned)
    });
    settled(&server, 2, 25, &instances);
    let (code, out, _) = run(&store, &["rollout", "run"]);
    assert_eq!(code, 1);
    assert!(out.contains("2 of 2 failed"), "{out}");
    assert!(out.contains("(orphaned)"), "{out}");
    is_logged_once(&server, "aborted: 2 of 2 failed");
    settled(&server, 2, 25, &instances);
}

/// The program of an earlier version, which accepts less and has no fleet.
#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct OldShop {
    #[settings(default = 10, range(1..=100), reload)]
    pool: u32,
}

#[test]
fn an_old_program_beside_new_ones_runs_the_base_or_is_a_member_of_the_first_stage() {
    let server = Server::start();
    server.put("pool", "25");
    let start_old = |store: &Store| {
        let loader = OldShop::empty_loader().store(store);
        loader.live().unwrap()
    };
    let followed = server.store();
    let follower = start_old(&followed);
    follower.follow(&followed).unwrap().detach();
    let old_store = server.store();
    let old = start_old(&old_store);
    let instance = Instance::new("shop").version("1.0").health(|| true);
    let instance = instance.second(crate::fleet::SECOND);
    let _guard = old.join_fleet(&old_store, instance).unwrap();
    until("it registers", || {
        !old.status().fleet.unwrap().id.is_empty()
    });
    let new = [(); 3].map(|()| process(server.store(), 1000, 1000));
    let store = server.store();

    // One of four, and one of each schema.
    let options = ["--orphan", "1d", "--rollout", "1%,100%"];
    let (code, out, err) = roll_out(&store, "SHOP_POOL=500", &options);
    assert_eq!(code, 1, "{out}");
    let id = old.status().fleet.unwrap().id;
    let expected = format!(" was aborted: 1 of 2 failed: {id} (rejected: pool)\n");
    assert!(out.ends_with(&expected), "{out}");
    let warning = "warning: 1 of 4 instances have other settings than this program (shop 1.0)";
    assert!(err.contains(warning), "{err}");
    settled_old(&server, &new, [&old, &follower], 25);

    let (code, out, _) = roll_out(&store, "SHOP_POOL=50", &options);
    assert_eq!(code, 0, "{out}");
    assert!(out.ends_with(" of push 2 is done: 4 passed\n"), "{out}");
    settled_old(&server, &new, [&old, &follower], 50);
    let status = follower.status();
    assert_eq!(
        status.rejections, 0,
        "reserved keys are none of its settings"
    );
    assert_eq!(follower.revision(), 2, "it saw no candidate");
}

fn settled_old(
    server: &Server,
    new: &[Process],
    old: [&settings_core::Live<OldShop>; 2],
    pool: u32,
) {
    until("the old ones run it", || {
        old.iter().all(|live| live.current().pool == pool)
    });
    until("the new ones run it", || {
        new.iter()
            .all(|instance| instance.live.current().pool == pool)
    });
    let fleet = run(&server.store(), &["fleet"]).1;
    let rows = fleet.lines().filter(|line| line.starts_with("shop  "));
    assert_eq!(rows.count(), 4, "{fleet}");
}
