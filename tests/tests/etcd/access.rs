//! Authentication: users and certificates, from settings.

use crate::server::{PREFIX, Server};
use settings_core::{
    SecretString, Settings,
    remote::{FaultKind, Store, StoreState},
};
use settings_etcd::EtcdSettings;
use settings_tests::servers::{Tls, certificates};
use snapbox::{assert_data_eq, str};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", unknown = "ignore")]
struct Bootstrap {
    #[settings(nested)]
    etcd: EtcdSettings,
}

#[derive(Debug, Settings)]
struct Shop {
    #[settings(default = 10)]
    db_pool_size: u32,
}

fn until(what: &str, store: &Store, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "never: {what}; {store:?}"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_connection_is_a_group_of_settings() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    let bootstrap = Bootstrap::empty_loader()
        .env_from([
            ("SHOP_ETCD_ENDPOINTS", server.endpoint()),
            ("SHOP_ETCD_PREFIX", PREFIX.to_owned()),
            ("SHOP_ETCD_TIMEOUT", "1m".to_owned()),
        ])
        .load()
        .unwrap();
    let store = bootstrap.into_inner().etcd.store().start();
    assert_eq!(
        Shop::empty_loader()
            .store(&store)
            .load()
            .unwrap()
            .db_pool_size,
        25
    );
}

#[test]
fn inconsistent_settings_are_refused() {
    let wrong = |name: &str, value: &str| {
        let variables = [("SHOP_ETCD_PREFIX", "/shop/"), (name, value)];
        let loaded = Bootstrap::empty_loader().env_from(variables).load();
        loaded.unwrap_err().problems()[0].to_string()
    };
    let problems = [
        wrong("SHOP_ETCD_USERNAME", "shop"),
        wrong("SHOP_ETCD_KEY_FILE", "key.pem"),
        wrong("SHOP_ETCD_CA_FILE", "ca.pem"),
        wrong("SHOP_ETCD_ENDPOINTS", "etcd-1:2379"),
        wrong("SHOP_ETCD_ENDPOINTS", "[]"),
        wrong("SHOP_ETCD_HEARTBEAT", "1ms"),
    ];
    assert_data_eq!(
        problems.join("\n"),
        str![[r#"
etcd: username and password must be set together
etcd: cert_file and key_file must be set together
etcd: ca_file and cert_file require endpoints that begin with https://
etcd: endpoints must begin with http:// or https://
etcd.endpoints: expected at least 1 element, found "[]" in environment variable SHOP_ETCD_ENDPOINTS
etcd.heartbeat: expected a duration of at least 100ms, found "1ms" in environment variable SHOP_ETCD_HEARTBEAT
"#]]
    );
}

#[test]
fn a_user_with_permission_reads_and_others_are_refused() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    for command in [
        "user add root:topsecret",
        "role add root",
        "user grant-role root root",
        "user add shop:hunter2",
        "role add shop",
        "role grant-permission shop --prefix=true read /shop/",
        "user grant-role shop shop",
        "auth enable",
    ] {
        let arguments: Vec<&str> = command.split(' ').collect();
        server.ctl(&arguments);
    }
    let with = |name: &str, password: &str| {
        let mut settings = server.settings();
        settings.username = Some(name.to_owned());
        settings.password = Some(SecretString::from(password));
        settings.store().start()
    };

    let store = with("shop", "hunter2");
    assert_eq!(
        Shop::empty_loader()
            .store(&store)
            .load()
            .unwrap()
            .db_pool_size,
        25
    );
    server.ctl(&[
        "--user",
        "root:topsecret",
        "put",
        "/shop/db_pool_size",
        "26",
    ]);
    until("the change comes", &store, || store.status().changes == 1);

    for store in [with("shop", "hunter3"), server.settings().store().start()] {
        until("it is refused", &store, || {
            store.status().last_error.is_some()
        });
        let status = store.status();
        assert_eq!(
            (status.state, status.revision),
            (StoreState::Unavailable, None)
        );
        let error = status.last_error.unwrap();
        assert_eq!(error.kind, FaultKind::PermissionDenied, "{error:?}");
        assert!(
            !format!("{store:?} {error:?}").contains("hunter"),
            "{store:?}"
        );
    }
}

#[test]
fn both_sides_check_certificates() {
    let mut tls = None;
    let server = Server::start_with_tls(|dir| tls.insert(certificates(dir)).clone());
    let tls = tls.unwrap();
    server.put("db_pool_size", "25");

    let mut settings = server.settings();
    settings.ca_file = Some(tls.ca.clone());
    settings.cert_file = Some(tls.cert);
    settings.key_file = Some(tls.key);
    let store = settings.clone().store().start();
    assert_eq!(
        Shop::empty_loader()
            .store(&store)
            .load()
            .unwrap()
            .db_pool_size,
        25
    );
    server.put("db_pool_size", "26");
    until("the change comes", &store, || store.status().changes == 1);

    let (mut without, mut strange, mut absent) = (settings.clone(), settings.clone(), settings);
    without.cert_file = None;
    without.key_file = None;
    let elsewhere = tempfile::tempdir().unwrap();
    strange.ca_file = Some(certificates(elsewhere.path()).ca);
    absent.ca_file = Some(elsewhere.path().join("none.pem"));
    // The message for a missing certificate depends on which side closes the connection first.
    for (settings, words) in [
        (without, &["certificate", "closed", "reset", "broken"][..]),
        (strange, &["invalid peer certificate"]),
        (absent, &["none.pem cannot be read"]),
    ] {
        let store = settings.store().start();
        until("it is refused", &store, || {
            store.status().last_error.is_some()
        });
        let message = store.status().last_error.unwrap().message.to_lowercase();
        assert!(
            words.iter().any(|word| message.contains(word)),
            "{words:?}: {message}"
        );
        assert_eq!(store.status().revision, None);
    }
}

/// The message of a store whose file of that name cannot be used, without any server.
fn refusal(set: impl FnOnce(&mut EtcdSettings)) -> String {
    let variables = [
        ("SHOP_ETCD_ENDPOINTS", "https://127.0.0.1:1"),
        ("SHOP_ETCD_PREFIX", "/shop/"),
        ("SHOP_ETCD_TIMEOUT", "30s"),
    ];
    let loaded = Bootstrap::empty_loader().env_from(variables).load();
    let mut settings = loaded.unwrap().into_inner().etcd;
    set(&mut settings);
    let store = settings.store().start();
    until("it is refused", &store, || {
        store.status().last_error.is_some()
    });
    let status = store.status();
    assert_eq!(
        (status.state, status.revision),
        (StoreState::Unavailable, None)
    );
    let error = status.last_error.unwrap();
    assert_eq!(error.kind, FaultKind::Unavailable, "{error:?}");
    error.message
}

#[test]
fn files_that_are_no_certificates_are_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let tls = certificates(dir.path());
    fs::create_dir(path("directory")).unwrap();
    fs::write(path("empty"), "").unwrap();
    fs::write(path("text"), "hunter2-hunter2").unwrap();
    fs::File::create(path("sparse"))
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    fs::write(path("locked"), "").unwrap();
    fs::set_permissions(path("locked"), fs::Permissions::from_mode(0o0)).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(path("fifo"))
            .status()
            .unwrap()
            .success()
    );

    // The owner of every file may read them all.
    let is_root = fs::read(path("locked")).is_ok();
    let kinds = [
        ("fifo", "it is not a regular file"),
        ("directory", "it is not a regular file"),
        ("sparse", "it is larger than 1 MiB"),
        ("none", "No such file or directory (os error 2)"),
        ("locked", "Permission denied (os error 13)"),
    ];
    let began = Instant::now();
    for (name, reason) in kinds {
        if name == "locked" && is_root {
            continue;
        }
        let file = path(name);
        let expected = |setting: &str| {
            format!(
                "https://127.0.0.1:1: {setting} {} cannot be read: {reason}",
                file.display()
            )
        };
        let ca = refusal(|settings| settings.ca_file = Some(file.clone()));
        assert_eq!(ca, expected("ca_file"));
        let cert = refusal(|settings| {
            settings.cert_file = Some(file.clone());
            settings.key_file = Some(tls.key.clone());
        });
        assert_eq!(cert, expected("cert_file"));
        let key = refusal(|settings| {
            settings.cert_file = Some(tls.cert.clone());
            settings.key_file = Some(file.clone());
        });
        assert_eq!(key, expected("key_file"));
    }
    for name in ["empty", "text", "/dev/null", "/dev/zero"] {
        let file = path(name);
        let message = refusal(|settings| settings.ca_file = Some(file.clone()));
        assert!(!message.contains("hunter2"), "{message}");
        let message = refusal(|settings| {
            settings.cert_file = Some(tls.cert.clone());
            settings.key_file = Some(file);
        });
        assert!(!message.contains("hunter2"), "{message}");
    }
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
}

/// Runs a separate program, because a process reads the authorities of the system only once.
fn run(server: &Server, tls: &Tls, authorities: &Path) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_clustered"));
    program
        .env("SHOP_ETCD_ENDPOINTS", server.endpoint())
        .env("SHOP_ETCD_PREFIX", PREFIX)
        .env("SHOP_ETCD_CERT_FILE", &tls.cert)
        .env("SHOP_ETCD_KEY_FILE", &tls.key)
        .env("SHOP_ETCD_TIMEOUT", "5s")
        .env("SSL_CERT_FILE", authorities)
        .env_remove("SSL_CERT_DIR");
    program.output().unwrap()
}

#[test]
fn without_a_ca_file_the_authorities_of_the_system_are_used() {
    let mut tls = None;
    let server = Server::start_with_tls(|dir| tls.insert(certificates(dir)).clone());
    let tls = tls.unwrap();
    server.put("db_pool_size", "25");

    let output = run(&server, &tls, &tls.ca);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), &*output.stdout),
        (Some(0), &b"25\n"[..]),
        "{stderr}"
    );

    let elsewhere = tempfile::tempdir().unwrap();
    let strange = certificates(elsewhere.path()).ca;
    let output = run(&server, &tls, &strange);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("invalid peer certificate"), "{stderr}");

    let output = run(&server, &tls, &elsewhere.path().join("none.pem"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("etcd /shop/ cannot be read"), "{stderr}");
}
