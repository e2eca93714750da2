//! A settings struct has no parameters.

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
#[settings(derived(first: u8 = self.a[0]))]
struct Counted<const N: usize> {
    a: [u8; N],
}

fn main() {
    let _ = Typed::<u8>::load();
    let _: u8 = Counted::<2>::get().first();
}
