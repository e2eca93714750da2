//! What the derive refuses, and in which words: `TRYBUILD=overwrite` writes them anew.

#[test]
fn mistakes_are_told_when_the_program_is_built() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
