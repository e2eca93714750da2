//! The output and the exit code of a program that uses the settings.

use crate::dir::Dir;
use snapbox::{assert_data_eq, str};
use std::{
    path::Path,
    process::{Command, Output},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_program");

/// The program in a directory of its own, with an empty environment.
struct Start {
    dir: Dir,
    command: Command,
}

fn start(main: &str) -> Start {
    let dir = Dir::with(&[]);
    let mut command = Command::new(PROGRAM);
    command.arg(main).env_clear().current_dir(dir.root());
    Start { dir, command }
}

impl Start {
    fn var(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    fn arg(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        self.dir.write(name, content);
        self
    }

    fn run(mut self) -> Ran {
        Ran::of(self.command.output().unwrap())
    }

    /// Runs on a terminal, which combines stdout and stderr.
    fn on_a_terminal(&self, variables: &str) -> String {
        let name = Path::new(PROGRAM).display();
        let output = Command::new("script")
            .args([
                "-qec",
                &format!("{variables} {name} init_or_exit"),
                "/dev/null",
            ])
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env("TERM", "xterm")
            .current_dir(self.dir.root())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

#[test]
fn init_or_exit_prints_the_report_and_exits_with_78() {
    let ran = start("init_or_exit").var("PROGRAM_PORT", "lots").run();
    assert_eq!(ran.code, Some(78));
    assert_eq!(ran.stdout, "");
    assert_data_eq!(
        ran.stderr,
        str![[r#"
2 problems in the settings (Program)

  port: expected a whole number from 0 to 65535, found "lots" in environment variable PROGRAM_PORT
    help: correct PROGRAM_PORT, or unset it for the default, 8080

  name: required, but not set
    help: set PROGRAM_NAME to text

read: config.toml (absent), .env (absent), .env.development (absent), secrets (absent), the
      environment

"#]]
    );
}

#[test]
fn init_or_exit_prints_warnings_and_continues() {
    let ran = start("init_or_exit")
        .var("PROGRAM_NAME", "x")
        .var("PROGRAM_PROT", "1")
        .run();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "port 8080\n"));
    assert_data_eq!(
        ran.stderr,
        str![[r#"
1 warning in the settings (Program)

  environment variable PROGRAM_PROT does not match any setting
    help: did you mean PROGRAM_PORT?

"#]]
    );
}

#[test]
fn init_or_exit_prints_nothing_if_the_settings_are_valid() {
    let ran = start("init_or_exit").var("PROGRAM_NAME", "x").run();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "port 8080\n"));
    assert_eq!(ran.stderr, "");
    let ran = start("loader").var("PROGRAM_NAME", "x").run();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "port 1\n"));
}

#[test]
fn a_second_initialization_is_a_problem() {
    let ran = start("twice").var("PROGRAM_NAME", "x").run();
    assert_eq!(ran.code, Some(78));
    assert_data_eq!(
        ran.stderr,
        str![[r#"
1 problem in the settings (Program)

  Program cannot be initialised: it has been loaded already
    help: call `init` before anything calls Program::get()

"#]]
    );
}

#[test]
fn main_may_return_the_error_and_exits_with_1() {
    let ran = start("load").run();
    assert_eq!(ran.code, Some(1));
    assert_data_eq!(
        ran.stderr,
        str![[r#"
Error: 1 problem in the settings (Program)

  name: required, but not set
    help: set PROGRAM_NAME to text

read: config.toml (absent), .env (absent), .env.development (absent), secrets (absent), the
      environment

"#]]
    );
}

#[test]
fn get_panics_with_the_report_and_no_secret() {
    let ran = start("get")
        .var("PROGRAM_PORT", "lots")
        .var("PROGRAM_TOKEN", "hunter2")
        .run();
    assert_eq!(ran.code, Some(101));
    assert!(
        ran.stderr.contains("2 problems in the settings"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("program.rs"),
        "the panic is placed at the caller: {}",
        ran.stderr
    );
}

#[test]
fn load_does_not_read_the_programs_arguments() {
    let ran = start("load")
        .var("PROGRAM_NAME", "x")
        .arg("--port")
        .arg("9")
        .arg("--nonsense")
        .run();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("port 8080, name x\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn load_reads_what_the_attributes_declare_and_the_environment() {
    let ran = start("origins")
        .file(
            "config.toml",
            "port = 1\nname = \"file\"\nenvironment = \"file\"\n",
        )
        .file(".env", "PROGRAM_NAME=dotenv\nPROGRAM_ENVIRONMENT=staging\n")
        .file(".env.staging", "PROGRAM_PORT=3\n")
        .file("secrets/token", "hunter2\n")
        .var("PROGRAM_NAME", "environment")
        .run();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_data_eq!(
        ran.stdout,
        str![[r#"
port: .env.staging:1
environment: .env:2
name: environment variable PROGRAM_NAME
token: secret file secrets/token

"#]]
    );
}

#[test]
fn load_reads_the_credentials_directory() {
    let start = start("load")
        .file("credentials/token", "hunter2")
        .file("credentials/name", "systemd")
        .file("secrets/name", "lower");
    let credentials = start.dir.text("credentials");
    let ran = start.var("CREDENTIALS_DIRECTORY", &credentials).run();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_data_eq!(
        ran.stdout,
        str![[r#"
port 8080, name systemd
environment development
token set

"#]]
    );
}

#[test]
fn an_empty_loader_reads_nothing() {
    let ran = start("bare")
        .file("config.toml", "port = 1\n")
        .file(".env", "PROGRAM_PORT=2\n")
        .var("PROGRAM_PORT", "3")
        .run();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "port 8080\n"));
}

#[test]
fn a_declared_file_may_be_absent_unless_it_is_required() {
    let ran = start("required").run();
    assert_eq!(ran.code, Some(1));
    assert_data_eq!(
        ran.stderr,
        str![[r#"
Error: 2 problems in the settings (Strict)

  config.toml is required, but absent
    help: create it, or correct its path

  .env is required, but absent
    help: create it, or correct its path

read: config.toml (absent), .env (absent), the environment

"#]]
    );
    let ran = start("required")
        .file("config.toml", "port = 1\n")
        .file(".env", "")
        .run();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "port 1\n"));
}

#[test]
fn a_failed_load_can_be_retried_after_a_file_appeared() {
    let ran = start("again").run();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout, "name appeared\n");
}

#[test]
fn the_report_is_coloured_only_on_a_terminal() {
    let coloured = |text: &str| text.contains("\u{1b}[");
    let piped = start("init_or_exit").var("TERM", "xterm").run();
    assert!(!coloured(&piped.stderr));
    let start = start("init_or_exit");
    assert!(coloured(&start.on_a_terminal("")));
    assert!(!coloured(&start.on_a_terminal("NO_COLOR=1")));
    assert!(coloured(&start.on_a_terminal("NO_COLOR=")));
    assert!(!coloured(
        &start.on_a_terminal("NO_COLOR=1 CLICOLOR_FORCE=1")
    ));
    assert!(!coloured(&start.on_a_terminal("TERM=dumb")));
}

#[test]
fn the_report_is_no_wider_than_the_terminal() {
    let widest = |columns: &str| {
        let narrow = format!("stty rows 24 cols {columns}; NO_COLOR=1 PROGRAM_PORT=lots");
        let page = start("init_or_exit").on_a_terminal(&narrow);
        assert!(page.contains("2 problems in the settings"), "{page}");
        page.lines().map(|line| line.trim_end().len()).max()
    };
    assert!(widest("60") <= Some(60));
    assert!(widest("80") <= Some(80));
    assert!(widest("200") > Some(80));
}

#[test]
fn clicolor_force_colours_a_pipe_and_no_color_forbids_it() {
    let coloured = |ran: Ran| ran.stderr.contains("\u{1b}[");
    let start = || start("init_or_exit");
    assert!(coloured(start().var("CLICOLOR_FORCE", "1").run()));
    assert!(!coloured(start().var("CLICOLOR_FORCE", "0").run()));
    assert!(!coloured(
        start()
            .var("CLICOLOR_FORCE", "1")
            .var("NO_COLOR", "1")
            .run()
    ));
}

#[test]
fn a_coloured_report_has_the_same_text() {
    let plain = start("init_or_exit")
        .var("PROGRAM_PORT", "lots")
        .run()
        .stderr;
    let mut coloured = start("init_or_exit")
        .var("PROGRAM_PORT", "lots")
        .var("CLICOLOR_FORCE", "1")
        .run()
        .stderr;
    while let Some(at) = coloured.find('\u{1b}') {
        let end = coloured[at..].find('m').unwrap();
        coloured.replace_range(at..=at + end, "");
    }
    assert_eq!(coloured, plain);
}

#[test]
fn the_error_itself_is_never_coloured() {
    let ran = start("load").var("CLICOLOR_FORCE", "1").run();
    assert!(!ran.stderr.contains('\u{1b}'));
}

#[test]
fn help_shows_every_flag_with_its_variable_and_default() {
    for flag in ["--help", "-h"] {
        let ran = start("arguments").arg("--port").arg("1").arg(flag).run();
        assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
        assert_data_eq!(
            ran.stdout,
            str![[r#"
Settings of the program.

usage: program [OPTIONS]

options:
  --port NUMBER       a whole number from 0 to 65535 [env: PROGRAM_PORT] [default: 8080]
  --environment TEXT  text [env: PROGRAM_ENVIRONMENT] [default: development]
  --name TEXT         text [env: PROGRAM_NAME] [required]
  --token TEXT        text [env: PROGRAM_TOKEN] [secret: other users can see arguments]
  --set KEY=VALUE     set any setting, by its key or variable
  -h, --help          print this help
  --version           print the version

"#]]
        );
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let ran = start("arguments").arg("--version").run();
    assert_eq!(ran.code, Some(0));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(ran.stdout, format!("program {version}\n"));
}

#[test]
fn a_value_is_not_a_request_for_help() {
    let ran = start("arguments").arg("--name").arg("-h").run();
    assert_eq!((ran.code, &*ran.stdout), (Some(0), "port 8080\n"));
}
