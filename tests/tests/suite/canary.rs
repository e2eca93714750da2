//! No output contains a secret, whatever its source, its type, or the problem with it.

use crate::dir::Dir;
use figment::providers::Serialized;
use serde::Deserialize;
use settings_core::{Error, Loaded, Loader, Problem, SecretBox, SecretString, Settings, dotenv};
use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    fmt::{self, Write},
    fs, panic,
    sync::{Arc, Mutex},
};

/// The secret that is searched for.
const CANARY: &str = "zebra-Quartz-71";

type Alias = SecretString;

/// An application type that contains a secret.
#[derive(Deserialize)]
struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", derived(
    pub connection: String = format!("to {}", settings_core::ExposeSecret::expose_secret(&self.plain)),
    pub of_newtype: String = format!("by {}", self.newtype.0),
    pub of_named: String = format!("with {}", self.db_password),
    pub sealed: Option<SecretString> = self.optional.clone(),
    pub session_token: String = self.db_password.to_uppercase(),
))]
struct App {
    #[settings(default = "none")]
    plain: SecretString,
    #[settings(default = "none")]
    alias: Alias,
    optional: Option<SecretString>,
    #[settings(default_with = Vec::new)]
    list: Vec<SecretString>,
    #[settings(default_with = BTreeMap::new)]
    tree: BTreeMap<String, SecretString>,
    #[settings(default_with = HashMap::new)]
    hash: HashMap<String, SecretString>,
    #[settings(default = "none")]
    boxed: Box<SecretString>,
    #[settings(default = "none", parse_with = shared)]
    shared: Arc<SecretString>,
    #[settings(default = "none", secret)]
    newtype: Token,
    #[settings(default = "none")]
    url: String,
    #[settings(default_with = Vec::new)]
    urls: Vec<String>,
    #[settings(default = "none")]
    db_password: String,
    #[settings(default = "none", length(1..))]
    api_token: String,
    #[settings(default_with = BTreeMap::new)]
    extra: BTreeMap<String, String>,
    #[settings(nested)]
    group: Option<Group>,
    #[settings(nested)]
    each: Vec<Group>,
    #[settings(default = "demo")]
    name: String,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Group {
    token: SecretString,
    #[settings(default = 1)]
    count: u8,
}

#[expect(clippy::unnecessary_wraps, reason = "what `parse_with` takes")]
fn shared(text: &str) -> Result<Arc<SecretString>, Infallible> {
    Ok(Arc::new(text.into()))
}

/// Each setting of [`App`] that may contain a secret, with a text for it.
fn shapes() -> Vec<(&'static str, String)> {
    let url = format!("postgres://user:{CANARY}@host/db");
    vec![
        ("plain", CANARY.to_owned()),
        ("alias", CANARY.to_owned()),
        ("optional", CANARY.to_owned()),
        ("list", format!("a,{CANARY}")),
        ("tree", format!("a=b,c={CANARY}")),
        ("hash", format!("c={CANARY}")),
        ("boxed", CANARY.to_owned()),
        ("shared", CANARY.to_owned()),
        ("newtype", CANARY.to_owned()),
        ("url", url.clone()),
        ("urls", format!("http://h,{url}")),
        ("db_password", CANARY.to_owned()),
        ("api_token", CANARY.to_owned()),
        ("extra", format!("password={CANARY},colour=red")),
        (
            "extra",
            format!(r#"{{"password":"{CANARY}","at":"{url}"}}"#),
        ),
        ("group.token", CANARY.to_owned()),
    ]
}

/// The same value from every source.
fn sources<T: Settings>(dir: &Dir, key: &str, text: &str) -> Vec<(&'static str, Loader<T>)> {
    let bare = || T::empty_loader();
    let variable = format!("APP_{}", key.replace('.', "_").to_uppercase());
    let flat = key.replace('.', "_");
    let quoted = serde_json::to_string(text).unwrap();
    let dotted = format!("{key} = {quoted}\n");
    let json = match key.split_once('.') {
        Some((group, leaf)) => format!(r#"{{"{group}": {{"{leaf}": {quoted}}}}}"#),
        None => format!(r#"{{"{key}": {quoted}}}"#),
    };
    let secrets = dir.path("secrets");
    fs::remove_dir_all(&secrets).ok();
    dir.write(&format!("secrets/{flat}"), text);
    let provided: serde_json::Value = serde_json::from_str(&json).unwrap();
    let secrets_dir = secrets.display().to_string();
    let mut all = vec![
        ("environment", bare().env_from([(variable.as_str(), text)])),
        (
            ".env",
            bare().env_file(dir.write(".env", format!("{variable}='{text}'\n"))),
        ),
        ("secrets", bare().secrets_dir(&secrets)),
        (
            "credentials",
            bare().env_from([("CREDENTIALS_DIRECTORY", secrets_dir)]),
        ),
        (
            "argument",
            bare().args([format!("--{}", flat.replace('_', "-")), text.to_owned()]),
        ),
        (
            "--set",
            bare().args(["--set".to_owned(), format!("{key}={text}")]),
        ),
        ("set", bare().set(key, text)),
        ("TOML", bare().file(dir.write("a.toml", dotted))),
        ("YAML", bare().file(dir.write("a.yaml", &json))),
        ("JSON", bare().file(dir.write("a.json", &json))),
        ("provider", bare().provider(Serialized::defaults(provided))),
    ];
    if let Some((group, leaf)) = key.split_once('.') {
        let whole = format!(r#"{{"{leaf}": {quoted}}}"#);
        let variable = format!("APP_{}", group.to_uppercase());
        all.push(("group", bare().env_from([(variable, whole)])));
    }
    let named = dir.write("named", text).display().to_string();
    all.push((
        "_FILE",
        bare().env_from([(format!("{variable}_FILE"), named)]),
    ));
    all
}

/// Every output after a load, whether it succeeded or not.
fn outputs<T: Settings>(loader: Loader<T>, key: &str) -> String {
    let mut all = format!("{loader:?}\n");
    let (result, events) = traced(|| loader.load());
    all.push_str(&events);
    match result {
        Ok(settings) => of_loaded(&mut all, &settings, key),
        Err(error) => of_error(&mut all, &error),
    }
    all
}

fn of_loaded<T: Settings>(all: &mut String, loaded: &Loaded<T>, key: &str) {
    let (dump, json, env) = (loaded.dump(), loaded.to_json(), loaded.to_env());
    let page = loaded.to_html();
    writeln!(all, "{dump}{json}{env}{page}{loaded:?}{loaded:#?}").unwrap();
    let origin = loaded.origin(key);
    writeln!(
        all,
        "{origin:?} {:?} {:?}",
        origin.as_ref().map(ToString::to_string),
        loaded.sources()
    )
    .unwrap();
    of_problems(all, loaded.warnings());
}

fn of_error(all: &mut String, error: &Error) {
    writeln!(all, "{error}{error:?}{error:#?}").unwrap();
    of_problems(all, error.problems());
    of_problems(all, error.warnings());
}

fn of_problems(all: &mut String, problems: &[Problem]) {
    for problem in problems {
        let texts: Vec<_> = problem.help().chain(problem.notes()).collect();
        let (leaf, variable) = (problem.key(), problem.env_name());
        let origin = problem
            .origin()
            .map(|origin| (origin.to_string(), origin.name().map(str::to_owned)));
        writeln!(
            all,
            "{problem}{problem:?}{problem:#?}{texts:?}{leaf:?}{variable:?}{origin:?}"
        )
        .unwrap();
    }
}

/// Runs with a subscriber that records every event.
pub(crate) fn traced<R>(act: impl FnOnce() -> R) -> (R, String) {
    #[derive(Clone, Default)]
    struct Record(Arc<Mutex<String>>);

    impl tracing::field::Visit for Record {
        fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
            writeln!(self.0.lock().unwrap(), "{field} {value:?}").unwrap();
        }
    }

    impl tracing::Subscriber for Record {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, attributes: &tracing::span::Attributes<'_>) -> tracing::Id {
            attributes.record(&mut self.clone());
            tracing::Id::from_u64(1)
        }
        fn record(&self, _: &tracing::Id, values: &tracing::span::Record<'_>) {
            values.record(&mut self.clone());
        }
        fn record_follows_from(&self, _: &tracing::Id, _: &tracing::Id) {}
        fn event(&self, event: &tracing::Event<'_>) {
            event.record(&mut self.clone());
        }
        fn enter(&self, _: &tracing::Id) {}
        fn exit(&self, _: &tracing::Id) {}
    }

    let record = Record::default();
    let result = tracing::subscriber::with_default(record.clone(), act);
    let recorded = record.0.lock().unwrap().clone();
    (result, recorded)
}

/// Fails if a text contains six consecutive characters of the canary.
#[track_caller]
fn assert_no_secret(text: &str, about: &str) {
    let lower = text.to_lowercase();
    let canary = CANARY.to_lowercase();
    for begin in 0..=canary.len() - 6 {
        let part = &canary[begin..begin + 6];
        assert!(!lower.contains(part), "{about}: {part} is in\n{text}");
    }
}

#[test]
fn a_valid_secret_of_any_shape_from_any_source() {
    let dir = Dir::with(&[]);
    for (key, text) in shapes() {
        for (source, loader) in sources::<App>(&dir, key, &text) {
            let output = outputs(loader, key);
            assert_no_secret(&output, &format!("{key} from {source}"));
            // The value arrived, except that only secrets have a `_FILE`.
            assert!(
                output.contains("[redacted]") || source == "_FILE",
                "{key} from {source}: {output}"
            );
        }
    }
}

#[test]
fn a_secret_under_an_unknown_name() {
    let dir = Dir::with(&[]);
    for key in ["plian", "group.tokne", "nothing_of_ours"] {
        for (source, loader) in sources::<App>(&dir, key, CANARY) {
            assert_no_secret(&outputs(loader, key), &format!("{key} from {source}"));
        }
    }
}

#[test]
fn a_secret_of_the_wrong_shape() {
    let dir = Dir::with(&[]);
    let texts = [
        format!("[\"{CANARY}\""),
        format!("{{\"{CANARY}\": 1}}"),
        format!("{CANARY}=1,{CANARY}"),
        format!("\"{CANARY}\""),
        format!("{CANARY}\r"),
        format!("{CANARY}={CANARY}"),
    ];
    for key in [
        "plain",
        "list",
        "tree",
        "hash",
        "newtype",
        "group.token",
        "group",
        "each",
    ] {
        // The keys of a group are names, which are printed.
        let is_group = matches!(key, "group" | "each");
        let is_names = |text: &&String| is_group && text.starts_with('{');
        for text in texts.iter().filter(|text| !is_names(text)) {
            for (source, loader) in sources::<App>(&dir, key, text) {
                assert_no_secret(&outputs(loader, key), &format!("{key} from {source}"));
            }
        }
    }
    let wrong = [
        format!("[plain]\na = '{CANARY}'\n"),
        format!("plain = ['{CANARY}']\nlist = '{CANARY}'\n"),
        format!("tree = ['{CANARY}']\nname = {{ a = '{CANARY}' }}\n"),
        format!("group = '{CANARY}'\neach = {{ a = '{CANARY}' }}\n"),
        format!(
            "each = ['{CANARY}', {{ token = ['{CANARY}'] }}, {{ token = 'x', count = '{CANARY}' }}]\n"
        ),
    ];
    for text in wrong {
        // `count` is not secret, so its value is printed.
        let text = text.replace(&format!("count = '{CANARY}'"), "count = 'many'");
        let loader = App::empty_loader().file(dir.write("a.toml", &text));
        assert_no_secret(&outputs(loader, "plain"), &text);
    }
}

/// Settings that refuse their values.
#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Strict {
    pin: Option<SecretBox<u32>>,
    #[settings(length(..=3))]
    short: Option<SecretString>,
    #[settings(pattern = "^[0-9]+$")]
    digits: Option<Vec<SecretString>>,
    #[settings(one_of("a", "b"))]
    chosen: Option<BTreeMap<String, SecretString>>,
    #[settings(validate = quotes)]
    checked: Option<SecretString>,
    #[settings(secret, parse_with = refuse)]
    parsed: Option<Token>,
    #[settings(secret)]
    typed: Option<Fussy>,
    #[settings(validate = quotes_text, length(..=3))]
    auth_token: Option<String>,
    #[settings(validate = quotes_text)]
    db_password: Option<String>,
    #[settings(validate = quotes_password)]
    url: Option<String>,
}

/// A type whose error quotes the value.
struct Fussy;

impl<'de> Deserialize<'de> for Fussy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(serde::de::Error::custom(format!("bad {text:?}")))
    }
}

impl fmt::Debug for Fussy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fussy")
    }
}

fn quotes(secret: &SecretString) -> Result<(), String> {
    quotes_text(settings_core::ExposeSecret::expose_secret(secret))
}

fn quotes_text(text: &str) -> Result<(), String> {
    Err(format!("{text} and {}", text.to_uppercase()))
}

fn quotes_password(text: &str) -> Result<(), String> {
    let password = text.split([':', '@']).nth(2).unwrap_or_default();
    Err(format!("{password} is weak"))
}

fn refuse(text: &str) -> Result<Token, String> {
    Err(format!("cannot read {text:?}"))
}

#[test]
fn a_secret_that_breaks_a_rule_or_is_refused() {
    let dir = Dir::with(&[]);
    let url = format!("postgres://user:{CANARY}@host/db");
    for (key, text) in [
        ("pin", CANARY),
        ("short", CANARY),
        ("digits", CANARY),
        ("chosen", &format!("k={CANARY}")),
        ("checked", CANARY),
        ("parsed", CANARY),
        ("typed", CANARY),
        ("auth_token", CANARY),
        ("db_password", CANARY),
        ("url", &url),
    ] {
        for (source, loader) in sources::<Strict>(&dir, key, text) {
            let output = outputs(loader, key);
            assert_no_secret(&output, &format!("{key} from {source}"));
            // A setting that is masked by its name has no `_FILE`.
            let refused = output.contains("1 problem in the settings");
            assert!(
                refused || source == "_FILE",
                "{key} from {source}: {output}"
            );
        }
    }
}

/// A struct whose check quotes every setting.
#[derive(Debug, Settings)]
#[settings(prefix = "APP_", validate = Self::quote_all)]
struct Gossip {
    key: SecretString,
    list: Vec<SecretString>,
    #[settings(secret)]
    newtype: Token,
    db_password: String,
    url: String,
    #[settings(nested)]
    each: Vec<Group>,
}

impl Gossip {
    fn quote_all(&self) -> Result<(), String> {
        let secrets = self
            .list
            .iter()
            .chain([&self.key])
            .chain(self.each.iter().map(|each| &each.token));
        let secrets: Vec<_> = secrets
            .map(settings_core::ExposeSecret::expose_secret)
            .collect();
        let password = self.url.split([':', '@']).nth(2);
        Err(format!(
            "{secrets:?} {} {} {password:?}",
            self.newtype.0, self.db_password
        ))
    }
}

#[test]
fn a_check_of_a_struct_that_quotes_its_secrets() {
    for (variable, text) in [
        ("APP_KEY", CANARY.to_owned()),
        ("APP_LIST", format!("long,{CANARY}")),
        ("APP_NEWTYPE", CANARY.to_owned()),
        ("APP_DB_PASSWORD", CANARY.to_owned()),
        ("APP_URL", format!("a://b:{CANARY}@c")),
        ("APP_EACH__0__TOKEN", CANARY.to_owned()),
    ] {
        let others = [
            "APP_KEY",
            "APP_LIST",
            "APP_NEWTYPE",
            "APP_DB_PASSWORD",
            "APP_URL",
        ];
        let variables = others.map(|name| (name, "harmless".to_owned()));
        let loader =
            Gossip::empty_loader().env_from(variables.into_iter().chain([(variable, text)]));
        let output = outputs(loader, "key");
        assert_no_secret(&output, variable);
        assert!(output.contains("1 problem in the settings"), "{output}");
    }
}

#[test]
fn two_secrets_for_one_setting() {
    let dir = Dir::with(&[]);
    let named = dir.write("named", CANARY).display().to_string();
    let other = CANARY.to_uppercase();
    let twice = [
        App::empty_loader().env_from([("APP_PLAIN", CANARY), ("app_plain", &other)]),
        App::empty_loader().env_from([("APP_PLAIN", CANARY), ("APP_PLAIN_FILE", &named)]),
        App::empty_loader().env_file(dir.write(
            ".env",
            format!("APP_PLAIN={CANARY}\nAPP_PLAIN={other}\napp_plain=x\n"),
        )),
        App::empty_loader().args(["--plain", CANARY, "--set", &format!("plain={other}")]),
        App::empty_loader()
            .file(dir.write("a.toml", format!("plain = '{CANARY}'\nPLAIN = '{other}'\n"))),
        App::empty_loader()
            .file(dir.write("b.toml", format!("plain = '{CANARY}'\nplain = '{other}'\n"))),
        App::empty_loader().file(dir.write(
            "a.json",
            format!(r#"{{"plain": "{CANARY}", "plain": "{other}"}}"#),
        )),
        App::empty_loader().file(dir.write("a.yaml", format!("plain: {CANARY}\nplain: {other}\n"))),
        App::empty_loader()
            .env_from([("APP_PLAIN", CANARY)])
            .set("plain", ""),
        App::empty_loader().env_from([("APP_PLAIN_FILE", CANARY)]),
        App::empty_loader()
            .env_from([("CREDENTIALS_DIRECTORY", CANARY)])
            .args([CANARY]),
    ];
    // A directory that the environment names is printed among the sources; it is not secret.
    for (nth, loader) in twice.into_iter().enumerate().take(10) {
        assert_no_secret(&outputs(loader, "plain"), &format!("case {nth}"));
    }
}

#[test]
fn arguments_that_match_nothing() {
    for arguments in [
        vec![CANARY.to_owned()],
        vec![format!("--{CANARY}+/")],
        vec![format!("--plian={CANARY}")],
        vec!["--set".to_owned(), CANARY.to_owned()],
        vec!["--set".to_owned(), format!("{CANARY}=1")],
        vec!["--plain".to_owned(), format!("--{CANARY}+/")],
        vec![format!("--no-{CANARY}+/")],
    ] {
        let about = arguments.join(" ");
        assert_no_secret(
            &outputs(App::empty_loader().args(arguments), "plain"),
            &about,
        );
    }
}

/// Syntax errors on the line that contains a secret.
#[test]
fn files_that_cannot_be_read() {
    let dir = Dir::with(&[]);
    let toml = [
        format!("plain = \"{CANARY}\n"),
        format!("plain = {CANARY}\n"),
        format!("plain = '{CANARY}' '{CANARY}'\n"),
        format!("plain '{CANARY}'\n"),
        format!("plain = [ '{CANARY}'\n"),
        format!("plain = \"\\q{CANARY}\"\n"),
        format!("\"{CANARY} = 1\n"),
        format!("plain = 2020-{CANARY}\n"),
        format!("plain = {{ a = '{CANARY}', a = '{CANARY}' }}\n"),
    ];
    let yaml = [
        format!("plain: \"{CANARY}\n"),
        format!("plain: '{CANARY}' {CANARY}\n"),
        format!("plain: [{CANARY}\n"),
        format!("plain: &{CANARY}\nlist: *{CANARY}x\n"),
        format!("plain: !{CANARY} x\n"),
        format!("plain: {CANARY}: {CANARY}\n"),
        format!("\tplain: {CANARY}\n"),
        format!("plain: \"\\q{CANARY}\"\n"),
        format!("%{CANARY}\n---\nplain: x\n"),
    ];
    let json = [
        format!("{{\"plain\": \"{CANARY}\n"),
        format!("{{\"plain\": {CANARY}}}"),
        format!("{{\"plain\": \"{CANARY}\" \"{CANARY}\"}}"),
        format!("{{\"plain\": \"\\q{CANARY}\"}}"),
        format!("{{plain: \"{CANARY}\"}}"),
        format!("[\"{CANARY}\"]"),
        format!("{{\"plain\": \"{CANARY}\"}} {CANARY}"),
    ];
    let env = [
        format!("APP_PLAIN=\"{CANARY}\n"),
        format!("APP_PLAIN='{CANARY}' {CANARY}\n"),
        format!("APP_PLAIN: {CANARY}\n"),
        format!("{CANARY}\n"),
        format!("={CANARY}\n"),
        format!("[{CANARY}]\n"),
        format!("APP_PLAIN=\"\\q{CANARY}\"\n"),
        format!("APP_PLAIN=${{ {CANARY}}}\n"),
        format!("A B={CANARY}\n"),
        format!("APP_PLAIN={CANARY}${{NOT_SET}}{CANARY}\n"),
        format!("X={CANARY}\nAPP_PLAIN=${{X}}${{NOT_SET}}\n"),
        format!("APP_PLAIN={CANARY}\0\n"),
    ];
    for (name, texts) in [
        ("a.toml", &toml[..]),
        ("a.yaml", &yaml[..]),
        ("a.json", &json[..]),
        (".env", &env[..]),
    ] {
        for text in texts {
            for bytes in [
                text.clone().into_bytes(),
                [text.as_bytes(), b"\xff"].concat(),
            ] {
                let path = dir.write(name, bytes);
                let loader = match name {
                    ".env" => App::empty_loader().env_file(path),
                    _ => App::empty_loader().file(path),
                };
                assert_no_secret(&outputs(loader, "plain"), text);
            }
        }
    }
    for text in env {
        let output = match dotenv::parse(text.as_bytes(), |_| None) {
            Err(error) => {
                let each: Vec<_> = error
                    .errors()
                    .iter()
                    .map(|each| format!("{each}{each:?}{each:#?}"))
                    .collect();
                format!("{error}{error:?}{error:#?}{each:?}")
            }
            Ok(parsed) => format!("{parsed:?}{parsed:#?}"),
        };
        assert_no_secret(&output, &text);
    }
    let parsed = format!("APP_PLAIN={CANARY}\nAPP_PLAIN={CANARY}x\n");
    let parsed = dotenv::parse(parsed.as_bytes(), |_| None).unwrap();
    assert_no_secret(
        &format!("{parsed:?}{:?}{}", parsed.entries(), parsed.warnings()[0]),
        "a valid .env",
    );
}

#[cfg(unix)]
#[test]
fn a_secret_that_is_not_utf8() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};
    let dir = Dir::with(&[]);
    let bytes = [CANARY.as_bytes(), b"\xff", CANARY.as_bytes()].concat();
    let text = || OsString::from_vec(bytes.clone());
    dir.write("secrets/plain", &bytes);
    dir.write("dir/group/token", &bytes);
    let loaders = [
        App::empty_loader().env_from([("APP_PLAIN", text())]),
        App::empty_loader().args(["--plain".into(), text()]),
        App::empty_loader().args([text()]),
        App::empty_loader().secrets_dir(dir.path("secrets")),
        App::empty_loader().secrets_dir(dir.path("dir")),
    ];
    for (nth, loader) in loaders.into_iter().enumerate() {
        let output = outputs(loader, "plain");
        assert_no_secret(&output, &format!("case {nth}"));
        assert!(output.contains("UTF-8"), "{output}");
    }
}

/// Settings whose defaults are secret.
#[derive(Debug, Settings)]
#[settings(prefix = "CANARY_PANIC_")]
struct Panics {
    #[settings(default = "zebra-Quartz-71", validate = quotes)]
    key: SecretString,
    #[settings(default = "zebra-Quartz-71", secret, parse_with = refuse)]
    token: Token,
    #[settings(required_if(token = "zebra-Quartz-71"))]
    other: Option<u8>,
}

#[test]
fn the_panic_of_get() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let panicked = panic::catch_unwind(|| Panics::get().other);
    panic::set_hook(hook);
    let message = panicked.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("3 problems in the settings"), "{message}");
    assert_no_secret(&message, "panic");
}

#[test]
fn output_before_a_load_contains_no_secret() {
    let loader = Panics::empty_loader()
        .set("key", CANARY)
        .args([CANARY])
        .env_from([("CANARY_PANIC_KEY", CANARY)]);
    assert_no_secret(&format!("{loader:?}{loader:#?}"), "the loader");
    let error = Panics::check_schema().unwrap_err();
    assert_no_secret(&format!("{error}{error:?}"), "check_schema");
}
