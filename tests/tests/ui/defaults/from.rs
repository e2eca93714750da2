//! `default_from` names other settings of the struct, without a cycle, and its expression has the type of the setting.

use settings_core::Settings;

#[derive(Settings)]
#[settings(env_file = ".env.{name}")]
struct App {
    #[settings(default_from(b) = *b)]
    a: u16,
    #[settings(default_from(c, port) = c + port)]
    b: u16,
    #[settings(default_from(a) = *a)]
    c: u16,
    #[settings(default_from(itself) = 1)]
    itself: u16,
    port: u16,
    #[settings(default_from(hots) = 1)]
    unknown: u16,
    #[settings(default_from(server) = 1)]
    group: u16,
    #[settings(default_from(cache) = 1)]
    skipped: u16,
    #[settings(default_from(port, port) = 1)]
    twice: u16,
    #[settings(default_from(port) = 1, default = 1)]
    two: u16,
    #[settings(default_from() = 1)]
    nothing: u16,
    #[settings(default_from(port))]
    no_value: u16,
    #[settings(default_from = 1)]
    no_names: u16,
    #[settings(default_from(port) = vec![*port], merge = "append")]
    merged: Vec<u16>,
    host: String,
    #[settings(default_from(host) = host.clone())]
    name: String,
    #[settings(skip)]
    cache: u8,
    #[settings(nested)]
    server: Server,
}

#[derive(Settings)]
#[settings(group)]
struct Server {
    #[settings(default = 1)]
    port: u16,
}

fn main() {}
