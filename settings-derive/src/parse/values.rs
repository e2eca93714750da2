//! Values of keys: text, lists, paths, flags.

use crate::model::Flag;
use proc_macro2::Span;
use std::fmt;
use syn::ext::IdentExt as _;
use syn::parse::{ParseBuffer, ParseStream};
use syn::{
    Error, ExprPath, Ident, LitBool, LitChar, LitStr, Result, Token, bracketed, parenthesized,
    token,
};

/// A key in an attribute.
pub(super) struct UsedKey {
    pub(super) ident: Ident,
    /// The key with an example of its value, for messages.
    pub(super) form: &'static str,
}

impl UsedKey {
    pub(super) fn span(&self) -> Span {
        self.ident.span()
    }
}

impl fmt::Display for UsedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ident.fmt(f)
    }
}

/// The message that a key has another form.
pub(super) fn expected(key: &UsedKey) -> String {
    format!("expected `{}`", key.form)
}

pub(super) fn equals(key: &UsedKey, input: ParseStream<'_>) -> Result<()> {
    if has_value(input) {
        return input.parse::<Token![=]>().map(drop);
    }
    Err(Error::new(key.span(), expected(key)))
}

fn has_value(input: ParseStream<'_>) -> bool {
    input.peek(Token![=]) && !input.peek(Token![==])
}

pub(super) fn arguments<'a>(key: &UsedKey, input: ParseStream<'a>) -> Result<ParseBuffer<'a>> {
    if !input.peek(token::Paren) {
        return Err(Error::new(key.span(), expected(key)));
    }
    let arguments;
    parenthesized!(arguments in input);
    Ok(arguments)
}

pub(super) fn end(key: &UsedKey, input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() {
        Ok(())
    } else {
        Err(input.error(expected(key)))
    }
}

/// A key without a value.
pub(super) fn flag(key: &UsedKey, input: ParseStream<'_>) -> Result<Ident> {
    if input.is_empty() || input.peek(Token![,]) {
        Ok(key.ident.clone())
    } else {
        Err(Error::new(key.span(), format!("`{key}` takes no value")))
    }
}

/// A key with the name of a field.
pub(super) fn field(key: &UsedKey, input: ParseStream<'_>) -> Result<Ident> {
    equals(key, input)?;
    input
        .call(Ident::parse_any)
        .map_err(|error| Error::new(error.span(), expected(key)))
}

/// A key without a value, or with `= false`.
pub(super) fn switch(key: &UsedKey, input: ParseStream<'_>) -> Result<Flag> {
    let mut flag = Flag {
        key: key.ident.clone(),
        is_on: true,
    };
    if has_value(input) {
        equals(key, input)?;
        flag.is_on = match input.parse::<LitBool>() {
            Ok(value) => value.value,
            Err(error) => {
                let message = format!("expected `{key}` or `{key} = false`");
                return Err(Error::new(error.span(), message));
            }
        };
    } else if !input.is_empty() && !input.peek(Token![,]) {
        let message = format!("expected `{key}` or `{key} = false`");
        return Err(Error::new(key.span(), message));
    }
    Ok(flag)
}

pub(super) fn text(key: &UsedKey, input: ParseStream<'_>) -> Result<LitStr> {
    equals(key, input)?;
    quoted(key, input)
}

/// A key with one character.
pub(super) fn letter(key: &UsedKey, input: ParseStream<'_>) -> Result<LitChar> {
    equals(key, input)?;
    let form = key.form;
    input
        .parse()
        .map_err(|error| Error::new(error.span(), format!("expected a letter, as in `{form}`")))
}

pub(super) fn quoted(key: &UsedKey, input: ParseStream<'_>) -> Result<LitStr> {
    if input.peek(LitStr) {
        return input.parse();
    }
    let form = key.form;
    Err(input.error(format!("expected a string literal, as in `{form}`")))
}

/// One text or a list of texts.
pub(super) fn texts(key: &UsedKey, input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    one_or_list(key, input, |input| quoted(key, input))
}

pub(super) fn one_or_list<T>(
    key: &UsedKey,
    input: ParseStream<'_>,
    one: impl Fn(ParseStream<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    equals(key, input)?;
    if !input.peek(token::Bracket) {
        return one(input).map(|one| vec![one]);
    }
    let list;
    let bracket = bracketed!(list in input);
    let items = separated(&list, one)?;
    if items.is_empty() {
        let message = format!("empty list; remove `{key}`");
        return Err(Error::new(bracket.span.join(), message));
    }
    Ok(items)
}

/// Items between commas.
pub(super) fn separated<T>(
    input: ParseStream<'_>,
    one: impl Fn(ParseStream<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        items.push(one(input)?);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(items)
}

/// A dotted key: `name`, `group.name` or a string literal.
pub(super) fn key_path(input: ParseStream<'_>) -> Result<LitStr> {
    if input.peek(LitStr) {
        return input.parse();
    }
    let first = input.call(Ident::parse_any)?;
    let mut name = first.unraw().to_string();
    while input.peek(Token![.]) {
        input.parse::<Token![.]>()?;
        name.push('.');
        name.push_str(&input.call(Ident::parse_any)?.unraw().to_string());
    }
    Ok(LitStr::new(&name, first.span()))
}

pub(super) fn path(key: &UsedKey, input: ParseStream<'_>) -> Result<ExprPath> {
    equals(key, input)?;
    if input.peek(LitStr) {
        return Err(input.error("expected a path to a function, without quotes"));
    }
    let path: ExprPath = input
        .parse()
        .map_err(|error| Error::new(error.span(), "expected a path to a function"))?;
    if input.peek(token::Paren) {
        return Err(input.error("expected a path to a function, not a call"));
    }
    Ok(path)
}
