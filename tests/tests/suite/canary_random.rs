//! Random settings with random secrets: shapes × sources × outputs, with one seed per case.

use crate::{canary::traced, dir::Dir};
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use settings_core::{Loader, Settings, docs};
use settings_tests::shapes::{self, Shapes, percent};
use std::{collections::BTreeMap, fmt::Write, process::Command};

/// A generator of numbers, so that a failing case is found again by its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A secret of 8 to 24 characters, some of which are escaped in some output.
    fn secret(&mut self) -> String {
        const PIECES: [&str; 24] = [
            "a", "Z", "7", "q", "X", "0", "-", "_", "é", "ß", "\"", "\\", "'", "/", "&", "%", "+",
            "=", "?", "#", "<", "@", ":", " ",
        ];
        let length = 8 + self.below(17);
        let mut secret = String::from(self.pick(&["k", "V", "9"]));
        while secret.chars().count() < length - 1 {
            secret.push_str(self.pick(&PIECES));
        }
        secret + self.pick(&["x", "Q", "3"])
    }
}

/// The text of a flat source for a value of JSON.
fn flat(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

/// The number of kinds of sources.
const SOURCES: usize = 10;

/// The settings of a case: the JSON of each.
type Values<'a> = BTreeMap<&'a str, String>;

/// One source with these values.
fn source(nth: usize, dir: &Dir, values: &Values<'_>) -> Loader<Shapes> {
    let shapes = Shapes::empty_loader();
    match nth % SOURCES {
        0 => shapes.file(dir.write("a.json", object(values))),
        1 => shapes.file(dir.write("a.yaml", object(values))),
        2 => shapes.env_from(variables(values)),
        3 => values
            .iter()
            .fold(shapes, |shapes, (key, value)| shapes.set(*key, flat(value))),
        4 => shapes.args(
            values
                .iter()
                .map(|(key, value)| format!("--{}={}", key.replace('_', "-"), flat(value))),
        ),
        5 => {
            let object: serde_json::Value = serde_json::from_str(&object(values)).unwrap();
            shapes.provider(figment::providers::Serialized::defaults(object))
        }
        6 => {
            for (key, value) in values {
                dir.write(&format!("secrets/{key}"), flat(value));
            }
            shapes.secrets_dir(dir.path("secrets"))
        }
        7 => {
            let encrypted: Vec<u8> = object(values).bytes().map(|byte| byte ^ 0x55).collect();
            let decrypt = |bytes: &[u8]| {
                Ok::<Vec<u8>, String>(bytes.iter().map(|byte| byte ^ 0x55).collect())
            };
            let path = dir.write("a.json.enc", encrypted);
            shapes.file(path).decrypt("enc", decrypt)
        }
        8 => {
            let mut texts = Vec::new();
            let mut whole: serde_json::Value = serde_json::from_str(&object(values)).unwrap();
            refer(&mut whole, &mut texts);
            let variables = texts.into_iter().enumerate();
            let variables = variables.map(|(nth, text)| (format!("TEXT_{nth}"), text));
            let path = dir.write("a.json", whole.to_string());
            shapes.file_interpolated(path).env_from(variables)
        }
        _ => {
            let members = values.iter().map(|(key, value)| {
                if ["alone", "marked", "db_password"].contains(key) {
                    let path = dir.write(&format!("values/{key}"), flat(value));
                    format!("\"{key}_file\": {:?}", path.display().to_string())
                } else {
                    format!("\"{key}\": {value}")
                }
            });
            let members: Vec<_> = members.collect();
            shapes.file(dir.write("a.json", format!("{{{}}}", members.join(", "))))
        }
    }
}

/// Replaces each text of a value by a reference.
fn refer(value: &mut serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => {
            let reference = format!("${{TEXT_{}}}", texts.len());
            texts.push(std::mem::replace(text, reference));
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| refer(item, texts)),
        serde_json::Value::Object(members) => {
            members.values_mut().for_each(|value| refer(value, texts));
        }
        _ => {}
    }
}

fn object(values: &Values<'_>) -> String {
    let members = values
        .iter()
        .map(|(key, value)| format!("\"{key}\": {value}"));
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

fn variables<'v>(values: &'v Values<'_>) -> impl Iterator<Item = (String, String)> + 'v {
    values
        .iter()
        .map(|(key, value)| (format!("APP_{}", key.to_uppercase()), flat(value)))
}

/// Every output of a load in this process.
fn outputs(loader: Loader<Shapes>, rejected: &str) -> String {
    let (result, events) = traced(|| loader.set("rejected", rejected).load());
    match result {
        Ok(app) => format!(
            "{events}{}{}{}{:?}{:?}",
            app.dump(),
            app.to_json(),
            app.to_env(),
            app.warnings(),
            app.sources()
        ),
        Err(error) => format!("{events}{error}{error:?}{}", error.to_json()),
    }
}

/// Every output of live settings that change to these values, and are rejected with them.
fn live_outputs(dir: &Dir, values: &Values<'_>) -> String {
    let path = dir.write(".env", "\n");
    let json = dir.write("a.json", "{}");
    let loader = Shapes::empty_loader().file(&json).env_file(&path);
    let live = loader.live().unwrap_or_else(|error| panic!("{error}"));
    let received = live.subscribe_channel();
    let mut all = String::new();
    for rejected in ["no", "yes"] {
        dir.write("a.json", object(values));
        dir.write(".env", format!("APP_REJECTED={rejected}\n"));
        let (result, events) = traced(|| live.reload());
        writeln!(all, "{events}{result:?}{:?}{live:?}", live.status()).unwrap();
        writeln!(all, "{:?}", live.current()).unwrap();
    }
    drop(live);
    for event in &received {
        writeln!(all, "{event}{event:?}").unwrap();
    }
    all
}

/// Every output of the `settings` command.
fn command_outputs(dir: &Dir, values: &Values<'_>, rejected: &str, keys: &[&str]) -> String {
    dir.write("a.json", object(values));
    dir.write(".env", format!("APP_REJECTED={rejected}\n"));
    let mut runs: Vec<Vec<&str>> = Vec::new();
    for format in ["table", "json", "toml", "env", "html"] {
        runs.push(vec!["dump", "--sources", "--format", format]);
    }
    runs.push(vec!["check", "--format", "json"]);
    runs.push(vec!["diff", ".env"]);
    runs.extend(keys.iter().map(|key| vec!["explain", key]));
    run(dir, values, &runs)
}

/// The output of the command for each of these arguments.
fn run(dir: &Dir, values: &Values<'_>, runs: &[Vec<&str>]) -> String {
    let mut all = String::new();
    for words in runs {
        let output = Command::new(env!("CARGO_BIN_EXE_shapes"))
            .args(words)
            .env_clear()
            // Half of the values are overridden by other ones.
            .envs(variables(values).step_by(2).map(|(name, _)| (name, "")))
            .current_dir(dir.root())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        writeln!(all, "{words:?}\n{}", String::from_utf8(text).unwrap()).unwrap();
    }
    all
}

/// The secret in every form that an output may have.
fn forms(secret: &str) -> Vec<String> {
    let debug = format!("{secret:?}");
    let json = serde_json::to_string(secret).unwrap();
    let mut forms = vec![
        secret.to_owned(),
        debug[1..debug.len() - 1].to_owned(),
        json[1..json.len() - 1].to_owned(),
        percent(secret),
        BASE64_STANDARD_NO_PAD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
    ];
    forms.extend(forms.clone().iter().map(|form| form.to_lowercase()));
    forms
}

#[track_caller]
fn assert_no_secret(seed: u64, all: &str, secrets: &[String]) {
    let lower = all.to_lowercase();
    for secret in secrets.iter().chain([&shapes::DEFAULT.to_owned()]) {
        for form in forms(secret) {
            let is_printed = all.contains(&form) || lower.contains(&form.to_lowercase());
            assert!(!is_printed, "seed {seed}: {form:?} is in\n{all}");
        }
    }
}

/// Random values, and the secrets in them.
fn values(random: &mut Random) -> (Values<'static>, Vec<String>) {
    let mut values = BTreeMap::new();
    let mut secrets = Vec::new();
    for _ in 0..=random.below(3) {
        let secret = random.secret();
        let (key, value) = shapes::shape(random.below(shapes::COUNT), &secret);
        if values.insert(key, value).is_some() {
            // The former secret is not a value of this case.
            secrets.clear();
            values.clear();
            let (key, value) = shapes::shape(random.below(shapes::COUNT), &secret);
            values.insert(key, value);
        }
        secrets.push(secret);
    }
    (values, secrets)
}

#[test]
fn no_secret_of_any_shape_is_in_any_output() {
    for nth in 0..shapes::COUNT {
        let secret = Random(nth as u64).secret();
        let (key, value) = shapes::shape(nth, &secret);
        let values = BTreeMap::from([(key, value)]);
        for nth_source in 0..SOURCES {
            let dir = Dir::with(&[]);
            let all = outputs(source(nth_source, &dir, &values), "no");
            assert_no_secret(nth as u64, &all, std::slice::from_ref(&secret));
            assert!(all.contains("[redacted]"), "{key} did not arrive: {all}");
        }
    }
}

#[test]
fn no_random_secret_is_in_any_output() {
    for seed in 0..600 {
        let random = &mut Random(seed);
        let (values, secrets) = values(random);
        let nth_source = random.below(SOURCES);
        for rejected in ["no", "yes"] {
            let dir = Dir::with(&[]);
            let all = outputs(source(nth_source, &dir, &values), rejected);
            assert_no_secret(seed, &all, &secrets);
        }
    }
}

#[test]
fn no_random_secret_is_in_any_output_of_live_settings() {
    for seed in 1000..1100 {
        let (values, secrets) = values(&mut Random(seed));
        let all = live_outputs(&Dir::with(&[]), &values);
        assert_no_secret(seed, &all, &secrets);
        assert!(
            all.to_lowercase().contains("[redacted]"),
            "seed {seed}: {all}"
        );
    }
}

#[test]
fn no_random_secret_is_in_any_output_of_the_command() {
    for seed in 2000..2030 {
        let (values, secrets) = values(&mut Random(seed));
        let more = [
            "everything",
            "copied",
            "adjusted",
            "adjusted_map",
            "default_token",
        ];
        let keys: Vec<&str> = values.keys().copied().chain(more).collect();
        let rejected = ["no", "yes"][usize::from(seed.is_multiple_of(2))];
        let all = command_outputs(&Dir::with(&[]), &values, rejected, &keys);
        assert_no_secret(seed, &all, &secrets);
        assert!(all.contains("[redacted]"), "seed {seed}: {all}");
    }
}

#[test]
fn the_value_of_a_name_that_matches_nothing_is_in_no_output() {
    for seed in 3000..3010 {
        let random = &mut Random(seed);
        let secret = random.secret();
        let text = serde_json::Value::from(secret.as_str()).to_string();
        for key in [
            "old_token",
            "old_name",
            "unknown",
            "group_name_of",
            "alone_",
            "access_kind_of",
        ] {
            let values = BTreeMap::from([(key, text.clone())]);
            for nth_source in 0..SOURCES {
                let all = outputs(source(nth_source, &Dir::with(&[]), &values), "no");
                assert_no_secret(seed, &all, std::slice::from_ref(&secret));
            }
        }
        let values = BTreeMap::from([("old_token", text.clone()), ("unknown", text)]);
        let all = command_outputs(&Dir::with(&[]), &values, "no", &["old_token", "unknown"]);
        assert_no_secret(seed, &all, &[secret]);
    }
}

#[test]
fn no_secret_is_in_any_document() {
    let dir = Dir::with(&[]);
    let secret = Random(4000).secret();
    let values = BTreeMap::from([shapes::shape(0, &secret), shapes::shape(28, &secret)]);
    dir.write("a.json", object(&values));
    let runs: Vec<Vec<&str>> = docs::DocumentFormat::ALL
        .iter()
        .map(|format| vec!["docs", "--format", format.name()])
        .collect();
    let all = run(&dir, &values, &runs);
    assert_no_secret(4000, &all, &[secret]);
    assert!(all.contains("default_token"), "{all}");
}
