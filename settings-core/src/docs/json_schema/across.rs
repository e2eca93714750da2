//! Rules across settings, as schemas of the object that contains them.

use super::{
    object::{Object, text},
    required,
};
use crate::{
    docs::{
        outline::{GroupOutline, OutlineItem},
        value::DocValue,
    },
    schema::GroupRule,
};

/// The conditions of a rule. What another source may set is only required if `is_strict`.
pub(super) fn conditions(group: &GroupOutline, rule: &GroupRule, is_strict: bool) -> Vec<DocValue> {
    let present = |key: &str| is_present(group, key);
    let list = |keys: &[&str]| DocValue::List(keys.iter().map(|key| present(key)).collect());
    let any = |keys| Object::of("anyOf", list(keys)).into_value();
    let mut conditions = Vec::new();
    match *rule {
        GroupRule::ExactlyOneOf(keys) => {
            if is_strict {
                conditions.push(any(keys));
            }
            conditions.extend(no_two(keys, present));
        }
        GroupRule::AtMostOneOf(keys) => conditions.extend(no_two(keys, present)),
        GroupRule::AtLeastOneOf(keys) => {
            if is_strict {
                conditions.push(any(keys));
            }
        }
        GroupRule::RequiredWith { with, required } => {
            if is_strict {
                let mut condition = Object::of("if", present(with));
                condition.set("then", present(required));
                conditions.push(condition.into_value());
            }
        }
    }
    conditions
}

/// Condition that no two of the keys are present.
fn no_two(keys: &[&str], present: impl Fn(&str) -> DocValue) -> Vec<DocValue> {
    let mut pairs = Vec::new();
    for (nth, one) in keys.iter().enumerate() {
        for other in &keys[nth + 1..] {
            let both = DocValue::List(vec![present(one), present(other)]);
            let both = Object::of("allOf", both).into_value();
            pairs.push(Object::of("not", both).into_value());
        }
    }
    pairs
}

/// Condition that a document has a value for a setting, by one of its names, or for a group. Null is no value.
fn is_present(group: &GroupOutline, key: &str) -> DocValue {
    let aliases = group.items.iter().find_map(|item| match item {
        OutlineItem::Setting(setting) if setting.leaf.key == key => Some(setting.leaf.aliases),
        _ => None,
    });
    let aliases = aliases.unwrap_or_default().iter().map(|alias| alias.name);
    let names = [key].into_iter().chain(aliases).map(|name| {
        let null = Object::of("type", text("null")).into_value();
        let not_null = Object::of("not", null).into_value();
        let mut one = required(name);
        one.set("properties", Object::of(name, not_null).into_value());
        one.into_value()
    });
    let mut names: Vec<DocValue> = names.collect();
    match names.len() {
        1 => names.remove(0),
        _ => Object::of("anyOf", DocValue::List(names)).into_value(),
    }
}
