//! The bridge to `validator::Validate`: its errors in our words, since its own quote the value.

use std::fmt::Write;
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

/// One thing that `validator` refused.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The path of field names, as validator spells them: `server.port`, `hosts[2]`.
    pub(crate) path: String,
    /// What it asks for, completing "expected …"; nothing of the value is in it.
    pub(crate) expected: String,
    /// What the user says of it, who may quote the value.
    pub(crate) message: Option<String>,
}

/// Every refusal, by the path of its field.
pub(crate) fn refused(errors: &ValidationErrors) -> Vec<Refused> {
    let mut all = Vec::new();
    collect(errors, "", &mut all);
    all.sort_by(|one, other| one.path.cmp(&other.path));
    all
}

fn collect(errors: &ValidationErrors, before: &str, all: &mut Vec<Refused>) {
    for (field, kind) in errors.errors() {
        // validator's name for a check of the struct as a whole.
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
            ValidationErrorsKind::Field(errors) => all.extend(errors.iter().map(|error| Refused {
                path: path.clone(),
                expected: expected(error),
                message: error.message.as_ref().map(ToString::to_string),
            })),
        }
    }
}

fn expected(error: &ValidationError) -> String {
    let param = |name: &str| error.params.get(name).map(ToString::to_string);
    let bounds = |unit: &str| {
        let mut words = String::new();
        // Writing to a string does not fail.
        let _ = match (param("equal"), param("min"), param("max")) {
            (Some(equal), ..) => write!(words, "exactly {equal}{unit}"),
            (_, Some(min), Some(max)) => write!(words, "from {min} to {max}{unit}"),
            (_, Some(min), _) => write!(words, "at least {min}{unit}"),
            (.., Some(max)) => write!(words, "at most {max}{unit}"),
            _ => write!(words, "other{unit}"),
        };
        match (param("exclusive_min"), param("exclusive_max")) {
            (None, None) => words,
            (Some(min), None) => format!("more than {min}"),
            (None, Some(max)) => format!("less than {max}"),
            (Some(min), Some(max)) => format!("more than {min} and less than {max}"),
        }
    };
    match error.code.as_ref() {
        "length" => bounds(" characters or elements"),
        "range" => format!("a value {}", bounds("")),
        "email" => "an e-mail address".to_owned(),
        "url" => "a URL".to_owned(),
        "ip" => "an IP address".to_owned(),
        "ipv4" => "an IPv4 address".to_owned(),
        "ipv6" => "an IPv6 address".to_owned(),
        "regex" => "text that matches its pattern".to_owned(),
        "contains" => "text that contains what it must".to_owned(),
        "does_not_contain" => "text without what it must not contain".to_owned(),
        "must_match" => "the same value as another field".to_owned(),
        "required" | "required_nested" => "a value".to_owned(),
        "credit_card" => "a card number".to_owned(),
        "non_control_character" => "text without control characters".to_owned(),
        code => format!("what its check `{code}` allows"),
    }
}
