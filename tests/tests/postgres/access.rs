//! Authentication, roles and certificates.

use crate::{
    server::{LONG, PREFIX, Server, held, settings, store, until},
    writer::{commit, control, setting},
};
use settings_core::{
    SecretString, Settings,
    remote::{Engine, FaultKind, StoreState, Writer},
};
use settings_postgres::{Postgres, PostgresSettings};
use settings_tests::servers::{Tls, certificates, certificates_for};
use snapbox::{assert_data_eq, str};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", unknown = "ignore")]
struct Bootstrap {
    #[settings(nested)]
    postgres: PostgresSettings,
}

#[derive(Debug, Settings)]
struct Shop {
    #[settings(default = 10)]
    db_pool_size: u32,
}

#[test]
fn the_connection_is_a_group_of_settings() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    let bootstrap = Bootstrap::empty_loader()
        .env_from([
            ("SHOP_POSTGRES_URL", server.url()),
            ("SHOP_POSTGRES_PREFIX", PREFIX.to_owned()),
            ("SHOP_POSTGRES_TIMEOUT", "1m".to_owned()),
        ])
        .load()
        .unwrap();
    assert!(
        !format!("{bootstrap:?}").contains("hunter2"),
        "{bootstrap:?}"
    );
    let store = bootstrap.into_inner().postgres.store().start();
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    assert_eq!(shop.db_pool_size, 25);
}

#[test]
fn inconsistent_settings_are_refused() {
    let wrong = |url: &str, name: &str, value: &str| {
        let variables = [
            ("SHOP_POSTGRES_URL", url),
            ("SHOP_POSTGRES_PREFIX", "/shop/"),
            (name, value),
        ];
        let loaded = Bootstrap::empty_loader().env_from(variables).load();
        loaded.unwrap_err().problems()[0].to_string()
    };
    let url = "postgres://shop:hunter2@db-1/shop";
    let plain = "postgres://shop:hunter2@db-1/shop?sslmode=disable";
    let problems = [
        wrong("mysql://shop:hunter2@db-1", "SHOP_X", ""),
        wrong("postgres://shop:hunter2@db-1?sslmode=prefer", "SHOP_X", ""),
        wrong(url, "SHOP_POSTGRES_KEY_FILE", "key.pem"),
        wrong(plain, "SHOP_POSTGRES_CA_FILE", "ca.pem"),
        wrong(url, "SHOP_POSTGRES_HEARTBEAT", "1ms"),
    ];
    assert_data_eq!(
        problems.join("\n"),
        str![[r#"
postgres: url must be postgres://user@host/database
postgres: sslmode in url must be disable or require, which verifies the certificate and the name
postgres: cert_file and key_file must be set together
postgres: ca_file and cert_file require TLS: remove sslmode=disable from url
postgres.heartbeat: expected a duration of at least 100ms, found "1ms" in environment variable SHOP_POSTGRES_HEARTBEAT
"#]]
    );
}

#[test]
fn a_wrong_password_is_refused_and_never_shown() {
    let server = Server::start();
    server.add_role("shop_run", "run");
    server.put("db_pool_size", "25");
    for password in ["hunter2-wrong", ""] {
        let store = store(settings(&server.url_of("shop_run", password)));
        until("it is refused", &store, || {
            store.status().last_error.is_some()
        });
        let status = store.status();
        assert_eq!(
            (status.state, status.revision),
            (StoreState::Unavailable, None)
        );
        let shown = format!("{store:?} {status:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        if !password.is_empty() {
            let error = status.last_error.unwrap();
            assert_eq!(error.kind, FaultKind::PermissionDenied, "{error:?}");
            let expected = "password authentication failed for user \"shop_run\"";
            assert!(error.message.ends_with(expected), "{error:?}");
        }
    }
    // The password may be a setting of its own.
    let mut settings = settings(&server.url_of("shop_run", "hunter3"));
    settings.password = Some(SecretString::from("hunter2"));
    let shown = format!("{:?} {settings:?}", Postgres::new(settings.clone()));
    assert!(!shown.contains("hunter"), "{shown}");
    let store = store(settings);
    until("it is read", &store, || held(&store) == ["db_pool_size=25"]);
}

fn as_role(server: &Server, name: &str) -> (Postgres, Box<dyn Writer>) {
    let engine = Postgres::new(settings(&server.url_of(name, "hunter2")));
    let writer = engine.writer().unwrap();
    (engine, writer)
}

#[test]
fn a_role_without_access_is_refused_and_does_not_see_an_empty_prefix() {
    let server = Server::start();
    server.put("a", "1");
    server.sql("CREATE ROLE stranger LOGIN PASSWORD 'hunter2'");
    let (mut engine, _) = as_role(&server, "stranger");
    let fault = engine.snapshot(LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::PermissionDenied);
    assert_eq!(fault.to_string(), "permission denied for schema settings");

    server.sql("SELECT settings.grant_access('stranger', '/other/', 'run')");
    let fault = engine.snapshot(LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::PermissionDenied);
    assert_eq!(
        fault.to_string(),
        "this role has no such access to /shop/: see settings.grant_access"
    );
    server.sql("SELECT settings.grant_access('stranger', '/shop/', 'run')");
    assert_eq!(engine.snapshot(LONG).unwrap().values.len(), 1);
    server.sql("DELETE FROM settings.access WHERE role = 'stranger'");
    let fault = engine.snapshot(LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::PermissionDenied);
}

/// All instances share a role, and yet each writes and sees its own status only.
#[test]
fn an_instance_writes_its_own_status_and_nothing_else() {
    let server = Server::start();
    server.put("a", "1");
    server.add_role("shop_run", "run");
    let (mut engine, mut writer) = as_role(&server, "shop_run");
    let (_, mut other) = as_role(&server, "shop_run");
    let long = Duration::from_mins(10);
    let [lease, foreign] =
        [&mut writer, &mut other].map(|writer| writer.grant(long, LONG).unwrap());
    writer
        .put(&control("fleet/1"), b"up", Some(lease), LONG)
        .unwrap();
    writer
        .put(&control("fleet/1"), b"leaving", Some(lease), LONG)
        .unwrap();
    other
        .put(&control("fleet/2"), b"up", Some(foreign), LONG)
        .unwrap();

    // A status may go over to another lease of the same instance, as it does when an instance leaves.
    let leaving = writer.grant(long, LONG).unwrap();
    let put = writer.put(&control("fleet/1"), b"leaving", Some(leaving), LONG);
    put.unwrap();
    writer.revoke(lease, LONG).unwrap();
    let lease = leaving;
    assert_eq!(
        server.sql("SELECT value FROM settings.control WHERE key = 'fleet/1'"),
        "leaving"
    );

    let denied = |done: Result<u64, settings_core::remote::Fault>| {
        let fault = done.unwrap_err();
        assert_eq!(fault.kind(), FaultKind::PermissionDenied, "{fault}");
    };
    denied(writer.put(&control("fleet/2"), b"forged", Some(lease), LONG));
    denied(writer.put(&control("fleet/3"), b"without a lease", None, LONG));
    denied(writer.put(&control("control/lock"), b"me", Some(lease), LONG));
    denied(writer.put(&setting("a"), b"2", None, LONG));
    denied(writer.put(&setting("@rollout"), b"{}", None, LONG));
    let fault = writer.scan("", LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::PermissionDenied, "{fault}");

    let url = server.url_of("shop_run", "hunter2");
    for statement in [
        "SELECT * FROM settings.leases",
        "SELECT * FROM settings.access",
        "INSERT INTO settings.access VALUES ('shop_run', '/shop/', 'push')",
        "SELECT settings.grant_access('shop_run', '/shop/', 'push')",
        "UPDATE settings.keys SET value = '2'",
        "UPDATE settings.heads SET revision = 1",
        "DELETE FROM settings.history",
        "SELECT settings.advance('/shop/')",
        "SELECT settings.compact('/shop/', 1)",
        "SELECT settings.lock('/shop/')",
        "SELECT settings.expire(true)",
    ] {
        let error = server.sql_as(&url, statement).unwrap_err();
        assert!(error.contains("permission denied"), "{statement}: {error}");
    }
    // A revision of the future would be the present one for a controller.
    let forged = format!(
        "SELECT set_config('settings.leases', '{{{lease}}}', false);
         INSERT INTO settings.control VALUES ('/shop/', 'fleet/3', 'up', 9000000000000, {lease})",
        lease = lease.id().cast_signed()
    );
    let error = server.sql_as(&url, &forged).unwrap_err();
    assert!(
        error.contains("permission denied for a revision that was not taken"),
        "{error}"
    );

    let statuses = "SELECT count(*) FROM settings.control";
    assert_eq!(
        server.sql_as(&url, statuses),
        Ok("0".to_owned()),
        "no lease is shown"
    );
    assert_eq!(
        server.sql_as(&url, "DELETE FROM settings.control; SELECT 1"),
        Ok("1".to_owned())
    );
    assert_eq!(server.sql(statuses), "2");

    server.add_role("shop_push", "push");
    let (mut pusher, mut controller) = as_role(&server, "shop_push");
    let keys: Vec<String> = controller
        .scan("fleet/", LONG)
        .unwrap()
        .values
        .into_keys()
        .collect();
    assert_eq!(keys, ["fleet/1", "fleet/2"]);
    let change = commit(&mut pusher, &mut *controller, "a", "2");
    controller.commit(&change, LONG).unwrap();
    assert_eq!(engine.snapshot(LONG).unwrap().values["a"].bytes(), b"2");
    let fault = writer.commit(&change, LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::PermissionDenied, "{fault}");
    writer.revoke(lease, LONG).unwrap();
    assert_eq!(server.sql(statuses), "2", "a head and one status");
}

#[test]
fn who_pushes_may_write_everything_below_the_prefix_and_nothing_else() {
    let server = Server::start();
    server.put("a", "1");
    server.sql("INSERT INTO settings.keys VALUES ('/other/', 'a', '1')");
    let other = "SELECT revision FROM settings.heads WHERE prefix = '/other/'";
    let before = server.sql(other);
    server.add_role("shop_push", "push");
    let url = server.url_of("shop_push", "hunter2");
    for statement in [
        "SELECT settings.lock('/other/')",
        "SELECT settings.advance('/other/')",
        "INSERT INTO settings.keys VALUES ('/other/', 'b', '1')",
        "SELECT settings.compact('/shop/', 1)",
    ] {
        let error = server.sql_as(&url, statement).unwrap_err();
        assert!(error.contains("permission denied"), "{statement}: {error}");
    }
    let nothing = "UPDATE settings.keys SET value = '2' WHERE prefix = '/other/'; SELECT count(*) FROM settings.keys";
    assert_eq!(server.sql_as(&url, nothing), Ok("1".to_owned()));
    assert_eq!(server.sql(other), before);
    let own = "UPDATE settings.keys SET value = '2' WHERE prefix = '/shop/'; SELECT value FROM settings.keys";
    assert_eq!(server.sql_as(&url, own), Ok("2".to_owned()));
}

#[test]
fn a_viewer_reads_everything_but_no_lease() {
    let server = Server::start();
    server.put("a", "1");
    server.add_role("shop_run", "run");
    server.add_role("shop_view", "view");
    let (_, mut writer) = as_role(&server, "shop_run");
    let lease = writer.grant(Duration::from_mins(10), LONG).unwrap();
    writer
        .put(&control("fleet/1"), b"up", Some(lease), LONG)
        .unwrap();

    let (mut engine, mut viewer) = as_role(&server, "shop_view");
    assert_eq!(engine.snapshot(LONG).unwrap().values.len(), 1);
    assert_eq!(viewer.scan("", LONG).unwrap().values.len(), 1);
    let url = server.url_of("shop_view", "hunter2");
    for statement in [
        "SELECT lease FROM settings.control",
        "DELETE FROM settings.control",
        "UPDATE settings.keys SET value = '2'",
    ] {
        let error = server.sql_as(&url, statement).unwrap_err();
        assert!(error.contains("permission denied"), "{statement}: {error}");
    }
    let fault = viewer
        .put(&control("fleet/2"), b"up", None, LONG)
        .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::PermissionDenied, "{fault}");
}

#[test]
fn both_sides_check_certificates() {
    let mut tls = None;
    let server = Server::start_with_tls(|dir| tls.insert(certificates(dir)).clone());
    let tls: Tls = tls.unwrap();
    server.sql("CREATE ROLE shop LOGIN PASSWORD 'hunter2'; SELECT settings.grant_access('shop', '/shop/', 'run')");
    let access = "hostnossl all postgres all trust\nhostssl all all all scram-sha-256 clientcert=verify-ca\n";
    fs::write(server.directory().join("data/pg_hba.conf"), access).unwrap();
    server.sql("SELECT pg_reload_conf()");
    server.put("a", "1");
    let url = format!(
        "postgres://shop:hunter2@127.0.0.1:{}/postgres?channel_binding=require",
        server.port()
    );
    let mut settings = settings(&url);
    settings.ca_file = Some(tls.ca.clone());
    settings.cert_file = Some(tls.cert);
    settings.key_file = Some(tls.key);
    let encrypted = store(settings.clone());
    until("it is read", &encrypted, || held(&encrypted) == ["a=1"]);
    server.put("a", "2");
    until("it is changed", &encrypted, || held(&encrypted) == ["a=2"]);
    let ssl = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'shop'";
    assert_eq!(server.sql(ssl), "t");

    let (mut without, mut strange, mut absent) = (settings.clone(), settings.clone(), settings);
    without.cert_file = None;
    without.key_file = None;
    let elsewhere = tempfile::tempdir().unwrap();
    strange.ca_file = Some(certificates(elsewhere.path()).ca);
    absent.ca_file = Some(elsewhere.path().join("none.pem"));
    // Which message a missing certificate has depends on which side closes the connection first.
    for (settings, words) in [
        (without, &["certificate", "closed", "reset", "broken"][..]),
        (strange, &["invalid peer certificate"][..]),
        (absent, &["none.pem cannot be used: No such file"][..]),
    ] {
        let fault = Postgres::new(settings)
            .snapshot(LONG)
            .unwrap_err()
            .to_string();
        assert!(words.iter().any(|word| fault.contains(word)), "{fault}");
    }
}

#[test]
fn files_that_are_no_certificates_are_refused_without_quoting_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let tls = certificates(dir.path());
    fs::write(path("text"), "hunter2").unwrap();
    let made = Command::new("mkfifo").arg(path("fifo")).status();
    assert!(made.unwrap().success());
    let refusal = |name: &str, set: &dyn Fn(&mut PostgresSettings, PathBuf)| {
        let mut settings = settings("postgres://shop@127.0.0.1:1/shop");
        set(&mut settings, path(name));
        let fault = Postgres::new(settings).snapshot(LONG).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Unavailable);
        let message = fault.to_string();
        assert!(!message.contains("hunter2"), "{message}");
        message.replace(dir.path().to_str().unwrap(), "")
    };
    let authority = |name| refusal(name, &|settings, file| settings.ca_file = Some(file));
    let key = |name| {
        refusal(name, &|settings, file| {
            settings.cert_file = Some(tls.cert.clone());
            settings.key_file = Some(file);
        })
    };
    let messages = [
        authority("fifo"),
        authority("none"),
        authority("text"),
        authority("key.pem"),
        key("text"),
    ];
    assert_data_eq!(
        messages.join("\n"),
        str![[r#"
127.0.0.1:1: ca_file /fifo cannot be used: it is not a regular file
127.0.0.1:1: ca_file /none cannot be used: No such file or directory (os error 2)
127.0.0.1:1: ca_file /text cannot be used: it has no certificate
127.0.0.1:1: ca_file /key.pem cannot be used: it has no certificate
127.0.0.1:1: key_file /text cannot be used: it has no private key
"#]]
    );
}

#[test]
fn a_certificate_of_another_name_is_refused() {
    let mut tls = None;
    let make = |dir: &Path| tls.insert(certificates_for(dir, &["db.example"])).clone();
    let server = Server::start_with_tls(make);
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", server.port());
    let mut settings = settings(&(url + "?sslmode=require"));
    settings.ca_file = Some(tls.unwrap().ca);
    let fault = Postgres::new(settings).snapshot(LONG).unwrap_err();
    let message = fault.to_string();
    assert!(
        message.contains("invalid peer certificate: certificate not valid for name"),
        "{message}"
    );
}

/// This test runs another one in a process that has these variables.
#[test]
fn the_variables_of_libpq_are_not_read() {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "faults::an_origin_names_the_prefix_and_the_key"])
        .env("PGHOST", "192.0.2.1")
        .env("PGPORT", "1")
        .env("PGUSER", "nobody")
        .env("PGPASSWORD", "wrong")
        .env("PGDATABASE", "nowhere")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("1 passed"), "{printed}");
}

/// A host that is not local is never asked without TLS, unless the URL states it.
#[test]
fn a_server_without_tls_is_refused_unless_the_url_allows_it() {
    let server = Server::start();
    server.put("a", "1");
    let url = server.url() + "?sslmode=require";
    let fault = Postgres::new(settings(&url)).snapshot(LONG).unwrap_err();
    let expected = "server does not support TLS: sslmode=disable in the URL connects without it";
    assert!(fault.to_string().ends_with(expected), "{fault}");
    let url = server.url() + "?sslmode=disable";
    assert!(Postgres::new(settings(&url)).snapshot(LONG).is_ok());
}
