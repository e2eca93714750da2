//! Rules fit the type they stand on, and something fits the rule.

use crate::errors::Errors;
use crate::model::{Bound, Leaf, Length, OneOf, Range};
use crate::number::Number;
use crate::shape::{Scalar, Shape};
use std::cmp::Ordering;
use syn::{Ident, LitStr};

pub(super) fn check(leaf: &Leaf, shape: Shape, errors: &Errors) {
    // A function of the user's reads the text, so text is what there is.
    if leaf.parse_with.is_none() {
        if let Some(pattern) = &leaf.pattern {
            rule_looks_at_text(&pattern.key, shape, errors);
        }
        if let Some(one_of) = &leaf.one_of {
            rule_looks_at_text(&one_of.key, shape, errors);
        }
        if let Some(length) = &leaf.length {
            length_has_something_to_count(length, shape, errors);
        }
    }
    if let Some(one_of) = &leaf.one_of {
        words_are_distinct(one_of, errors);
    }
    if let Some(length) = &leaf.length {
        length_is_not_reversed(length, errors);
    }
    if let Some(range) = &leaf.range {
        range_fits(range, shape, errors);
    }
    if let Some(separator) = &leaf.separator {
        separator_is_used(separator, leaf, shape, errors);
    }
    if let Some(allow_empty) = &leaf.allow_empty {
        empty_text_means_something(allow_empty, shape, errors);
    }
}

fn rule_looks_at_text(key: &Ident, shape: Shape, errors: &Errors) {
    let instead = match shape.scalar {
        Scalar::Int(_) | Scalar::Float(_) | Scalar::Duration => "; use `range(…)`",
        Scalar::Bool => "",
        _ => return,
    };
    let noun = shape.scalar.noun();
    errors.at(
        key,
        format!("`{key}` looks at text, and this is {noun}{instead}"),
    );
}

fn length_has_something_to_count(length: &Length, shape: Shape, errors: &Errors) {
    let instead = match shape.scalar {
        _ if shape.is_list => return,
        Scalar::Int(_) | Scalar::Float(_) | Scalar::Duration => "; use `range(…)`",
        Scalar::Bool => "",
        _ => return,
    };
    let noun = shape.scalar.noun();
    errors.at(
        &length.key,
        format!(
            "`length` counts the characters of text or the elements of a list, and this is \
             {noun}{instead}"
        ),
    );
}

fn length_is_not_reversed(length: &Length, errors: &Errors) {
    if let Some(max) = length.max
        && length.min > max
    {
        let min = length.min;
        errors.at(
            &length.tokens,
            format!("no length is at least {min} and at most {max}"),
        );
    }
}

fn words_are_distinct(one_of: &OneOf, errors: &Errors) {
    for (at, word) in one_of.words.iter().enumerate() {
        let is_known = |known: &LitStr| known.value() == word.value();
        if one_of.words[..at].iter().any(is_known) {
            errors.at(word, "this is listed twice");
        }
    }
}

fn range_fits(range: &Range, shape: Shape, errors: &Errors) {
    if let Scalar::Bool | Scalar::Char | Scalar::Text(_) = shape.scalar {
        let instead = match shape.scalar {
            Scalar::Text(_) => "; use `length(…)`, `one_of(…)` or `pattern`",
            _ => "",
        };
        let noun = shape.scalar.noun();
        errors.at(
            &range.key,
            format!("`range` looks at numbers and durations, and this is {noun}{instead}"),
        );
        return;
    }
    let mut is_sound = true;
    for bound in range.start.iter().chain(&range.end) {
        if let Err(message) = bound_fits(bound, shape.scalar) {
            is_sound = false;
            errors.at(&bound.lit, message);
        }
    }
    if is_sound {
        range_is_not_empty(range, errors);
    }
}

fn bound_fits(bound: &Bound, scalar: Scalar) -> Result<(), String> {
    match (scalar, bound.number) {
        (Scalar::Int(int), Number::Int(value)) => {
            let suffix = bound.lit.suffix();
            if !suffix.is_empty() && suffix != int.name {
                return Err(format!("this leaf is `{}`; leave the suffix out", int.name));
            }
            if value < int.min || int.max < value {
                return Err(format!("`{}` holds {} to {}", int.name, int.min, int.max));
            }
            Ok(())
        }
        (Scalar::Int(_), Number::Float(_)) => {
            Err("the bounds of whole numbers are whole numbers".to_owned())
        }
        (Scalar::Int(_) | Scalar::Float(_), Number::Duration(_)) => {
            Err("this leaf is a number; leave the quotes out".to_owned())
        }
        (Scalar::Duration, Number::Int(_) | Number::Float(_)) => {
            Err(r#"put a duration in quotes, with its unit: `"30s"`"#.to_owned())
        }
        _ => Ok(()),
    }
}

fn range_is_not_empty(range: &Range, errors: &Errors) {
    let (Some(start), Some(end)) = (&range.start, &range.end) else {
        return;
    };
    match start.number.partial_cmp(&end.number) {
        None => errors.at(&range.tokens, "both bounds of a range are of one kind"),
        Some(Ordering::Greater) => {
            errors.at(
                &range.tokens,
                "the range is reversed: the lower bound comes first",
            );
        }
        Some(Ordering::Equal) if !range.inclusive => {
            errors.at(
                &range.tokens,
                "nothing is in this range; did you mean `..=`?",
            );
        }
        Some(_) => {}
    }
}

fn separator_is_used(separator: &LitStr, leaf: &Leaf, shape: Shape, errors: &Errors) {
    let may_be_list = shape.is_list || matches!(shape.scalar, Scalar::Unknown | Scalar::Map);
    if separator.value().is_empty() {
        errors.at(separator, "a separator has at least one character");
    } else if leaf.parse_with.is_some() {
        errors.at(
            separator,
            "`separator` has no effect: `parse_with` reads the whole text",
        );
    } else if !may_be_list {
        let noun = shape.scalar.noun();
        errors.at(
            separator,
            format!("`separator` is for lists, and this is {noun}"),
        );
    }
}

fn empty_text_means_something(allow_empty: &Ident, shape: Shape, errors: &Errors) {
    if !shape.is_list
        && matches!(
            shape.scalar,
            Scalar::Bool | Scalar::Char | Scalar::Int(_) | Scalar::Float(_) | Scalar::Duration
        )
    {
        let noun = shape.scalar.noun();
        errors.at(
            allow_empty,
            format!("`allow_empty` has no meaning here: empty text is not {noun}"),
        );
    }
}
