//! Rules of a setting.

use super::values::{UsedKey, arguments, end, equals, expected, quoted, separated, text};
use crate::model::{Bound, Length, OneOf, PatternRule, Range, RequiredIf};
use crate::number::{Int, Number};
use crate::pattern::Pattern;
use proc_macro2::TokenStream;
use quote::ToTokens;
use settings_syntax::duration;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Ident, Lit, LitInt, LitStr, Result, Token};

pub(super) fn pattern(key: &UsedKey, input: ParseStream<'_>) -> Result<PatternRule> {
    let text = text(key, input)?;
    match Pattern::parse(&text.value()) {
        Ok(pattern) => Ok(PatternRule {
            key: key.ident.clone(),
            text,
            pattern,
        }),
        Err(reason) => Err(Error::new(
            text.span(),
            format!("invalid regular expression: {reason}"),
        )),
    }
}

pub(super) fn one_of(key: &UsedKey, input: ParseStream<'_>) -> Result<OneOf> {
    let words = arguments(key, input)?;
    let words = separated(&words, |input| quoted(key, input))?;
    if words.is_empty() {
        return Err(Error::new(
            key.span(),
            "expected at least one value, as in `one_of(\"a\", \"b\")`",
        ));
    }
    Ok(OneOf {
        key: key.ident.clone(),
        words,
    })
}

pub(super) fn required_if(key: &UsedKey, input: ParseStream<'_>) -> Result<RequiredIf> {
    let arguments = arguments(key, input)?;
    let (leaf, text) = condition(key, &arguments)?;
    let condition = arguments;
    if condition.peek(Token![,]) && !condition.peek2(Ident::peek_any) {
        condition.parse::<Token![,]>()?;
    }
    if !condition.is_empty() {
        return Err(condition.error("`required_if` takes one setting and its text"));
    }
    Ok(RequiredIf {
        key: key.ident.clone(),
        leaf,
        text,
    })
}

/// `setting = "text"`.
pub(super) fn condition(key: &UsedKey, input: ParseStream<'_>) -> Result<(Ident, LitStr)> {
    let leaf = input
        .call(Ident::parse_any)
        .map_err(|error| Error::new(error.span(), expected(key)))?;
    equals(key, input)?;
    if input.peek(Lit) && !input.peek(LitStr) {
        let literal: Lit = input.parse()?;
        let shown = literal.to_token_stream();
        return Err(Error::new(
            literal.span(),
            format!("expected a string literal: `\"{shown}\"`"),
        ));
    }
    Ok((leaf, quoted(key, input)?))
}

/// The bounds of `a..b`, `a..=b`, `a..`, `..b` or `..=b`.
struct Ends<T> {
    start: Option<T>,
    end: Option<T>,
    inclusive: bool,
}

fn ends<T>(
    key: &UsedKey,
    input: ParseStream<'_>,
    bound: impl Fn(ParseStream<'_>) -> Result<T>,
) -> Result<Ends<T>> {
    let is_dots = |input: ParseStream<'_>| input.peek(Token![..]) || input.peek(Token![..=]);
    let start = if is_dots(input) {
        None
    } else {
        Some(bound(input)?)
    };
    if !is_dots(input) {
        return Err(Error::new(key.span(), expected(key)));
    }
    let inclusive = input.peek(Token![..=]);
    if inclusive {
        input.parse::<Token![..=]>()?;
    } else {
        input.parse::<Token![..]>()?;
    }
    let end_bound = if input.is_empty() {
        None
    } else {
        Some(bound(input)?)
    };
    end(key, input)?;
    if (start.is_none() || inclusive) && end_bound.is_none() {
        return Err(Error::new(key.span(), expected(key)));
    }
    Ok(Ends {
        start,
        end: end_bound,
        inclusive,
    })
}

pub(super) fn range(key: &UsedKey, input: ParseStream<'_>) -> Result<Range> {
    let input = &arguments(key, input)?;
    let tokens: TokenStream = input.fork().parse()?;
    let Ends {
        start,
        end,
        inclusive,
    } = ends(key, input, bound)?;
    Ok(Range {
        key: key.ident.clone(),
        start,
        end,
        inclusive,
        tokens,
    })
}

fn bound(input: ParseStream<'_>) -> Result<Bound> {
    const EXPECTED: &str =
        "expected a literal of the setting's type, or text for a duration: `\"1s\"..=\"1h\"`";
    let span = input.span();
    let negative = input.parse::<Option<Token![-]>>()?.is_some();
    let lit: Lit = input.parse().map_err(|_| Error::new(span, EXPECTED))?;
    let number = match &lit {
        Lit::Int(int) => int
            .base10_parse()
            .map(|magnitude| Number::Int(Int::new(negative, magnitude)))
            .ok(),
        Lit::Float(float) => float
            .base10_parse()
            .ok()
            .filter(|float: &f64| float.is_finite())
            .map(|float| Number::Float(if negative { -float } else { float })),
        Lit::Str(text) if !negative => match duration::parse(&text.value()) {
            Some(duration) => Some(Number::Duration(duration)),
            None => {
                return Err(Error::new(
                    span,
                    "expected a duration such as `30s` or `1h 30m`; write numbers without quotes",
                ));
            }
        },
        _ => return Err(Error::new(span, EXPECTED)),
    };
    match number {
        Some(number) => Ok(Bound { number, lit }),
        None => Err(Error::new(span, "no number type can hold this value")),
    }
}

pub(super) fn length(key: &UsedKey, input: ParseStream<'_>) -> Result<Length> {
    let input = &arguments(key, input)?;
    let tokens: TokenStream = input.fork().parse()?;
    let count = |input: ParseStream<'_>| -> Result<usize> {
        let span = input.span();
        let lit: LitInt = input
            .parse()
            .map_err(|_| Error::new(span, "expected a whole number, as in `length(2..=8)`"))?;
        lit.base10_parse().map_err(|_| {
            Error::new(
                span,
                "expected a whole number from 0, as in `length(2..=8)`",
            )
        })
    };
    let fork = input.fork();
    if count(&fork).is_ok() && fork.is_empty() {
        let exact = count(input)?;
        return Ok(Length {
            key: key.ident.clone(),
            min: exact,
            max: Some(exact),
            tokens,
        });
    }
    let ends = ends(key, input, count)?;
    let max = match (ends.end, ends.inclusive) {
        (Some(0), false) => {
            return Err(Error::new_spanned(
                tokens,
                "this range is empty: no length is less than 0",
            ));
        }
        (Some(end), false) => Some(end - 1),
        (end, _) => end,
    };
    Ok(Length {
        key: key.ident.clone(),
        min: ends.start.unwrap_or(0),
        max,
        tokens,
    })
}
