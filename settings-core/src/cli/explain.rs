//! `explain`: documentation, rules and names of one setting, the value of each layer, and the value in force.

use super::{
    Session,
    command::{Command, CommandArguments, Positional, Usage},
    output::Output,
};
use crate::{
    build::rows::Row,
    settings::Settings,
    view::{
        explain::{self, Subject},
        select::{self, GivenKey},
    },
};

const USAGE: Usage = Usage {
    name: "explain",
    about: "describe one setting: documentation, rules, names, the value of each layer, and the value in force",
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
    let given = GivenKey::new(layout, &key);
    let find = |is_meant: &dyn Fn(&Row) -> bool| load.rows.iter().find(|row| is_meant(row));
    let row = find(&|row| given.is_exact(row))
        .or_else(|| find(&|row| given.is_name_of(row)))
        // An entry of a map is explained by the map.
        .or_else(|| find(&|row| given.is_inside(row)));
    if let Some(subject) = row.and_then(|row| Subject::of(layout, row)) {
        return Output::of(explain::render(&subject, layout, &load, session.look));
    }
    let other = explain::row_of_absent_element(layout, &key)
        .or_else(|| explain::row_of_other_variant(layout, &key));
    if let Some(row) = other
        && let Some(subject) = Subject::of(layout, &row)
    {
        return Output::of(explain::render(&subject, layout, &load, session.look));
    }
    let rows = load.rows.iter().filter(|row| given.contains(row));
    let group: Vec<_> = rows.collect();
    if group.is_empty() {
        return Output::usage_error(select::unknown_key(
            layout,
            &key,
            &load.rows,
            &session.caller,
        ));
    }
    let key = given.canonical.as_deref().unwrap_or(&key);
    Output::of(explain::group_page(key, layout, &group, session.look))
}
