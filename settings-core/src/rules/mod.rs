//! Rules of a setting, checked while its value is read or measured.

mod length;
mod measured;
mod one_of;
mod range;
#[cfg(feature = "validator")]
pub(crate) mod validator;

pub(crate) use measured::Measured;

use crate::schema::Rule;
use crate::value::observer::{Number, ValueObserver};
use crate::value::path::{KeyPath, Segment};
use std::time::Duration;

/// The rules of one setting, as an observer of its value.
///
/// For a list or map, `length` checks the whole and every other rule each element.
#[derive(Debug)]
pub(crate) struct Rules<'r> {
    declared: &'r [Rule],
    broken: Vec<Broken>,
    /// How many lists contain the present element.
    depth: usize,
}

/// A rule that the value violates. It contains no part of the value except the keys in `at`.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    /// Words for the expected value, which complete "expected …".
    pub expected: String,
    /// The allowed texts.
    pub choices: Option<&'static [&'static str]>,
    /// The element of a list or map that violates it; empty for the whole value.
    pub at: KeyPath,
}

impl<'r> Rules<'r> {
    pub(crate) fn new(rules: &'r [Rule]) -> Self {
        Self {
            declared: rules,
            broken: Vec::new(),
            depth: 0,
        }
    }

    /// The violated rules, in the order of the value.
    pub(crate) fn into_broken(self) -> Vec<Broken> {
        self.broken
    }

    fn run(&mut self, unit: &str, holds: impl Fn(&Rule) -> bool) {
        for rule in self.declared {
            if !holds(rule) {
                self.broken.push(Broken {
                    expected: rule.expected(unit),
                    choices: match rule {
                        Rule::OneOf(texts) => Some(texts),
                        Rule::Pattern(pattern) => pattern.as_literals(),
                        Rule::Range(_) | Rule::Length { .. } => None,
                    },
                    at: KeyPath::default(),
                });
            }
        }
    }
}

impl ValueObserver for Rules<'_> {
    fn text(&mut self, text: &str) {
        let whole = self.depth == 0;
        self.run("character", |rule| match rule {
            Rule::Pattern(pattern) => pattern.is_found_in(text),
            Rule::OneOf(texts) => one_of::holds(texts, text),
            Rule::Length { min, max } => !whole || length::holds(*min, *max, length::of(text)),
            Rule::Range(_) => true,
        });
    }

    fn number(&mut self, number: Number) {
        self.run("", |rule| match rule {
            Rule::Range(range) => range::holds(range, number),
            Rule::Pattern(_) | Rule::OneOf(_) | Rule::Length { .. } => true,
        });
    }

    fn duration(&mut self, duration: Duration) {
        self.run("", |rule| match rule {
            Rule::Range(range) => range::holds_duration(range, duration),
            Rule::Pattern(_) | Rule::OneOf(_) | Rule::Length { .. } => true,
        });
    }

    fn variant(&mut self, name: &str) {
        self.text(name);
    }

    fn list(&mut self, length: usize) {
        if self.depth == 0 {
            self.run("element", |rule| match rule {
                Rule::Length { min, max } => length::holds(*min, *max, length),
                Rule::Pattern(_) | Rule::OneOf(_) | Rule::Range(_) => true,
            });
        }
    }

    fn enter(&mut self) -> usize {
        self.depth += 1;
        self.broken.len()
    }

    fn leave(&mut self, mark: usize, segment: Segment<'_>) {
        self.depth -= 1;
        for broken in self.broken.iter_mut().skip(mark) {
            broken.at.prepend(segment);
        }
    }

    fn reset(&mut self) {
        self.broken.clear();
        self.depth = 0;
    }
}

/// Shows the rules a value that `parse_with` read: a list as a list, any other value as its text and as a number.
pub(crate) fn look<T>(
    value: &T,
    text: &str,
    measure: Option<fn(&T, &mut dyn ValueObserver)>,
    watch: &mut dyn ValueObserver,
) {
    let mut list = IsList(false);
    if let Some(measure) = measure {
        measure(value, &mut list);
    }
    if !list.0 {
        watch.text(text);
    }
    match measure {
        Some(measure) if list.0 => measure(value, watch),
        Some(measure) => measure(value, &mut WithoutText(watch)),
        None => {}
    }
}

/// Whether a value is a list or map.
struct IsList(bool);

impl ValueObserver for IsList {
    fn list(&mut self, _: usize) {
        self.0 = true;
    }
}

/// Observer that ignores text.
struct WithoutText<'w>(&'w mut dyn ValueObserver);

impl ValueObserver for WithoutText<'_> {
    fn number(&mut self, number: Number) {
        self.0.number(number);
    }

    fn duration(&mut self, duration: Duration) {
        self.0.duration(duration);
    }
}

#[cfg(test)]
mod tests {
    use super::{Broken, Measured, Rules};
    use crate::schema::{Bound, Range, Rule};
    use crate::value::observer::ValueObserver;
    use crate::value::path::Segment;
    use secrecy::SecretString;
    use std::collections::BTreeMap;
    use std::time::Duration;

    const SHORT: Rule = Rule::Length {
        min: Some(1),
        max: Some(2),
    };
    const DIGIT: Rule = Rule::Range(Range {
        min: Bound::Int(0),
        max: Bound::Int(9),
        inclusive: true,
    });
    const BRIEF: Rule = Rule::Range(Range {
        min: Bound::Text("1s"),
        max: Bound::Text("1m"),
        inclusive: false,
    });

    fn messages(broken: &[Broken]) -> Vec<String> {
        let message = |broken: &Broken| {
            let inside = broken.at.inside().to_string();
            let at = if inside.is_empty() { "value" } else { &inside };
            format!("{at}: {}", broken.expected)
        };
        broken.iter().map(message).collect()
    }

    macro_rules! measure {
        ($value:expr, $rules:expr) => {{
            let mut rules = Rules::new($rules);
            $value.measure(&mut rules);
            messages(&rules.into_broken())
        }};
    }

    #[test]
    fn every_broken_rule_is_reported() {
        let rules = [SHORT, Rule::OneOf(&["a", "b"])];
        assert_eq!(
            measure!("abc", &rules),
            ["value: 1 to 2 characters", "value: one of a, b"]
        );
    }

    #[test]
    fn length_checks_a_list_and_other_rules_each_element() {
        let rules = [SHORT, Rule::OneOf(&["long enough", "b"])];
        assert_eq!(
            measure!(["long enough", "b", "c"], &rules),
            ["[2]: one of long enough, b", "value: 1 to 2 elements"]
        );
        assert_eq!(
            measure!(vec![vec![1, 10], vec![2, 3, 4]], &[DIGIT, SHORT]),
            ["[0][1]: a value from 0 to 9"]
        );
    }

    #[test]
    fn a_map_is_measured_by_its_values() {
        let map = BTreeMap::from([("a", 7), ("b", 12)]);
        assert_eq!(measure!(map, &[DIGIT]), [".b: a value from 0 to 9"]);
    }

    #[test]
    fn rules_check_typed_values() {
        assert_eq!(measure!(10_u128, &[DIGIT]), ["value: a value from 0 to 9"]);
        assert_eq!(
            measure!(Some(10_i8), &[DIGIT]),
            ["value: a value from 0 to 9"]
        );
        assert!(measure!(None::<u8>, &[DIGIT]).is_empty());
        assert_eq!(
            measure!(Duration::from_mins(1), &[BRIEF]),
            ["value: a duration from 1s to below 1m"]
        );
        assert!(measure!(Duration::from_secs(59), &[BRIEF]).is_empty());
        assert_eq!(
            measure!(SecretString::from("abc"), &[SHORT]),
            ["value: 1 to 2 characters"]
        );
        assert_eq!(
            measure!("äöü".to_owned(), &[SHORT]),
            ["value: 1 to 2 characters"]
        );
    }

    #[test]
    fn a_reset_discards_broken_rules() {
        let rules = [DIGIT];
        let mut rules = Rules::new(&rules);
        let mark = rules.enter();
        rules.number(12.into());
        rules.leave(mark, Segment::Index(0));
        rules.reset();
        assert!(rules.into_broken().is_empty());
    }
}
