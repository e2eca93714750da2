//! The pages show the code of the programs, and what the programs print.

use std::{fs, path::Path, process::Command};
use tempfile::TempDir;

/// One page with its two programs.
struct Page {
    name: &'static str,
    old: &'static str,
    new: &'static str,
    /// Content of `app.toml`, if the programs read it.
    file: Option<&'static str>,
    /// Content of `.env`, if the programs read it.
    env_file: Option<&'static str>,
    /// Valid variables.
    variables: &'static [(&'static str, &'static str)],
    /// What the programs print for them.
    printed: &'static str,
    /// Variables with three mistakes: no number, a misspelled name, and a required setting without a value.
    mistakes: &'static [(&'static str, &'static str)],
}

macro_rules! programs {
    ($name:literal) => {
        (
            env!(concat!("CARGO_BIN_EXE_", $name, "-old")),
            env!(concat!("CARGO_BIN_EXE_", $name, "-new")),
        )
    };
}

const FLAT: &str =
    r#"App { port: 9000, tags: ["a", "b"], database_url: "postgres://db/app", pool_size: 5 }"#;
const NESTED: &str = r#"App { port: 9000, tags: ["a", "b"], database: Database { url: "postgres://db/app", pool_size: 5 } }"#;
const FILE: &str = "[database]\npool_size = 5\n";

/// A page whose settings are in groups, and in a file too.
const fn nested(
    name: &'static str,
    (old, new): (&'static str, &'static str),
    variables: &'static [(&'static str, &'static str)],
) -> Page {
    Page {
        name,
        old,
        new,
        file: Some(FILE),
        env_file: None,
        variables,
        printed: NESTED,
        mistakes: &[("APP_PORT", "eighty"), ("APP_DATABASE__POOL_SIZ", "5")],
    }
}

/// A page whose settings are in one struct, and in variables only.
const fn flat(name: &'static str, (old, new): (&'static str, &'static str)) -> Page {
    Page {
        name,
        old,
        new,
        file: None,
        env_file: None,
        variables: &[
            ("APP_PORT", "9000"),
            ("APP_TAGS", "a,b"),
            ("APP_DATABASE_URL", "postgres://db/app"),
            ("APP_POOL_SIZE", "5"),
        ],
        printed: FLAT,
        mistakes: &[("APP_PORT", "eighty"), ("APP_POOL_SIZ", "5")],
    }
}

const PAGES: [Page; 6] = [
    nested(
        "figment",
        programs!("figment"),
        &[
            ("APP_PORT", "9000"),
            ("APP_TAGS", r#"["a", "b"]"#),
            ("APP_DATABASE__URL", "postgres://db/app"),
        ],
    ),
    nested(
        "config",
        programs!("config"),
        &[
            ("APP_PORT", "9000"),
            ("APP_TAGS", "a,b"),
            ("APP_DATABASE__URL", "postgres://db/app"),
        ],
    ),
    nested(
        "confique",
        programs!("confique"),
        &[
            ("APP_PORT", "9000"),
            ("APP_TAGS", "a,b"),
            ("APP_DATABASE__URL", "postgres://db/app"),
        ],
    ),
    flat("envy", programs!("envy")),
    Page {
        env_file: Some("DATABASE_URL=postgres://db/app\nPOOL_SIZE=5\n"),
        variables: &[("PORT", "9000"), ("TAGS", "a,b")],
        mistakes: &[("PORT", "eighty"), ("POOL_SIZ", "5")],
        ..flat("dotenvy", programs!("dotenvy"))
    },
    flat("clap", programs!("clap")),
];

/// Runs a program with these variables alone. Returns what it printed, and whether it succeeded.
fn run(
    program: &str,
    files: &[(&str, Option<&str>)],
    variables: &[(&str, &str)],
) -> (String, bool) {
    let directory = TempDir::new().unwrap();
    for (name, content) in files {
        if let Some(content) = content {
            fs::write(directory.path().join(name), content).unwrap();
        }
    }
    let output = Command::new(program)
        .current_dir(directory.path())
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8(printed).unwrap();
    (printed.trim_end().to_owned(), output.status.success())
}

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The code of a program, without its first comment.
fn code(name: &str) -> String {
    let text = read(name);
    let (_, code) = text.split_once("\n\n").unwrap();
    code.to_owned()
}

#[track_caller]
fn assert_shows(page: &str, language: &str, text: &str) {
    let block = format!("```{language}\n{}\n```", text.trim_end());
    assert!(
        read(page).contains(&block),
        "{page} does not contain\n{block}"
    );
}

#[test]
fn both_programs_print_the_same() {
    for page in PAGES {
        let files = [("app.toml", page.file), (".env", page.env_file)];
        for program in [page.old, page.new] {
            let printed = run(program, &files, page.variables);
            assert_eq!(printed, (page.printed.to_owned(), true), "{program}");
        }
    }
}

#[test]
fn the_pages_show_the_code_and_the_mistakes() {
    for page in PAGES {
        let readme = format!("{}/README.md", page.name);
        for (program, version) in [(page.old, "old"), (page.new, "new")] {
            assert_shows(
                &readme,
                "rust",
                &code(&format!("{}/{version}.rs", page.name)),
            );
            let (printed, is_valid) = run(program, &[], page.mistakes);
            assert!(!is_valid, "{program}: {printed}");
            assert_shows(&readme, "text", &printed);
        }
    }
    let page = "pydantic_settings/README.md";
    assert_shows(page, "rust", &code("pydantic_settings/new.rs"));
    assert_shows(page, "python", &code("pydantic_settings/old.py"));
}

/// The row of a feature in the table of README.md, without its links and notes.
fn row(feature: &str) -> Vec<String> {
    let readme = read("README.md");
    let begin = format!("| {feature} |");
    let line = readme.lines().find_map(|line| line.strip_prefix(&begin));
    let cells = line
        .unwrap_or_else(|| panic!("no row {feature}"))
        .split('|');
    let cells = cells.map(|cell| cell.trim().to_owned());
    cells.filter(|cell| !cell.is_empty()).collect()
}

/// Asserts that the table says of each crate, and of this one, what its program does.
#[track_caller]
fn assert_row(feature: &str, does: impl Fn(&Page, &str) -> Option<bool>) {
    let words = |does| match does {
        Some(true) => "yes",
        Some(false) => "no",
        None => "–",
    };
    let mut found: Vec<&str> = Vec::new();
    for page in &PAGES {
        found.push(words(does(page, page.old)));
        if does(page, page.new).is_some() {
            assert_eq!(does(page, page.new), Some(true), "{}", page.name);
        }
    }
    found.insert(0, "yes");
    assert_eq!(row(feature), found, "{feature}");
}

#[test]
fn the_comparison_of_reports_is_what_the_programs_do() {
    let report = |page: &Page, program: &str| run(program, &[], page.mistakes).0;
    assert_row("every problem in one report", |page, program| {
        let report = report(page, program).to_lowercase();
        Some(report.contains("port") && report.contains("url"))
    });
    assert_row("a misspelled variable is reported", |page, program| {
        // A message that only quotes the expected name does not mention the misspelled one.
        let report = report(page, program);
        Some(report.contains("POOL_SIZ ") || report.ends_with("POOL_SIZ"))
    });
    assert_row(
        "a missing setting is reported with its variable",
        |page, program| {
            let mut variables = page.variables.to_vec();
            variables.retain(|(name, _)| !name.contains("URL"));
            let (report, _) = run(program, &[("app.toml", page.file)], &variables);
            let name = if page.name == "dotenvy" {
                "DATABASE_URL"
            } else {
                "APP_DATABASE_URL"
            };
            Some(report.replace("__", "_").contains(name))
        },
    );
    assert_row(
        "an invalid value in a file is reported with its line",
        |page, program| {
            page.file?;
            let file = "\nport = \"eighty\"\n[database]\nurl = \"x\"\npool_size = 5\n";
            let (report, _) = run(program, &[("app.toml", Some(file))], &[]);
            Some(report.contains("app.toml:2") || report.contains("line 2"))
        },
    );
    assert_row(
        "digits in a variable are text for a `String`",
        |page, program| {
            let variables = page.variables.iter().map(|(name, value)| {
                let is_url = name.contains("URL");
                (*name, if is_url { "12345" } else { *value })
            });
            let variables: Vec<_> = variables.collect();
            let env_file = page.env_file.map(|_| "DATABASE_URL=12345\nPOOL_SIZE=5\n");
            let files = [("app.toml", page.file), (".env", env_file)];
            Some(
                run(program, &files, &variables)
                    .0
                    .contains(r#"url: "12345""#),
            )
        },
    );
}
