//! Other defaults of a group are values of the types of its fields.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(default = 1, defaults(a = 1))]
    setting: u8,
    #[settings(nested, defaults())]
    nothing: Limits,
    #[settings(nested, defaults = 5)]
    form: Limits,
    #[settings(nested, defaults(rate = 1, rate = 2, burst = 3, rate = 4))]
    repeated: Limits,
    #[settings(nested, defaults(burst))]
    valueless: Limits,
    #[settings(skip, defaults(burst = 1))]
    skipped: Limits,
}

#[derive(Settings)]
#[settings(group)]
struct Limits {
    rate: u32,
    burst: Option<u32>,
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

#[derive(Settings)]
#[settings(group)]
enum Storage {
    #[settings(default)]
    Memory,
    Local { path: String },
    Remote(#[settings(defaults(name = "a"))] Inner),
}

fn main() {}
