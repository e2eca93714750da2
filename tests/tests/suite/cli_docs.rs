//! `settings docs`: the documents, and whether a committed one is up to date.

use crate::settings_command::settings_command;

#[test]
fn every_format_is_printed_without_a_load() {
    let app = settings_command().var("APP_POOL_SIZE", "lots");
    for (format, beginning) in [
        ("markdown", "# "),
        ("env", "# Settings of the program.\n"),
        ("toml", "# "),
        ("yaml", "# "),
        ("json-schema", "{\n"),
        ("kubernetes", ""),
        ("compose", ""),
        ("systemd", ""),
        ("man", ""),
    ] {
        let printed = app.run(&["docs", "--format", format]);
        assert_eq!((printed.code, &*printed.err), (Some(0), ""), "{format}");
        assert!(printed.out.starts_with(beginning), "{}", printed.out);
        assert!(!printed.out.is_empty());
    }
}

#[test]
fn a_document_that_is_out_of_date_fails_with_a_diff() {
    let app = settings_command();
    let env = app.run(&["docs", "--format", "env"]).out;
    let app = app.file(".env.example", &env);
    let current = app.run(&["docs", "--check", ".env.example"]);
    assert_eq!(
        (current.code, &*current.out),
        (Some(0), ".env.example is up to date\n")
    );
    let app = app.file("SETTINGS.md", "# Other\n");
    let outdated = app.run(&["docs", "--check", "SETTINGS.md"]);
    assert_eq!((outdated.code, &*outdated.out), (Some(1), ""));
    assert!(outdated.err.contains("    - # Other\n"), "{}", outdated.err);
    assert!(
        outdated
            .err
            .ends_with("to update it: command settings docs --format markdown > SETTINGS.md\n")
    );
    let absent = app.run(&["docs", "--check", "none.md"]);
    assert_eq!(absent.code, Some(1));
    assert!(
        absent.err.starts_with("none.md is absent\n"),
        "{}",
        absent.err
    );
}

#[test]
fn the_name_of_a_file_shows_which_document_it_contains() {
    let app = settings_command();
    let compose = app.run(&["docs", "--format", "compose"]).out;
    let yaml = app.run(&["docs", "--format", "yaml"]).out;
    let app = app
        .file("compose.yaml", &compose)
        .file("settings.yaml", &yaml);
    let current = app.run(&["docs", "--check", "compose.yaml"]);
    assert_eq!(current.code, Some(0), "{}", current.err);
    let unknown = app.run(&["docs", "--check", "settings.yaml"]);
    assert_eq!((unknown.code, &*unknown.out), (Some(2), ""));
    assert_eq!(
        unknown.err,
        "the name of settings.yaml does not show which document it contains: add --format\n"
    );
    let named = app.run(&["docs", "--format=yaml", "--check=settings.yaml"]);
    assert_eq!(named.code, Some(0), "{}", named.err);
}

#[test]
fn options_name_the_program_and_the_schema() {
    let app = settings_command();
    for (format, expected) in [
        ("kubernetes", "name: shop-config\n"),
        ("compose", "  shop:\n"),
        ("systemd", "/etc/systemd/system/shop.service.d/"),
        ("man", ".TH \"SHOP\""),
    ] {
        let out = app.run(&["docs", "--format", format, "--name", "shop"]).out;
        assert!(out.contains(expected), "{format}: {out}");
    }
    let missing = app.run(&["docs", "--name"]);
    assert_eq!((missing.code, &*missing.out), (Some(2), ""));
    assert!(missing.err.starts_with("--name needs a name\n"));
}
