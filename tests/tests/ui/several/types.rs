//! Errors of rustc and errors of the derive are reported in the same build.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(pattern = "(")]
    pattern: String,
    #[settings(default = 300)]
    number: u8,
    #[settings(default = String::new())]
    default: u8,
    server: Server,
    #[settings(nested)]
    nested: String,
    level: Level,
    #[settings(validate = text)]
    function: u8,
    #[settings(rename = "")]
    renamed: u8,
}

#[derive(Settings)]
#[settings(group)]
struct Server {
    bind: String,
}

struct Level;

fn text(_: &String) -> Result<(), String> {
    Ok(())
}

fn main() {
    let app = App::load().unwrap();
    let _ = app.server.bind.len() + usize::from(app.number);
}
