//! `explain`: documentation, rules and names of one setting, what every layer set, and which layer won.

use super::{
    Session,
    command::{Command, CommandArguments, Positional, Usage},
    output::Output,
};
use crate::{
    schema::Kind,
    settings::Settings,
    view::{
        explain::{self, Subject},
        select,
    },
};

const USAGE: Usage = Usage {
    name: "explain",
    about: "describe one setting: documentation, rules, names, what every layer set, and which layer won",
    positionals: &[Positional::Key],
    options: &[],
    examples: &[
        ("server.port", "a setting, by its key"),
        ("APP_SERVER_PORT", "the same, by its variable"),
        ("server", "the settings of a group"),
    ],
};

pub(super) const fn command<S: Settings>() -> Command<S> {
    Command {
        usage: USAGE,
        run: explain,
    }
}

fn explain<S: Settings>(session: &Session<'_, S>, arguments: &CommandArguments) -> Output {
    let key = arguments.positional_texts().swap_remove(0);
    let layout = S::layout();
    let load = session.loader.inspect();
    let find = |key: &str| {
        let mut rows = load.rows.iter();
        rows.find(|row| explain::has_name(row, key))
    };
    let canonical = select::canonical_key(layout, &key);
    let row = find(&key)
        .or_else(|| find(canonical.as_deref()?))
        .or_else(|| {
            // An entry of a map is explained by the map.
            let (map, _) = canonical.as_deref().unwrap_or(&key).rsplit_once('.')?;
            find(map).filter(|row| {
                row.leaf
                    .is_some_and(|leaf| matches!(leaf.kind(), Kind::Map(_)))
            })
        });
    if let Some(subject) = row.and_then(|row| Subject::of(layout, row)) {
        return Output::of(explain::page(&subject, layout, &load, session.look));
    }
    let key = canonical.unwrap_or(key);
    if let Some(row) = explain::row_of_absent_element(layout, &key)
        && let Some(subject) = Subject::of(layout, &row)
    {
        return Output::of(explain::page(&subject, layout, &load, session.look));
    }
    let rows = load.rows.iter().filter(|row| select::is_match(row, &key));
    let group: Vec<_> = rows.collect();
    if group.is_empty() {
        return Output::usage_error(select::unknown_key(&key, &load.rows));
    }
    Output::of(explain::group_page(&key, layout, &group, session.look))
}
