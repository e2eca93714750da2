//! `required_if` names another setting and a text that it can have.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(pattern = "^(development|production)$")]
    environment: String,
    tls: bool,
    #[settings(required_if(enviroment = "production"))]
    a: Option<String>,
    #[settings(required_if(environment = "prod"))]
    b: Option<String>,
    #[settings(required_if(tls = "perhaps"))]
    c: Option<String>,
    #[settings(required_if(tls = true))]
    d: Option<String>,
    #[settings(required_if(e = "x"))]
    e: Option<String>,
    #[settings(required_if(tls))]
    f: Option<String>,
    #[settings(required_if(cache = "x"))]
    g: Option<String>,
    #[settings(required_if(server = "x"))]
    h: Option<String>,
    #[settings(required_if(tls = "true", environment = "production"))]
    i: Option<String>,
    #[settings(skip)]
    cache: u8,
    #[settings(nested)]
    server: Server,
}

#[derive(Settings)]
#[settings(group)]
struct Server {
    bind: String,
}

fn main() {}
