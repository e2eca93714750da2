//! Formatting of tokens as code, for documents and messages.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// The text of a type or an expression: `Option<Vec<u8>>`, not `Option < Vec < u8 > >`.
pub(crate) fn written(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut operator = String::new();
    for token in tokens {
        if !operator.is_empty() && !matches!(token, TokenTree::Punct(_)) {
            write_operator(&operator, text);
            operator.clear();
        }
        match token {
            TokenTree::Punct(punct) => {
                operator.push(punct.as_char());
                if punct.spacing() == Spacing::Alone {
                    write_operator(&operator, text);
                    operator.clear();
                }
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => (" { ", " }"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            word => {
                if text.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"')) {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
            }
        }
    }
    write_operator(&operator, text);
}

fn write_operator(operator: &str, text: &mut String) {
    let follows_value = text.ends_with(|c: char| c.is_alphanumeric() || "_)]\"".contains(c));
    match operator {
        "," | ";" => {
            text.push_str(operator);
            text.push(' ');
        }
        "=" | "+" | "/" | "%" | "^" | "==" | "!=" | "<=" | ">=" | "&&" | "||" | "->" | "=>"
        | "<<" => {
            text.push(' ');
            text.push_str(operator);
            text.push(' ');
        }
        "-" | "*" | "&" if follows_value => {
            text.push(' ');
            text.push_str(operator);
            text.push(' ');
        }
        _ => text.push_str(operator),
    }
}

#[cfg(test)]
mod tests {
    use super::written;
    use syn::{Expr, Type, parse_quote};

    #[test]
    fn types_read_as_they_were_written() {
        for (ty, text) in [
            (parse_quote!(Option<Vec<u8>>), "Option<Vec<u8>>"),
            (
                parse_quote!(std::collections::HashMap<String, url::Url>),
                "std::collections::HashMap<String, url::Url>",
            ),
            (
                parse_quote!(Box<dyn Fn(&'static str) -> [u8; 4] + Send>),
                "Box<dyn Fn(&'static str) -> [u8; 4] + Send>",
            ),
        ] as [(Type, &str); 3]
        {
            assert_eq!(written(&ty), text);
        }
    }

    #[test]
    fn expressions_read_as_they_were_written() {
        for (expr, text) in [
            (parse_quote!(-1.5), "-1.5"),
            (parse_quote!(Level::Info), "Level::Info"),
            (parse_quote!(vec![1, 2 * 3]), "vec![1, 2 * 3]"),
            (
                parse_quote!(Duration::from_secs(60 * 60)),
                "Duration::from_secs(60 * 60)",
            ),
            (parse_quote!("a".to_owned()), "\"a\".to_owned()"),
        ] as [(Expr, &str); 5]
        {
            assert_eq!(written(&expr), text);
        }
    }
}
