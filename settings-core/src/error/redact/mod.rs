//! Masks of secret values, and text that is safe to print in a report.

mod credentials;
mod forms;
mod quote;
mod secret_hash;
mod secrets;
mod views;

use std::borrow::Cow;
use std::ops::Range;

pub(crate) use self::credentials::mask_urls;
pub(crate) use self::quote::{escape_line, escape_reason, escape_truncated, quote_value};
pub(crate) use self::secret_hash::SecretHash;
pub(crate) use self::secrets::Secrets;
pub(crate) use settings_syntax::is_sensitive_name;

/// The text that is printed instead of a secret value.
pub(crate) const MASK: &str = "[redacted]";

/// Returns `text` with the mask in place of each range; ranges that touch share one.
fn replace(text: &str, mut ranges: Vec<Range<usize>>) -> Cow<'_, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    ranges.sort_unstable_by_key(|range| range.start);
    let mut masked = String::with_capacity(text.len());
    let mut ranges = ranges.into_iter().peekable();
    let mut shown = 0;
    while let Some(mut range) = ranges.next() {
        while let Some(next) = ranges.next_if(|next| next.start <= range.end) {
            range.end = range.end.max(next.end);
        }
        masked.push_str(&text[shown..text.floor_char_boundary(range.start)]);
        masked.push_str(MASK);
        shown = text.ceil_char_boundary(range.end);
    }
    masked.push_str(&text[shown..]);
    Cow::Owned(masked)
}
