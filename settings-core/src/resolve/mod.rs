//! One slot a leaf; the highest layer wins.

pub(crate) mod bind;
#[cfg(feature = "live")]
mod fingerprint;

use self::bind::UnknownName;
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        redact::{self, SecretHash},
    },
    schema::{
        Unknown,
        layout::{Layout, Name, Target},
        lookup::NameTarget,
    },
    value::{node::Node, raw::Raw},
};
use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

/// What the layers said of one leaf.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) said: SlotValue,
    pub(crate) origin: Origin,
    /// The highest value below the one that won.
    pub(crate) hides: Option<Box<Origin>>,
    /// Whether a deprecated name was used.
    pub(crate) deprecated_name: bool,
    from: From,
}

/// What the winner said.
#[derive(Clone, Debug)]
pub(crate) enum SlotValue {
    /// No layer spoke.
    Unset,
    /// It was set to nothing.
    Empty,
    /// A value.
    Value(Raw),
    /// A list or map of groups, or one element of it.
    Tree(Tree),
    /// The value stands in the file with this name.
    FromFile(String),
    /// What was said could not be read; a problem says so.
    Unreadable,
    /// A value that was given away when the leaf was decoded.
    Consumed,
}

/// What a source has for groups, with the place of each part; the groups' own plans are known only when they are built.
#[derive(Clone)]
pub(crate) struct Tree(pub(crate) Node<'static>);

/// How strongly a value speaks within its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct From {
    layer: u16,
    /// Part of a group that was given whole.
    whole: bool,
    rank: u8,
    proper: bool,
    file: bool,
}

/// One value from the inside of a list, a map or a list of groups: `X__0__HOST`.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) path: Vec<String>,
    pub(crate) said: SlotValue,
    pub(crate) origin: Origin,
    pub(crate) layer: u16,
    /// Whether names in that layer have an order.
    ordered: bool,
    /// Whether a flat source named the key, whose case may be that of its names.
    pub(crate) flat: bool,
}

/// A value that another one won over, or joined.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "cli"),
    expect(dead_code, reason = "only the command explains")
)]
pub(crate) struct Overridden {
    /// What stands before its key: the place of an element of a list or map of groups.
    pub(crate) within: String,
    pub(crate) layout: &'static Layout,
    pub(crate) leaf: usize,
    pub(crate) said: SlotValue,
    pub(crate) origin: Origin,
    /// The one key of a map that it is about.
    pub(crate) part: Option<String>,
    /// Whether what is in force holds it nevertheless: other layers gave a map other keys.
    pub(crate) counts: bool,
}

/// A value as a source spelled it, on its way to its slot.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) said: SlotValue,
    pub(crate) origin: Origin,
    pub(crate) whole: bool,
    pub(crate) proper: bool,
}

/// The slots while the layers are read.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) layout: &'static Layout,
    pub(crate) slots: Vec<Slot>,
    pub(crate) parts: BTreeMap<u16, Vec<Part>>,
    pub(crate) problems: Vec<Problem>,
    /// Problems with what a layer has for a leaf, until the leaves are built and they can stand in the order of the struct.
    early: Vec<(u16, Problem)>,
    pub(crate) warnings: Vec<Problem>,
    /// Names that lead to no leaf.
    pub(crate) unknown: Vec<UnknownName>,
    /// Structs whose own check could not be made.
    pub(crate) unchecked: Vec<String>,
    /// Misspelt names that were told where a leaf is missing.
    pub(crate) told: Vec<String>,
    /// Secrets that a derived property must not show, of types that don't give their text.
    pub(crate) secret_hashes: Vec<(u16, SecretHash)>,
    /// The elements of each list or map of groups, once they are built.
    pub(crate) inside: BTreeMap<u16, Vec<(String, Resolved)>>,
    /// Where the keys of a map came from that were set one by one.
    pub(crate) keys: BTreeMap<u16, Vec<(String, Origin)>>,
    /// What was overridden, if someone wants to know.
    pub(crate) overridden: Option<Vec<Overridden>>,
}

/// Where a value is put: which layer, and whether names in it have an order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) layer: u16,
    pub(crate) ordered: bool,
}

impl Place {
    /// Of two spellings of one name the later counts.
    pub(crate) fn ordered(layer: u16) -> Self {
        let ordered = true;
        Self { layer, ordered }
    }

    /// Names have no order there.
    pub(crate) fn unordered(layer: u16) -> Self {
        let ordered = false;
        Self { layer, ordered }
    }
}

impl SlotValue {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl Slot {
    const EMPTY: Self = Self {
        said: SlotValue::Unset,
        origin: Origin::DEFAULT,
        hides: None,
        deprecated_name: false,
        from: From {
            layer: 0,
            whole: false,
            rank: 0,
            proper: false,
            file: false,
        },
    };

    /// Whether a layer above the defaults holds a value.
    pub(crate) fn has_value(&self) -> bool {
        !matches!(self.said, SlotValue::Unset | SlotValue::Empty)
    }

    /// The same, once the leaf was built, whose default may stand in it by then.
    pub(crate) fn is_above_defaults(&self) -> bool {
        self.has_value() && self.origin.layer() != Layer::Default
    }
}

impl Resolved {
    pub(crate) fn new(layout: &'static Layout) -> Self {
        let mut slots = Vec::with_capacity(layout.leaves.len());
        slots.resize_with(layout.leaves.len(), || Slot::EMPTY);
        Self {
            layout,
            slots,
            parts: BTreeMap::new(),
            problems: Vec::new(),
            early: Vec::new(),
            warnings: Vec::new(),
            unknown: Vec::new(),
            unchecked: Vec::new(),
            told: Vec::new(),
            secret_hashes: Vec::new(),
            inside: BTreeMap::new(),
            keys: BTreeMap::new(),
            overridden: None,
        }
    }

    /// Puts a value into the slot of its leaf, if nothing there speaks more strongly.
    #[inline]
    pub(crate) fn put(&mut self, place: Place, name: Name, given: Given) {
        let new = From {
            layer: place.layer,
            whole: given.whole,
            rank: name.rank,
            proper: given.proper,
            file: name.target == Target::File,
        };
        let leaf = usize::from(name.index);
        let slot = &mut self.slots[leaf];
        if matches!(slot.said, SlotValue::Unset) {
            slot.said = given.said;
            slot.origin = given.origin;
            slot.from = new;
            slot.deprecated_name = name.deprecated;
            return;
        }
        if slot.from.layer == new.layer {
            if slot.from.file != new.file {
                return self.both(leaf, new, name.deprecated, given);
            }
            if !self.wins_in_layer(leaf, new, &given, place.ordered) {
                return self.lost(leaf, given.said, given.origin);
            }
            let slot = &mut self.slots[leaf];
            let said = std::mem::replace(&mut slot.said, given.said);
            let origin = std::mem::replace(&mut slot.origin, given.origin);
            slot.from = new;
            slot.deprecated_name = name.deprecated;
            return self.lost(leaf, said, origin);
        }
        if new.layer < slot.from.layer {
            let hides = slot.hides.is_none() && !matches!(given.said, SlotValue::Empty);
            if let Some(overridden) = &mut self.overridden {
                overridden.push(Overridden::new(
                    self.layout,
                    leaf,
                    given.said,
                    given.origin.clone(),
                ));
            }
            if hides {
                slot.hides = Some(Box::new(given.origin));
            }
            return;
        }
        let lower = std::mem::replace(
            slot,
            Slot {
                said: given.said,
                origin: given.origin,
                hides: None,
                deprecated_name: name.deprecated,
                from: new,
            },
        );
        let emptied = matches!(lower.said, SlotValue::Empty);
        if let Some(overridden) = &mut self.overridden {
            overridden.push(Overridden::new(
                self.layout,
                leaf,
                lower.said,
                lower.origin.clone(),
            ));
        }
        slot.hides = if emptied {
            lower.hides
        } else {
            Some(Box::new(lower.origin))
        };
    }

    /// Remembers what was overridden, if someone wants to know.
    fn lost(&mut self, leaf: usize, said: SlotValue, origin: Origin) {
        if let Some(overridden) = &mut self.overridden {
            overridden.push(Overridden::new(self.layout, leaf, said, origin));
        }
    }

    /// Puts a value for the inside of a leaf.
    pub(crate) fn put_part(
        &mut self,
        place: Place,
        leaf: u16,
        path: Vec<String>,
        said: SlotValue,
        origin: Origin,
        flat: bool,
    ) {
        self.parts.entry(leaf).or_default().push(Part {
            path,
            said,
            origin,
            layer: place.layer,
            ordered: place.ordered,
            flat,
        });
    }

    /// Tells that what a layer has for a leaf or group can't be read.
    pub(crate) fn put_unreadable(
        &mut self,
        place: Place,
        target: &NameTarget,
        origin: Origin,
        why: &str,
        help: &str,
    ) {
        let name = match target {
            NameTarget::Name(name) | NameTarget::Inside(name, _) => *name,
        };
        let problem = Problem::new(ProblemKind::Source, why)
            .from(origin.clone())
            .with_help(help);
        if name.target == Target::Group {
            self.tell_of_group(name.index, problem);
            return self.put_unreadable_group(place, name.index, &origin);
        }
        self.tell_of_leaf(name.index.into(), problem);
        if let NameTarget::Name(_) = target {
            self.put(place, name, Given::unreadable(origin, false));
        }
    }

    /// Notes a problem with what a layer has for a leaf.
    pub(crate) fn tell_of_leaf(&mut self, leaf: usize, problem: Problem) {
        let problem = problem.at(self.layout.key_of(leaf));
        let problem = problem.variable(self.layout.env_of(leaf));
        self.early.push((index(leaf), problem));
    }

    /// Notes a problem with what a layer has for a group.
    pub(crate) fn tell_of_group(&mut self, group: u16, problem: Problem) {
        let problem = problem.at(self.layout.key_of_group(group));
        let first = self.layout.groups[usize::from(group)].first;
        self.early.push((first, problem));
    }

    /// Puts the problems that were noted of leaves among those told since `from`, in the order of the struct. `within` is
    /// what stands before the keys of an element.
    pub(crate) fn tell_in_order(&mut self, from: usize, within: &str) {
        let mut early = std::mem::take(&mut self.early);
        early.sort_by_key(|(leaf, _)| *leaf);
        for (leaf, problem) in early {
            let problem = problem.within(within);
            let place = self.place_of(leaf.into(), self.layout.leaves.len(), from, within);
            self.problems.insert(place, problem);
        }
    }

    /// Where a problem of a leaf belongs among those told since `from`, which are in the order of the struct.
    pub(crate) fn place_of(&self, leaf: usize, end: usize, from: usize, within: &str) -> usize {
        let later = leaf + 1..end;
        let later: HashSet<String> = later
            .map(|later| format!("{within}{}", self.layout.key_of(later)))
            .collect();
        let is_later = |problem: &Problem| {
            let key = problem.key().unwrap_or_default();
            let ends = key.match_indices(['.', '[']).map(|(at, _)| at);
            let mut ends = ends.chain([key.len()]);
            ends.any(|at| later.contains(&key[..at]))
        };
        let told = &self.problems[from..];
        from + told.iter().take_while(|problem| !is_later(problem)).count()
    }

    /// Leaves the leaves of a group to the problem that says why it can't be read.
    fn put_unreadable_group(&mut self, place: Place, group: u16, origin: &Origin) {
        let group = &self.layout.groups[usize::from(group)];
        for leaf in group.first..group.end {
            let name = self.layout.name_of(leaf);
            self.put(place, name, Given::unreadable(origin.clone(), true));
        }
    }

    /// Turns the names that lead nowhere into one entry a source, by the schema's policy.
    pub(crate) fn tell_unknown(&mut self) {
        let mut sources: Vec<(Unknown, String, Vec<UnknownName>)> = Vec::new();
        for name in std::mem::take(&mut self.unknown) {
            let policy = match name.origin.layer() {
                Layer::SecretsDir => Unknown::Ignore,
                Layer::Argument | Layer::Set => Unknown::Deny,
                _ => self.layout.schema.unknown,
            };
            let told = policy == Unknown::Warn && self.told.contains(&name.name);
            if told || policy == Unknown::Ignore {
                continue;
            }
            let source = name.origin.source();
            match sources.iter_mut().find(|(_, each, _)| *each == source) {
                Some((.., names)) => names.push(name),
                None => sources.push((policy, source, vec![name])),
            }
        }
        for (policy, source, mut names) in sources {
            names.sort_by_cached_key(|name| name.origin.position());
            let problem = unknown_names(&source, &names);
            match policy {
                Unknown::Deny => self.problems.push(problem),
                _ => self.warnings.push(problem),
            }
        }
    }

    /// Whether a secret that did not give its text occurs in a text.
    pub(crate) fn has_secret_hash_in(&self, text: &str) -> bool {
        let inside = || self.inside.values().flatten();
        self.secret_hashes
            .iter()
            .any(|(_, secret_hash)| secret_hash.is_in(text))
            || inside().any(|(_, element)| element.has_secret_hash_in(text))
    }

    /// The layer whose value won a slot.
    pub(crate) fn layer_of(&self, leaf: usize) -> u16 {
        self.slots[leaf].from.layer
    }

    /// A value and a `_FILE` in one layer: a problem, unless one of them is empty.
    fn both(&mut self, leaf: usize, new: From, deprecated_name: bool, given: Given) {
        let slot = &mut self.slots[leaf];
        if matches!(given.said, SlotValue::Empty) {
            return;
        }
        if matches!(slot.said, SlotValue::Empty) {
            slot.said = given.said;
            slot.origin = given.origin;
            slot.from = new;
            slot.deprecated_name = deprecated_name;
            return;
        }
        if matches!(slot.said, SlotValue::Unreadable) {
            return;
        }
        let problem = Problem::new(
            ProblemKind::Ambiguous,
            format!("set by both {} and {}", slot.origin, given.origin),
        )
        .about(given.origin)
        .with_help("remove one of them");
        slot.said = SlotValue::Unreadable;
        self.tell_of_leaf(leaf, problem);
    }

    /// Whether a second value of one layer wins over the first. Warns, unless both say the same.
    fn wins_in_layer(&mut self, leaf: usize, new: From, given: &Given, ordered: bool) -> bool {
        let slot = &self.slots[leaf];
        let old = slot.from;
        if old.whole != new.whole {
            // A leaf's own name beats a group that was given whole.
            return old.whole;
        }
        if old.rank != new.rank && slot.said.is_empty() != given.said.is_empty() {
            // Of the several names of a leaf, one that is set to nothing counts as not set.
            return slot.said.is_empty();
        }
        let wins = if old.rank != new.rank {
            new.rank < old.rank
        } else if old.proper != new.proper {
            new.proper
        } else if ordered {
            true
        } else {
            // Of one key that stands twice the last counts, as it does inside of a value.
            given.origin.name() <= slot.origin.name()
        };
        let same = match (&slot.said, &given.said) {
            (SlotValue::Value(old), SlotValue::Value(new)) => old.is_same(new),
            (SlotValue::Empty, SlotValue::Empty) => true,
            _ => false,
        };
        // Whoever hands variables over may put some of them a second time, to override the first.
        let overridden = ordered
            && given.origin.layer() == Layer::Environment
            && slot.origin.name() == given.origin.name();
        if !(same || overridden) {
            let (winner, loser) = if wins {
                (&given.origin, &slot.origin)
            } else {
                (&slot.origin, &given.origin)
            };
            let (winning, losing) = (spelled(winner), spelled(loser));
            let (what, help) = if winning == losing {
                let (one, other) = if wins {
                    ("later", "earlier")
                } else {
                    ("earlier", "later")
                };
                let what = format!(
                    "set twice in one layer: the {one} {winning} wins over the {other} one"
                );
                (what, "leave out one of them".to_owned())
            } else {
                let what = format!("set twice in one layer: {winning} wins over {losing}");
                (what, format!("remove {losing}"))
            };
            let warning = Problem::new(ProblemKind::Ambiguous, what)
                .about(loser.clone())
                .at(self.layout.key_of(leaf))
                .variable(self.layout.env_of(leaf))
                .with_help(help);
            self.warnings.push(warning);
        }
        wins
    }
}

impl Overridden {
    pub(crate) fn new(
        layout: &'static Layout,
        leaf: usize,
        said: SlotValue,
        origin: Origin,
    ) -> Self {
        Self {
            within: String::new(),
            layout,
            leaf,
            said,
            origin,
            part: None,
            counts: false,
        }
    }

    /// The dotted key of its leaf.
    #[cfg(feature = "cli")]
    pub(crate) fn key(&self) -> String {
        format!("{}{}", self.within, self.layout.key_of(self.leaf))
    }
}

impl Given {
    fn unreadable(origin: Origin, whole: bool) -> Self {
        Self {
            said: SlotValue::Unreadable,
            origin,
            whole,
            proper: true,
        }
    }
}

/// Never the values: they may be secrets.
impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tree(..)")
    }
}

/// One entry for all names of a source that lead nowhere.
fn unknown_names(source: &str, names: &[UnknownName]) -> Problem {
    let escape_truncated = |name: &UnknownName| {
        let shown = shown(name);
        match name.origin.name() {
            // Inside of what a variable gives whole.
            Some(variable) if name.is_inside() => format!("{shown} in {variable}"),
            _ => shown,
        }
    };
    let [first, others @ ..] = names else {
        return Problem::new(ProblemKind::Unknown, source);
    };
    let environment = first.origin.layer() == Layer::Environment;
    let (what, subject) = if others.is_empty() {
        let name = shown(first);
        let what = if environment && !first.is_inside() {
            format!("environment variable {name} reaches no setting")
        } else {
            format!("{}: {name} reaches no setting", first.origin)
        };
        (what, "it")
    } else {
        let each = names.iter().map(|name| match name.origin.position() {
            Some((line, None)) => format!("{} (line {line})", escape_truncated(name)),
            Some((line, Some(column))) => format!("{} ({line}:{column})", escape_truncated(name)),
            None => escape_truncated(name),
        });
        let each = each.collect::<Vec<_>>().join(", ");
        let count = names.len();
        (
            format!("{source}: {count} names reach no setting: {each}"),
            "the rest",
        )
    };
    let problem = Problem::new(ProblemKind::Unknown, what).about(first.origin.clone());
    let hints = names.iter().filter_map(|name| {
        let hint = name.hint.as_deref()?;
        Some(match others {
            [] => hint.to_owned(),
            _ => format!("{}: {hint}", escape_truncated(name)),
        })
    });
    let problem = hints.fold(problem, Problem::with_help);
    let hinted = names.iter().filter(|name| name.hint.is_some()).count();
    let subject = match hinted {
        0 if !others.is_empty() => "them",
        _ => subject,
    };
    match hinted {
        all if all == names.len() => problem,
        _ if environment => problem.with_help(format!(
            "unset {subject}, or name what belongs to others in `foreign` on the struct"
        )),
        _ => problem.with_help(format!("remove {subject}, or correct the spelling")),
    }
}

/// The name; what stands in an argument is only shown if it is nearly a key: it may be a secret.
fn shown(name: &UnknownName) -> String {
    if name.origin.layer() == Layer::Argument && name.hint.is_none() {
        return "a key".to_owned();
    }
    redact::escape_truncated(&name.name).to_string()
}

/// The schema holds fewer leaves than that, or it would not have been built.
fn index(leaf: usize) -> u16 {
    u16::try_from(leaf).unwrap_or(u16::MAX)
}

/// An origin with its name, where the place alone would not tell two names apart.
fn spelled(origin: &Origin) -> String {
    match origin.name() {
        Some(name) if !origin.to_string().contains(name) => format!("{name} ({origin})"),
        _ => origin.to_string(),
    }
}
