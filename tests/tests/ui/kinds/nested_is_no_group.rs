//! A `nested` field derives `Settings`.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(nested)]
    server: String,
}

fn main() {
    let _ = App::load().unwrap().server;
}
