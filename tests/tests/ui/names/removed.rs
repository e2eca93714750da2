//! A former name has a reason and is not the name of a setting.

use settings_core::Settings;

#[derive(Settings)]
#[settings(removed(port = "why", "" = "why", "a b" = "why"))]
struct Names {
    port: u16,
}

#[derive(Settings)]
#[settings(removed(cache_ttl))]
struct NoReason {
    port: u16,
}

#[derive(Settings)]
#[settings(removed = "cache_ttl")]
struct NoList {
    port: u16,
}

#[derive(Settings)]
#[settings(removed())]
struct Empty {
    port: u16,
}

#[derive(Settings)]
#[settings(group, removed(cache_ttl = "why"))]
struct Group {
    port: u16,
}

fn main() {}
