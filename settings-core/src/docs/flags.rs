//! Settings as flags of an argument parser.

use super::{
    outline::{GroupOutline, Outline, OutlineItem, Setting},
    phrases,
};
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
