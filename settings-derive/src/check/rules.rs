//! Rules: each fits the type of its setting, and some value satisfies it.

use crate::errors::Errors;
use crate::model::{Bound, Leaf, Length, Merge, MergeRule, OneOf, Range};
use crate::number::Number;
use crate::shape::{Scalar, Shape};
use std::cmp::Ordering;
use syn::{Ident, LitStr};

pub(super) fn check(leaf: &Leaf, shape: Shape, errors: &Errors) {
    // With a function of the program, the rules look at what it receives, whatever the type is.
    if !leaf.is_custom() {
        if let Some(pattern) = &leaf.pattern {
            rule_needs_text(&pattern.key, shape, errors);
        }
        if let Some(one_of) = &leaf.one_of {
            rule_needs_text(&one_of.key, shape, errors);
        }
        if let Some(length) = &leaf.length {
            length_needs_text_or_list(length, shape, errors);
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
    if let Some(merge) = &leaf.merge {
        layers_combine(merge, leaf, shape, errors);
    }
    if let Some(allow_empty) = &leaf.allow_empty {
        empty_text_means_something(allow_empty, shape, errors);
    }
}

fn rule_needs_text(key: &Ident, shape: Shape, errors: &Errors) {
    let instead = match shape.scalar {
        Scalar::Int(_) | Scalar::Float(_) | Scalar::Duration => "; use `range(…)`",
        Scalar::Bool => "",
        _ => return,
    };
    let noun = shape.scalar.noun();
    errors.at(
        key,
        format!("`{key}` is a rule for text, but this setting is {noun}{instead}"),
    );
}

fn length_needs_text_or_list(length: &Length, shape: Shape, errors: &Errors) {
    let instead = match shape.scalar {
        _ if shape.is_list => return,
        Scalar::Int(_) | Scalar::Float(_) | Scalar::Duration => "; use `range(…)`",
        Scalar::Bool => "",
        _ => return,
    };
    let noun = shape.scalar.noun();
    errors.at(
        &length.key,
        format!("`length` is a rule for text and lists, but this setting is {noun}{instead}"),
    );
}

fn length_is_not_reversed(length: &Length, errors: &Errors) {
    if let Some(max) = length.max
        && length.min > max
    {
        let min = length.min;
        errors.at(
            &length.tokens,
            format!("this range is empty: no length is at least {min} and at most {max}"),
        );
    }
}

fn words_are_distinct(one_of: &OneOf, errors: &Errors) {
    for (at, word) in one_of.words.iter().enumerate() {
        let is_known = |known: &LitStr| known.value() == word.value();
        if one_of.words[..at].iter().any(is_known) {
            errors.at(word, "duplicate value");
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
            format!(
                "`range` is a rule for numbers and durations, but this setting is {noun}{instead}"
            ),
        );
        return;
    }
    let mut is_valid = true;
    for bound in range.start.iter().chain(&range.end) {
        if let Err(message) = bound_fits(bound, shape.scalar) {
            is_valid = false;
            errors.at(&bound.lit, message);
        }
    }
    if is_valid {
        range_is_not_empty(range, errors);
    }
}

fn bound_fits(bound: &Bound, scalar: Scalar) -> Result<(), String> {
    match (scalar, bound.number) {
        (Scalar::Int(int), Number::Int(value)) => {
            let suffix = bound.lit.suffix();
            if !suffix.is_empty() && suffix != int.name {
                return Err(format!("this setting is `{}`; remove the suffix", int.name));
            }
            if value < int.min || int.max < value {
                return Err(format!(
                    "the values of `{}` are {} to {}",
                    int.name, int.min, int.max
                ));
            }
            Ok(())
        }
        (Scalar::Int(_), Number::Float(_)) => {
            Err("the bounds of a whole number are whole numbers".to_owned())
        }
        (Scalar::Int(_) | Scalar::Float(_), Number::Duration(_)) => {
            Err("this setting is a number; remove the quotes".to_owned())
        }
        (Scalar::Duration, Number::Int(_) | Number::Float(_)) => {
            Err(r#"put a duration in quotes, with a unit: `"30s"`"#.to_owned())
        }
        _ => Ok(()),
    }
}

fn range_is_not_empty(range: &Range, errors: &Errors) {
    let (Some(start), Some(end)) = (&range.start, &range.end) else {
        return;
    };
    match start.number.partial_cmp(&end.number) {
        None => errors.at(&range.tokens, "the bounds of a range have one type"),
        Some(Ordering::Greater) => {
            errors.at(
                &range.tokens,
                "this range is empty: the lower bound comes first",
            );
        }
        Some(Ordering::Equal) if !range.inclusive => {
            errors.at(&range.tokens, "this range is empty; did you mean `..=`?");
        }
        Some(_) => {}
    }
}

fn separator_is_used(separator: &LitStr, leaf: &Leaf, shape: Shape, errors: &Errors) {
    let may_be_list = shape.is_list || matches!(shape.scalar, Scalar::Unknown | Scalar::Map);
    if separator.value().is_empty() {
        errors.at(separator, "empty separator");
    } else if leaf.parse_with.is_some() {
        errors.at(
            separator,
            "`separator` has no effect beside `parse_with`, which receives the whole text",
        );
    } else if !may_be_list {
        let noun = shape.scalar.noun();
        errors.at(
            separator,
            format!("`separator` is for lists, but this setting is {noun}"),
        );
    }
}

/// The runtime checks types that are not std's.
fn layers_combine(merge: &MergeRule, leaf: &Leaf, shape: Shape, errors: &Errors) {
    if leaf.parse_with.is_some() {
        errors.at(
            &merge.key,
            "`merge` has no effect beside `parse_with`, which receives the text of one layer",
        );
        return;
    }
    let is_unknown = !shape.is_list && shape.scalar == Scalar::Unknown || leaf.is_custom();
    let is_map = !shape.is_list && shape.scalar == Scalar::Map;
    let (fits, needed) = match merge.how {
        Merge::Replace => return,
        Merge::Append => (shape.is_list, "a list or set"),
        Merge::Keys => (is_map, "a map"),
    };
    if !fits && !is_unknown {
        let noun = if shape.is_list {
            "a list"
        } else {
            shape.scalar.noun()
        };
        let instead = match merge.how {
            Merge::Append if is_map => r#"; use `merge = "keys"`"#,
            Merge::Keys if shape.is_list => r#"; use `merge = "append"`"#,
            _ => "",
        };
        errors.at(
            &merge.key,
            format!("this `merge` is for {needed}, but this setting is {noun}{instead}"),
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
            format!("`allow_empty` has no effect here: empty text is not {noun}"),
        );
    }
}
