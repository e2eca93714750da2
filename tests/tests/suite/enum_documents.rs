//! Documents of enums of settings: each variant with its settings.

use settings_core::{
    SecretString, Settings,
    docs::{self, DocumentFormat, Options},
};
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

/// Where uploads are kept.
#[derive(Debug, Settings)]
#[settings(group, tag = "kind")]
enum Storage {
    /// In memory, lost at exit.
    #[settings(default, alias = "mem")]
    Memory,
    /// In a local directory.
    Local {
        /// The directory.
        path: String,
    },
    /// In an S3 bucket.
    S3 {
        bucket: String,
        /// The path in the bucket.
        #[settings(default = "/")]
        path: String,
        key: SecretString,
    },
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(nested)]
    storage: Storage,
}

#[test]
fn a_reference_has_a_section_for_each_variant() {
    assert_data_eq!(
        docs::markdown::<App>(),
        str![[r#"
# App

Sources, lowest first: the defaults, the environment. A later source overrides an earlier one.
For a secret, the variable `<NAME>_FILE` may name a file that contains its value.

## `storage`

Where uploads are kept.

| Setting | Description | Default | Variable |
|---|---|---|---|
| `storage.kind` | Where uploads are kept.<br>One of memory, local, s3. memory, mem: In memory, lost at exit. local: In a local directory. s3: In an S3 bucket. The value of storage itself may be one of these names. | `memory` | `APP_STORAGE_KIND` |

### `storage.kind` = `memory`

In memory, lost at exit.

### `storage.kind` = `local`

In a local directory.

| Setting | Description | Default | Variable |
|---|---|---|---|
| `storage.path` | The directory.<br>Text. | **required** | `APP_STORAGE_PATH` |

### `storage.kind` = `s3`

In an S3 bucket.

| Setting | Description | Default | Variable |
|---|---|---|---|
| `storage.bucket` | Text. | **required** | `APP_STORAGE_BUCKET` |
| `storage.path` | The path in the bucket.<br>Text. | `/` | `APP_STORAGE_PATH` |
| `storage.key` | Text; secret. | **required** | `APP_STORAGE_KEY` |

"#]]
    );
}

#[test]
fn templates_name_the_variant_of_each_setting() {
    let env = docs::env_example::<App>();
    assert!(
        env.contains(
            "# The directory.\n# required if storage.kind is local; text\n#APP_STORAGE_PATH=\n"
        ),
        "{env}"
    );
    assert!(
        env.contains("# only if storage.kind is s3; text\n#APP_STORAGE_PATH=/\n"),
        "{env}"
    );
    for format in DocumentFormat::ALL {
        let text = docs::render::<App>(format, &Options::new());
        assert!(
            text.contains("bucket") || text.contains("BUCKET"),
            "{format:?}: {text}"
        );
    }
}

#[test]
fn the_strict_json_schema_requires_the_tag_of_other_variants() {
    let schema = |strict| {
        let options = Options::new().strict(strict);
        let text = docs::render::<App>(DocumentFormat::JsonSchema, &options);
        let schema = serde_json::from_str(&text).unwrap();
        jsonschema::draft202012::new(&schema).unwrap()
    };
    let (plain, strict) = (schema(false), schema(true));
    let check = |document: serde_json::Value, is_plain: bool, is_strict: bool| {
        assert_eq!(plain.is_valid(&document), is_plain, "{document}");
        assert_eq!(strict.is_valid(&document), is_strict, "{document}");
    };
    check(serde_json::json!({"storage": {"kind": "mem"}}), true, true);
    check(serde_json::json!({"storage": {}}), true, true);
    check(serde_json::json!({"storage": {"path": "/a"}}), true, false);
    check(
        serde_json::json!({"storage": {"kind": "local"}}),
        true,
        false,
    );
    check(
        serde_json::json!({"storage": {"kind": "local", "path": "/a"}}),
        true,
        true,
    );
    check(
        serde_json::json!({"storage": {"kind": "local", "bucket": "b"}}),
        false,
        false,
    );
}

#[test]
fn a_name_of_several_variants_is_one_flag() {
    use clap::{Args, Command, FromArgMatches};
    use settings_core::clap::Flags;

    let command = Flags::<App>::augment_args(Command::new("app"));
    let load = |arguments: &[&str]| {
        let arguments = std::iter::once("app").chain(arguments.iter().copied());
        let matches = command.clone().try_get_matches_from(arguments).unwrap();
        let flags = Flags::<App>::from_arg_matches(&matches).unwrap();
        App::empty_loader().args(flags).load().unwrap().into_inner()
    };
    let app = load(&["--storage-kind", "local", "--storage-path", "/a"]);
    assert!(matches!(app.storage, Storage::Local { path } if path == "/a"));
    let app = load(&["--storage", "memory"]);
    assert!(matches!(app.storage, Storage::Memory));
}

#[test]
fn settings_of_variants_are_explained_wherever_the_enum_is() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Root {
        #[settings(nested)]
        main: Kind,
        #[settings(nested)]
        stores: Option<BTreeMap<String, std::sync::Arc<Kind>>>,
        #[settings(nested)]
        pools: BTreeMap<String, Vec<Kind>>,
    }
    #[derive(Debug, Settings)]
    #[settings(group, tag = "kind")]
    enum Kind {
        #[settings(default)]
        Memory,
        Local {
            /// The directory.
            path: String,
        },
        Remote {
            /// The path of the URL.
            #[settings(default = "/")]
            path: String,
            #[settings(nested)]
            inner: Inner,
        },
        #[settings(scalar)]
        Url(#[settings(pattern = "^https:")] String),
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    enum Inner {
        #[settings(default)]
        Plain,
        Tls {
            cert: String,
        },
    }
    let loader = Root::empty_loader().env_from([
        ("APP_MAIN", "https://a"),
        ("APP_STORES__EU__KIND", "remote"),
        ("APP_STORES__EU__INNER", "tls"),
        ("APP_STORES__EU__INNER_CERT", "c"),
        ("APP_POOLS__A__0__KIND", "local"),
        ("APP_POOLS__A__0__PATH", "/p"),
    ]);
    let page = |key: &str| {
        let printed = settings_core::cli::capture(&loader, ["explain", key]);
        assert_eq!((printed.code, &*printed.err), (0, ""), "{key}");
        printed.out
    };
    let condition = |key: &str| {
        let page = page(key);
        let line = page
            .lines()
            .find_map(|line| line.trim().strip_prefix("variant"));
        line.map(|line| line.trim().to_owned())
    };
    for (key, expected) in [
        ("stores.EU.path", Some("only if stores.EU.kind is remote")),
        (
            "stores.EU.inner.cert",
            Some("only if stores.EU.inner.type is tls"),
        ),
        (
            "stores.EU.inner.type",
            Some("only if stores.EU.kind is remote"),
        ),
        ("stores.EU.kind", None),
        ("pools.A[0].path", Some("only if pools.A[0].kind is local")),
        ("main.path", Some("only if main.kind is local")),
        // A value in place of the tag is no reason not to describe the tag.
        ("main.kind", None),
    ] {
        assert_eq!(condition(key).as_deref(), expected, "{key}");
    }
    assert!(page("stores.EU.path").contains("The path of the URL."));
    assert!(page("pools.A[0].path").contains("The directory."));
    assert!(page("APP_MAIN_KIND").contains("one of memory, local, remote"));
    // The rules of the value in place of the tag are part of its description.
    let markdown = docs::markdown::<Root>();
    let words =
        "The value of main itself may be one of these names, or text (text that matches ^https:).";
    assert!(markdown.contains(words), "{markdown}");
}

/// The signature of tokens.
#[derive(Debug, Settings)]
#[settings(group, tag = "algorithm")]
enum Signature {
    #[settings(default)]
    Hmac256 {
        secret: SecretString,
        #[settings(default = "0s")]
        leeway: std::time::Duration,
    },
    Hmac512 {
        secret: SecretString,
        #[settings(default = "0s")]
        leeway: std::time::Duration,
    },
    Ed25519 {
        secret: SecretString,
    },
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Signed {
    #[settings(flatten)]
    signature: Signature,
    #[settings(default = "")]
    pepper: SecretString,
}

#[test]
fn templates_contain_a_setting_of_several_variants_once() {
    assert_data_eq!(
        docs::env_example::<Signed>(),
        str![[r#"
# Copy this file to .env. To set a variable in a comment, remove the # before its name.

# ---- Required ----

# required; secret; text
APP_SECRET=

# ---- Optional ----

# The signature of tokens.
# one of hmac256, hmac512, ed25519
#APP_ALGORITHM=hmac256

# only if algorithm is hmac256 or hmac512; a duration such as 30s
#APP_LEEWAY=0s

# secret; text
#APP_PEPPER=''

"#]]
    );
    for template in [docs::toml::<Signed>(), docs::yaml::<Signed>()] {
        let lines = template.lines().map(|line| line.trim_start_matches('#'));
        let assigned =
            lines.filter(|line| line.starts_with("secret ") || line.starts_with("secret:"));
        assert_eq!(assigned.count(), 1, "{template}");
    }
    let deployed = docs::kubernetes::<Signed>();
    assert_eq!(
        deployed.matches("- name: APP_SECRET\n").count(),
        1,
        "{deployed}"
    );
    assert_eq!(deployed.matches("APP_LEEWAY: ").count(), 1, "{deployed}");
    let compose = docs::compose::<Signed>();
    assert_eq!(compose.matches("APP_SECRET: ").count(), 1, "{compose}");
}

#[test]
fn the_settings_of_absent_elements_are_explained() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Root {
        #[settings(nested)]
        stores: Vec<Store>,
    }
    #[derive(Debug, Settings)]
    #[settings(group, tag = "kind")]
    enum Store {
        #[settings(default)]
        Memory,
        Local {
            path: String,
            #[settings(nested)]
            inner: Value,
        },
        Remote {
            path: String,
            #[settings(nested)]
            hosts: BTreeMap<String, Host>,
        },
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    enum Value {
        #[settings(default)]
        Plain,
        #[settings(scalar)]
        Number(u16),
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Host {
        port: u16,
    }
    let explain = |key: &str| settings_core::cli::capture(&Root::empty_loader(), ["explain", key]);
    assert_data_eq!(
        explain("stores").out,
        str![[r#"
stores

  a list of groups: 0 is the number of an element

  stores[0].kind             APP_STORES__0__KIND
  stores[0].path             APP_STORES__0__PATH
  stores[0].inner.type       APP_STORES__0__INNER_TYPE
  stores[0].inner            APP_STORES__0__INNER
  stores[0].hosts.NAME.port  APP_STORES__0__HOSTS__NAME__PORT

"#]]
    );
    let page = explain("stores[2].hosts.eu.port");
    assert_eq!((page.code, &*page.err), (0, ""));
    assert!(
        page.out.starts_with("stores[2].hosts.eu.port\n"),
        "{}",
        page.out
    );
    assert!(
        page.out.contains("u16: a whole number from 0 to 65535"),
        "{}",
        page.out
    );
    assert!(
        page.out.contains("only if stores[2].kind is remote"),
        "{}",
        page.out
    );
    assert_eq!(explain("stores[2].hosts.eu.prt").code, 2);
}
