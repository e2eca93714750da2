//! The last good snapshot of a store on disk: for a start when the store is away.

use crate::{
    dir::Dir,
    told::{problems, told},
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

/// A store that waits for nothing but what comes at once.
fn store(cluster: &InMemoryStore, path: &Path) -> Store {
    Store::builder(cluster.engine())
        .deadline(Duration::from_millis(100))
        .last_good(path)
        .start()
}

/// Loads once while the store is there, so that something is kept; then cuts it off.
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
fn a_start_without_the_store_takes_what_was_last_in_force() {
    let dir = Dir::with(&[]);
    let cluster = kept(&dir);
    let store = store(&cluster, &dir.path("last"));
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    assert_eq!(shop.db_pool_size, 5);
    assert_data_eq!(
        told(shop.warnings()),
        str![[r#"
Source memory / is unavailable (the connection was cut); using its last good snapshot, [..] old
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
fn a_dump_tells_that_it_is_from_disk_and_how_old() {
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
db_pool_size  5  memory /db_pool_size @1

store  memory / @1, from disk, [..] old  read

"#]]
    );
    assert_data_eq!(
        String::from_utf8(output.stderr).unwrap(),
        str![[r#"
1 warning in the settings (Shop)

  memory / is unavailable (the connection was cut); using its last good snapshot, [..] old
    help: check why the store cannot be reached

"#]]
    );
}

#[test]
fn the_store_is_taken_over_when_it_is_back() {
    let dir = Dir::with(&[]);
    let cluster = kept(&dir);
    let store = store(&cluster, &dir.path("last"));
    let (told, changes) = mpsc::channel();
    store.on_change(move || told.send(()).unwrap());
    Shop::empty_loader().store(&store).load().unwrap();
    cluster.reconnect();
    changes.recv_timeout(Duration::from_mins(1)).unwrap();
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    assert!(shop.warnings().is_empty());
    assert_eq!(store.status().served_from, Some(ServedFrom::Store));
}

#[test]
fn an_unsound_snapshot_is_not_kept() {
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
fn without_anything_kept_the_load_fails_and_says_so() {
    let dir = Dir::with(&[]);
    let cluster = InMemoryStore::new();
    cluster.disconnect();
    let store = store(&cluster, &dir.path("last"));
    let told = problems(Shop::empty_loader().store(&store).load());
    assert_data_eq!(
        told,
        str![[r#"
Source memory / cannot be read: the connection was cut; [..]/last holds no last good snapshot yet
  help: start the store, or correct the settings that connect to it
"#]]
    );
}

#[test]
fn what_is_damaged_or_of_another_store_is_not_believed() {
    let dir = Dir::with(&[]);
    let cluster = kept(&dir);
    let whole = fs::read(dir.path("last")).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for (bytes, why) in [
        (&whole[..whole.len() / 2], "its checksum is wrong"),
        (&flipped, "its checksum is wrong"),
        (b"db_pool_size=5", "it is no file of this kind"),
        (b"", "it is no file of this kind"),
    ] {
        dir.write("last", bytes);
        let store = store(&cluster, &dir.path("last"));
        let told = problems(Shop::empty_loader().store(&store).load());
        assert!(
            told.contains(&format!("last holds no last good snapshot: {why}")),
            "{told}"
        );
        let error = store.status().disk_error.unwrap();
        assert!(error.ends_with(why), "{error}");
    }
}

#[test]
fn a_disk_that_takes_nothing_is_told_and_keeps_nothing_from_running() {
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
fn the_file_is_its_owners_alone_and_replaced_whole() {
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
