//! `cargo run --example storage`: a group of one of several shapes, chosen by a tag.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use settings_core::{Error, SecretString, Settings};
use std::path::PathBuf;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    /// `APP_STORAGE_KIND=s3`, `APP_STORAGE_BUCKET=uploads`.
    #[settings(nested)]
    storage: Storage,
    /// `APP_MIRRORS=memory,/var/mirror`, or `APP_MIRRORS__0__KIND=local`, `APP_MIRRORS__0__PATH=/a`.
    #[settings(nested)]
    mirrors: Vec<Storage>,
}

/// Where uploads are kept.
#[derive(Debug, Settings)]
#[settings(group, tag = "kind")]
enum Storage {
    /// In memory, lost at exit.
    #[settings(default, alias = "mem")]
    Memory,
    /// Nowhere: `APP_STORAGE=off`.
    #[settings(alias = "false")]
    Disabled,
    /// In a local directory, in parts.
    Local {
        path: PathBuf,
        #[settings(default = 8, range(1..=64))]
        shards: u16,
    },
    /// In an S3 bucket: the settings of the group are beside the tag.
    S3(S3Settings),
    /// In this directory: `APP_STORAGE=/var/uploads`.
    #[settings(scalar)]
    Directory(PathBuf),
}

#[derive(Debug, Settings)]
#[settings(group)]
struct S3Settings {
    bucket: String,
    key: SecretString,
}

fn main() -> Result<(), Error> {
    let app = App::empty_loader()
        .env_from([
            ("APP_STORAGE_KIND", "s3"),
            ("APP_STORAGE_BUCKET", "uploads"),
            ("APP_STORAGE_KEY", "hunter2"),
            ("APP_MIRRORS", "memory, /var/mirror"),
        ])
        .load()?;
    let place = match &app.storage {
        Storage::Memory | Storage::Disabled => "nowhere".to_owned(),
        Storage::Local { path, shards } => format!("{}, in {shards} parts", path.display()),
        Storage::S3(s3) => format!("the bucket {}", s3.bucket),
        Storage::Directory(path) => path.display().to_string(),
    };
    println!("uploads are kept in {place}");
    print!("{}", app.dump());

    // A setting of another variant is reported.
    let app = App::empty_loader()
        .env_from([("APP_STORAGE", "off"), ("APP_STORAGE_BUCKET", "uploads")])
        .load()?;
    println!("{}", app.warnings()[0]);
    Ok(())
}
