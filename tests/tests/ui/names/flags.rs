//! A flag is well formed and belongs to one setting.

use settings_core::Settings;

#[derive(Settings)]
struct Malformed {
    #[settings(flag = "--port")]
    dashes: u8,
    #[settings(flag = "my port")]
    space: u8,
    #[settings(flag = "Help")]
    reserved: u8,
    #[settings(short = 'h')]
    help: u8,
    #[settings(short = '1')]
    digit: u8,
    #[settings(short = "p")]
    text: u8,
    #[settings(flag = "x", no_flag)]
    both: u8,
}

#[derive(Settings)]
struct App {
    #[settings(nested)]
    first: Server,
    #[settings(nested)]
    second: Server,
    #[settings(flag = "first-host", short = 'p')]
    own: u8,
}

#[derive(Settings)]
#[settings(group)]
struct Server {
    #[settings(flag = "port", short = 'p')]
    port: u16,
    host: String,
}

#[derive(Settings)]
struct Lists {
    #[settings(nested)]
    servers: Vec<Server>,
}

fn main() {}
