//! A group has no `load`.

use settings_core::Settings;

#[derive(Settings)]
#[settings(group)]
struct Server {
    bind: String,
}

fn main() {
    let _ = Server::load();
}
