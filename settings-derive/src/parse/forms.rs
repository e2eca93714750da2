//! Values of single keys: policies, derived properties, defaults, aliases.

use super::doc::doc;
use super::rules::condition;
use super::values::{
    UsedKey, arguments, equals, expected, key_path, quoted, separated, text, texts,
};
use crate::model::{
    Alias, DefaultFrom, DefaultIf, Derived, GroupDefaults, LeafDefault, Literal, Merge, MergeRule,
    Removed, Unknown,
};
use settings_syntax::suggest::nearest;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Error, Expr, ExprLit, ExprUnary, Ident, Lit, LitStr, Result, Token, UnOp,
    parenthesized, token,
};

pub(super) fn unknown(key: &UsedKey, input: ParseStream<'_>) -> Result<Unknown> {
    const WORDS: [&str; 3] = ["ignore", "warn", "deny"];
    let word = text(key, input)?;
    match word.value().as_str() {
        "ignore" => Ok(Unknown::Ignore),
        "warn" => Ok(Unknown::Warn),
        "deny" => Ok(Unknown::Deny),
        other => Err(Error::new(
            word.span(),
            match nearest(other, WORDS) {
                Some(meant) => format!("unknown policy; did you mean `\"{meant}\"`?"),
                None => r#"unknown policy; expected `"ignore"`, `"warn"` or `"deny"`"#.to_owned(),
            },
        )),
    }
}

/// `merge = "append"`.
pub(super) fn merge(key: &UsedKey, input: ParseStream<'_>) -> Result<MergeRule> {
    let word = text(key, input)?;
    let how = match word.value().as_str() {
        "replace" => Merge::Replace,
        "append" => Merge::Append,
        "keys" => Merge::Keys,
        _ => {
            return Err(Error::new(
                word.span(),
                r#"expected `"append"`, `"keys"` or `"replace"`"#,
            ));
        }
    };
    let key = key.ident.clone();
    Ok(MergeRule { key, how })
}

/// `nesting = "__"`.
pub(super) fn nesting(key: &UsedKey, input: ParseStream<'_>) -> Result<LitStr> {
    let word = text(key, input)?;
    match word.value().as_str() {
        "_" | "__" => Ok(word),
        _ => Err(Error::new(word.span(), r#"expected `"_"` or `"__"`"#)),
    }
}

/// Kinds of sources, with the names of their layers.
const SOURCES: [(&str, &str); 8] = [
    ("env", "Environment"),
    ("env_file", "EnvFile"),
    ("secrets_dir", "SecretsDir"),
    ("store", "Store"),
    ("file", "File"),
    ("provider", "Provider"),
    ("args", "Argument"),
    ("set", "Set"),
];

/// `secrets_from("env", "secrets_dir")`.
pub(super) fn secrets_from(key: &UsedKey, input: ParseStream<'_>) -> Result<Vec<&'static str>> {
    let kinds = arguments(key, input)?;
    let kinds = separated(&kinds, |input| {
        let kind = quoted(key, input)?;
        let text = kind.value();
        if let Some((_, layer)) = SOURCES.iter().find(|(name, _)| *name == text) {
            return Ok(*layer);
        }
        let names = SOURCES.map(|(name, _)| name);
        Err(Error::new(
            kind.span(),
            match nearest(&text, names) {
                Some(meant) => format!("unknown kind of source; did you mean `\"{meant}\"`?"),
                None => format!("unknown kind of source; the kinds are {}", names.join(", ")),
            },
        ))
    })?;
    if kinds.is_empty() {
        return Err(Error::new(key.span(), expected(key)));
    }
    Ok(kinds)
}

/// The variables of a setting.
pub(super) struct EnvNames {
    pub(super) names: Vec<LitStr>,
    /// The word `shared`, if other settings may read them too.
    pub(super) shared: Option<Ident>,
}

/// `env = "NAME"`, `env = ["NAME", "OTHER"]`, or `env = shared("NAME")`.
pub(super) fn env_names(key: &UsedKey, input: ParseStream<'_>) -> Result<EnvNames> {
    let value = input.fork();
    value.parse::<Option<Token![=]>>()?;
    let is_shared = value.parse::<Ident>().is_ok_and(|word| word == "shared");
    if !is_shared || !value.peek(token::Paren) {
        let names = texts(key, input)?;
        return Ok(EnvNames {
            names,
            shared: None,
        });
    }
    equals(key, input)?;
    let word: Ident = input.parse()?;
    let inner;
    parenthesized!(inner in input);
    let names = separated(&inner, |input| quoted(key, input))?;
    if names.is_empty() {
        return Err(Error::new(word.span(), r#"expected `shared("NAME")`"#));
    }
    Ok(EnvNames {
        names,
        shared: Some(word),
    })
}

/// `serde = "ignore"`.
pub(super) fn serde_policy(key: &UsedKey, input: ParseStream<'_>) -> Result<Ident> {
    let word = text(key, input)?;
    if word.value() == "ignore" {
        Ok(key.ident.clone())
    } else {
        Err(Error::new(word.span(), expected(key)))
    }
}

/// `removed(name = "why", …)`. A name is also `group.name` or a string literal.
pub(super) fn removed(key: &UsedKey, input: ParseStream<'_>) -> Result<Vec<Removed>> {
    let names = arguments(key, input)?;
    let names = separated(&names, |input| {
        let name = key_path(input).map_err(|error| Error::new(error.span(), expected(key)))?;
        equals(key, input)?;
        let reason = quoted(key, input)?;
        Ok(Removed { name, reason })
    })?;
    if names.is_empty() {
        return Err(Error::new(key.span(), expected(key)));
    }
    Ok(names)
}

pub(super) fn derived_rows(key: &UsedKey, input: ParseStream<'_>) -> Result<Vec<Derived>> {
    let rows = arguments(key, input)?;
    let rows = separated(&rows, derived_row)?;
    if rows.is_empty() {
        return Err(Error::new(key.span(), expected(key)));
    }
    Ok(rows)
}

fn derived_row(input: ParseStream<'_>) -> Result<Derived> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis = input.parse()?;
    let ident = input.parse()?;
    input.parse::<Token![:]>()?;
    let ty = input.parse()?;
    input.parse::<Token![=]>()?;
    let expr = input.parse()?;
    Ok(Derived {
        doc: doc(&attrs),
        attrs,
        vis,
        ident,
        ty,
        expr,
    })
}

/// `default_from(a, b) = EXPR`.
pub(super) fn default_from(key: &UsedKey, input: ParseStream<'_>) -> Result<DefaultFrom> {
    let names = arguments(key, input)?;
    let inputs = separated(&names, |input| {
        input
            .call(Ident::parse_any)
            .map_err(|error| Error::new(error.span(), expected(key)))
    })?;
    if inputs.is_empty() {
        return Err(Error::new(key.span(), expected(key)));
    }
    equals(key, input)?;
    Ok(DefaultFrom {
        key: key.ident.clone(),
        inputs,
        expr: input.parse()?,
    })
}

pub(super) fn default_value(key: &UsedKey, input: ParseStream<'_>) -> Result<LeafDefault> {
    if !input.peek(Token![=]) {
        return Err(Error::new(
            key.span(),
            "expected `default = value`, or `default_with = Default::default` for the default of \
             the type",
        ));
    }
    equals(key, input)?;
    Ok(value(input.parse()?))
}

/// `default_if(environment = "production", VALUE)`.
pub(super) fn default_if(key: &UsedKey, input: ParseStream<'_>) -> Result<Option<DefaultIf>> {
    let arguments = arguments(key, input)?;
    let (leaf, text) = condition(key, &arguments)?;
    if !arguments.peek(Token![,]) {
        return Err(Error::new(key.span(), expected(key)));
    }
    arguments.parse::<Token![,]>()?;
    if arguments.is_empty() {
        return Err(Error::new(key.span(), expected(key)));
    }
    let default = value(arguments.parse()?);
    arguments.parse::<Option<Token![,]>>()?;
    if !arguments.is_empty() {
        return Err(
            arguments.error("`default_if` takes one condition and its value; repeat it for others")
        );
    }
    Ok(Some(DefaultIf {
        key: key.ident.clone(),
        leaf,
        text,
        value: default,
    }))
}

/// `defaults(rate = 10, burst = 20)`.
pub(super) fn group_defaults(key: &UsedKey, input: ParseStream<'_>) -> Result<GroupDefaults> {
    let arguments = arguments(key, input)?;
    let each = separated(&arguments, |input| {
        let name: Ident = input
            .call(Ident::parse_any)
            .map_err(|error| Error::new(error.span(), expected(key)))?;
        equals(key, input)?;
        Ok((name, with_list(value(input.parse()?))))
    })?;
    if each.is_empty() {
        return Err(Error::new(key.span(), expected(key)));
    }
    let mut errors: Option<Error> = None;
    for (at, (name, _)) in each.iter().enumerate() {
        if each[..at].iter().any(|(earlier, _)| earlier == name) {
            let error = Error::new(name.span(), format!("`{name}` already has a default here"));
            match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            }
        }
    }
    match errors {
        Some(errors) => Err(errors),
        None => Ok(GroupDefaults {
            key: key.ident.clone(),
            each,
        }),
    }
}

fn value(expr: Expr) -> LeafDefault {
    match literal(&expr) {
        Some((Lit::Str(text), false)) => LeafDefault::Text(text),
        Some((lit @ (Lit::Int(_) | Lit::Float(_) | Lit::Bool(_) | Lit::Char(_)), negative)) => {
            LeafDefault::Literal(Literal {
                negative,
                lit,
                expr,
            })
        }
        _ => LeafDefault::Expr(expr),
    }
}

/// An array of literals is the text of a list.
pub(super) fn with_list(default: LeafDefault) -> LeafDefault {
    match default {
        LeafDefault::Expr(expr) => match list_text(&expr) {
            Some(text) => LeafDefault::Text(LitStr::new(&text, expr.span())),
            None => LeafDefault::Expr(expr),
        },
        default => default,
    }
}

/// The JSON of an array of literals: `["a", "b"]`, `[80, 443]`, `[]`.
fn list_text(expr: &Expr) -> Option<String> {
    let element = |expr: &Expr| match literal(expr) {
        Some((Lit::Str(text), false)) => Some(json_string(&text.value())),
        Some((Lit::Char(text), false)) => Some(json_string(&text.value().to_string())),
        Some((Lit::Bool(value), false)) => Some(value.value.to_string()),
        Some((Lit::Int(number), negative)) => Some(signed(number.base10_digits(), negative)),
        Some((Lit::Float(number), negative)) => Some(signed(number.base10_digits(), negative)),
        _ => list_text(expr),
    };
    match expr {
        Expr::Group(group) => list_text(&group.expr),
        Expr::Array(array) => {
            let elements: Option<Vec<String>> = array.elems.iter().map(element).collect();
            Some(format!("[{}]", elements?.join(",")))
        }
        _ => None,
    }
}

fn signed(digits: &str, negative: bool) -> String {
    let sign = if negative { "-" } else { "" };
    // `1.` is no number of JSON.
    let fraction = if digits.ends_with('.') { "0" } else { "" };
    format!("{sign}{digits}{fraction}")
}

fn json_string(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            control if control.is_control() => {
                let escape = format!("\\u{:04x}", u32::from(control));
                json.push_str(&escape);
            }
            other => json.push(other),
        }
    }
    json.push('"');
    json
}

/// A literal, and whether it is negated.
fn literal(expr: &Expr) -> Option<(Lit, bool)> {
    match expr {
        Expr::Group(group) => literal(&group.expr),
        Expr::Lit(ExprLit { lit, .. }) => Some((lit.clone(), false)),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => match literal(expr)? {
            (lit @ (Lit::Int(_) | Lit::Float(_)), false) => Some((lit, true)),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn aliases(key: &UsedKey, input: ParseStream<'_>) -> Result<Vec<Alias>> {
    let alias = |name| Alias {
        name,
        deprecated: false,
    };
    Ok(texts(key, input)?.into_iter().map(alias).collect())
}
