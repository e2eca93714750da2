//! Problems and warnings about one setting.
//!
//! The file is long so that each message about a setting is found in one place; `help.rs` has the help.

use super::help::in_range;
use super::{Assembler, sight};
use crate::value::text::{self, Split};
use crate::{
    build::rows,
    decode::{self, DecodeFault, Expectation, Hint, IgnoredKeys, Malformed},
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind, Sight},
        redact::{self, Secrets},
    },
    resolve::{SlotValue, UnknownName},
    rules::Broken,
    schema::{Kind, Leaf, variants::EnumNames},
    source::contents::ReadProblem,
    value::{
        node::Node,
        path::{KeyPath, Segment},
        raw::Raw,
    },
};
use settings_syntax::suggest;
use std::{borrow::Cow, path::Path};

impl Assembler<'_> {
    /// Reports a required setting without a value.
    pub(super) fn missing(&mut self, at: usize, leaf: &Leaf, emptied: bool) {
        let missing = |what| self.problem(at, ProblemKind::Missing, what);
        let problem = if emptied {
            let origin = self.resolved.slots[at].origin.clone();
            missing("required, but set to nothing")
                .from(origin)
                .with_help(self.how_to_set(at))
        } else {
            self.with_missing_help(at, leaf, missing("required, but not set"))
        };
        let problem = match self.how_to_omit_group() {
            Some(help) => problem.with_help(help),
            None => problem,
        };
        self.resolved.problems.push(problem);
    }

    /// The problem of a value that could not be decoded.
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
            .variable_if(self.cursor.shell_variable(at));
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
            // serde does not show which keys a type ignores, if it reads them into a buffer.
            let near = near_member(raw, &above, name).filter(|_| sight == Sight::Shown);
            let problem = match near {
                Some(near) => {
                    let near = format!("{whole}{}.{near}", above.inside());
                    let near = redact::escape_truncated(&near);
                    problem.with_help(format!("{near} is set: did you mean {name}?"))
                }
                None => problem,
            };
            if let (Raw::Structured(value), Some(variable)) = (raw, self.cursor.shell_variable(at))
                && value.is_gathered
            {
                let inside = above.segments().chain([Segment::Name(name)]);
                let names = inside.map(|segment| match segment {
                    Segment::Name(name) => name.to_ascii_uppercase(),
                    Segment::Index(index) => index.to_string(),
                });
                let variable = names.fold(variable, |variable, name| format!("{variable}__{name}"));
                return problem.with_help(format!("set {variable}")).about(origin);
            }
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
        let meant = if place.is_empty() {
            shown_text(sight, raw)
        } else {
            part.as_ref().and_then(|part| shown_text(sight, part))
        };
        // The value inside is not shown, but the suggestion is a name of its type.
        let inside = raw.as_node().filter(|_| sight == Sight::Shown);
        let inside = inside.and_then(|node| match decode::part(node, &malformed.at) {
            Some(Node::Text(text)) => Some(Cow::Borrowed(&**text)),
            _ => None,
        });
        let meant = meant.or(inside);
        let near_key = unknown_key(&malformed, &place)
            .filter(|_| sight == Sight::Shown)
            .and_then(|key| suggest::nearest(key, malformed.choices?.iter().copied()));
        let near_value = || near(malformed.choices, meant.as_deref());
        let problem = match (near_key.or_else(near_value), malformed.hint) {
            (Some(near), _) => problem.with_help(format!("did you mean {near}?")),
            (None, Some(hint)) if hinted => problem.with_help(hint.to_string()),
            (None, Some(hint)) if matches!(origin.layer(), Layer::File | Layer::Provider) => {
                let setter = self.cursor.setter(at);
                problem
                    .with_help(hint.to_string())
                    .with_help(format!("or set {setter}, which overrides it"))
            }
            (None, Some(hint)) => {
                self.with_correction(problem.with_help(hint.to_string()), &origin, at, leaf)
            }
            (None, None) => self.with_correction(problem, &origin, at, leaf),
        };
        problem.from(origin)
    }

    /// The expected and the found part of a message, for a value or an element of it.
    fn fault(&self, at: usize, leaf: &Leaf, fault: &DecodeFault, raw: &Raw) -> String {
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
        if let (true, Some(Segment::Name(key))) = (
            fault.is_key && !fault.is_duplicate() && fault.unknown_key.is_none(),
            place.last(),
        ) {
            let (expected, found) = (&fault.expected, sight.found_text(key));
            return format!("expected {expected} as the key, found {found}");
        }
        let element = self.found_element(at, leaf, fault, raw);
        let found = match (raw.as_text(), &element) {
            _ if fault.is_duplicate() => "a duplicate key".into(),
            _ if unknown_key(fault, &place).is_some() => "another key".into(),
            (_, Some(element)) => sight.found(element, false),
            (None, _) if !place.is_empty() => kind_at(raw, &place).into(),
            (Some(_), _) if !place.is_empty() && fault.structured && sight == Sight::Shown => {
                kind_at(raw, &place).into()
            }
            _ => sight.found(raw, fault.structured),
        };
        let whole = place.is_empty() && fault.reason.is_none() && !fault.structured;
        let range = in_range(leaf).filter(|_| whole);
        let expects = leaf.expects.filter(|_| place.is_empty());
        let is_unnamed = place.is_empty() && leaf.is_custom();
        let of_type = (place.is_empty() && fault.expected == decode::OF_ITS_TYPE)
            .then(|| format!("a value of type {}", inner_type(leaf.type_name)));
        let names = fault.choices.filter(|names| {
            // Other words are those of the type.
            fault.expected == Kind::Enum(names).to_string()
        });
        let names = names.map(|names| EnumNames::in_words(leaf, names));
        let expected = match (expects, &range) {
            (Some(expects), _) => expects,
            (None, Some(range)) => range,
            (None, None) if is_unnamed => "a value",
            (None, None) => of_type
                .as_ref()
                .or(names.as_ref())
                .unwrap_or(&fault.expected),
        };
        let is_shown = place.is_empty() || is_known_by_parts(raw);
        let reason = fault.reason.as_ref().filter(|_| is_shown);
        // The parts of a value that could not be decoded are not known to be public.
        let is_quoted = sight == Sight::Shown && (!fault.structured || element.is_some());
        let mut secrets = Secrets::default();
        rows::each_text(raw, leaf, &mut |text| {
            if is_quoted {
                secrets.add_credentials(text);
            } else {
                secrets.add(text);
            }
        });
        let reason = reason.map(|reason| secrets.mask(reason));
        let reason = reason.filter(|reason| reason != redact::MASK);
        match reason.map(|reason| redact::escape_reason(&reason)) {
            None => format!("expected {expected}, found {found}"),
            Some(reason) => match fault.expectation {
                Expectation::Known => format!("expected {expected}, found {found} ({reason})"),
                Expectation::OfType => {
                    format!("rejected: {reason}: expected {expected}, found {found}")
                }
                Expectation::General => format!("rejected: {reason}, found {found}"),
            },
        }
    }

    /// The invalid element of a list, if it can be shown by itself.
    fn found_element(&self, at: usize, leaf: &Leaf, fault: &DecodeFault, raw: &Raw) -> Option<Raw> {
        let place = place(self.sight(at, leaf), raw, &fault.at);
        let is_shown = raw.as_node().is_some() || !fault.structured;
        element(raw, &place, leaf).filter(|_| is_shown)
    }

    /// The expected and the found part for another element of the same value, with its origin if that differs.
    fn further(
        &self,
        at: usize,
        leaf: &Leaf,
        fault: &DecodeFault,
        raw: &Raw,
        first: &Origin,
    ) -> String {
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

    /// Reports the violated rules of a setting as one problem.
    pub(super) fn broken(
        &mut self,
        at: usize,
        leaf: &Leaf,
        sight: Sight,
        broken: &[Broken],
        raw: Option<&Raw>,
    ) {
        let Some(first) = broken.first() else {
            return;
        };
        let origin = self.origin(at, &first.at);
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
                let is_shown = sight == Sight::Masked || text.as_ref().is_some_and(quotable);
                is_shown.then(|| sight.found(raw, false))
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
            .variable_if(self.cursor.shell_variable(at));
        let hint = match raw {
            Some(Raw::Text { text, .. }) => Hint::of_look(text),
            _ => None,
        };
        let problem = match (near(first.choices, meant.as_deref()), hint) {
            (Some(near), _) => problem.with_help(format!("did you mean {near}?")),
            (None, Some(hint)) => {
                self.with_correction(problem.with_help(hint.to_string()), &origin, at, leaf)
            }
            (None, None) => self.with_correction(problem, &origin, at, leaf),
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
        self.resolved.slots[at].value = SlotValue::Unreadable;
    }

    /// Reports a value that the setting's `validate` function rejected, for a reason in which
    /// secrets are masked.
    pub(super) fn rejected(
        &mut self,
        at: usize,
        leaf: &Leaf,
        sight: Sight,
        reason: Option<&str>,
        text: Option<&str>,
    ) {
        let reason = reason.filter(|reason| *reason != redact::MASK);
        let reason = reason.map(redact::escape_reason);
        let origin = self.resolved.slots[at].origin.clone();
        let problem = self.rejection(at, leaf, sight, reason, text);
        let problem = self.with_correction(problem, &origin, at, leaf);
        self.resolved.problems.push(problem);
        self.resolved.slots[at].value = SlotValue::Unreadable;
    }

    /// The problem of a value that a function of the program rejected.
    pub(super) fn rejection(
        &self,
        at: usize,
        leaf: &Leaf,
        sight: Sight,
        reason: Option<String>,
        text: Option<&str>,
    ) -> Problem {
        let origin = self.resolved.slots[at].origin.clone();
        let rejected = match reason {
            Some(reason) => format!("rejected: {reason}"),
            None => "rejected by its `validate` function".to_owned(),
        };
        let what = match (sight, text.filter(|text| is_quotable(text, leaf))) {
            (Sight::Shown, None) => format!("{rejected},"),
            (sight, text) => {
                let found = sight.found_text(text.unwrap_or_default());
                format!("{rejected}, found {found}")
            }
        };
        self.problem(at, ProblemKind::Rule, what).from(origin)
    }

    /// The problem of a file that a `_FILE` variable names and that cannot be read.
    pub(super) fn unread_file(&self, at: usize, path: &str, why: &ReadProblem) -> Problem {
        let origin = self.resolved.slots[at].origin.clone();
        let variable = self.cursor.variable(at);
        let (what, help) = if is_path(path) {
            let shown = redact::escape_line(path.to_owned());
            let what = format!("the file {shown}, named by {origin}, cannot be read: {why}");
            let help = match why {
                ReadProblem::Absent if path.starts_with('~') => {
                    format!("the shell did not replace the ~ of {shown}: use an absolute path")
                }
                ReadProblem::Absent if !Path::new(path).is_absolute() => format!(
                    "{shown} is relative to the working directory of the process: use an absolute path"
                ),
                ReadProblem::Absent if path.trim_end() != path => {
                    format!("remove the white space at the end of {shown}")
                }
                why => why.help(&shown),
            };
            (what, help)
        } else if Hint::of_look(path) == Some(Hint::KeptQuotes)
            && is_path(path.trim_matches(['"', '\'']))
        {
            (
                format!("the file named by {origin} cannot be read: {why}"),
                Hint::KeptQuotes.to_string(),
            )
        } else {
            // The text may be the secret itself, set by mistake.
            (
                format!("the file named by {origin} cannot be read: {why}"),
                format!("use an absolute path; to set the value itself, use {variable}"),
            )
        };
        self.problem(at, ProblemKind::Source, what)
            .about(origin)
            .with_help(help)
    }

    /// Reports the keys inside a value that its type ignores, by the policy for unknown names.
    pub(super) fn report_ignored(&mut self, at: usize, leaf: &Leaf, ignored: IgnoredKeys) {
        for key in ignored.into_vec() {
            let path = key.path.inside().to_string();
            let name = match self.sight(at, leaf) {
                Sight::Shown => format!("{}{path}", self.cursor.key(at)),
                Sight::Masked => continue,
            };
            let near = match key.path.last() {
                Some(Segment::Name(last)) if self.resolved.may_suggest() => {
                    suggest::nearest_value(last, key.known.iter().copied())
                }
                _ => None,
            };
            self.resolved.unknown_names.push(UnknownName {
                name,
                origin: self.origin(at, &key.path),
                hint: near.map(|near| format!("did you mean {near}?")),
                path: None,
            });
        }
    }

    /// Warns about a deprecated setting, and about a deprecated name.
    pub(super) fn warn_deprecated(&mut self, at: usize, leaf: &Leaf) {
        let slot = &self.resolved.slots[at];
        if matches!(slot.value, SlotValue::Unset) {
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
            let name = match origin.layer() {
                Layer::Environment | Layer::EnvFile => self.cursor.shell_variable(at),
                _ => None,
            };
            let name = name.unwrap_or_else(|| self.cursor.key(at));
            let warning = self
                .problem(at, ProblemKind::Deprecated, "set by a deprecated name")
                .from(origin)
                .with_help(format!("use {name}"));
            self.resolved.warnings.push(warning);
        }
    }

    /// Warns about an empty value that overrides the value of a lower layer.
    pub(super) fn warn_hidden(&mut self, at: usize, hidden: &Origin) {
        let origin = self.resolved.slots[at].origin.clone();
        let what = format!("set to nothing, so the default applies and {hidden} is overridden,");
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

    /// The origin of a value, or of an element in it.
    fn origin(&self, at: usize, place: &KeyPath) -> Origin {
        self.resolved.origin_inside(at, place)
    }

    pub(super) fn problem(&self, at: usize, kind: ProblemKind, what: impl Into<String>) -> Problem {
        Problem::new(kind, what)
            .at(self.cursor.key(at))
            .variable_if(self.cursor.shell_variable(at))
    }
}

/// The `T` of an `Option<T>`, as the program spells it.
fn inner_type(spelled: &str) -> &str {
    let inside = spelled
        .rsplit_once("Option<")
        .or_else(|| spelled.rsplit_once("Option <"));
    let inner = inside.and_then(|(before, inner)| {
        let is_outermost = before.is_empty() || before.ends_with("::");
        inner.strip_suffix('>').filter(|_| is_outermost)
    });
    inner.unwrap_or(spelled).trim()
}

/// Whether a text is certainly a path, and not the secret itself.
pub(crate) fn is_path(text: &str) -> bool {
    const EXTENSIONS: [&str; 8] = [
        "txt", "key", "pem", "secret", "token", "password", "json", "env",
    ];
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/._-".contains(&byte);
    let has_extension = || {
        let extension = text.rsplit_once('.').map(|(_, extension)| extension);
        extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
    };
    Path::new(text).is_absolute()
        || text.starts_with(['.', '~'])
        || text.bytes().all(is_plain) && (text.contains('/') || has_extension())
}

/// The kind of the value at a path.
fn kind_at(raw: &Raw, path: &KeyPath) -> &'static str {
    let is_text = matches!(raw, Raw::Text { .. });
    let node = structure(raw);
    match node.as_ref().and_then(|node| decode::part(node, path)) {
        Some(Node::Null) => "nothing",
        Some(Node::Bool(_)) => "a bool",
        Some(Node::Number(_)) => "a number",
        Some(Node::Text(_)) => "a string",
        Some(Node::List(_)) => "a list",
        Some(Node::Table(_)) if is_text => "a JSON object",
        Some(Node::Table(_)) => "a table",
        None if is_text => "other text",
        None => "another value",
    }
}

/// The value of a structured source, or that of JSON.
fn structure(raw: &Raw) -> Option<Cow<'_, Node<'static>>> {
    match raw {
        Raw::Text { text, .. } => text::structure_of_json(text).map(Cow::Owned),
        raw @ Raw::Structured(_) => raw.as_node().map(Cow::Borrowed),
    }
}

/// The key of a table in a value that was probably meant to be this one.
fn near_member(raw: &Raw, table: &KeyPath, name: &str) -> Option<String> {
    let node = structure(raw)?;
    let Node::Table(entries) = decode::part(&node, table)? else {
        return None;
    };
    let keys = entries.iter().map(|entry| &*entry.key);
    suggest::nearest(name, keys).map(str::to_owned)
}

/// The text of a value, unless it is masked.
fn shown_text(sight: Sight, raw: &Raw) -> Option<Cow<'_, str>> {
    match sight {
        Sight::Shown => raw.as_text(),
        Sight::Masked => None,
    }
}

/// The path to an invalid part, up to the first key in a masked text: the key may be part of the secret.
pub(super) fn place<'p>(sight: Sight, raw: &Raw, at: &'p KeyPath) -> Cow<'p, KeyPath> {
    let is_index = |segment: &Segment<'_>| matches!(segment, Segment::Index(_));
    match sight {
        Sight::Masked if raw.as_text().is_some() => {
            Cow::Owned(at.segments().take_while(is_index).collect())
        }
        _ => Cow::Borrowed(at),
    }
}

/// An element of a list of scalars, which is shown or masked like the list.
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

/// The same for a value that was decoded, but violates a rule.
fn ruled_element(raw: &Raw, place: &KeyPath, leaf: &Leaf) -> Option<Raw> {
    let is_json = matches!(raw, Raw::Text { text, .. } if begins_as_json(text));
    element(raw, place, leaf).filter(|_| !is_json)
}

/// Whether a decoded value is quoted as a whole. A structure is not: any part of it may be secret.
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

/// Whether the parts of a text can be shown: a separator may split a password in two.
fn is_known_by_parts(raw: &Raw) -> bool {
    match raw {
        Raw::Text { text, .. } => matches!(redact::mask_urls(text), Cow::Borrowed(_)),
        Raw::Structured(_) => true,
    }
}

/// The key that a struct does not have, if it is the end of this path.
fn unknown_key<'f>(fault: &'f DecodeFault, place: &KeyPath) -> Option<&'f str> {
    let key = fault.unknown_key.as_ref()?.as_str();
    (place.last() == Some(Segment::Name(key))).then_some(key)
}

pub(super) fn near(
    choices: Option<&'static [&'static str]>,
    text: Option<&str>,
) -> Option<&'static str> {
    // Quotes and carriage returns that a tool added have their own hint.
    let text = text.filter(|text| Hint::of_look(text).is_none())?;
    suggest::nearest_value(text, choices?.iter().copied())
}
