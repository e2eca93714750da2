//! The memory of a load is bounded by the size of its input. Linux shows a process the peak of its own memory.
#![cfg(target_os = "linux")]

use crate::dir::Dir;
use std::process::Command;

/// The peak of the memory in bytes, the number of problems and the length of the report.
fn measured(dir: &Dir, name: &str, text: &str) -> [usize; 3] {
    let output = Command::new(env!("CARGO_BIN_EXE_limits"))
        .arg(dir.write(name, text))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<usize> = text
        .split_ascii_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    let [peak, problems, length] = numbers[..] else {
        panic!("{text} {}", String::from_utf8_lossy(&output.stderr))
    };
    [peak * 1024, problems, length]
}

#[track_caller]
fn check(name: &str, text: &str) {
    let dir = Dir::with(&[]);
    let [nothing, ..] = measured(&dir, name, "");
    let [peak, problems, length] = measured(&dir, name, text);
    let begin: String = text.chars().take(40).collect();
    let peak = peak.saturating_sub(nothing);
    assert!(
        peak <= 10 * text.len() + (64 << 20),
        "{} MiB for {} MiB of {begin:?}",
        peak >> 20,
        text.len() >> 20
    );
    assert!(problems <= 1_002, "{problems} for {begin:?}");
    assert!(problems == 0 || length <= 1 << 20, "{length} for {begin:?}");
}

const MANY: usize = 2 << 20;

fn repeated(head: &str, piece: &str, tail: &str) -> String {
    format!("{head}{}{tail}", piece.repeat(MANY / piece.len()))
}

#[test]
fn a_file_of_aliases_needs_little_memory() {
    let anchor = format!("x: &a {}\nnumbers:\n", "A".repeat(100_000));
    check("a.yaml", &format!("{anchor}{}", "- *a\n".repeat(49_000)));
    check("a.yaml", &repeated("x: &a [1, 2]\ny: [", "*a, ", "]\n"));
    check("a.yaml", &repeated("", "- &a A\n", ""));
    check("a.yaml", &repeated("x: [", "&a a, ", "]\n"));
}

#[test]
fn a_file_of_short_values_needs_little_memory() {
    for (name, head, piece, tail) in [
        ("a.yaml", "numbers: [", "a, ", "]\n"),
        ("a.yaml", "", "- a\n", ""),
        ("a.yaml", "", "a: b\n", ""),
        ("a.yaml", "", "{", ""),
        ("a.yaml", "", "? ", ""),
        ("a.yaml", "text: |\n", " a\n", ""),
        ("a.yaml", "", "#\n", ""),
        ("a.json", "{\"numbers\": [", "1,", "1]}"),
        ("a.json", "{\"numbers\": [", "\"a\",", "1]}"),
        ("a.json", "{\"list\": [", "{},", "{}]}"),
        ("a.json", "{\"list\": [", "{\"port\":[]},", "{}]}"),
        ("a.json", "{\"list\": [", "{\"port\":1},", "{}]}"),
        ("a.yaml", "list:\n", "- {}\n", ""),
        ("a.json", "", "[", ""),
        ("a.toml", "numbers = [", "1,", "]\n"),
        ("a.toml", "numbers = [", "'',", "]\n"),
        ("a.toml", "", "[[list]]\n", ""),
        ("a.toml", "", "=\n", ""),
    ] {
        check(name, &repeated(head, piece, tail));
    }
}

#[test]
fn a_file_of_tables_and_lists_needs_little_memory() {
    let key = |parts: usize| ["a"].repeat(parts).join(".");
    let lines: [&dyn Fn(usize) -> String; 5] = [
        &|n| format!("k{n}.{} = 1\n", key(79)),
        &|n| format!("[k{n}.{}]\n", key(15)),
        &|n| format!("k{n}={{a=1}}\n"),
        &|n| format!("k{n}=[[[[1]]]]\n"),
        &|n| format!("k{n}=1\n"),
    ];
    // A file that is refused needs little memory; one that is just below a limit needs the most.
    for size in [50_000, 600_000, MANY] {
        for line in lines {
            let length = line(99_999).len();
            check("a.toml", &(0..size / length).map(line).collect::<String>());
        }
        for piece in ["a.", "1.5,", "[1],", "{a.a=1},", "[a]\n["] {
            let begin = if piece.ends_with(',') { "a = [" } else { "" };
            check(
                "a.toml",
                &format!("{begin}{}", piece.repeat(size / piece.len())),
            );
        }
    }
}

#[test]
fn a_broken_env_file_needs_little_memory() {
    for (head, piece, tail) in [
        ("", "A\n", ""),
        ("", "A B=1\n", ""),
        ("", "A=\"\\q\"\n", ""),
        ("", "=\n", ""),
        ("", "A=1\n", ""),
        ("", "A='", ""),
        ("", "A=${B}\n", ""),
        ("", "A=${A}x\n", ""),
        ("A=x\n", "A=${A}${A}\n", ""),
        ("A=", "${B:-", ""),
        ("TEXT=\"", "${A", "\""),
        ("", "\u{feff}\n", ""),
    ] {
        check("a.env", &repeated(head, piece, tail));
    }
}
