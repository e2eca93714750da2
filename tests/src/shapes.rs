//! Settings with secrets of every shape, whose check and properties print each secret in every form.

use serde::{Deserialize, Deserializer};
use settings_core::{ExposeSecret, SecretString, Settings};
use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    fmt::{self, Write},
    sync::Arc,
};

/// A struct with a secret.
#[derive(Clone, Debug, Deserialize)]
pub struct Member {
    /// Printed.
    pub name: String,
    /// The secret.
    pub inner: SecretString,
}

/// A newtype of a secret.
#[derive(Clone, Debug, Deserialize)]
pub struct Hidden(SecretString);

/// A type whose `Debug` does not print its value.
#[derive(Clone, Deserialize)]
pub struct Opaque(String);

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opaque(..)")
    }
}

/// A type without `Debug`.
#[derive(Clone, Deserialize)]
struct Silent {
    inner: String,
}

/// An enum with a secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// No secret.
    Nothing,
    /// In a newtype variant.
    Inner(SecretString),
    /// In a struct variant.
    Member {
        /// Printed.
        name: String,
        /// The secret.
        inner: SecretString,
    },
}

/// An internally tagged enum.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Tagged {
    /// With a secret.
    Basic {
        /// The secret.
        inner: SecretString,
    },
}

/// An untagged enum.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Either {
    /// No secret.
    Number(u8),
    /// With a secret.
    Member(Member),
}

/// A struct with keys of all names.
#[derive(Clone, Debug, Deserialize)]
pub struct Extra {
    /// Printed.
    pub name: String,
    #[serde(flatten)]
    others: HashMap<String, SecretString>,
}

/// An entry of a list of variables.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// Printed.
    pub name: String,
    /// A secret, if the name is that of one.
    pub value: String,
}

/// A group with a secret.
#[derive(Clone, Debug, Settings)]
#[settings(group, derived(
    seen: String = format!("seen: {}", self.inner.expose_secret()),
))]
pub struct Group {
    /// Printed.
    #[settings(default = "n")]
    pub name: String,
    inner: SecretString,
}

/// An enum of settings with a secret in each form.
#[derive(Clone, Debug, Settings)]
#[settings(group, tag = "kind")]
pub enum Access {
    /// No secret.
    #[settings(default)]
    Open,
    /// With a secret.
    Basic {
        /// Printed.
        #[settings(default = "n")]
        name: String,
        /// The secret.
        inner: SecretString,
    },
    /// A secret in place of the group.
    #[settings(scalar)]
    Token(SecretString),
}

/// A default that no output may show.
pub const DEFAULT: &str = "default-Zebra9/quartz";

/// Settings of every shape.
#[derive(Settings)]
#[settings(prefix = "APP_", validate = Self::check, finish = Self::finish, removed(
    old_token = "since 2.0: set alone",
    old_name = "since 2.0",
), derived(
    everything: String = self.secret_texts(),
    encoded: String = percent(&self.secret_texts()),
    printed: String = format!("{:?}", (1, self.secret_texts())),
    joined: Vec<String> = vec![self.secret_texts(), self.secret_texts().to_uppercase()],
))]
pub struct Shapes {
    /// Whether the check of the struct fails.
    #[settings(default = false, reload)]
    pub rejected: bool,
    #[settings(reload)]
    alone: Option<SecretString>,
    #[settings(default_with = Vec::new, reload)]
    list: Vec<SecretString>,
    #[settings(default_with = BTreeMap::new, reload)]
    map: BTreeMap<String, SecretString>,
    #[settings(reload)]
    member: Option<Member>,
    #[settings(default_with = Vec::new, reload)]
    members: Vec<Member>,
    #[settings(default_with = BTreeMap::new, reload)]
    named: BTreeMap<String, Member>,
    #[settings(default_with = BTreeMap::new, reload)]
    deep: BTreeMap<String, Vec<Option<Member>>>,
    #[settings(reload)]
    hidden: Option<Hidden>,
    #[settings(reload)]
    array: Option<[Hidden; 2]>,
    #[settings(reload)]
    boxed: Option<Box<Member>>,
    #[settings(reload)]
    variant: Option<Variant>,
    #[settings(reload)]
    tagged: Option<Tagged>,
    #[settings(reload)]
    either: Option<Either>,
    #[settings(reload)]
    extra: Option<Extra>,
    #[settings(reload)]
    pair: Option<(String, Hidden)>,
    #[settings(reload)]
    opaque: Option<Opaque>,
    #[settings(reload)]
    silent: Option<Silent>,
    #[settings(reload, parse_with = parse_member)]
    parsed: Option<Member>,
    #[settings(reload, parse_with = parse_silent)]
    parsed_silent: Option<Silent>,
    #[settings(reload, deserialize_with = read_hidden)]
    read: Option<Hidden>,
    #[settings(reload, secret)]
    marked: Option<Opaque>,
    #[settings(reload)]
    db_password: Option<String>,
    #[settings(default_with = Vec::new, reload)]
    auth_tokens: Vec<String>,
    #[settings(default_with = BTreeMap::new, reload)]
    headers: BTreeMap<String, String>,
    #[settings(default_with = Vec::new, reload)]
    pairs: Vec<(String, String)>,
    #[settings(default_with = Vec::new, reload)]
    entries: Vec<Entry>,
    #[settings(reload)]
    url: Option<String>,
    #[settings(default_with = Vec::new, reload)]
    urls: Vec<String>,
    #[settings(reload)]
    anything: Option<serde_json::Value>,
    #[settings(nested, reload)]
    group: Option<Group>,
    #[settings(nested, reload)]
    groups: Vec<Group>,
    #[settings(nested, reload)]
    zones: BTreeMap<String, Group>,
    #[settings(nested, reload)]
    held: Option<Box<Group>>,
    #[settings(nested, reload)]
    shared: Option<Arc<Group>>,
    #[settings(nested, reload)]
    racks: BTreeMap<String, Vec<Group>>,
    #[settings(nested, reload)]
    sites: BTreeMap<String, BTreeMap<String, Group>>,
    #[settings(nested, reload)]
    access: Option<Access>,
    #[settings(nested, reload)]
    accesses: Vec<Access>,
    /// A default that contains a secret.
    #[settings(default_from(alone) = alone.as_ref().map(|alone| alone.expose_secret().to_owned()), reload)]
    copied: Option<String>,
    #[settings(
        default = "none",
        default_if(rejected = "true", "default-Zebra9/quartz"),
        reload
    )]
    default_token: String,
    #[settings(default = "default-Zebra9/quartz", reload)]
    default_secret: SecretString,
    /// Filled by `finish`.
    #[settings(default = "nothing", reload)]
    adjusted: String,
    #[settings(default_with = BTreeMap::new, reload)]
    adjusted_map: BTreeMap<String, String>,
}

impl fmt::Debug for Shapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shapes").finish_non_exhaustive()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what `parse_with` takes")]
fn parse_member(text: &str) -> Result<Member, Infallible> {
    Ok(Member {
        name: "n".to_owned(),
        inner: text.into(),
    })
}

#[expect(clippy::unnecessary_wraps, reason = "what `parse_with` takes")]
fn parse_silent(text: &str) -> Result<Silent, Infallible> {
    Ok(Silent {
        inner: text.to_owned(),
    })
}

fn read_hidden<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hidden>, D::Error> {
    SecretString::deserialize(deserializer).map(|secret| Some(Hidden(secret)))
}

impl Shapes {
    /// Every secret text of the settings.
    pub fn secret_texts(&self) -> String {
        let mut all = String::from("all:");
        let mut push = |text: &str| {
            let _ = write!(all, " <{text}>");
        };
        let deep = self.deep.values().flatten().flatten();
        let members = self.member.iter().chain(&self.members).chain(deep);
        let members = members.chain(self.named.values()).chain(&self.parsed);
        let members = members.chain(self.boxed.as_deref());
        let either = self.either.iter().filter_map(|either| match either {
            Either::Member(member) => Some(member),
            Either::Number(_) => None,
        });
        let secrets = members.chain(either).map(|member| &member.inner);
        let secrets = secrets.chain(&self.alone).chain(&self.list);
        let secrets = secrets.chain(self.map.values());
        let hidden = self.hidden.iter().chain(self.array.iter().flatten());
        let hidden = hidden.chain(self.pair.iter().map(|pair| &pair.1));
        let secrets = secrets.chain(hidden.chain(&self.read).map(|hidden| &hidden.0));
        let secrets = secrets.chain(self.variant.iter().filter_map(|variant| match variant {
            Variant::Inner(inner) | Variant::Member { inner, .. } => Some(inner),
            Variant::Nothing => None,
        }));
        let secrets = secrets.chain(self.tagged.iter().map(|Tagged::Basic { inner }| inner));
        let secrets = secrets.chain(self.extra.iter().flat_map(|extra| extra.others.values()));
        let groups = self.group.iter().chain(&self.groups);
        let groups = groups.chain(self.zones.values());
        let groups = groups
            .chain(self.held.as_deref())
            .chain(self.shared.as_deref());
        let groups = groups.chain(self.racks.values().flatten());
        let groups = groups.chain(self.sites.values().flat_map(BTreeMap::values));
        let secrets = secrets.chain(groups.map(|group| &group.inner));
        let accesses = self.access.iter().chain(&self.accesses);
        let secrets = secrets.chain(accesses.filter_map(|access| match access {
            Access::Basic { inner, .. } | Access::Token(inner) => Some(inner),
            Access::Open => None,
        }));
        secrets.for_each(|secret| push(secret.expose_secret()));
        let opaque = self.opaque.iter().chain(&self.marked);
        opaque.for_each(|opaque| push(&opaque.0));
        let silent = self.silent.iter().chain(&self.parsed_silent);
        silent.for_each(|silent| push(&silent.inner));
        let texts = self.db_password.iter().chain(&self.auth_tokens);
        let texts = texts.chain(self.headers.values()).chain(&self.url);
        let texts = texts.chain(self.pairs.iter().map(|pair| &pair.1));
        let texts = texts.chain(self.entries.iter().map(|entry| &entry.value));
        texts.chain(&self.urls).for_each(|text| push(text));
        if let Some(anything) = &self.anything {
            push(&anything.to_string());
        }
        all
    }

    /// Copies every secret into settings that are none.
    #[expect(clippy::unnecessary_wraps, reason = "what `finish` takes")]
    fn finish(&mut self) -> Result<(), Infallible> {
        let texts = self.secret_texts();
        if texts != "all:" {
            self.adjusted_map.insert("k".to_owned(), texts.clone());
            self.adjusted = texts;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        if !self.rejected {
            return Ok(());
        }
        let texts = self.secret_texts();
        Err(format!(
            "{texts} {texts:?} {} {}",
            percent(&texts),
            texts.to_lowercase()
        ))
    }
}

/// A text in percent-encoding.
pub fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// The number of shapes.
pub const COUNT: usize = 48;

/// A setting, and JSON for it that contains a secret.
pub fn shape(nth: usize, secret: &str) -> (&'static str, String) {
    let text = serde_json::Value::from(secret).to_string();
    let member = format!(r#"{{"name": "n", "inner": {text}}}"#);
    let url = serde_json::Value::from(format!("https://u:{}@h/p", percent(secret))).to_string();
    match nth % COUNT {
        0 => ("alone", text),
        1 => ("list", format!("[\"one\", {text}]")),
        2 => ("map", format!(r#"{{"k": {text}}}"#)),
        3 => ("member", member),
        4 => ("members", format!("[{member}]")),
        5 => ("named", format!(r#"{{"k": {member}}}"#)),
        6 => ("deep", format!(r#"{{"k": [null, {member}]}}"#)),
        7 => ("hidden", text),
        8 => ("array", format!("[\"one\", {text}]")),
        9 => ("boxed", member),
        10 => ("variant", format!(r#"{{"inner": {text}}}"#)),
        11 => ("variant", format!(r#"{{"member": {member}}}"#)),
        12 => ("tagged", format!(r#"{{"type": "basic", "inner": {text}}}"#)),
        13 => ("either", member),
        14 => ("extra", format!(r#"{{"name": "n", "x": {text}}}"#)),
        15 => ("pair", format!("[\"n\", {text}]")),
        16 => ("opaque", text),
        17 => ("silent", format!(r#"{{"inner": {text}}}"#)),
        18 => ("parsed", text),
        19 => ("parsed_silent", text),
        20 => ("read", text),
        21 => ("marked", text),
        22 => ("db_password", text),
        23 => ("auth_tokens", format!("[{text}]")),
        24 => (
            "headers",
            format!(r#"{{"Authorization": {text}, "Accept": "a"}}"#),
        ),
        25 => ("headers", format!(r#"{{"Set-Cookie": {text}}}"#)),
        26 => ("pairs", format!(r#"[["Accept", "a"], ["Cookie", {text}]]"#)),
        27 => (
            "entries",
            format!(
                r#"[{{"name": "HOST", "value": "h"}}, {{"name": "DB_PASS", "value": {text}}}]"#
            ),
        ),
        28 => ("url", url),
        29 => ("urls", format!(r#"["http://h", {url}]"#)),
        30 => ("group", format!(r#"{{"inner": {text}}}"#)),
        31 => ("groups", format!(r#"[{{"inner": {text}}}]"#)),
        32 => ("zones", format!(r#"{{"eu": {{"inner": {text}}}}}"#)),
        33 => ("anything", format!(r#"{{"a": [{{"api_key": {text}}}]}}"#)),
        34 => ("anything", format!(r#"[["Authorization", {text}]]"#)),
        35 => ("headers", format!(r#"{{"X-Api-Key": {text}}}"#)),
        36 => (
            "entries",
            format!(r#"[{{"value": {text}, "name": "apiToken"}}]"#),
        ),
        37 => (
            "zones",
            format!(r#"{{"us": {{"name": "x", "inner": {text}}}}}"#),
        ),
        38 => ("list", format!("[{text}, {text}]")),
        39 => ("held", format!(r#"{{"inner": {text}}}"#)),
        40 => ("shared", format!(r#"{{"name": "x", "inner": {text}}}"#)),
        41 => ("racks", format!(r#"{{"eu": [{{"inner": {text}}}]}}"#)),
        42 => (
            "sites",
            format!(r#"{{"eu": {{"a": {{"inner": {text}}}}}}}"#),
        ),
        43 => ("access", format!(r#"{{"kind": "basic", "inner": {text}}}"#)),
        44 => ("accesses", format!("[{text}]")),
        45 => ("access", text),
        46 => (
            "accesses",
            format!(r#"[{{"kind": "basic", "inner": {text}}}, {text}]"#),
        ),
        _ => ("map", format!(r#"{{"a": {text}, "b": "short"}}"#)),
    }
}
