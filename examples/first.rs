//! `SHOP_SECRET_KEY=k7Qp2w9sXz SHOP_WORKERS=4 cargo run --example first`: the first program of README.md and the guide.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use settings_core::{ExposeSecret, SecretString, Settings};

/// Settings of the shop.
#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", env_file = ".env")]
struct Shop {
    /// Port to listen on.
    #[settings(default = 8080)]
    port: u16,
    /// Number of worker threads.
    #[settings(range(1..=64))]
    workers: u32,
    /// Signs the session cookies.
    secret_key: SecretString,
}

fn main() {
    Shop::init_or_exit(); // prints the report and exits with 78 if something is wrong
    serve();
}

fn serve() {
    let shop = Shop::get(); // a `&'static Shop`, anywhere in the program
    println!("port {}, {} workers", shop.port, shop.workers);
    println!("{shop:?}");
    let _key = shop.secret_key.expose_secret();
}
