//! Doc comments and `#[doc = …]`.

use crate::model::Doc;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Reads the documentation of an item, without the space at the start of each line.
pub(super) fn doc(attrs: &[Attribute]) -> Doc {
    let mut doc = Doc::default();
    for attr in attrs {
        if let Meta::NameValue(meta) = &attr.meta
            && meta.path.is_ident("doc")
        {
            match &meta.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => doc.push_text(&without_margin(&text.value())),
                // Such as `concat!(…)` and `include_str!(…)`.
                Expr::Macro(call) => doc.push_macro(call.clone()),
                _ => {}
            }
        }
    }
    doc
}

/// Whether an item has `#[doc(hidden)]`.
pub(super) fn is_hidden(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let Meta::List(list) = &attr.meta else {
            return false;
        };
        let mut words = list.tokens.clone().into_iter();
        list.path.is_ident("doc") && words.any(|word| word.to_string() == "hidden")
    })
}

fn without_margin(text: &str) -> String {
    let has_stars = has_margin_of_stars(text);
    let lines = text.split('\n').enumerate().map(|(at, line)| {
        let line = match line.trim_start().strip_prefix('*') {
            Some(rest) if has_stars && at > 0 => rest,
            _ => line,
        };
        line.strip_prefix(' ').unwrap_or(line).trim_end()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether this is a comment between `/**` and `*/` whose lines begin with ` *`.
fn has_margin_of_stars(text: &str) -> bool {
    let mut lines = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let has_star = |line: &str| line.starts_with([' ', '\t']) && line.trim_start().starts_with('*');
    lines.clone().next().is_some() && lines.all(has_star)
}
