//! `settings completions`: the scripts, read by the shells themselves.

use crate::commanded::commanded;
use std::process::Command;

/// What bash offers behind these words; the last is what was typed of the next.
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
fn bash_completes_commands_flags_and_keys() {
    let script = commanded().run(&["completions", "bash"]).out;
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
    assert_eq!(
        offered(&script, &["settings", "explain", "server.t"]),
        ["server.timeout"]
    );
    assert_eq!(
        offered(&script, &["settings", "dump", "--only", "pool"]),
        ["pool_size"]
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

/// Where fish is installed, it offers the keys.
#[test]
fn fish_completes_keys() {
    let script = commanded().run(&["completions", "fish"]).out;
    let line = format!("{script}\ncomplete -C 'command settings explain server.t'");
    if let Ok(output) = Command::new("fish")
        .args(["--no-config", "-c", &line])
        .output()
    {
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).trim(),
            "server.timeout"
        );
    }
}

/// Where these shells are installed, they take the scripts.
#[test]
fn zsh_and_fish_read_theirs() {
    for (shell, flags) in [("zsh", &["-f", "-n"][..]), ("fish", &["--no-config", "-n"])] {
        let script = commanded().run(&["completions", shell]);
        assert_eq!(script.code, Some(0));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("script");
        std::fs::write(&file, &script.out).unwrap();
        if let Ok(output) = Command::new(shell).args(flags).arg(&file).output() {
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
            assert!(output.status.success());
        }
    }
    assert_eq!(commanded().run(&["completions", "tcsh"]).code, Some(2));
}
