//! Functions have the right signature.

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
    #[settings(validate = by_value)]
    takes_the_value: u8,
    #[settings(validate = two)]
    takes_two_values: u8,
    #[settings(parse_with = number)]
    parses_another_type: String,
    #[settings(parse_with = bytes)]
    parses_bytes: String,
    #[settings(parse_with = length)]
    returns_no_result: usize,
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

fn by_value(_: u8) -> Result<(), String> {
    Ok(())
}

fn two(_: &u8, _: &u8) -> Result<(), String> {
    Ok(())
}

fn bytes(_: &[u8]) -> Result<String, String> {
    Ok(String::new())
}

fn length(text: &str) -> usize {
    text.len()
}

#[derive(Settings)]
#[settings(validate = Self::is_valid)]
struct Checked {
    a: u8,
}

impl Checked {
    fn is_valid(&self) -> bool {
        true
    }
}

fn main() {}
