//! Arguments of the program: `--server-bind …`, `--db-pool-size=5`, `--no-debug`, `--set key=value`.

use crate::{
    name::Canonical,
    origin::Origin,
    problem::{Problem, ProblemKind},
    schema::{
        Field, Kind, Leaf,
        meaning::{Meaning, Space, meaning},
        plan::{Plan, Target},
    },
    suggest,
    truth::truth,
};
use std::ffi::OsString;
use zeroize::Zeroizing;

/// An argument that means a leaf.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) flag: String,
    pub(crate) meaning: Meaning,
    pub(crate) value: Zeroizing<String>,
}

/// Sorts arguments, without the program's name, into leaves and problems.
pub(crate) fn read(plan: Plan, arguments: &[OsString]) -> (Vec<Argument>, Vec<Problem>) {
    let mut read = Read {
        plan,
        arguments: Vec::new(),
        problems: Vec::new(),
    };
    let mut rest = arguments.iter().enumerate().peekable();
    while let Some((at, argument)) = rest.next() {
        let Some(text) = argument.to_str() else {
            read.refuse(at, "is not UTF-8", "give it as UTF-8 text");
            continue;
        };
        let Some(flag) = text.strip_prefix("--").filter(|flag| !flag.is_empty()) else {
            // Its text is not shown: it may be the value of a secret whose flag was forgotten.
            read.refuse(
                at,
                "belongs to no flag",
                "write --name value or --name=value",
            );
            continue;
        };
        let (flag, given) = match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (flag, None),
        };
        let mut next = || {
            let (_, next) = rest
                .next_if(|(_, next)| next.to_str().is_some_and(|next| !next.starts_with("--")))?;
            next.to_str().map(str::to_owned)
        };
        if let Some(meaning) = read.meaning(flag) {
            let value = match given {
                Some(value) => Some(value.to_owned()),
                None if is_bool(plan, &meaning) => {
                    let word = rest.next_if(|(_, next)| next.to_str().is_some_and(is_bool_word));
                    Some(
                        word.and_then(|(_, word)| word.to_str())
                            .unwrap_or("true")
                            .to_owned(),
                    )
                }
                None => next(),
            };
            match value {
                Some(value) => read.push(format!("--{flag}"), meaning, value),
                None => read.valueless(flag),
            }
        } else if let Some(meaning) = flag
            .strip_prefix("no-")
            .and_then(|flag| read.meaning(flag))
            .filter(|meaning| is_bool(plan, meaning))
        {
            match given {
                None => read.push(format!("--{flag}"), meaning, "false".to_owned()),
                Some(_) => read.refuse(
                    at,
                    "takes no value",
                    "write the flag without `no-` to give it a value",
                ),
            }
        } else if flag == "set" {
            match given.map(str::to_owned).or_else(next) {
                Some(setting) => read.set(at, &setting),
                None => read.valueless(flag),
            }
        } else {
            read.unknown(at, flag);
        }
    }
    (read.joined(), read.problems)
}

struct Read {
    plan: Plan,
    arguments: Vec<Argument>,
    problems: Vec<Problem>,
}

impl Read {
    fn meaning(&self, name: &str) -> Option<Meaning> {
        let hash = Canonical::EMPTY.text(name.as_bytes()).hash();
        meaning(self.plan, Space::Key, hash, name.as_bytes())
    }

    fn set(&mut self, at: usize, setting: &str) {
        let Some((key, value)) = setting.split_once('=') else {
            return self.refuse(at + 1, "has no `=`", "write --set key=value");
        };
        match self.meaning(key) {
            Some(meaning) => self.push(format!("--set {key}"), meaning, value.to_owned()),
            None => self.unknown(at, key),
        }
    }

    fn push(&mut self, flag: String, meaning: Meaning, value: String) {
        self.arguments.push(Argument {
            flag,
            meaning,
            value: Zeroizing::new(value),
        });
    }

    fn valueless(&mut self, flag: &str) {
        let problem = Problem::new(
            ProblemKind::Malformed,
            format!("the argument --{flag} has no value"),
        )
        .with_help(format!(
            "write --{flag} VALUE, or --{flag}=VALUE if the value begins with `--`"
        ));
        self.problems.push(problem);
    }

    fn refuse(&mut self, at: usize, what: &str, help: &str) {
        let problem = Problem::new(ProblemKind::Unknown, format!("argument {} {what}", at + 1))
            .with_help(help);
        self.problems.push(problem);
    }

    /// An unknown flag is named only as far as its text can't be a value.
    fn unknown(&mut self, at: usize, flag: &str) {
        let keys: Vec<String> = (0..self.plan.leaves.len())
            .map(|leaf| self.plan.key_of(leaf).replace(['.', '_'], "-"))
            .collect();
        let problem = Problem::new(
            ProblemKind::Unknown,
            format!("argument {} names no setting", at + 1),
        );
        let near = suggest::nearest(flag, keys.iter().map(String::as_str));
        self.problems.push(match near {
            Some(near) => problem.with_help(format!("did you mean --{near}?")),
            None => problem.with_help("remove it, or correct its name"),
        });
    }

    /// A list, set or map leaf that is given several times takes all of it.
    fn joined(&mut self) -> Vec<Argument> {
        let mut joined: Vec<Argument> = Vec::new();
        for argument in std::mem::take(&mut self.arguments) {
            let leaf = match &argument.meaning {
                Meaning::Name(name) if name.target == Target::Leaf => {
                    self.plan.leaf(name.index.into())
                }
                _ => None,
            };
            let same = leaf
                .filter(|leaf| matches!(leaf.kind(), Kind::List(_) | Kind::Map(_)))
                .and_then(|leaf| {
                    let earlier = joined
                        .iter_mut()
                        .find(|earlier| is_same(&earlier.meaning, &argument.meaning))?;
                    Some((leaf, earlier))
                });
            match same {
                Some((leaf, earlier)) => join(leaf, &mut earlier.value, &argument.value),
                None => joined.push(argument),
            }
        }
        joined
    }
}

fn join(leaf: &Leaf, earlier: &mut Zeroizing<String>, value: &str) {
    let inner = |text: &str| {
        let text = text.trim();
        let inside = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let inside = inside.or_else(|| {
            text.strip_prefix('{')
                .and_then(|text| text.strip_suffix('}'))
        });
        inside.map(|inside| {
            (
                text[..1].to_owned(),
                inside.trim().to_owned(),
                text[text.len() - 1..].to_owned(),
            )
        })
    };
    let joined = match (inner(earlier), inner(value)) {
        (Some((open, first, close)), Some((also, second, _))) if open == also => {
            let comma = if first.is_empty() || second.is_empty() {
                ""
            } else {
                ","
            };
            format!("{open}{first}{comma}{second}{close}")
        }
        _ => format!(
            "{}{}{value}",
            earlier.as_str(),
            leaf.separator.unwrap_or(",")
        ),
    };
    *earlier = Zeroizing::new(joined);
}

fn is_same(one: &Meaning, other: &Meaning) -> bool {
    match (one, other) {
        (Meaning::Name(one), Meaning::Name(other)) => {
            one.index == other.index && one.target == other.target
        }
        _ => false,
    }
}

fn is_bool(plan: Plan, meaning: &Meaning) -> bool {
    match meaning {
        Meaning::Name(name) if name.target == Target::Leaf => {
            match plan.leaves[usize::from(name.index)].field {
                Field::Leaf(leaf) => matches!(leaf.kind(), Kind::Bool),
                Field::Group(_) => false,
            }
        }
        _ => false,
    }
}

fn is_bool_word(text: &str) -> bool {
    truth(text.trim()).is_some()
}

/// Where an argument stands.
pub(crate) fn origin(argument: &Argument) -> Origin {
    Origin::argument(argument.flag.clone())
}
