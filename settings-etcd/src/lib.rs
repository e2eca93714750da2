//! etcd as a store of [`settings_core`], by etcd's API v3 over gRPC.
//!
//! [`EtcdSettings`] is a group of settings that states how to connect to etcd. It is loaded before the rest:
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
//! # How it reads
//!
//! The engine opens a watch on the prefix, then reads everything below it with one linearizable request, and returns
//! what the watch has that is newer. So no change is missed, and no history is replayed: a watch of etcd 3.4 that
//! begins at the revision of a compaction omits the deletions of that revision. After a fault everything is read again.
//!
//! It uses one endpoint at a time, and switches to the next after a fault, or when one has not answered for a second.
//! After half of the heartbeat without a change it asks etcd for an answer, so that a frozen or partitioned member is
//! noticed. Certificates are read again for each connection.
//!
//! # Roles
//!
//! The [guide](settings_core#who-may-change-what) has the roles of etcd for instances, for CI and for viewers. Instances
//! need only read below the prefix.
//!
//! # Building
//!
//! The few messages of etcd's API that it needs are written by hand, so that a build needs no `protoc`.

mod connection;
mod engine;
mod session;
mod settings;
mod wire;
mod writer;

pub use engine::Etcd;
pub use settings::EtcdSettings;
