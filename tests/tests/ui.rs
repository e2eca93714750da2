//! Compile-time checks: the errors of the derive, and the size of a schema. `TRYBUILD=overwrite` rewrites the messages.

use std::{fmt::Write, fs};

#[test]
fn errors_are_reported_when_the_program_is_built() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}

/// rustc reports an error if constant evaluation takes more than two million steps.
#[test]
fn a_thousand_settings_with_four_names_each_build() {
    let mut program = String::from("use settings_core::Settings;\n");
    let mut root =
        String::from("#[derive(Settings)]\n#[settings(prefix = \"APP_\")]\nstruct App {\n");
    for group in 0..20 {
        writeln!(
            root,
            "#[settings(nested)]\ngroup_number_{group}: Group{group},"
        )
        .unwrap();
        writeln!(
            program,
            "#[derive(Settings)]\n#[settings(group)]\nstruct Group{group} {{"
        )
        .unwrap();
        for setting in 0..50 {
            writeln!(
                program,
                "#[settings(alias = [\"alias_number_{setting}\", \"former_number_{setting}\", \"other_number_{setting}\"])]
                setting_number_{setting}: Option<u16>,"
            )
            .unwrap();
        }
        program.push_str("}\n");
    }
    root.push_str("}\nfn main() { App::empty_loader().load().unwrap(); }\n");
    program.push_str(&root);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("thousand.rs");
    fs::write(&path, program).unwrap();
    trybuild::TestCases::new().pass(&path);
}
