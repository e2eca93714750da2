//! Keys of maps of groups: any type that serde reads from a string.

use super::{Assembler, GroupType, Walk, messages::near};
use crate::{
    decode::{self, Input, Malformed, TextForm},
    error::{
        origin::Origin,
        problem::{Problem, ProblemKind, Sight},
        redact,
    },
    resolve::KeyNumbers,
    schema::{Kind, Shape, variants::listed},
    value::path::Segment,
};
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};

/// A map of groups.
pub(super) trait GroupMap: FromIterator<(Self::Key, Self::Element)> {
    type Key: DeserializeOwned;
    type Element: GroupType;
    /// A number for each different key.
    type Numbers: Default;

    /// The number of a key: that of an equal one, or the next number.
    fn number(numbers: &mut Self::Numbers, key: Self::Key) -> usize;

    /// Sorts keys in the order in which the map is printed.
    fn sort(&self, keys: &mut [(Self::Key, String)]);

    fn find(&self, key: &Self::Key) -> Option<&Self::Element>;
}

impl Assembler<'_> {
    /// Builds the next map of groups.
    pub(super) fn map<M: GroupMap>(&mut self) -> Option<M> {
        let mut keys = Keys::<M> {
            map: self.cursor.key(self.cursor.leaf()),
            numbers: M::Numbers::default(),
            known: HashMap::new(),
            problems: Vec::new(),
        };
        let elements = self.elements::<M::Element>(Shape::Map, Some(&mut keys));
        let is_valid = keys.problems.is_empty();
        self.resolved.problems.extend(keys.problems);
        let elements = elements?.into_iter().filter(|_| is_valid);
        let elements = elements.map(|(name, element)| Some((read(&name).ok()?, element)));
        elements.collect::<Option<M>>().filter(|_| is_valid)
    }
}

impl Walk<'_> {
    /// Visits the elements of the next map of groups, by the names that sources gave them.
    pub(super) fn map<M: GroupMap>(&mut self, map: &M) {
        let names = self.names_of_elements().into_iter();
        let keys = names.filter_map(|name| Some((read::<M::Key>(&name).ok()?, name)));
        let mut keys: Vec<(M::Key, String)> = keys.collect();
        map.sort(&mut keys);
        let elements = keys.into_iter();
        let elements = elements.filter_map(|(key, name)| Some((name, map.find(&key)?)));
        self.elements(Shape::Map, elements);
    }
}

/// Decodes a name. One in capitals, as in variables, may be a key in lower case, because types that serde buffers compare the
/// names of enums by their bytes.
fn read<K: DeserializeOwned>(name: &str) -> Result<K, Malformed> {
    let key = |name: &str| decode::decode(Input::Text(name), TextForm::default(), None);
    key(name).or_else(|malformed| {
        if name.contains(char::is_lowercase) {
            return Err(malformed);
        }
        key(&name.to_lowercase()).map_err(|_| malformed)
    })
}

/// The keys of one map, in the order in which they are read.
struct Keys<M: GroupMap> {
    /// The key of the map.
    map: String,
    numbers: M::Numbers,
    /// The number of each name, if it is a key.
    known: HashMap<String, Option<usize>>,
    problems: Vec<Problem>,
}

impl<M: GroupMap> KeyNumbers for Keys<M> {
    fn number(&mut self, name: &str, origin: &Origin) -> Option<usize> {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let number = match read::<M::Key>(name) {
            Ok(key) => Some(M::number(&mut self.numbers, key)),
            Err(malformed) => {
                let mut numbers = M::Numbers::default();
                let mut number = |name: &str| {
                    let key = read::<M::Key>(name).ok()?;
                    Some(M::number(&mut numbers, key))
                };
                let problem = invalid(name, malformed, &mut number).from(origin.clone());
                let key = format!("{}{}", self.map, Segment::Name(name));
                self.problems.push(problem.at(key));
                None
            }
        };
        self.known.insert(name.to_owned(), number);
        number
    }

    fn repeated(&mut self, name: &str, earlier: &str, origin: &Origin) {
        let earlier = format!("{}{}", self.map, Segment::Name(earlier));
        let what = format!("the same entry as {earlier} of the same layer,");
        let problem = Problem::new(ProblemKind::Ambiguous, what)
            .at(format!("{}{}", self.map, Segment::Name(name)))
            .from(origin.clone())
            .with_help(format!("write its settings under {earlier}"));
        if !self
            .problems
            .iter()
            .any(|known| known.key() == problem.key())
        {
            self.problems.push(problem);
        }
    }
}

/// One name for each key: serde lists aliases too.
fn without_aliases(
    all: &'static [&'static str],
    number: &mut dyn FnMut(&str) -> Option<usize>,
) -> Vec<&'static str> {
    let mut known = HashSet::new();
    let is_first = |name: &&&str| number(name).is_none_or(|number| known.insert(number));
    all.iter().filter(is_first).copied().collect()
}

/// The problem of a name that is not a key of the map.
fn invalid(
    name: &str,
    malformed: Malformed,
    number: &mut dyn FnMut(&str) -> Option<usize>,
) -> Problem {
    let fault = malformed.into_fault();
    let found = Sight::Shown.found_text(name);
    let what = match &fault.reason {
        Some(reason) => {
            let reason = redact::escape_reason(&redact::mask_urls(reason));
            format!("rejected as a key: {reason}, found {found}")
        }
        None => {
            let names = fault
                .choices
                .filter(|names| fault.expected == Kind::Enum(names).to_string());
            let names = names.map(|all| without_aliases(all, number));
            let expected = names.map_or(fault.expected, |names| listed(&names));
            format!("expected {expected} as the key, found {found}")
        }
    };
    let problem = Problem::new(ProblemKind::Malformed, what);
    match near(fault.choices, Some(name)) {
        Some(near) => problem.with_help(format!("did you mean {near}?")),
        None => problem.with_help("correct the name of the entry"),
    }
}
