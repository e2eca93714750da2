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
