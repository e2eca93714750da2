//! Derived properties: ordinary methods, and rows of the output.

use settings_core::{ExposeSecret, SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::sync::atomic::{AtomicU32, Ordering};

mod inside {
    use super::*;

    static CALLS: AtomicU32 = AtomicU32::new(0);

    /// Settings with properties.
    #[derive(Debug, Settings)]
    #[settings(
        derived(
            /// Whether this process serves production traffic.
            ///
            /// Never in tests.
            pub is_production: bool = self.environment == "production",
            pub(super) endpoint: String = format!("{}/v{}", self.server.address(), self.version),
            pub calls: u32 = CALLS.fetch_add(1, Ordering::SeqCst),
            pub perhaps: Option<u16> = self.server.port.checked_sub(9000),
            pub header: String = format!("Bearer {}", self.key.expose_secret()),
            pub session_token: String = "t".repeat(3),
            pub sealed: SecretString = "sealed text".into(),
            pub shape: Shape = Shape { sides: 4 },
            pub opaque: Opaque = Opaque,
            pub names: Vec<&'static str> = vec!["a", "b"],
            private: u8 = 1,
        ),
    )]
    pub(super) struct App {
        #[settings(default = "development")]
        pub environment: String,
        #[settings(default = 2)]
        pub version: u8,
        #[settings(default = "hunter2")]
        pub key: SecretString,
        #[settings(nested)]
        pub server: Server,
    }

    #[derive(Debug, Settings)]
    #[settings(group, derived(pub address: String = format!("{}:{}", self.host, self.port)))]
    pub(super) struct Server {
        #[settings(default = "localhost")]
        pub host: String,
        #[settings(default = 8080)]
        pub port: u16,
    }

    #[derive(Debug)]
    pub(super) struct Shape {
        #[expect(dead_code, reason = "read by `Debug`")]
        pub(super) sides: u8,
    }

    pub(super) struct Opaque;

    impl App {
        pub(super) fn private_from_inside(&self) -> u8 {
            self.private()
        }
    }
}

use inside::App;

#[test]
fn a_derived_property_is_an_ordinary_method() {
    let app = App::empty_loader()
        .env_from([("ENVIRONMENT", "production"), ("SERVER_PORT", "9001")])
        .load()
        .unwrap();
    assert!(app.is_production());
    assert_eq!(app.endpoint(), "localhost:9001/v2");
    assert_eq!(app.perhaps(), Some(1));
    assert_eq!(app.private_from_inside(), 1);
    let app: App = app.into_inner();
    assert_eq!(app.server.address(), "localhost:9001");
}

#[test]
fn the_type_of_a_derived_property_may_borrow_from_the_struct() {
    #[derive(Clone, Settings)]
    #[settings(derived(
        first: &str = &self.name[..1],
        doubled: Self = Self { name: self.name.repeat(2) },
        zeros: [u8; Self::COUNT] = [0; Self::COUNT],
    ))]
    struct Borrowing {
        #[settings(default = "ab")]
        name: String,
    }
    impl Borrowing {
        const COUNT: usize = 2;
    }
    let app = Borrowing::empty_loader().load().unwrap();
    assert_eq!((app.first(), &*app.doubled().name), ("a", "abab"));
    assert_eq!(app.zeros(), [0, 0]);
}

#[test]
fn a_derived_property_is_computed_at_each_call() {
    let app = App::empty_loader().load().unwrap();
    let first = app.calls();
    assert!(app.calls() > first);
}

#[test]
fn a_derived_property_is_a_row_masked_if_secret() {
    let app = App::empty_loader().load().unwrap();
    let table = app.dump().to_string();
    let table = table
        .lines()
        .filter(|line| !line.starts_with("calls"))
        .collect::<Vec<_>>()
        .join("\n");
    assert!(!table.contains("hunter2") && !table.contains("sealed text"));
    assert_data_eq!(
        table,
        str![[r#"
environment     development         default
version         2                   default
key             [redacted]          default
server.host     localhost           default
server.port     8080                default
server.address  localhost:8080      derived
is_production   false               derived
endpoint        localhost:8080/v2   derived
perhaps         (unset)             derived
header          [redacted]          derived
session_token   [redacted]          derived
sealed          [redacted]          derived
shape           Shape { sides: 4 }  derived
opaque          (computed)          derived
names           ["a", "b"]          derived
private         1                   derived
"#]]
    );
    let json = app.to_json();
    assert!(json.contains(r#""is_production":false"#), "{json}");
    assert!(json.contains(r#""address":"localhost:8080""#), "{json}");
    assert!(!json.contains("hunter2") && !json.contains("ttt"), "{json}");
}

#[test]
fn a_derived_number_or_bool_is_one_in_json_through_any_alias() {
    type Count = Option<u64>;
    #[derive(Debug, Settings)]
    #[settings(derived(
        half: f32 = f32::from(self.size) / 2.0,
        twice: Count = Some(u64::from(self.size) * 2),
        nothing: Count = None,
        is_small: bool = self.size < 10,
        word: &'static str = "true",
        digits: String = self.size.to_string(),
        endless: f64 = f64::INFINITY,
        several: Vec<u16> = vec![self.size; 2],
    ))]
    struct Sizes {
        #[settings(default = 3)]
        size: u16,
    }
    let sizes = Sizes::empty_loader().load().unwrap();
    assert_data_eq!(
        sizes.to_json(),
        str![[
            r#"{"size":3,"half":1.5,"twice":6,"nothing":null,"is_small":true,"word":"true","digits":"3","endless":"inf","several":"[3, 3]"}"#
        ]]
    );
}

#[test]
fn a_derived_property_is_in_the_schema_with_its_documentation() {
    let derived = App::SCHEMA.root.derived;
    assert_eq!(derived[0].name, "is_production");
    assert_eq!(derived[0].type_name, "bool");
    assert_eq!(
        derived[0].doc,
        "Whether this process serves production traffic.\n\nNever in tests."
    );
    let sealed = derived.iter().find(|each| each.name == "sealed").unwrap();
    assert!(sealed.secret);
    assert_eq!(derived.iter().filter(|each| each.secret).count(), 1);
}

#[test]
fn a_derived_property_is_no_setting() {
    let error = App::empty_loader()
        .set("is_production", "true")
        .load()
        .unwrap_err();
    assert_eq!(error.problems().len(), 1);
}

mod mentioning {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Settings)]
    #[settings(derived(
        by_field: String = reversed(self.token.expose_secret()),
        in_group: usize = self.auth.key.expose_secret().len(),
        of_group: String = self.auth.summary(),
        of_struct: String = summary(self),
        by_pattern: String = { let Self { host, .. } = self; host.clone() },
        by_format: String = format!("{self:?}").len().to_string(),
        by_method: String = self.describe(),
        through_property: String = self.by_field(),
        by_name: String = reversed(&self.db_password),
        of_part: String = reversed(&self.headers["Cookie"]),
        of_list: usize = self.peers.len(),
        of_flat: u32 = self.flat.pin.expose_secret() + 1,
        has_token: bool = !self.token.expose_secret().is_empty(),
        through_bool: &'static str = if self.has_token() { "yes" } else { "no" },
        of_public: String = format!("{}@{}", self.auth.user, self.host.to_uppercase()),
        of_keyword: String = self.r#type.repeat(2),
        of_skipped: usize = self.skipped.len(),
        of_nothing: u8 = 1,
    ))]
    pub(super) struct App {
        #[settings(default = "localhost")]
        host: String,
        #[settings(default = "tcp")]
        r#type: String,
        #[settings(default = "hunter2")]
        token: SecretString,
        #[settings(default = "hunter2")]
        db_password: String,
        #[settings(default_with = BTreeMap::new)]
        headers: BTreeMap<String, String>,
        #[settings(skip)]
        skipped: Vec<u8>,
        #[settings(nested)]
        auth: Auth,
        #[settings(nested)]
        peers: Vec<Auth>,
        #[settings(nested, flatten)]
        flat: Flat,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    pub(super) struct Auth {
        #[settings(default = "me")]
        user: String,
        #[settings(default = "hunter2")]
        key: SecretString,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    pub(super) struct Flat {
        #[settings(default = "1234")]
        pin: settings_core::SecretBox<u32>,
    }

    impl App {
        fn describe(&self) -> String {
            self.host.clone()
        }
    }

    impl Auth {
        fn summary(&self) -> String {
            self.user.clone()
        }
    }

    fn summary(app: &App) -> String {
        app.host.clone()
    }

    fn reversed(text: &str) -> String {
        text.chars().rev().collect()
    }
}

#[test]
fn a_property_that_mentions_a_secret_is_masked_whatever_its_text() {
    let app = mentioning::App::empty_loader()
        .set("headers", r#"{"Cookie": "hunter2"}"#)
        .load()
        .unwrap();
    let table = app.dump().to_string();
    let derived = table.lines().filter(|line| line.ends_with("  derived"));
    let columns = derived.map(|line| line.split_whitespace().take(2).collect::<Vec<_>>());
    let rows: Vec<String> = columns.map(|columns| columns.join(" ")).collect();
    assert_data_eq!(
        rows.join("\n"),
        str![[r#"
by_field [redacted]
in_group [redacted]
of_group [redacted]
of_struct [redacted]
by_pattern [redacted]
by_format [redacted]
by_method [redacted]
through_property [redacted]
by_name [redacted]
of_part [redacted]
of_list [redacted]
of_flat [redacted]
has_token true
through_bool yes
of_public me@LOCALHOST
of_keyword tcptcp
of_skipped 0
of_nothing 1
"#]]
    );
}

#[test]
fn a_property_of_a_value_from_a_secret_file_is_masked() {
    #[derive(Debug, Settings)]
    #[settings(derived(length: usize = self.greeting.len()))]
    struct App {
        greeting: String,
    }
    let dir = crate::dir::Dir::with(&[("secrets/greeting", "hello world")]);
    let app = App::empty_loader()
        .secrets_dir(dir.path("secrets"))
        .load()
        .unwrap();
    assert!(
        app.to_json().contains(r#""length":"[redacted]""#),
        "{}",
        app.to_json()
    );
    let app = App::empty_loader().set("greeting", "hello").load().unwrap();
    assert!(app.to_json().contains(r#""length":5"#), "{}", app.to_json());
}
