//! A malformed key shows its form.

use settings_core::Settings;

#[derive(Settings)]
#[settings(prefix("A_"), derived, unknown = "loud", file = maybe("a.toml"), secrets_dir = dotenvy("a"))]
struct App {
    #[settings(env)]
    a: u8,
    #[settings(env = A)]
    b: u8,
    #[settings(env = [])]
    c: u8,
    #[settings(secret = "no")]
    d: Pin,
    #[settings(validate = "check")]
    e: u8,
    #[settings(validate = check())]
    f: u8,
    #[settings(default = 1 range(1..=9))]
    g: u8,
    #[settings = "h"]
    h: u8,
}

struct Pin;

fn main() {}
