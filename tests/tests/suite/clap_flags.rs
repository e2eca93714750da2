//! Settings as flags of a command that clap parses.

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use settings_core::{
    ExposeSecret, Loaded, SecretString, Settings,
    clap::{Flags, Words},
};
use snapbox::{assert_data_eq, str};
use std::{collections::BTreeMap, time::Duration};

const CANARY: &str = "zebra-Quartz-71";

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    /// Its name on every page.
    ///
    /// Customers see it.
    #[settings(default = "The Shop")]
    name: String,
    /// Connections to the database.
    #[settings(default = 10, range(1..=1000))]
    db_pool_size: u32,
    /// Whether more is logged.
    #[settings(default = false)]
    debug: bool,
    #[settings(default = Vec::new())]
    tags: Vec<String>,
    #[settings(default_with = BTreeMap::new)]
    labels: BTreeMap<String, String>,
    /// Signs the cookies.
    #[settings(default = "zebra-Quartz-71")]
    secret_key: SecretString,
    /// Its own version, not that of the program.
    #[settings(default = "1")]
    version: String,
    #[settings(default = 0)]
    offset: i32,
    #[settings(nested)]
    server: Server,
    #[settings(nested)]
    mirrors: Vec<Mirror>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    /// How long one request may take.
    #[settings(default = "5s")]
    timeout: Duration,
    /// Where it listens.
    port: u16,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Mirror {
    host: String,
}

/// Sells things.
#[derive(Parser)]
#[command(name = "shop", version = "9")]
struct Arguments {
    /// Does not write anything.
    #[arg(long)]
    dry_run: bool,
    /// An argument with the name of a setting, but not with its flag.
    name: Option<String>,
    #[command(flatten)]
    settings: Flags<Shop>,
    #[command(subcommand)]
    command: Option<Sub>,
}

#[derive(Subcommand)]
enum Sub {
    /// Looks at the settings.
    Settings(Words),
}

fn parse(words: &[&str]) -> Arguments {
    Arguments::try_parse_from([&["shop"], words].concat()).unwrap()
}

fn shop(words: &[&str]) -> Loaded<Shop> {
    let port = [("SHOP_SERVER_PORT", "80"), ("SHOP_DB_POOL_SIZE", "7")];
    let loader = Shop::empty_loader().env_from(port);
    loader.args(parse(words).settings).load().unwrap()
}

#[test]
fn help_shows_documentation_variables_and_defaults_but_no_secret() {
    let help = Arguments::command().render_help().to_string();
    assert_data_eq!(
        help.clone(),
        str![[r#"
Sells things

Usage: shop [OPTIONS] [NAME] [COMMAND]

Commands:
  settings  Looks at the settings
  help      Print this message or the help of the given subcommand(s)

Arguments:
  [NAME]  An argument with the name of a setting, but not with its flag

Options:
      --dry-run  Does not write anything
  -h, --help     Print help (see more with '--help')
  -V, --version  Print version

Settings:
      --name <TEXT>                Its name on every page. [env: SHOP_NAME] [default: The Shop]
      --db-pool-size <NUMBER>      Connections to the database. [env: SHOP_DB_POOL_SIZE] [default: 10]
      --debug [<BOOL>]             Whether more is logged. [env: SHOP_DEBUG] [default: false]
      --tags <LIST>                a list of text [env: SHOP_TAGS] [default: []]
      --labels <MAP>               a map, each value text [env: SHOP_LABELS]
      --offset <NUMBER>            a whole number from -2147483648 to 2147483647 [env: SHOP_OFFSET] [default: 0]
      --server-timeout <DURATION>  How long one request may take. [env: SHOP_SERVER_TIMEOUT] [default: 5s]
      --server-port <NUMBER>       Where it listens. [env: SHOP_SERVER_PORT] [required]
      --set <KEY=VALUE>            Sets any setting, by its key or variable

"#]]
    );
    let long = Arguments::command().render_long_help().to_string();
    assert!(long.contains("Customers see it."), "{long}");
    assert!(long.contains("a value from 1 to 1000"), "{long}");
    for help in [help, long] {
        assert!(!help.contains(CANARY) && !help.contains("secret-key"));
    }
}

#[test]
fn parsed_flags_are_the_layer_of_arguments() {
    let shop = shop(&[
        "--dry-run",
        "--db-pool-size",
        "5",
        "--server-timeout=2m",
        "x",
    ]);
    assert_eq!(shop.db_pool_size, 5);
    assert_eq!(shop.server.timeout, Duration::from_mins(2));
    let origin = |key| shop.origin(key).unwrap().to_string();
    assert_eq!(origin("db_pool_size"), "argument --db-pool-size");
    assert_eq!(
        origin("server.port"),
        "environment variable SHOP_SERVER_PORT"
    );
    assert_eq!(origin("name"), "default");
}

#[test]
fn a_flag_accepts_what_its_type_accepts() {
    let shop = shop(&[
        "--debug",
        "--offset",
        "-5",
        "--tags=a,b",
        "--tags",
        "c",
        "--labels",
        "zone=eu",
        "--labels=tier=web",
        "--secret-key",
        "hunter2",
        "--name=--odd",
    ]);
    assert!(shop.debug);
    assert_eq!(shop.offset, -5);
    assert_eq!(shop.tags, ["a", "b", "c"]);
    assert_eq!(shop.labels["zone"], "eu");
    assert_eq!(shop.labels["tier"], "web");
    assert_eq!(shop.secret_key.expose_secret(), "hunter2");
    assert_eq!(shop.name, "--odd");
}

#[test]
fn the_later_of_two_flags_for_one_setting_wins() {
    assert!(!shop(&["--debug", "--no-debug"]).debug);
    assert!(shop(&["--no-debug", "--debug"]).debug);
    assert!(!shop(&["--debug=off"]).debug);
    let first = shop(&["--set", "db_pool_size=3", "--db-pool-size=4"]);
    let last = shop(&["--db-pool-size=4", "--set", "db_pool_size=3"]);
    assert_eq!((first.db_pool_size, last.db_pool_size), (4, 3));
}

#[test]
fn a_setting_without_a_flag_is_set_by_its_key() {
    let shop = shop(&["--set=version=2", "--set", "mirrors__0__host=a"]);
    assert_eq!(shop.version, "2");
    assert_eq!(shop.mirrors[0].host, "a");
}

#[test]
fn an_invalid_flag_is_reported_with_all_other_problems() {
    let flags = parse(&["--db-pool-size=lots", "--debug=banana"]).settings;
    let error = Shop::empty_loader().args(flags).load().unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
3 problems in the settings (Shop)

  db_pool_size: expected a whole number from 1 to 1000, found "lots" in argument --db-pool-size
    help: correct --db-pool-size, or leave it out for the default, 10

  debug: expected true or false, found "banana" in argument --debug
    help: correct --debug, or leave it out for the default, false

  server.port: required, but not set
    help: set SHOP_SERVER_PORT to a whole number from 0 to 65535
    note: Where it listens

read: arguments
"#]]
    );
}

#[test]
fn flags_print_no_value() {
    let flags = parse(&["--secret-key", CANARY]).settings;
    assert!(!format!("{flags:?}{:#?}", flags.clone()).contains(CANARY));
}

#[test]
fn flags_do_not_consume_the_settings_command() {
    let arguments = parse(&["--debug", "settings", "dump", "--format", "json", "--help"]);
    let Some(Sub::Settings(words)) = arguments.command else {
        panic!("not the subcommand");
    };
    let words: Vec<_> = words.into_iter().collect();
    assert_eq!(words, ["dump", "--format", "json", "--help"]);
}

#[test]
fn parsed_flags_can_be_updated() {
    let command = || Flags::<Shop>::augment_args_for_update(Command::new("shop"));
    let first = command().get_matches_from(["shop", "--db-pool-size=4", "--debug"]);
    let second = command().get_matches_from(["shop", "--db-pool-size=5"]);
    let mut flags = Flags::<Shop>::from_arg_matches(&first).unwrap();
    flags.update_from_arg_matches(&second).unwrap();
    let shop = Shop::empty_loader().args(flags).set("server.port", "1");
    let shop = shop.load().unwrap();
    assert_eq!((shop.db_pool_size, shop.debug), (5, true));
}
