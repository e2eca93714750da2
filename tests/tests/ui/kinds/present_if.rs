//! `present_if` names a setting without a default of an optional group.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(nested, present_if = missing)]
    unknown: Option<Group>,
    #[settings(nested, present_if = rate)]
    has_a_default: Option<Group>,
    #[settings(nested, present_if = dsn)]
    not_optional: Group,
    #[settings(nested, present_if = dsn)]
    list: Vec<Group>,
    #[settings(nested, present_if = inner)]
    names_a_group: Option<Outer>,
    #[settings(nested, present_if = dsn)]
    fine: Option<Group>,
}

#[derive(Settings)]
struct Setting {
    #[settings(present_if = dsn)]
    a: Option<String>,
    #[settings(nested, present_if = "dsn")]
    b: Option<Group>,
}

#[derive(Settings)]
#[settings(group)]
struct Group {
    dsn: String,
    #[settings(default = 1)]
    rate: u8,
}

#[derive(Settings)]
#[settings(group)]
struct Outer {
    #[settings(nested)]
    inner: Group,
}

fn main() {}
