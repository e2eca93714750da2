//! A program with its settings in etcd, and with the `settings` command. The environment states how to connect.

#![expect(clippy::print_stdout, reason = "a program prints")]

use settings_core::{Error, Settings, cli};
use settings_etcd::EtcdSettings;
use std::process::ExitCode;

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", unknown = "ignore")]
struct Bootstrap {
    #[settings(nested)]
    etcd: EtcdSettings,
}

/// Settings of the program.
#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", ignore = ["SHOP_ETCD_*"])]
struct Shop {
    #[settings(default = 10, reload)]
    db_pool_size: u32,
}

fn main() -> Result<ExitCode, Error> {
    let store = Bootstrap::load()?.etcd.store().start();
    let loader = || Shop::loader().store(&store);
    if let Some(code) = cli::run_loader(loader) {
        return Ok(code);
    }
    println!("{}", loader().load()?.db_pool_size);
    Ok(ExitCode::SUCCESS)
}
