//! `cargo run --example provider`: a figment provider as a layer.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Map},
};
use settings_core::{Error, Settings};

#[derive(Debug, Settings)]
struct App {
    #[settings(default = 8080)]
    port: u16,
    #[settings(default = "demo")]
    name: String,
}

/// Settings from another system, such as a database or a parameter store.
struct ParameterStore;

impl Provider for ParameterStore {
    fn metadata(&self) -> Metadata {
        Metadata::named("parameter store")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = Dict::from([("port".to_owned(), 9000.into())]);
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

fn main() -> Result<(), Error> {
    let app = App::empty_loader()
        .provider(ParameterStore)
        .env_from([("NAME", "shop")])
        .load()?;
    assert_eq!(app.port, 9000);
    print!("{}", app.dump());
    Ok(())
}
