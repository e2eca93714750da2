//! A group has none of the keys of a setting.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(nested, default = 1, env = "A", secret)]
    a: Server,
    #[settings(nested, validate = check)]
    b: Server,
    #[settings(flatten, rename = "x")]
    c: Server,
}

#[derive(Settings)]
#[settings(group)]
struct Server {
    bind: String,
}

fn main() {}
