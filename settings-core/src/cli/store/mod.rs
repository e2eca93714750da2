//! `store …`: the settings in the store of the loader, checked before they are changed.

mod change;
mod fleet;
mod gate;
mod get;
mod plan;
mod push;
mod rollout;
mod statement;

use super::{
    Session,
    command::{Command, CommandArguments, CommandOption, OptionValue},
    output::Output,
};
use crate::{
    remote::{Fault, FaultKind, SharedWriter, Store, Writer, push::StoreContents},
    settings::Settings,
};
use std::{
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

/// Exit code of a conflict, and of a store that is unavailable.
const EX_TEMPFAIL: u8 = 75;
/// Exit code of a change that can never be written.
const EX_CONFIG: u8 = 78;

const STORE: CommandOption = CommandOption {
    name: "--store",
    value: OptionValue::Text("a store"),
    about: "choose one of several stores, by the beginning of its name",
};

const PRUNE: CommandOption = CommandOption {
    name: "--prune",
    value: OptionValue::None,
    about: "remove every setting that the file does not state",
};

const YES: CommandOption = CommandOption {
    name: "--yes",
    value: OptionValue::None,
    about: "do not ask",
};

const MESSAGE: CommandOption = CommandOption {
    name: "--message",
    value: OptionValue::Text("text"),
    about: "keep the reason in the history",
};

const AUTHOR: CommandOption = CommandOption {
    name: "--author",
    value: OptionValue::Text("a name"),
    about: "keep this name in the history, instead of the one of the user",
};

/// Every subcommand on a store.
pub(super) fn commands<S: Settings>() -> Vec<Command<S>> {
    vec![
        get::command(),
        push::check_command(),
        push::diff_command(),
        push::command(),
        change::set_command(),
        change::unset_command(),
        change::log_command(),
        change::rollback_command(),
        fleet::command(),
        rollout::run_command(),
        rollout::status_command(),
        rollout::promote_command(),
        rollout::abort_command(),
    ]
}

fn ended(result: Result<Output, Output>) -> Output {
    result.unwrap_or_else(|output| output)
}

/// The store of a command, and its writer.
struct OpenStore {
    name: String,
    writer: SharedWriter,
    /// Limit for each call.
    within: Duration,
}

impl OpenStore {
    fn of<S: Settings>(
        session: &Session<'_, S>,
        arguments: &CommandArguments,
    ) -> Result<Self, Output> {
        let stores: Vec<&Store> = session.loader.stores().collect();
        let wanted = arguments.text(STORE.name);
        let matches = |store: &&&Store| wanted.is_none_or(|name| store.name().starts_with(name));
        let names = || {
            let names: Vec<&str> = stores.iter().map(|store| store.name()).collect();
            names.join(", ")
        };
        let mut matching = stores.iter().filter(matches);
        let store = match (matching.next(), matching.next()) {
            (Some(store), None) => store,
            (None, _) if stores.is_empty() => {
                let error = "the loader of this program has no store";
                return Err(Output::usage_error(error.to_owned()));
            }
            (None, _) => {
                let error = format!("--store takes the beginning of one of {}", names());
                return Err(Output::usage_error(error));
            }
            (Some(_), Some(_)) => {
                let error = format!("choose one of {} by --store", names());
                return Err(Output::usage_error(error));
            }
        };
        let Some(writer) = store.writer() else {
            let error = format!(
                "{} cannot be changed: its engine has no writer, or its prefix does not end in /",
                store.name()
            );
            return Err(Output::usage_error(error));
        };
        Ok(Self {
            name: store.name().to_owned(),
            writer,
            within: store.deadline(),
        })
    }

    fn writer(&self) -> MutexGuard<'_, Box<dyn Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn contents(&self) -> Result<StoreContents, Output> {
        let contents = StoreContents::read(&mut **self.writer(), self.within);
        contents.map_err(|fault| self.failed(&fault))
    }

    /// The output for a fault.
    fn failed(&self, fault: &Fault) -> Output {
        let name = &self.name;
        let (what, code) = match fault.kind() {
            FaultKind::Conflict => (
                format!(
                    "conflict: {fault}\n  help: look at `store diff` again, and repeat the command"
                ),
                EX_TEMPFAIL,
            ),
            FaultKind::TooLarge => (fault.to_string(), EX_CONFIG),
            FaultKind::Uncertain => (
                format!("{fault}\n  help: once the store is available again, check `store log`"),
                EX_TEMPFAIL,
            ),
            _ => (fault.to_string(), EX_TEMPFAIL),
        };
        Output {
            err: format!("{name}: {what}"),
            code,
            ..Output::default()
        }
    }
}
