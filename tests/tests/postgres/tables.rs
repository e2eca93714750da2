//! The tables, as any client of PostgreSQL sees them.

use crate::{
    server::{LONG, Server, held, until},
    writer::control,
};
use settings_core::remote::Engine;
use settings_postgres::{Postgres, TABLES};

#[test]
fn a_transaction_has_one_revision_with_its_role() {
    let server = Server::start();
    server.sql(
        "BEGIN;
         INSERT INTO settings.keys VALUES ('/shop/', 'a', '1'), ('/shop/', 'b', '1'), ('/other/', 'a', '1');
         UPDATE settings.keys SET value = '2' WHERE key = 'a';
         DELETE FROM settings.keys WHERE key = 'b';
         COMMIT;",
    );
    let rows = "SELECT prefix, count(*), min(role), count(DISTINCT revision) FROM settings.revisions GROUP BY prefix ORDER BY 1";
    assert_eq!(
        server.sql(rows),
        "/other/|1|postgres|1\n/shop/|1|postgres|1"
    );
    let history = "SELECT prefix, key, value FROM settings.history ORDER BY 1, 2";
    assert_eq!(server.sql(history), "/other/|a|2\n/shop/|a|2\n/shop/|b|");
    let same = "SELECT count(*) FROM settings.keys k JOIN settings.heads h USING (prefix) WHERE k.revision = h.revision";
    assert_eq!(server.sql(same), "2");
}

#[test]
fn a_transaction_that_is_rolled_back_changes_nothing() {
    let server = Server::start();
    server.put("a", "1");
    let store = server.store();
    until("it is read", &store, || held(&store) == ["a=1"]);
    server.sql("BEGIN; UPDATE settings.keys SET value = '2'; ROLLBACK;");
    server.sql(
        "BEGIN; UPDATE settings.keys SET value = '3'; SAVEPOINT s; UPDATE settings.keys SET value = '4'; ROLLBACK TO s; COMMIT;",
    );
    until("it is changed", &store, || held(&store) == ["a=3"]);
    assert_eq!(store.status().changes, 1, "{store:?}");
}

#[test]
fn a_forged_revision_has_no_effect() {
    let server = Server::start();
    server.sql("INSERT INTO settings.keys VALUES ('/shop/', 'a', '1', 99999)");
    let first = server.revision();
    server.sql("UPDATE settings.keys SET revision = 5");
    assert!(server.revision() > first);
    assert!(first < 99999);
}

#[test]
fn what_no_program_would_see_is_refused() {
    let server = Server::start();
    server.put("a", "1");
    let error = server
        .try_sql("UPDATE settings.keys SET key = 'b'")
        .unwrap_err();
    assert!(
        error.contains("a setting cannot be renamed: delete it and insert another"),
        "{error}"
    );
    let error = server.try_sql("TRUNCATE settings.keys").unwrap_err();
    assert!(
        error.contains("programs would not see a TRUNCATE: use DELETE"),
        "{error}"
    );
}

#[test]
fn applying_the_tables_again_changes_nothing() {
    let server = Server::start();
    server.put("a", "1");
    server.add_role("shop_run", "run");
    server.settings().create_tables().unwrap();
    server.sql(TABLES);
    assert_eq!(server.sql("SELECT key, value FROM settings.keys"), "a|1");
    let url = server.url_of("shop_run", "hunter2");
    assert_eq!(
        server.sql_as(&url, "SELECT key FROM settings.keys"),
        Ok("a".to_owned())
    );
}

#[test]
fn the_last_ten_thousand_revisions_are_kept() {
    let server = Server::start();
    server.put("a", "0");
    server.put("b", "0");
    server.sql(
        "DO $$ BEGIN FOR n IN 1..12000 LOOP
             UPDATE settings.keys SET value = n WHERE key = 'a'; COMMIT;
         END LOOP; END $$;",
    );
    let kept = server.sql("SELECT count(*) FROM settings.revisions");
    let kept: u64 = kept.parse().unwrap();
    assert!((10_000..=11_000).contains(&kept), "{kept}");
    let versions = server.sql("SELECT count(*) FROM settings.history WHERE key = 'b'");
    assert_eq!(versions, "1", "a value in force is kept however old it is");
}

/// Subscriptions do not replicate sequences, so after a failover to such a replica this one is behind.
#[test]
fn a_sequence_that_is_behind_makes_no_old_revision() {
    let server = Server::start();
    for value in ["1", "2", "3"] {
        server.put("a", value);
    }
    let mut writer = Postgres::new(server.settings()).writer().unwrap();
    let first = writer.put(&control("fleet/1"), b"up", None, LONG).unwrap();
    let store = server.store();
    until("it is read", &store, || held(&store) == ["a=3"]);
    server.sql("SELECT setval('settings.revision', 1)");
    server.put("a", "4");
    until("it is changed", &store, || held(&store) == ["a=4"]);
    assert_eq!(store.status().faults, 0, "{store:?}");
    server.sql("SELECT setval('settings.revision', 1)");
    let second = writer.put(&control("fleet/1"), b"up", None, LONG).unwrap();
    let third = writer.put(&control("fleet/1"), b"up", None, LONG).unwrap();
    assert!(first < second && second < third, "{first} {second} {third}");
}

#[test]
fn a_dump_that_is_restored_goes_on() {
    let server = Server::start();
    server.change(&[("a", Some("1")), ("b", Some("1"))]);
    server.change(&[("b", None)]);
    let mut dump = crate::server::as_postgres("pg_dump");
    dump.args(["-d", &server.url(), "--schema=settings"]);
    let dump = String::from_utf8(dump.output().unwrap().stdout).unwrap();
    let other = Server::start_empty();
    other.sql(&dump);
    assert_eq!(other.revision(), server.revision());
    other.put("a", "2");
    assert!(other.revision() > server.revision());
    let engine = &mut Postgres::new(other.settings());
    let snapshot = engine.snapshot(LONG).unwrap();
    assert_eq!(snapshot.values["a"].bytes(), b"2");
}
