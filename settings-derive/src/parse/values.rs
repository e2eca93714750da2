//! How the value of a key is written: a text, a list, a path, nothing.

use super::keys;
use syn::parse::{ParseBuffer, ParseStream};
use syn::{Error, ExprPath, Ident, LitStr, Result, Token, bracketed, parenthesized, token};

/// The message that a key is written otherwise.
pub(super) fn expected(key: &Ident) -> String {
    format!("expected `{}`", form(key))
}

fn form(key: &Ident) -> &'static str {
    keys::find(&key.to_string()).map_or("", |key| key.form)
}

pub(super) fn equals(key: &Ident, input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![=]) && !input.peek(Token![==]) {
        return input.parse::<Token![=]>().map(drop);
    }
    Err(Error::new(key.span(), expected(key)))
}

pub(super) fn arguments<'a>(key: &Ident, input: ParseStream<'a>) -> Result<ParseBuffer<'a>> {
    if !input.peek(token::Paren) {
        return Err(Error::new(key.span(), expected(key)));
    }
    let arguments;
    parenthesized!(arguments in input);
    Ok(arguments)
}

pub(super) fn end(input: ParseStream<'_>, key: &Ident) -> Result<()> {
    if input.is_empty() {
        Ok(())
    } else {
        Err(input.error(expected(key)))
    }
}

pub(super) fn flag(key: &Ident, input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        Ok(())
    } else {
        Err(Error::new(key.span(), format!("`{key}` stands alone")))
    }
}

pub(super) fn text(key: &Ident, input: ParseStream<'_>) -> Result<LitStr> {
    equals(key, input)?;
    quoted(key, input)
}

pub(super) fn quoted(key: &Ident, input: ParseStream<'_>) -> Result<LitStr> {
    if input.peek(LitStr) {
        return input.parse();
    }
    Err(input.error(format!("expected a text in quotes, as in `{}`", form(key))))
}

/// One text or a list of them.
pub(super) fn texts(key: &Ident, input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    one_or_list(key, input, |input| quoted(key, input))
}

pub(super) fn one_or_list<T>(
    key: &Ident,
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
        let message = format!("an empty list says nothing; leave `{key}` out");
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

pub(super) fn path(key: &Ident, input: ParseStream<'_>) -> Result<ExprPath> {
    equals(key, input)?;
    if input.peek(LitStr) {
        return Err(input.error("expected the path of a function, without quotes"));
    }
    let path: ExprPath = input
        .parse()
        .map_err(|error| Error::new(error.span(), "expected the path of a function"))?;
    if input.peek(token::Paren) {
        return Err(input.error("expected the path of a function; it is not called here"));
    }
    Ok(path)
}
