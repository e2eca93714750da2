//! Features: code that needs a disabled feature is a compile error, and all other code builds.
//!
//! `TRYBUILD=overwrite` rewrites the messages.

#[test]
fn code_that_needs_a_disabled_feature_does_not_build() {
    let programs = trybuild::TestCases::new();
    programs.compile_fail("tests/ui/refused/*.rs");
    programs.pass("tests/ui/works.rs");
}
