//! What a user sees, a file per promise.

mod attributes;
mod conditions;
mod decoding;
mod defaults;
mod derived;
mod first;
mod global;
mod loading;
mod process;
mod rules;
mod schema;
mod validator;
