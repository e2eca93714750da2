//! The words for what is wrong with a leaf, and what to do about it.

use super::{Assembler, index, sight};
use crate::{
    decode::{Fault, Hint, Malformed, Split},
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind, Sight},
        redact,
        source_report::SourceStatus,
    },
    resolve::{self, SlotValue},
    rules::Broken,
    schema::{DefaultValue, Kind, Leaf, Rule},
    value::{
        node::Node,
        path::{KeyPath, Segment},
        raw::Raw,
    },
};
use settings_syntax::suggest;
use std::{borrow::Cow, path::Path};

impl Assembler<'_> {
    pub(super) fn missing(&mut self, at: usize, leaf: &Leaf, emptied: bool) {
        let missing = |what| self.problem(at, ProblemKind::Missing, what);
        let problem = if emptied {
            let origin = self.resolved.slots[at].origin.clone();
            missing("required, but set to nothing")
                .from(origin)
                .with_help(self.how_to_set(at))
        } else {
            self.looked_for(at, leaf, missing("required, but not set"))
        };
        let problem = match self.asked_for() {
            Some(help) => problem.with_help(help),
            None => problem,
        };
        self.resolved.problems.push(problem);
    }

    /// How else to mend what is missing in a group that may be left out: what asks for it.
    fn asked_for(&self) -> Option<String> {
        let group = &self.cursor.layout.groups[self.optional?];
        let slots = &self.resolved.slots[usize::from(group.first)..usize::from(group.end)];
        let mut origins: Vec<&Origin> = Vec::new();
        for slot in slots.iter().filter(|slot| slot.is_above_defaults()) {
            if !origins.contains(&&slot.origin) {
                origins.push(&slot.origin);
            }
        }
        let key = group.nested?.key;
        Some(match origins[..] {
            [] => return None,
            [one] => format!("or leave {key} out: it is only read because of {one}"),
            [one, other] => {
                format!("or leave {key} out: it is only read because of {one} and {other}")
            }
            [one, ref others @ ..] => {
                let others = others.len();
                format!("or leave {key} out: it is only read because of {one} and {others} others")
            }
        })
    }

    /// With what is known of a value that no source has.
    pub(super) fn looked_for(&mut self, at: usize, leaf: &Leaf, problem: Problem) -> Problem {
        let variable = self.cursor.variable(at);
        let key = self.cursor.key(at);
        let near = resolve::near_miss(
            self.cursor.layout.schema.prefix,
            &variable,
            self.context.names,
        );
        let near_key = resolve::near_key(&key, &self.resolved.unknown);
        let mut problem = match (near, near_key) {
            (Some(near), _) => {
                self.resolved.told.push(near.to_owned());
                let near = redact::escape_truncated(near);
                problem.with_help(format!("{near} is set: did you mean {variable}?"))
            }
            (None, Some(near)) => {
                let (name, origin) = (redact::escape_truncated(&near.name), &near.origin);
                let help = format!("{name} is set in {origin}: did you mean {key}?");
                self.resolved.told.push(near.name.clone());
                problem.with_help(help)
            }
            (None, None) => problem.with_help(self.how_to_set(at)),
        };
        if let Some(sentence) = first_sentence(leaf.doc) {
            problem = problem.with_note(sentence);
        }
        match self.context.unread {
            Some(file) => {
                problem.with_note(format!("it may stand in {file}, which could not be read"))
            }
            None => problem,
        }
    }

    pub(super) fn malformed(
        &self,
        at: usize,
        leaf: &Leaf,
        malformed: Malformed,
        raw: &Raw,
    ) -> Problem {
        let malformed = malformed.into_fault();
        let origin = self.origin(at, &malformed.at);
        let sight = self.sight(at, leaf);
        let place = place(sight, raw, &malformed.at);
        let whole = self.cursor.key(at);
        let key = format!("{whole}{}", place.inside());
        let what = self.fault(at, leaf, &malformed, raw);
        let problem = Problem::new(malformed.kind(), what)
            .at(&*key)
            .variable(self.cursor.variable(at));
        let problem = malformed.others.iter().fold(problem, |problem, other| {
            let what = self.further(at, leaf, other, raw, &origin);
            problem.with_note(what)
        });
        if let Some(name) = malformed.missing
            && origin.layer() != Layer::Default
        {
            let mut above: Vec<_> = place.segments().collect();
            if above.last() == Some(&Segment::Name(name)) {
                above.pop();
            }
            let above: KeyPath = above.into_iter().collect();
            let holder = match origin.layer() {
                Layer::File | Layer::Provider | Layer::SecretsDir => "there".to_owned(),
                _ => format!(
                    "in {}",
                    redact::escape_truncated(origin.name().unwrap_or("it"))
                ),
            };
            return problem
                .with_help(format!("add {name} to {whole}{} {holder}", above.inside()))
                .from(origin);
        }
        let hinted = matches!(
            origin.layer(),
            Layer::Environment | Layer::Argument | Layer::Set
        );
        let part = self.found_element(at, leaf, &malformed, raw);
        let meant = match place.is_empty() {
            true => shown_text(sight, raw),
            false => part.as_ref().and_then(|part| shown_text(sight, part)),
        };
        let problem = match (near(malformed.choices, meant.as_deref()), malformed.hint) {
            (Some(near), _) => problem.with_help(format!("did you mean {near}?")),
            (None, Some(hint)) if hinted => problem.with_help(hint.to_string()),
            (None, Some(hint)) if matches!(origin.layer(), Layer::File | Layer::Provider) => {
                let variable = self.cursor.variable(at);
                problem
                    .with_help(hint.to_string())
                    .with_help(format!("or set {variable}, which overrides it"))
            }
            (None, Some(hint)) => {
                self.mended(problem.with_help(hint.to_string()), &origin, at, leaf)
            }
            (None, None) => self.mended(problem, &origin, at, leaf),
        };
        problem.from(origin)
    }

    /// What is wrong with a value or an element of it, as a clause.
    fn fault(&self, at: usize, leaf: &Leaf, fault: &Fault, raw: &Raw) -> String {
        let sight = self.sight(at, leaf);
        let place = place(sight, raw, &fault.at);
        if let Some(name) = fault.missing {
            let is_placed = place.last() == Some(Segment::Name(name));
            return if is_placed {
                "required, but not set".to_owned()
            } else {
                format!("required, but without {name}")
            };
        }
        let found = match (raw.as_text(), self.found_element(at, leaf, fault, raw)) {
            (_, Some(element)) => sight.found(&element, false),
            (None, _) if !place.is_empty() => "something else".into(),
            _ => sight.found(raw, fault.structured),
        };
        let whole = place.is_empty() && fault.reason.is_none() && !fault.structured;
        let range = in_range(leaf).filter(|_| whole);
        let expected = range.as_ref().unwrap_or(&fault.expected);
        let what = format!("expected {expected}, found {found}");
        let text = shown_text(sight, raw);
        let told = place.is_empty() || is_known_by_parts(raw);
        let reason = fault.reason.as_ref().filter(|_| told);
        match reason.and_then(|reason| sight.reason(reason, text.as_deref())) {
            Some(reason) => format!("{what} ({reason})"),
            None => what,
        }
    }

    /// The element of a list that is at fault, if it may be told by itself.
    fn found_element(&self, at: usize, leaf: &Leaf, fault: &Fault, raw: &Raw) -> Option<Raw> {
        let place = place(self.sight(at, leaf), raw, &fault.at);
        let told = raw.as_node().is_some() || !fault.structured;
        element(raw, &place, leaf).filter(|_| told)
    }

    /// What is wrong with another element of the same value, and where, if that is elsewhere.
    fn further(&self, at: usize, leaf: &Leaf, fault: &Fault, raw: &Raw, first: &Origin) -> String {
        let place = place(self.sight(at, leaf), raw, &fault.at);
        let (key, what) = (self.cursor.key(at), self.fault(at, leaf, fault, raw));
        let origin = self.origin(at, &fault.at);
        let place = place.inside();
        if origin == *first {
            format!("{key}{place}: {what}")
        } else {
            format!("{key}{place}: {what} in {origin}")
        }
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
        let origin = self.origin(at, &first.at);
        let sight = self.sight(at, leaf);
        let text = raw.and_then(|raw| shown_text(sight, raw));
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            broken.iter().partition(|broken| broken.at == first.at);
        let expected = here.iter().map(|broken| broken.expected.as_str());
        let expected = expected.collect::<Vec<_>>().join(", and ");
        let place = match raw {
            Some(raw) => place(sight, raw, &first.at),
            None => Cow::Borrowed(&first.at),
        };
        let part = raw.and_then(|raw| ruled_element(raw, &place, leaf));
        let found = match (raw, &part) {
            (_, Some(element)) => Some(sight.found(element, false)),
            (Some(raw), None) if raw.as_node().is_none() || text.is_some() => {
                let quotable = |text: &Cow<'_, str>| place.is_empty() && is_quotable(text, leaf);
                let told = sight == Sight::Masked || text.as_ref().is_some_and(quotable);
                told.then(|| sight.found(raw, false))
            }
            _ => None,
        };
        let found = found.map_or(String::new(), |found| format!(", found {found}"));
        let meant = match (place.is_empty(), &part) {
            (true, _) => text,
            (false, part) => part.as_ref().and_then(|part| shown_text(sight, part)),
        };
        let problem = Problem::new(ProblemKind::Rule, format!("expected {expected}{found}"))
            .at(format!("{}{}", self.cursor.key(at), place.inside()))
            .variable(self.cursor.variable(at));
        let hint = match raw {
            Some(Raw::Text { text, .. }) => Hint::of_look(text),
            _ => None,
        };
        let problem = match (near(first.choices, meant.as_deref()), hint) {
            (Some(near), _) => problem.with_help(format!("did you mean {near}?")),
            (None, Some(hint)) => {
                self.mended(problem.with_help(hint.to_string()), &origin, at, leaf)
            }
            (None, None) => self.mended(problem, &origin, at, leaf),
        };
        let problem = elsewhere.into_iter().fold(problem, |problem, broken| {
            let (key, place) = (self.cursor.key(at), broken.at.inside());
            let part = raw.and_then(|raw| ruled_element(raw, &broken.at, leaf));
            let found = part.map_or(String::new(), |part| {
                format!(", found {}", sight.found(&part, false))
            });
            problem.with_note(format!("{key}{place}: expected {}{found}", broken.expected))
        });
        self.resolved.problems.push(problem.from(origin));
        self.resolved.slots[at].said = SlotValue::Unreadable;
        false
    }

    /// A function of the user's refused a value.
    pub(super) fn refused(&mut self, at: usize, leaf: &Leaf, reason: &str, text: Option<&str>) {
        let origin = self.resolved.slots[at].origin.clone();
        let sight = self.sight(at, leaf);
        let refused = match sight.reason(reason, text) {
            Some(reason) if reason != redact::MASK => format!("refused: {reason}"),
            _ => "refused by its own check".to_owned(),
        };
        let what = match (sight, text.filter(|text| is_quotable(text, leaf))) {
            (Sight::Shown, None) => format!("{refused},"),
            (sight, text) => {
                let found = sight.found_text(text.unwrap_or_default());
                format!("{refused}, found {found}")
            }
        };
        let problem = self.problem(at, ProblemKind::Rule, what);
        let problem = self.mended(problem, &origin, at, leaf);
        self.resolved.problems.push(problem.from(origin));
        self.resolved.slots[at].said = SlotValue::Unreadable;
    }

    /// The file that a variable names cannot be read.
    ///
    /// Its name is told if it can't be the secret itself, put into the wrong variable.
    pub(super) fn unread_file(&self, at: usize, path: &str, why: &str) -> Problem {
        let origin = self.resolved.slots[at].origin.clone();
        let plain = Path::new(path).is_absolute() || path.starts_with(['.', '~']);
        let (what, help) = if plain {
            let path = redact::escape_truncated(path);
            (
                format!("the file {path}, named by {origin}, cannot be read: {why}"),
                "correct the path, or let this process read the file".to_owned(),
            )
        } else {
            let variable = self.cursor.variable(at);
            (
                format!("the file named by {origin} cannot be read: {why}"),
                format!("give it an absolute path; a value itself belongs in {variable}"),
            )
        };
        self.problem(at, ProblemKind::Source, what)
            .about(origin)
            .with_help(help)
    }

    pub(super) fn warn_deprecated(&mut self, at: usize, leaf: &Leaf) {
        let slot = &self.resolved.slots[at];
        if matches!(slot.said, SlotValue::Unset) {
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
                Layer::Environment | Layer::EnvFile => self.cursor.variable(at),
                _ => self.cursor.key(at),
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
        sight(
            self.cursor.layout,
            at,
            leaf,
            &self.resolved.slots[at].origin,
        )
    }

    /// Where the value came from, or what stands at a place within it.
    fn origin(&self, at: usize, place: &KeyPath) -> Origin {
        let mut keys = self.resolved.keys.get(&index(at)).into_iter().flatten();
        let found = keys.find(|(key, _)| place.first() == Some(Segment::Name(key)));
        let whole = &self.resolved.slots[at].origin;
        match found {
            Some((_, origin)) => origin.clone(),
            None if place.is_empty() => whole.clone(),
            None => whole.part(place),
        }
    }

    pub(super) fn problem(&self, at: usize, kind: ProblemKind, what: impl Into<String>) -> Problem {
        Problem::new(kind, what)
            .at(self.cursor.key(at))
            .variable(self.cursor.variable(at))
    }

    /// What to do about a value that is not there: every door that is open for it.
    pub(super) fn how_to_set(&self, at: usize) -> String {
        let variable = self.cursor.variable(at);
        let Some(leaf) = self.cursor.layout.leaf(at) else {
            return format!("set {variable}");
        };
        let mut value = wanted(leaf);
        if let Some(example) = self.example(at, leaf) {
            value = format!("{value}, such as {example}");
        }
        let in_file = self.declared_file().map(|file| (self.cursor.key(at), file));
        match in_file {
            _ if leaf.secret && self.cursor.element_key().is_empty() => format!(
                "set {variable} to {value}, or {variable}_FILE to the name of a file that holds it"
            ),
            Some((key, file)) if self.sight(at, leaf) == Sight::Shown => {
                format!("set {variable}, or {key} in {file}, to {value}")
            }
            _ => format!("set {variable} to {value}"),
        }
    }

    fn example(&self, at: usize, leaf: &Leaf) -> Option<&'static str> {
        leaf.example
            .filter(|_| self.sight(at, leaf) == Sight::Shown)
    }

    /// The highest structured file that was found.
    fn declared_file(&self) -> Option<&str> {
        let found = self
            .context
            .looked
            .iter()
            .rev()
            .find(|each| each.layer == Layer::File && each.status == SourceStatus::Read);
        found.map(|file| file.name.as_str())
    }

    /// With what to do about a value that is there, but wrong.
    pub(super) fn mended(
        &self,
        problem: Problem,
        origin: &Origin,
        at: usize,
        leaf: &Leaf,
    ) -> Problem {
        let variable = self.cursor.variable(at);
        let name = origin.name().unwrap_or("it");
        let name = redact::escape_truncated(name);
        let otherwise = otherwise(leaf);
        let or = |how: &str| {
            let example = self.example(at, leaf);
            let example = example.map(|example| format!(", such as {example}"));
            let example = example.unwrap_or_default();
            match &otherwise {
                Some(otherwise) => format!("{example}, or {how} for {otherwise}"),
                // Whether it must have a value then is perhaps not known yet.
                None if leaf.optional && leaf.required_if.is_none() => {
                    format!("{example}, or {how}, as it is optional")
                }
                None => example,
            }
        };
        problem.with_help(match origin.layer() {
            Layer::Default => "correct the default in the program".to_owned(),
            Layer::Set => "correct what the program sets".to_owned(),
            Layer::Environment | Layer::EnvFile if origin.is_secret() => {
                "correct what that file holds".to_owned()
            }
            Layer::Environment => format!("correct {name}{}", or("unset it")),
            Layer::Argument => format!("correct {name}{}", or("leave it out")),
            Layer::EnvFile => format!("correct {name} there{}", or("remove it")),
            Layer::SecretsDir => {
                format!("correct what that file holds, or set {variable}, which overrides it")
            }
            Layer::File | Layer::Provider | Layer::Store => {
                format!("correct {name} there, or set {variable}, which overrides it")
            }
        })
    }
}

/// The text of a value that may be shown.
fn shown_text(sight: Sight, raw: &Raw) -> Option<Cow<'_, str>> {
    match sight {
        Sight::Shown => raw.as_text(),
        Sight::Masked => None,
    }
}

/// Where in a value the fault is, up to a key that stands in a masked text: it may be a part of the secret.
fn place<'p>(sight: Sight, raw: &Raw, at: &'p KeyPath) -> Cow<'p, KeyPath> {
    let is_index = |segment: &Segment<'_>| matches!(segment, Segment::Index(_));
    match sight {
        Sight::Masked if raw.as_text().is_some() => {
            Cow::Owned(at.segments().take_while(is_index).collect())
        }
        _ => Cow::Borrowed(at),
    }
}

/// An element of a list of scalars, which may be shown where the whole may be.
fn element(raw: &Raw, place: &KeyPath, leaf: &Leaf) -> Option<Raw> {
    let mut segments = place.segments();
    let (Some(Segment::Index(index)), None) = (segments.next(), segments.next()) else {
        return None;
    };
    match raw {
        Raw::Text { text, .. } => {
            let separator = leaf.separator.unwrap_or(",");
            let element = Split::new(text.trim(), separator).nth(index);
            let element =
                element.filter(|element| !element.is_empty() && is_known_by_parts(raw))?;
            Some(Raw::quoted(element.to_owned()))
        }
        Raw::Structured(value) => match value.node() {
            Node::List(items) => {
                let element = &items.get(index)?.value;
                element.as_scalar()?;
                Some(Raw::structured(element.clone()))
            }
            _ => None,
        },
    }
}

/// The same for a value that was read: one that breaks a rule.
fn ruled_element(raw: &Raw, place: &KeyPath, leaf: &Leaf) -> Option<Raw> {
    let is_json = matches!(raw, Raw::Text { text, .. } if begins_as_json(text));
    element(raw, place, leaf).filter(|_| !is_json)
}

/// Whether a value that was read may be quoted as a whole: nobody knows which part of a structure is secret.
fn is_quotable(text: &str, leaf: &Leaf) -> bool {
    let kind = leaf.kind();
    let scalar = match &kind {
        Kind::List(element) => element,
        kind => kind,
    };
    match scalar {
        Kind::Map(_) | Kind::Struct(_) => false,
        Kind::Any | Kind::Unknown | Kind::Enum(_) | Kind::List(_) | Kind::Tuple(_) => {
            !begins_as_json(text)
        }
        _ => true,
    }
}

fn begins_as_json(text: &str) -> bool {
    text.trim_start().starts_with(['[', '{'])
}

/// Whether a part of a value is what it seems to be: a password in a text may have been cut in two.
fn is_known_by_parts(raw: &Raw) -> bool {
    match raw {
        Raw::Text { text, .. } => matches!(redact::mask_urls(text), Cow::Borrowed(_)),
        _ => true,
    }
}

fn near(choices: Option<&'static [&'static str]>, text: Option<&str>) -> Option<&'static str> {
    // What a tool added to the text has a hint of its own.
    let text = text.filter(|text| Hint::of_look(text).is_none())?;
    suggest::nearest_value(text, choices?.iter().copied())
}

/// What a leaf takes, as its rules say it better than its type.
fn wanted(leaf: &Leaf) -> String {
    let kind = leaf.kind();
    let rule = leaf.rules.iter().find(|rule| match rule {
        Rule::OneOf(_) | Rule::Range(_) => true,
        Rule::Pattern(pattern) => pattern.as_literals().is_some(),
        Rule::Length { .. } => kind.is_text(),
    });
    match (rule, &kind) {
        (Some(rule @ Rule::Length { .. }), kind) => format!("{kind} of {rule}"),
        (Some(Rule::Range(_)), _) => in_range(leaf).unwrap_or_else(|| kind.to_string()),
        (Some(rule), kind) if !kind.is_compound() => rule.to_string(),
        (_, Kind::Any | Kind::Unknown | Kind::Unit) => "a value".to_owned(),
        (_, kind) => kind.to_string(),
    }
}

/// What a number or duration is that keeps within its range.
fn in_range(leaf: &Leaf) -> Option<String> {
    let mut rules = leaf.rules.iter();
    let range = rules
        .find(|rule| matches!(rule, Rule::Range(_)))?
        .to_string();
    match leaf.kind() {
        Kind::Integer { .. } => Some(range.replacen("a value", "a whole number", 1)),
        Kind::Float => Some(range.replacen("a value", "a number", 1)),
        Kind::Duration => Some(range),
        _ => None,
    }
}

/// What a leaf is without the value that it has now.
fn otherwise(leaf: &Leaf) -> Option<Cow<'static, str>> {
    const LONG: usize = 40;
    let plain = |text: &str| {
        !text.is_empty() && text.len() <= LONG && !text.contains(|ch: char| ch.is_control())
    };
    let literal = |text: &str| {
        let text = text.trim_matches('"');
        text.chars()
            .all(|ch| ch.is_alphanumeric() || matches!(ch, '_' | '-' | '.' | ' ' | '/' | ':'))
    };
    match leaf.default {
        DefaultValue::Text(text) if !leaf.secret && plain(text) => {
            Some(format!("the default, {}", redact::mask_urls(text)).into())
        }
        DefaultValue::Expression(text) if !leaf.secret && plain(text) && literal(text) => {
            Some(format!("the default, {}", text.trim_matches('"')).into())
        }
        DefaultValue::Text(_) | DefaultValue::Expression(_) | DefaultValue::Function(_) => {
            Some("its default".into())
        }
        DefaultValue::None => None,
    }
}

/// The first sentence of a leaf's documentation, without markup of code.
fn first_sentence(doc: &str) -> Option<String> {
    let paragraph = doc.split("\n\n").next()?.replace('\n', " ");
    let sentence = paragraph
        .split_once(". ")
        .map_or(paragraph.as_str(), |(first, _)| first);
    let sentence = sentence.trim().trim_end_matches('.');
    (!sentence.is_empty()).then(|| redact::escape_truncated(sentence).to_string())
}
