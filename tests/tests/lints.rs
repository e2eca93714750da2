//! The derive under lints that users may forbid: nothing in its code needs an `allow`.
#![forbid(
    unsafe_code,
    unused,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    single_use_lifetimes,
    trivial_casts,
    variant_size_differences,
    nonstandard_style,
    rust_2018_idioms
)]
#![forbid(
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::absolute_paths,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::min_ident_chars,
    clippy::pattern_type_mismatch,
    clippy::question_mark_used,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::unreachable
)]

use settings_core::Settings;
use std::time::Duration;

/// Settings.
#[derive(Debug, Settings)]
#[settings(derived(
    /// Whether anything is served.
    pub serves: bool = self.workers > 0,
))]
struct App {
    /// A text.
    #[settings(default = "demo", length(1..), pattern = "^[a-z]+$", validate = short)]
    name: String,
    /// A number.
    #[settings(default = 4, range(1..=64))]
    workers: u32,
    /// A length of time.
    #[settings(default = Duration::from_secs(30))]
    timeout: Duration,
    /// Nothing new.
    #[deprecated]
    #[settings(default = 1)]
    old: u8,
    /// A group.
    #[settings(nested)]
    server: Server,
}

/// A group.
#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    /// Where.
    bind: Option<String>,
}

const fn short(name: &str) -> Result<(), &'static str> {
    if name.len() < 10 {
        Ok(())
    } else {
        Err("too long for a label")
    }
}

#[test]
fn the_derive_breaks_no_lint() {
    let app = App::bare_loader().load().expect("defaults for all");
    assert!(app.serves());
    assert_eq!(app.name, "demo");
    assert_eq!(app.workers, 4);
    assert_eq!(app.timeout.as_secs(), 30);
    assert_eq!(app.server.bind, None);
}
