#![doc = include_str!("../docs/guide.md")]
// Links to items of disabled features point to the table of features: rustdoc uses the first of two link definitions.
#![cfg_attr(feature = "cli", doc = "[`cli`]: cli")]
#![cfg_attr(feature = "clap", doc = "[`clap`]: mod@clap")]
#![cfg_attr(feature = "live", doc = "[`live`]: live")]
#![cfg_attr(feature = "live", doc = "[`Loader::live`]: Loader::live")]
#![cfg_attr(feature = "live", doc = "[`live_or_exit`]: Loader::live_or_exit")]
#![cfg_attr(feature = "remote", doc = "[`remote`]: remote")]
#![cfg_attr(feature = "remote", doc = "[`Loader::store`]: Loader::store")]
#![cfg_attr(feature = "figment", doc = "[`Loader::provider`]: Loader::provider")]
#![cfg_attr(
    all(feature = "live", feature = "remote"),
    doc = "[`Live::follow`]: Live::follow"
)]
#![cfg_attr(feature = "live", doc = "[`Live::probation`]: Live::probation")]
#![cfg_attr(
    feature = "testing",
    doc = "[`with_override`]: Settings::with_override"
)]
//! [`cli`]: #features
//! [`clap`]: #features
//! [`live`]: #features
//! [`Loader::live`]: #features
//! [`live_or_exit`]: #features
//! [`remote`]: #features
//! [`Loader::store`]: #features
//! [`Loader::provider`]: #features
//! [`Live::follow`]: #features
//! [`Live::probation`]: #features
//! [`with_override`]: #features
#![cfg_attr(docsrs, feature(doc_cfg))]

// Data: known before a load, read by everything.
mod error;
pub mod schema;
mod value;
// Steps: one job each; none imports another.
mod build;
mod decode;
pub mod dotenv;
mod resolve;
mod rules;
mod source;
// Load: the steps in order, and views of the result.
pub mod docs;
mod failure;
mod loaded;
mod loader;
mod view;
// Around a load.
pub mod __private;
#[cfg(feature = "clap")]
pub mod clap;
#[cfg(feature = "cli")]
pub mod cli;
mod global;
#[cfg(feature = "live")]
pub mod live;
#[cfg(feature = "remote")]
pub mod remote;
mod settings;

pub use build::Violations;
pub use error::Error;
pub use error::origin::{Layer, Origin};
pub use error::problem::{Problem, ProblemKind};
pub use error::source_report::{SourceReport, SourceStatus};
pub use failure::Failure;
#[cfg(feature = "live")]
pub use live::Live;
pub use loaded::Loaded;
pub use loader::Loader;
#[doc(no_inline)]
pub use schema::Schema;
pub use secrecy::{ExposeSecret, SecretBox, SecretString};
pub use settings::Settings;
pub use value::format::Format;

#[doc = include_str!("../docs/derive.md")]
#[doc = ""]
#[cfg_attr(feature = "live", doc = "[live settings]: crate::Live")]
#[cfg_attr(not(feature = "live"), doc = "[live settings]: crate#features")]
#[doc(inline)]
pub use settings_derive::Settings;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
