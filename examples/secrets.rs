//! `cargo run --example secrets`: secrets by type, name and attribute, and how to use them.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use serde::Deserialize;
use settings_core::{Error, ExposeSecret, SecretString, Settings};
use std::fmt;

#[derive(Debug, Settings)]
struct App {
    /// Masked by its type, and wiped from memory when it is dropped.
    signing_key: SecretString,
    /// Masked by its name in all output of the framework. For your own code it is an ordinary `String`.
    smtp_password: String,
    /// Not a secret, although its name suggests one.
    #[settings(default = "csrf", secret = false)]
    form_token: String,
    /// Only the password in the URL is masked.
    #[settings(default = "redis://app:hunter2@cache:6379/0")]
    cache_url: String,
    /// Masked by the attribute. The `Debug` of the type must not print the value.
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

    // A secret is exposed only where it is used.
    assert_eq!(app.signing_key.expose_secret(), "hunter2");
    assert_eq!(app.pin.0, 1234);

    // Reports do not show it either.
    let error = App::empty_loader()
        .env_from([
            ("SIGNING_KEY", "k"),
            ("SMTP_PASSWORD", "p"),
            ("PIN", "hunter2"),
        ])
        .load()
        .expect_err("the PIN is invalid");
    println!("\n{error}");
    assert!(!error.to_string().contains("hunter2"));
    Ok(())
}
