//! What is refused, and in which words. Where the words stand is shown by the compile-fail cases.

use crate::errors::Errors;
use crate::parse::parse;
use syn::{DeriveInput, parse_quote};

#[expect(
    clippy::needless_pass_by_value,
    reason = "`parse_quote!` gives a value"
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

/// The messages for the keys of a struct with some leaves.
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
fn the_example_of_the_guide_is_sound() {
    let found = messages(parse_quote! {
        #[settings(
            prefix = "APP_",
            file = ["config.toml", "config.{environment}.yaml", required("{config}")],
            env_file = [".env", ".env.{environment}", required(dotenvy("old.env"))],
            secrets_dir = "/run/secrets",
            unknown = "warn",
            foreign = ["APP_WORKER_*"],
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
            #[settings(unmasked)]
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
fn every_mistake_is_found_in_one_build() {
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
            "did you mean `\"warn\"`?",
            "`default` belongs on a field",
            "unknown key `defualt`; did you mean `default = value`?",
            "`range` is given twice",
            "this is no regular expression: unclosed group",
            "`default` belongs on a leaf: a group has no value of its own; put it on its fields",
            "the range is reversed: the lower bound comes first",
            "expected 0 to 255",
        ]
    );
}

#[test]
fn a_key_is_told_where_it_belongs() {
    assert_eq!(
        field!([prefix = "A_"] u8),
        ["`prefix` belongs on the struct"]
    );
    assert_eq!(
        field!([regex = "a"] String),
        [r#"unknown key `regex`; did you mean `pattern = "^[a-z]+$"`?"#]
    );
    assert_eq!(
        field!([fiel = "a"] String),
        ["unknown key `fiel`; did you mean `file`? It belongs on the struct"]
    );
    assert_eq!(
        field!([required] String),
        ["unknown key `required`; a leaf without a default that is no `Option` is required"]
    );
    assert_eq!(
        container!(group, prefix = "A_"),
        ["`prefix` belongs on the struct that is loaded; a `group` never is"]
    );
    assert!(field!([colour] String)[0].starts_with("unknown key `colour`; known are validate,"));
}

#[test]
fn a_key_is_told_how_it_is_written() {
    assert_eq!(
        field!([default] u8),
        [
            "a default is written out: `default = value`, or `default_with = Default::default` \
          for the one of the type"
        ]
    );
    assert_eq!(field!([env] u8), [r#"expected `env = "NAME"`"#]);
    assert_eq!(
        field!([env = NAME] u8),
        [r#"expected a text in quotes, as in `env = "NAME"`"#]
    );
    assert_eq!(
        field!([env = []] u8),
        ["an empty list says nothing; leave `env` out"]
    );
    assert_eq!(
        field!([validate = "check"] u8),
        ["expected the path of a function, without quotes"]
    );
    assert_eq!(
        field!([validate = check(1)] u8),
        ["expected the path of a function; it is not called here"]
    );
    assert_eq!(field!([nested = true] Group), ["`nested` stands alone"]);
    assert_eq!(field!([range = 1] u8), ["expected `range(1..=9)`"]);
    assert_eq!(field!([range(..)] u8), ["expected `range(1..=9)`"]);
    assert_eq!(field!([length(..0)] String), ["no length is below 0"]);
    assert_eq!(
        field!([one_of()] String),
        ["one of nothing: name what is allowed"]
    );
    assert_eq!(
        field!([env = "A", env = "B"] u8),
        ["`env` is given twice; put all in one list: `env = [a, b]`"]
    );
}

#[test]
fn what_a_field_is_decides_its_keys() {
    assert_eq!(
        field!([skip, env = "A"] u8),
        ["`env` does not go with `skip`: what is skipped is no setting"]
    );
    assert_eq!(
        field!([flatten, rename = "a"] Group),
        ["`rename` does not go with `flatten`: the group has no name in the path"]
    );
    assert_eq!(
        field!([nested, validate = check] Group),
        ["`validate` of a group belongs on its struct"]
    );
    assert_eq!(
        field!([default = 1, default_with = one] u8),
        ["a leaf has one default: `default` or `default_with`"]
    );
    assert_eq!(
        field!([secret, unmasked] Pin),
        ["`unmasked` contradicts `secret`: keep one of them"]
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
        .starts_with("`Settings` is for structs")
    );
    assert!(message(parse_quote!(union App { a: u8 })).starts_with("`Settings` is for structs"));
    assert!(
        message(parse_quote!(
            struct App(u8);
        ))
        .starts_with("settings need names")
    );
    assert!(
        message(parse_quote!(
            struct App;
        ))
        .starts_with("settings need fields")
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
        assert!(message(input).starts_with("settings structs take no parameters"));
    }
}

#[test]
fn a_rule_fits_its_type() {
    let looks = |key, noun| format!("`{key}` looks at text, and this is {noun}");
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
            "`length` counts the characters of text or the elements of a list, and this is \
          a whole number; use `range(…)`"
        ]
    );
    assert_eq!(
        field!([range(1..)] Vec<String>),
        [
            "`range` looks at numbers and durations, and this is text; use `length(…)`, \
          `one_of(…)` or `pattern`"
        ]
    );
    assert_eq!(field!([range(0..=256)] u8), ["`u8` holds 0 to 255"]);
    assert_eq!(field!([range(-1..)] u8), ["`u8` holds 0 to 255"]);
    assert_eq!(
        field!([range(1..=2)] Duration),
        [r#"put a duration in quotes, with its unit: `"30s"`"#; 2]
    );
    assert_eq!(
        field!([range(1..1)] u8),
        ["nothing is in this range; did you mean `..=`?"]
    );
    assert_eq!(
        field!([length(5..=2)] String),
        ["no length is at least 5 and at most 2"]
    );
    assert_eq!(
        field!([separator = ";"] String),
        ["`separator` is for lists, and this is text"]
    );
    assert_eq!(
        field!([allow_empty] u8),
        ["`allow_empty` has no meaning here: empty text is not a whole number"]
    );
}

#[test]
fn a_default_is_of_the_type() {
    let quoted =
        |what, text| format!("this leaf is {what}; put the default in quotes: `\"{text}\"`");
    assert_eq!(field!([default = 10] String), [quoted("text", "10")]);
    assert_eq!(
        field!([default = true] Option<String>),
        [quoted("text", "true")]
    );
    assert_eq!(field!([default = -10] Vec<i32>), [quoted("a list", "-10")]);
    assert_eq!(
        field!([default = 10] Duration),
        ["this leaf is a duration; put the default in quotes, with its unit: `\"10s\"`"]
    );
    assert_eq!(
        field!([default = 10] bool),
        ["this leaf is a bool; write `true` or `false`"]
    );
    assert_eq!(field!([default = 1.5] u8), ["this leaf is a whole number"]);
    assert_eq!(
        field!([default = 1] f64),
        ["this leaf is a float; write `1.0`"]
    );
    assert_eq!(
        field!([default = 1u16] u8),
        ["this leaf is `u8`; leave the suffix out"]
    );
    assert_eq!(
        field!([default = Some(1)] Option<u8>),
        ["the default of an `Option<T>` is a `T`; leave `Some` out"]
    );
    assert_eq!(
        field!([default = None] Option<u8>),
        ["an `Option` is `None` without a default; leave `default` out"]
    );
}

#[test]
fn a_default_in_words_can_be_read() {
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
        ["expected a duration such as `30s` or `1h 30m`"]
    );
    assert_eq!(
        field!([default = "1,x"] Vec<u8>),
        ["expected a whole number"]
    );
    assert_eq!(
        field!([default = "1,,2"] Vec<u8>),
        ["a list in text has no empty elements"]
    );
    assert_eq!(field!([example = "x"] u8), ["expected a whole number"]);
}

#[test]
fn a_default_keeps_the_rules() {
    assert_eq!(
        field!([default = 10, range(1..10)] u8),
        ["this is outside of `1..10`"]
    );
    assert_eq!(
        field!([default = "2h", range("1s"..="1h")] Duration),
        ["this is outside of `\"1s\"..=\"1h\"`"]
    );
    assert_eq!(
        field!([default = "c", one_of("a", "b")] String),
        [r#"this is none of "a", "b""#]
    );
    assert_eq!(
        field!([default = "Demo", pattern = "^[a-z]+$"] String),
        ["this does not match `^[a-z]+$`"]
    );
    assert_eq!(
        field!([default = "a", length(2..)] String),
        ["this has a length of 1, not of `2..`"]
    );
    assert_eq!(
        field!([default = "1,2,3", length(..=2)] Vec<u8>),
        ["this has a length of 3, not of `..=2`"]
    );
}

#[test]
fn a_condition_can_come_true() {
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
            "put the text of the leaf in quotes: `\"true\"`",
            "no leaf of this struct is called `enviroment`; did you mean `environment`?",
            r#"`environment` can never be this: this is none of "development", "production""#,
            "`required_if` is for an `Option`; any other setting without a default is always required",
            "a leaf cannot be required by itself",
        ]
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
            "a key is one name: `.` stands between a group and its fields",
            "a name has at least one letter",
            "the name of a variable holds no space and no `=`",
            "`DB` and `db`, a name of `db`, are one name: case, `_`, `-` and `.` make no difference",
            "`db` and `DB`, a name of `database`, are one name: case, `_`, `-` and `.` make no difference",
            "`X` is a name of this leaf already",
            "`x` and `X`, a name of `c`, are one name: case, `_`, `-` and `.` make no difference",
            "`url` and `URL`, a name of `d`, are one name: case, `_`, `-` and `.` make no difference",
            "`db` is a field already",
            "`get` is an item of the trait `Settings`; take another name",
            "`once` is derived twice",
        ]
    );
}

#[test]
fn names_of_files_are_sound() {
    assert_eq!(
        container!(file = "config.ini"),
        ["a file is read by its ending: `.toml`, `.yaml`, `.yml` or `.json`"]
    );
    assert_eq!(
        container!(file = ".env"),
        [
            "a file is read by its ending: `.toml`, `.yaml`, `.yml` or `.json`; \
          `env_file` reads `.env` files"
        ]
    );
    assert_eq!(
        container!(env_file = ".env.{enviroment}"),
        ["no leaf of this struct is called `enviroment`; did you mean `environment`?"]
    );
    assert_eq!(
        container!(env_file = ".env.{pin}"),
        ["`pin` is secret, and the name of a file is not"]
    );
    assert_eq!(
        container!(env_file = ".env.{port}"),
        ["`port` cannot stand in the name of a file: only text and enums can"]
    );
    assert_eq!(
        container!(env_file = ".env.{server}"),
        ["`server` is a group; name a leaf of this struct"]
    );
    assert_eq!(
        container!(secrets_dir = "/run/{environment"),
        ["`{` without `}`: a placeholder is written `{leaf}`"]
    );
    assert_eq!(
        container!(file = dotenvy("a.toml")),
        ["`dotenvy` belongs to `env_file`"]
    );
    assert_eq!(container!(env_file = [".env.{server.mode}"]), [""; 0]);
}
