//! A program whose store is unavailable, so that it uses the last good snapshot in its working directory.

use settings_core::{
    Settings, cli,
    remote::{Store, testing::InMemoryStore},
};
use std::{process::ExitCode, time::Duration};

/// Settings of the program.
#[derive(Debug, Settings)]
struct Shop {
    #[settings(default = 10)]
    db_pool_size: u32,
}

fn main() -> ExitCode {
    let cluster = InMemoryStore::new();
    cluster.disconnect();
    let store = Store::builder(cluster.engine())
        .deadline(Duration::from_millis(100))
        .last_good("last")
        .start();
    cli::run_with(
        &Shop::empty_loader().store(&store),
        std::env::args_os().skip(1),
    )
}
