//! A condition names another leaf and a text it may have.

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
}

fn main() {}
