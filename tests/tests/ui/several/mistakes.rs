//! All errors of a struct are reported in one build, and code that uses it causes no further errors.

use settings_core::Settings;

#[derive(Settings)]
#[settings(prefx = "APP_", unknown = "wran", default = 1, derived(pub url: String = self.missing()))]
struct App {
    #[settings(defualt = 1, range(9..=1), range(1..=9))]
    threads: u8,
    #[settings(default = 300, pattern = "(", env = "A=B")]
    port: u16,
    #[settings(default = "5 parsecs")]
    timeout: std::time::Duration,
    #[settings(nested, default = 1)]
    server: Server,
}

#[derive(Settings)]
#[settings(group, prefix = "SERVER_")]
struct Server {
    #[settings(required)]
    bind: String,
}

fn main() {
    let app = App::load().unwrap();
    let _: &str = &app.url();
    let _ = App::get().server.bind.len();
    let _ = App::SCHEMA;
}
