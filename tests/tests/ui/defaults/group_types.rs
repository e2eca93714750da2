//! Other defaults of a group are values of the types of its fields.

use settings_core::Settings;

#[derive(Settings)]
struct Unknown {
    #[settings(nested, defaults(rtae = 1))]
    unknown: Limits,
    #[settings(nested, defaults(brust = "1"))]
    unknown_text: Limits,
    #[settings(nested, defaults(path = "a"))]
    of_variant: Storage,
}

#[derive(Settings)]
struct WrongType {
    #[settings(nested, defaults(rate = 1.5))]
    fraction: Limits,
    #[settings(nested, defaults(burst = true))]
    in_option: Limits,
    #[settings(nested, defaults(rate = -1))]
    negative: Limits,
}

#[derive(Settings)]
#[settings(group)]
struct Limits {
    rate: u32,
    burst: Option<u32>,
}

#[derive(Settings)]
#[settings(group)]
enum Storage {
    #[settings(default)]
    Memory,
    Local { path: String },
}

fn main() {}
