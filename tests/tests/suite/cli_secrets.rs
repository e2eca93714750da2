//! No subcommand shows a secret, whatever contains it and whatever is invalid.

use crate::settings_command::{SettingsCommand, settings_command};

const CANARY: &str = "zebra-Quartz-71";

fn each_command(app: &SettingsCommand) -> Vec<String> {
    let mut all = Vec::new();
    let mut run = |words: &[&str]| {
        let printed = app.run(words);
        all.push(format!("{words:?}\n{}{}", printed.out, printed.err));
    };
    for format in ["table", "json", "toml", "env"] {
        run(&["dump", "--sources", "--format", format]);
        run(&["dump", "--changed", "--full", "--format", format]);
    }
    for format in ["text", "json"] {
        run(&["check", "--format", format]);
        run(&["check", "--env-file", "other.env", "--format", format]);
    }
    run(&["diff", "other.env"]);
    run(&["diff", "other.env", ".env"]);
    for key in [
        "token",
        "db_password",
        "url",
        "tags",
        "labels",
        "mirrors",
        "mirrors[0].token",
        "server.port",
        "connection",
    ] {
        run(&["explain", key]);
    }
    for format in ["markdown", "env", "json-schema", "kubernetes"] {
        run(&["docs", "--format", format]);
    }
    all
}

#[test]
fn no_output_contains_a_secret() {
    let url = format!("postgres://me:{CANARY}@host/db");
    let env = format!(
        "APP_TOKEN={CANARY}\nAPP_DB_PASSWORD=\"{CANARY}\\n$X\"\nAPP_URL='{url}'\nAPP_TAGS='{url},b'\n\
         APP_LABELS='{{\"password\":\"{CANARY}\"}}'\nAPP_MIRRORS__0__HOST=h\nAPP_MIRRORS__0__TOKEN={CANARY}\n"
    );
    let toml = format!(
        "token = '{CANARY}'\ndb_password = '{CANARY}'\nurl = '{url}'\nlabels.api_key = '{CANARY}'\n"
    );
    let app = || {
        settings_command()
            .file(".env", &env)
            .file("other.env", &env)
            .file("config.toml", &toml)
            .file("secrets/token", CANARY)
            .file("secrets/url", CANARY)
    };
    let broken_file = format!("{env}APP_TOKEN=\"{CANARY}\" {CANARY}\n{CANARY}\n");
    for app in [
        app(),
        app().var("APP_TOKEN", CANARY).var("APP_URL", &url),
        app()
            .var("APP_SERVER_PORT", "many")
            .var("APP_TOKEN_FILE", "none"),
        app()
            .var("APP_ENVIRONMENT", "wrong")
            .var("APP_TAGS", &format!("{url},{url},{url},{url}")),
        app().var("APP_LABELS", &format!("{{\"password\":\"{CANARY}\"")),
        app()
            .file("other.env", &broken_file)
            .file(".env", &broken_file),
    ] {
        for output in each_command(&app) {
            assert!(!output.contains(CANARY), "{output}");
        }
    }
}
