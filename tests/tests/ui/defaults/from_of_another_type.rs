//! The expression of `default_from` has the type of its setting.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    host: String,
    #[settings(default_from(host) = "https://example.org")]
    url: String,
    #[settings(default_from(host) = "https://example.org")]
    optional: Option<String>,
    #[settings(default_from(host) = host)]
    borrowed: String,
    #[settings(default_from(host) = other.clone())]
    not_named: String,
    other: String,
}

fn main() {}
