//! Enums of settings: the tag chooses the variant, whose settings are built.

use super::{Assembler, LeafField, TypeInfo, Walk, field::ReadValue, index};
use crate::{
    decode,
    error::problem::{Problem, ProblemKind},
    resolve::{ChosenVariant, UnusedSetting},
    schema::{Kind, Variant, variants::VariantProbe},
    value::observer::ValueObserver,
};

/// An enum of settings, whose variants have different settings.
pub trait Choice {
    /// The variants, in order.
    const VARIANTS: &'static [&'static Variant];
    /// The values of the tag, without aliases.
    const NAMES: &'static [&'static str];
}

impl LeafField<usize> {
    /// The tag of an enum. Its value is the index of a variant.
    pub const fn tag<T: Choice>() -> Self {
        Self {
            read: ReadValue::Tag(|input| decode::variant(input, T::VARIANTS, T::NAMES)),
            kind: kind::<T>,
            has_fields: || false,
            facts: TypeInfo {
                group: false,
                secret: false,
                text: false,
                duration: false,
                none: None,
                clone: Some(|variant| *variant),
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
        let chosen = self.leaf(tag);
        let groups: Vec<usize> = self.cursor.layout.variants_of(here).collect();
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

    /// Removes the values of other variants, and reports those that do not count.
    fn keep_variant(&mut self, tag: usize, group: usize, chosen: Option<usize>) {
        let layer = self.resolved.layer_of(tag);
        let is_kept = chosen.is_some_and(|group| self.kept_group(group) == Some(true));
        let variant = chosen.map(|group| ChosenVariant { group, layer });
        let unused = self.resolved.keep_variant(group, variant);
        let Some(chosen) = chosen.filter(|_| !is_kept) else {
            return;
        };
        for setting in unused {
            let problem = self.unused_setting(tag, chosen, setting);
            self.resolved.unused_settings.push(problem);
        }
    }

    /// The problem of a setting that the chosen variant does not have.
    fn unused_setting(&self, tag: usize, chosen: usize, unused: UnusedSetting) -> Problem {
        let layout = self.cursor.layout;
        let chosen = layout.variant(chosen).map_or("", |variant| variant.name);
        let name = layout.leaf(tag).map_or("", |leaf| leaf.key);
        let (key, origin) = (self.cursor.key(tag), &self.resolved.slots[tag].origin);
        let belongs: Vec<String> = unused
            .variants
            .iter()
            .map(|variant| format!("`{variant}`"))
            .collect();
        let belongs = belongs.join(" or ");
        let what = format!("belongs to {name} {belongs}, but {key} is `{chosen}` ({origin}); set");
        let problem = Problem::new(ProblemKind::Unknown, what)
            .at(self.cursor.key(unused.leaf))
            .variable_if(self.cursor.shell_variable(unused.leaf))
            .from(unused.origin);
        match unused.variants.first() {
            Some(variant) => problem.with_help(format!("remove it, or set {key} to {variant}")),
            None => problem,
        }
    }

    /// Whether an optional group or a variant is present, if an earlier build decided this.
    pub(super) fn kept_group(&self, group: usize) -> Option<bool> {
        let observer = self.observer.as_ref().filter(|_| self.outermost.is_none());
        observer?.has_kept_group(index(group))
    }
}

impl Walk<'_> {
    /// Visits the tag of an enum, and the fields of the variant with this index.
    pub fn variant(&mut self, tag: &LeafField<usize>, chosen: usize, walk: impl FnOnce(&mut Self)) {
        let variants = self.cursor.layout.variants_of(self.cursor.here()).count();
        self.leaf(tag, &chosen);
        let mut walk = Some(walk);
        for nth in 0..variants {
            match walk.take_if(|_| nth == chosen) {
                Some(walk) => self.one(walk),
                None => drop(self.cursor.skip_group()),
            }
        }
    }
}
