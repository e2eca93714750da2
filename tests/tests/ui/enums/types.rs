//! The field of a variant without names is one group.

use settings_core::Settings;

#[derive(Settings)]
#[settings(group)]
struct S3Settings {
    bucket: String,
}

#[derive(Settings)]
#[settings(group)]
enum Optional {
    S3(Option<S3Settings>),
}

#[derive(Settings)]
#[settings(group)]
enum Flat {
    S3(#[settings(flatten)] S3Settings),
}

fn main() {}
