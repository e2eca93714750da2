//! Documents about settings: a reference, templates, a schema and manifests.
//!
//! Each is rendered from the [schema](crate::schema) alone. Nothing is loaded, so a document is the same on every machine.
//!
//! - **What is hidden.** A leaf that is secret, by type or by its name, shows no default. It stands where secrets go: a
//!   Kubernetes `Secret`, a systemd credential.
//! - **What is known.** A default that is a text, a literal, a variant or an empty list stands in each document as its
//!   value. Any other expression is told as it was written.
//! - **Lists and maps of groups** stand once, as the element `0` or `NAME`.
//!
//! # Held by a test
//!
//! Commit the documents, and let a test say when they have drifted:
//!
//! ```no_run
//! # use settings_core::Settings;
//! # #[derive(Debug, Settings)]
//! # struct AppSettings { #[settings(default = 8080)] port: u16 }
//! #[test]
//! fn the_documents_are_up_to_date() {
//!     use settings_core::docs;
//!     docs::assert_up_to_date("SETTINGS.md", &docs::markdown::<AppSettings>());
//!     docs::assert_up_to_date(".env.example", &docs::env_example::<AppSettings>());
//! }
//! ```
//!
//! `SETTINGS_DOCS=overwrite cargo test` writes them anew.

mod committed;
mod compose;
mod default;
mod env_example;
#[cfg(feature = "clap")]
mod flags;
mod json_schema;
mod kubernetes;
mod man;
mod markdown;
mod outline;
mod quoted;
mod systemd;
mod toml;
mod value;
mod words;
mod yaml;

pub use self::committed::assert_up_to_date;
#[cfg(feature = "cli")]
pub(crate) use self::committed::difference;
pub use self::compose::compose;
pub use self::env_example::env_example;
#[cfg(feature = "clap")]
pub(crate) use self::flags::{Flag, flags};
pub use self::json_schema::json_schema;
pub use self::kubernetes::kubernetes;
pub use self::man::man;
pub use self::markdown::markdown;
pub use self::systemd::systemd;
pub use self::toml::toml;
pub use self::yaml::yaml;
