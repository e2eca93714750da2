//! A group needs `nested` even if serde can build it.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    servers: Vec<Server>,
}

#[derive(Settings, serde::Deserialize)]
#[settings(group)]
struct Server {
    bind: String,
}

fn main() {
    let _ = App::load().unwrap().servers;
}
