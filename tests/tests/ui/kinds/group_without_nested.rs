//! A group needs `nested`.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    server: Server,
}

#[derive(Settings)]
#[settings(group)]
struct Server {
    bind: String,
}

fn main() {
    let _ = App::load().unwrap().server.bind;
}
