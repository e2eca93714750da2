//! The last good snapshot of a store, in a file: for a start while the store is unavailable.

use crate::{
    dir::Dir,
    reports::{lines, problems},
    wait::until,
};
use settings_core::{
    Settings,
    remote::{ServedFrom, Store, StoreState, testing::InMemoryStore},
};
use snapbox::{assert_data_eq, str};
use std::{fs, path::Path, process::Command, sync::mpsc, time::Duration};

#[derive(Debug, Settings)]
struct Shop {
    #[settings(default = 10, range(1..=1000))]
    db_pool_size: u32,
}

/// A store with a short deadline.
fn store(cluster: &InMemoryStore, path: &Path) -> Store {
    Store::builder(cluster.engine())
        .deadline(Duration::from_millis(100))
        .last_good(path)
        .start()
}

/// Loads once while the store is connected, which writes the file; then disconnects it.
fn kept(dir: &Dir) -> InMemoryStore {
    let cluster = InMemoryStore::new();
    cluster.put([("db_pool_size", "5")]);
    let store = store(&cluster, &dir.path("last"));
    until("it is read", || store.snapshot().is_some());
    Shop::empty_loader().store(&store).load().unwrap();
    cluster.disconnect();
    cluster
}

#[test]
fn a_start_without_the_store_uses_the_last_good_snapshot() {
    let dir = Dir::with(&[]);
    let cluster = kept(&dir);
    let store = store(&cluster, &dir.path("last"));
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    assert_eq!(shop.db_pool_size, 5);
    assert_data_eq!(
        lines(shop.warnings()),
        str![[r#"
Source memory / is unavailable (the connection was closed); using its last good snapshot, [..] old
  help: check why the store cannot be reached
"#]]
    );
    let place = &shop.sources()[0].name;
    assert!(place.starts_with("memory / @1, from disk, "), "{place}");
    let status = store.status();
    assert_eq!(
        (status.state, status.served_from),
        (StoreState::Unavailable, Some(ServedFrom::Disk))
    );
    assert!(status.age.unwrap() < Duration::from_mins(1));
    assert!(
        status
            .to_string()
            .contains(", serving revision 1 from disk, "),
        "{status}"
    );
}

#[test]
fn a_dump_shows_that_it_is_from_disk_and_its_age() {
    let dir = Dir::with(&[]);
    kept(&dir);
    let mut stored = Command::new(env!("CARGO_BIN_EXE_stored"));
    let output = stored
        .args(["dump", "--sources"])
        .env_clear()
        .current_dir(dir.path(""))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_data_eq!(
        String::from_utf8(output.stdout).unwrap(),
        str![[r#"
SETTING       VALUE  VARIABLE      ORIGIN
db_pool_size  5      DB_POOL_SIZE  memory /db_pool_size @1

store  memory / @1, from disk, [..] old  read

"#]]
    );
    assert_data_eq!(
        String::from_utf8(output.stderr).unwrap(),
        str![[r#"
1 warning in the settings (Shop)

  memory / is unavailable (the connection was closed); using its last good snapshot, [..] old
    help: check why the store cannot be reached

"#]]
    );
}

#[test]
fn the_store_is_used_again_when_it_is_back() {
    let dir = Dir::with(&[]);
    let cluster = kept(&dir);
    let store = store(&cluster, &dir.path("last"));
    let (sender, changes) = mpsc::channel();
    store.on_change(move || sender.send(()).unwrap());
    Shop::empty_loader().store(&store).load().unwrap();
    cluster.reconnect();
    changes.recv_timeout(Duration::from_mins(1)).unwrap();
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    assert!(shop.warnings().is_empty());
    assert_eq!(store.status().served_from, Some(ServedFrom::Store));
}

#[test]
fn an_invalid_snapshot_is_not_written() {
    let dir = Dir::with(&[]);
    let cluster = kept(&dir);
    cluster.reconnect();
    cluster.put([("db_pool_size", "5000")]);
    let running = store(&cluster, &dir.path("last"));
    until("it is read", || running.snapshot().is_some());
    Shop::empty_loader().store(&running).load().unwrap_err();
    cluster.disconnect();
    let shop = Shop::empty_loader()
        .store(&store(&cluster, &dir.path("last")))
        .load();
    assert_eq!(shop.unwrap().db_pool_size, 5);
}

#[test]
fn without_a_file_the_load_fails_and_the_problem_names_it() {
    let dir = Dir::with(&[]);
    let cluster = InMemoryStore::new();
    cluster.disconnect();
    let store = store(&cluster, &dir.path("last"));
    let report = problems(Shop::empty_loader().store(&store).load());
    assert_data_eq!(
        report,
        str![[r#"
Source memory / cannot be read: the connection was closed; there is no last good snapshot in [..]/last yet
  help: start the store, or correct the settings that connect to it
"#]]
    );
}

#[test]
fn a_damaged_file_is_rejected() {
    let dir = Dir::with(&[]);
    let cluster = kept(&dir);
    let whole = fs::read(dir.path("last")).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for (bytes, why) in [
        (&whole[..whole.len() / 2], "the checksum does not match"),
        (&flipped, "the checksum does not match"),
        (b"db_pool_size=5", "the file has another format"),
        (b"", "the file has another format"),
    ] {
        dir.write("last", bytes);
        let store = store(&cluster, &dir.path("last"));
        let report = problems(Shop::empty_loader().store(&store).load());
        assert!(
            report.contains(&format!("last is not a last good snapshot: {why}")),
            "{report}"
        );
        let error = store.status().disk_error.unwrap();
        assert!(error.ends_with(why), "{error}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_in_the_status_only() {
    let dir = Dir::with(&[]);
    let cluster = InMemoryStore::new();
    cluster.put([("db_pool_size", "5")]);
    let store = store(&cluster, &dir.path("no/such/directory"));
    until("it is read", || store.snapshot().is_some());
    Shop::empty_loader().store(&store).load().unwrap();
    let error = store.status().disk_error.unwrap();
    assert!(
        error.contains("no/such/directory cannot be written: "),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_file_and_it_is_replaced_as_a_whole() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let dir = Dir::with(&[]);
    let cluster = kept(&dir);
    let before = fs::metadata(dir.path("last")).unwrap();
    assert_eq!(before.permissions().mode() & 0o777, 0o600);

    cluster.reconnect();
    cluster.put([("db_pool_size", "6")]);
    let store = store(&cluster, &dir.path("last"));
    until("it is read", || store.snapshot().is_some());
    Shop::empty_loader().store(&store).load().unwrap();
    let after = fs::metadata(dir.path("last")).unwrap();
    assert_eq!(after.permissions().mode() & 0o777, 0o600);
    assert_ne!(before.ino(), after.ino(), "written beside, then renamed");
    let names: Vec<_> = fs::read_dir(dir.path("")).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing is left beside it: {names:?}");
}

#[test]
fn reserved_names_are_not_written() {
    let dir = Dir::with(&[]);
    let cluster = InMemoryStore::new();
    cluster.put([("db_pool_size", "5"), ("@rollout", "candidate")]);
    let running = store(&cluster, &dir.path("last"));
    until("it is read", || running.snapshot().is_some());
    Shop::empty_loader().store(&running).load().unwrap();
    let written = fs::read(dir.path("last")).unwrap();
    let written = String::from_utf8_lossy(&written);
    assert!(written.contains("db_pool_size"), "{written}");
    assert!(!written.contains("rollout") && !written.contains("candidate"));
}

#[cfg(unix)]
#[test]
fn a_fifo_in_its_place_does_not_hold_up_a_load() {
    let dir = Dir::with(&[]);
    let fifo = dir.path("last");
    let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    let cluster = InMemoryStore::new();
    cluster.disconnect();
    let store = store(&cluster, &fifo);
    let (sender, loaded) = mpsc::channel();
    let for_thread = store.clone();
    std::thread::spawn(move || {
        sender.send(problems(Shop::empty_loader().store(&for_thread).load()))
    });
    let problems = loaded.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_data_eq!(
        problems,
        str![[r#"
Source memory / cannot be read: the connection was closed; [..]/last cannot be read: it is not a regular file
  help: start the store, or correct the settings that connect to it
"#]]
    );
    cluster.put([("db_pool_size", "6")]);
    cluster.reconnect();
    until("it is read", || store.snapshot().is_some());
    Shop::empty_loader().store(&store).load().unwrap();
    assert!(fs::metadata(&fifo).unwrap().is_file(), "it is replaced");
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_write_is_used_with_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    for (mode, warns) in [
        (0o600, false),
        (0o644, false),
        (0o620, true),
        (0o602, true),
        (0o666, true),
    ] {
        let dir = Dir::with(&[]);
        let cluster = kept(&dir);
        fs::set_permissions(dir.path("last"), fs::Permissions::from_mode(mode)).unwrap();
        let store = store(&cluster, &dir.path("last"));
        let shop = Shop::empty_loader().store(&store).load().unwrap();
        assert_eq!(shop.db_pool_size, 5);
        let file = dir.path("last").display().to_string();
        let expected = format!(
            "Source {file}: this file is writable by users other than its owner\n  help: chmod go-w {file}"
        );
        let warnings = lines(shop.warnings());
        assert_eq!(warnings.contains(&expected), warns, "{mode:o}: {warnings}");
    }
}
