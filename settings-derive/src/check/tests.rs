//! Messages of the checks. The compile-fail cases show their positions.

use crate::errors::Errors;
use crate::parse::parse;
use syn::{DeriveInput, parse_quote};

#[expect(
    clippy::needless_pass_by_value,
    reason = "`parse_quote!` returns a value"
)]
fn messages(input: DeriveInput) -> Vec<String> {
    let errors = Errors::default();
    if let Some(mut model) = parse(&input, &errors) {
        super::check(&mut model, &errors);
    }
    match errors.finish() {
        Ok(()) => Vec::new(),
        Err(errors) => errors.into_iter().map(|error| error.to_string()).collect(),
    }
}

/// The messages for a struct of one field.
macro_rules! field {
    ([$($keys:tt)*] $ty:ty) => {
        messages(parse_quote! {
            struct App {
                #[settings($($keys)*)]
                field: $ty,
            }
        })
    };
}

/// The messages for the keys of a struct with some settings.
macro_rules! container {
    ($($keys:tt)*) => {
        messages(parse_quote! {
            #[settings($($keys)*)]
            struct App {
                environment: String,
                config: Option<PathBuf>,
                port: u16,
                pin: SecretString,
                #[settings(nested)]
                server: Server,
            }
        })
    };
}

#[test]
fn a_valid_struct_has_no_errors() {
    let found = messages(parse_quote! {
        #[settings(
            prefix = "APP_",
            file = ["config.toml", "config.{environment}.yaml", required("{config}")],
            env_file = [".env", ".env.{environment}", required(dotenvy("old.env"))],
            secrets_dir = "/run/secrets",
            unknown = "warn",
            ignore = ["APP_WORKER_*", "plugins.*"],
            derived(
                /// Whether this process serves production traffic.
                pub is_production: bool = self.environment == "production",
            ),
            validate = Self::consistent,
            validator,
        )]
        struct App {
            #[settings(default = "demo", length(1..=20))]
            app_name: String,
            #[settings(default = "development", pattern = "^(development|staging|production)$")]
            environment: String,
            config: Option<PathBuf>,
            #[settings(env = ["DATABASE_URL", "PG_URL"], alias = "db", deprecated_alias = ["old"])]
            database_url: SecretString,
            #[settings(default = 10, range(1..=1000), deprecated = "use `workers`", reload)]
            db_pool_size: u32,
            #[settings(default = "30s", range("1s"..="1h"), example = "1m")]
            graceful_timeout: Duration,
            #[settings(default_with = default_workers)]
            workers: usize,
            #[settings(default = -0.5, range(-1.0..1.0))]
            bias: f64,
            #[settings(default = "1;2", separator = ";", range(..9), length(2))]
            numbers: Vec<u8>,
            #[settings(default = vec![1, 2], length(2..))]
            more: Vec<u8>,
            #[settings(default = Level::Info)]
            level: Level,
            #[settings(one_of("a", "b"), default = "b", allow_empty)]
            word: Option<String>,
            #[settings(required_if(environment = "production"))]
            sentry_dsn: Option<url::Url>,
            #[settings(parse_with = read, default = "ten")]
            ten: u32,
            #[settings(rename = "type")]
            kind: String,
            r#mod: String,
            #[settings(secret)]
            pin: Pin,
            #[settings(secret = false)]
            token: String,
            #[settings(skip)]
            cache: Cache,
            #[settings(nested, rename = "http", reload)]
            server: Server,
            #[settings(flatten)]
            log: Log,
        }
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn every_error_is_reported_in_one_build() {
    let found = messages(parse_quote! {
        #[settings(prefx = "APP_", unknown = "wran", default = 1)]
        struct App {
            #[settings(defualt = 1, range(9..=1), range(1..=9))]
            a: u8,
            #[settings(default = 300, pattern = "(")]
            b: u8,
            #[settings(nested, default = 1)]
            c: C,
        }
    });
    assert_eq!(
        found,
        [
            r#"unknown key `prefx`; did you mean `prefix = "APP_"`?"#,
            "unknown policy; did you mean `\"warn\"`?",
            "`default` belongs on a field",
            "unknown key `defualt`; did you mean `default = value`?",
            "duplicate key `range`",
            "invalid regular expression: unclosed group",
            "`default` is only allowed on a setting; put it on the fields of the group",
            "this range is empty: the lower bound comes first",
            "expected 0 to 255",
        ]
    );
}

#[test]
fn a_misplaced_key_is_reported_with_its_correct_position() {
    assert_eq!(
        field!([prefix = "A_"] u8),
        ["`prefix` is only allowed on a group, with `nested` or `flatten`, and on the struct"]
    );
    assert_eq!(
        field!([regex = "a"] String),
        [r#"unknown key `regex`; did you mean `pattern = "^[a-z]+$"`?"#]
    );
    assert_eq!(
        field!([fiel = "a"] String),
        ["unknown key `fiel`; did you mean `file`, which belongs on the struct?"]
    );
    assert_eq!(
        field!([required] String),
        ["unknown key `required`; a setting is required unless it has a default or is an `Option`"]
    );
    assert_eq!(
        container!(group, prefix = "A_"),
        ["`prefix` is only allowed on the struct that is loaded, not on a `group`"]
    );
    assert!(
        field!([colour] String)[0].starts_with("unknown key `colour`; the known keys are default,")
    );
}

#[test]
fn a_malformed_key_shows_its_form() {
    assert_eq!(
        field!([default] u8),
        [
            "expected `default = value`, or `default_with = Default::default` for the default of \
          the type"
        ]
    );
    assert_eq!(field!([env] u8), [r#"expected `env = "NAME"`"#]);
    assert_eq!(
        field!([env = NAME] u8),
        [r#"expected a string literal, as in `env = "NAME"`"#]
    );
    assert_eq!(field!([env = []] u8), ["empty list; remove `env`"]);
    assert_eq!(
        field!([validate = "check"] u8),
        ["expected a path to a function, without quotes"]
    );
    assert_eq!(
        field!([validate = check(1)] u8),
        ["expected a path to a function, not a call"]
    );
    assert_eq!(field!([nested = true] Group), ["`nested` takes no value"]);
    assert_eq!(field!([range = 1] u8), ["expected `range(1..=9)`"]);
    assert_eq!(field!([range(..)] u8), ["expected `range(1..=9)`"]);
    assert_eq!(
        field!([length(..0)] String),
        ["this range is empty: no length is less than 0"]
    );
    assert_eq!(
        field!([one_of()] String),
        ["expected at least one value, as in `one_of(\"a\", \"b\")`"]
    );
    assert_eq!(
        field!([env = "A", env = "B"] u8),
        ["duplicate key `env`; use a list: `env = [a, b]`"]
    );
}

#[test]
fn the_kind_of_a_field_decides_its_keys() {
    assert_eq!(
        field!([skip, env = "A"] u8),
        ["`env` cannot be combined with `skip`: a skipped field is not a setting"]
    );
    assert_eq!(
        field!([flatten, rename = "a"] Group),
        ["`rename` cannot be combined with `flatten`: a flattened group has no name of its own"]
    );
    assert_eq!(
        field!([nested, validate = check] Group),
        ["`validate` of a group belongs on its struct"]
    );
    assert_eq!(
        field!([default = 1, default_with = one] u8),
        ["a setting has one of `default`, `default_with` and `default_from`"]
    );
    assert_eq!(
        field!([secret, secret = false] Pin),
        ["duplicate key `secret`"]
    );
}

#[test]
fn only_structs_with_named_fields_are_settings() {
    let message = |input| messages(input).remove(0);
    assert!(
        message(parse_quote!(
            enum App {
                A,
            }
        ))
        .starts_with("an enum of settings is part of a struct: add `group`")
    );
    assert!(
        message(parse_quote!(union App { a: u8 })).starts_with("`Settings` is only for structs")
    );
    assert!(
        message(parse_quote!(
            struct App(u8);
        ))
        .starts_with("`Settings` needs named fields; for a newtype")
    );
    assert!(
        message(parse_quote!(
            struct App;
        ))
        .starts_with("`Settings` needs named fields: ")
    );
    for input in [
        parse_quote!(
            struct App<T> {
                a: T,
            }
        ),
        parse_quote!(
            struct App<'a> {
                a: &'a str,
            }
        ),
        parse_quote!(
            struct App<const N: usize> {
                a: u8,
            }
        ),
    ] {
        assert!(
            message(input)
                .starts_with("a settings struct has no type, lifetime or const parameters")
        );
    }
}

#[test]
fn a_rule_fits_its_type() {
    let looks = |key, noun| format!("`{key}` is a rule for text, but this setting is {noun}");
    assert_eq!(
        field!([pattern = "a"] u32),
        [looks("pattern", "a whole number; use `range(…)`")]
    );
    assert_eq!(
        field!([one_of("a")] Option<bool>),
        [looks("one_of", "a bool")]
    );
    assert_eq!(
        field!([length(2..)] u32),
        [
            "`length` is a rule for text and lists, but this setting is a whole number; use \
          `range(…)`"
        ]
    );
    assert_eq!(
        field!([range(1..)] Vec<String>),
        [
            "`range` is a rule for numbers and durations, but this setting is text; use \
          `length(…)`, `one_of(…)` or `pattern`"
        ]
    );
    assert_eq!(
        field!([range(0..=256)] u8),
        ["the values of `u8` are 0 to 255"]
    );
    assert_eq!(
        field!([range(-1..)] u8),
        ["the values of `u8` are 0 to 255"]
    );
    assert_eq!(
        field!([range(1..=2)] Duration),
        [r#"put a duration in quotes, with a unit: `"30s"`"#; 2]
    );
    assert_eq!(
        field!([range(1..1)] u8),
        ["this range is empty; did you mean `..=`?"]
    );
    assert_eq!(
        field!([length(5..=2)] String),
        ["this range is empty: no length is at least 5 and at most 2"]
    );
    assert_eq!(
        field!([separator = ";"] String),
        ["`separator` is for lists, but this setting is text"]
    );
    assert_eq!(
        field!([unit = "moons"] Duration),
        ["expected a unit of a duration: ns, us, ms, s, m, h, d or w"]
    );
    assert_eq!(
        field!([parse_with = read, deserialize_with = decode] u8),
        ["a setting has either `parse_with`, which receives text, or `deserialize_with`"]
    );
    assert_eq!(field!([unit = "ms", default = 250] Duration), [""; 0]);
    assert_eq!(
        field!([deserialize_with = decode, pattern = "^a"] Level),
        [""; 0]
    );
    assert_eq!(
        field!([allow_empty] u8),
        ["`allow_empty` has no effect here: empty text is not a whole number"]
    );
}

#[test]
fn a_default_is_of_the_type() {
    let quoted =
        |what, text| format!("this setting is {what}; put the default in quotes: `\"{text}\"`");
    assert_eq!(field!([default = 10] String), [quoted("text", "10")]);
    assert_eq!(
        field!([default = true] Option<String>),
        [quoted("text", "true")]
    );
    assert_eq!(field!([default = -10] Vec<i32>), [quoted("a list", "-10")]);
    assert_eq!(
        field!([default = 10] Duration),
        ["this setting is a duration; put the default in quotes, with a unit: `\"10s\"`"]
    );
    assert_eq!(
        field!([default = 10] bool),
        ["this setting is a bool; write `true` or `false`"]
    );
    assert_eq!(
        field!([default = 1.5] u8),
        ["this setting is a whole number"]
    );
    assert_eq!(
        field!([default = 1] f64),
        ["this setting is a float; write `1.0`"]
    );
    assert_eq!(
        field!([default = 1u16] u8),
        ["this setting is `u8`; remove the suffix"]
    );
    assert_eq!(
        field!([default = Some(1)] Option<u8>),
        ["the default of an `Option<T>` is a `T`; remove `Some`"]
    );
    assert_eq!(
        field!([default = None] Option<u8>),
        ["an `Option` without a default is `None`; remove `default`"]
    );
}

#[test]
fn a_text_default_is_valid_for_the_type() {
    assert_eq!(field!([default = "ten"] u8), ["expected a whole number"]);
    assert_eq!(field!([default = "-129"] i8), ["expected -128 to 127"]);
    assert_eq!(field!([default = "0"] NonZeroU8), ["expected 1 to 255"]);
    assert_eq!(field!([default = "nan"] f32), ["expected a number"]);
    assert_eq!(
        field!([default = "maybe"] bool),
        ["expected `true` or `false`"]
    );
    assert_eq!(
        field!([default = "5 parsecs"] std::time::Duration),
        ["expected a duration such as `30s` or `1h 30m` (units ns, us, ms, s, m, h, d, w)"]
    );
    assert_eq!(
        field!([default = "1,x"] Vec<u8>),
        ["expected a whole number"]
    );
    assert_eq!(
        field!([default = "1,,2"] Vec<u8>),
        ["a list has an empty element"]
    );
    assert_eq!(field!([example = "x"] u8), ["expected a whole number"]);
}

#[test]
fn a_default_satisfies_the_rules() {
    assert_eq!(
        field!([default = 10, range(1..10)] u8),
        ["out of range: expected `1..10`"]
    );
    assert_eq!(
        field!([default = "2h", range("1s"..="1h")] Duration),
        ["out of range: expected `\"1s\"..=\"1h\"`"]
    );
    assert_eq!(
        field!([default = "c", one_of("a", "b")] String),
        [r#"expected one of "a", "b""#]
    );
    assert_eq!(
        field!([default = "Demo", pattern = "^[a-z]+$"] String),
        ["the text does not match `^[a-z]+$`"]
    );
    assert_eq!(
        field!([default = "a", length(2..)] String),
        ["expected a length of `2..`, found 1"]
    );
    assert_eq!(
        field!([default = "1,2,3", length(..=2)] Vec<u8>),
        ["expected a length of `..=2`, found 3"]
    );
}

#[test]
fn a_condition_can_be_true() {
    let found = messages(parse_quote! {
        struct App {
            #[settings(one_of("development", "production"))]
            environment: String,
            tls: bool,
            #[settings(required_if(enviroment = "production"))]
            a: Option<String>,
            #[settings(required_if(environment = "prod"))]
            b: Option<String>,
            #[settings(required_if(tls = "yes"))]
            c: String,
            #[settings(required_if(tls = true))]
            d: Option<String>,
            #[settings(required_if(e = "x"))]
            e: Option<String>,
        }
    });
    assert_eq!(
        found,
        [
            "expected a string literal: `\"true\"`",
            "no setting of this struct is named `enviroment`; did you mean `environment`?",
            r#"`environment` never has this value: expected one of "development", "production""#,
            "`required_if` needs an `Option`; any other setting without a default is always required",
            "a setting cannot depend on itself",
        ]
    );
}

#[test]
fn other_names_and_prefixes_are_distinct_and_well_formed() {
    assert_eq!(
        container!(prefix = ["APP_", "app"], nesting = "-"),
        ["expected `\"_\"` or `\"__\"`", "`app` is already a prefix"]
    );
    assert_eq!(
        container!(
            deprecated_prefix = "OLD_",
            secrets_from("env", "secret_dir")
        ),
        [
            "unknown kind of source; did you mean `\"secrets_dir\"`?",
            "`deprecated_prefix` needs `prefix`, which replaces it",
        ]
    );
    assert_eq!(field!([nested, alias = "db.x"] Group).len(), 1);
    assert_eq!(
        field!([flatten, alias = "y"] Group),
        ["`alias` cannot be combined with `flatten`: a flattened group has no name of its own"]
    );
    assert_eq!(
        field!([env = shred("X")] u8),
        ["expected a string literal, as in `env = \"NAME\"`"]
    );
}

#[test]
fn names_are_distinct() {
    let found = messages(parse_quote! {
        #[settings(derived(db: u8 = 1, get: u8 = 2, once: u8 = 3, once: u8 = 4))]
        struct App {
            db: String,
            #[settings(rename = "DB")]
            database: String,
            #[settings(alias = ["db", "x", "X"])]
            c: String,
            #[settings(env = "URL")]
            d: String,
            #[settings(env = ["A", "url"])]
            e: String,
            #[settings(nested)]
            x: Group,
            #[settings(rename = "a.b", env = "A=B", alias = "")]
            f: String,
        }
    });
    assert_eq!(
        found,
        [
            "a key has no `.`, which separates a group from its settings",
            "empty name",
            "a variable name has no spaces and no `=`",
            "`db` equals `DB`, a name of `database`: case and the choice of `_`, `-` and `.` are ignored",
            "`DB` equals `db`, a name of `db`: case and the choice of `_`, `-` and `.` are ignored",
            "`db` is also a name of `db`",
            "`x` is also a name of `x`",
            "`X` equals `x`, a name of `x`: case and the choice of `_`, `-` and `.` are ignored",
            "`x` is also a name of `c`",
            "`URL` equals `url`, a name of `e`: case and the choice of `_`, `-` and `.` are ignored",
            "`url` equals `URL`, a name of `d`: case and the choice of `_`, `-` and `.` are ignored",
            "`db` is already a field",
            "`get` is an item of the trait `Settings`; use another name",
            "duplicate property `once`",
        ]
    );
}

#[test]
fn file_names_are_valid() {
    assert_eq!(
        container!(file = "config.ini"),
        [
            "unknown file format; expected the extension `.toml`, `.yaml`, `.yml` or `.json`, or \
             the format around the name, as in `toml(\"…\")`"
        ]
    );
    assert_eq!(
        container!(file = ".env"),
        [
            "unknown file format; expected the extension `.toml`, `.yaml`, `.yml` or `.json`, or \
             the format around the name, as in `toml(\"…\")`; for `.env` files use `env_file`"
        ]
    );
    assert_eq!(
        container!(file = [toml("app.conf"), "secrets.toml.age", "conf.d/*.toml"]),
        [""; 0]
    );
    assert_eq!(
        container!(file = ["conf*/a.toml", section("a.toml", "x..y"), section("a.toml")]),
        ["expected `section(\"name\", \"table\")`",]
    );
    assert_eq!(
        container!(
            file = [
                "conf*/a.toml",
                section("a.toml", "x..y"),
                required(optional("a.toml"))
            ]
        ),
        [
            "`*` is only allowed in the last part of a path: `conf.d/*.toml`",
            "expected the key of a table, such as `tool.app`",
            "a `required` file is never absent, so it cannot be `optional`",
        ]
    );
    assert_eq!(
        container!(
            file = only(enviroment = "x", "a.toml"),
            env_file = only(pin = "x", ".env")
        ),
        [
            "no setting of this struct is named `enviroment`; did you mean `environment`?",
            "`pin` is secret, so it cannot be the condition of a source",
        ]
    );
    assert_eq!(
        container!(file = json(toml("a.conf")), env_file = section(".env", "x")),
        [
            "a file has one format",
            "`section` is only allowed in `file`",
        ]
    );
    assert_eq!(
        container!(env_file = ".env.{enviroment}"),
        ["no setting of this struct is named `enviroment`; did you mean `environment`?"]
    );
    assert_eq!(
        container!(env_file = ".env.{pin}"),
        ["`pin` is secret, so it cannot be part of a file name"]
    );
    assert_eq!(
        container!(env_file = ".env.{port}"),
        ["`port` cannot be part of a file name: only text and enums can"]
    );
    assert_eq!(
        container!(env_file = ".env.{server}"),
        ["`server` is a group; name a setting of this struct"]
    );
    assert_eq!(
        container!(secrets_dir = "/run/{environment"),
        ["`{` without `}`; a placeholder is `{setting}`"]
    );
    assert_eq!(
        container!(file = dotenvy("a.toml")),
        ["`dotenvy` is only allowed in `env_file`"]
    );
    assert_eq!(container!(env_file = [".env.{server.mode}"]), [""; 0]);
}

#[test]
fn every_unknown_key_of_an_attribute_is_reported() {
    assert_eq!(
        field!([defualt = f(1, 2), rnage(1..=9), secrte, env = "A", exampel = "x"] u8),
        [
            "unknown key `defualt`; did you mean `default = value`?",
            "unknown key `rnage`; did you mean `range(1..=9)`?",
            "unknown key `secrte`; did you mean `secret`?",
            "unknown key `exampel`; did you mean `example = \"text\"`?",
        ]
    );
}

#[test]
fn serde_attributes_are_refused_unless_they_only_concern_writing() {
    let advice = |input| -> Vec<String> {
        let text = |message: String| {
            let (_, rest) = message.split_once("; ").unwrap();
            rest.split_once(", or allow").unwrap().0.to_owned()
        };
        messages(input).into_iter().map(text).collect()
    };
    assert_eq!(
        advice(parse_quote! {
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            struct App {
                #[serde(rename = "maxConn", alias = "max", default)]
                a: u8,
                #[serde(rename(serialize = "x", deserialize = "y"), default = "one")]
                b: u8,
                #[serde(with = "module", flatten)]
                c: u8,
                #[serde(skip)]
                d: u8,
            }
        }),
        [
            "write `#[settings(rename = \"…\")]` on the fields",
            "write `#[settings(unknown = \"deny\")]` on the struct that is loaded",
            "write `#[settings(rename = \"maxConn\")]` instead",
            "write `#[settings(alias = \"max\")]` instead",
            "write `#[settings(default_with = Default::default)]` instead",
            "write `#[settings(rename = \"y\")]` instead",
            "write `#[settings(default_with = one)]` instead",
            "write `#[settings(deserialize_with = module::deserialize)]` instead",
            "write `#[settings(flatten)]` instead",
            "write `#[settings(skip)]` instead",
        ]
    );
    let allowed = messages(parse_quote! {
        #[serde(rename = "Application")]
        struct App {
            #[serde(rename(serialize = "x"), skip_serializing_if = "f", serialize_with = "g")]
            a: u8,
            #[serde(skip_serializing)]
            b: u8,
        }
    });
    assert_eq!(allowed, [""; 0]);
    let ignored = messages(parse_quote! {
        #[settings(serde = "ignore")]
        #[serde(rename_all = "camelCase")]
        struct App {
            #[serde(flatten)]
            a: u8,
        }
    });
    assert_eq!(ignored, [""; 0]);
}

#[test]
fn field_names_are_ascii_unless_renamed() {
    let found = messages(parse_quote! {
        struct App {
            größe: u8,
            #[settings(rename = "hoehe")]
            höhe: u8,
            #[settings(skip)]
            länge: u8,
            #[settings(nested)]
            gruppe_ä: Group,
        }
    });
    let message = "the name of a setting is ASCII; add `#[settings(rename = \"…\")]`";
    assert_eq!(found, [message; 2]);
}

/// The messages for an enum with these variants.
macro_rules! choice {
    ($($variants:tt)*) => {
        messages(parse_quote! {
            #[settings(group, tag = "kind")]
            enum Storage {
                $($variants)*
            }
        })
    };
}

#[test]
fn a_valid_enum_has_no_errors() {
    let found = choice! {
        #[settings(default, alias = ["mem", "no"])]
        Memory,
        Local {
            path: PathBuf,
            #[settings(default = 8, range(1..=64))]
            shards: u16,
        },
        #[settings(rename = "simple-storage")]
        S3(S3Settings),
    };
    assert_eq!(found, [""; 0]);
}

#[test]
fn names_of_variants_are_distinct() {
    assert_eq!(
        choice!(
            InMemory,
            #[settings(alias = "IN-MEMORY")]
            B
        ),
        ["`IN-MEMORY` is also a name of `InMemory`: case, `-` and `_` are ignored"]
    );
    assert_eq!(
        choice!(
            #[settings(alias = "off")]
            A,
            #[settings(alias = "no")]
            B
        ),
        ["`no` and `off`, a name of `A`, are words for the same boolean"]
    );
    assert_eq!(
        choice!(
            #[settings(alias = "a")]
            A
        ),
        ["`a` is already a name of this variant"]
    );
    assert_eq!(
        choice!(
            #[settings(alias = "")]
            A
        ),
        ["empty name"]
    );
    assert_eq!(
        choice!(
            #[settings(rename = "a b")]
            A
        ),
        ["the name of a variant has no spaces and no commas"]
    );
}

#[test]
fn keys_of_variants_are_known() {
    assert_eq!(
        choice!(
            #[settings(default)]
            A,
            #[settings(default)]
            B
        ),
        ["another variant is the default already"]
    );
    assert_eq!(
        choice!(
            #[settings(default = 1)]
            A
        ),
        ["`default` takes no value"]
    );
    assert_eq!(
        choice!(
            #[settings(secret)]
            A
        ),
        ["`secret` belongs on a field of the variant"]
    );
    assert_eq!(
        choice!(
            #[settings(tag = "x")]
            A
        ),
        ["`tag` belongs on the enum"]
    );
    assert_eq!(choice!(), ["an enum of settings has at least one variant"]);
}

#[test]
fn the_settings_of_a_variant_are_checked_like_those_of_a_struct() {
    assert_eq!(
        choice!(A {
            path: String,
            #[settings(rename = "path")]
            dir: String
        }),
        [
            "`path` is also a name of `dir`",
            "`path` is also a name of `path`"
        ]
    );
    assert_eq!(
        choice!(A {
            #[settings(range(1..))]
            path: String
        }),
        choice!(
            A,
            B {
                #[settings(range(1..))]
                path: String
            }
        )
    );
    assert_eq!(
        choice!(A { kind: String }),
        ["`kind` is the tag, which names the variant: rename this field, or write another `tag`"]
    );
    assert_eq!(
        choice!(A(u8, u8)),
        ["a variant has named fields, or one group of settings: `S3(S3Settings)`"]
    );
    assert_eq!(
        choice!(A(
            #[settings(nested)]
            S3
        )),
        ["remove `nested`: the settings of this group are beside the tag"]
    );
}

#[test]
fn one_variant_takes_any_other_value() {
    assert_eq!(
        choice!(
            A,
            #[settings(scalar)]
            File(PathBuf)
        ),
        [""; 0]
    );
    assert_eq!(
        choice!(
            A,
            #[settings(scalar)]
            File { path: PathBuf }
        ),
        ["`scalar` is for a variant with one value and no names: `File(PathBuf)`"]
    );
    assert_eq!(
        choice!(
            A,
            #[settings(scalar, alias = "f", default)]
            File(PathBuf)
        ),
        [
            "remove `alias`: a value chooses this variant, not the tag",
            "remove `default`: a value chooses this variant, not the tag"
        ]
    );
    assert_eq!(
        choice!(
            A,
            #[settings(scalar)]
            File(PathBuf),
            #[settings(scalar)]
            Dir(PathBuf)
        ),
        ["`File` takes every value that is not a name already"]
    );
    assert_eq!(
        choice!(
            #[settings(scalar)]
            File(PathBuf)
        ),
        ["the tag needs a variant that it can name"]
    );
    assert_eq!(
        choice!(
            A,
            #[settings(scalar)]
            File(
                #[settings(rename = "x")]
                PathBuf
            )
        ),
        ["remove `rename`: this value has the name of the enum, and is always set"]
    );
}

#[test]
fn merge_fits_the_type() {
    assert_eq!(
        field!([merge = "append"] u16),
        ["this `merge` is for a list or set, but this setting is a whole number"]
    );
    assert_eq!(
        field!([merge = "append"] BTreeMap<String, u8>),
        [r#"this `merge` is for a list or set, but this setting is a map; use `merge = "keys"`"#]
    );
    assert_eq!(
        field!([merge = "keys"] Option<Vec<u8>>),
        [r#"this `merge` is for a map, but this setting is a list; use `merge = "append"`"#]
    );
    assert_eq!(
        field!([merge = "append", parse_with = parse] Vec<u8>),
        ["`merge` has no effect beside `parse_with`, which receives the text of one layer"]
    );
    assert!(field!([merge = "replace"] u16).is_empty());
    assert!(field!([merge = "keys"] HashMap<String, u8>).is_empty());
    assert!(field!([merge = "append"] Own).is_empty());
}

#[test]
fn unit_is_for_durations_that_this_crate_reads() {
    assert_eq!(
        field!([unit = "ms", parse_with = parse] Duration),
        ["`unit` has no effect beside `parse_with`, which receives the whole text"]
    );
    assert_eq!(
        field!([unit = "fortnight"] Duration),
        ["expected a unit of a duration: ns, us, ms, s, m, h, d or w"]
    );
    assert!(field!([unit = "ms", default = 250] Duration).is_empty());
}
