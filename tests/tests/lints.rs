//! The derive under lints that users may forbid. Generated code needs no `allow`.
#![forbid(
    unsafe_code,
    unused,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    single_use_lifetimes,
    trivial_casts,
    variant_size_differences,
    nonstandard_style,
    rust_2018_idioms
)]
#![forbid(
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::absolute_paths,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::min_ident_chars,
    clippy::pattern_type_mismatch,
    clippy::question_mark_used,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::unreachable
)]

// Generated code names these items too, by their paths.
use settings_core::{
    SecretString, Settings,
    schema::{Rule, SourceDecl, SourceKind},
};
use std::{collections::BTreeMap, time::Duration};

/// Settings.
#[derive(Debug, Settings)]
#[settings(
    prefix = "LINTS_",
    file = "absent.toml",
    env_file = [".env.{name}", dotenvy("absent.env")],
    secrets_dir = "absent",
    unknown = "deny",
    ignore = "LINTS_OTHER_*",
    derived(
        /// Whether anything is served.
        pub serves: bool = self.workers > 0,
    ),
    validate = Self::is_valid,
)]
struct App {
    /// A text.
    #[settings(default = "demo", length(1..), pattern = "^[a-z]+$", validate = short)]
    name: String,
    /// A word.
    #[settings(default = "text", pattern = "^(text|json)$", one_of("text", "json"))]
    format: String,
    /// A number.
    #[settings(default = 4, range(1..=64), reload)]
    workers: u32,
    /// A duration.
    #[settings(default = Duration::from_secs(30), range("1s"..="1h"))]
    timeout: Duration,
    /// A deprecated number.
    #[deprecated]
    #[settings(
        default = 1,
        deprecated = "it does nothing",
        deprecated_alias = "older"
    )]
    old: u8,
    /// A list.
    #[settings(default_with = Vec::new, separator = ";", alias = "names")]
    labels: Vec<String>,
    /// Another list.
    #[settings(default_with = Default::default, rename = "more-labels")]
    more: Option<Vec<String>>,
    /// A secret.
    #[settings(env = "LINTS_TOKEN", required_if(format = "json"))]
    token: Option<SecretString>,
    /// A number of letters.
    #[settings(parse_with = count, default = "four", example = "seven")]
    letters: usize,
    /// A skipped field.
    #[settings(skip)]
    cache: Option<u8>,
    /// A group.
    #[settings(nested, rename = "http")]
    server: Server,
    /// A group without a name.
    #[settings(flatten)]
    flat: Limits,
    /// An optional group.
    #[settings(nested)]
    spare: Option<Server>,
    /// Groups.
    #[settings(nested)]
    peers: Vec<Server>,
    /// Groups by name.
    #[settings(nested)]
    zones: BTreeMap<String, Server>,
}

/// A group.
#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    /// An address.
    bind: Option<String>,
}

/// Another group.
#[derive(Debug, Settings)]
#[settings(group)]
struct Limits {
    /// A depth.
    #[settings(default = 1)]
    depth: u8,
}

impl App {
    const fn is_valid(&self) -> Result<(), &'static str> {
        if self.cache.is_none() {
            Ok(())
        } else {
            Err("cached")
        }
    }
}

const fn short(name: &str) -> Result<(), &'static str> {
    if name.len() < 10 {
        Ok(())
    } else {
        Err("too long for a label")
    }
}

const fn count(text: &str) -> Result<usize, &'static str> {
    match text.len() {
        0 => Err("at least one letter"),
        count => Ok(count),
    }
}

#[test]
fn generated_code_passes_every_lint() {
    let app = App::empty_loader()
        .load()
        .expect("every setting has a default");
    assert!(app.serves());
    assert_eq!((&*app.name, &*app.format), ("demo", "text"));
    assert_eq!((app.workers, app.timeout.as_secs()), (4, 30));
    assert_eq!((app.labels.len(), app.more.as_ref()), (0, Some(&vec![])));
    assert_eq!((app.letters, app.flat.depth), (4, 1));
    assert!(app.token.is_none() && app.server.bind.is_none() && app.spare.is_none());
    assert!(app.peers.is_empty() && app.zones.is_empty());
}

#[test]
fn imports_of_names_in_generated_code_are_allowed() {
    let sources: &[SourceDecl] = App::SCHEMA.sources;
    assert_eq!(sources[0].kind, SourceKind::File);
    let name = App::SCHEMA.root.leaf("name").expect("a setting");
    assert!(matches!(
        name.rules,
        [Rule::Pattern(_), Rule::Length { .. }]
    ));
}
