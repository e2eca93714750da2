//! Settings of nested structs have distinct names. Each clash is reported at both fields.

use settings_core::Settings;

#[derive(Settings)]
#[settings(prefix = "APP_")]
struct App {
    server_bind: String,
    #[settings(nested)]
    server: Server,
    #[settings(env = "APP_SERVER_PORT")]
    port: u16,
    #[settings(flatten)]
    log: Log,
    level: String,
    apart: String,
    #[settings(nested)]
    cache: Cache,
    #[settings(env = "TZ")]
    zone: String,
}

#[derive(Settings)]
#[settings(group)]
struct Server {
    bind: String,
    port: u16,
}

#[derive(Settings)]
#[settings(group)]
struct Log {
    level: String,
    #[settings(env = "TZ")]
    zone: String,
}

/// Alone, its names are distinct. Below `APP_CACHE_` they are not.
#[derive(Settings)]
#[settings(group)]
struct Cache {
    url: String,
    #[settings(env = "APP_CACHE_URL")]
    address: String,
}

fn main() {}
