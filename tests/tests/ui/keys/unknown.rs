//! An unknown key suggests the key that was meant, and where it belongs.

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
    #[settings(unmasked)]
    f: String,
    #[settings(defualt = f(1, 2), rnage(1..=9), secrte, env = "A", exampel = "x")]
    g: u8,
}

fn main() {}
