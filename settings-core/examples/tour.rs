//! `cargo run -p settings-core --all-features --example tour`: a tour of the methods that a program calls, from a load to a
//! test. The documentation of each method shows its call here.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use settings_core::{
    ExposeSecret, SecretString, Settings, docs,
    live::Event,
    remote::{Store, testing::InMemoryStore},
};
use std::{error::Error, fs, time::Duration};

/// Settings of the shop.
#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", derived(
    /// Where clients reach the shop.
    pub url: String = format!("http://{}:{}", self.host, self.port),
))]
struct Shop {
    /// Address of this machine.
    #[settings(default = "127.0.0.1")]
    host: String,
    /// Port to listen on.
    #[settings(default = 8080)]
    port: u16,
    /// Level of the log.
    #[settings(default = "info", one_of("debug", "info", "warn"), reload)]
    log_level: String,
    /// Signs the session cookies.
    secret_key: SecretString,
}

fn main() -> Result<(), Box<dyn Error>> {
    load()?;
    report();
    documents();
    at_run_time()?;
    from_a_store()?;
    in_tests();
    Ok(())
}

/// Loads from given sources, lowest layer first, and prints every value with its origin.
fn load() -> Result<(), Box<dyn Error>> {
    let shop = Shop::empty_loader()
        .env_from([("SHOP_SECRET_KEY", "k7Qp2w9sXz")])
        .args(["--port", "9000"])
        .set("host", "0.0.0.0")
        .load()?;
    println!("{} {}", shop.url(), shop.secret_key.expose_secret().len());
    print!("{}", shop.dump());
    println!("{:?}", shop.origin("port").map(|origin| origin.to_string()));
    println!("{}", shop.to_json());
    println!("{}", shop.fingerprint());
    for warning in shop.warnings() {
        println!("{warning}");
    }
    Ok(())
}

/// One error has every problem, for people and for programs.
fn report() {
    let variables = [("SHOP_PORT", "eighty"), ("SHOP_LOG_LEVEL", "loud")];
    if let Err(error) = Shop::empty_loader().env_from(variables).load() {
        println!("{error}");
        for problem in error.problems() {
            println!("{:?} {:?}", problem.key(), problem.kind());
        }
        println!("{}", error.to_json());
    }
}

/// Documents need the struct only.
fn documents() {
    print!("{}", docs::env_example::<Shop>());
    print!("{}", docs::markdown::<Shop>());
    println!("{}", docs::json_schema::<Shop>());
}

/// Live settings follow their files. A change is put in force as a whole, or rejected with its report.
fn at_run_time() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("shop.env");
    fs::write(&file, "SHOP_SECRET_KEY=k7Qp2w9sXz\n")?;
    let live = Shop::empty_loader().env_file(&file).live()?;
    let _printing = live.subscribe(|event: &Event| println!("{event}"));
    let events = live.subscribe_channel();
    live.watch()?.detach();

    fs::write(&file, "SHOP_SECRET_KEY=k7Qp2w9sXz\nSHOP_LOG_LEVEL=debug\n")?;
    events.recv_timeout(Duration::from_secs(30))?;
    println!("{}", live.current().log_level);
    println!("{} {}", live.revision(), live.status().rejections);
    live.reload()?;
    Ok(())
}

/// A store is shared by several processes.
fn from_a_store() -> Result<(), Box<dyn Error>> {
    let cluster = InMemoryStore::new();
    cluster.put([("port", "9000"), ("secret_key", "k7Qp2w9sXz")]);
    let store = Store::builder(cluster.engine()).start();
    let shop = Shop::empty_loader().store(&store).load()?;
    println!("{} {}", shop.port, store.status());
    Ok(())
}

/// A test puts its own settings in place of those of the process, for one thread.
fn in_tests() {
    let shop = Shop::empty_loader().set("secret_key", "k7Qp2w9sXz").load();
    let Ok(shop) = shop else { return };
    Shop::with_override(shop.into_inner(), || {
        println!("{}", Shop::get().port);
    });
}

#[test]
fn the_tour_runs() {
    main().unwrap();
}
