//! Random settings with random secrets: shapes × sources × outputs, with one seed per case.

use crate::dir::Dir;
use serde::Deserialize;
use settings_core::{ExposeSecret, SecretString, Settings};
use std::{collections::BTreeMap, fmt::Write};

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

#[derive(Debug, Deserialize)]
struct Member {
    #[expect(dead_code, reason = "only printed")]
    name: String,
    inner: SecretString,
}

#[derive(Debug, Deserialize)]
struct Hidden(SecretString);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Variant {
    Inner(SecretString),
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", validate = Self::check, derived(
    pub everything: String = self.secret_texts(),
    pub encoded: String = percent(&self.secret_texts()),
    pub printed: String = format!("{:?}", (1, self.secret_texts())),
))]
struct App {
    #[settings(default = false)]
    rejected: bool,
    alone: Option<SecretString>,
    #[settings(default_with = Vec::new)]
    list: Vec<SecretString>,
    #[settings(default_with = BTreeMap::new)]
    map: BTreeMap<String, SecretString>,
    member: Option<Member>,
    #[settings(default_with = Vec::new)]
    members: Vec<Member>,
    #[settings(default_with = BTreeMap::new)]
    named: BTreeMap<String, Member>,
    hidden: Option<Hidden>,
    variant: Option<Variant>,
    pair: Option<(String, Hidden)>,
    db_password: Option<String>,
    #[settings(default_with = Vec::new)]
    auth_tokens: Vec<String>,
    #[settings(default_with = BTreeMap::new)]
    headers: BTreeMap<String, String>,
    #[settings(nested)]
    group: Option<Group>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Group {
    inner: SecretString,
}

impl App {
    fn secret_texts(&self) -> String {
        let mut all = String::from("all:");
        let mut push = |text: &str| write!(all, " <{text}>").unwrap();
        let members = self
            .member
            .iter()
            .chain(&self.members)
            .chain(self.named.values());
        let secrets = members.map(|member| &member.inner);
        let secrets = secrets
            .chain(&self.alone)
            .chain(&self.list)
            .chain(self.map.values());
        let secrets = secrets.chain(self.hidden.iter().map(|hidden| &hidden.0));
        let secrets = secrets.chain(self.variant.iter().map(|Variant::Inner(inner)| inner));
        let secrets = secrets.chain(self.pair.iter().map(|pair| &pair.1.0));
        let secrets = secrets.chain(self.group.iter().map(|group| &group.inner));
        secrets.for_each(|secret| push(secret.expose_secret()));
        let texts = self
            .db_password
            .iter()
            .chain(&self.auth_tokens)
            .chain(self.headers.values());
        texts.for_each(|text| push(text));
        all
    }

    fn check(&self) -> Result<(), String> {
        let texts = self.secret_texts();
        let reason = || {
            format!(
                "{texts} {texts:?} {} {}",
                percent(&texts),
                texts.to_lowercase()
            )
        };
        if self.rejected { Err(reason()) } else { Ok(()) }
    }
}

fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// The JSON of each setting with this secret in it.
fn shape(random: &mut Random, secret: &str) -> (&'static str, String) {
    let secret = serde_json::to_string(secret).unwrap();
    let member = format!(r#"{{"name": "n", "inner": {secret}}}"#);
    match random.below(12) {
        0 => ("alone", secret),
        1 => ("list", format!("[\"one\", {secret}]")),
        2 => ("map", format!(r#"{{"k": {secret}}}"#)),
        3 => ("member", member),
        4 => ("members", format!("[{member}]")),
        5 => ("named", format!(r#"{{"k": {member}}}"#)),
        6 => ("hidden", secret),
        7 => ("variant", format!(r#"{{"inner": {secret}}}"#)),
        8 => ("pair", format!("[\"n\", {secret}]")),
        9 => ("db_password", secret),
        10 => ("auth_tokens", format!("[{secret}]")),
        11 => ("headers", format!(r#"{{"Authorization": {secret}}}"#)),
        _ => unreachable!(),
    }
}

/// The text of a flat source for a value of JSON.
fn flat(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

fn outputs(random: &mut Random, values: &BTreeMap<&str, String>, rejected: &str) -> String {
    let dir = Dir::with(&[]);
    let object: Vec<String> = values
        .iter()
        .map(|(key, value)| format!("\"{key}\": {value}"))
        .collect();
    let path = dir.write("a.json", format!("{{{}}}", object.join(", ")));
    let app = App::empty_loader();
    let app = match random.below(4) {
        0 => app.file(&path),
        1 => app.env_from(
            values
                .iter()
                .map(|(key, value)| (format!("APP_{}", key.to_uppercase()), flat(value))),
        ),
        2 => values
            .iter()
            .fold(app, |app, (key, value)| app.set(*key, flat(value))),
        _ => {
            for (key, value) in values {
                dir.write(&format!("secrets/{key}"), flat(value));
            }
            app.secrets_dir(dir.path("secrets"))
        }
    };
    match app.set("rejected", rejected).load() {
        Ok(app) => format!(
            "{}{}{}{:?}",
            app.dump(),
            app.to_json(),
            app.to_env(),
            app.warnings()
        ),
        Err(error) => format!("{error}{error:?}"),
    }
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
    ];
    forms.extend(forms.clone().iter().map(|form| form.to_lowercase()));
    forms
}

#[test]
fn no_random_secret_is_in_any_output() {
    for seed in 0..400 {
        let random = &mut Random(seed);
        let mut values = BTreeMap::new();
        let mut secrets = Vec::new();
        for _ in 0..=random.below(3) {
            let secret = random.secret();
            let (key, value) = shape(random, &secret);
            if values.insert(key, value).is_none() {
                secrets.push(secret);
            }
        }
        for rejected in ["no", "yes"] {
            let all = outputs(random, &values, rejected);
            let lower = all.to_lowercase();
            for secret in &secrets {
                for form in forms(secret) {
                    let is_printed = all.contains(&form) || lower.contains(&form.to_lowercase());
                    assert!(!is_printed, "seed {seed}: {form:?} is in\n{all}");
                }
            }
        }
    }
}
