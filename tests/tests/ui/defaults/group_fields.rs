//! Other defaults are for the settings of one group.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(nested, defaults(inner = Inner { name: String::new() }))]
    group: Limits,
    #[settings(nested, defaults(skipped = 1))]
    skipped: Limits,
    #[settings(nested, defaults(rate = 1))]
    list: Vec<Limits>,
}

#[derive(Settings)]
struct Present {
    #[settings(nested, present_if = rate, defaults(rate = 1))]
    always: Option<Limits>,
}

#[derive(Settings)]
#[settings(group)]
struct Limits {
    rate: u32,
    #[settings(nested)]
    inner: Inner,
    #[settings(skip)]
    skipped: u8,
}

#[derive(Settings)]
#[settings(group)]
struct Inner {
    name: String,
}

fn main() {}
