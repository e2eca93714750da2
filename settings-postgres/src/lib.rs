//! PostgreSQL as a store of [`settings_core`]: settings in a table, with revisions, history and leases.
//!
//! [`PostgresSettings`] is a group of settings that states how to connect to PostgreSQL. It is loaded before the rest:
//!
//! ```no_run
//! use settings_core::Settings;
//! use settings_postgres::PostgresSettings;
//!
//! #[derive(Debug, Settings)]
//! #[settings(prefix = "SHOP_", unknown = "ignore")]
//! struct Bootstrap {
//!     #[settings(nested)]
//!     postgres: PostgresSettings, // SHOP_POSTGRES_URL, SHOP_POSTGRES_PREFIX, …
//! }
//!
//! #[derive(Debug, Settings)]
//! #[settings(prefix = "SHOP_", ignore = ["SHOP_POSTGRES_*"])]
//! struct Shop {
//!     #[settings(default = 10)]
//!     db_pool_size: u32,
//! }
//!
//! let store = Bootstrap::load()?.postgres.store().last_good("/var/lib/shop/settings.last").start();
//! let shop = Shop::loader().store(&store).load()?;
//! if let Some(origin) = shop.origin("db_pool_size") {
//!     println!("{origin}"); // postgres /shop/db_pool_size @42
//! }
//! # Ok::<(), settings_core::Error>(())
//! ```
//!
//! # Tables
//!
//! [`TABLES`] is the SQL that creates the tables, in a schema named `settings`. Apply it with the tool of your migrations,
//! by `psql --file`, or by [`PostgresSettings::create_tables`]. It needs PostgreSQL 14 or later.
//!
//! Any client may change the settings. Triggers give each transaction one revision per prefix, keep the history, and
//! notify the programs that follow it:
//!
//! ```sql
//! SELECT key, value FROM settings.keys WHERE prefix = '/shop/';
//! UPDATE settings.keys SET value = '30' WHERE prefix = '/shop/' AND key = 'db_pool_size';
//! SELECT revision, at, role FROM settings.revisions WHERE prefix = '/shop/' ORDER BY revision DESC LIMIT 10;
//! ```
//!
//! If a change by hand and a commit wait for each other, PostgreSQL ends one of them: as an error `deadlock detected` of the
//! former, or a conflict of the latter. It changes nothing and may be repeated.
//!
//! The last 10,000 revisions of each prefix are kept. `SELECT settings.compact('/shop/', 42)` discards those before 42.
//!
//! # No change is missed
//!
//! A change locks the row of its prefix in `settings.heads` until its transaction ends, so revisions become visible in
//! their order. A client that has read a revision asks for everything newer in the history, where a deletion is a row
//! without a value. So the history, and not the notification, is what a client follows:
//!
//! | a change could be missed | what prevents it |
//! |---|---|
//! | between the read and the first wait, between two waits, or during a lost connection | the next question asks for everything after the revision that was read |
//! | the notification is lost, for example because a pooler drops `LISTEN` | the client asks after half of each heartbeat |
//! | the history is compacted beyond that revision | the client receives this error, and reads everything again |
//! | a failover to a replica that lacks the last changes | the revision is lower, or has another id: `RevisionRegressed`, and the client reads everything again |
//!
//! # Connections
//!
//! A store has one connection, and a writer one of its own. 1,000 instances need a pooler, or a higher
//! `max_connections`. `PgBouncer` may be in the mode `session` or `transaction`; then a change is noticed after at most
//! half of a heartbeat. Every request is one statement, so no client holds a lock while it is paused.
//!
//! TLS is used for every host that is not local, and always verifies the certificate and the name; `sslmode=disable` in the
//! URL turns it off. The variables `PGHOST`, `PGPASSWORD` and their relatives are not read.
//!
//! # Roles
//!
//! The role that creates the tables may do everything. Others are admitted per prefix:
//!
//! ```sql
//! CREATE ROLE shop_run LOGIN PASSWORD '…';
//! SELECT settings.grant_access('shop_run', '/shop/', 'run');
//! ```
//!
//! | access | may |
//! |---|---|
//! | `run` | read the settings and their history; write its own status |
//! | `push` | everything below the prefix |
//! | `view` | read everything below the prefix, pushes and statuses too |
//!
//! Row-level security enforces this. An instance writes and reads only the status whose lease it holds, also where all
//! instances share one role: the number of a lease is random, and no reader can see it. To revoke the access, delete the row in
//! `settings.access`. Statuses end by the server's clock.

mod address;
mod connection;
mod engine;
mod session;
mod settings;
mod statements;
mod tls;
mod writer;

pub use engine::Postgres;
pub use settings::PostgresSettings;

/// SQL that creates the tables. Applying it again changes nothing.
///
/// ```
/// assert!(settings_postgres::TABLES.contains("CREATE SCHEMA IF NOT EXISTS settings;"));
/// ```
pub const TABLES: &str = include_str!("../sql/tables.sql");
