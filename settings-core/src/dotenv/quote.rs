//! Quoting of values, so that this reader, and others if possible, read them back unchanged.

use zeroize::Zeroizing;

use super::text::MAX_VALUE;

/// The value in the form after `KEY=`, or `None` for a value that no `.env` file can contain: one
/// with a NUL, or one whose written form exceeds the limit.
///
/// It is unquoted if shells and other readers agree on its meaning, else in single quotes, else in
/// double quotes.
pub(crate) fn quote(value: &str) -> Option<Zeroizing<String>> {
    if value.contains('\0') {
        return None;
    }
    if !value.is_empty() && value.bytes().all(is_plain) {
        return written(value, "", verbatim);
    }
    if !value.contains(['\'', '\r']) {
        return written(value, "'", verbatim);
    }
    written(value, "\"", escaped)
}

/// Whether a byte has no special meaning anywhere in an unquoted value.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-./:@%+,=".contains(&byte)
}

fn written(
    value: &str,
    quotes: &str,
    each: impl Fn(char) -> WrittenForm,
) -> Option<Zeroizing<String>> {
    // The length is counted first, because a growing text leaves copies behind.
    let len: usize = value.chars().map(|c| each(c).len()).sum();
    if len > MAX_VALUE {
        return None;
    }
    let mut out = Zeroizing::new(String::with_capacity(len + 2 * quotes.len()));
    out.push_str(quotes);
    for c in value.chars() {
        match each(c) {
            WrittenForm::Char(c) => out.push(c),
            WrittenForm::Escape(escape) => out.push_str(escape),
        }
    }
    out.push_str(quotes);
    Some(out)
}

enum WrittenForm {
    Char(char),
    Escape(&'static str),
}

impl WrittenForm {
    fn len(&self) -> usize {
        match self {
            WrittenForm::Char(c) => c.len_utf8(),
            WrittenForm::Escape(escape) => escape.len(),
        }
    }
}

fn verbatim(c: char) -> WrittenForm {
    WrittenForm::Char(c)
}

fn escaped(c: char) -> WrittenForm {
    WrittenForm::Escape(match c {
        '\\' => r"\\",
        '"' => r#"\""#,
        '$' => r"\$",
        '\r' => r"\r",
        // A shell that reads the file would execute the text between two of these.
        '`' => r"\u0060",
        c => return WrittenForm::Char(c),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use proptest::string::string_regex;

    use super::{MAX_VALUE, quote};
    use crate::dotenv::parse;

    fn read_back(value: &str) -> Option<String> {
        let file = format!("A={} # comment\nB=1\n", *quote(value)?);
        let parsed = parse(file.as_bytes(), |_| None).unwrap();
        assert_eq!(parsed.entries().len(), 2);
        Some(parsed.entries()[0].value().to_owned())
    }

    #[test]
    fn takes_the_plainest_form_that_is_safe() {
        let written = |value| quote(value).unwrap().to_string();
        assert_eq!(written("http://h:80/a=b,c"), "http://h:80/a=b,c");
        assert_eq!(written(""), "''");
        assert_eq!(written("a b"), "'a b'");
        assert_eq!(written("pa$$w#rd\\"), "'pa$$w#rd\\'");
        assert_eq!(written("it's ${X}"), "\"it's \\${X}\"");
        assert_eq!(written("a\r\nb"), "\"a\\r\nb\"");
        assert_eq!(written("it's `id`"), "\"it's \\u0060id\\u0060\"");
    }

    #[test]
    fn values_that_the_reader_refuses_are_not_written() {
        assert!(quote("a\0").is_none());
        assert!(quote(&"a".repeat(MAX_VALUE + 1)).is_none());
        assert!(quote(&"'\\".repeat(MAX_VALUE / 2)).is_none());
        let longest = "a b".repeat(MAX_VALUE / 3);
        assert_eq!(read_back(&longest), Some(longest));
    }

    proptest! {
        #[test]
        fn reads_back(value in any::<String>()) {
            let expected = (!value.contains('\0')).then(|| value.clone());
            prop_assert_eq!(read_back(&value), expected);
        }

        #[test]
        fn reads_back_what_means_something(
            value in string_regex("[ab'\"\\\\$\\{\\}#`=\u{feff}é \t\r\n]{0,12}").unwrap(),
        ) {
            prop_assert_eq!(read_back(&value), Some(value));
        }
    }
}
