//! The words for what is wrong with a leaf, and what to do about it.

use super::{Assembler, index, sight};
use crate::{
    check::Broken,
    decode::{Hint, Malformed},
    origin::{Layer, Origin},
    problem::{Problem, ProblemKind, Sight},
    raw::Raw,
    resolve::{Said, bind},
    schema::{Default, Leaf},
    shown, suggest,
    watch::Place,
};

impl Assembler<'_> {
    pub(super) fn missing(&mut self, at: usize, leaf: &Leaf, emptied: bool) {
        let mut problem = if emptied {
            let origin = self.resolved.slots[at].origin.clone();
            self.problem(at, ProblemKind::Missing, "required, but set to nothing")
                .from(origin)
        } else {
            self.problem(
                at,
                ProblemKind::Missing,
                "required, but no source has a value",
            )
        };
        let variable = self.variable(at);
        if !emptied {
            if let Some(file) = self.unread {
                problem = problem.with_note(format!(
                    "it perhaps stands in {file}, which could not be read"
                ));
            }
            if let Some(near) = bind::near_miss(&variable, self.names) {
                problem =
                    problem.with_help(format!("did you mean {variable} where it says {near}?"));
            }
            let key = self.key(at);
            if let Some(near) = bind::near_key(&key, &self.resolved.unknown) {
                let (said, origin) = (&near.name, &near.origin);
                let help = format!("did you mean {key} where it says {said} in {origin}?");
                problem = problem.with_help(help);
            }
        }
        let problem = problem.with_help(self.how_to_set_leaf(at, leaf));
        self.resolved.problems.push(problem);
    }

    pub(super) fn malformed(
        &self,
        at: usize,
        leaf: &Leaf,
        malformed: Malformed,
        raw: &Raw,
    ) -> Problem {
        let malformed = malformed.into_fault();
        let origin = self.origin(at, malformed.at.as_deref());
        let sight = self.sight(at, leaf);
        let text = raw.as_text();
        let found = sight.found(if malformed.structured {
            None
        } else {
            text.as_deref()
        });
        let place = malformed.at.as_deref().unwrap_or_default();
        let mut what = format!("expected {}, found {found}", malformed.expected);
        if let Some(reason) = &malformed.reason
            && let Some(reason) = sight.reason(reason, text.as_deref())
        {
            what = format!("{what} ({reason})");
        }
        let mut problem = Problem::new(ProblemKind::Malformed, what)
            .at(format!("{}{place}", self.key(at)))
            .variable(self.variable(at));
        if let (Some(choices), Some(text), Sight::Shown) = (malformed.choices, &text, sight)
            && let Some(near) = suggest::nearest_value(text, choices.iter().copied())
        {
            problem = problem.with_help(format!("did you mean {near}?"));
        }
        if let Some(hint) = malformed.hint {
            problem = problem.with_help(hint.to_string());
        }
        let problem = problem.with_help(how_to_mend(leaf, &origin));
        problem.from(origin)
    }

    /// Whether the rules hold; tells the broken ones as one problem.
    pub(super) fn obeys(
        &mut self,
        at: usize,
        leaf: &Leaf,
        broken: &[Broken],
        raw: Option<&Raw>,
    ) -> bool {
        let Some(first) = broken.first() else {
            return true;
        };
        let origin = self.origin(at, first.at.as_deref());
        let sight = self.sight(at, leaf);
        let text = raw.and_then(Raw::as_text);
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            broken.iter().partition(|broken| broken.at == first.at);
        let expected = here.iter().map(|broken| broken.expected.as_str());
        let expected = expected.collect::<Vec<_>>().join(", and ");
        let found = match &text {
            Some(_) => format!(", found {}", sight.found(text.as_deref())),
            None => String::new(),
        };
        let place = first.at.as_deref().unwrap_or_default();
        let mut problem = Problem::new(ProblemKind::Rule, format!("expected {expected}{found}"))
            .at(format!("{}{place}", self.key(at)))
            .variable(self.variable(at));
        if let (Some(choices), Some(text), Sight::Shown) = (first.choices, &text, sight)
            && let Some(near) = suggest::nearest_value(text, choices.iter().copied())
        {
            problem = problem.with_help(format!("did you mean {near}?"));
        }
        if let Some(Raw::Text { text, .. }) = raw
            && let Some(hint) = Hint::of_look(text)
        {
            problem = problem.with_help(hint.to_string());
        }
        for broken in elsewhere {
            let (key, place) = (self.key(at), broken.at.as_deref().unwrap_or_default());
            problem = problem.with_note(format!("{key}{place}: expected {}", broken.expected));
        }
        problem = problem.with_help(how_to_mend(leaf, &origin));
        self.resolved.problems.push(problem.from(origin));
        self.resolved.slots[at].said = Said::Unreadable;
        false
    }

    /// A function of the user's refused a value.
    pub(super) fn refused(&mut self, at: usize, leaf: &Leaf, reason: &str, text: Option<&str>) {
        let origin = self.resolved.slots[at].origin.clone();
        let what = match self.sight(at, leaf).reason(reason, text) {
            Some(reason) => format!("refused: {reason}"),
            None => "refused by its own check".to_owned(),
        };
        let mut problem = self.problem(at, ProblemKind::Rule, what);
        problem = problem.with_help(how_to_mend(leaf, &origin));
        self.resolved.problems.push(problem.from(origin));
        self.resolved.slots[at].said = Said::Unreadable;
    }

    pub(super) fn warn_deprecated(&mut self, at: usize, leaf: &Leaf) {
        let slot = &self.resolved.slots[at];
        if matches!(slot.said, Said::Nothing) {
            return;
        }
        let origin = slot.origin.clone();
        if let Some(why) = leaf.deprecated {
            let warning = self
                .problem(
                    at,
                    ProblemKind::Deprecated,
                    format!("deprecated: {why}; set"),
                )
                .from(origin.clone());
            self.resolved.warnings.push(warning);
        }
        if self.resolved.slots[at].deprecated_name {
            let proper = match origin.layer() {
                Layer::Environment | Layer::EnvFile => self.variable(at),
                _ => self.key(at),
            };
            let warning = self
                .problem(at, ProblemKind::Deprecated, "set by a deprecated name")
                .from(origin)
                .with_help(format!("use {proper}"));
            self.resolved.warnings.push(warning);
        }
    }

    /// A leaf was set to nothing, and so hides what a lower layer has.
    pub(super) fn warn_hidden(&mut self, at: usize, hidden: &Origin) {
        let origin = self.resolved.slots[at].origin.clone();
        let what = format!("set to nothing, so the default is taken and {hidden} is hidden,");
        let warning = self
            .problem(at, ProblemKind::Shadowed, what)
            .from(origin)
            .with_help("remove the empty setting, or give it a value");
        self.resolved.warnings.push(warning);
    }

    pub(super) fn sight(&self, at: usize, leaf: &Leaf) -> Sight {
        sight(self.plan, at, leaf, &self.resolved.slots[at].origin)
    }

    /// Where the value came from, or what stands at a place within it.
    fn origin(&self, at: usize, place: Option<&str>) -> Origin {
        let keys = self.resolved.keys.get(&index(at));
        let found = keys.zip(place).and_then(|(keys, place)| {
            keys.iter().find(|(key, _)| {
                let after = place.strip_prefix(&Place::Key(key).before(None));
                after.is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
            })
        });
        let whole = &self.resolved.slots[at].origin;
        found.map_or(whole, |(_, origin)| origin).clone()
    }

    pub(super) fn problem(&self, at: usize, kind: ProblemKind, what: impl Into<String>) -> Problem {
        Problem::new(kind, what)
            .at(self.key(at))
            .variable(self.variable(at))
    }

    pub(super) fn key(&self, at: usize) -> String {
        format!("{}{}", self.within.key, self.plan.key_of(at))
    }

    pub(super) fn variable(&self, at: usize) -> String {
        shown::variable(self.plan, &self.within.variable, at)
    }

    pub(super) fn how_to_set(&self, at: usize) -> String {
        match self.plan.leaf(at) {
            Some(leaf) => self.how_to_set_leaf(at, leaf),
            None => format!("set {}", self.variable(at)),
        }
    }

    pub(super) fn how_to_set_leaf(&self, at: usize, leaf: &Leaf) -> String {
        let variable = self.variable(at);
        match leaf.example {
            Some(example) if self.sight(at, leaf) == Sight::Shown => {
                format!("set {variable}, for example {variable}={example}")
            }
            _ => format!("set {variable} to {}", leaf.kind()),
        }
    }
}

/// What to do about a value that is there, but wrong.
pub(super) fn how_to_mend(leaf: &Leaf, origin: &Origin) -> String {
    let name = origin.name().unwrap_or("it");
    match (&leaf.default, origin.layer()) {
        (_, Layer::Default) => "correct the default in the program".to_owned(),
        (Default::Text(default) | Default::Expression(default), _)
            if !leaf.secret && !default.is_empty() && !default.contains('\n') =>
        {
            format!("correct {name}, or remove it to take the default, {default}")
        }
        _ if leaf.optional => format!("correct {name}, or remove it"),
        _ => format!("correct {name}"),
    }
}
