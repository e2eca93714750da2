//! An unknown key is told what it may have meant, and where that belongs.

use settings_core::Settings;

#[derive(Settings)]
#[settings(fiel = "a.toml", nestd)]
struct App {
    #[settings(defualt = 1)]
    a: u8,
    #[settings(prefx = "APP_")]
    b: u8,
    #[settings(regex = "a")]
    c: String,
    #[settings(colour = "red")]
    d: String,
    #[settings(optional)]
    e: String,
}

fn main() {}
