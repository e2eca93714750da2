//! etcd as a store, by its own API (v3) over gRPC.
//!
//! How etcd is reached is a group of settings, [`EtcdSettings`], that is loaded before the rest:
//!
//! ```no_run
//! use settings_core::Settings;
//! use settings_etcd::EtcdSettings;
//!
//! #[derive(Debug, Settings)]
//! #[settings(prefix = "SHOP_", unknown = "ignore")]
//! struct Bootstrap {
//!     #[settings(nested)]
//!     etcd: EtcdSettings, // SHOP_ETCD_ENDPOINTS, SHOP_ETCD_PREFIX, …
//! }
//!
//! #[derive(Debug, Settings)]
//! #[settings(prefix = "SHOP_", ignore = ["SHOP_ETCD_*"])]
//! struct Shop {
//!     #[settings(default = 10)]
//!     db_pool_size: u32,
//! }
//!
//! let store = Bootstrap::load()?.etcd.store().last_good("/var/lib/shop/settings.last").start();
//! let shop = Shop::loader().store(&store).load()?;
//! if let Some(origin) = shop.origin("db_pool_size") {
//!     println!("{origin}"); // etcd /shop/db_pool_size @42
//! }
//! # Ok::<(), settings_core::Error>(())
//! ```
//!
//! The engine reads everything below the prefix in one request, linearizable, and watches it from that revision on. It
//! listens to one endpoint at a time and turns to the next after a fault, or when one has not answered for a second. When nothing has changed for half of the
//! heartbeat it asks etcd whether it is still there, so a frozen or partitioned member is noticed. Certificates are read
//! again for each connection.
//!
//! The few messages that it needs are written down in this crate rather than generated, so a build needs no `protoc`.

mod engine;
mod session;
mod settings;
mod wire;

pub use engine::Etcd;
pub use settings::EtcdSettings;
