//! `settings completions`: the scripts, run by the shells themselves.

use crate::{dir::Dir, settings_command::settings_command};
use std::process::Command;

/// The completions that bash offers after these words; the last word is incomplete.
fn offered(script: &str, words: &[&str]) -> Vec<String> {
    let typed: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let line = format!(
        "{script}\nCOMP_WORDS=(command {})\nCOMP_CWORD={}\n_command_settings\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        typed.join(" "),
        words.len(),
    );
    let output = Command::new("bash").args(["-c", &line]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let out = String::from_utf8(output.stdout).unwrap();
    out.lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn bash_completes_subcommands_options_keys_and_variables() {
    let script = settings_command().run(&["completions", "bash"]).out;
    assert_eq!(offered(&script, &["se"]), ["settings"]);
    assert_eq!(
        offered(&script, &["settings", "d"]),
        ["dump", "diff", "docs"]
    );
    assert_eq!(
        offered(&script, &["settings", "dump", "--fo"]),
        ["--format"]
    );
    assert_eq!(
        offered(&script, &["settings", "dump", "--format", "t"]),
        ["table", "toml"]
    );
    // bash splits `--format=t` at the `=`.
    assert_eq!(
        offered(&script, &["settings", "dump", "--format", "=", "t"]),
        ["table", "toml"]
    );
    assert_eq!(
        offered(&script, &["settings", "dump", "--format", "="]),
        ["table", "json", "toml", "env", "html"]
    );
    assert_eq!(
        offered(&script, &["settings", "explain", "server.t"]),
        ["server.timeout"]
    );
    assert_eq!(
        offered(&script, &["settings", "dump", "--only", "pool"]),
        ["pool_size"]
    );
    assert_eq!(
        offered(&script, &["settings", "explain", "APP_SERVER_T"]),
        ["APP_SERVER_TIMEOUT"]
    );
    assert_eq!(
        offered(&script, &["settings", "dump", "--only", "APP_POOL"]),
        ["APP_POOL_SIZE"]
    );
    assert_eq!(
        offered(&script, &["settings", "completions", "f"]),
        ["fish"]
    );
    assert_eq!(offered(&script, &["other", "d"]), [""; 0]);
    let registered = format!("{script}\ncomplete -p command");
    let output = Command::new("bash")
        .args(["-c", &registered])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "complete -F _command_settings command\n"
    );
}

#[test]
fn fish_completes_keys() {
    let script = settings_command().run(&["completions", "fish"]).out;
    let line = format!("{script}\ncomplete -C 'command settings explain server.t'");
    let output = shell("fish", &["--no-config", "-c", &line]);
    assert_eq!(output.trim(), "server.timeout");
}

/// One zsh completes on a pseudoterminal what another one types.
#[test]
fn zsh_completes_keys() {
    let script = settings_command().run(&["completions", "zsh"]).out;
    let dir = Dir::with(&[("completions", &script)]);
    let file = dir.text("completions");
    let typing = format!(
        r#"
zmodload zsh/zpty
zpty -b terminal zsh -f -i
zpty -w terminal 'PS1=; autoload -Uz compinit && compinit -u -D && source {file} && print REA''DY'
zpty -r terminal typed '*READY*'
zpty -w terminal $'command settings explain server.t\t\C-aprint -r -- GOT \C-e'
zpty -r terminal typed $'*\nGOT *\n*'
print -r -- "$typed"
"#
    );
    let output = shell("zsh", &["-f", "-c", &typing]);
    let got = output.lines().find_map(|line| line.strip_prefix("GOT "));
    assert_eq!(
        got.map(str::trim),
        Some("command settings explain server.timeout"),
        "{output}"
    );
}

#[test]
fn an_unsupported_shell_is_a_usage_error() {
    assert_eq!(
        settings_command().run(&["completions", "tcsh"]).code,
        Some(2)
    );
}

/// The output of a shell; `tests/run.sh` installs missing ones.
fn shell(name: &str, words: &[&str]) -> String {
    let output = Command::new(name).args(words).output();
    let output = output.unwrap_or_else(|why| panic!("{name} does not start: {why}"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success(), "{name}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}
