//! No event, status or report of live settings shows a secret.

use crate::dir::Dir;
use settings_core::{SecretString, Settings};

const CANARIES: [&str; 2] = ["zebra-Quartz-71", "yak-Topaz-72"];

#[derive(Clone, serde::Deserialize)]
struct Token(String);

#[derive(Settings)]
#[settings(
    prefix = "APP_",
    validate = Self::reveals,
    derived(pub connection: String = format!("by {}", self.token.0)),
)]
struct App {
    #[settings(reload)]
    key: SecretString,
    #[settings(secret)]
    token: Token,
    #[settings(reload)]
    db_password: String,
    #[settings(reload)]
    url: String,
    #[settings(default = 1, reload)]
    rate: u32,
}

impl App {
    fn reveals(&self) -> Result<(), String> {
        if self.rate < 5 {
            Ok(())
        } else {
            Err(format!(
                "refused beside {} and {}",
                self.token.0, self.db_password
            ))
        }
    }
}

fn file(canary: &str, rest: &str) -> String {
    format!(
        "APP_KEY={canary}\nAPP_TOKEN={canary}\nAPP_DB_PASSWORD={canary}\nAPP_URL=http://u:{canary}@h\n{rest}"
    )
}

#[test]
fn no_event_status_or_report_contains_a_secret() {
    let dir = Dir::with(&[(".env", &file(CANARIES[0], ""))]);
    let live = App::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap();
    let events = live.subscribe_channel();
    let mut said = Vec::new();
    let bad = format!("APP_RATE={}", CANARIES[1]);
    for rest in [
        "",
        "APP_RATE=6",
        "APP_RATE=x",
        &bad,
        "APP_NOPE=1\nAPP_RATE=2",
    ] {
        dir.write(".env", file(CANARIES[1], rest));
        said.push(format!("{:?}", live.reload()));
        said.push(format!("{:?} {:?}", live.status(), live));
        said.push(live.current().loaded().dump().to_string());
        said.push(live.to_html());
        said.push(live.to_json());
        said.push(format!("{:?}", live.current()));
    }
    let last = live.revision();
    drop(live);
    let events: Vec<_> = events.iter().collect();
    assert!(events.len() >= 4, "{events:?}");
    said.push(format!("{events:?}"));
    said.extend(events.iter().map(ToString::to_string));
    assert_eq!(last, 3);
    let said = said.join("\n");
    // A value that is malformed and no secret is quoted.
    let said = said.replace(&format!("found \"{}\"", CANARIES[1]), "");
    let said = said.replace(&format!("found &quot;{}&quot;", CANARIES[1]), "");
    let said = said.replace(&format!("found \\\"{}\\\"", CANARIES[1]), "");
    for canary in CANARIES {
        assert!(!said.contains(canary), "{said}");
    }
    assert!(said.contains("key: [redacted] -> [redacted]"), "{said}");
}
