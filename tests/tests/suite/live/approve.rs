//! A program approves a reload before it is put in force.

use super::LONG;
use crate::dir::Dir;
use settings_core::{ExposeSecret, Live, SecretString, Settings, live::Event};
use snapbox::{assert_data_eq, str};
use std::sync::{Arc, Mutex};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = 8, range(..=100), reload)]
    workers: u32,
    #[settings(default = 1, reload)]
    other: u32,
    #[settings(default = 8080)]
    port: u16,
    #[settings(reload)]
    token: Option<SecretString>,
}

/// What the program was asked: the number of workers, and the keys.
type Asked = Arc<Mutex<Vec<(u32, Vec<String>)>>>;

fn live(dir: &Dir) -> (Live<App>, Asked) {
    let asked = Asked::default();
    let seen = asked.clone();
    let live = App::empty_loader()
        .env_file(dir.path(".env"))
        .approve(move |app: &App, changed| {
            let keys = changed.iter().map(|key| (*key).to_owned());
            seen.lock().unwrap().push((app.workers, keys.collect()));
            Ok::<_, String>(())
        })
        .approve(|app: &App, _| match (app.workers, &app.token) {
            (0, Some(token)) => Err(format!("no workers for {}", token.expose_secret())),
            (0, None) => Err("jobs are waiting\u{1b}[31m".to_owned()),
            _ => Ok(()),
        })
        .live()
        .unwrap();
    (live, asked)
}

#[test]
fn it_sees_the_new_settings_and_the_keys_that_change() {
    let dir = Dir::with(&[(".env", "APP_WORKERS=0")]);
    let (live, asked) = live(&dir);
    assert!(
        asked.lock().unwrap().is_empty(),
        "a start needs no approval"
    );
    live.reload().unwrap();
    dir.write(".env", "APP_WORKERS=1000");
    assert!(live.reload().is_err());
    dir.write(".env", "APP_WORKERS=0\nAPP_PORT=9090");
    live.reload().unwrap();
    assert!(
        asked.lock().unwrap().is_empty(),
        "nothing valid has changed"
    );
    dir.write(".env", "APP_WORKERS=5\nAPP_OTHER=2\nAPP_PORT=9090");
    live.reload().unwrap();
    let keys = vec!["workers".to_owned(), "other".to_owned()];
    assert_eq!(*asked.lock().unwrap(), [(5, keys)]);
}

#[test]
fn an_error_rejects_the_reload_with_its_text() {
    let dir = Dir::with(&[(".env", "APP_WORKERS=4")]);
    let (live, _) = live(&dir);
    let events = live.subscribe_channel();
    dir.write(".env", "APP_WORKERS=0\nAPP_OTHER=2");
    let error = live.reload().unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
1 problem in the settings (App)

  App: the program rejects the change of workers, other: jobs are waiting/u{1b}[31m
"#]]
    );
    let current = live.current();
    assert_eq!((current.workers, current.other, live.revision()), (4, 1, 1));
    assert!(matches!(
        events.recv_timeout(LONG).unwrap(),
        Event::Rejected { .. }
    ));
    // It is asked again, because it may decide otherwise.
    assert!(live.reload().is_err());
    dir.write(".env", "APP_WORKERS=5\nAPP_OTHER=2");
    assert_eq!(live.reload().unwrap(), 2);
}

#[test]
fn its_text_shows_no_secret() {
    let dir = Dir::with(&[(".env", "APP_WORKERS=4\nAPP_TOKEN=hunter2")]);
    let (live, _) = live(&dir);
    dir.write(".env", "APP_WORKERS=0\nAPP_TOKEN=hunter3");
    let error = live.reload().unwrap_err().to_string();
    assert!(error.contains("no workers for [redacted]"), "{error}");
    assert!(!error.contains("hunter"), "{error}");
}
