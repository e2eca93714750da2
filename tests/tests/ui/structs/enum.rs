//! An enum is a group, or the value of a setting.

use settings_core::Settings;

#[derive(Settings)]
enum App {
    A,
}

fn main() {
    let _ = App::load();
}
