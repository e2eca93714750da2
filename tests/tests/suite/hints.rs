//! Suggestions for names that match no setting.

use crate::{
    dir::Dir,
    reports::{lines, problems, warnings},
};
use settings_core::{SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "{}")]
    labels: BTreeMap<String, String>,
    #[settings(default = 1)]
    labels_size: u32,
    #[settings(nested)]
    hosts: Vec<Host>,
    #[settings(nested)]
    zones: BTreeMap<String, Host>,
    #[settings(nested)]
    pool: Pool,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Host {
    #[settings(default = "localhost")]
    name: String,
    #[settings(nested)]
    tls: Tls,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Tls {
    #[settings(default = "none", alias = "certificate")]
    cert_file: String,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Pool {
    #[settings(default = 10)]
    max_size: u32,
    #[settings(default = 10)]
    key_name: u32,
}

#[test]
fn keys_inside_a_value_need_two_underscores() {
    let loader = App::empty_loader().env_from([
        ("APP_LABELS_ZONE", "x"),
        ("APP_LABELS_SZIE", "x"),
        ("APP_HOSTS_0_NAME", "x"),
        ("app-hosts-0-tls-certificate", "x"),
        ("APP_HOSTS_ONE_NAME", "x"),
        ("APP_ZONES_EU_WEST_TLS_CERT_FILE", "x"),
        ("APP_ZONES_EU_COLOUR", "x"),
    ]);
    assert_data_eq!(
        warnings(loader.load()),
        str![[r#"
Unknown the environment: 7 names do not match any setting: APP_LABELS_ZONE, APP_LABELS_SZIE, APP_HOSTS_0_NAME, app-hosts-0-tls-certificate, APP_HOSTS_ONE_NAME, APP_ZONES_EU_WEST_TLS_CERT_FILE, APP_ZONES_EU_COLOUR
  help: APP_LABELS_ZONE: did you mean APP_LABELS__ZONE?
  help: APP_LABELS_SZIE: did you mean APP_LABELS_SIZE?
  help: APP_HOSTS_0_NAME: did you mean APP_HOSTS__0__NAME?
  help: app-hosts-0-tls-certificate: did you mean APP_HOSTS__0__tls-certificate?
  help: APP_HOSTS_ONE_NAME: did you mean APP_HOSTS?
  help: APP_ZONES_EU_WEST_TLS_CERT_FILE: did you mean APP_ZONES__EU_WEST__TLS_CERT_FILE?
  help: APP_ZONES_EU_COLOUR: did you mean APP_ZONES?
"#]]
    );
}

#[test]
fn camel_case_names_are_split_into_words() {
    let dir = Dir::with(&[(
        "app.json",
        r#"{"pool": {"maxSzie": 1, "keyNmae": 2, "colourName": 3}, "lablesSize": 4}"#,
    )]);
    let loader = App::empty_loader().file(dir.path("app.json"));
    assert_data_eq!(
        dir.relative(&warnings(loader.load())),
        str![[r#"
Unknown app.json: 4 names do not match any setting: pool.maxSzie (1:11), pool.keyNmae (1:25), pool.colourName (1:39), lablesSize (1:57)
  help: pool.maxSzie: did you mean max_size?
  help: pool.keyNmae: did you mean key_name?
  help: lablesSize: did you mean labels_size?
  help: remove the rest, or correct the spelling
"#]]
    );
}

#[test]
fn the_natural_name_of_a_setting_with_env_is_not_read() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(nested)]
        server: Server,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Server {
        #[settings(default = 80, env = "PORT")]
        port: u16,
    }
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Prefixed {
        #[settings(nested)]
        server: Server,
    }
    let loaded = Root::empty_loader().env_from([("SERVER_PORT", "9")]).load();
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Unknown environment variable SERVER_PORT is not read: server.port is set by PORT
  help: set PORT instead, or unset SERVER_PORT
"#]]
    );
    let loaded = Root::empty_loader()
        .env_from([("server__port", "9")])
        .load();
    assert!(warnings(loaded).contains("server__port is not read: server.port is set by PORT"));
    let loaded = Prefixed::empty_loader()
        .env_from([("APP_SERVER_PORT", "9")])
        .load();
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Unknown environment variable APP_SERVER_PORT does not match any setting
  help: server.port is set by PORT
"#]]
    );
}

#[test]
fn the_natural_name_of_the_file_of_a_secret_is_not_read_either() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(env = "SMTP_PASS")]
        smtp_password: Option<SecretString>,
        #[settings(default = 1, alias = "former_name")]
        present_name: u8,
    }
    let loaded = Root::empty_loader().env_from([
        ("SMTP_PASSWORD_FILE", "x"),
        ("SMTP_PASS_FILES", "x"),
        ("FORMER_NAMES", "1"),
        ("present-names", "1"),
    ]);
    assert_data_eq!(
        warnings(loaded.load()),
        str![[r#"
Unknown environment variable SMTP_PASSWORD_FILE is not read: smtp_password is set by SMTP_PASS_FILE
  help: set SMTP_PASS_FILE instead, or unset SMTP_PASSWORD_FILE
Unknown environment variable SMTP_PASS_FILES does not match any setting
  help: did you mean SMTP_PASS_FILE?
Unknown environment variable FORMER_NAMES does not match any setting
  help: did you mean FORMER_NAME?
Unknown environment variable present-names does not match any setting
  help: did you mean PRESENT_NAME?
"#]]
    );
}

#[test]
fn a_name_one_edit_away_is_a_warning_without_a_prefix() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(default = 1)]
        server_timeout: u8,
        #[settings(default = 1)]
        redis_rate_limit: u8,
        #[settings(default = 1)]
        port: u8,
    }
    #[derive(Debug, Settings)]
    #[settings(unknown = "ignore")]
    struct Ignoring {
        #[settings(default = 1)]
        server_timeout: u8,
    }
    #[derive(Debug, Settings)]
    #[settings(unknown = "deny")]
    struct Denying {
        #[settings(default = 1)]
        server_timeout: u8,
    }
    let variables = [
        ("SERVER_TIMEOUTS", "x"),
        ("REDIS_RATELIMIT", "x"),
        ("SERVER_TIMEUOT", "x"),
        ("PORTS", "x"),
        ("SERVER_TIMES", "x"),
        ("SERVER_TIMEOUTSS", "x"),
    ];
    let loaded = Root::empty_loader().env_from(variables).load();
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Unknown environment variable SERVER_TIMEOUTS does not match any setting
  help: did you mean SERVER_TIMEOUT?
Unknown environment variable REDIS_RATELIMIT does not match any setting
  help: did you mean REDIS_RATE_LIMIT?
Unknown environment variable SERVER_TIMEUOT does not match any setting
  help: did you mean SERVER_TIMEOUT?
"#]]
    );
    let loaded = Ignoring::empty_loader().env_from(variables).load();
    assert_eq!(warnings(loaded), "");
    let loaded = Denying::empty_loader().env_from(variables).load().unwrap();
    assert_eq!((loaded.server_timeout, loaded.warnings().len()), (1, 2));
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Deep {
    #[settings(nested)]
    sites: BTreeMap<String, Site>,
    #[settings(nested)]
    list: Vec<Site>,
    #[settings(nested)]
    zones: BTreeMap<String, BTreeMap<String, Page>>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Site {
    #[settings(default = 1)]
    port: u16,
    #[settings(nested)]
    pages: Vec<Page>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Page {
    #[settings(default = "")]
    max_title: String,
}

/// The problems and warnings about one variable.
fn about(variable: &str, text: &str) -> String {
    match Deep::empty_loader().env_from([(variable, text)]).load() {
        Ok(deep) => {
            assert!(deep.sites.is_empty() && deep.list.is_empty() && deep.zones.is_empty());
            lines(deep.warnings())
        }
        Err(error) => lines(error.problems()),
    }
}

#[test]
fn one_underscore_where_two_are_needed_is_explained() {
    for (given, meant) in [
        ("APP_SITES__A_PORT", "APP_SITES__A__PORT"),
        ("APP_SITES_A__PORT", "APP_SITES__A__PORT"),
        ("APP_LIST__0_PORT", "APP_LIST__0__PORT"),
        ("APP_LIST_0__PORT", "APP_LIST__0__PORT"),
        (
            "APP_SITES__A__PAGES__0_MAX_TITLE",
            "APP_SITES__A__PAGES__0__MAX_TITLE",
        ),
        (
            "APP_SITES__A__PAGES_0_MAX_TITLE",
            "APP_SITES__A__PAGES__0__MAX_TITLE",
        ),
        (
            "APP_SITES__A__PAGES_0__MAX_TITLE",
            "APP_SITES__A__PAGES__0__MAX_TITLE",
        ),
        (
            "APP_SITES__A_PAGES__0__MAX_TITLE",
            "APP_SITES__A__PAGES__0__MAX_TITLE",
        ),
        ("APP_ZONES__A__B_MAX_TITLE", "APP_ZONES__A__B__MAX_TITLE"),
    ] {
        for text in ["7", "text"] {
            let about = about(given, text);
            let help = format!("help: did you mean {meant}?");
            assert_eq!(about.matches("help: ").count(), 1, "{about}");
            assert!(about.ends_with(&help), "{given}: {about}");
        }
    }
}

#[test]
fn an_element_with_a_name_like_a_setting_is_still_one() {
    let deep = Deep::empty_loader().env_from([("APP_SITES__A_PORT", r#"{"port": 7}"#)]);
    assert_eq!(deep.load().unwrap().sites["A_PORT"].port, 7);
}

#[test]
fn a_misspelled_file_of_a_required_secret_is_part_of_its_problem() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct App {
        database_url: SecretString,
        #[settings(nested)]
        mail: Mail,
        #[settings(default = 1)]
        port: u16,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Mail {
        password: SecretString,
    }

    let dir = Dir::with(&[
        ("databse_url", "x"),
        ("mail/pasword", "x"),
        ("prot", "2"),
        ("other", "x"),
    ]);
    let loaded = App::empty_loader().secrets_dir(dir.root()).load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Missing database_url: required, but not set
  help: secret file databse_url is not read: did you mean database_url?
Missing mail.password: required, but not set
  help: secret file mail/pasword is not read: did you mean mail.password?
"#]]
    );
    let app = App::empty_loader()
        .secrets_dir(dir.root())
        .env_from([("APP_DATABASE_URL", "x"), ("APP_MAIL_PASSWORD", "y")]);
    assert_eq!(warnings(app.load()), "");
}

#[test]
fn the_natural_name_of_a_setting_in_a_group_with_a_prefix_is_explained() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct App {
        #[settings(nested, prefix = "PG_")]
        database: Database,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Database {
        #[settings(default = "")]
        url: String,
        password: Option<SecretString>,
    }

    let loaded = App::empty_loader()
        .env_from([
            ("APP_DATABASE_URL", "x"),
            ("APP_DATABASE_PASSWORD_FILE", "y"),
        ])
        .load();
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Unknown the environment: 2 names do not match any setting: APP_DATABASE_URL, APP_DATABASE_PASSWORD_FILE
  help: APP_DATABASE_URL: database.url is set by PG_URL
  help: APP_DATABASE_PASSWORD_FILE: database.password is set by PG_PASSWORD_FILE
"#]]
    );
}

#[test]
fn one_underscore_between_the_keys_of_a_map_of_maps_is_explained() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Root {
        #[settings(nested)]
        zones: BTreeMap<String, BTreeMap<String, Host>>,
        #[settings(nested)]
        pools: BTreeMap<String, Vec<Pool>>,
    }
    assert!(
        Root::empty_loader()
            .load()
            .is_ok_and(|root| root.zones.is_empty() && root.pools.is_empty())
    );
    for (given, text, meant) in [
        ("APP_ZONES__EU_MAIN__NAME", "x", "APP_ZONES__EU__MAIN__NAME"),
        ("APP_ZONES__EU__MAIN_NAME", "x", "APP_ZONES__EU__MAIN__NAME"),
        (
            "APP_POOLS__EU_0__MAX_SIZE",
            "5",
            "APP_POOLS__EU__0__MAX_SIZE",
        ),
        (
            "APP_POOLS__EU__0_MAX_SIZE",
            "5",
            "APP_POOLS__EU__0__MAX_SIZE",
        ),
    ] {
        let text = problems(Root::empty_loader().env_from([(given, text)]).load());
        assert!(
            text.contains(&format!("help: did you mean {meant}?")),
            "{given}: {text}"
        );
    }
    // The name of an entry may contain an underscore.
    let root = Root::empty_loader()
        .env_from([("APP_ZONES__EU_WEST__MAIN_1__NAME", "x")])
        .load()
        .unwrap();
    assert_eq!(root.zones["EU_WEST"]["MAIN_1"].name, "x");
}
