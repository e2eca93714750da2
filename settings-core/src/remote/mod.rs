//! A store that several processes share, as a layer: what it holds now, and a thread that hears of each change.
//!
//! An [`Engine`] knows one kind of store: it reads everything below a prefix at one revision, and then waits for
//! changes. A [`Store`] drives it from a thread of its own, keeps the latest [`StoreSnapshot`], and is a layer of a loader by
//! [`Loader::store`](crate::Loader::store), of the rank of a file.
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use settings_core::{Settings, remote::{Store, testing::InMemoryStore}};
//!
//! # #[derive(Debug, Settings)]
//! # struct Shop { #[settings(default = 10)] db_pool_size: u32 }
//! let cluster = InMemoryStore::new(); // a store in memory, for tests
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
//! A key below the prefix means the leaf of that key, with `/` for the dots or with the dots themselves:
//! `/shop/server/bind` and `/shop/server.bind` are `server.bind`. Values are text, read as if from the environment:
//! empty text is no value. Names that reach no leaf are [`unknown`](derive@crate::Settings#unknown).
//!
//! # When it is away
//!
//! A load waits until there is a first snapshot, but not longer than [`deadline`](StoreBuilder::deadline) from the start;
//! then it fails and says so, beside whatever else is wrong. With [`last_good`](StoreBuilder::last_good) it takes what was in
//! force when the store was last there, from disk, warns of it, and tells its age. A store that is lost later leaves
//! its latest snapshot in force. [`Store::status`] tells all of it.
//!
//! The thread tries again after a growing, jittered while, and reads everything again before it listens again: history
//! that is gone, or that runs backwards because the store was restored from a backup, is no special case. A store that
//! has said nothing for [`heartbeat`](StoreBuilder::heartbeat), not even when asked, counts as away.
//!
//! # While the program runs
//!
//! With the feature `live`, [`Live::follow`] loads again at each change, and puts in force what is sound:
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
//! Without it, [`Store::on_change`] tells that there is something to load.
//!
//! # Secrets
//!
//! A secret leaf may stand in the store and is masked as ever, but the crate can't leave no copy of it: the latest
//! snapshot stays in memory for the next load, and the libraries that carry it copy on their own. What
//! [`last_good`](StoreBuilder::last_good) writes holds every value of the snapshot as it stands, secrets too; the file can be
//! read by its owner alone (0600) and is not encrypted. If that is too much, keep secrets in a secrets directory, which
//! ranks above the store.
//!
#![cfg_attr(feature = "live", doc = "[`Live::follow`]: crate::Live::follow")]
#![cfg_attr(not(feature = "live"), doc = "[`Live::follow`]: crate#features")]

mod back_off;
mod driver;
mod engine;
mod last_good;
mod shared;
mod status;
mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use engine::{Engine, Fault, FaultKind, StoreChange, StoreChanges, StoreSnapshot, Value};
pub(crate) use shared::Served;
pub use status::{LastError, ServedFrom, StoreState, StoreStatus};
pub use store::{Store, StoreBuilder};
