//! What needs a feature is refused where it is asked for, and the rest works: `TRYBUILD=overwrite` writes the words anew.

#[test]
fn what_needs_a_feature_is_refused_when_the_program_is_built() {
    let programs = trybuild::TestCases::new();
    programs.compile_fail("tests/ui/refused/*.rs");
    programs.pass("tests/ui/works.rs");
}
