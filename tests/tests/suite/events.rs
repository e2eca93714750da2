//! Warnings as `tracing` events.

use settings_core::Settings;
use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Collects the fields of every event.
#[derive(Clone, Default)]
pub(crate) struct Events(pub(crate) Arc<Mutex<Vec<String>>>);

impl Subscriber for Events {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut said = Said(event.metadata().level().to_string());
        event.record(&mut said);
        self.0.lock().unwrap().push(said.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Said(String);

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(deprecated = "nothing reads it")]
    legacy: Option<u8>,
    token: Option<String>,
}

#[test]
fn every_warning_is_an_event_and_nothing_else_is() {
    let events = Events::default();
    let loaded = tracing::subscriber::with_default(events.clone(), || {
        let variables = [
            ("APP_LEGACY", "1"),
            ("APP_TOKEN", "hunter2"),
            ("APP_LEGCY", "2"),
        ];
        App::empty_loader().env_from(variables).load().unwrap()
    });
    assert!(loaded.legacy.is_some() && loaded.token.is_some());
    let events = events.0.lock().unwrap();
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events.len(), loaded.warnings().len());
    for (event, warning) in events.iter().zip(loaded.warnings()) {
        assert!(event.starts_with(Level::WARN.as_str()), "{event}");
        let kind = format!("{:?}", warning.kind()).to_lowercase();
        assert!(event.contains(&kind), "{event}");
        assert!(event.contains(&warning.to_string()), "{event}");
        assert!(!event.contains("hunter2"), "{event}");
    }
}

/// Without the event, a misspelled change would be silent, because it changes nothing.
#[test]
fn a_new_warning_of_live_settings_is_an_event() {
    let dir = crate::dir::Dir::with(&[(".env", "APP_TOKEN=hunter2")]);
    let live = App::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap();
    let events = Events::default();
    let load = |text: &str| {
        dir.write(".env", text);
        tracing::subscriber::with_default(events.clone(), || live.reload()).unwrap();
        std::mem::take(&mut *events.0.lock().unwrap())
    };
    assert_eq!(load("APP_TOKEN=hunter2\n").len(), 0);
    let typo = "APP_TOKEN=hunter2\nAPP_LEGCY=2";
    let events = load(typo);
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(events[0].contains("APP_LEGCY"), "{events:?}");
    assert_eq!(load(typo).len(), 0);
    assert_eq!(load("APP_TOKEN=hunter2").len(), 0);
    assert_eq!(load(typo).len(), 1);
    assert_eq!(live.revision(), 1);
}

#[derive(Debug, Settings)]
struct Overridden {
    #[settings(default = "info", reload)]
    log_level: String,
}

#[test]
fn a_change_that_a_higher_layer_overrides_is_an_event() {
    let dir = crate::dir::Dir::with(&[("a.env", "LOG_LEVEL=info")]);
    let live = Overridden::empty_loader()
        .env_file(dir.path("a.env"))
        .env_from([("LOG_LEVEL", "warn")])
        .live()
        .unwrap();
    let events = Events::default();
    let reload = |text: &str| {
        dir.write("a.env", text);
        tracing::subscriber::with_default(events.clone(), || live.reload()).unwrap();
        std::mem::take(&mut *events.0.lock().unwrap())
    };
    assert_eq!(reload("# the same\nLOG_LEVEL=info").len(), 0);
    let events = reload("LOG_LEVEL=debug");
    assert_eq!(events.len(), 1, "{events:?}");
    let expected =
        "log_level in a.env:1 has no effect: environment variable LOG_LEVEL overrides it";
    assert!(dir.relative(&events[0]).contains(expected), "{events:?}");
    assert_eq!(reload("LOG_LEVEL=debug\n").len(), 0);
    assert_eq!(live.current().log_level, "warn");
}
