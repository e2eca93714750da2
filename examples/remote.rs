//! `cargo run --example remote`: a store that several processes share, and a start while it is unavailable.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use settings_core::{
    Settings,
    remote::{Store, StoreState, testing::InMemoryStore},
};
use std::{error::Error, fs, path::Path, process, sync::mpsc, thread, time::Duration};

#[derive(Debug, Settings)]
struct Shop {
    #[settings(default = 10, range(1..=1000))]
    db_pool_size: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    // In place of a cluster. The crates settings-etcd and settings-postgres build a store on a real one.
    let cluster = InMemoryStore::new();
    cluster.put([("db_pool_size", "25")]);
    let file = std::env::temp_dir().join(format!("shop-{}.last", process::id()));

    let store = start(&cluster, &file);
    let (sender, changes) = mpsc::channel();
    let shop = Shop::empty_loader().store(&store).load()?;
    store.on_change(move || {
        let _ = sender.send(());
    });
    print!("{}", shop.dump());

    cluster.put([("db_pool_size", "5000")]);
    changes.recv()?;
    if let Err(refused) = Shop::empty_loader().store(&store).load() {
        println!("{refused}");
    }

    cluster.disconnect();
    let store = start(&cluster, &file);
    while store.status().state != StoreState::Unavailable {
        thread::yield_now();
    }
    let shop = Shop::empty_loader().store(&store).load()?;
    println!("{}", shop.warnings()[0]);
    println!("{}", store.status());
    fs::remove_file(file)?;
    Ok(())
}

fn start(cluster: &InMemoryStore, file: &Path) -> Store {
    Store::builder(cluster.engine())
        .deadline(Duration::from_secs(1))
        .last_good(file)
        .start()
}
