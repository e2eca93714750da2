//! Laws that hold for every text and all bytes.
//!
//! Each is an ordinary function that makes what it needs out of any bytes, and panics if its law is broken. The property
//! tests call it with what proptest makes up, the fuzz targets with what libFuzzer finds.

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
pub use reading::{any_text_for_any_leaf, env_file, file};
pub use writing::round_trip;
