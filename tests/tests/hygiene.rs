//! The derive in a crate without a prelude, in which std names have other meanings.
#![no_implicit_prelude]
#![expect(missing_docs, reason = "a test")]

use ::core::prelude::v1::{derive, test};
use ::settings_core::Settings;

#[derive(Debug)]
pub struct Option;
#[derive(Debug)]
pub struct Result;
#[derive(Debug)]
pub struct String;
#[derive(Debug)]
pub struct Vec;
#[derive(Debug, ::core::default::Default)]
pub struct Cache;
#[derive(Debug)]
pub struct Rgb;

#[derive(Debug, Settings)]
#[settings(
    prefix = "HYGIENE_",
    env_file = [".env.{environment}"],
    secrets_dir = "secrets",
    unknown = "deny",
    ignore = ["HYGIENE_OTHER_*"],
    removed(old.name = "since 2.0"),
    derived(
        /// Whether this process serves production traffic.
        pub is_production: bool = self.environment == "production",
    ),
    validate = Self::consistent,
)]
pub struct App {
    #[settings(default = "demo", alias = "title", deprecated_alias = "label", length(1..))]
    pub app_name: ::std::string::String,
    #[settings(
        default = "development",
        pattern = "^(development|staging|production)$"
    )]
    pub environment: ::std::string::String,
    #[settings(default = "a", pattern = "^[a-z]+$", one_of("a", "b"), validate = Self::short)]
    pub slug: ::std::string::String,
    /// The number of connections,
    #[doc = ::core::concat!("at most ", 1000)]
    ///
    /// in the pool.
    #[settings(default = 10, range(1..=1000))]
    pub pool: u32,
    #[settings(default = -0.5, range(-1.5..2))]
    pub bias: ::core::option::Option<f64>,
    #[settings(default = ::core::time::Duration::from_secs(Self::SECONDS))]
    pub timeout: ::core::time::Duration,
    #[settings(required_if(environment = "production"), env = "SENTRY_DSN")]
    pub sentry: ::core::option::Option<::std::string::String>,
    #[settings(default_with = Self::workers)]
    pub workers: usize,
    #[settings(parse_with = parse_rgb, default = "red")]
    pub r#type: Rgb,
    #[settings(skip)]
    pub cache: Cache,
    #[settings(nested)]
    pub server: Server,
    #[settings(flatten)]
    pub limits: Limits,
}

#[derive(Debug, Settings)]
#[settings(group)]
pub struct Server {
    #[settings(default = "localhost")]
    pub bind: ::std::string::String,
}

#[derive(Debug, Settings)]
#[settings(group)]
pub struct Limits {}

impl App {
    const SECONDS: u64 = 5;

    fn consistent(&self) -> ::core::result::Result<(), &'static str> {
        if self.pool == 13 {
            ::core::result::Result::Err("an unlucky pool")
        } else {
            ::core::result::Result::Ok(())
        }
    }

    fn short(value: &str) -> ::core::result::Result<(), &'static str> {
        if value.len() < 10 {
            ::core::result::Result::Ok(())
        } else {
            ::core::result::Result::Err("too long")
        }
    }

    fn workers() -> usize {
        5
    }
}

fn parse_rgb(text: &str) -> ::core::result::Result<Rgb, &'static str> {
    if text == "red" {
        ::core::result::Result::Ok(Rgb)
    } else {
        ::core::result::Result::Err("not red")
    }
}

macro_rules! settings_by_macro {
    ($name:ident, $field:ident: $ty:ty = $default:expr) => {
        #[derive(Debug, Settings)]
        #[settings(derived(pub twice: u32 = self.$field * 2, pub thrice: u32 = self.other * 3))]
        pub struct $name {
            #[settings(default = $default)]
            pub $field: $ty,
            #[settings(default = 1)]
            pub other: u32,
        }
    };
}
settings_by_macro!(Made, value: u32 = 21);

#[test]
fn the_derive_needs_no_prelude() {
    let app = App::empty_loader().load().unwrap();
    ::core::assert!(!app.is_production());
    ::core::assert_eq!(app.pool, 10);
    ::core::assert_eq!(app.timeout.as_secs(), 5);
    ::core::assert_eq!(app.server.bind, "localhost");
}

#[test]
fn doc_attributes_with_macros_are_kept() {
    let doc = App::SCHEMA.root.leaf("pool").unwrap().doc;
    ::core::assert_eq!(
        doc,
        "The number of connections,\nat most 1000\n\nin the pool."
    );
}

#[test]
fn the_derive_works_in_macros() {
    let made = Made::empty_loader().load().unwrap();
    ::core::assert_eq!((made.twice(), made.thrice()), (42, 3));
}
