//! Typed settings.

mod duration;
mod json;
mod name;
mod origin;
mod raw;
mod redact;
mod suggest;
mod tree;
mod truth;
mod watch;

mod error;
mod problem;
mod report;
pub mod schema;

mod check;
mod decode;
pub mod dotenv;
mod resolve;
mod source;

mod ask;
mod assemble;
mod loaded;
mod loader;
mod looked;
mod reading;
mod shown;
mod to_env;
mod to_json;

mod check_schema;
mod global;
#[cfg(feature = "testing")]
mod overriding;
mod terminal;

#[doc(hidden)]
pub mod __private;
mod settings;

pub use error::Error;
pub use loaded::Loaded;
pub use loader::Loader;
pub use looked::{Looked, Outcome};
pub use origin::{Layer, Origin};
pub use problem::{Problem, ProblemKind};
pub use secrecy::{ExposeSecret, SecretBox, SecretString};
pub use settings::Settings;
pub use settings_derive::Settings;
