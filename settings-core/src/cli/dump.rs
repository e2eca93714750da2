//! `dump`: every setting, its value and where it came from.

use super::{
    Asked,
    arguments::{Command, Flag, Given, Value},
    output::Answer,
};
use crate::{
    error::style::Look,
    settings::Settings,
    view::{env, json, select, table::Table, toml},
};

pub(super) const COMMAND: Command = Command {
    name: "dump",
    about: "every setting, its value and where it came from",
    words: &[],
    flags: &[
        Flag {
            name: "--format",
            value: Value::OneOf(&["table", "json", "toml", "env"]),
            about: "how to print it; what is masked is never in it",
        },
        Flag {
            name: "--only",
            value: Value::Keys,
            about: "these settings, or those of these groups",
        },
        Flag {
            name: "--changed",
            value: Value::None,
            about: "what is not at its default",
        },
        Flag {
            name: "--sources",
            value: Value::None,
            about: "also every place that was looked at, found or absent, lowest first",
        },
        Flag {
            name: "--full",
            value: Value::None,
            about: "do not cut long values to the width of the terminal",
        },
    ],
};

impl<S: Settings> Asked<'_, S> {
    pub(super) fn dump(&self, given: &Given) -> Answer {
        let load = self.loader.inspect();
        let only = given.texts("--only");
        // No key holds a comma, by which lists are parted elsewhere.
        let only: Vec<&str> = only.iter().flat_map(|keys| keys.split(',')).collect();
        let mut rows = load.rows.clone();
        if !only.is_empty() {
            rows = match select::only(S::layout(), rows, &only) {
                Ok(rows) => rows,
                Err(why) => return Answer::misused(why),
            };
        }
        if given.has("--changed") {
            rows.retain(select::is_changed);
        }
        let sources = given.has("--sources").then_some(load.looked.as_slice());
        let out = match given.text("--format") {
            Some("json") => {
                let settings = json::object(&rows);
                match sources {
                    Some(looked) => {
                        let sources = select::sources_as_json(looked);
                        format!(r#"{{"settings":{settings},"sources":{sources}}}"#)
                    }
                    None => settings,
                }
            }
            Some("toml") => {
                let comments = sources.map(select::sources_in_comments);
                comments.unwrap_or_default() + &toml::document(&rows)
            }
            Some("env") => {
                let comments = sources.map(select::sources_in_comments);
                comments.unwrap_or_default() + &env::lines(&rows)
            }
            _ => {
                let width = self.look.width.filter(|_| !given.has("--full"));
                let look = Look { width, ..self.look };
                let mut out = String::new();
                let was_cut = Table::new(&rows, load.problems(), look).write(&mut out);
                if was_cut.unwrap_or(false) {
                    out.push_str(&look.dim("… marks what was cut; --full shows all of it"));
                    out.push('\n');
                }
                if let Some(looked) = sources {
                    out.push('\n');
                    out.push_str(&select::sources(looked, look));
                }
                out
            }
        };
        match &load.error {
            Some(error) => Answer::of(out).failed(error),
            None => Answer::of(out).warned(<S as Settings>::SCHEMA.root.name, &load.warnings),
        }
    }
}
