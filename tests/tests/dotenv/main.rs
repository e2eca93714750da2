//! The `.env` dialect: the conformance suite, each rule, and what holds for any file.

mod cases;
mod properties;
mod rules;
