//! Errors of `validator::Validate`, in this crate's words, because those of `validator` quote the value.

use crate::schema::Rule;
use std::borrow::Cow;
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

/// One error of `validator`.
#[derive(Debug)]
pub(crate) struct Rejected<'e> {
    /// The path of field names, in the spelling of `validator`: `server.port`, `hosts[2]`.
    pub(crate) path: String,
    error: &'e ValidationError,
}

/// Every error, sorted by the path of its field.
pub(crate) fn rejected(errors: &ValidationErrors) -> Vec<Rejected<'_>> {
    let mut all = Vec::new();
    collect(errors, "", &mut all);
    all.sort_by(|one, other| one.path.cmp(&other.path));
    all
}

impl Rejected<'_> {
    /// Words for the expected value, which complete "expected …". Lengths are counted in `unit`.
    pub(crate) fn expected(&self, unit: &str) -> String {
        let param = |name: &str| self.error.params.get(name).map(ToString::to_string);
        let with = |words: &str, param: Option<String>| match param {
            Some(param) => format!("{words} {param}"),
            None => format!("{words} what the check requires"),
        };
        match self.error.code.as_ref() {
            "length" => self.length(unit),
            "range" => self.range(),
            "email" => "an e-mail address".to_owned(),
            "url" => "a URL".to_owned(),
            "ip" => "an IP address".to_owned(),
            "ipv4" => "an IPv4 address".to_owned(),
            "ipv6" => "an IPv6 address".to_owned(),
            "regex" => "text that matches its pattern".to_owned(),
            "contains" => with("text that contains", param("needle")),
            "does_not_contain" => with("text that does not contain", param("needle")),
            "must_match" => "the same value as another field".to_owned(),
            "required" | "required_nested" => "a value".to_owned(),
            "credit_card" => "a card number".to_owned(),
            "non_control_character" => "text without control characters".to_owned(),
            code => format!("a value that its check `{code}` allows"),
        }
    }

    /// The message of the program, which may quote the value.
    pub(crate) fn message(&self) -> Option<&str> {
        self.error.message.as_deref()
    }

    /// The rejected value, if it is a scalar.
    pub(crate) fn value(&self) -> Option<Cow<'_, str>> {
        let value = self.error.params.get("value")?;
        match value.as_str() {
            Some(text) => Some(text.into()),
            None if value.is_number() || value.is_boolean() => Some(value.to_string().into()),
            None => None,
        }
    }

    fn length(&self, unit: &str) -> String {
        let param = |name: &str| {
            let value = self.error.params.get(name)?.as_u64()?;
            usize::try_from(value).ok()
        };
        let exact = param("equal");
        let (min, max) = (exact.or(param("min")), exact.or(param("max")));
        Rule::Length { min, max }.expected(unit)
    }

    fn range(&self) -> String {
        let param = |name: &str| self.error.params.get(name).map(ToString::to_string);
        let above = param("exclusive_min").map(|min| format!("above {min}"));
        let below = param("exclusive_max").map(|max| format!("below {max}"));
        match (param("min"), param("max"), above, below) {
            (Some(min), Some(max), ..) => format!("a value from {min} to {max}"),
            (Some(min), None, _, Some(below)) => format!("a value from {min} to {below}"),
            (Some(min), ..) => format!("a value of at least {min}"),
            (None, Some(max), Some(above), _) => format!("a value {above}, and at most {max}"),
            (None, Some(max), ..) => format!("a value of at most {max}"),
            (None, None, Some(above), Some(below)) => format!("a value {above} and {below}"),
            (None, None, above, below) => {
                let bound = above.or(below).unwrap_or_else(|| "in range".to_owned());
                format!("a value {bound}")
            }
        }
    }
}

fn collect<'e>(errors: &'e ValidationErrors, before: &str, all: &mut Vec<Rejected<'e>>) {
    for (field, kind) in errors.errors() {
        // The name that `validator` uses for a check of the whole struct.
        let path = match (before, field.as_ref()) {
            (_, "__all__") => before.to_owned(),
            ("", field) => field.to_owned(),
            (before, field) => format!("{before}.{field}"),
        };
        match kind {
            ValidationErrorsKind::Struct(errors) => collect(errors, &path, all),
            ValidationErrorsKind::List(elements) => {
                for (index, errors) in elements {
                    collect(errors, &format!("{path}[{index}]"), all);
                }
            }
            ValidationErrorsKind::Field(errors) => {
                all.extend(errors.iter().map(|error| Rejected {
                    path: path.clone(),
                    error,
                }));
            }
        }
    }
}
