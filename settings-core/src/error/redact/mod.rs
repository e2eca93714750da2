//! Masks of secret values, and text that is safe to print in a report.

mod credentials;
mod forms;
mod quote;
mod secret_hash;
mod secrets;
mod views;

use crate::value::sort::sort_by_key;
use std::borrow::Cow;
use std::ops::Range;

pub(crate) use self::credentials::mask_urls;
pub(crate) use self::quote::{escape_line, escape_reason, escape_truncated, quote_value};
pub(crate) use self::secret_hash::SecretHash;
pub(crate) use self::secrets::Secrets;
pub(crate) use settings_syntax::is_sensitive_name;

/// The text that is printed instead of a secret value.
pub(crate) const MASK: &str = "[redacted]";

/// The last boundary between characters that is not after this position.
fn boundary_before(text: &str, at: usize) -> usize {
    let positions = (0..=at.min(text.len())).rev();
    let mut boundaries = positions.filter(|at| text.is_char_boundary(*at));
    boundaries.next().unwrap_or(0)
}

/// The first boundary between characters that is not before this position.
fn boundary_after(text: &str, at: usize) -> usize {
    let mut boundaries = (at..text.len()).filter(|at| text.is_char_boundary(*at));
    boundaries.next().unwrap_or(text.len())
}

/// Returns `text` with the mask in place of each range; ranges that touch share one.
fn replace(text: &str, mut ranges: Vec<Range<usize>>) -> Cow<'_, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    sort_by_key(&mut ranges, |range| range.start);
    let mut masked = String::with_capacity(text.len());
    let mut ranges = ranges.into_iter().peekable();
    let mut shown = 0;
    while let Some(mut range) = ranges.next() {
        while let Some(next) = ranges.next_if(|next| next.start <= range.end) {
            range.end = range.end.max(next.end);
        }
        masked.push_str(&text[shown..boundary_before(text, range.start)]);
        masked.push_str(MASK);
        shown = boundary_after(text, range.end);
    }
    masked.push_str(&text[shown..]);
    Cow::Owned(masked)
}
