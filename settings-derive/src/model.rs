//! What was asked for, as plain data that keeps the tokens it came from.

use crate::number::Number;
use crate::pattern::Pattern;
use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::{Attribute, Expr, ExprPath, Ident, Lit, LitStr, Type, Visibility};

/// A struct that derives `Settings`.
pub(crate) struct Struct {
    pub(crate) ident: Ident,
    pub(crate) doc: String,
    pub(crate) role: Role,
    pub(crate) derived: Vec<Derived>,
    pub(crate) validate: Option<ExprPath>,
    pub(crate) validator: Option<Ident>,
    pub(crate) fields: Vec<Field>,
}

/// Whether a struct may be loaded by itself.
pub(crate) enum Role {
    Root(Box<Root>),
    Group,
}

/// Where a struct that may be loaded takes its values from.
#[derive(Default)]
pub(crate) struct Root {
    pub(crate) prefix: Option<LitStr>,
    pub(crate) files: Vec<FileName>,
    pub(crate) env_files: Vec<FileName>,
    pub(crate) secrets_dirs: Vec<FileName>,
    pub(crate) unknown: Unknown,
    pub(crate) foreign: Vec<LitStr>,
}

/// A declared file or folder.
pub(crate) struct FileName {
    pub(crate) name: LitStr,
    pub(crate) required: bool,
    /// The word `dotenvy`, if the file is in that dialect.
    pub(crate) dotenvy: Option<Ident>,
}

/// What is done about unknown names.
#[derive(Clone, Copy, Default)]
pub(crate) enum Unknown {
    Ignore,
    #[default]
    Warn,
    Deny,
}

/// A value computed from the settings: a method, and a row in documents.
pub(crate) struct Derived {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) doc: String,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) expr: Expr,
}

/// A field of the struct.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) doc: String,
    pub(crate) kind: Kind,
    /// Whether nothing is wrong with its keys.
    pub(crate) is_sound: bool,
}

/// What a field is.
pub(crate) enum Kind {
    Leaf(Box<Leaf>),
    Group(Group),
    Skip,
}

/// A field that is a struct of settings.
pub(crate) struct Group {
    pub(crate) path: GroupPath,
    pub(crate) reload: Option<Ident>,
}

/// How a group stands in the path of its leaves.
pub(crate) enum GroupPath {
    /// By the name of its field.
    Field,
    Renamed(LitStr),
    /// Not at all, says this key.
    Flat(Ident),
}

/// A field that holds a value.
#[derive(Default)]
pub(crate) struct Leaf {
    pub(crate) rename: Option<LitStr>,
    pub(crate) env: Vec<LitStr>,
    pub(crate) aliases: Vec<Alias>,
    pub(crate) deprecated: Option<LitStr>,
    pub(crate) default: Option<LeafDefault>,
    pub(crate) parse_with: Option<ExprPath>,
    pub(crate) separator: Option<LitStr>,
    pub(crate) pattern: Option<PatternRule>,
    pub(crate) range: Option<Range>,
    pub(crate) length: Option<Length>,
    pub(crate) one_of: Option<OneOf>,
    pub(crate) validate: Option<ExprPath>,
    pub(crate) required_if: Option<RequiredIf>,
    pub(crate) example: Option<LitStr>,
    pub(crate) allow_empty: Option<Ident>,
    pub(crate) secret: Option<Ident>,
    pub(crate) unmasked: Option<Ident>,
    pub(crate) reload: Option<Ident>,
}

/// Another name of a leaf.
pub(crate) struct Alias {
    pub(crate) name: LitStr,
    pub(crate) deprecated: bool,
}

/// The value of a leaf that no source sets.
pub(crate) enum LeafDefault {
    /// `default = "text"`, read as if from the environment.
    Text(LitStr),
    /// `default = -1`: a literal that is not text.
    Literal(Literal),
    /// `default = EXPR` of the leaf's type.
    Expr(Expr),
    /// `default_with = PATH`.
    With(ExprPath),
}

/// A literal with its sign.
pub(crate) struct Literal {
    pub(crate) negative: bool,
    pub(crate) lit: Lit,
    pub(crate) expr: Expr,
}

/// `pattern = "re"`, sound by its syntax.
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
    /// As it was written, to underline and to quote.
    pub(crate) tokens: TokenStream,
}

/// A bound of a range: a number, or a duration in words.
pub(crate) struct Bound {
    pub(crate) number: Number,
    pub(crate) lit: Lit,
}

/// `length(2..=8)`, both ends included.
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

/// `required_if(environment = "production")`.
pub(crate) struct RequiredIf {
    pub(crate) key: Ident,
    pub(crate) leaf: Ident,
    pub(crate) text: LitStr,
}

impl Struct {
    /// The fields that hold a value.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = (&Field, &Leaf)> {
        self.fields.iter().filter_map(|field| match &field.kind {
            Kind::Leaf(leaf) => Some((field, &**leaf)),
            _ => None,
        })
    }

    /// Whether a name that is not found here may stand in a flattened group.
    pub(crate) fn has_flattened(&self) -> bool {
        self.fields.iter().any(|field| {
            matches!(&field.kind, Kind::Group(group) if matches!(group.path, GroupPath::Flat(_)))
        })
    }
}

impl Field {
    /// The name of the field in files, arguments and documents.
    pub(crate) fn key(&self) -> String {
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
