//! Reads `#[settings(…)]` key by key, and goes on after a mistake.

use super::keys::{self, ELSEWHERE, KEYS, Key, Place};
use crate::errors::Errors;
use proc_macro2::TokenTree;
use settings_syntax::suggest::nearest;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Attribute, Error, Ident, Meta, Result, Token};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Struct,
    Field,
}

/// The keys seen so far.
#[derive(Default)]
pub(super) struct Keys(pub(super) Vec<Ident>);

impl Keys {
    pub(super) fn get(&self, name: &str) -> Option<&Ident> {
        self.0.iter().find(|key| *key == name)
    }

    /// Puts an error under every key whose place is not one that `fits`.
    pub(super) fn refuse(
        &self,
        errors: &Errors,
        fits: impl Fn(Place) -> bool,
        message: impl Fn(&Ident) -> String,
    ) {
        for key in &self.0 {
            if keys::find(&key.to_string()).is_some_and(|known| !fits(known.place)) {
                errors.at(key, message(key));
            }
        }
    }
}

/// Reads the keys of all `#[settings(…)]`, each by itself: a mistake in one hides none in the next.
pub(super) fn each_key(
    attrs: &[Attribute],
    on: On,
    seen: &mut Keys,
    errors: &Errors,
    mut read: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) {
    for attr in attrs {
        if !attr.path().is_ident("settings") {
            continue;
        }
        let Meta::List(list) = &attr.meta else {
            errors.at(attr, "expected `#[settings(…)]`");
            continue;
        };
        let mut is_sound = true;
        let outcome = list.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = one_key(input, on, seen, &mut read) {
                    is_sound = false;
                    errors.push(error);
                    skip_to_next_key(input)?;
                }
            }
            Ok(())
        });
        // What a mistake leaves unread is no second mistake.
        if let (true, Err(error)) = (is_sound, outcome) {
            errors.push(error);
        }
    }
}

fn one_key(
    input: ParseStream<'_>,
    on: On,
    seen: &mut Keys,
    read: &mut impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    let key = input.call(Ident::parse_any)?;
    let name = key.to_string();
    let known = known_key(&name, on).map_err(|message| Error::new(key.span(), message))?;
    if seen.get(&name).is_some() {
        let message = match known.name {
            "env" | "alias" | "deprecated_alias" | "file" | "env_file" | "secrets_dir"
            | "foreign" => {
                format!("`{name}` is given twice; put all in one list: `{name} = [a, b]`")
            }
            _ => format!("`{name}` is given twice"),
        };
        return Err(Error::new(key.span(), message));
    }
    seen.0.push(key.clone());
    read(&key, input)?;
    if input.is_empty() {
        return Ok(());
    }
    if !input.peek(Token![,]) {
        return Err(input.error(format!("expected `,` after `{key}`")));
    }
    input.parse::<Token![,]>().map(drop)
}

/// After a mistake: goes on behind the next comma that a known key follows.
fn skip_to_next_key(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() {
        let is_comma = input.peek(Token![,]);
        input.parse::<TokenTree>()?;
        let fork = input.fork();
        let next = fork.call(Ident::parse_any);
        if is_comma && next.is_ok_and(|next| keys::find(&next.to_string()).is_some()) {
            break;
        }
    }
    Ok(())
}

fn known_key(name: &str, on: On) -> std::result::Result<&'static Key, String> {
    let here = |key: &&Key| match on {
        On::Struct => key.place.is_on_struct(),
        On::Field => key.place.is_on_field(),
    };
    match keys::find(name) {
        Some(key) if here(&key) => return Ok(key),
        Some(_) if on == On::Field => return Err(format!("`{name}` belongs on the struct")),
        Some(_) => return Err(format!("`{name}` belongs on a field")),
        None => {}
    }
    match name {
        "required" => {
            return Err(
                "unknown key `required`; a leaf without a default that is no `Option` is required"
                    .to_owned(),
            );
        }
        "optional" => {
            return Err("unknown key `optional`; make the type an `Option`".to_owned());
        }
        _ => {}
    }
    let meant = match ELSEWHERE.iter().find(|(word, _)| *word == name) {
        Some((_, key)) => Some(*key),
        None => nearest(name, KEYS.iter().filter(here).map(|key| key.name))
            .or_else(|| nearest(name, KEYS.iter().map(|key| key.name))),
    };
    Err(match meant.and_then(keys::find) {
        Some(key) if here(&key) => {
            format!("unknown key `{name}`; did you mean `{}`?", key.form)
        }
        Some(key) if on == On::Field => format!(
            "unknown key `{name}`; did you mean `{}`? It belongs on the struct",
            key.name
        ),
        Some(key) => format!(
            "unknown key `{name}`; did you mean `{}`? It belongs on a field",
            key.name
        ),
        None => {
            let known: Vec<&str> = KEYS.iter().filter(here).map(|key| key.name).collect();
            format!("unknown key `{name}`; known are {}", known.join(", "))
        }
    })
}
