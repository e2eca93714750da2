//! Rules across the fields of a struct.

use super::values::{UsedKey, arguments, expected, separated};
use crate::model::{GroupRule, GroupRuleKind};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Ident, Result, Token, bracketed, token};

pub(super) fn exactly_one_of(key: &UsedKey, input: ParseStream<'_>) -> Result<Option<GroupRule>> {
    one_of_several(key, input, GroupRuleKind::ExactlyOneOf)
}

pub(super) fn at_most_one_of(key: &UsedKey, input: ParseStream<'_>) -> Result<Option<GroupRule>> {
    one_of_several(key, input, GroupRuleKind::AtMostOneOf)
}

pub(super) fn at_least_one_of(key: &UsedKey, input: ParseStream<'_>) -> Result<Option<GroupRule>> {
    one_of_several(key, input, GroupRuleKind::AtLeastOneOf)
}

fn one_of_several(
    key: &UsedKey,
    input: ParseStream<'_>,
    kind: GroupRuleKind,
) -> Result<Option<GroupRule>> {
    let names = arguments(key, input)?;
    let names = separated(&names, |input| name(key, input))?;
    if names.len() < 2 {
        return Err(Error::new(key.span(), expected(key)));
    }
    Ok(Some(GroupRule { kind, names }))
}

/// `required_with(a => b, c => [d, e])`: one rule for each setting that is required.
pub(super) fn required_with(key: &UsedKey, input: ParseStream<'_>) -> Result<Vec<GroupRule>> {
    let pairs = arguments(key, input)?;
    let rules = separated(&pairs, |input| {
        let with = name(key, input)?;
        if !input.peek(Token![=>]) {
            return Err(Error::new(with.span(), expected(key)));
        }
        input.parse::<Token![=>]>()?;
        let required = if input.peek(token::Bracket) {
            let list;
            bracketed!(list in input);
            separated(&list, |input| name(key, input))?
        } else {
            vec![name(key, input)?]
        };
        let rules = required.into_iter().map(move |required| GroupRule {
            kind: GroupRuleKind::RequiredWith,
            names: vec![with.clone(), required],
        });
        Ok(rules.collect::<Vec<_>>())
    })?;
    let rules: Vec<GroupRule> = rules.into_iter().flatten().collect();
    if rules.is_empty() {
        return Err(Error::new(key.span(), expected(key)));
    }
    Ok(rules)
}

fn name(key: &UsedKey, input: ParseStream<'_>) -> Result<Ident> {
    input
        .call(Ident::parse_any)
        .map_err(|error| Error::new(error.span(), expected(key)))
}
