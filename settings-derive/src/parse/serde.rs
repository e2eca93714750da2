//! serde attributes on a settings struct, which would have no effect.

use crate::errors::Errors;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, ExprLit, Lit, Result, Token, token};

/// The item that carries an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Struct,
    Enum,
    Variant,
    Field,
}

/// Reports each serde attribute that changes how a type is read. `whole` is the kind of the type: struct or enum.
pub(super) fn refuse(attrs: &[Attribute], item: Item, whole: &str, errors: &Errors) {
    for attr in attrs {
        if !attr.path().is_ident("serde") {
            continue;
        }
        // serde's own derive reports malformed attributes.
        let _ = attr.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string);
            let (is_read, value) = value(&meta)?;
            let instead = name.filter(|_| is_read).and_then(|name| {
                let value = value.unwrap_or_else(|| "…".to_owned());
                instead(&name, &value, item)
            });
            if let Some(instead) = instead {
                errors.at(
                    &meta.path,
                    format!(
                        "this serde attribute has no effect on settings; {instead}, or allow serde \
                         attributes by `#[settings(serde = \"ignore\")]` on the {whole}"
                    ),
                );
            }
            Ok(())
        });
    }
}

/// The value of an attribute, and whether the attribute concerns reading: `rename(serialize = "x")` does not.
fn value(meta: &ParseNestedMeta<'_>) -> Result<(bool, Option<String>)> {
    if meta.input.peek(token::Paren) {
        let (mut is_read, mut text) = (false, None);
        meta.parse_nested_meta(|inner| {
            let (_, inner_value) = value(&inner)?;
            if inner.path.is_ident("deserialize") {
                is_read = true;
                text = inner_value;
            }
            Ok(())
        })?;
        return Ok((is_read, text));
    }
    if !meta.input.peek(Token![=]) {
        return Ok((true, None));
    }
    let text = match meta.value()?.parse()? {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    };
    Ok((true, text))
}

/// The advice for an attribute, or `None` if it does not change how a type is read.
fn instead(name: &str, value: &str, item: Item) -> Option<String> {
    let key = match (item, name) {
        (Item::Enum, "tag") => format!("tag = \"{value}\""),
        (Item::Enum, "rename_all") => {
            return Some("write `#[settings(rename = \"…\")]` on the variants".to_owned());
        }
        (
            Item::Enum,
            "rename_all_fields" | "default" | "from" | "try_from" | "content" | "untagged"
            | "remote",
        )
        | (
            Item::Variant,
            "rename_all" | "skip" | "skip_deserializing" | "other" | "untagged" | "with"
            | "deserialize_with",
        )
        | (
            Item::Struct,
            "from" | "try_from" | "transparent" | "tag" | "content" | "untagged" | "remote",
        ) => return Some("remove it".to_owned()),
        (Item::Enum, name) => return instead(name, value, Item::Struct),
        (Item::Struct, "rename_all") => {
            return Some("write `#[settings(rename = \"…\")]` on the fields".to_owned());
        }
        (Item::Struct, "default") => {
            return Some("write `#[settings(default = …)]` on the fields".to_owned());
        }
        (Item::Struct, "deny_unknown_fields") => {
            return Some(
                "write `#[settings(unknown = \"deny\")]` on the struct that is loaded".to_owned(),
            );
        }
        (Item::Field | Item::Variant, "rename") => format!("rename = \"{value}\""),
        (Item::Field | Item::Variant, "alias") => format!("alias = \"{value}\""),
        (Item::Field, "default") if value == "…" => "default_with = Default::default".to_owned(),
        (Item::Field, "default") => format!("default_with = {value}"),
        (Item::Field, "deserialize_with") => format!("deserialize_with = {value}"),
        (Item::Field, "with") => format!("deserialize_with = {value}::deserialize"),
        (Item::Field, "flatten") => "flatten".to_owned(),
        (Item::Field, "skip" | "skip_deserializing") => "skip".to_owned(),
        _ => return None,
    };
    Some(format!("write `#[settings({key})]` instead"))
}
