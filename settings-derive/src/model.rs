//! A settings struct as plain data, with the tokens that errors refer to.

use crate::number::Number;
use crate::pattern::Pattern;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use settings_syntax::name::camel_to_snake;
use syn::ext::IdentExt as _;
use syn::{Attribute, Expr, ExprMacro, ExprPath, Ident, Lit, LitChar, LitStr, Type, Visibility};

/// A struct that derives `Settings`.
pub(crate) struct Struct {
    pub(crate) ident: Ident,
    pub(crate) doc: Doc,
    pub(crate) role: Role,
    pub(crate) derived: Vec<Derived>,
    pub(crate) finish: Option<ExprPath>,
    pub(crate) validate: Option<ExprPath>,
    pub(crate) validator: Option<Ident>,
    /// Rules across its fields, as data.
    pub(crate) rules: Vec<GroupRule>,
    /// Whether serde attributes are allowed and ignored.
    pub(crate) ignores_serde: bool,
    pub(crate) fields: Vec<Field>,
    /// The number of fields of the variants before this one, if these are the fields of a variant.
    pub(crate) fields_before: usize,
    /// The variants, if it is an enum, which has no fields itself.
    pub(crate) choice: Option<Choice>,
}

/// The variants of an enum, and the setting that names one of them.
pub(crate) struct Choice {
    pub(crate) tag: Option<LitStr>,
    pub(crate) variants: Vec<Variant>,
}

/// A variant of an enum.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) doc: Doc,
    pub(crate) rename: Option<LitStr>,
    pub(crate) aliases: Vec<LitStr>,
    pub(crate) default: Option<Ident>,
    pub(crate) form: VariantForm,
    /// Its settings, as a struct with the name of the enum.
    pub(crate) settings: Struct,
}

/// The form of a variant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum VariantForm {
    Unit,
    /// `Local { path: PathBuf }`.
    Named,
    /// `S3(S3Settings)`: its only field is a flattened group.
    Newtype,
    /// `File(PathBuf)` with `scalar`: its only field is a value in place of the enum.
    Scalar,
}

/// Whether a struct can be loaded by itself.
pub(crate) enum Role {
    Root(Box<Root>),
    Group,
}

/// The sources and policies of a struct that can be loaded.
pub(crate) struct Root {
    /// The prefixes, the canonical one first.
    pub(crate) prefixes: Vec<Alias>,
    pub(crate) nesting: Option<LitStr>,
    /// The layers from which secrets may come, by the names of their variants.
    pub(crate) secrets_from: Vec<&'static str>,
    pub(crate) files: Vec<FileName>,
    pub(crate) env_files: Vec<FileName>,
    pub(crate) secrets_dirs: Vec<FileName>,
    pub(crate) unknown: Unknown,
    pub(crate) ignore: Vec<LitStr>,
    pub(crate) removed: Vec<Removed>,
    /// The JSON Schema that templates name.
    pub(crate) schema: Option<LitStr>,
}

/// The name of a former setting: `removed(name = "why")`.
pub(crate) struct Removed {
    pub(crate) name: LitStr,
    pub(crate) reason: LitStr,
}

/// A declared file or directory, with the words around its name.
pub(crate) struct FileName {
    pub(crate) name: LitStr,
    /// `required("name")`.
    pub(crate) required: Option<Ident>,
    /// `dotenvy("name")`: a `.env` file in the dialect of dotenvy.
    pub(crate) dotenvy: Option<Ident>,
    /// `toml("name")`, `yaml("name")` or `json("name")`: the format apart from the extension.
    pub(crate) format: Option<Ident>,
    /// The table of `section("name", "table")`.
    pub(crate) section: Option<(Ident, LitStr)>,
    /// `interpolate("name")`: references in its strings are replaced.
    pub(crate) interpolate: Option<Ident>,
    /// `optional("name")`: live settings accept that it disappears.
    pub(crate) optional: Option<Ident>,
    /// The condition of `only(setting = "text", "name")`.
    pub(crate) only: Option<SourceCondition>,
}

/// A setting that has one of several texts, for a source to be read.
pub(crate) struct SourceCondition {
    /// The key of the setting.
    pub(crate) setting: LitStr,
    pub(crate) texts: Vec<LitStr>,
}

/// The policy for unknown names.
#[derive(Clone, Copy, Default)]
pub(crate) enum Unknown {
    Ignore,
    #[default]
    Warn,
    Deny,
}

/// A derived property: a method, and a row in documents.
pub(crate) struct Derived {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) doc: Doc,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) expr: Expr,
}

/// A field of the struct.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) doc: Doc,
    /// Whether documents leave it out.
    pub(crate) is_hidden: bool,
    pub(crate) kind: Kind,
    /// Whether its keys are free of errors.
    pub(crate) is_valid: bool,
    /// Whether it is the value of a variant, which has the name of the enum.
    pub(crate) is_unnamed: bool,
}

/// The kind of a field.
pub(crate) enum Kind {
    Leaf(Box<Leaf>),
    Group(Group),
    Skip,
}

/// A field that is a struct of settings.
pub(crate) struct Group {
    pub(crate) path: GroupPath,
    pub(crate) aliases: Vec<Alias>,
    /// Prefix of its variables.
    pub(crate) prefix: Option<LitStr>,
    /// The setting whose value makes the group present.
    pub(crate) present_if: Option<Ident>,
    /// Other defaults of its settings.
    pub(crate) defaults: Option<GroupDefaults>,
    pub(crate) reload: Option<Ident>,
}

/// `defaults(rate = 10)`: other defaults of the settings of a group.
pub(crate) struct GroupDefaults {
    pub(crate) key: Ident,
    /// The fields of the group, each with its default: text, a literal or an expression.
    pub(crate) each: Vec<(Ident, LeafDefault)>,
}

impl Group {
    /// Whether its settings are in the table of the struct.
    pub(crate) fn is_flat(&self) -> bool {
        matches!(self.path, GroupPath::Flat(_) | GroupPath::Variant)
    }
}

/// The part of a group in the keys of its settings.
pub(crate) enum GroupPath {
    /// The name of its field.
    Field,
    Renamed(LitStr),
    /// No part, by this key.
    Flat(Ident),
    /// No part: it is the only field of a variant.
    Variant,
}

/// A field that is a setting.
pub(crate) struct Leaf {
    pub(crate) rename: Option<LitStr>,
    pub(crate) env: Vec<LitStr>,
    /// The word `shared`, if other settings may read these variables.
    pub(crate) shared: Option<Ident>,
    pub(crate) aliases: Vec<Alias>,
    pub(crate) deprecated: Option<LitStr>,
    pub(crate) default: Option<LeafDefault>,
    pub(crate) default_if: Vec<DefaultIf>,
    pub(crate) parse_with: Option<ExprPath>,
    pub(crate) deserialize_with: Option<ExprPath>,
    pub(crate) unit: Option<LitStr>,
    pub(crate) expects: Option<LitStr>,
    pub(crate) separator: Option<LitStr>,
    pub(crate) merge: Option<MergeRule>,
    pub(crate) pattern: Option<PatternRule>,
    pub(crate) range: Option<Range>,
    pub(crate) length: Option<Length>,
    pub(crate) one_of: Option<OneOf>,
    pub(crate) validate: Option<ExprPath>,
    pub(crate) required_if: Option<RequiredIf>,
    pub(crate) example: Option<LitStr>,
    pub(crate) allow_empty: Option<Ident>,
    pub(crate) secret: Option<Flag>,
    pub(crate) no_file: Option<Ident>,
    pub(crate) reload: Option<Ident>,
    pub(crate) local: Option<Ident>,
    /// The flag that replaces the one of its key.
    pub(crate) flag: Option<LitStr>,
    /// Its flag of one letter.
    pub(crate) short: Option<LitChar>,
    pub(crate) no_flag: Option<Ident>,
}

/// `merge`, with its key.
pub(crate) struct MergeRule {
    pub(crate) key: Ident,
    pub(crate) how: Merge,
}

/// `merge = "…"`: how the values of several layers are combined.
#[derive(Clone, Copy)]
pub(crate) enum Merge {
    Replace,
    Append,
    Keys,
}

/// Another name of a setting or group, or a prefix.
pub(crate) struct Alias {
    pub(crate) name: LitStr,
    pub(crate) deprecated: bool,
}

/// The value of a setting that no source sets.
pub(crate) enum LeafDefault {
    /// `default = "text"`, decoded as if it came from the environment.
    Text(LitStr),
    /// `default = -1`: a literal that is not text.
    Literal(Literal),
    /// `default = EXPR` of the type of the setting.
    Expr(Expr),
    /// `default_with = PATH`.
    With(ExprPath),
    /// `default_from(a, b) = EXPR`.
    From(DefaultFrom),
}

/// `default_from(a, b) = EXPR`: a default that is computed from other settings.
pub(crate) struct DefaultFrom {
    pub(crate) key: Ident,
    pub(crate) inputs: Vec<Ident>,
    pub(crate) expr: Expr,
}

/// `default_if(environment = "production", VALUE)`: the default if another setting has this text.
pub(crate) struct DefaultIf {
    pub(crate) key: Ident,
    pub(crate) leaf: Ident,
    pub(crate) text: LitStr,
    /// A text, a literal or an expression.
    pub(crate) value: LeafDefault,
}

/// A literal with its sign.
pub(crate) struct Literal {
    pub(crate) negative: bool,
    pub(crate) lit: Lit,
    pub(crate) expr: Expr,
}

/// A key that is switched on, or off by `= false`.
pub(crate) struct Flag {
    pub(crate) key: Ident,
    pub(crate) is_on: bool,
}

/// The documentation of an item.
#[derive(Default)]
pub(crate) struct Doc(Vec<DocPart>);

enum DocPart {
    Text(String),
    /// A macro call, such as `include_str!(…)`.
    Macro(Box<ExprMacro>),
}

/// `pattern = "re"`, a valid regular expression.
pub(crate) struct PatternRule {
    pub(crate) key: Ident,
    pub(crate) text: LitStr,
    pub(crate) pattern: Pattern,
}

/// `range(1..=9)`: at least one bound.
pub(crate) struct Range {
    pub(crate) key: Ident,
    pub(crate) start: Option<Bound>,
    pub(crate) end: Option<Bound>,
    pub(crate) inclusive: bool,
    /// The range as it is written, for messages.
    pub(crate) tokens: TokenStream,
}

/// A bound of a range: a number, or a duration as text.
pub(crate) struct Bound {
    pub(crate) number: Number,
    pub(crate) lit: Lit,
}

/// `length(2..=8)`, including both bounds.
pub(crate) struct Length {
    pub(crate) key: Ident,
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    pub(crate) tokens: TokenStream,
}

/// `one_of("a", "b")`.
pub(crate) struct OneOf {
    pub(crate) key: Ident,
    pub(crate) words: Vec<LitStr>,
}

/// A rule across optional fields of a struct.
pub(crate) struct GroupRule {
    pub(crate) kind: GroupRuleKind,
    /// The fields. For [`GroupRuleKind::RequiredWith`], the one that is required comes last.
    pub(crate) names: Vec<Ident>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupRuleKind {
    ExactlyOneOf,
    AtMostOneOf,
    AtLeastOneOf,
    RequiredWith,
}

/// `required_if(environment = "production")`.
pub(crate) struct RequiredIf {
    pub(crate) key: Ident,
    pub(crate) leaf: Ident,
    pub(crate) text: LitStr,
}

impl Choice {
    /// The key of the tag.
    pub(crate) fn tag(&self) -> String {
        self.tag
            .as_ref()
            .map_or_else(|| "type".to_owned(), LitStr::value)
    }
}

impl Variant {
    /// Its name: a value of the tag.
    pub(crate) fn name(&self) -> String {
        self.rename.as_ref().map_or_else(
            || camel_to_snake(&self.ident.unraw().to_string()),
            LitStr::value,
        )
    }
}

impl Struct {
    /// Itself, or the settings of each variant if it is an enum.
    pub(crate) fn bodies(&self) -> Vec<&Struct> {
        match &self.choice {
            Some(choice) => (choice.variants.iter())
                .map(|variant| &variant.settings)
                .collect(),
            None => vec![self],
        }
    }

    /// The fields that are settings.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = (&Field, &Leaf)> {
        self.fields.iter().filter_map(|field| match &field.kind {
            Kind::Leaf(leaf) => Some((field, &**leaf)),
            _ => None,
        })
    }

    /// Whether a group is flattened, which may then contain any name.
    pub(crate) fn has_flattened(&self) -> bool {
        self.fields
            .iter()
            .any(|field| matches!(&field.kind, Kind::Group(group) if group.is_flat()))
    }
}

impl Leaf {
    /// Whether a function of the program decodes it.
    pub(crate) fn is_custom(&self) -> bool {
        self.parse_with.is_some() || self.deserialize_with.is_some()
    }

    /// The key `secret`, if it is on.
    pub(crate) fn secret(&self) -> Option<&Ident> {
        self.secret
            .as_ref()
            .filter(|flag| flag.is_on)
            .map(|flag| &flag.key)
    }

    /// The key of `secret = false`.
    pub(crate) fn not_secret(&self) -> Option<&Ident> {
        self.secret
            .as_ref()
            .filter(|flag| !flag.is_on)
            .map(|flag| &flag.key)
    }
}

impl Doc {
    pub(crate) fn push_text(&mut self, line: &str) {
        match self.0.last_mut() {
            Some(DocPart::Text(text)) => {
                text.push('\n');
                text.push_str(line);
            }
            Some(DocPart::Macro(_)) => self.0.push(DocPart::Text(format!("\n{line}"))),
            None => self.0.push(DocPart::Text(line.to_owned())),
        }
    }

    pub(crate) fn push_macro(&mut self, call: ExprMacro) {
        match self.0.last_mut() {
            Some(DocPart::Text(text)) => text.push('\n'),
            Some(DocPart::Macro(_)) => self.0.push(DocPart::Text("\n".to_owned())),
            None => {}
        }
        self.0.push(DocPart::Macro(Box::new(call)));
    }
}

/// The documentation as an expression of a `&'static str`.
impl ToTokens for Doc {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self.0.as_slice() {
            [] => tokens.extend(quote!("")),
            [DocPart::Text(text)] => text.trim_matches('\n').to_tokens(tokens),
            parts => {
                let parts = parts.iter().map(|part| match part {
                    DocPart::Text(text) => text.to_token_stream(),
                    DocPart::Macro(call) => call.to_token_stream(),
                });
                tokens.extend(quote!(::core::concat!(#(#parts),*)));
            }
        }
    }
}

impl Field {
    /// The name of the field in files, arguments and documents.
    pub(crate) fn key(&self) -> String {
        if self.is_unnamed {
            return String::new();
        }
        let rename = match &self.kind {
            Kind::Leaf(leaf) => leaf.rename.as_ref(),
            Kind::Group(Group {
                path: GroupPath::Renamed(rename),
                ..
            }) => Some(rename),
            Kind::Group(_) | Kind::Skip => None,
        };
        rename.map_or_else(|| self.ident.unraw().to_string(), LitStr::value)
    }
}
