//! The nine cases: settings, values, and the layer that sets each.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use crate::snapshot::Snapshot;

/// A loader under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loader {
    /// A pass over `vars_os` that drops everything: a lower bound for reading the whole environment.
    Bare,
    /// Written by hand: one `env::var` per literal name.
    Exact,
    /// Written by hand: one pass over the variables into a map, with names in any case.
    Scan,
    /// `settings-core`.
    Ours,
    /// figment, dotenvy and validator.
    Figment,
    /// config and dotenvy.
    Config,
    /// confique and dotenvy.
    Confique,
    /// envy and dotenvy.
    Envy,
    /// conf and dotenvy.
    Conf,
}

/// Number of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// The 12 settings of a small service, no prefix, no groups.
    Seed,
    /// 100 settings in 10 groups.
    Hundred,
    /// 1,000 settings in 100 groups.
    Thousand,
}

/// The sources. The environment always contains 60 unrelated variables too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sources {
    /// Every setting is a variable.
    Env,
    /// Half of the settings in `.env`, half in the environment, which overrides another quarter.
    EnvFile,
    /// A third in TOML, a third in `.env`, a third in the environment, with values to override.
    Toml,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// Number of settings.
    pub size: Size,
    /// The sources.
    pub sources: Sources,
}

/// Every case, in the order of the table.
pub const CASES: [Case; 9] = {
    use Size::{Hundred, Seed, Thousand};
    use Sources::{Env, EnvFile, Toml};
    const fn case(size: Size, sources: Sources) -> Case {
        Case { size, sources }
    }
    [
        case(Seed, Env),
        case(Seed, EnvFile),
        case(Seed, Toml),
        case(Hundred, Env),
        case(Hundred, EnvFile),
        case(Hundred, Toml),
        case(Thousand, Env),
        case(Thousand, EnvFile),
        case(Thousand, Toml),
    ]
};

impl Loader {
    /// Every loader, in the order of the table.
    pub const ALL: &'static [Self] = &[
        Self::Bare,
        Self::Exact,
        Self::Scan,
        Self::Ours,
        Self::Figment,
        Self::Config,
        Self::Confique,
        Self::Envy,
        Self::Conf,
    ];

    /// Whether the loader supports this case.
    pub fn can(self, case: Case) -> bool {
        match self {
            Self::Envy => case.sources != Sources::Toml,
            _ => true,
        }
    }

    /// Whether it returns values to compare; a bare pass does not.
    pub fn has_values(self) -> bool {
        self != Self::Bare
    }

    /// Whether only the first load of a process does all the work: confique reads `.env` through the process environment, to
    /// which dotenvy adds each variable once.
    pub fn loads_once(self, case: Case) -> bool {
        self == Self::Confique && case.sources.has_env_file()
    }

    /// The separator between a group and its setting. figment and config need one that no name contains.
    fn separator(self) -> &'static str {
        match self {
            Self::Figment | Self::Config => "__",
            _ => "_",
        }
    }
}

impl Sources {
    /// Whether there is a `.env` file.
    pub(crate) fn has_env_file(self) -> bool {
        self != Self::Env
    }

    /// Whether there is a TOML file.
    pub(crate) fn has_toml(self) -> bool {
        self == Self::Toml
    }
}

impl Case {
    /// The values that every loader must return.
    pub fn expected(self) -> Snapshot {
        self.leaves().map(|leaf| (leaf.key(), leaf.value)).collect()
    }

    /// The variables of this case, in the spelling that `loader` expects.
    pub(crate) fn variables(self, loader: Loader) -> Vec<(String, String)> {
        self.leaves()
            .filter_map(|leaf| Some((leaf.variable(loader), leaf.layer_values(self.sources).env?)))
            .collect()
    }

    /// The text of `.env`, in the spelling that `loader` expects.
    pub(crate) fn env_file(self, loader: Loader) -> Option<String> {
        let mut text = String::from("# Settings of this machine.\n");
        for leaf in self.leaves() {
            if let Some(value) = leaf.layer_values(self.sources).env_file {
                let quote = if value.contains(' ') { "\"" } else { "" };
                let _ = writeln!(text, "{}={quote}{value}{quote}", leaf.variable(loader));
            }
        }
        self.sources.has_env_file().then_some(text)
    }

    /// The text of the TOML file.
    pub(crate) fn toml(self) -> Option<String> {
        let mut text = String::from("# Settings of every machine.\n");
        let mut group = None;
        for leaf in self.leaves() {
            if let Some(value) = leaf.layer_values(self.sources).toml {
                if let Some(of) = leaf.group.filter(|_| group != leaf.group) {
                    let _ = writeln!(text, "\n[group_{of:02}]");
                    group = leaf.group;
                }
                let quote = if leaf.is_text { "\"" } else { "" };
                let _ = writeln!(text, "{} = {quote}{value}{quote}", leaf.name);
            }
        }
        self.sources.has_toml().then_some(text)
    }

    fn leaves(self) -> impl Iterator<Item = Leaf> {
        let (seed, groups) = match self.size {
            Size::Seed => (SEED.as_slice(), 0),
            Size::Hundred => (&[][..], 10),
            Size::Thousand => (&[][..], 100),
        };
        let seed = seed.iter().map(|&(name, value, stale, is_text)| Leaf {
            group: None,
            name,
            is_text,
            value: value.to_owned(),
            stale: stale.to_owned(),
            index: 0,
        });
        let groups = (0..groups).flat_map(|group| {
            GROUP.iter().map(move |&(name, text, is_text)| Leaf {
                group: Some(group),
                name,
                is_text,
                value: text(group + 1),
                stale: text(group + 501),
                index: 0,
            })
        });
        seed.chain(groups)
            .enumerate()
            .map(|(index, leaf)| Leaf { index, ..leaf })
    }
}

/// One setting of a case.
struct Leaf {
    index: usize,
    group: Option<usize>,
    name: &'static str,
    is_text: bool,
    value: String,
    stale: String,
}

/// The value that each layer sets.
#[derive(Default)]
struct LayerValues {
    toml: Option<String>,
    env_file: Option<String>,
    env: Option<String>,
}

impl Leaf {
    fn key(&self) -> String {
        match self.group {
            Some(group) => format!("group_{group:02}.{}", self.name),
            None => self.name.to_owned(),
        }
    }

    fn variable(&self, loader: Loader) -> String {
        let name = self.name.to_uppercase();
        match self.group {
            Some(group) => format!("APP_GROUP_{group:02}{}{name}", loader.separator()),
            None => name,
        }
    }

    fn layer_values(&self, sources: Sources) -> LayerValues {
        let value = || Some(self.value.clone());
        let stale = |is_set: bool| is_set.then(|| self.stale.clone());
        match (sources, self.index % 2, self.index % 3) {
            (Sources::Env, ..) => LayerValues {
                env: value(),
                ..LayerValues::default()
            },
            (Sources::EnvFile, 0, _) => LayerValues {
                env_file: value(),
                ..LayerValues::default()
            },
            (Sources::EnvFile, ..) => LayerValues {
                env_file: stale(self.index % 4 == 3),
                env: value(),
                ..LayerValues::default()
            },
            (Sources::Toml, _, 0) => LayerValues {
                toml: value(),
                ..LayerValues::default()
            },
            (Sources::Toml, odd, 1) => LayerValues {
                toml: stale(odd == 1),
                env_file: value(),
                ..LayerValues::default()
            },
            (Sources::Toml, odd, _) => LayerValues {
                toml: stale(odd == 1),
                env_file: stale(odd == 1),
                env: value(),
            },
        }
    }
}

/// Name, value, a value to override, whether it is text.
const SEED: [(&str, &str, &str, bool); 12] = [
    ("app_name", "Orders API", "Stale API", true),
    ("version", "2.4.1", "2.3.9", true),
    ("debug", "true", "false", false),
    ("environment", "staging", "development", true),
    (
        "database_url",
        "postgres://orders:orders@db.internal:5432/orders",
        "postgres://localhost/stale",
        true,
    ),
    ("db_pool_size", "25", "5", false),
    ("db_max_overflow", "40", "6", false),
    (
        "redis_url",
        "redis://cache.internal:6379/2",
        "redis://localhost:6379/9",
        true,
    ),
    (
        "secret_key",
        "correct-horse-battery-staple-0123456789",
        "stale-secret-key-of-last-year",
        true,
    ),
    ("access_token_expire_minutes", "45", "15", false),
    (
        "sentry_dsn",
        "https://public@sentry.internal/42",
        "https://stale@sentry.internal/1",
        true,
    ),
    (
        "otlp_endpoint",
        "http://otel-collector.internal:4317",
        "http://localhost:4317",
        true,
    ),
];

/// Returns the value of a setting for a number.
type Numbered = fn(usize) -> String;

/// Name, the value for a number, whether it is text.
const GROUP: [(&str, Numbered, bool); 10] = [
    (
        "url",
        |n| format!("postgres://db-{n}.internal:5432/app"),
        true,
    ),
    ("user", |n| format!("service-{n}"), true),
    ("region", |n| format!("eu-west-{n}"), true),
    ("pool_size", |n| (n * 3).to_string(), false),
    ("max_overflow", |n| (n * 7).to_string(), false),
    ("port", |n| (n + 8000).to_string(), false),
    ("enabled", |n| (n < 500).to_string(), false),
    ("verbose", |n| (n > 500).to_string(), false),
    ("sample_ratio", |n| format!("0.{n}5"), false),
    ("backoff_factor", |n| format!("{n}.5"), false),
];

/// Names the variants of an enum for the command line, the table and criterion.
macro_rules! words {
    ($Enum:ident: $($variant:ident = $word:literal,)*) => {
        impl fmt::Display for $Enum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self { $(Self::$variant => $word,)* })
            }
        }

        impl FromStr for $Enum {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(format!("no {} is called {word}", stringify!($Enum).to_lowercase())),
                }
            }
        }
    };
}

words! {
    Loader:
    Bare = "bare",
    Exact = "exact",
    Scan = "scan",
    Ours = "ours",
    Figment = "figment",
    Config = "config",
    Confique = "confique",
    Envy = "envy",
    Conf = "conf",
}

words! {
    Size:
    Seed = "12",
    Hundred = "100",
    Thousand = "1000",
}

words! {
    Sources:
    Env = "env",
    EnvFile = "env-file",
    Toml = "toml",
}
