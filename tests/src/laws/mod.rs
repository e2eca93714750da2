//! Laws that hold for every text and all bytes.
//!
//! Each law is a function that derives its input from arbitrary bytes and panics if the law is broken. The property tests
//! call it with input from proptest, and the fuzz targets with input from libFuzzer.

#![allow(
    clippy::missing_panics_doc,
    reason = "a broken law panics, here and nowhere else"
)]

mod binding;
mod every;
mod layering;
mod masking;
mod outcome;
mod pieces;
mod reading;
mod values;
mod writing;

pub use binding::binder;
pub use every::Every;
pub use layering::layers;
pub use masking::masking;
pub use reading::{any_text_for_any_setting, env_file, file, repeated};
pub use writing::round_trip;
