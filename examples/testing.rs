//! `cargo test -p examples --example testing`: tests with settings of their own, which run in parallel.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use settings_core::Settings;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", file = "config.toml", env_file = ".env")]
struct App {
    #[settings(default = "Hello")]
    greeting: String,
    #[settings(default = 1, range(1..=3))]
    times: usize,
}

/// Code that reads the global settings.
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

    /// `empty_loader` has the rules and the prefix, but no sources: neither files nor the environment.
    #[test]
    fn times_have_an_upper_bound() {
        let load = |times| App::empty_loader().env_from([("APP_TIMES", times)]).load();
        assert_eq!(load("3").unwrap().times, 3);
        let error = load("4").unwrap_err();
        assert_eq!(error.problems()[0].key(), Some("times"));
    }

    /// `with_override` (feature `testing`) sets what `get` returns on this thread while the closure runs.
    #[test]
    fn the_greeting_is_configurable() {
        let settings = App::empty_loader().set("greeting", "Salve").load().unwrap();
        App::with_override(settings.into_inner(), || {
            assert_eq!(greet("Titus"), "Salve Titus");
        });
    }
}
