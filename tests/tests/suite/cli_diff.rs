//! `settings diff`: differences between two `.env` files, or between a file and the environment.

use crate::settings_command::settings_command;
use snapbox::{assert_data_eq, str};

#[test]
fn settings_are_added_removed_and_changed() {
    let app = settings_command()
        .file(
            "a.env",
            "APP_POOL_SIZE=5\nAPP_TOKEN=hunter1\nAPP_URL=http://me:hunter1@h\nAPP_SERVER_HOST=a\nAPP_DB_PASSWORD=same\nAPP_MIRRORS__0__HOST=m\nAPP_MIRRORS__0__TOKEN=hunter1\n",
        )
        .file(
            "b.env",
            "APP_POOL_SIZE=6\nAPP_TOKEN=hunter2\nAPP_URL=http://me:hunter2@h\nAPP_SERVER_PORT=80\nAPP_DB_PASSWORD=same\nAPP_MIRRORS__0__HOST=m\nAPP_MIRRORS__0__TOKEN=hunter2\n",
        );
    let printed = app.run(&["diff", "a.env", "b.env"]);
    assert_eq!((printed.code, &*printed.err), (Some(1), ""));
    assert_data_eq!(
        printed.out,
        str![[r#"
- a.env
+ b.env

~ pool_size         5 -> 6
~ token             differs
~ url               differs in what is masked: http://me:[redacted]@h
- server.host       a
~ mirrors[0].token  differs
+ server.port       80

"#]]
    );
    let same = app.run(&["diff", "a.env", "a.env"]);
    assert_eq!((same.code, &*same.out, &*same.err), (Some(0), "", ""));
}

#[test]
fn a_file_is_compared_with_the_environment() {
    let app = settings_command()
        .var("APP_POOL_SIZE", "6")
        .file("a.env", "APP_POOL_SIZE=5\n");
    assert_eq!(
        app.run(&["diff", "a.env"]).out,
        "- a.env\n+ the environment\n\n~ pool_size  5 -> 6\n"
    );
}

#[test]
fn an_unreadable_file_is_reported() {
    let app = settings_command().file("a.env", "APP_TOKEN=\"hunter2\n");
    for files in [&["diff", "a.env"][..], &["diff", "none.env", "a.env"]] {
        let printed = app.run(files);
        assert_eq!((printed.code, &*printed.out), (Some(78), ""));
        assert!(printed.err.contains(files[1]), "{}", printed.err);
        assert!(!printed.err.contains("hunter2"));
    }
    assert_eq!(app.run(&["diff"]).code, Some(2));
}

#[test]
fn invalid_values_can_differ() {
    let app = settings_command()
        .file("a.env", "APP_POOL_SIZE=many\n")
        .file("b.env", "APP_POOL_SIZE=lots\n");
    assert_eq!(
        app.run(&["diff", "a.env", "b.env"]).out,
        "- a.env\n+ b.env\n\n~ pool_size  differs; both are invalid\n"
    );
    assert_eq!(app.run(&["diff", "a.env", "a.env"]).code, Some(0));
}

#[test]
fn unknown_names_of_one_side_are_listed() {
    let app = settings_command()
        .file("a.env", "APP_POOL_SIZE=5\nAPP_POOL_SZE=6\nBOTH=1\n")
        .file("b.env", "APP_POOL_SIZE=5\nBOTH=2\nAPP_SERVR__PORT=1\n");
    let printed = app.run(&["diff", "a.env", "b.env"]);
    assert_eq!(printed.code, Some(1));
    assert_data_eq!(
        printed.out,
        str![[r#"
- a.env
+ b.env

? APP_POOL_SZE     only in a.env; does not match any setting
? APP_SERVR__PORT  only in b.env; does not match any setting

"#]]
    );
}

#[test]
fn a_terminal_shows_each_change_in_its_colour() {
    let app = settings_command()
        .file("a.env", "APP_POOL_SIZE=5\nAPP_URL=x\n")
        .file("b.env", "APP_POOL_SIZE=6\nAPP_SERVER_PORT=80\n");
    let shown = app.on_a_terminal(80, "diff a.env b.env");
    for line in [
        "\x1b[31m- a.env\x1b[0m",
        "\x1b[32m+ b.env\x1b[0m",
        "\x1b[33m~ pool_size    5 -> 6\x1b[0m",
        "\x1b[31m- url          x\x1b[0m",
        "\x1b[32m+ server.port  80\x1b[0m",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn long_values_are_cut_on_a_terminal_only() {
    let long = "x".repeat(100);
    let app = settings_command()
        .file("a.env", &format!("APP_POOL_SIZE=5\nAPP_URL={long}a\n"))
        .file("b.env", &format!("APP_POOL_SIZE=5\nAPP_URL={long}b\n"))
        .file("c.env", "APP_POOL_SIZE=5\n")
        .file("d.env", "APP_POOL_SIZE=5\nAPP_URL=short\n");
    let (half, rest) = ("x".repeat(33), "x".repeat(63));
    for (files, expected) in [
        ("a.env b.env", format!("~ url  {half}… -> {half}…")),
        ("a.env d.env", format!("~ url  {rest}… -> short")),
        ("d.env b.env", format!("~ url  short -> {rest}…")),
        ("a.env c.env", format!("- url  {}…", "x".repeat(72))),
    ] {
        let shown = app.on_a_terminal(80, &format!("diff {files}"));
        assert!(shown.contains(&expected), "{expected}: {shown}");
        assert!(shown.contains("… marks a cut; --full prints all of it"));
        let whole = app.on_a_terminal(80, &format!("diff {files} --full"));
        assert!(whole.contains(&long) && !whole.contains('…'), "{whole}");
        let words: Vec<&str> = ["diff"].into_iter().chain(files.split(' ')).collect();
        let printed = app.run(&words).out;
        assert!(printed.contains(&long) && !printed.contains('…'));
    }
}

#[test]
fn json_has_the_values_of_both_sides() {
    let app = settings_command()
        .file(
            "a.env",
            "APP_POOL_SIZE=5\nAPP_TOKEN=hunter1\nAPP_SERVER_HOST=a\nAPP_POOL_SZE=6\n",
        )
        .file(
            "b.env",
            "APP_POOL_SIZE=6\nAPP_TOKEN=hunter2\nAPP_SERVER_PORT=80\n",
        );
    let printed = app.run(&["diff", "a.env", "b.env", "--format", "json"]);
    assert_eq!((printed.code, &*printed.err), (Some(1), ""));
    assert_data_eq!(
        printed.out,
        str![[r#"
{"before":"a.env","after":"b.env","differences":[{"key":"pool_size","change":"changed","before":5,"after":6},{"key":"token","change":"changed","before":"[redacted]","after":"[redacted]"},{"key":"server.host","change":"removed","before":"a"},{"key":"server.port","change":"added","after":80},{"name":"APP_POOL_SZE","change":"unknown","only_in":"a.env"}]}

"#]]
    );
    let same = app.run(&["diff", "a.env", "a.env", "--format", "json"]);
    assert_eq!(
        (same.code, &*same.out),
        (
            Some(0),
            "{\"before\":\"a.env\",\"after\":\"a.env\",\"differences\":[]}\n"
        )
    );
}
