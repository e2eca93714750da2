//! Two leaves with one name, across nested structs.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    server_bind: String,
    #[settings(nested)]
    server: Server,
}

#[derive(Settings)]
#[settings(group)]
struct Server {
    bind: String,
}

fn main() {}
