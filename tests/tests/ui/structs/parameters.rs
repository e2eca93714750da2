//! Settings structs take no parameters.

use settings_core::Settings;

#[derive(Settings)]
struct Typed<T> {
    a: T,
}

#[derive(Settings)]
struct Borrowed<'a> {
    a: &'a str,
}

#[derive(Settings)]
struct Counted<const N: usize> {
    a: [u8; N],
}

fn main() {}
