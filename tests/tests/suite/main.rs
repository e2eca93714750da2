//! Behaviour that users see, one file per guarantee.

#![allow(
    clippy::unwrap_used,
    reason = "a helper may unwrap: the test fails then"
)]
#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "attributes require these signatures of the functions they name"
)]

mod containers;
mod dir;
mod reports;
mod settings_command;
mod wait;

mod across;
mod arguments;
mod attributes;
mod binding;
mod buffered_names;
mod canary;
mod canary_random;
mod canary_shapes;
mod clap_flags;
mod clap_hidden;
mod cli_check;
mod cli_completions;
mod cli_diff;
mod cli_docs;
mod cli_dump;
mod cli_enums;
mod cli_explain;
mod cli_secrets;
mod cli_store;
mod conditions;
mod decoding;
mod decryption;
mod default_from;
mod default_if;
mod defaults;
mod derived;
mod docs;
mod elements;
mod enum_documents;
mod enum_groups;
mod enum_shorthands;
mod env_files;
mod events;
mod file_forms;
mod files;
mod fingerprint;
mod finish;
mod flags;
mod global;
mod group_defaults;
mod group_maps;
mod guide;
mod hints;
mod inside;
mod interpolation;
mod keys;
mod large;
mod layers;
mod limits;
mod live;
mod loading;
mod map_keys;
mod memory;
mod merge;
mod mistyped;
mod no_file;
mod optional_groups;
mod other_names;
mod page;
mod placeholders;
mod policies;
mod process;
mod providers;
mod pydantic;
mod remote;
mod remote_conformance;
mod remote_last_good;
mod removed;
mod repeated_secrets;
mod report;
mod rules;
mod schema;
mod schema_null;
mod secret_policy;
mod secrets_dirs;
mod source_conditions;
mod suspicious;
mod validator;
mod violations;
mod writing;
