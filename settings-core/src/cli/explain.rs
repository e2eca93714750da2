//! `explain`: all that is known of one setting, what every layer said of it, and who won.

use super::{
    Asked,
    arguments::{Command, Given, Word},
    output::Answer,
};
use crate::{
    schema::Kind,
    settings::Settings,
    view::{
        explain::{self, Meant},
        select,
    },
};

pub(super) const COMMAND: Command = Command {
    name: "explain",
    about: "all that is known of one setting, what every layer said, and who won",
    words: &[Word::Key],
    flags: &[],
};

impl<S: Settings> Asked<'_, S> {
    pub(super) fn explain(&self, given: &Given) -> Answer {
        let key = given.word(0);
        let layout = S::layout();
        let load = self.loader.inspect();
        let named = |key: &str| load.rows.iter().find(|row| explain::is_named(row, key));
        let proper = select::proper(layout, &key);
        let row = named(&key)
            .or_else(|| named(proper.as_deref()?))
            .or_else(|| {
                // One entry of a map is explained by the map.
                let (map, _) = proper.as_deref().unwrap_or(&key).rsplit_once('.')?;
                named(map).filter(|row| {
                    row.leaf
                        .is_some_and(|leaf| matches!(leaf.kind(), Kind::Map(_)))
                })
            });
        if let Some(meant) = row.and_then(|row| Meant::of(layout, row)) {
            return Answer::of(explain::page(&meant, layout, &load, self.look));
        }
        let key = proper.unwrap_or(key);
        if let Some(row) = explain::unborn(layout, &key)
            && let Some(meant) = Meant::of(layout, &row)
        {
            return Answer::of(explain::page(&meant, layout, &load, self.look));
        }
        // A group is explained by its settings.
        let rows = load.rows.iter().filter(|row| select::is_meant(row, &key));
        let group: Vec<_> = rows.collect();
        if group.is_empty() {
            return Answer::misused(select::no_such_key(&key, &load.rows));
        }
        Answer::of(explain::group_page(&key, layout, &group, self.look))
    }
}
