//! A derived property has a name of its own.

use settings_core::Settings;

#[derive(Settings)]
#[settings(derived(url: u8 = 1, get: u8 = 2, port: u8 = 3, port: u8 = 4))]
struct App {
    url: String,
}

fn main() {
    let _: u8 = App::get().port();
}
