//! `cargo test -p examples --example testing`: tests that are alone with what they give, and run side by side.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use settings_core::Settings;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", file = "config.toml", env_file = ".env")]
struct App {
    #[settings(default = "Hello")]
    greeting: String,
    #[settings(default = 1, range(1..=3))]
    times: usize,
}

/// Code that asks for its settings where it needs them.
fn greet(name: &str) -> String {
    let app = App::get();
    vec![format!("{} {name}", app.greeting); app.times].join(" ")
}

fn main() {
    println!("{}", greet("reader"));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `empty_loader` has the rules and the prefix, but no source: neither files nor the environment of the machine.
    #[test]
    fn times_are_limited() {
        let load = |times| App::empty_loader().env_from([("APP_TIMES", times)]).load();
        assert_eq!(load("3").unwrap().times, 3);
        let error = load("4").unwrap_err();
        assert_eq!(error.problems()[0].key(), Some("times"));
    }

    /// `with_override` (feature `testing`) is what `get` gives on this thread, until the closure ends.
    #[test]
    fn a_greeting_can_be_changed() {
        let settings = App::empty_loader().set("greeting", "Salve").load().unwrap();
        App::with_override(settings.into_inner(), || {
            assert_eq!(greet("Titus"), "Salve Titus");
        });
    }
}
