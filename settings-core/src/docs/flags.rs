//! Settings as flags of an argument parser.

use super::{
    outline::{GroupOutline, Outline, OutlineItem, Setting},
    phrases,
};
#[cfg(feature = "clap")]
use crate::schema::{Alias, variants::negation};
use crate::{
    build::Assemble,
    schema::{Kind, Shape},
};
use std::fmt::Write;

/// A setting as a flag.
pub(crate) struct FlagDoc {
    /// Its name without dashes.
    pub(crate) name: String,
    /// The name of its key, if that is another flag.
    #[cfg_attr(
        not(feature = "clap"),
        expect(dead_code, reason = "clap has no other way to accept it")
    )]
    pub(crate) key_name: Option<String>,
    /// Its flag of one letter.
    pub(crate) letter: Option<char>,
    /// One line of help: documentation, variable and default.
    pub(crate) short: String,
    #[cfg_attr(
        not(feature = "clap"),
        allow(dead_code, reason = "only clap has long help")
    )]
    /// Long help: all documentation, facts, variable and default.
    pub(crate) long: String,
    pub(crate) kind: Kind,
    /// Whether its value is secret.
    pub(crate) masked: bool,
}

impl FlagDoc {
    /// The placeholder of its value in help.
    pub(crate) fn value_name(&self) -> &'static str {
        match self.kind {
            Kind::Bool => "BOOL",
            Kind::Integer { .. } | Kind::Float => "NUMBER",
            Kind::Duration => "DURATION",
            Kind::List(_) => "LIST",
            Kind::Map(_) => "MAP",
            Kind::Text => "TEXT",
            _ => "VALUE",
        }
    }
}

/// Every setting that has a flag and is not in a list or map of groups, in the order of the struct.
pub(crate) fn flags<T: Assemble>() -> Vec<FlagDoc> {
    let mut flags = Vec::new();
    collect(&Outline::of::<T>().root, &mut flags);
    flags
}

/// Adds a flag. A name that several variants of an enum have is one flag.
fn add(flag: FlagDoc, flags: &mut Vec<FlagDoc>) {
    match flags.iter_mut().find(|known| known.name == flag.name) {
        Some(known) => {
            if known.kind != flag.kind {
                known.kind = Kind::Any;
            }
            known.masked |= flag.masked;
            let _ = write!(known.long, "\n\n{}", flag.long);
        }
        None => flags.push(flag),
    }
}

fn collect(group: &GroupOutline, flags: &mut Vec<FlagDoc>) {
    for item in &group.items {
        match item {
            OutlineItem::Setting(setting) if setting.leaf.no_flag => {}
            OutlineItem::Setting(setting) => add(flag(setting), flags),
            OutlineItem::Group(group) if matches!(group.shape(), Shape::List | Shape::Map) => {}
            OutlineItem::Group(group) => {
                if let Some(OutlineItem::Setting(tag)) = group.items.first()
                    && let Some((name, _)) = &tag.shorthand
                {
                    add(shorthand(name, tag), flags);
                }
                collect(group, flags);
            }
        }
    }
}

/// The flag of an enum, whose value is the name of a variant or a value in its place.
fn shorthand(name: &str, tag: &Setting) -> FlagDoc {
    let variants = tag.variants.iter().map(|(variant, _)| variant);
    let names = variants
        .filter(|variant| !variant.scalar)
        .map(|variant| variant.name);
    let other = tag.shorthand.as_ref().and_then(|(_, other)| other.clone());
    let names: Vec<String> = names.map(str::to_owned).chain(other).collect();
    let name = name.replace(['.', '_'], "-");
    let short = format!(
        "In place of --{name}-{}: {}",
        tag.leaf.key,
        names.join(", ")
    );
    FlagDoc {
        long: short.clone(),
        short,
        name,
        key_name: None,
        letter: None,
        kind: Kind::Any,
        masked: false,
    }
}

fn flag(setting: &Setting) -> FlagDoc {
    let mut marks = format!("[env: {}]", setting.variable);
    match setting.default_text() {
        Some("") => marks.push_str(" [default: \"\"]"),
        Some(default) => marks.extend([" [default: ", default, "]"]),
        None if setting.must_be_set() => marks.push_str(" [required]"),
        None => {}
    }
    let doc = setting.leaf.doc;
    let of_kind = setting.kind_words();
    let head = doc.lines().next().filter(|line| !line.is_empty());
    let facts = phrases::facts(setting);
    let long = match doc {
        "" => format!("{facts}\n\n{marks}"),
        doc => format!("{doc}\n\n{facts}\n\n{marks}"),
    };
    let of_key = setting.key.replace(['.', '_'], "-");
    let (name, key_name) = match setting.leaf.flag {
        Some(own) if own != of_key => (own.to_owned(), Some(of_key)),
        _ => (of_key, None),
    };
    FlagDoc {
        name,
        key_name,
        letter: setting.leaf.short,
        short: format!("{} {marks}", head.unwrap_or(&of_kind)),
        long,
        kind: setting.kind.clone(),
        masked: setting.masked,
    }
}

/// A flag that help does not list: another name of a setting or group, a list or map of enums, or `--no-` before a group.
#[cfg(feature = "clap")]
pub(crate) struct HiddenFlag {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whether it has no value: `--no-tls`.
    pub(crate) is_negation: bool,
}

/// Every such flag, in the order of the struct. A name that a flag of [`flags`] has too is not listed again.
#[cfg(feature = "clap")]
pub(crate) fn hidden_flags<T: Assemble>() -> Vec<HiddenFlag> {
    let mut hidden = Vec::new();
    collect_hidden(&Outline::of::<T>().root, &[String::new()], &mut hidden);
    let mut known: Vec<String> = Vec::new();
    for flag in flags::<T>() {
        known.extend(flag.key_name);
        known.push(flag.name);
    }
    hidden.retain(|flag| {
        let is_new = !known.contains(&flag.name);
        known.push(flag.name.clone());
        is_new
    });
    hidden
}

/// Adds the hidden flags of a group. `before` is what its settings begin with, by each name of the groups around it.
#[cfg(feature = "clap")]
fn collect_hidden(group: &GroupOutline, before: &[String], hidden: &mut Vec<HiddenFlag>) {
    let named = |key: &str, aliases: &[Alias]| {
        let names = std::iter::once(key).chain(aliases.iter().map(|alias| alias.name));
        let names: Vec<String> = names.map(|name| name.replace(['.', '_'], "-")).collect();
        let mut all = Vec::new();
        for before in before {
            all.extend(names.iter().map(|name| format!("{before}{name}")));
        }
        all
    };
    for item in &group.items {
        match item {
            OutlineItem::Setting(setting) if setting.leaf.no_flag => {}
            OutlineItem::Setting(setting) => {
                for name in named(setting.leaf.key, setting.leaf.aliases) {
                    let kind = setting.kind.clone();
                    let is_negation = false;
                    if matches!(kind, Kind::Bool) {
                        hidden.push(HiddenFlag {
                            name: format!("no-{name}"),
                            kind: Kind::Unit,
                            is_negation: true,
                        });
                    }
                    hidden.push(HiddenFlag {
                        name,
                        kind,
                        is_negation,
                    });
                }
            }
            OutlineItem::Group(inner) if inner.is_flat() => collect_hidden(inner, before, hidden),
            OutlineItem::Group(inner) => {
                let Some(nested) = inner.nested else { continue };
                let names = named(nested.key, nested.aliases);
                let is_enum = nested.innermost().tag.is_some();
                for name in &names {
                    if negation(nested).is_some() {
                        hidden.push(HiddenFlag {
                            name: format!("no-{name}"),
                            kind: Kind::Unit,
                            is_negation: true,
                        });
                    }
                    if is_enum {
                        hidden.push(HiddenFlag {
                            name: name.clone(),
                            kind: Kind::Any,
                            is_negation: false,
                        });
                    }
                }
                if !matches!(inner.shape(), Shape::List | Shape::Map) {
                    let before: Vec<_> = names.iter().map(|name| format!("{name}-")).collect();
                    collect_hidden(inner, &before, hidden);
                }
            }
        }
    }
}
