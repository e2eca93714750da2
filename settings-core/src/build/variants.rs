//! Enums of settings: the tag chooses the variant, whose settings are built.

use super::{
    Assembler, LeafField, TypeInfo, Walk,
    field::{ReadByFunction, ReadValue},
    index,
    type_facts::Measure,
};
use crate::{
    decode::{self, Input, Malformed, TextForm},
    error::{
        origin::Layer,
        problem::{Problem, ProblemKind},
    },
    resolve::{ChosenVariant, SlotValue, UnusedSetting},
    schema::{Kind, Leaf, Variant, variants::VariantProbe},
    value::observer::ValueObserver,
};
use settings_syntax::suggest;
use std::marker::PhantomData;

/// An enum of settings, whose variants have different settings.
pub trait Choice {
    /// The variants, in order.
    const VARIANTS: &'static [&'static Variant];
    /// The values of the tag, without aliases.
    const NAMES: &'static [&'static str];
}

impl LeafField<usize> {
    /// The tag of an enum. Its value is the index of a variant.
    pub const fn tag<T: Choice + 'static>() -> Self {
        Self {
            read: ReadValue::Function(&ReadTag::<T>(PhantomData)),
            parsed: false,
            kind: kind::<T>,
            depth_of_fields: || None,
            facts: TypeInfo {
                group: false,
                secret: false,
                text: false,
                duration: false,
                none: None,
                clone: Some(|variant| *variant),
                equal: Some(|one, other| one == other),
                measure: Some(measure::<T>),
                reveal: None,
                debug: None,
                show: |variant| {
                    T::VARIANTS
                        .get(*variant)
                        .map(|variant| variant.name.to_owned())
                },
            },
            default: None,
            conditional: None,
            validate: None,
        }
    }
}

/// Reads the tag of an enum.
struct ReadTag<T>(PhantomData<fn() -> T>);

impl<T: Choice> ReadByFunction<usize> for ReadTag<T> {
    fn read<'w>(
        &self,
        input: Input<'_>,
        _: TextForm<'w>,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
        measure: Option<Measure<usize>>,
    ) -> Result<usize, Malformed> {
        let variant = decode::variant(&input, T::VARIANTS, T::NAMES)?;
        if let (Some(watch), Some(measure)) = (watch, measure) {
            measure(&variant, watch);
        }
        Ok(variant)
    }
}

fn kind<T: Choice>(_: Option<&mut VariantProbe<'_>>) -> Kind {
    Kind::Enum(T::NAMES)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature of `Measure`"
)]
fn measure<T: Choice>(variant: &usize, observer: &mut dyn ValueObserver) {
    if let Some(variant) = T::VARIANTS.get(*variant) {
        observer.variant(variant.name);
    }
}

impl Assembler<'_> {
    /// Builds the variant that the tag names. `build` builds the variant with this index.
    pub fn variants<T>(
        &mut self,
        tag: &LeafField<usize>,
        build: fn(&mut Self, usize) -> Option<T>,
    ) -> Option<T> {
        let (here, at) = (self.cursor.here(), self.cursor.leaf());
        let layout = self.cursor.layout;
        let groups: Vec<usize> = layout.variants_of(here).collect();
        let mut variants = groups.iter();
        let by_value = variants.position(|group| self.is_chosen_by_value(at, *group));
        let chosen = if by_value.is_some() {
            self.pass_tag();
            by_value
        } else {
            self.leaf(tag)
        };
        if self.trial.is_none() {
            self.keep_variant(at, here, chosen.and_then(|nth| groups.get(nth).copied()));
        }
        let mut value = None;
        for nth in 0..groups.len() {
            if self.trial.is_some() || chosen == Some(nth) {
                let outer = self.cursor.enter();
                value = build(self, nth);
                self.cursor.leave(outer);
            } else {
                self.skip_group();
            }
        }
        value
    }

    /// Whether a variant is chosen by a value in place of the group: no tag in the same or a higher layer is set.
    fn is_chosen_by_value(&self, tag: usize, group: usize) -> bool {
        let layout = self.cursor.layout;
        if !layout.variant(group).is_some_and(|variant| variant.scalar) {
            return false;
        }
        if let Some(is_kept) = self.kept_group(group) {
            return is_kept;
        }
        let value = usize::from(layout.groups[group].first);
        let (value_slot, tag_slot) = (&self.resolved.slots[value], &self.resolved.slots[tag]);
        self.trial.is_none()
            && value_slot.has_value()
            && (!tag_slot.has_value()
                || self.resolved.layer_of(tag) < self.resolved.layer_of(value))
    }

    /// Moves past a tag that does not count, because a value in place of the group chooses the variant.
    fn pass_tag(&mut self) {
        let at = self.cursor.pass_leaf();
        if self.observer.is_some() {
            drop(self.kept(at));
        }
        self.resolved.slots[at].value = SlotValue::Unset;
    }

    /// Warns about a value in place of a group that resembles the name of a variant.
    fn warn_near_name(&mut self, tag: usize, value: usize, variant: &str) {
        let slot = &self.resolved.slots[value];
        let SlotValue::Value(raw) = &slot.value else {
            return;
        };
        let kind = self.cursor.layout.leaf(tag).map(Leaf::kind);
        let (Some(Kind::Enum(names)), Some(text)) = (kind, raw.as_text()) else {
            return;
        };
        if let Some(near) = suggest::nearest_value(&text, names.iter().copied()) {
            let what = format!("a value for `{variant}` that resembles the name of a variant,");
            let warning = Problem::new(ProblemKind::Ambiguous, what)
                .at(self.cursor.key(value))
                .variable_if(self.cursor.shell_variable(value))
                .from(slot.origin.clone())
                .with_help(format!("did you mean {near}?"));
            self.resolved.warnings.push(warning);
        }
    }

    /// Removes the values of other variants, and reports those that do not count.
    fn keep_variant(&mut self, tag: usize, group: usize, chosen: Option<usize>) {
        let layout = self.cursor.layout;
        let scalar = chosen.and_then(|group| {
            let variant = layout.variant(group).filter(|variant| variant.scalar)?;
            Some((usize::from(layout.groups[group].first), variant))
        });
        let layer = self
            .resolved
            .layer_of(scalar.map_or(tag, |(value, _)| value));
        let is_kept = chosen.is_some_and(|group| self.kept_group(group) == Some(true));
        let variant = chosen.map(|group| ChosenVariant { group, layer });
        let unused = self.resolved.keep_variant(group, variant);
        let Some(chosen) = chosen.filter(|_| !is_kept) else {
            return;
        };
        if let Some((value, variant)) = scalar {
            self.warn_near_name(tag, value, variant.name);
        }
        for (first, others) in by_file(unused) {
            let others: Vec<String> = others
                .iter()
                .map(|other| {
                    let key = self.cursor.key(other.leaf);
                    match other.origin.position() {
                        Some((line, Some(column))) => format!("{key} ({line}:{column})"),
                        Some((line, None)) => format!("{key} ({line})"),
                        None => key,
                    }
                })
                .collect();
            let problem = self.unused_setting(tag, chosen, first);
            self.resolved.unused_settings.push(if others.is_empty() {
                problem
            } else {
                problem.with_note(format!("the same applies to {}", others.join(", ")))
            });
        }
    }

    /// The problem of a setting that the chosen variant does not have.
    fn unused_setting(&self, tag: usize, chosen: usize, unused: UnusedSetting) -> Problem {
        let layout = self.cursor.layout;
        let (first, chosen) = (layout.groups[chosen].first, layout.variant(chosen));
        let name = layout.leaf(tag).map_or("", |leaf| leaf.key);
        let key = self.cursor.key(tag);
        let is = match chosen {
            Some(variant) if variant.scalar => {
                let value = usize::from(first);
                let origin = &self.resolved.slots[value].origin;
                format!("{} is a value ({origin})", self.cursor.key(value))
            }
            variant => {
                let chosen = variant.map_or("", |variant| variant.name);
                let origin = &self.resolved.slots[tag].origin;
                format!("{key} is `{chosen}` ({origin})")
            }
        };
        let mut unused_leaf = layout.leaf(unused.leaf).into_iter();
        let is_value = unused_leaf.any(|leaf| leaf.key.is_empty());
        let belongs: Vec<String> = unused
            .variants
            .iter()
            .map(|variant| format!("`{variant}`"))
            .collect();
        let belongs = belongs.join(" or ");
        let what = format!("belongs to {name} {belongs}, but {is}; set");
        let problem = Problem::new(ProblemKind::Unknown, what)
            .at(self.cursor.key(unused.leaf))
            .variable_if(self.cursor.shell_variable(unused.leaf))
            .from(unused.origin);
        match unused.variants.first() {
            Some(variant) if !is_value => {
                problem.with_help(format!("remove it, or set {key} to {variant}"))
            }
            _ => problem.with_help("remove one of them"),
        }
    }

    /// Whether an optional group or a variant is present, if an earlier build decided this.
    pub(super) fn kept_group(&self, group: usize) -> Option<bool> {
        let observer = self.observer.as_ref().filter(|_| self.outermost.is_none());
        observer?.has_kept_group(index(group))
    }
}

/// Joins the settings of one file, if there are many, as with a table that was left in a file for later use.
fn by_file(unused: Vec<UnusedSetting>) -> Vec<(UnusedSetting, Vec<UnusedSetting>)> {
    const FEW: usize = 3;
    let is_alike = |one: &UnusedSetting, other: &UnusedSetting| {
        one.origin.layer() == Layer::File
            && one.origin.source() == other.origin.source()
            && one.variants == other.variants
    };
    let mut joined: Vec<(UnusedSetting, Vec<UnusedSetting>)> = Vec::new();
    for setting in unused {
        match joined
            .iter_mut()
            .find(|(first, _)| is_alike(first, &setting))
        {
            Some((_, others)) => others.push(setting),
            None => joined.push((setting, Vec::new())),
        }
    }
    let mut all = Vec::new();
    for (first, others) in joined {
        if others.len() >= FEW {
            all.push((first, others));
        } else {
            all.push((first, Vec::new()));
            all.extend(others.into_iter().map(|other| (other, Vec::new())));
        }
    }
    all
}

impl Walk<'_> {
    /// Visits the tag of an enum, and the fields of the variant with this index.
    pub fn variant(&mut self, tag: &LeafField<usize>, chosen: usize, walk: impl FnOnce(&mut Self)) {
        let variants = self.cursor.layout.variants_of(self.cursor.here()).count();
        let layout = self.cursor.layout;
        let variant = layout.variants_of(self.cursor.here()).nth(chosen);
        let variant = variant.and_then(|group| layout.variant(group));
        if variant.is_some_and(|variant| variant.scalar) {
            self.cursor.pass_leaf();
        } else {
            self.leaf(tag, &chosen);
        }
        let mut walk = Some(walk);
        for nth in 0..variants {
            match walk.take_if(|_| nth == chosen) {
                Some(walk) => self.one(walk),
                None => drop(self.cursor.skip_group()),
            }
        }
    }
}
