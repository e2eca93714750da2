//! Reader of `#[settings(…)]`, one key at a time, which continues after an error.

use super::keys::{self, Key, Keys, Place, StructKeys};
use super::values::UsedKey;
use crate::errors::Errors;
use proc_macro2::TokenTree;
use settings_syntax::suggest::nearest;
use std::result;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Attribute, Error, Ident, Meta, Result, Token, token};

/// The keys of an item, in order, each with the place where it is allowed.
#[derive(Default)]
pub(super) struct Seen(Vec<(Ident, Place)>);

impl Seen {
    /// The first occurrence of a key.
    pub(super) fn get(&self, name: &str) -> Option<&Ident> {
        self.iter().map(|(key, _)| key).find(|key| *key == name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Ident, Place)> {
        self.0.iter()
    }
}

/// Reads the keys of all `#[settings(…)]` of an item.
pub(super) fn read<T: Keys + Default>(attrs: &[Attribute], errors: &Errors) -> (T, Seen) {
    let mut values = T::default();
    let mut seen = Seen::default();
    for attr in attrs {
        if !attr.path().is_ident("settings") {
            continue;
        }
        let Meta::List(list) = &attr.meta else {
            errors.at(attr, "expected `#[settings(…)]`");
            continue;
        };
        let mut is_valid = true;
        let outcome = list.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = read_key(input, &mut values, &mut seen) {
                    is_valid = false;
                    errors.push(error);
                    skip_to_next_key(input)?;
                }
            }
            Ok(())
        });
        // An error inside of brackets leaves tokens unread, which syn would report too.
        if let (true, Err(error)) = (is_valid, outcome) {
            errors.push(error);
        }
    }
    (values, seen)
}

fn read_key<T: Keys>(input: ParseStream<'_>, values: &mut T, seen: &mut Seen) -> Result<()> {
    let key = input.call(Ident::parse_any)?;
    let name = key.to_string();
    let known = known_key::<T>(&name).map_err(|message| Error::new(key.span(), message))?;
    if seen.get(&name).is_some() && !known.repeats {
        let message = match known.name {
            "env" | "alias" | "deprecated_alias" | "file" | "env_file" | "secrets_dir"
            | "ignore" => format!("duplicate key `{name}`; use a list: `{name} = [a, b]`"),
            _ => format!("duplicate key `{name}`"),
        };
        return Err(Error::new(key.span(), message));
    }
    seen.0.push((key.clone(), known.place));
    let key = UsedKey {
        ident: key,
        form: known.form,
    };
    (known.parse)(values, &key, input)?;
    if input.is_empty() {
        return Ok(());
    }
    if !input.peek(Token![,]) {
        return Err(input.error(format!("expected `,` after `{key}`")));
    }
    input.parse::<Token![,]>().map(drop)
}

/// Skips to the comma before the next key: a word that `=`, `(`, `,` or the end follows.
fn skip_to_next_key(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() {
        let is_comma = input.peek(Token![,]);
        input.parse::<TokenTree>()?;
        let next = input.fork();
        if is_comma
            && next.call(Ident::parse_any).is_ok()
            && (next.is_empty()
                || next.peek(Token![,])
                || next.peek(token::Paren)
                || next.peek(Token![=]) && !next.peek(Token![==]))
        {
            break;
        }
    }
    Ok(())
}

fn known_key<T: Keys>(name: &str) -> result::Result<&'static Key<T>, String> {
    let (elsewhere, place) = T::ELSEWHERE;
    let (here, elsewhere) = (keys::names::<T>(), elsewhere());
    if let Some(key) = keys::find(name) {
        return Ok(key);
    }
    if elsewhere.contains(&name) {
        return Err(format!("`{name}` belongs {place}"));
    }
    if keys::find::<StructKeys>(name).is_some() {
        return Err(format!("`{name}` belongs on the enum"));
    }
    let unknown = format!("unknown key `{name}`");
    match name {
        "required" => {
            return Err(format!(
                "{unknown}; a setting is required unless it has a default or is an `Option`"
            ));
        }
        "optional" => return Err(format!("{unknown}; use `Option<T>` as the type")),
        "unmasked" => return Err(format!("{unknown}; did you mean `secret = false`?")),
        _ => {}
    }
    let synonym = keys::SYNONYMS.iter().find(|(word, _)| *word == name);
    let meant = synonym
        .map(|(_, key)| *key)
        .or_else(|| nearest(name, here.iter().copied()))
        .or_else(|| nearest(name, elsewhere.iter().copied()));
    Err(match meant {
        Some(meant) if here.contains(&meant) => {
            format!("{unknown}; did you mean `{}`?", keys::form(meant))
        }
        Some(meant) => format!("{unknown}; did you mean `{meant}`, which belongs {place}?"),
        None => format!("{unknown}; the known keys are {}", here.join(", ")),
    })
}
