//! `cargo run --example secrets`: what is hidden, by type, by name and by attribute; and how a secret is used.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use serde::Deserialize;
use settings_core::{Error, ExposeSecret, SecretString, Settings};
use std::fmt;

#[derive(Debug, Settings)]
struct App {
    /// Hidden by its type, and wiped from memory when it is dropped.
    signing_key: SecretString,
    /// Hidden by its name when it is printed here; to your own code it is a `String` like any other.
    smtp_password: String,
    /// Its name tells of a secret, but it is none.
    #[settings(default = "csrf", unmasked)]
    form_token: String,
    /// The password in a URL is hidden, the rest is shown.
    #[settings(default = "redis://app:hunter2@cache:6379/0")]
    cache_url: String,
    /// A type of your own: say that it is secret. Its `Debug` must not print it.
    #[settings(secret)]
    pin: Pin,
}

#[derive(Deserialize)]
struct Pin(u16);

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

fn main() -> Result<(), Error> {
    let app = App::empty_loader()
        .env_from([
            ("SIGNING_KEY", "hunter2"),
            ("SMTP_PASSWORD", "hunter2"),
            ("PIN", "1234"),
        ])
        .load()?;
    print!("{}", app.dump());

    // A secret is taken out where it is used, and nowhere else.
    assert_eq!(app.signing_key.expose_secret(), "hunter2");
    assert_eq!(app.pin.0, 1234);

    // Neither does a report show it.
    let error = App::empty_loader()
        .env_from([
            ("SIGNING_KEY", "k"),
            ("SMTP_PASSWORD", "p"),
            ("PIN", "hunter2"),
        ])
        .load()
        .expect_err("wrong on purpose");
    println!("\n{error}");
    assert!(!error.to_string().contains("hunter2"));
    Ok(())
}
