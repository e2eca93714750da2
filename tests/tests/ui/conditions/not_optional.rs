//! Only an `Option` can be required now and then.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    tls: bool,
    #[settings(required_if(tls = "yes"))]
    a: String,
}

fn main() {}
