//! Arguments of the program: `--server-bind …`, `--db-pool-size=5`, `-p 80`, `--no-debug`, `--set key=value`.

use crate::value::sort::sort_by;
use crate::{
    error::{
        origin::Origin,
        problem::{Problem, ProblemKind},
    },
    schema::{
        Field, Kind, Shape,
        layout::{Layout, LayoutName, Target},
        lookup::NameTarget,
        target::{target_of_key, target_of_key_or_variable},
        variants::negation,
    },
    value::{
        json::{self, Json, write_string},
        path::KeyPath,
        raw::wipe,
    },
};
use settings_syntax::{boolean, list, name, suggest};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    iter::{Enumerate, Peekable},
    slice,
};
use zeroize::Zeroizing;

/// The arguments of a program, wiped when they are dropped.
pub(crate) struct Arguments(pub(crate) Vec<OsString>);

/// An argument that matches a setting.
pub(crate) struct Argument {
    /// The flag, with its dashes.
    pub(crate) flag: String,
    pub(crate) target: NameTarget,
    pub(crate) value: Zeroizing<String>,
}

/// The arguments of a program, sorted.
pub(crate) struct SortedArguments {
    pub(crate) settings: Vec<Argument>,
    pub(crate) problems: Vec<Problem>,
    /// The settings that misspelled flags probably mean, with these flags.
    pub(crate) meant: Vec<(LayoutName, Origin)>,
}

const SET_USAGE: &str = "write --set key=value";
const CORRECT_NAME: &str = "remove it, or correct its name";

/// Sorts arguments, without the program's name, into settings and problems.
pub(crate) fn read(layout: &'static Layout, arguments: &[OsString]) -> SortedArguments {
    let mut read = ArgumentReader {
        layout,
        arguments: Vec::new(),
        problems: Vec::new(),
        meant: Vec::new(),
    };
    let mut rest = Rest {
        layout,
        arguments: arguments.iter().enumerate().peekable(),
    };
    while let Some((at, argument)) = rest.arguments.next() {
        let Some(text) = argument.to_str() else {
            read.refuse(at, "is not UTF-8", "give it as UTF-8 text");
            continue;
        };
        if let Some((name, given)) = short(layout, text) {
            let target = NameTarget::Name(name);
            let flag = &text[..2];
            match rest.value_of(&target, given) {
                Some(value) => read.arguments.push(Argument {
                    flag: flag.to_owned(),
                    target,
                    value: Zeroizing::new(value.to_owned()),
                }),
                None => read.valueless(flag),
            }
            continue;
        }
        let Some(flag) = text.strip_prefix("--").filter(|flag| !flag.is_empty()) else {
            if is_letter_flag(text) {
                let problem = unmatched(&format!("argument {text}"), text.to_owned());
                read.problems.push(problem.with_help(CORRECT_NAME));
                continue;
            }
            // Its text is not shown, because it may be the value of a secret without its flag.
            read.refuse(
                at,
                "belongs to no flag",
                "write --name value or --name=value",
            );
            continue;
        };
        let (flag, given) = match KeyPath::split_once(flag, '=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (flag, None),
        };
        if let Some(target) = read.target(flag) {
            match rest.value_of(&target, given) {
                Some(value) => read.flag(flag, flag, target, value),
                None => read.valueless(&format!("--{flag}")),
            }
        } else if let Some((name, target, value)) = negated(flag).and_then(|name| {
            let target = read.target(name)?;
            let value = negative(layout, &target)?;
            Some((name, target, value))
        }) {
            match given {
                None => read.flag(flag, name, target, value),
                Some(_) => read.refuse(
                    at,
                    "takes no value",
                    "write the flag without `no-` to give it a value",
                ),
            }
        } else if flag == "set" {
            match given.or_else(|| rest.value()) {
                Some(setting) => read.set(at, setting),
                None => read.valueless("--set"),
            }
        } else {
            read.unknown(at, flag);
            if given.is_none() {
                // The next argument is most likely its value, so it is not a second problem.
                rest.value();
            }
        }
    }
    SortedArguments {
        settings: read.joined(),
        problems: read.problems,
        meant: read.meant,
    }
}

/// The arguments that are not read yet.
struct Rest<'a> {
    layout: &'static Layout,
    arguments: Peekable<Enumerate<slice::Iter<'a, OsString>>>,
}

impl<'a> Rest<'a> {
    /// The next argument, if it is not a flag.
    fn value(&mut self) -> Option<&'a str> {
        let layout = self.layout;
        let is_value = |text: &str| !text.starts_with("--") && short(layout, text).is_none();
        self.next_if(is_value)
    }

    /// The value of a flag: the one that is given in the same argument, or the next argument. A bool alone is true.
    fn value_of(&mut self, target: &NameTarget, given: Option<&'a str>) -> Option<&'a str> {
        match given {
            None if is_bool(self.layout, target) => {
                Some(self.next_if(is_bool_word).unwrap_or("true"))
            }
            None => self.value(),
            given => given,
        }
    }

    fn next_if(&mut self, is_meant: impl Fn(&str) -> bool) -> Option<&'a str> {
        let is_meant = |(_, next): &(usize, &OsString)| next.to_str().is_some_and(&is_meant);
        self.arguments.next_if(is_meant)?.1.to_str()
    }
}

/// The setting of a flag of one letter, and the value in the same argument: `-p25` or `-p=25`.
fn short<'a>(layout: &'static Layout, text: &'a str) -> Option<(LayoutName, Option<&'a str>)> {
    let mut rest = text.strip_prefix('-')?.chars();
    let name = layout.leaf_with_letter(rest.next()?)?;
    let value = rest.as_str();
    let value = value
        .strip_prefix('=')
        .or(Some(value).filter(|value| !value.is_empty()));
    Some((name, value))
}

struct ArgumentReader {
    layout: &'static Layout,
    arguments: Vec<Argument>,
    problems: Vec<Problem>,
    meant: Vec<(LayoutName, Origin)>,
}

impl ArgumentReader {
    /// The target of a flag. A setting may have a flag of its own, or none.
    fn target(&self, name: &str) -> Option<NameTarget> {
        let own = self.layout.leaf_with_flag(name).map(NameTarget::Name);
        own.or_else(|| target_of_key(self.layout, name))
            .filter(|target| !has_no_flag(self.layout, target))
    }

    fn set(&mut self, at: usize, setting: &str) {
        let Some((key, value)) = KeyPath::split_once(setting, '=') else {
            return self.refuse(at, "sets nothing: it has no `=`", SET_USAGE);
        };
        if key.is_empty() {
            let what = "sets nothing: there is no key before its `=`";
            return self.refuse(at, what, SET_USAGE);
        }
        match target_of_key_or_variable(self.layout, key) {
            Some(target) => self.arguments.push(Argument {
                flag: format!("--set {key}"),
                target,
                value: Zeroizing::new(value.to_owned()),
            }),
            None => self.unknown_set(at, key),
        }
    }

    fn flag(&mut self, flag: &str, given: &str, target: NameTarget, value: &str) {
        let layout = self.layout;
        let target = target.canonical_if(|name| flag_of_name(layout, name) == given);
        self.arguments.push(Argument {
            flag: format!("--{flag}"),
            target,
            value: Zeroizing::new(value.to_owned()),
        });
    }

    fn valueless(&mut self, flag: &str) {
        let dashes = if self.layout.has_letters() { "-" } else { "--" };
        let problem = Problem::new(
            ProblemKind::Malformed,
            format!("the argument {flag} has no value"),
        )
        .about(Origin::argument(flag.to_owned()))
        .with_help(if flag == "--set" {
            SET_USAGE.to_owned()
        } else {
            format!("write {flag} VALUE, or {flag}=VALUE if the value begins with `{dashes}`")
        });
        self.problems.push(problem);
    }

    fn refuse(&mut self, at: usize, what: &str, help: &str) {
        let problem = Problem::new(ProblemKind::Unknown, format!("argument {} {what}", at + 1));
        let problem = problem.about(nameless(at)).with_help(help);
        self.problems.push(problem);
    }

    /// Reports a flag that matches no setting, by its name. Text of another shape may be a secret.
    fn unknown(&mut self, at: usize, flag: &str) {
        if let Some(removed) = self.layout.removed_key(flag) {
            let what = format!("removed: {}; set", removed.reason);
            let problem = Problem::new(ProblemKind::Deprecated, what).at(removed.key);
            return self
                .problems
                .push(problem.from(Origin::argument(format!("--{}", flag_of(removed.key)))));
        }
        let is_shown =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !flag.bytes().all(is_shown) {
            return self.unknown_key(at, flag);
        }
        let flag_text = format!("--{flag}");
        let problem = unmatched(&format!("argument {flag_text}"), flag_text);
        self.report_unknown(flag, problem, "--", "");
    }

    /// Reports a key that matches no setting, without its text.
    fn unknown_key(&mut self, at: usize, key: &str) {
        let number = (at + 1).to_string();
        let problem = unmatched(&format!("argument {number}"), number);
        self.report_unknown(key, problem, "--", "");
    }

    /// Reports a `--set` whose key matches no setting, without its text.
    fn unknown_set(&mut self, at: usize, key: &str) {
        if self.layout.removed_key(key).is_some() {
            return self.unknown(at, key);
        }
        let number = (at + 1).to_string();
        let problem = unmatched(&format!("argument {number}, --set: its key"), number);
        self.report_unknown(key, problem, "--set ", "=VALUE");
    }

    /// Adds a suggestion, between these words.
    fn report_unknown(&mut self, flag: &str, problem: Problem, before: &str, after: &str) {
        if let Some(target) = target_of_key(self.layout, flag)
            && has_no_flag(self.layout, &target)
        {
            let key = self.layout.key_of(target.index());
            let variable = self.layout.env_of(target.index());
            let help = format!("{key} has no flag: set {variable} instead");
            return self.problems.push(problem.with_help(help));
        }
        let leaves = 0..u16::try_from(self.layout.leaves.len()).unwrap_or(u16::MAX);
        let names = leaves.map(|leaf| self.layout.key_name_of(leaf));
        let names = names.filter(|name| !has_no_flag(self.layout, &NameTarget::Name(*name)));
        let flags: Vec<(LayoutName, String)> = names
            .map(|name| (name, flag_of_name(self.layout, name)))
            .collect();
        let near = suggest::nearest(flag, flags.iter().map(|(_, flag)| &**flag));
        if let Some(near) = near
            && let Some((name, _)) = flags.iter().find(|(_, flag)| flag == near)
            && let Some(origin) = problem.origin()
        {
            self.meant.push((*name, origin.clone()));
        }
        let near = near.map(str::to_owned).or_else(|| {
            let bools = flags
                .iter()
                .filter(|(name, _)| is_bool(self.layout, &NameTarget::Name(*name)))
                .map(|(_, flag)| &**flag);
            Some(format!("no-{}", suggest::nearest(negated(flag)?, bools)?))
        });
        self.problems.push(match near {
            Some(near) => problem.with_help(format!("did you mean {before}{near}{after}?")),
            None => problem.with_help(CORRECT_NAME),
        });
    }

    /// Joins the values of a list, set or map whose flag is repeated.
    fn joined(&mut self) -> Vec<Argument> {
        let mut joined: Vec<Argument> = Vec::new();
        // The first argument of each such setting, and the values of all of them.
        let mut several: BTreeMap<u16, (usize, Vec<Zeroizing<String>>)> = BTreeMap::new();
        for argument in std::mem::take(&mut self.arguments) {
            match &argument.target {
                NameTarget::Name(name) if self.takes_all(*name) => {
                    let first = joined.len();
                    let (at, values) = several.entry(name.index).or_insert((first, Vec::new()));
                    values.push(argument.value.clone());
                    if *at == first {
                        joined.push(argument);
                    }
                }
                _ => joined.push(argument),
            }
        }
        for (index, (at, values)) in several {
            if let (Some(form), 2..) = (self.joined_form(index), values.len()) {
                joined[at].value = join_all(&form, values);
            }
        }
        joined
    }

    fn takes_all(&self, name: LayoutName) -> bool {
        name.target == Target::Leaf && self.joined_form(name.index).is_some()
    }

    /// The form of the text of a list or map. That of groups has one if these are enums, which have names.
    fn joined_form(&self, leaf: u16) -> Option<JoinedForm> {
        match self.layout.leaves[usize::from(leaf)].field {
            Field::Leaf(leaf) => Some(JoinedForm {
                separator: leaf.separator.unwrap_or(","),
                is_map: match leaf.kind() {
                    Kind::List(_) => false,
                    Kind::Map(_) => true,
                    _ => return None,
                },
            }),
            Field::Group(nested) => nested.group.tag.map(|_| JoinedForm {
                separator: ",",
                is_map: nested.shape == Shape::Map,
            }),
        }
    }
}

/// The form of the text of a list or map whose flag is repeated.
struct JoinedForm {
    separator: &'static str,
    is_map: bool,
}

/// Joins neighbours pairwise until one text is left, because appending each to the whole would copy quadratically.
fn join_all(form: &JoinedForm, mut values: Vec<Zeroizing<String>>) -> Zeroizing<String> {
    while values.len() > 1 {
        let mut joined = Vec::with_capacity(values.len().div_ceil(2));
        let mut rest = values.into_iter();
        while let Some(mut value) = rest.next() {
            if let Some(next) = rest.next() {
                join(form, &mut value, &next);
            }
            joined.push(value);
        }
        values = joined;
    }
    values.pop().unwrap_or_default()
}

/// Joins two texts, each of which is JSON or elements with separators between them.
fn join(form: &JoinedForm, earlier: &mut Zeroizing<String>, value: &str) {
    let separator = form.separator;
    let (one, other) = (elements(earlier.trim()), elements(value.trim()));
    let kept = form
        .is_map
        .then(|| without_keys_of(form, one, other))
        .flatten();
    let one = kept.as_ref().map_or(one, |kept| kept);
    let joined = match (is_json(one), is_json(other)) {
        _ if one.is_empty() => Zeroizing::new(other.to_owned()),
        _ if other.is_empty() => Zeroizing::new(one.to_owned()),
        // Together they would look like one list in brackets.
        (false, false) if one.starts_with('[') => {
            join_json(&as_json(form, one), &as_json(form, other))
        }
        (false, false) => {
            let one = one.strip_suffix(separator).unwrap_or(one);
            concatenated(&[one, separator, other])
        }
        (true, true) => join_json(one, other),
        (true, false) => join_json(one, &as_json(form, other)),
        (false, true) => join_json(&as_json(form, one), other),
    };
    *earlier = joined;
}

/// The first of two maps, as JSON, without the keys that the second one sets again. `None` if there are none.
fn without_keys_of(form: &JoinedForm, one: &str, other: &str) -> Option<Zeroizing<String>> {
    let json = |text: &str| {
        let json = if is_json(text) {
            Zeroizing::new(text.to_owned())
        } else {
            as_json(form, text)
        };
        is_json(&json).then_some(json)
    };
    let (one, other) = (json(one)?, json(other)?);
    let (Json::Map(one), Json::Map(other)) = (json::read(&one), json::read(&other)) else {
        return None;
    };
    let mut set_again: Vec<_> = other.map(|(key, _)| key.plain()).collect();
    sort_by(&mut set_again, |one, other| str::cmp(one, other));
    let is_kept = |key: &str| {
        set_again
            .binary_search_by(|again| str::cmp(again, key))
            .is_err()
    };
    if one.clone().all(|(key, _)| is_kept(&key.plain())) {
        return None;
    }
    let mut kept = Zeroizing::new(String::with_capacity(one.text().len() + 2));
    kept.push('{');
    for (key, value) in one.filter(|(key, _)| is_kept(&key.plain())) {
        let is_first = kept.len() == 1;
        kept.push_str(if is_first { "\"" } else { ",\"" });
        kept.push_str(key.escaped());
        kept.push_str("\":");
        kept.push_str(value);
    }
    kept.push('}');
    Some(kept)
}

fn is_json(text: &str) -> bool {
    text.starts_with(['[', '{']) && json::check(text).is_ok()
}

/// The elements of a list that is written in brackets but is not JSON.
fn elements(text: &str) -> &str {
    match list::inside_brackets(text) {
        Some(inner) if !is_json(text) => inner,
        _ => text,
    }
}

/// Joins two lists or two maps; other values are unchanged, and decoding rejects them.
fn join_json(one: &str, other: &str) -> Zeroizing<String> {
    match one.strip_suffix([']', '}']) {
        Some(inner) if one.len() > 1 && one[..1] == other[..1] => {
            let (head, tail) = (inner.trim_end(), other[1..].trim_start());
            let is_empty = head.len() == 1 || tail.starts_with([']', '}']);
            concatenated(&[head, if is_empty { "" } else { "," }, tail])
        }
        _ => concatenated(&[one, ",", other]),
    }
}

/// Elements with separators as JSON, whose strings are decoded like text.
fn as_json(form: &JoinedForm, text: &str) -> Zeroizing<String> {
    let JoinedForm { separator, is_map } = *form;
    let text = text.strip_suffix(separator).unwrap_or(text);
    // There is room for every escape, so that the buffer does not grow.
    let mut json = Zeroizing::new(String::with_capacity(text.len() * 6 + 16));
    json.push(if is_map { '{' } else { '[' });
    for (nth, element) in text.split(separator).enumerate() {
        if nth > 0 {
            json.push(',');
        }
        match element.split_once('=') {
            Some((key, value)) if is_map => {
                write_string(&mut json, key.trim());
                json.push(':');
                write_string(&mut json, value.trim());
            }
            _ => write_string(&mut json, element.trim()),
        }
    }
    json.push(if is_map { '}' } else { ']' });
    json
}

fn concatenated(texts: &[&str]) -> Zeroizing<String> {
    let len = texts.iter().map(|text| text.len()).sum();
    let mut whole = Zeroizing::new(String::with_capacity(len));
    for text in texts {
        whole.push_str(text);
    }
    whole
}

/// The canonical spelling of a flag, without its leading dashes.
fn flag_of(key: &str) -> String {
    key.replace(['.', '_'], "-")
}

/// The canonical flag of a setting: its own, or that of a name.
fn flag_of_name(layout: &'static Layout, name: LayoutName) -> String {
    let own = layout.leaf_of(name).and_then(|leaf| leaf.flag);
    own.map_or_else(|| flag_of(layout.canonical_name(name)), str::to_owned)
}

/// Whether the target is a setting without a flag, or a part of one.
fn has_no_flag(layout: &'static Layout, target: &NameTarget) -> bool {
    let (NameTarget::Name(name) | NameTarget::Inside(name, _)) = target;
    layout.leaf_of(*name).is_some_and(|leaf| leaf.no_flag)
}

fn is_bool(layout: &'static Layout, target: &NameTarget) -> bool {
    match target {
        NameTarget::Name(name) => {
            let leaf = layout.leaf_of(*name);
            leaf.is_some_and(|leaf| matches!(leaf.kind(), Kind::Bool))
        }
        NameTarget::Inside(..) => false,
    }
}

/// The value that `--no-` sets: false, or null for an optional group.
fn negative(layout: &'static Layout, target: &NameTarget) -> Option<&'static str> {
    if is_bool(layout, target) {
        return Some("false");
    }
    let NameTarget::Name(name) = target else {
        return None;
    };
    let nested = match name.target {
        Target::Group => layout.groups[usize::from(name.index)].nested?,
        Target::Leaf | Target::File => return None,
    };
    negation(nested)
}

/// The name after `no-`, in any spelling.
fn negated(flag: &str) -> Option<&str> {
    let rest = name::strip_prefix(flag.as_bytes(), b"no_")?;
    flag.get(flag.len() - rest.len()..)
}

fn is_bool_word(text: &str) -> bool {
    boolean::parse(text.trim()).is_some()
}

/// The problem of an argument that matches no setting.
fn unmatched(what: &str, origin: String) -> Problem {
    let what = format!("{what} does not match any setting");
    Problem::new(ProblemKind::Unknown, what).about(Origin::argument(origin))
}

/// Whether a text has the shape of a flag of one letter.
fn is_letter_flag(text: &str) -> bool {
    matches!(text.as_bytes(), [b'-', letter] if letter.is_ascii_alphabetic())
}

/// The position of an argument whose text is not shown.
fn nameless(at: usize) -> Origin {
    Origin::argument((at + 1).to_string())
}

/// The position of an argument.
pub(crate) fn origin(argument: &Argument) -> Origin {
    Origin::argument(argument.flag.clone())
}

impl Drop for Arguments {
    fn drop(&mut self) {
        self.0.drain(..).for_each(wipe);
    }
}

/// Prints no value, because it may be a secret.
impl fmt::Debug for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Argument")
            .field("flag", &self.flag)
            .finish_non_exhaustive()
    }
}
