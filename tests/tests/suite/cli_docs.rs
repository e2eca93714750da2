//! `settings docs`: the documents, and whether a committed one has drifted.

use crate::commanded::commanded;

#[test]
fn every_format_prints_without_a_load() {
    let app = commanded().var("APP_POOL_SIZE", "lots");
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
        let answered = app.run(&["docs", "--format", format]);
        assert_eq!((answered.code, &*answered.err), (Some(0), ""), "{format}");
        assert!(answered.out.starts_with(beginning), "{}", answered.out);
        assert!(!answered.out.is_empty());
    }
}

#[test]
fn a_document_that_has_drifted_fails_with_a_diff() {
    let app = commanded();
    let env = app.run(&["docs", "--format", "env"]).out;
    let app = app.file(".env.example", &env);
    let held = app.run(&["docs", "--check", ".env.example"]);
    assert_eq!(
        (held.code, &*held.out),
        (Some(0), ".env.example is up to date\n")
    );
    let app = app.file("SETTINGS.md", "# Other\n");
    let drifted = app.run(&["docs", "--check", "SETTINGS.md"]);
    assert_eq!((drifted.code, &*drifted.out), (Some(1), ""));
    assert!(drifted.err.contains("    - # Other\n"), "{}", drifted.err);
    assert!(
        drifted
            .err
            .ends_with("write it anew: command settings docs --format markdown > SETTINGS.md\n")
    );
    let absent = app.run(&["docs", "--check", "none.md"]);
    assert_eq!(absent.code, Some(1));
}

#[test]
fn which_document_a_file_holds_is_told_by_its_name_or_asked_for() {
    let app = commanded();
    let compose = app.run(&["docs", "--format", "compose"]).out;
    let yaml = app.run(&["docs", "--format", "yaml"]).out;
    let app = app
        .file("compose.yaml", &compose)
        .file("settings.yaml", &yaml);
    let held = app.run(&["docs", "--check", "compose.yaml"]);
    assert_eq!(held.code, Some(0), "{}", held.err);
    let unknown = app.run(&["docs", "--check", "settings.yaml"]);
    assert_eq!((unknown.code, &*unknown.out), (Some(2), ""));
    assert_eq!(
        unknown.err,
        "the name of settings.yaml does not tell which document it holds: say so by --format\n"
    );
    let said = app.run(&["docs", "--format=yaml", "--check=settings.yaml"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
}
