//! Constant constructors of the schema, which generated code calls; each sets the field of its name.

use crate::error::origin::Layer;

use super::{
    Alias, Condition, DefaultIf, DefaultValue, Derived, Field, Group, GroupRule, Leaf, Merge,
    Nested, Removed, Rule, Schema, Shape, SourceCondition, SourceDecl, SourceKind, Unknown,
    Variant, layout::Layout, variants::KindOf,
};
use crate::value::format::FileFormat;

#[doc(hidden)]
impl Schema {
    pub const fn new(root: &'static Group) -> Self {
        Self {
            prefix: "",
            other_prefixes: &[],
            nesting: "_",
            sources: &[],
            secrets_from: &[],
            unknown: Unknown::Warn,
            ignore: &[],
            removed: &[],
            json_schema: None,
            root,
            version: None,
        }
    }

    #[must_use]
    pub const fn with_version(mut self, version: Option<&'static str>) -> Self {
        self.version = version;
        self
    }

    #[must_use]
    pub const fn with_prefix(mut self, prefix: &'static str) -> Self {
        self.prefix = prefix;
        self
    }

    #[must_use]
    pub const fn with_other_prefixes(mut self, prefixes: &'static [Alias]) -> Self {
        self.other_prefixes = prefixes;
        self
    }

    #[must_use]
    pub const fn with_nesting(mut self, nesting: &'static str) -> Self {
        self.nesting = nesting;
        self
    }

    #[must_use]
    pub const fn with_secrets_from(mut self, layers: &'static [Layer]) -> Self {
        self.secrets_from = layers;
        self
    }

    #[must_use]
    pub const fn with_sources(mut self, sources: &'static [SourceDecl]) -> Self {
        self.sources = sources;
        self
    }

    #[must_use]
    pub const fn with_unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    #[must_use]
    pub const fn with_ignore(mut self, ignore: &'static [&'static str]) -> Self {
        self.ignore = ignore;
        self
    }

    #[must_use]
    pub const fn with_removed(mut self, removed: &'static [Removed]) -> Self {
        self.removed = removed;
        self
    }

    #[must_use]
    pub const fn with_json_schema(mut self, schema: &'static str) -> Self {
        self.json_schema = Some(schema);
        self
    }
}

#[doc(hidden)]
impl Removed {
    pub const fn new(key: &'static str, reason: &'static str) -> Self {
        Self { key, reason }
    }
}

#[doc(hidden)]
impl Group {
    pub const fn new(name: &'static str, doc: &'static str, fields: &'static [Field]) -> Self {
        Self {
            name,
            doc,
            fields,
            derived: &[],
            rules: &[],
            validated: false,
            tag: None,
        }
    }

    /// Marks the group of an enum. The first field is the tag, the others are the variants.
    #[must_use]
    pub const fn with_tag(mut self, tag: &'static str) -> Self {
        self.tag = Some(tag);
        self
    }

    #[must_use]
    pub const fn with_derived(mut self, derived: &'static [Derived]) -> Self {
        self.derived = derived;
        self
    }

    #[must_use]
    pub const fn with_rules(mut self, rules: &'static [GroupRule]) -> Self {
        self.rules = rules;
        self
    }

    #[must_use]
    pub const fn with_validate(mut self) -> Self {
        self.validated = true;
        self
    }
}

#[doc(hidden)]
impl Variant {
    pub const fn new(name: &'static str, aliases: &'static [&'static str]) -> Self {
        Self {
            name,
            aliases,
            scalar: false,
        }
    }

    #[must_use]
    pub const fn with_scalar(mut self) -> Self {
        self.scalar = true;
        self
    }

    /// The settings of the variant, in the schema of its enum.
    pub const fn field(&'static self, doc: &'static str, group: &'static Group) -> Field {
        let nested = Nested::new("", doc, Shape::Optional, group, false).with_flatten();
        Field::Group(Nested {
            variant: Some(self),
            ..nested
        })
    }
}

#[doc(hidden)]
impl DefaultIf {
    /// A default that is decoded as if it came from the environment.
    pub const fn of_text(key: &'static str, text: &'static str, value: &'static str) -> Self {
        Self {
            condition: Condition { key, text },
            value: DefaultValue::Text(value),
            text: None,
        }
    }

    /// A default that `LeafField` computes by this expression.
    pub const fn of_expression(
        key: &'static str,
        text: &'static str,
        written: &'static str,
        value: fn(&Leaf) -> Option<String>,
    ) -> Self {
        Self {
            condition: Condition { key, text },
            value: DefaultValue::Expression(written),
            text: Some(value),
        }
    }
}

#[doc(hidden)]
impl Derived {
    pub const fn new(
        name: &'static str,
        type_name: &'static str,
        doc: &'static str,
        secret: bool,
    ) -> Self {
        Self {
            name,
            doc,
            type_name,
            secret,
            mentions: &[],
        }
    }

    #[must_use]
    pub const fn mentioning(mut self, mentions: &'static [&'static [&'static str]]) -> Self {
        self.mentions = mentions;
        self
    }
}

#[doc(hidden)]
impl Alias {
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            deprecated: false,
        }
    }

    pub const fn deprecated(name: &'static str) -> Self {
        Self {
            name,
            deprecated: true,
        }
    }
}

#[doc(hidden)]
impl SourceDecl {
    pub(crate) const fn of_file(path: &'static str, format: FileFormat) -> Self {
        let mut declared = Self::new(SourceKind::File, path);
        declared.format = format;
        declared
    }

    pub const fn env_file(path: &'static str) -> Self {
        Self::new(SourceKind::EnvFile, path)
    }

    #[cfg(feature = "dotenvy")]
    pub const fn dotenvy(path: &'static str) -> Self {
        Self::new(SourceKind::Dotenvy, path)
    }

    #[cfg(not(feature = "dotenvy"))]
    #[track_caller]
    pub const fn dotenvy(_: &'static str) -> Self {
        panic!("`dotenvy(…)` needs the feature `dotenvy` of settings-core")
    }

    pub const fn secrets_dir(path: &'static str) -> Self {
        Self::new(SourceKind::SecretsDir, path)
    }

    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Replaces references in its strings.
    #[must_use]
    pub const fn interpolated(mut self) -> Self {
        self.interpolated = true;
        self
    }

    #[must_use]
    pub const fn may_disappear(mut self) -> Self {
        self.may_disappear = true;
        self
    }

    /// Sets the condition under which it is read.
    #[must_use]
    pub const fn only(mut self, key: &'static str, texts: &'static [&'static str]) -> Self {
        self.only = Some(SourceCondition { key, texts });
        self
    }

    /// Sets the table that holds the settings.
    #[must_use]
    pub const fn section(mut self, section: &'static str) -> Self {
        self.section = Some(section);
        self
    }

    const fn new(kind: SourceKind, path: &'static str) -> Self {
        Self {
            kind,
            path,
            required: false,
            format: FileFormat::None,
            section: None,
            interpolated: false,
            may_disappear: false,
            only: None,
        }
    }
}

/// Whether a field, which may be written as `r#type`, has this name.
pub(super) const fn is_named(field: &str, name: &str) -> bool {
    let (one, other) = match field.as_bytes() {
        [b'r', b'#', unraw @ ..] => (unraw, name.as_bytes()),
        field => (field, name.as_bytes()),
    };
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len()
}

#[doc(hidden)]
impl Leaf {
    pub(crate) const fn new(
        key: &'static str,
        type_name: &'static str,
        doc: &'static str,
        kind: KindOf,
        optional: bool,
        secret: bool,
        clones: bool,
    ) -> Self {
        Self {
            key,
            doc,
            type_name,
            optional,
            secret,
            unmasked: false,
            opaque: false,
            parses: false,
            no_file: false,
            flag: None,
            short: None,
            no_flag: false,
            allow_empty: false,
            reload: false,
            local: false,
            env: &[],
            env_is_shared: false,
            aliases: &[],
            deprecated: None,
            default: DefaultValue::None,
            default_if: &[],
            rules: &[],
            required_if: None,
            separator: None,
            merge: Merge::Replace,
            expects: None,
            unit: None,
            example: None,
            kind,
            watched: false,
            clones,
            field: key,
            computed_default: None,
            other_default: None,
            discloses_default: None,
            hidden: false,
            printed: None,
        }
    }

    #[must_use]
    pub const fn with_secret(mut self) -> Self {
        self.secret = true;
        self
    }

    #[must_use]
    pub(crate) const fn with_parses(mut self, parses: bool) -> Self {
        self.parses = parses;
        self
    }

    #[must_use]
    pub(crate) const fn with_opaque(mut self, opaque: bool) -> Self {
        self.opaque = opaque;
        self
    }

    #[must_use]
    pub const fn with_no_file(mut self) -> Self {
        self.no_file = true;
        self
    }

    #[must_use]
    pub const fn with_flag(mut self, flag: &'static str) -> Self {
        self.flag = Some(flag);
        self
    }

    #[must_use]
    pub const fn with_short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    #[must_use]
    pub const fn with_no_flag(mut self) -> Self {
        self.no_flag = true;
        self
    }

    #[must_use]
    pub const fn with_unmasked(mut self) -> Self {
        self.unmasked = true;
        self
    }

    #[must_use]
    pub const fn with_allow_empty(mut self) -> Self {
        self.allow_empty = true;
        self
    }

    #[must_use]
    pub const fn with_reload(mut self) -> Self {
        self.reload = true;
        self
    }

    #[must_use]
    pub const fn with_local(mut self) -> Self {
        self.local = true;
        self
    }

    #[must_use]
    pub const fn with_env(mut self, env: &'static [&'static str]) -> Self {
        self.env = env;
        self
    }

    /// Marks variables that other settings may read too.
    #[must_use]
    pub const fn with_shared_env(mut self) -> Self {
        self.env_is_shared = true;
        self
    }

    #[must_use]
    pub const fn with_aliases(mut self, aliases: &'static [Alias]) -> Self {
        self.aliases = aliases;
        self
    }

    #[must_use]
    pub const fn with_deprecated(mut self, why: &'static str) -> Self {
        self.deprecated = Some(why);
        self
    }

    /// A default that is decoded as if it came from the environment.
    #[must_use]
    pub const fn with_default_text(mut self, text: &'static str) -> Self {
        self.default = DefaultValue::Text(text);
        self
    }

    /// A default that `LeafField` computes by this expression.
    #[must_use]
    pub const fn with_default_expression(mut self, written: &'static str) -> Self {
        self.default = DefaultValue::Expression(written);
        self
    }

    /// A default that `LeafField` computes by this function.
    #[must_use]
    pub const fn with_default_function(mut self, path: &'static str) -> Self {
        self.default = DefaultValue::Function(path);
        self
    }

    /// A default that is computed from the settings of the same struct with these keys.
    #[must_use]
    pub const fn with_default_from(mut self, keys: &'static [&'static str]) -> Self {
        self.default = DefaultValue::From(keys);
        self
    }

    #[must_use]
    pub const fn with_default_if(mut self, defaults: &'static [DefaultIf]) -> Self {
        self.default_if = defaults;
        self
    }

    #[must_use]
    pub const fn with_rules(mut self, rules: &'static [Rule]) -> Self {
        self.rules = rules;
        self
    }

    #[must_use]
    pub const fn with_required_if(mut self, key: &'static str, text: &'static str) -> Self {
        self.required_if = Some(Condition { key, text });
        self
    }

    /// Sets the words for the values that it takes.
    #[must_use]
    pub const fn with_expects(mut self, expects: &'static str) -> Self {
        self.expects = Some(expects);
        self
    }

    /// Sets the unit of a plain number.
    #[must_use]
    pub const fn with_unit(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Sets the separator of list elements.
    #[must_use]
    pub const fn with_merge(mut self, merge: Merge) -> Self {
        self.merge = merge;
        self
    }

    #[must_use]
    pub const fn with_separator(mut self, separator: &'static str) -> Self {
        self.separator = Some(separator);
        self
    }

    #[must_use]
    pub const fn with_example(mut self, example: &'static str) -> Self {
        self.example = Some(example);
        self
    }

    /// Marks a setting that a `required_if` of the same struct names.
    #[must_use]
    pub const fn with_watched(mut self) -> Self {
        self.watched = true;
        self
    }

    /// Sets the name of the field, if it differs from the key.
    #[must_use]
    pub const fn with_field(mut self, field: &'static str) -> Self {
        self.field = field;
        self
    }

    #[must_use]
    pub const fn with_hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    #[must_use]
    pub const fn with_printed(mut self, text: fn(&Leaf, &str) -> Option<String>) -> Self {
        self.printed = Some(text);
        self
    }

    /// The text of a default that is not text.
    #[must_use]
    pub const fn with_computed_default(mut self, text: fn(&Leaf) -> Option<String>) -> Self {
        self.computed_default = Some(text);
        self
    }

    /// Whether no part of the default is secret.
    #[must_use]
    pub const fn with_disclosed_default(mut self, discloses: fn(&Leaf) -> bool) -> Self {
        self.discloses_default = Some(discloses);
        self
    }

    pub const fn field(self) -> Field {
        Field::Leaf(self)
    }
}

#[doc(hidden)]
impl Nested {
    pub(crate) const fn new(
        key: &'static str,
        doc: &'static str,
        shape: Shape,
        group: &'static Group,
        clones: bool,
    ) -> Self {
        Self {
            key,
            doc,
            aliases: &[],
            prefix: None,
            flatten: false,
            reload: false,
            shape,
            group,
            present_if: None,
            variant: None,
            hidden: false,
            clones,
            field: key,
            elements: None,
        }
    }

    /// Sets the layout of its elements, if it is a list or map.
    pub(crate) const fn with_elements(mut self, elements: Option<fn() -> &'static Layout>) -> Self {
        self.elements = elements;
        self
    }

    #[must_use]
    pub const fn with_flatten(mut self) -> Self {
        self.flatten = true;
        self
    }

    #[must_use]
    pub const fn with_reload(mut self) -> Self {
        self.reload = true;
        self
    }

    #[must_use]
    pub const fn with_aliases(mut self, aliases: &'static [Alias]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Sets what the variables of its settings begin with.
    #[must_use]
    #[track_caller]
    pub const fn with_prefix(mut self, prefix: &'static str) -> Self {
        assert!(
            matches!(self.shape, Shape::One | Shape::Optional),
            "`prefix` is not allowed on a list or map of groups, whose variables contain the name of an element"
        );
        self.prefix = Some(prefix);
        self
    }

    #[must_use]
    pub const fn with_hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// The setting whose value makes the group present.
    /// A copy of its struct, with other defaults.
    #[must_use]
    pub const fn with_group(mut self, group: &'static Group) -> Self {
        self.group = group;
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_present_if(mut self, field: &'static str) -> Self {
        assert!(
            matches!(self.shape, Shape::Optional),
            "`present_if` is only allowed on an `Option` of a group"
        );
        let mut at = 0;
        while at < self.group.fields.len() {
            if let Field::Leaf(leaf) = &self.group.fields[at]
                && is_named(leaf.field, field)
            {
                assert!(
                    matches!(leaf.default, DefaultValue::None),
                    "the setting of `present_if` has a default, so the group would always be present"
                );
                self.present_if = Some(leaf.key);
                return self;
            }
            at += 1;
        }
        panic!("`present_if` names a setting of the group, and there is none with this name")
    }

    /// Sets the name of the field, if it differs from the key.
    #[must_use]
    pub const fn with_field(mut self, field: &'static str) -> Self {
        self.field = field;
        self
    }

    pub const fn field(self) -> Field {
        Field::Group(self)
    }
}
