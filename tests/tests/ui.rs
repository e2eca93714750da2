//! What the derive refuses, and in which words: `TRYBUILD=overwrite` writes them anew.
//!
//! rustc names every type and trait of a build that might be meant, and with etcd there are others: this is run without.
#![cfg(not(feature = "etcd"))]

#[test]
fn mistakes_are_told_when_the_program_is_built() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
