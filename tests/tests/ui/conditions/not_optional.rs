//! `required_if` needs an `Option`.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    tls: bool,
    #[settings(required_if(tls = "yes"))]
    a: String,
    #[settings(required_if(tls = "yes"))]
    by_another_name: Always,
    #[settings(required_if(tls = "yes"))]
    sometimes: Sometimes,
}

type Always = u8;
type Sometimes = Option<u8>;

fn main() {}
