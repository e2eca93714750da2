//! The classifier against names of settings in public projects, reviewed one by one.
//!
//! Each line of the two files is the project and the name as it is written there. `harmless.txt`
//! contains settings that hold text: a number, bool, duration or enum is never masked by its name.

use settings_syntax::is_sensitive_name;

fn names(list: &str) -> Vec<&str> {
    let names = list.lines().filter_map(|line| line.split_once(": "));
    names.map(|(_, name)| name).collect()
}

fn misjudged(list: &str, expected: bool) -> Vec<&str> {
    let names = names(list).into_iter();
    names
        .filter(|name| is_sensitive_name(name) != expected)
        .collect()
}

#[test]
fn the_name_of_every_secret_is_sensitive() {
    let list = include_str!("names/secret.txt");
    assert!(names(list).len() >= 300);
    assert_eq!(misjudged(list, true), [""; 0]);
}

#[test]
fn no_harmless_name_is_sensitive() {
    let list = include_str!("names/harmless.txt");
    assert!(names(list).len() >= 300);
    assert_eq!(misjudged(list, false), [""; 0]);
}
