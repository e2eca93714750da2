//! With the feature `tracing`, a load emits its warnings as events.

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

/// Keeps what every event says.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

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
fn each_warning_is_an_event_and_nothing_else_is() {
    let events = Events::default();
    let loaded = tracing::subscriber::with_default(events.clone(), || {
        let variables = [
            ("APP_LEGACY", "1"),
            ("APP_TOKEN", "hunter2"),
            ("APP_LEGCY", "2"),
        ];
        App::bare_loader().env_from(variables).load().unwrap()
    });
    assert!(loaded.legacy.is_some() && loaded.token.is_some());
    let events = events.0.lock().unwrap();
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events.len(), loaded.warnings().len());
    for (event, warning) in events.iter().zip(loaded.warnings()) {
        assert!(event.starts_with(Level::WARN.as_str()), "{event}");
        assert!(event.contains(&format!("{:?}", warning.kind())), "{event}");
        assert!(event.contains(&warning.to_string()), "{event}");
        assert!(!event.contains("hunter2"), "{event}");
    }
}
