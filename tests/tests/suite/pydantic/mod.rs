//! Behaviour that users of pydantic-settings expect, one file per topic.

use crate::dir::Dir;
use settings_core::{Error, Loaded, Settings};

mod arguments;
mod dotenv_files;
mod files;
mod nesting;
mod precedence;
mod secrets_directories;
mod settings;

fn env<T: Settings>(variables: &[(&str, &str)]) -> Result<T, Error> {
    let variables = variables.to_vec();
    T::empty_loader()
        .env_from(variables)
        .load()
        .map(Loaded::into_inner)
}

fn dotenv<T: Settings>(content: &str) -> Result<Loaded<T>, Error> {
    let dir = Dir::with(&[(".env", content)]);
    T::empty_loader().env_file(dir.path(".env")).load()
}

fn secrets<T: Settings>(files: &[(&str, &str)]) -> Result<Loaded<T>, Error> {
    let dir = Dir::with(files);
    T::empty_loader().secrets_dir(dir.path("")).load()
}

#[derive(Debug, Settings)]
struct Simple {
    apple: String,
}

#[derive(Debug, Settings)]
struct Defaulted {
    #[settings(default = "default")]
    apple: String,
}
