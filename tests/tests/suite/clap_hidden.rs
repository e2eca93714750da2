//! Flags of a clap command that help does not list: other names of settings and groups, `--no-` before a group, lists of enums.

use crate::reports::lines;
use clap::{Args, Command, FromArgMatches};
use settings_core::{Loaded, Settings, clap::Flags};
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = true)]
    debug: bool,
    /// Takes the name of the negated flag.
    #[settings(default = 1)]
    no_debug: u8,
    #[settings(default = true, flag = "loud", alias = "noisy")]
    verbose: bool,
    #[settings(alias = "lvl", deprecated_alias = "log_level", default = "info")]
    level: String,
    #[settings(nested)]
    tls: Option<Tls>,
    #[settings(nested, alias = "mail")]
    smtp: Smtp,
    #[settings(nested)]
    storage: Storage,
    #[settings(nested)]
    mirrors: Vec<Storage>,
    #[settings(nested)]
    caches: BTreeMap<String, Storage>,
}

#[derive(Debug, PartialEq, Settings)]
#[settings(group)]
struct Tls {
    #[settings(default = "none", alias = "certificate")]
    cert: String,
}

#[derive(Debug, PartialEq, Settings)]
#[settings(group)]
struct Smtp {
    #[settings(default = "localhost", alias = "server")]
    host: String,
    #[settings(nested)]
    tls: Option<Tls>,
}

#[derive(Debug, PartialEq, Settings)]
#[settings(group, tag = "kind")]
enum Storage {
    #[settings(default)]
    Memory,
    #[settings(alias = "false")]
    Disabled,
}

fn command() -> Command {
    Flags::<App>::augment_args(Command::new("app").no_binary_name(true))
}

/// The settings by clap, which are the same by `Loader::args`.
fn app(words: &[&str]) -> Loaded<App> {
    let matches = command().try_get_matches_from(words).unwrap();
    let flags = Flags::<App>::from_arg_matches(&matches).unwrap();
    let variables =
        || App::empty_loader().env_from([("APP_TLS_CERT", "a"), ("APP_SMTP_TLS_CERT", "b")]);
    let by_clap = variables().args(flags).load().unwrap();
    let own = variables().args(words).load().unwrap();
    assert_eq!(*by_clap, *own, "{words:?}");
    assert_eq!(lines(by_clap.warnings()), lines(own.warnings()));
    by_clap
}

#[test]
fn other_names_are_flags() {
    assert_eq!(app(&["--lvl", "x"]).level, "x");
    assert_eq!(app(&["--mail-server", "x"]).smtp.host, "x");
    assert_eq!(app(&["--mail-host=x"]).smtp.host, "x");
    assert_eq!(app(&["--smtp-server", "x"]).smtp.host, "x");
    let tls = app(&["--mail-tls-certificate", "x"]).into_inner().smtp.tls;
    assert_eq!(tls.unwrap().cert, "x");
    for words in [
        &["--no-noisy"][..],
        &["--noisy", "off"],
        &["--no-verbose"],
        &["--no-loud"],
    ] {
        assert!(!app(words).verbose, "{words:?}");
    }
    let old = app(&["--log-level", "x"]);
    assert_eq!(
        lines(old.warnings()),
        "Deprecated level: set by a deprecated name in argument --log-level\n  help: use level"
    );
}

#[test]
fn an_optional_group_is_removed() {
    assert!(app(&[]).tls.is_some());
    assert!(app(&["--no-tls"]).tls.is_none());
    assert!(app(&["--no-smtp-tls"]).smtp.tls.is_none());
    assert!(app(&["--no-mail-tls"]).smtp.tls.is_none());
    assert_eq!(app(&["--no-storage"]).storage, Storage::Disabled);
}

#[test]
fn a_list_or_map_of_enums_has_a_flag_that_may_be_repeated() {
    let mirrors = app(&["--mirrors", "memory", "--mirrors", "off"]);
    assert_eq!(mirrors.mirrors, [Storage::Memory, Storage::Disabled]);
    let caches = app(&["--caches", "a=memory", "--caches", "b=off"]);
    assert_eq!(caches.caches.len(), 2);
}

#[test]
fn a_setting_takes_precedence_over_a_negated_flag() {
    let matches = command().try_get_matches_from(["--no-debug", "5"]).unwrap();
    let flags = Flags::<App>::from_arg_matches(&matches).unwrap();
    let app = App::empty_loader().args(flags).load().unwrap();
    assert_eq!((app.debug, app.no_debug), (true, 5));
}

#[test]
fn help_lists_none_of_them() {
    let help = command().render_long_help().to_string();
    for flag in [
        "--lvl",
        "--mail",
        "--no-tls",
        "--noisy",
        "--mirrors",
        "--log-level",
    ] {
        assert!(!help.contains(flag), "{flag}: {help}");
    }
    assert!(help.contains("--no-debug <NUMBER>"), "{help}");
}
