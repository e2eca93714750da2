//! `finish` is a function that takes `&mut Self` and returns a result.

use settings_core::Settings;

#[derive(Settings)]
#[settings(finish = Self::unit)]
struct Unit {
    a: u8,
}

impl Unit {
    fn unit(&mut self) {}
}

#[derive(Settings)]
#[settings(finish = not_printed)]
struct NotPrinted {
    a: u8,
}

struct Reason;

fn not_printed(_: &mut NotPrinted) -> Result<(), Reason> {
    Ok(())
}

#[derive(Settings)]
#[settings(finish = other)]
struct Other {
    a: u8,
}

fn other(_: &mut Unit) -> Result<(), String> {
    Ok(())
}

#[derive(Settings)]
#[settings(finish = "quoted", finish)]
struct Quoted {
    a: u8,
}

fn main() {}
