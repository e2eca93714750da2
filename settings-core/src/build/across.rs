//! Rules across the settings of a struct that are data: `exactly_one_of` and its kin.

use super::{Assembler, Required, StructScope, index, nested_groups};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        redact,
    },
    schema::{Field, GroupRule, Shape},
};

/// Whether a setting or group that a rule names has a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Presence {
    /// Its index among the fields of the struct.
    nth: usize,
    is_present: bool,
}

/// A setting or group that a rule names.
#[derive(Clone, Copy)]
struct Member {
    at: MemberAt,
    is_present: bool,
}

#[derive(Clone, Copy)]
enum MemberAt {
    /// The index of a setting, or of a list or map of groups.
    Leaf(usize),
    /// The index of a group.
    Group(usize),
}

impl Assembler<'_> {
    /// Records whether a field that a rule names has a value. An invalid value counts.
    pub fn note_presence(&mut self, nth: usize, is_present: bool) {
        self.presence.push(Presence { nth, is_present });
    }

    /// Checks the rules across the settings of a struct.
    pub(super) fn check_across(&mut self, scope: &StructScope) {
        let presence = self.presence.split_off(scope.presence);
        if self.trial.is_some() || presence.is_empty() {
            return;
        }
        let group = self.cursor.layout.groups[scope.here].group;
        for rule in group.rules {
            let members = |keys: &[&str]| -> Vec<Member> {
                let members = keys.iter();
                members
                    .filter_map(|key| self.member_named(scope, key, &presence))
                    .collect()
            };
            match *rule {
                GroupRule::ExactlyOneOf(keys) => {
                    self.check_several(scope, "exactly", &members(keys));
                }
                GroupRule::AtMostOneOf(keys) => {
                    self.check_several(scope, "at most", &members(keys));
                }
                GroupRule::AtLeastOneOf(keys) => {
                    self.check_several(scope, "at least", &members(keys));
                }
                GroupRule::RequiredWith { with, required } => {
                    if let [with, required] = members(&[with, required])[..] {
                        self.check_required_with(scope, with, required);
                    }
                }
            }
        }
    }

    /// Checks that as many of several settings have a value as a rule says.
    fn check_several(&mut self, scope: &StructScope, how_many: &str, members: &[Member]) {
        let present: Vec<Member> = members.iter().copied().filter(|m| m.is_present).collect();
        let is_broken = match present.len() {
            0 => how_many != "at most",
            1 => false,
            _ => how_many != "at least",
        };
        let Some(first) = present.first().or(members.first()).filter(|_| is_broken) else {
            return;
        };
        let names = members.iter().map(|member| self.member_key(member.at));
        let names = names.collect::<Vec<_>>().join(", ");
        let expected = format!("expected {how_many} one of {names}");
        let problem = if present.is_empty() {
            let problem = Problem::new(ProblemKind::Missing, format!("{expected}, found none"));
            self.with_help_for_none(problem, members)
        } else {
            let found = present.iter().map(|member| self.with_origin(member.at));
            let found = in_words(&found.collect::<Vec<_>>(), "and");
            let problem = Problem::new(ProblemKind::Rule, format!("{expected}, found {found}"))
                .with_help("keep one of them, and remove the others");
            match self.member_origins(first.at).first() {
                Some(origin) => problem.about((*origin).clone()),
                None => problem,
            }
        };
        let problem = problem.at(self.member_key(first.at));
        self.insert_in_order(scope, first.at, problem);
    }

    fn check_required_with(&mut self, scope: &StructScope, with: Member, required: Member) {
        if !with.is_present || required.is_present {
            return;
        }
        let because = self.is_set(with.at);
        let origins = self.member_origins(with.at);
        let names = origins.iter().map(|origin| origin_name(origin));
        let names = in_words(&names.collect::<Vec<_>>(), "and");
        let help = (!names.is_empty()).then(|| format!("or remove {names}"));
        match required.at {
            MemberAt::Leaf(leaf) => self.required.push(Required {
                leaf,
                because,
                help,
            }),
            MemberAt::Group(_) => {
                let what = format!("required, because {because}, but not set");
                let problem = Problem::new(ProblemKind::Missing, what)
                    .at(self.member_key(required.at))
                    .with_help(format!("set {}", self.member_setter(required.at)));
                let problem = match help {
                    Some(help) => problem.with_help(help),
                    None => problem,
                };
                self.insert_in_order(scope, required.at, problem);
            }
        }
    }

    /// Adds the help for several settings of which none is set.
    fn with_help_for_none(&mut self, mut problem: Problem, members: &[Member]) -> Problem {
        let leaves = members.iter().filter_map(|member| match member.at {
            MemberAt::Leaf(at) => Some(at),
            MemberAt::Group(_) => None,
        });
        let meant: Vec<String> = leaves
            .filter_map(|at| self.misspelled_name_of(at))
            .collect();
        problem = if meant.is_empty() {
            let setters = members.iter().map(|member| self.member_setter(member.at));
            let setters = in_words(&setters.collect::<Vec<_>>(), "or");
            problem.with_help(format!("set {setters}"))
        } else {
            meant.into_iter().fold(problem, Problem::with_help)
        };
        if let Some(help) = self.how_to_omit_group() {
            problem = problem.with_help(help);
        }
        self.with_unread_source(problem)
    }

    fn insert_in_order(&mut self, scope: &StructScope, at: MemberAt, problem: Problem) {
        let leaf = match at {
            MemberAt::Leaf(at) => at,
            MemberAt::Group(at) => usize::from(self.cursor.layout.groups[at].first),
        };
        let end = usize::from(self.cursor.layout.groups[scope.here].end);
        let prefix = self.cursor.element_key();
        let position = self
            .resolved
            .position_in_order(leaf, end, scope.problems, prefix);
        self.resolved.problems.insert(position, problem);
    }

    /// The field of a struct with this key.
    fn member_named(
        &self,
        scope: &StructScope,
        key: &str,
        presence: &[Presence],
    ) -> Option<Member> {
        let group = &self.cursor.layout.groups[scope.here];
        let (mut leaf, mut next) = (usize::from(group.first), scope.here + 1);
        for (nth, field) in group.group.fields.iter().enumerate() {
            let (name, at) = match field {
                Field::Leaf(field) => (field.key, MemberAt::Leaf(leaf)),
                Field::Group(nested) if is_several(nested.shape) => {
                    (nested.key, MemberAt::Leaf(leaf))
                }
                Field::Group(nested) => (nested.key, MemberAt::Group(next)),
            };
            if name == key {
                let noted = presence.iter().find(|noted| noted.nth == nth)?;
                return Some(Member {
                    at,
                    is_present: noted.is_present,
                });
            }
            match field {
                Field::Group(nested) if !is_several(nested.shape) => {
                    leaf = usize::from(self.cursor.layout.groups[next].end);
                    next += 1 + nested_groups(nested.group);
                }
                _ => leaf += 1,
            }
        }
        None
    }

    fn member_key(&self, at: MemberAt) -> String {
        match at {
            MemberAt::Leaf(at) => self.cursor.key(at),
            MemberAt::Group(at) => {
                let path = self.cursor.group_path(at).trim_end_matches('.');
                format!("{}{path}", self.cursor.element_key())
            }
        }
    }

    fn member_setter(&self, at: MemberAt) -> String {
        match at {
            MemberAt::Leaf(at) => self.cursor.setter(at),
            MemberAt::Group(_) => format!("the settings of {}", self.member_key(at)),
        }
    }

    fn member_origins(&self, at: MemberAt) -> Vec<&Origin> {
        match at {
            MemberAt::Leaf(at) => {
                let origin = &self.resolved.slots[at].origin;
                let is_known = origin.layer() != Layer::Default;
                [origin].into_iter().filter(|_| is_known).collect()
            }
            MemberAt::Group(at) => self.origins_in_group(at),
        }
    }

    /// A field with its origin: `port in .env:4`.
    fn with_origin(&self, at: MemberAt) -> String {
        let key = self.member_key(at);
        match self.member_origins(at).first() {
            Some(origin) if origin.layer() == Layer::Set => format!("{key} in the program"),
            Some(origin) => format!("{key} in {origin}"),
            None => key,
        }
    }

    /// The same as a clause.
    fn is_set(&self, at: MemberAt) -> String {
        let key = self.member_key(at);
        match self.member_origins(at).first() {
            Some(origin) if origin.layer() == Layer::Set => format!("the program sets {key}"),
            Some(origin) => format!("{key} is set in {origin}"),
            None => format!("{key} is set"),
        }
    }

    /// The first origins of the values that make an optional group present.
    pub(super) fn origins_in_group(&self, at: usize) -> Vec<&Origin> {
        let group = &self.cursor.layout.groups[at];
        let slots = &self.resolved.slots[usize::from(group.first)..usize::from(group.end)];
        let mut origins: Vec<&Origin> = self.resolved.table_of(index(at)).into_iter().collect();
        for slot in slots.iter().filter(|slot| slot.is_above_defaults()) {
            if !origins.contains(&&slot.origin) {
                origins.push(&slot.origin);
            }
        }
        origins
    }
}

fn is_several(shape: Shape) -> bool {
    matches!(shape, Shape::List | Shape::Map)
}

/// How an operator names the source of a value: a variable or argument by its name, any other by its position.
pub(super) fn origin_name(origin: &Origin) -> String {
    match (origin.layer(), origin.name()) {
        (Layer::Environment | Layer::EnvFile | Layer::Argument, Some(name)) => {
            redact::escape_truncated(name).to_string()
        }
        (Layer::Set, Some(key)) => format!("{key} in the program"),
        _ => origin.to_string(),
    }
}

/// A list in words: `a, b and c`.
fn in_words(names: &[String], last: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}
