//! Flags of settings: names of their own, letters, and none, for `Loader::args` and for clap.

use crate::reports::problems;
use clap::{Args, Command, CommandFactory, FromArgMatches, Parser};
use settings_core::{Error, Loaded, Settings, clap::Flags};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    /// How much is logged.
    #[settings(default = 0, short = 'l')]
    level: i8,
    #[settings(default = false, short = 'v', flag = "loud")]
    verbose: bool,
    #[settings(default = 0.5)]
    ratio: f64,
    #[settings(default = "", short = 'T')]
    tags: Vec<i8>,
    #[settings(nested)]
    mail: Mail,
    #[settings(default = "none", no_flag)]
    token: String,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Mail {
    /// Port of the mail server.
    #[settings(default = 25, flag = "smtp-port", short = 'p')]
    port: u16,
}

#[derive(Parser)]
#[command(name = "app")]
struct Arguments {
    #[command(flatten)]
    settings: Flags<App>,
    #[arg(last = true)]
    rest: Vec<String>,
}

fn by_args(words: &[&str]) -> Result<Loaded<App>, Error> {
    App::empty_loader().args(words).load()
}

fn by_clap(words: &[&str]) -> Result<Loaded<App>, Error> {
    let arguments = Arguments::try_parse_from([&["app"], words].concat()).unwrap();
    assert!(arguments.rest.is_empty());
    App::empty_loader().args(arguments.settings).load()
}

#[test]
fn a_flag_of_its_own_and_a_letter_set_a_setting_like_its_key() {
    for load in [by_args, by_clap] {
        for words in [
            &["--smtp-port", "465"][..],
            &["--smtp-port=465"],
            &["--mail-port", "465"],
            &["--mail-port=465"],
            &["-p", "465"],
            &["-p465"],
            &["-p=465"],
        ] {
            assert_eq!(load(words).unwrap().mail.port, 465, "{words:?}");
        }
    }
    assert_eq!(by_args(&["--SMTP_PORT", "1"]).unwrap().mail.port, 1);
    let origin = |words: &[&str]| {
        let app = by_args(words).unwrap();
        app.origin("mail.port").unwrap().to_string()
    };
    assert_eq!(origin(&["--smtp-port=1"]), "argument --smtp-port");
    assert_eq!(origin(&["-p1"]), "argument -p");
}

#[test]
fn negative_numbers_and_words_for_a_bool_are_values() {
    for load in [by_args, by_clap] {
        for words in [
            &["--level", "-1"][..],
            &["-l", "-1"],
            &["-l-1"],
            &["--level=-1"],
        ] {
            assert_eq!(load(words).unwrap().level, -1, "{words:?}");
        }
        assert!(load(&["--ratio", "-0.5"]).unwrap().ratio < 0.0);
        assert_eq!(
            load(&["--tags", "-1", "-T", "-2", "-T-3"]).unwrap().tags,
            [-1, -2, -3]
        );
        for words in [
            &["--loud"][..],
            &["--loud", "on"],
            &["--verbose=yes"],
            &["-v"],
            &["-v", "1"],
            &["-v=true", "-l", "1"],
            &["-v", "-l1"],
        ] {
            assert!(load(words).unwrap().verbose, "{words:?}");
        }
        for words in [
            &["--loud", "off"][..],
            &["-v", "no"],
            &["-voff"],
            &["-v", "--no-loud"],
            &["-v", "--no-verbose"],
        ] {
            assert!(!load(words).unwrap().verbose, "{words:?}");
        }
    }
}

#[test]
fn an_argument_without_a_flag_or_a_value_is_a_problem() {
    assert_data_eq!(
        problems(by_args(&[
            "--token",
            "hunter2",
            "-x",
            "-vx",
            "--level",
            "-p",
            "--smtp-prot",
            "1",
            "--set"
        ])),
        str![[r#"
Unknown argument --token does not match any setting
  help: token has no flag: set APP_TOKEN instead
Unknown argument -x does not match any setting
  help: remove it, or correct its name
Malformed the argument --level has no value
  help: write --level VALUE, or --level=VALUE if the value begins with `-`
Malformed the argument -p has no value
  help: write -p VALUE, or -p=VALUE if the value begins with `-`
Unknown argument --smtp-prot does not match any setting
  help: did you mean --smtp-port?
Malformed the argument --set has no value
  help: write --set key=value
Malformed verbose: expected true or false, found "x" in argument -v
  help: correct -v, or leave it out for the default, false
"#]]
    );
    assert_eq!(by_args(&["--set", "token=x"]).unwrap().token, "x");
}

#[test]
fn help_lists_the_flags_that_exist() {
    let help = Arguments::command().render_help().to_string();
    assert_data_eq!(
        help,
        str![[r#"
Usage: app [OPTIONS] [-- <REST>...]

Arguments:
  [REST]...  

Options:
  -h, --help  Print help (see more with '--help')

Settings:
  -l, --level <NUMBER>      How much is logged. [env: APP_LEVEL] [default: 0]
  -v, --loud [<BOOL>]       true or false [env: APP_VERBOSE] [default: false]
      --ratio <NUMBER>      a number [env: APP_RATIO] [default: 0.5]
  -T, --tags <LIST>         a list of whole numbers from -128 to 127 [env: APP_TAGS] [default: ""]
  -p, --smtp-port <NUMBER>  Port of the mail server. [env: APP_MAIL_PORT] [default: 25]
      --set <KEY=VALUE>     Sets any setting, by its key or variable

"#]]
    );
    let command = Flags::<App>::augment_args(Command::new("app"));
    let matches = command.get_matches_from(["app", "-p=1"]);
    let flags: Vec<_> = Flags::<App>::from_arg_matches(&matches)
        .unwrap()
        .into_iter()
        .collect();
    assert_eq!(flags, ["--smtp-port=1"]);
}
