//! A secret inside the type of a setting, in every shape and form, is printed nowhere.

use crate::dir::Dir;
use serde::Deserialize;
use settings_core::{ExposeSecret, SecretBox, SecretString, Settings};
use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
};

/// A secret with characters that `Debug`, JSON and URLs escape.
const SECRET: &str = "zebraQuartz\"71\\&é x\nsecond line of it";

/// Parts of it that must not be printed: its beginning, plain and in base64.
const PARTS: [&str; 2] = ["zebraquartz", "emvicmfrdwfydhoin"];

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only printed")]
struct Upstream {
    url: String,
    auth: SecretString,
    weight: u8,
}

#[derive(Debug, Deserialize)]
struct Wrapped(SecretString);

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only printed")]
struct Name(String);

#[derive(Debug, Deserialize)]
struct Code(SecretBox<u64>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "only printed")]
enum Login {
    Anonymous,
    Basic { user: String, code: SecretString },
    Bearer(SecretString),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only printed")]
enum Either {
    Code(u8),
    Login { user: String, code: SecretString },
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only printed")]
struct Flat {
    name: String,
    #[serde(flatten)]
    inner: Wrapper,
}

#[derive(Debug, Deserialize)]
struct Wrapper {
    inner: SecretString,
}

/// A type without `Debug`.
#[derive(Deserialize)]
struct Silent {
    inner: String,
}

#[derive(Settings)]
#[settings(prefix = "APP_", validate = Self::refuse, derived(
    pub everything: String = self.secret_texts(),
    pub upper: String = self.secret_texts().to_uppercase(),
    pub debug: String = format!("{:?}", self.secret_texts()),
    pub json: String = serde_json::to_string(&self.secret_texts()).unwrap_or_default(),
    pub percent: String = percent(&self.secret_texts()),
    pub twice: String = percent(&format!("{:?}", self.secret_texts())),
    pub is_refused: bool = self.refused,
))]
struct App {
    #[settings(default = false)]
    refused: bool,
    #[settings(default_with = HashMap::new)]
    upstreams: HashMap<String, Upstream>,
    pair: Option<(String, SecretString)>,
    wrapped: Option<Wrapped>,
    #[settings(default_with = Vec::new)]
    several: Vec<Wrapped>,
    login: Option<Login>,
    either: Option<Either>,
    flat: Option<Flat>,
    silent: Option<Silent>,
    #[settings(default_with = BTreeMap::new)]
    headers: BTreeMap<String, String>,
    #[settings(default_with = Vec::new)]
    api_tokens: Vec<String>,
    url: Option<String>,
    name: Option<Name>,
    code: Option<Code>,
}

impl App {
    /// Every secret text that the settings contain.
    fn secret_texts(&self) -> String {
        let mut all = String::from("all:");
        let mut push = |text: &str| write!(all, " <{text}>").unwrap();
        for upstream in self.upstreams.values() {
            push(upstream.auth.expose_secret());
        }
        for Wrapped(secret) in self.wrapped.iter().chain(&self.several) {
            push(secret.expose_secret());
        }
        if let Some((_, secret)) = &self.pair {
            push(secret.expose_secret());
        }
        match &self.login {
            Some(Login::Basic { code, .. } | Login::Bearer(code)) => push(code.expose_secret()),
            Some(Login::Anonymous) | None => {}
        }
        if let Some(Either::Login { code, .. }) = &self.either {
            push(code.expose_secret());
        }
        if let Some(flat) = &self.flat {
            push(flat.inner.inner.expose_secret());
        }
        if let Some(silent) = &self.silent {
            push(&silent.inner);
        }
        if let Some(Code(code)) = &self.code {
            push(&code.expose_secret().to_string());
        }
        self.headers
            .values()
            .chain(&self.api_tokens)
            .chain(&self.url)
            .for_each(|text| push(text));
        all
    }

    fn refuse(&self) -> Result<(), String> {
        let texts = self.secret_texts();
        let all = || {
            format!(
                "{texts} {texts:?} {} {}",
                texts.to_uppercase(),
                percent(&texts)
            )
        };
        if self.refused { Err(all()) } else { Ok(()) }
    }
}

fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02x}"),
    };
    text.bytes().map(encode).collect()
}

/// Each setting with a text that contains the secret.
fn shapes() -> Vec<(&'static str, String)> {
    let secret = serde_json::to_string(SECRET).unwrap();
    vec![
        (
            "upstreams",
            format!(r#"{{"eu": {{"url": "http://h", "auth": {secret}, "weight": 1}}}}"#),
        ),
        ("pair", format!(r#"["user", {secret}]"#)),
        ("wrapped", SECRET.to_owned()),
        ("several", format!(r#"["one", {secret}]"#)),
        (
            "login",
            format!(r#"{{"basic": {{"user": "me", "code": {secret}}}}}"#),
        ),
        ("login", format!(r#"{{"bearer": {secret}}}"#)),
        ("either", format!(r#"{{"user": "me", "code": {secret}}}"#)),
        ("flat", format!(r#"{{"name": "n", "inner": {secret}}}"#)),
        ("silent", format!(r#"{{"inner": {secret}}}"#)),
        (
            "headers",
            format!(r#"{{"Authorization": {secret}, "Accept": "text"}}"#),
        ),
        ("headers", format!(r#"{{"Cookie": {secret}}}"#)),
        ("api_tokens", format!(r#"["a", {secret}]"#)),
        ("url", format!("https://user:{}@host/", percent(SECRET))),
    ]
}

fn output(key: &str, text: &str, refused: &str) -> String {
    let variable = format!("APP_{}", key.to_uppercase());
    let dir = Dir::with(&[]);
    let value = if text.starts_with(['{', '[']) {
        text.to_owned()
    } else {
        serde_json::to_string(text).unwrap()
    };
    let path = dir.write("a.json", format!(r#"{{"{key}": {value}}}"#));
    let refused = [("APP_REFUSED", refused)];
    let mut all = String::new();
    for loader in [
        App::empty_loader()
            .env_from(refused)
            .env_from([(variable.as_str(), text)]),
        App::empty_loader().env_from(refused).set(key, text),
        App::empty_loader().file(&path).env_from(refused),
    ] {
        match loader.load() {
            Ok(app) => {
                writeln!(all, "{}{}{}", app.dump(), app.to_json(), app.to_env()).unwrap();
                assert!(app.secret_texts().contains("zebra"), "{key} did not arrive");
            }
            Err(error) => writeln!(all, "{error}{error:?}").unwrap(),
        }
    }
    all
}

#[track_caller]
fn assert_no_secret(text: &str, about: &str) {
    let lower = text.to_lowercase();
    for part in PARTS {
        assert!(!lower.contains(part), "{about}: {part} is in\n{text}");
    }
}

#[test]
fn a_secret_inside_a_type_is_masked_in_every_output() {
    for (key, text) in shapes() {
        let all = output(key, &text, "no");
        assert_no_secret(&all, key);
        assert!(all.contains("[redacted]"), "{key}: {all}");
        assert!(all.contains("is_refused"), "{key}: {all}");
    }
}

#[test]
fn a_secret_inside_a_type_is_masked_in_the_reason_of_a_check() {
    for (key, text) in shapes() {
        let all = output(key, &text, "yes");
        assert_no_secret(&all, key);
        assert!(all.contains("all: <"), "the reason is shown: {key}: {all}");
    }
}

#[test]
fn values_beside_a_secret_are_printed() {
    let (key, text) = &shapes()[0];
    let app = App::empty_loader()
        .set(*key, text)
        .set("name", "visible")
        .load()
        .unwrap();
    let dump = app.dump().to_string();
    assert!(
        dump.contains("http://h") && dump.contains("visible"),
        "{dump}"
    );
    let app = App::empty_loader()
        .set("headers", r#"{"Accept": "text"}"#)
        .load()
        .unwrap();
    assert!(app.dump().to_string().contains("text"), "{}", app.dump());
    let app = App::empty_loader()
        .set("login", "anonymous")
        .load()
        .unwrap();
    assert!(
        app.dump().to_string().contains("anonymous"),
        "{}",
        app.dump()
    );
}

#[test]
fn a_secret_number_is_masked() {
    let app = App::empty_loader()
        .set("code", "7301942288")
        .load()
        .unwrap();
    let all = format!("{}{}{}", app.dump(), app.to_json(), app.to_env());
    assert!(!all.contains("7301942288"), "{all}");
}

#[derive(Debug, Settings)]
#[settings(validate = Self::refuse, derived(
    pub signature: String = format!("by {}", self.wrapped.0.expose_secret()),
))]
struct Computed {
    #[settings(default_with = computed)]
    wrapped: Wrapped,
    #[settings(default_with = several)]
    tokens: Vec<String>,
    #[settings(default = false)]
    refused: bool,
}

fn computed() -> Wrapped {
    Wrapped(SECRET.into())
}

fn several() -> Vec<String> {
    vec![SECRET.to_owned()]
}

impl Computed {
    fn refuse(&self) -> Result<(), String> {
        let reason = || format!("{} {:?}", self.wrapped.0.expose_secret(), self.tokens);
        if self.refused { Err(reason()) } else { Ok(()) }
    }
}

#[test]
fn a_secret_that_the_program_computes_is_masked() {
    let app = Computed::empty_loader().load().unwrap();
    assert_no_secret(
        &format!("{}{}{}", app.dump(), app.to_json(), app.to_env()),
        "computed",
    );
    let error = Computed::empty_loader()
        .set("refused", "yes")
        .load()
        .unwrap_err();
    assert_no_secret(&error.to_string(), "computed");
}

#[test]
fn metadata_of_a_provider_is_printed_without_passwords() {
    struct Remote;

    impl figment::Provider for Remote {
        fn metadata(&self) -> figment::Metadata {
            figment::Metadata::named("vault at https://me:zebraQuartz71@vault/\u{1b}[2J")
                .source("postgres://app:zebraQuartz71@db/app")
        }

        fn data(
            &self,
        ) -> figment::error::Result<figment::value::Map<figment::Profile, figment::value::Dict>>
        {
            figment::providers::Serialized::default("refused", "many").data()
        }
    }

    let error = App::empty_loader().provider(Remote).load().unwrap_err();
    let app = App::empty_loader()
        .provider(Remote)
        .set("refused", "no")
        .load()
        .unwrap();
    let sources = format!("{:?}", app.sources());
    let all = format!("{error}{error:?}{sources}{}", app.dump());
    assert_no_secret(&all, "metadata");
    assert!(!all.contains('\u{1b}'), "{all}");
    assert!(
        all.contains("vault at https://me:[redacted]@vault"),
        "{all}"
    );
}

#[test]
fn names_and_paths_from_outside_are_filtered() {
    let dir = Dir::with(&[]);
    let path = dir.write("a\u{1b}[2J\u{202e}.json", r#"{"refused": "many"}"#);
    let error = App::empty_loader().file(&path).load().unwrap_err();
    let origin = error.problems()[0].origin().unwrap().to_string();
    let all = format!("{error}{error:?}{origin}");
    assert!(!all.contains(['\u{1b}', '\u{202e}']), "{all:?}");
    assert!(all.contains(r"a\u{1b}[2J"), "{all}");
}

#[test]
fn a_dotenv_error_does_not_print_what_may_be_a_part_of_a_password() {
    let dir = Dir::with(&[]);
    for value in [
        "a${zebraQuartz71}b",
        "a${zebraQuartz71:?}b",
        "a${zebraQuartz71 b",
    ] {
        let path = dir.write(".env", format!("APP_URL=\"{value}\"\n"));
        let error = App::empty_loader().env_file(&path).load().unwrap_err();
        assert_no_secret(&format!("{error}{error:?}"), value);
    }
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Documented {
    #[settings(default = "zebraQuartz71", length(2..))]
    db_password: String,
    #[settings(default = "zebraQuartz71", length(2..))]
    token: SecretString,
    #[settings(example = "zebraQuartz71")]
    api_token: String,
}

#[test]
fn a_report_prints_no_default_and_no_example_of_a_secret() {
    let error = Documented::empty_loader()
        .env_from([("APP_DB_PASSWORD", "x"), ("APP_TOKEN", "x")])
        .load()
        .unwrap_err();
    assert_eq!(error.problems().len(), 3);
    assert_no_secret(&format!("{error}{error:?}"), "report");
}

#[test]
fn a_document_prints_no_default_of_a_secret() {
    use settings_core::docs;
    let documents = [
        format!("{:?}", Documented::SCHEMA),
        docs::markdown::<Documented>(),
        docs::env_example::<Documented>(),
        docs::toml::<Documented>(),
        docs::yaml::<Documented>(),
        docs::json_schema::<Documented>(),
    ];
    // The example was written for the documents.
    let examples = [
        "or example zebraQuartz71",
        "#api_token = \"zebraQuartz71\"",
        "#api_token: \"zebraQuartz71\"",
        "\"examples\": [\"zebraQuartz71\"]",
    ];
    let documents = examples.iter().fold(documents.concat(), |text, example| {
        text.replace(example, "")
    });
    assert_no_secret(&documents, "documents");
}
