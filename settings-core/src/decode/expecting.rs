//! Descriptions of expected values, for messages.

use crate::schema::Kind;

/// The words for a path.
pub(super) const PATH: &str = "a path";

/// The words for a type that accepts several kinds of values, and does not name them.
pub(crate) const OF_ITS_TYPE: &str = "a value that its type accepts";

/// Words of types that read text.
const KNOWN: [(&str, &str); 9] = [
    ("path string", PATH),
    (
        "a Decimal type representing a fixed-point number",
        "a decimal number",
    ),
    ("IP address", "an IP address"),
    ("IPv4 address", "an IPv4 address"),
    ("IPv6 address", "an IPv6 address"),
    (
        "socket address",
        "an address with a port such as 127.0.0.1:8080",
    ),
    (
        "IPv4 socket address",
        "an address with a port such as 127.0.0.1:8080",
    ),
    (
        "IPv6 socket address",
        "an address with a port such as [::1]:8080",
    ),
    (
        "a string representing an URL",
        "a URL such as https://example.com",
    ),
];

/// The words for a kind of value, also where the type accepts many.
pub(super) fn of_kind(kind: &Kind) -> String {
    match kind {
        Kind::Any | Kind::Unknown => OF_ITS_TYPE.to_owned(),
        kind => kind.to_string(),
    }
}

/// Whether these are the words for a type that this crate knows.
pub(super) fn is_known(words: &str) -> bool {
    KNOWN.iter().any(|(_, known)| *known == words)
}

/// Rewrites the words of a `Visitor`, if its type is one of std or of a common crate.
pub(super) fn words(expecting: &str) -> String {
    if let Some((_, words)) = KNOWN.iter().find(|(known, _)| *known == expecting) {
        return (*words).to_owned();
    }
    if let Some(count) = expecting.strip_suffix(" in sequence") {
        return count.to_owned();
    }
    let kind = match expecting {
        "a boolean" => Kind::Bool,
        "a character" => Kind::Char,
        "a string" | "a borrowed string" | "string" | "str" => Kind::Text,
        "byte array" | "a byte array" | "bytes" => Kind::Bytes,
        "f32" | "f64" => Kind::Float,
        "unit" => Kind::Unit,
        "a sequence" => Kind::List(Box::new(Kind::Any)),
        "a map" => Kind::Map(Box::new(Kind::Any)),
        "struct Duration" => Kind::Duration,
        "any value" | "any valid JSON value" | "" => return of_kind(&Kind::Any),
        "string or map" | "variant identifier" | "field identifier" => Kind::Enum(&[]),
        other => match integer(other) {
            // The range of an unsigned type begins at 1.
            Some(kind @ Kind::Integer { min, .. }) if min < 0 && other.starts_with(NONZERO) => {
                return format!("{kind} other than 0");
            }
            Some(kind) => kind,
            None => match of_derived(other) {
                Some(kind) => kind,
                None => return other.to_owned(),
            },
        },
    };
    kind.to_string()
}

/// The kind of a type that serde's derive describes, with its name in the program.
fn of_derived(expecting: &str) -> Option<Kind> {
    const TABLES: [&str; 4] = [
        "struct ",
        "struct variant ",
        "internally tagged enum ",
        "adjacently tagged enum ",
    ];
    let begins = |start: &&str| expecting.starts_with(*start);
    if TABLES.iter().any(begins) {
        return Some(Kind::Struct(""));
    }
    if ["unit struct ", "unit variant "].iter().any(begins) {
        return Some(Kind::Unit);
    }
    if begins(&"enum ") {
        return Some(Kind::Enum(&[]));
    }
    let length = ["a tuple of size ", "an array of length "]
        .iter()
        .find_map(|start| expecting.strip_prefix(start))
        .or_else(|| {
            let is_tuple = ["tuple struct ", "tuple variant "].iter().any(begins);
            let rest = expecting.rsplit_once(" with ").filter(|_| is_tuple)?.1;
            rest.split(' ').next()
        });
    Some(Kind::Tuple(length?.parse().ok()?))
}

/// The beginning of the words of a `Visitor` for a type without zero.
const NONZERO: &str = "a nonzero ";

/// The smallest number of a type, by the words of its `Visitor`.
pub(super) fn least(expecting: &str, min: i128) -> i128 {
    if min == 0 && expecting.starts_with(NONZERO) {
        1
    } else {
        min
    }
}

fn integer(expecting: &str) -> Option<Kind> {
    let name = expecting.strip_prefix(NONZERO).unwrap_or(expecting);
    let (min, max) = match name {
        "i8" => (i8::MIN.into(), i8::MAX as u128),
        "i16" => (i16::MIN.into(), i16::MAX as u128),
        "i32" => (i32::MIN.into(), i32::MAX as u128),
        "i64" | "isize" => (i64::MIN.into(), i64::MAX as u128),
        "i128" => (i128::MIN, i128::MAX as u128),
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "u64" | "usize" => (0, u64::MAX.into()),
        "u128" => (0, u128::MAX),
        _ => return None,
    };
    let min = least(expecting, min);
    Some(Kind::Integer { min, max })
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_type_is_known_by_what_it_expects() {
        for (expecting, expected) in [
            ("u16", "a whole number from 0 to 65535"),
            ("a nonzero u16", "a whole number from 1 to 65535"),
            (
                "a nonzero i8",
                "a whole number from -128 to 127 other than 0",
            ),
            ("a boolean", "true or false"),
            ("IP address", "an IP address"),
            ("struct Point", "a JSON object"),
            ("internally tagged enum Shape", "a JSON object"),
            ("enum Colour", "a name"),
            ("tuple struct Pair with 2 elements", "a list of 2 values"),
            ("an array of length 3", "a list of 3 values"),
            ("path string", "a path"),
            ("a colour", "a colour"),
        ] {
            assert_eq!(words(expecting), expected);
        }
    }
}
