//! Settings from a key-value store that several processes share, kept up to date by a thread per store.
//!
//! An [`Engine`] is the driver for one kind of store: it reads everything below a prefix at one revision, then waits
//! for changes. A [`Store`] runs an engine on its own thread and keeps the latest [`StoreSnapshot`]. A loader reads it
//! by [`Loader::store`](crate::Loader::store), in the layer of files.
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use settings_core::{Settings, remote::{Store, testing::InMemoryStore}};
//!
//! # #[derive(Debug, Settings)]
//! # struct Shop { #[settings(default = 10)] db_pool_size: u32 }
//! let cluster = InMemoryStore::new(); // a store for tests
//! cluster.put([("db_pool_size", "25")]);
//!
//! let store = Store::builder(cluster.engine()).start();
//! let shop = Shop::empty_loader().store(&store).load()?;
//! assert_eq!(shop.db_pool_size, 25);
//! assert_eq!(shop.origin("db_pool_size").unwrap().to_string(), "memory /db_pool_size @1");
//! # }
//! # Ok::<(), settings_core::Error>(())
//! ```
//!
//! # Keys and values
//!
//! A key below the prefix is the key of a setting, with `/` or `.` between its parts: `/shop/server/bind` and
//! `/shop/server.bind` are `server.bind`. A value is text and is decoded as if it came from the environment: empty text
//! is no value. A key that matches no setting is [`unknown`](derive@crate::Settings#unknown).
//!
//! Names that begin with `@` are reserved for this crate: they are no settings and never unknown, no load reads them,
//! and a change of them is none for [`Store::on_change`].
//!
//! # When the store is unavailable
//!
//! A load waits for the first snapshot, at most until the [`deadline`](StoreBuilder::deadline), which is counted from
//! the start of the store. Then it fails, and the report lists the store beside all other problems. With
//! [`last_good`](StoreBuilder::last_good), the load instead reads the snapshot that was last put in force, from disk,
//! with a warning that states its age. A store that becomes unavailable later keeps its latest snapshot.
//! [`Store::status`] describes all of it.
//!
//! The thread tries again after a growing, random wait, and reads everything before it waits for changes again. So a
//! compacted history, or a revision that regressed because the store was restored from a backup, is no special case. A
//! store that does not answer for one [`heartbeat`](StoreBuilder::heartbeat) counts as unavailable.
//!
//! # While the program runs
//!
//! With the feature `live`, [`Live::follow`] loads the settings again at each change, and puts them in force if they
//! are valid:
//!
//! ```
//! # #[cfg(all(feature = "live", feature = "testing"))] {
//! # use settings_core::{Settings, remote::{Store, testing::InMemoryStore}};
//! # #[derive(Debug, Settings)]
//! # struct Shop { #[settings(default = 10, reload)] db_pool_size: u32 }
//! # let store = Store::builder(InMemoryStore::new().engine()).start();
//! let live = Shop::empty_loader().store(&store).live()?;
//! live.follow(&store)?.detach();
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Without it, [`Store::on_change`] calls back when a load would read other settings than before.
//!
//! # Another kind of store
//!
//! The crates `settings-etcd` and `settings-postgres` have the engines for etcd and PostgreSQL. An engine for another store is
//! a type that implements [`Engine`], and a test that runs it through the conformance kit in `remote::testing` (feature `testing`).
//!
//! # Secrets
//!
//! A secret setting may be in a store, and is masked as everywhere. But copies of it stay in memory: the latest
//! snapshot is kept for the next load, and the libraries that transfer it make copies of their own. The file of
//! [`last_good`](StoreBuilder::last_good) contains every value, secrets too; only its owner may read it (mode 0600),
//! and it is not encrypted. Where that is not acceptable, keep secrets in a secrets directory, which overrides the
//! store.
//!
#![cfg_attr(feature = "live", doc = "[`Live::follow`]: crate::Live::follow")]
#![cfg_attr(not(feature = "live"), doc = "[`Live::follow`]: crate#features")]

mod answer;
mod back_off;
mod driver;
mod engine;
#[cfg(any(feature = "cli", feature = "live"))]
#[cfg_attr(
    not(all(feature = "cli", feature = "live")),
    allow(
        dead_code,
        unreachable_pub,
        reason = "instances and commands use one half each"
    )
)]
pub(crate) mod fleet;
#[cfg(feature = "cli")]
pub(crate) mod history;
#[cfg(any(feature = "cli", feature = "live"))]
#[cfg_attr(
    not(all(feature = "cli", feature = "live")),
    allow(dead_code, reason = "instances and commands use one half each")
)]
mod json;
mod last_good;
mod pem;
#[cfg(feature = "cli")]
pub(crate) mod push;
mod shared;
mod status;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod writer;

pub use answer::{
    Fault, FaultKind, StoreChange, StoreChanges, StoreSnapshot, Value, mask_passwords,
};
pub use engine::Engine;
pub use pem::read_pem;
pub(crate) use shared::Served;
pub use status::{LastError, ServedFrom, StoreState, StoreStatus};
#[cfg(any(feature = "cli", feature = "live"))]
pub(crate) use store::SharedWriter;
pub use store::{Store, StoreBuilder};
pub use writer::{Commit, Committed, HEAD, Lease, Settled, StoreKey, StoreWrite, Writer};
