//! Files and directories: a name, and words around it such as `required("name")`.

use super::values::{UsedKey, key_path, one_or_list, separated};
use crate::model::{FileName, SourceCondition};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitStr, Result, Token, bracketed, parenthesized, token};

/// A word around a file name.
struct Word {
    name: &'static str,
    /// The keys in which it is allowed; all of them if there is none.
    keys: &'static [&'static str],
    /// Its form, for messages.
    form: &'static str,
    /// Stores the word, and returns whether it was stored before.
    set: fn(&mut FileName, &Ident, ParseStream<'_>) -> Result<bool>,
}

const WORDS: &[Word] = &[
    Word {
        name: "required",
        keys: &[],
        form: r#"`required("name")`"#,
        set: |file, word, _| Ok(file.required.replace(word.clone()).is_some()),
    },
    Word {
        name: "optional",
        keys: &[],
        form: r#"`optional("name")`"#,
        set: |file, word, _| Ok(file.optional.replace(word.clone()).is_some()),
    },
    Word {
        name: "only",
        keys: &[],
        form: r#"`only(setting = "text", "name")`"#,
        set: |_, _, _| Ok(false),
    },
    Word {
        name: "dotenvy",
        keys: &["env_file"],
        form: r#"`dotenvy("name")`"#,
        set: |file, word, _| Ok(file.dotenvy.replace(word.clone()).is_some()),
    },
    format("toml", r#"`toml("name")`"#),
    format("yaml", r#"`yaml("name")`"#),
    format("json", r#"`json("name")`"#),
    Word {
        name: "interpolate",
        keys: &["file"],
        form: r#"`interpolate("name")`"#,
        set: |file, word, _| Ok(file.interpolate.replace(word.clone()).is_some()),
    },
    Word {
        name: "section",
        keys: &["file"],
        form: r#"`section("name", "table")`"#,
        set: |file, word, input| {
            let expected = r#"expected `section("name", "table")`"#;
            if input.parse::<Token![,]>().is_err() || !input.peek(LitStr) {
                return Err(Error::new(word.span(), expected));
            }
            let table = input.parse()?;
            Ok(file.section.replace((word.clone(), table)).is_some())
        },
    },
];

const fn format(name: &'static str, form: &'static str) -> Word {
    Word {
        name,
        keys: &["file"],
        form,
        set: |file, word, _| match file.format.replace(word.clone()) {
            Some(other) if other != *word => Err(Error::new(word.span(), "a file has one format")),
            other => Ok(other.is_some()),
        },
    }
}

/// One file name or a list.
pub(super) fn files(key: &UsedKey, input: ParseStream<'_>) -> Result<Vec<FileName>> {
    one_or_list(key, input, |input| file_name(key, input))
}

/// `"name"`, or a word around another of these: `required(section("name", "table"))`.
fn file_name(key: &UsedKey, input: ParseStream<'_>) -> Result<FileName> {
    if input.peek(LitStr) {
        return Ok(FileName {
            name: input.parse()?,
            required: None,
            dotenvy: None,
            format: None,
            section: None,
            interpolate: None,
            optional: None,
            only: None,
        });
    }
    let expected = || format!("expected {}", forms(key));
    let ident: Ident = input
        .call(Ident::parse_any)
        .map_err(|error| Error::new(error.span(), expected()))?;
    let Some(word) = WORDS.iter().find(|word| ident == word.name) else {
        return Err(Error::new(ident.span(), expected()));
    };
    if !input.peek(token::Paren) {
        return Err(Error::new(ident.span(), expected()));
    }
    if !word.is_allowed_in(key) {
        let message = format!(
            "`{ident}` is only allowed in `{}`",
            word.keys.join("` and `")
        );
        return Err(Error::new(ident.span(), message));
    }
    let inner;
    parenthesized!(inner in input);
    let only = match word.name {
        "only" => Some(condition(&ident, &inner)?),
        _ => None,
    };
    let mut name = file_name(key, &inner)?;
    let is_duplicate = match only {
        Some(only) => name.only.replace(only).is_some(),
        None => (word.set)(&mut name, &ident, &inner)?,
    };
    inner.parse::<Option<Token![,]>>()?;
    if !inner.is_empty() {
        return Err(inner.error("expected one file name"));
    }
    if is_duplicate {
        return Err(Error::new(ident.span(), format!("duplicate `{ident}`")));
    }
    Ok(name)
}

/// `setting = "text",` or `setting = ["a", "b"],` at the start of `only(…)`.
fn condition(word: &Ident, input: ParseStream<'_>) -> Result<SourceCondition> {
    let expected = |_| {
        let message = r#"expected `only(setting = "text", "name")`, or a list of texts"#;
        Error::new(word.span(), message)
    };
    let setting = key_path(input).map_err(expected)?;
    input.parse::<Token![=]>().map_err(expected)?;
    let texts = if input.peek(token::Bracket) {
        let list;
        bracketed!(list in input);
        separated(&list, <LitStr as Parse>::parse).map_err(expected)?
    } else {
        vec![input.parse::<LitStr>().map_err(expected)?]
    };
    input.parse::<Token![,]>().map_err(expected)?;
    Ok(SourceCondition { setting, texts })
}

impl Word {
    fn is_allowed_in(&self, key: &UsedKey) -> bool {
        self.keys.is_empty() || self.keys.iter().any(|allowed| key.ident == allowed)
    }
}

/// The forms of a file name that a key allows.
fn forms(key: &UsedKey) -> String {
    let words = WORDS.iter().filter(|word| word.is_allowed_in(key));
    let mut forms: Vec<&str> = vec![r#"`"name"`"#];
    forms.extend(words.map(|word| word.form));
    let last = forms.pop().unwrap_or_default();
    format!("{} or {last}", forms.join(", "))
}
