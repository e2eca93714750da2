//! Paths to the settings that the expression of a derived property mentions.

use crate::model::{Derived, Kind, Struct};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens as _;
use std::iter::Peekable;
use syn::ext::IdentExt as _;

/// The paths that begin with `self` in the expression at this index, without repetition. A method call ends a path, so
/// a bare `self` and a method of the struct give an empty path, which mentions every setting of the struct.
pub(super) fn mentions(input: &Struct, at: usize) -> Vec<Vec<String>> {
    let mut mentions = Mentions {
        input,
        paths: Vec::new(),
        visited: Vec::new(),
    };
    mentions.property(at);
    mentions.paths.sort_unstable();
    mentions.paths.dedup();
    mentions.paths
}

struct Mentions<'a> {
    input: &'a Struct,
    paths: Vec<Vec<String>>,
    /// Properties whose expressions were searched.
    visited: Vec<usize>,
}

impl Mentions<'_> {
    fn property(&mut self, at: usize) {
        if !self.visited.contains(&at) {
            self.visited.push(at);
            self.tokens(self.input.derived[at].expr.to_token_stream());
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(ident) if ident == "self" => self.path(&mut tokens),
                // `format!("{self:?}")`
                TokenTree::Literal(literal) if literal.to_string().contains("{self") => {
                    self.paths.push(Vec::new());
                }
                _ => {}
            }
        }
    }

    /// The path after a `self`.
    fn path(&mut self, tokens: &mut Peekable<impl Iterator<Item = TokenTree>>) {
        let mut path: Vec<String> = Vec::new();
        while tokens.next_if(is_dot).is_some() {
            let Some(TokenTree::Ident(name)) =
                tokens.next_if(|token| matches!(token, TokenTree::Ident(_)))
            else {
                break;
            };
            if tokens.peek().is_some_and(begins_call) {
                let called = |row: &Derived| path.is_empty() && row.ident.unraw() == name.unraw();
                match self.input.derived.iter().position(called) {
                    // A bool does not reveal what it was computed from.
                    Some(at) if is_bool(&self.input.derived[at]) => return,
                    Some(at) => return self.property(at),
                    None => break,
                }
            }
            path.push(name.to_string());
        }
        if !self.is_skipped(&path) {
            self.paths.push(path);
        }
    }

    /// Whether a path begins at a field that is no setting.
    fn is_skipped(&self, path: &[String]) -> bool {
        let skipped = self.input.fields.iter();
        let mut skipped = skipped.filter(|field| matches!(field.kind, Kind::Skip));
        path.first()
            .is_some_and(|name| skipped.any(|field| field.ident == name))
    }
}

fn is_dot(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '.')
}

/// Whether a name before this token is a method: `(`, or `::` of its type arguments.
fn begins_call(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Parenthesis,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    }
}

fn is_bool(row: &Derived) -> bool {
    matches!(&row.ty, syn::Type::Path(ty) if ty.path.is_ident("bool"))
}
