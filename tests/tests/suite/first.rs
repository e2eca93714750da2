//! The report of the struct that everyone starts with.

use settings_core::{SecretString, Settings};

#[derive(Debug, Settings)]
#[settings(env_file = ".env", unknown = "ignore")]
struct AppSettings {
    #[settings(default = "FastAPI App")]
    app_name: String,
    #[settings(default = "1.0.0")]
    version: String,
    #[settings(default = false)]
    debug: bool,
    #[settings(
        default = "development",
        pattern = "^(development|staging|production)$"
    )]
    environment: String,
    database_url: String,
    #[settings(default = 10)]
    db_pool_size: u32,
    #[settings(default = 20)]
    db_max_overflow: u32,
    #[settings(default = "redis://localhost:6379/0")]
    redis_url: String,
    secret_key: SecretString,
    #[settings(default = 30)]
    access_token_expire_minutes: u32,
    sentry_dsn: Option<String>,
    otlp_endpoint: Option<String>,
}

#[test]
fn all_five_mistakes_stand_on_one_page() {
    let variables = [
        ("ENVIRONMENT", "prod"),
        ("DB_POOL_SIZE", "lots"),
        ("DEBUG", "banana"),
    ];
    let error = AppSettings::bare_loader()
        .env_from(variables)
        .load()
        .unwrap_err();
    println!("{error}");
    assert_eq!(error.problems().len(), 5);
}

#[test]
fn it_loads() {
    let variables = [
        ("database_url", "postgres://u:hunter2@h/db"),
        ("SECRET_KEY", "12345"),
        ("app_name", "007"),
    ];
    let loaded = AppSettings::bare_loader()
        .env_from(variables)
        .load()
        .unwrap();
    println!("{}\n{}", loaded.dump(), loaded.to_json());
    assert_eq!(loaded.app_name, "007");
}
