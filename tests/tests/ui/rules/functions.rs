//! Functions take what they are given, and give a reason that can be shown.

use settings_core::Settings;

#[derive(Settings)]
#[settings(validate = whole)]
struct App {
    #[settings(validate = text)]
    takes_another_type: u8,
    #[settings(validate = no_result)]
    gives_no_result: u8,
    #[settings(validate = no_reason)]
    gives_no_reason: u8,
    #[settings(parse_with = number)]
    parses_another_type: String,
    #[settings(parse_with = missing)]
    is_not_there: String,
}

#[derive(Settings)]
#[settings(validator)]
struct Unchecked {
    #[settings(skip)]
    cache: NoDefault,
}

struct NoDefault;

struct NoReason;

fn whole(_: &Unchecked) -> Result<(), String> {
    Ok(())
}

fn text(_: &String) -> Result<(), String> {
    Ok(())
}

fn no_result(_: &u8) -> bool {
    true
}

fn no_reason(_: &u8) -> Result<(), NoReason> {
    Ok(())
}

fn number(_: &str) -> Result<u8, String> {
    Ok(1)
}

fn main() {}
