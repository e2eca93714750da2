//! Settings of every kind.

#![allow(missing_docs, reason = "the types are the documentation")]

use secrecy::SecretString;
use serde::Deserialize;
use settings_core::Settings;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    net::{IpAddr, SocketAddr},
    num::NonZeroU16,
    path::PathBuf,
    time::Duration,
};

/// A setting of each kind, and each way to nest groups.
#[derive(Debug, Settings)]
pub struct Every {
    #[settings(flatten)]
    pub values: Values,
    pub secret: Option<SecretString>,
    pub login_token: Option<String>,
}

/// The values as data, for comparison.
#[derive(Debug, PartialEq, Settings)]
#[settings(group)]
pub struct Values {
    pub flag: Option<bool>,
    pub int8: Option<i8>,
    pub int16: Option<i16>,
    pub int32: Option<i32>,
    pub int64: Option<i64>,
    pub int128: Option<i128>,
    pub uint8: Option<u8>,
    #[settings(default = 16)]
    pub uint16: u16,
    pub uint32: Option<u32>,
    pub uint64: Option<u64>,
    pub uint128: Option<u128>,
    #[settings(default = 4)]
    pub size: usize,
    pub single: Option<f32>,
    #[settings(default = 0.5)]
    pub double: f64,
    pub character: Option<char>,
    #[settings(default = "text")]
    pub text: String,
    pub note: Option<String>,
    #[settings(allow_empty)]
    pub blank: Option<String>,
    pub path: Option<PathBuf>,
    #[settings(default_with = home)]
    pub home: PathBuf,
    #[settings(default = "30s")]
    pub pause: Duration,
    #[settings(default = Duration::from_micros(1500))]
    pub tick: Duration,
    #[settings(default = "info")]
    pub level: Level,
    pub shape: Option<Shape>,
    pub numbers: Option<Vec<u16>>,
    #[settings(default = "", separator = ";")]
    pub words: Vec<String>,
    #[settings(default = vec!["a".to_owned(), "b c".to_owned()])]
    pub hosts: Vec<String>,
    pub ordered: Option<BTreeSet<i32>>,
    pub hashed: Option<HashSet<String>>,
    #[settings(allow_empty, default = "a=b")]
    pub labels: BTreeMap<String, String>,
    pub weights: Option<HashMap<String, f64>>,
    pub by_level: Option<BTreeMap<Level, Vec<u8>>>,
    pub pair: Option<(u8, String)>,
    pub triple: Option<[f32; 3]>,
    pub name: Option<Name>,
    pub port: Option<Port>,
    pub url: Option<url::Url>,
    pub address: Option<IpAddr>,
    pub socket: Option<SocketAddr>,
    pub json: Option<serde_json::Value>,
    pub either: Option<Either>,
    pub plain: Option<Plain>,
    #[settings(parse_with = colour)]
    pub colour: Option<Colour>,
    #[settings(nested)]
    pub server: Server,
    #[settings(flatten)]
    pub limits: Limits,
    #[settings(nested)]
    pub maybe: Option<Server>,
    #[settings(nested)]
    pub list: Vec<Host>,
    #[settings(nested)]
    pub map: BTreeMap<String, Host>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Info,
    VeryLoud,
}

#[derive(Debug, Deserialize, PartialEq)]
pub enum Shape {
    Point,
    Circle(f64),
    Line(i8, i8),
    Box { name: String, tags: Vec<String> },
}

#[derive(Debug, Deserialize, PartialEq)]
pub struct Name(pub String);

#[derive(Debug, Deserialize, PartialEq)]
pub struct Port(pub NonZeroU16);

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Either {
    Number(u8),
    Text(String),
    List(Vec<Either>),
}

/// A struct that is one setting.
#[derive(Debug, Deserialize, PartialEq)]
pub struct Plain {
    pub id: u8,
    #[serde(default)]
    pub note: Option<String>,
    #[serde(default)]
    pub inner: Option<Box<Plain>>,
}

#[derive(Debug, PartialEq)]
pub struct Colour(pub [u8; 3]);

#[derive(Debug, PartialEq, Settings)]
#[settings(group)]
pub struct Server {
    pub bind: Option<String>,
    #[settings(default = 80)]
    pub port: u16,
    pub tags: Option<Vec<String>>,
}

#[derive(Debug, PartialEq, Settings)]
#[settings(group)]
pub struct Limits {
    #[settings(default = 8)]
    pub soft_limit: u8,
    pub hard_limit: Option<u64>,
}

#[derive(Debug, PartialEq, Settings)]
#[settings(group)]
pub struct Host {
    pub name: Option<String>,
    pub port: Option<u16>,
    pub labels: Option<BTreeMap<String, String>>,
    pub json: Option<serde_json::Value>,
    #[settings(nested)]
    pub disk: Option<Disk>,
    #[settings(nested)]
    pub disks: Vec<Disk>,
    #[settings(nested)]
    pub zones: BTreeMap<String, Disk>,
}

#[derive(Debug, PartialEq, Settings)]
#[settings(group)]
pub struct Disk {
    pub device: Option<String>,
    pub size: Option<f32>,
}

fn home() -> PathBuf {
    PathBuf::from("/srv/it's \"home\"")
}

fn colour(text: &str) -> Result<Colour, &'static str> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let [_, colour @ ..] = number.ok_or("write #rrggbb")?.to_be_bytes();
    Ok(Colour(colour))
}
