//! Names of the settings of one variant are distinct, across nested structs too.

use settings_core::Settings;

#[derive(Settings)]
#[settings(group)]
struct S3Settings {
    bucket: String,
    path: String,
}

/// The tag beside the settings of a group.
#[derive(Settings)]
#[settings(group, tag = "bucket")]
enum ByTag {
    S3(S3Settings),
    Local { path: String },
}

/// A setting in one variant, and a group in another.
#[derive(Settings)]
#[settings(group)]
enum Mixed {
    S3 {
        #[settings(nested)]
        s3: S3Settings,
    },
    Other {
        s3: String,
    },
}

/// A setting beside an enum that is flattened.
#[derive(Settings)]
struct Flat {
    path: String,
    #[settings(flatten)]
    storage: Storage,
}

#[derive(Settings)]
#[settings(group)]
enum Storage {
    S3(S3Settings),
    Local { path: String },
}

fn main() {}
