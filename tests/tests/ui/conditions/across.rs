//! Rules across settings name several optional settings and groups of the struct.

use settings_core::Settings;

#[derive(Settings)]
#[settings(
    exactly_one_of(port, port),
    exactly_one_of(port),
    exactly_one_of(),
    exactly_one_of = "port",
    at_most_one_of(prot, port),
    at_most_one_of(always, port),
    at_least_one_of(with_default, port),
    at_least_one_of(flat, cache, port),
    required_with(key => always),
    required_with(key => key),
    required_with(key, cert),
    required_with(key => ),
    required_with()
)]
struct App {
    port: Option<u16>,
    always: u8,
    #[settings(default = 1)]
    with_default: Option<u8>,
    key: Option<String>,
    cert: Option<String>,
    #[settings(skip)]
    cache: u8,
    #[settings(flatten)]
    flat: Option<Server>,
}

#[derive(Settings)]
#[settings(exactly_one_of(by_another_name, sometimes, server, spare))]
struct Types {
    by_another_name: Always,
    sometimes: Sometimes,
    #[settings(nested)]
    server: Server,
    #[settings(nested)]
    spare: Option<Server>,
}

type Always = u8;
type Sometimes = Option<u8>;

#[derive(Settings)]
#[settings(group)]
struct Server {
    bind: String,
}

fn main() {}
