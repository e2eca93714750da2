//! The type of a setting implements `Deserialize`.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    level: Level,
    name: &'static str,
}

struct Level;

fn main() {
    let _ = App::load().unwrap().level;
}
