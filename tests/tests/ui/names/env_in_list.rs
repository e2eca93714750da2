//! A setting in a list of groups has no `env`.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(nested)]
    upstreams: Vec<Upstream>,
}

#[derive(Settings)]
#[settings(group)]
struct Upstream {
    #[settings(env = "UPSTREAM_URL")]
    url: String,
}

fn main() {}
