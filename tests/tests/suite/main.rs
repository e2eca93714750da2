//! What a user sees, a file per promise.

mod dir;
mod told;

mod arguments;
mod attributes;
mod binding;
mod conditions;
mod decoding;
mod defaults;
mod derived;
mod env_files;
mod files;
mod first;
mod global;
mod guide;
mod layers;
mod loading;
mod placeholders;
mod policies;
mod process;
mod providers;
mod pydantic;
mod rules;
mod schema;
mod secrets_dirs;
mod validator;
