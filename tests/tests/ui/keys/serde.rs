//! serde attributes do not apply to settings, except those that only concern writing.

use settings_core::Settings;

#[derive(Settings)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct App {
    #[serde(rename = "maxConn", skip_serializing_if = "is_zero")]
    max_connections: u32,
    #[serde(alias = "hostname", default)]
    host: String,
    #[serde(deserialize_with = "read")]
    port: u16,
    #[serde(flatten)]
    log: String,
    #[serde(skip)]
    cache: u8,
}

#[derive(Settings)]
#[settings(serde = "ignored")]
struct Other {
    a: u8,
}

fn main() {}
