//! A program with its settings in etcd. The environment states how to connect.

#![expect(clippy::print_stdout, reason = "a program prints")]

use settings_core::{Error, Settings};
use settings_etcd::EtcdSettings;

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
    #[settings(default = 10)]
    db_pool_size: u32,
}

fn main() -> Result<(), Error> {
    let store = Bootstrap::load()?.etcd.store().start();
    let shop = Shop::loader().store(&store).load()?;
    println!("{}", shop.db_pool_size);
    Ok(())
}
