//! Defaults and examples: each has the type of its setting and satisfies its rules.

use crate::errors::Errors;
use crate::model::{Leaf, LeafDefault, Literal};
use crate::number::{Int, Number};
use crate::shape::{FloatType, IntType, Scalar, Shape};
use crate::written::written;
use settings_syntax::{boolean, duration, number};
use syn::{Expr, ExprPath, Lit, LitFloat, LitInt, LitStr};

pub(super) fn check(leaf: &Leaf, shape: Shape, errors: &Errors) {
    let conditional = leaf.default_if.iter().map(|default| &default.value);
    for default in leaf.default.iter().chain(conditional) {
        match default {
            LeafDefault::Text(text) => {
                if let Err(message) = reads_text(leaf, shape, &text.value()) {
                    errors.at(text, message);
                }
            }
            LeafDefault::Literal(literal) => {
                if let Err(message) = reads_literal(leaf, shape, literal) {
                    errors.at(&literal.expr, message);
                }
            }
            LeafDefault::Expr(expr) if shape.is_option => option_is_left_out(expr, errors),
            LeafDefault::Expr(_) | LeafDefault::With(_) | LeafDefault::From(_) => {}
        }
    }
    if let Some(example) = &leaf.example
        && let Err(message) = reads_text(leaf, shape, &example.value())
    {
        errors.at(example, message);
    }
}

/// Checks a text against the rules and the spelled type of a setting.
pub(super) fn reads_text(leaf: &Leaf, shape: Shape, text: &str) -> Result<(), String> {
    if leaf.is_custom() {
        return Ok(());
    }
    if !shape.is_list {
        return reads_one(leaf, shape, text);
    }
    let trimmed = text.trim();
    // Empty text and JSON are checked at run time.
    if trimmed.is_empty() || trimmed.starts_with('[') {
        return Ok(());
    }
    let separator = leaf.separator.as_ref().map(LitStr::value);
    let separator = separator
        .as_deref()
        .filter(|s| !s.is_empty())
        .unwrap_or(",");
    let mut elements: Vec<&str> = trimmed.split(separator).map(str::trim).collect();
    if elements.last() == Some(&"") {
        elements.pop();
    }
    if elements.contains(&"") {
        return Err("a list has an empty element".to_owned());
    }
    for element in &elements {
        reads_one(leaf, shape, element)?;
    }
    has_length(leaf, elements.len())
}

fn reads_one(leaf: &Leaf, shape: Shape, text: &str) -> Result<(), String> {
    let expected = |noun: &str| format!("expected {noun}");
    match shape.scalar {
        Scalar::Bool => boolean::parse(text.trim())
            .map(drop)
            .ok_or_else(|| expected("`true` or `false`")),
        Scalar::Int(int) => {
            let value =
                number::integer::<Int>(text.trim()).ok_or_else(|| expected("a whole number"))?;
            int_fits(value, int)?;
            in_range(leaf, Number::Int(value))
        }
        Scalar::Float(float) => {
            let value = number::float::<f64>(text.trim()).ok_or_else(|| expected("a number"))?;
            float_fits(value, float)?;
            in_range(leaf, Number::Float(value))
        }
        Scalar::Duration => {
            let value = duration::parse(text.trim()).ok_or_else(|| {
                let units = duration::UNITS;
                format!("expected a duration such as `30s` or `1h 30m` (units {units})")
            })?;
            in_range(leaf, Number::Duration(value))
        }
        Scalar::Text(_) => {
            keeps_text_rules(leaf, text)?;
            if shape.is_list {
                return Ok(());
            }
            has_length(leaf, text.chars().count())
        }
        Scalar::Char | Scalar::Map | Scalar::Unknown => Ok(()),
    }
}

fn reads_literal(leaf: &Leaf, shape: Shape, literal: &Literal) -> Result<(), String> {
    let shown = written(&literal.expr);
    let quote = |what: &str| format!("{what}; put the default in quotes: `\"{shown}\"`");
    if shape.is_list {
        return Err(quote("this setting is a list"));
    }
    if shape.is_boxed && shape.scalar != Scalar::Unknown {
        return Err(quote("this setting is boxed"));
    }
    match (shape.scalar, &literal.lit) {
        (Scalar::Int(int), Lit::Int(lit)) => {
            if int.is_non_zero {
                return Err(quote("this setting is a non-zero number"));
            }
            suffix_fits(lit.suffix(), int.name)?;
            let value = literal_int(literal, lit)?;
            int_fits(value, int)?;
            in_range(leaf, Number::Int(value))
        }
        (Scalar::Unknown, Lit::Int(lit)) => in_range(leaf, Number::Int(literal_int(literal, lit)?)),
        (Scalar::Float(float), Lit::Float(lit)) => {
            suffix_fits(lit.suffix(), float.name())?;
            let value = literal_float(literal, lit)?;
            float_fits(value, float)?;
            in_range(leaf, Number::Float(value))
        }
        (Scalar::Unknown, Lit::Float(lit)) => {
            in_range(leaf, Number::Float(literal_float(literal, lit)?))
        }
        (Scalar::Float(_), Lit::Int(_)) => {
            Err(format!("this setting is a float; write `{shown}.0`"))
        }
        (Scalar::Text(_), Lit::Char(lit)) => Err(format!(
            "this setting is text; put the default in double quotes: `\"{}\"`",
            lit.value()
        )),
        (Scalar::Text(_), _) => Err(quote("this setting is text")),
        (Scalar::Duration, Lit::Int(_) | Lit::Float(_)) => Err(format!(
            "this setting is a duration; put the default in quotes, with a unit: `\"{shown}s\"`"
        )),
        (Scalar::Bool, Lit::Bool(_)) | (Scalar::Char, Lit::Char(_)) | (Scalar::Unknown, _) => {
            Ok(())
        }
        (Scalar::Bool, _) => Err("this setting is a bool; write `true` or `false`".to_owned()),
        (scalar, _) => Err(format!("this setting is {}", scalar.noun())),
    }
}

fn keeps_text_rules(leaf: &Leaf, text: &str) -> Result<(), String> {
    if let Some(one_of) = &leaf.one_of
        && one_of.words.iter().all(|word| word.value() != text)
    {
        let words: Vec<String> = one_of.words.iter().map(written).collect();
        return Err(format!("expected one of {}", words.join(", ")));
    }
    if let Some(pattern) = &leaf.pattern
        && pattern.pattern.is_match(text) == Some(false)
    {
        return Err(format!(
            "the text does not match `{}`",
            pattern.text.value()
        ));
    }
    Ok(())
}

fn has_length(leaf: &Leaf, count: usize) -> Result<(), String> {
    match &leaf.length {
        Some(length) if count < length.min || length.max.is_some_and(|max| max < count) => {
            Err(format!(
                "expected a length of `{}`, found {count}",
                written(&length.tokens)
            ))
        }
        _ => Ok(()),
    }
}

fn in_range(leaf: &Leaf, value: Number) -> Result<(), String> {
    let Some(range) = &leaf.range else {
        return Ok(());
    };
    let is_below = range
        .start
        .as_ref()
        .is_some_and(|start| value < start.number);
    let is_above = range
        .end
        .as_ref()
        .is_some_and(|end| value > end.number || (value == end.number && !range.inclusive));
    if is_below || is_above {
        return Err(format!(
            "out of range: expected `{}`",
            written(&range.tokens)
        ));
    }
    Ok(())
}

fn int_fits(value: Int, int: IntType) -> Result<(), String> {
    if int.holds(value) {
        return Ok(());
    }
    let but = if int.is_non_zero && int.min.is_negative() {
        ", not 0"
    } else {
        ""
    };
    Err(format!("expected {} to {}{but}", int.min, int.max))
}

fn float_fits(value: f64, float: FloatType) -> Result<(), String> {
    if float == FloatType::F32 && value.abs() > f64::from(f32::MAX) {
        return Err("too large for `f32`".to_owned());
    }
    Ok(())
}

fn suffix_fits(suffix: &str, name: &str) -> Result<(), String> {
    if suffix.is_empty() || suffix == name {
        return Ok(());
    }
    Err(format!("this setting is `{name}`; remove the suffix"))
}

fn literal_int(literal: &Literal, lit: &LitInt) -> Result<Int, String> {
    let magnitude = lit
        .base10_parse()
        .map_err(|_| "no number type can hold this value".to_owned())?;
    Ok(Int::new(literal.negative, magnitude))
}

fn literal_float(literal: &Literal, lit: &LitFloat) -> Result<f64, String> {
    let value: f64 = lit
        .base10_parse()
        .map_err(|_| "no number type can hold this value".to_owned())?;
    Ok(if literal.negative { -value } else { value })
}

/// The default of an `Option<T>` is a `T`.
fn option_is_left_out(expr: &Expr, errors: &Errors) {
    match expr {
        Expr::Path(path) if is_word(path, "None") => {
            errors.at(
                expr,
                "an `Option` without a default is `None`; remove `default`",
            );
        }
        Expr::Call(call) if matches!(&*call.func, Expr::Path(path) if is_word(path, "Some")) => {
            errors.at(
                expr,
                "the default of an `Option<T>` is a `T`; remove `Some`",
            );
        }
        _ => {}
    }
}

fn is_word(path: &ExprPath, word: &str) -> bool {
    path.path
        .segments
        .last()
        .is_some_and(|last| last.ident == word)
}
