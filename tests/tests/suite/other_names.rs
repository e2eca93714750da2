//! Several prefixes, other names and prefixes of groups, nesting by `__`, shared variables.

use crate::{
    dir::Dir,
    reports::{lines, only_problem, problems, warnings},
};
use settings_core::{ExposeSecret, ProblemKind, SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(
    prefix = ["TUWUNEL_", "CONDUWUIT_"],
    deprecated_prefix = "CONDUIT_",
    unknown = "deny",
    removed(cache = "set cache_size"),
)]
struct Server {
    #[settings(default = 1)]
    port: u16,
    #[settings(env = "DATABASE_URL", default = "")]
    url: String,
    token: Option<SecretString>,
    #[settings(nested, alias = ["db"], deprecated_alias = "postgres")]
    database: Database,
    #[settings(nested, deprecated_alias = "replicas")]
    mirrors: Vec<Mirror>,
    #[settings(nested, alias = "sites")]
    zones: BTreeMap<String, Mirror>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Database {
    #[settings(default = "")]
    name: String,
    #[settings(nested, alias = "conns")]
    pool: Pool,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Pool {
    #[settings(default = 1)]
    size: u32,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Mirror {
    host: String,
    #[settings(nested, deprecated_alias = "ssl")]
    tls: Option<Tls>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Tls {
    cert: String,
}

fn server<const N: usize>(variables: [(&str, &str); N]) -> settings_core::Loaded<Server> {
    Server::empty_loader().env_from(variables).load().unwrap()
}

#[test]
fn each_prefix_binds_and_the_first_wins() {
    let one = server([("CONDUWUIT_PORT", "5")]);
    assert_eq!(one.port, 5);
    assert!(one.warnings().is_empty());
    assert_eq!(
        one.origin("port").unwrap().to_string(),
        "environment variable CONDUWUIT_PORT"
    );
    let both = server([("CONDUWUIT_PORT", "5"), ("TUWUNEL_PORT", "6")]);
    assert_eq!(both.port, 6);
    assert_data_eq!(
        lines(both.warnings()),
        str![[r#"
Ambiguous port: set twice in one layer: environment variable TUWUNEL_PORT wins over environment variable CONDUWUIT_PORT
  help: remove environment variable CONDUWUIT_PORT
"#]]
    );
    let inside = server([
        ("conduwuit_mirrors__0__host", "a"),
        ("CONDUWUIT_DATABASE_POOL_SIZE", "9"),
    ]);
    assert_eq!(
        (inside.mirrors[0].host.as_str(), inside.database.pool.size),
        ("a", 9)
    );
}

#[test]
fn a_deprecated_prefix_warns_and_unknown_names_under_any_prefix_are_reported() {
    assert_data_eq!(
        lines(server([("CONDUIT_PORT", "5")]).warnings()),
        str![[r#"
Deprecated port: set by a deprecated name in environment variable CONDUIT_PORT
  help: use TUWUNEL_PORT
"#]]
    );
    let loaded = Server::empty_loader()
        .env_from([("CONDUWUIT_PROT", "5"), ("OTHER_PORT", "1")])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Unknown environment variable CONDUWUIT_PROT does not match any setting
  help: did you mean TUWUNEL_PORT?
"#]]
    );
    let loaded = Server::empty_loader()
        .env_from([("CONDUWUIT_CACHE", "5")])
        .load();
    assert_eq!(
        only_problem(loaded),
        (ProblemKind::Deprecated, "cache".to_owned())
    );
}

#[test]
fn a_variable_with_a_name_of_its_own_has_no_other_prefix_and_a_secret_file_has() {
    let dir = Dir::with(&[("token", "hunter2")]);
    let loaded = Server::empty_loader()
        .env_from([("CONDUWUIT_TOKEN_FILE", dir.text("token"))])
        .load()
        .unwrap();
    assert_eq!(loaded.token.as_ref().unwrap().expose_secret(), "hunter2");
    let loaded = Server::empty_loader()
        .env_from([("CONDUWUIT_DATABASE_URL", "x")])
        .load();
    assert_eq!(only_problem(loaded).0, ProblemKind::Unknown);
}

#[test]
fn a_group_has_other_names_in_every_source() {
    let dir = Dir::with(&[
        (
            "a.toml",
            "[db]\nname = 'a'\nconns.size = 2\n[sites.eu]\nhost = 'e'\n",
        ),
        ("s/db/name", "secret"),
    ]);
    let file = Server::empty_loader()
        .file(dir.path("a.toml"))
        .load()
        .unwrap();
    assert_eq!(
        (file.database.name.as_str(), file.database.pool.size),
        ("a", 2)
    );
    assert_eq!(file.zones["eu"].host, "e");
    assert!(file.warnings().is_empty());
    assert_eq!(
        file.origin("database.pool.size").unwrap().name(),
        Some("db.conns.size")
    );
    let flat = Server::empty_loader()
        .env_from([
            ("TUWUNEL_DB_CONNS_SIZE", "3"),
            ("TUWUNEL_SITES__eu__HOST", "f"),
        ])
        .args(["--db-name", "b"])
        .load()
        .unwrap();
    assert_eq!(
        (flat.database.name.as_str(), flat.database.pool.size),
        ("b", 3)
    );
    assert_eq!(flat.zones["eu"].host, "f");
    let secret = Server::empty_loader()
        .secrets_dir(dir.path("s"))
        .load()
        .unwrap();
    assert_eq!(secret.database.name, "secret");
    let whole = server([("TUWUNEL_DB", r#"{"name": "json"}"#)]);
    assert_eq!(whole.database.name, "json");
}

#[test]
fn a_deprecated_name_of_a_group_warns_and_the_canonical_name_wins() {
    let dir = Dir::with(&[(
        "a.toml",
        "[postgres]\nname = 'old'\n[database]\nname = 'new'\n[[replicas]]\nhost = 'a'\nssl.cert = 'c'\n",
    )]);
    let loaded = Server::empty_loader().file(dir.path("a.toml")).load();
    let report = dir.relative(&warnings(loaded));
    assert_data_eq!(
        report,
        str![[r#"
Deprecated database: set by a deprecated name in a.toml:1:2
  help: use database
Ambiguous database.name: set twice in one layer: database.name (a.toml:4:8) wins over postgres.name (a.toml:2:8)
  help: remove postgres.name (a.toml:2:8)
Deprecated mirrors: set by a deprecated name in a.toml:5:3
  help: use mirrors
Deprecated mirrors[0].tls: set by a deprecated name in a.toml:7:1
  help: use tls
"#]]
    );
    let flat = server([
        ("TUWUNEL_POSTGRES_NAME", "x"),
        ("TUWUNEL_REPLICAS__0__HOST", "y"),
    ]);
    assert_eq!(
        (flat.database.name.as_str(), flat.mirrors[0].host.as_str()),
        ("x", "y")
    );
    assert_data_eq!(
        lines(flat.warnings()),
        str![[r#"
Deprecated mirrors: set by a deprecated name in environment variable TUWUNEL_REPLICAS__0__HOST
  help: use TUWUNEL_MIRRORS
Deprecated database.name: set by a deprecated name in environment variable TUWUNEL_POSTGRES_NAME
  help: use TUWUNEL_DATABASE_NAME
"#]]
    );
}

#[derive(Debug, Settings)]
#[settings(prefix = "LLDAP_", nesting = "__")]
struct Ldap {
    #[settings(nested)]
    smtp_options: Smtp,
    #[settings(nested)]
    servers: Vec<Node>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Smtp {
    #[settings(default = 25)]
    port: u16,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Node {
    #[settings(nested)]
    smtp: Smtp,
}

#[test]
fn groups_are_joined_by_two_underscores_and_both_spellings_bind() {
    for name in ["LLDAP_SMTP_OPTIONS__PORT", "LLDAP_SMTP_OPTIONS_PORT"] {
        let app = Ldap::empty_loader()
            .env_from([(name, "26")])
            .load()
            .unwrap();
        assert_eq!(app.smtp_options.port, 26, "{name}");
        assert!(app.warnings().is_empty());
    }
    let error = Ldap::empty_loader()
        .env_from([
            ("LLDAP_SMTP_OPTIONS__PORT", "x"),
            ("LLDAP_SERVERS__0__SMTP__PORT", "y"),
        ])
        .load()
        .unwrap_err();
    let names: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| problem.env_name())
        .collect();
    assert_eq!(
        names,
        [
            Some("LLDAP_SMTP_OPTIONS__PORT"),
            Some("LLDAP_SERVERS__0__SMTP__PORT")
        ]
    );
}

/// The settings of a library that states the variable of its URL.
#[derive(Debug, Settings)]
#[settings(group)]
struct Postgres {
    #[settings(env = "PG_URL", default = "")]
    url: String,
    #[settings(default = 1)]
    pool_size: u32,
    password: Option<SecretString>,
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct TwoDatabases {
    #[settings(nested)]
    main: Postgres,
    #[settings(nested, prefix = "PG2_")]
    archive: Postgres,
}

#[test]
fn a_use_of_a_group_has_a_prefix_of_its_own() {
    let dir = Dir::with(&[("a.toml", "archive.pool_size = 7\n"), ("pw", "hunter2")]);
    let password = dir.text("pw");
    let loader = TwoDatabases::empty_loader().file(dir.path("a.toml"));
    let app = loader
        .env_from([
            ("PG_URL", "one"),
            ("PG2_URL", "two"),
            ("PG2_PASSWORD_FILE", &password),
        ])
        .load()
        .unwrap();
    assert_eq!(
        (app.main.url.as_str(), app.archive.url.as_str()),
        ("one", "two")
    );
    assert_eq!((app.main.pool_size, app.archive.pool_size), (1, 7));
    assert_eq!(
        app.archive.password.as_ref().unwrap().expose_secret(),
        "hunter2"
    );
    let app = TwoDatabases::empty_loader()
        .env_from([("PG2_POOL_SZIE", "1"), ("APP_ARCHIVE_POOL_SIZE", "2")]);
    assert_data_eq!(
        warnings(app.load()),
        str![[r#"
Unknown the environment: 2 names do not match any setting: PG2_POOL_SZIE, APP_ARCHIVE_POOL_SIZE
  help: PG2_POOL_SZIE: did you mean PG2_POOL_SIZE?
  help: APP_ARCHIVE_POOL_SIZE: archive.pool_size is set by PG2_POOL_SIZE
"#]]
    );
}

#[test]
fn one_variable_sets_two_settings() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Shared {
        #[settings(env = shared("TZ_NAME"), default = "")]
        zone: String,
        #[settings(nested)]
        log: Log,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Log {
        #[settings(env = shared("TZ_NAME"), default = "")]
        zone: String,
    }
    let app = Shared::empty_loader()
        .env_from([("TZ_NAME", "UTC")])
        .load()
        .unwrap();
    assert_eq!((app.zone.as_str(), app.log.zone.as_str()), ("UTC", "UTC"));
    let app = Shared::empty_loader().set("zone", "CET").load().unwrap();
    assert_eq!((app.zone.as_str(), app.log.zone.as_str()), ("CET", ""));
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Renamed {
    #[settings(nested, alias = "mail", deprecated_alias = "post")]
    smtp: Mail,
    #[settings(nested, alias = ["hostz", "peers"])]
    hosts: Vec<Peer>,
    #[settings(nested, alias = "regions", deprecated_alias = "areas")]
    zones: BTreeMap<String, Peer>,
    #[settings(alias = "marks", default = "")]
    tags: Vec<String>,
    #[settings(alias = "notes", default = "")]
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Mail {
    #[settings(default = "", alias = "server")]
    host: String,
    #[settings(nested, alias = "ssl")]
    tls: MailTls,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct MailTls {
    #[settings(default = "", alias = "certificate")]
    cert: String,
    #[settings(nested, alias = "suites")]
    ciphers: Vec<Peer>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Peer {
    #[settings(default = 1, alias = "p")]
    port: u16,
    #[settings(nested, alias = "ssl")]
    tls: Option<PeerTls>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct PeerTls {
    #[settings(default = "", alias = "certificate")]
    cert: String,
}

#[test]
fn several_other_names_in_one_path_are_accepted_everywhere() {
    let dir = Dir::with(&[
        ("s/mail/ssl/certificate", "x"),
        (".env", "APP_MAIL_SSL_CERTIFICATE=x\n"),
        ("a.toml", "[mail.ssl]\ncertificate = 'x'\n"),
        ("b.json", r#"{"mail.ssl.certificate": "x"}"#),
    ]);
    let load = Renamed::empty_loader;
    for loader in [
        load().env_from([("APP_MAIL_SSL_CERTIFICATE", "x")]),
        load().env_from([("APP_MAIL", r#"{"ssl": {"certificate": "x"}}"#)]),
        load().env_file(dir.path(".env")),
        load().secrets_dir(dir.path("s")),
        load().file(dir.path("a.toml")),
        load().file(dir.path("b.json")),
        load().args(["--mail-ssl-certificate", "x"]),
        load().args(["--set", "mail.ssl.certificate=x"]),
        load().set("mail.ssl.certificate", "x"),
    ] {
        let loaded = loader.load().unwrap();
        assert_eq!(loaded.smtp.tls.cert, "x");
        assert_eq!(lines(loaded.warnings()), "");
    }
}

#[test]
fn other_names_of_lists_and_maps_are_accepted_inside_too() {
    let load = Renamed::empty_loader;
    for loader in [
        load().env_from([
            ("APP_PEERS__0__SSL_CERTIFICATE", "x"),
            ("APP_REGIONS__a__P", "7"),
        ]),
        load().env_from([
            ("APP_PEERS", r#"[{"ssl": {"certificate": "x"}}]"#),
            ("APP_REGIONS", r#"{"a": {"p": 7}}"#),
        ]),
        load().args(["--hostz.0.ssl.certificate=x", "--set", "regions.a.p=7"]),
        load()
            .set("peers[0].ssl.certificate", "x")
            .set("regions.\"a\".p", "7"),
    ] {
        let loaded = loader.load().unwrap();
        assert_eq!(loaded.hosts[0].tls.as_ref().unwrap().cert, "x");
        assert_eq!(loaded.zones["a"].port, 7);
        assert_eq!(lines(loaded.warnings()), "");
    }
    let inner = load().env_from([
        ("APP_MAIL_SSL_SUITES__0__P", "7"),
        ("APP_MARKS__0", "x"),
        ("APP_NOTES__k", "v"),
    ]);
    let inner = inner.load().unwrap();
    assert_eq!(inner.smtp.tls.ciphers[0].port, 7);
    assert_eq!((&*inner.tags[0], &*inner.labels["k"]), ("x", "v"));
}

#[test]
fn a_deprecated_name_of_a_group_warns_in_each_form() {
    let dir = Dir::with(&[("a.json", r#"{"post.ssl.certificate": "x"}"#)]);
    for loader in [
        Renamed::empty_loader().set("areas.a.p", "7"),
        Renamed::empty_loader().args(["--set", "areas.a.p=7"]),
        Renamed::empty_loader().env_from([("APP_POST_SSL_CERT", "x")]),
        Renamed::empty_loader().file(dir.path("a.json")),
    ] {
        let loaded = loader.load().unwrap();
        let [warning] = loaded.warnings() else {
            panic!("{:?}", loaded.warnings())
        };
        assert_eq!(warning.kind(), ProblemKind::Deprecated);
    }
}

#[test]
fn a_misspelling_below_another_name_is_explained() {
    let loaded = Renamed::empty_loader()
        .env_from([
            ("APP_MAIL_SERVR", "x"),
            ("APP_MAIL_SSL_CERTIFICAT", "x"),
            ("APP_SMTP_SERVR", "x"),
        ])
        .load();
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Unknown the environment: 3 names do not match any setting: APP_MAIL_SERVR, APP_MAIL_SSL_CERTIFICAT, APP_SMTP_SERVR
  help: APP_MAIL_SERVR: did you mean APP_SMTP_SERVER?
  help: APP_MAIL_SSL_CERTIFICAT: did you mean APP_SMTP_TLS_CERT?
  help: APP_SMTP_SERVR: did you mean APP_SMTP_SERVER?
"#]]
    );
    let dir = Dir::with(&[("a.toml", "[mail]\nservr = 'x'\n")]);
    let loaded = Renamed::empty_loader().file(dir.path("a.toml")).load();
    assert_data_eq!(
        dir.relative(&warnings(loaded)),
        str![[r#"
Unknown a.toml:2:1: mail.servr does not match any setting
  help: did you mean server?
"#]]
    );
}

#[test]
fn a_misspelled_required_setting_below_another_name_is_one_problem() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_", unknown = "deny")]
    struct App {
        #[settings(nested, alias = "data")]
        database: Required,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Required {
        hostname: String,
    }

    let dir = Dir::with(&[("a.yaml", "data: {hostnam: x}\n")]);
    let loaded = App::empty_loader().file(dir.path("a.yaml")).load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Missing database.hostname: required, but not set
  help: data.hostnam is set in a.yaml:1:8: did you mean database.hostname?
"#]]
    );
}

#[test]
fn the_origin_of_a_setting_is_found_by_other_names() {
    let loaded = Renamed::empty_loader()
        .env_from([
            ("APP_SMTP_HOST", "x"),
            ("APP_HOSTS__0__PORT", "2"),
            ("APP_ZONES__a__TLS__CERT", "c"),
        ])
        .load()
        .unwrap();
    for (key, variable) in [
        ("mail.server", "APP_SMTP_HOST"),
        ("post.host", "APP_SMTP_HOST"),
        ("peers[0].p", "APP_HOSTS__0__PORT"),
        ("regions.a.ssl.certificate", "APP_ZONES__a__TLS__CERT"),
    ] {
        let origin = loaded.origin(key).map(|origin| origin.to_string());
        assert_eq!(
            origin,
            Some(format!("environment variable {variable}")),
            "{key}"
        );
    }
    assert_eq!(loaded.origin("peers[1].p"), None);
    assert_eq!(loaded.origin("mail.nothing"), None);
}
