//! Messages for errors of a `.env` file. They contain no part of a value.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use super::error::{Limit, LineError, SyntaxRule};
use crate::error::redact;

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        f.write_str(&self.without_place())
    }
}

impl LineError {
    /// The error without line and column.
    pub(crate) fn without_place(&self) -> Cow<'static, str> {
        match &self.key {
            Some(key) => format!("`{key}`: {}", self.what()).into(),
            None => self.what(),
        }
    }

    /// The error and its fix.
    fn what(&self) -> Cow<'static, str> {
        let fixed = match self.rule {
            SyntaxRule::LooksLikeIni => {
                "a section as in INI files; remove it, a `.env` file has only `KEY=value`"
            }
            SyntaxRule::ColonSeparator => "a `:` after the key; write `=` instead",
            SyntaxRule::MissingEquals => {
                "no `=` on this line; write `KEY=value`, or `#` before a comment"
            }
            SyntaxRule::EmptyKey => "no key before `=`; write `KEY=value`",
            SyntaxRule::InvalidKey => {
                "this character is not allowed here in a key; \
                 a key is ASCII letters, digits, `_`, `.` and `-`, and begins with a letter or `_`"
            }
            SyntaxRule::UnterminatedQuote => {
                "the quote that opens here is never closed; close it, \
                 or put the value into the other kind of quotes if the quote belongs to it"
            }
            SyntaxRule::TextAfterQuote => {
                "text after the closing quote; remove it, or put a blank and `#` before a comment, \
                 or put the value into the other kind of quotes if the quote belongs to it"
            }
            SyntaxRule::UnknownEscape => {
                "an unknown escape; double the backslash to mean itself, or use single quotes"
            }
            SyntaxRule::BadReference => {
                "this `${` opens no reference, or is not closed; write `${NAME}` \
                 or `${NAME:-default}`, or put the value into single quotes to mean the text"
            }
            SyntaxRule::UndefinedReference => {
                // The name is not printed: `${` may be part of a password.
                "the name in this `${…}` is set neither in the environment nor above; set it, \
                 give a default with `:-`, or use single quotes to mean the text"
            }
            SyntaxRule::RequiredReference => {
                let message = self.subject.as_deref().and_then(|s| s.message.as_deref());
                return match message {
                    Some(message) => {
                        let message = redact::mask_urls(message);
                        format!(
                            "the name in this `${{…}}` must be set: {}",
                            OneLine(&message)
                        )
                    }
                    None => "the name in this `${…}` must be set, in the environment or above"
                        .to_owned(),
                }
                .into();
            }
            SyntaxRule::NulByte => "a NUL byte, which no value may contain; remove it",
            SyntaxRule::InvalidUtf8 => "bytes that are not UTF-8; save the file as UTF-8",
            SyntaxRule::Utf16 => "the file is in UTF-16; save it as UTF-8",
            SyntaxRule::LimitExceeded(Limit::File) => {
                "the file is larger than 16 MiB; make it smaller"
            }
            SyntaxRule::LimitExceeded(Limit::Written) => {
                "the value is longer than 1 MiB; keep it in a file of its own"
            }
            SyntaxRule::LimitExceeded(Limit::Expanded) => {
                "the value is longer than 1 MiB once its references are replaced; shorten it"
            }
            SyntaxRule::LimitExceeded(Limit::Total) => {
                "the references of the file up to here bring in more than 64 MiB; use fewer"
            }
            SyntaxRule::LimitExceeded(Limit::Assignments) => {
                "the file has more than 500,000 assignments; make it smaller"
            }
            SyntaxRule::LimitExceeded(Limit::Depth) => {
                "more than 16 nested references; move some to assignments of their own"
            }
        };
        Cow::Borrowed(fixed)
    }
}

/// Text from the file on one line, without control characters.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .chars()
            .try_for_each(|c| f.write_char(if c.is_control() { ' ' } else { c }))
    }
}
