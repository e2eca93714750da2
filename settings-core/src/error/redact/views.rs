//! Views of a text: unchanged and with escapes decoded, with a mapping to the original bytes.

use std::ops::Range;
use zeroize::Zeroizing;

/// The bytes of a text in lower case, perhaps with escapes decoded.
pub(super) struct View {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// The offset of each byte in the text, and the end of the text. `None` if nothing is decoded.
    starts: Option<Vec<usize>>,
}

/// The limit for nested escapes: JSON in a `Debug` output in a URL.
const DEPTH: usize = 3;

/// Returns the text itself and each reading of it with `%41`, `+`, `\n`, `\"` or `\u{41}` decoded.
pub(super) fn views(text: &str) -> Vec<View> {
    let mut views = vec![View {
        bytes: Zeroizing::new(text.as_bytes().to_ascii_lowercase()),
        starts: None,
    }];
    let mut last = 0;
    for _ in 0..DEPTH {
        let new = last..views.len();
        last = views.len();
        for from in new {
            for decode in [percent, form, backslash] {
                let decoded = views[from].decoded(decode);
                views.extend(decoded.filter(|new| views.iter().all(|old| old.bytes != new.bytes)));
            }
        }
    }
    views
}

/// Decodes the unit at the start of some bytes: returns its length and its decoded bytes.
type DecodeView = fn(&[u8]) -> (usize, Unit);

#[derive(Clone, Copy)]
enum Unit {
    Byte(u8),
    Char(char),
    Nothing,
}

impl View {
    /// The bytes of the text that a range of this view was read from.
    pub(super) fn source(&self, range: Range<usize>) -> Range<usize> {
        match &self.starts {
            None => range,
            Some(starts) => starts[range.start]..starts[range.end],
        }
    }

    /// Whether no letter or digit is next to a range.
    pub(super) fn is_word(&self, range: &Range<usize>) -> bool {
        let before = self.bytes[..range.start].utf8_chunks().last();
        let before = before.filter(|chunk| chunk.invalid().is_empty());
        let before = before.and_then(|chunk| chunk.valid().chars().next_back());
        let after = self.bytes[range.end..].utf8_chunks().next();
        let after = after.and_then(|chunk| chunk.valid().chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    }

    /// The view with one kind of escape decoded, if there is any.
    fn decoded(&self, decode: DecodeView) -> Option<Self> {
        let from = &self.bytes;
        let mut at = 0;
        // Decoding never lengthens a text, so the buffer does not grow.
        let mut bytes = Zeroizing::new(Vec::with_capacity(from.len()));
        let mut starts = Vec::with_capacity(from.len() + 1);
        let mut changed = false;
        while at < from.len() {
            let (length, unit) = decode(&from[at..]);
            changed |= length > 1 || !matches!(unit, Unit::Byte(byte) if byte == from[at]);
            let start = self.source(at..at).start;
            let mut encoded = [0; 4];
            let decoded: &[u8] = match unit {
                Unit::Nothing => &[],
                Unit::Byte(byte) => {
                    encoded[0] = byte.to_ascii_lowercase();
                    &encoded[..1]
                }
                Unit::Char(c) => c.to_ascii_lowercase().encode_utf8(&mut encoded).as_bytes(),
            };
            bytes.extend_from_slice(decoded);
            starts.resize(bytes.len(), start);
            at += length;
        }
        starts.push(self.source(at..at).start);
        changed.then_some(Self {
            bytes,
            starts: Some(starts),
        })
    }
}

fn percent(bytes: &[u8]) -> (usize, Unit) {
    let digits = bytes
        .get(1..3)
        .and_then(|digits| std::str::from_utf8(digits).ok());
    let byte = digits
        .filter(|_| bytes[0] == b'%')
        .and_then(|digits| u8::from_str_radix(digits, 16).ok());
    byte.map_or((1, Unit::Byte(bytes[0])), |byte| (3, Unit::Byte(byte)))
}

fn form(bytes: &[u8]) -> (usize, Unit) {
    match bytes[0] {
        b'+' => (1, Unit::Byte(b' ')),
        _ => percent(bytes),
    }
}

/// An escape of JSON or of `Debug`.
fn backslash(bytes: &[u8]) -> (usize, Unit) {
    let plain = (1, Unit::Byte(bytes[0]));
    let (b'\\', Some(&escape)) = (bytes[0], bytes.get(1)) else {
        return plain;
    };
    let byte = match escape {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'0' => 0,
        b'"' | b'\'' | b'\\' | b'/' => escape,
        b'x' => {
            let hex = hex(bytes.get(2..4)).and_then(|code| u8::try_from(code).ok());
            return hex.map_or(plain, |byte| (4, Unit::Byte(byte)));
        }
        b'u' => return unicode(bytes).unwrap_or(plain),
        // An escaped line break, which continues the line.
        b'\n' => return (2, Unit::Nothing),
        _ => return plain,
    };
    (2, Unit::Byte(byte))
}

/// `\u{e9}`, `\u00e9`, and surrogate pairs.
fn unicode(bytes: &[u8]) -> Option<(usize, Unit)> {
    let rest = &bytes[2..];
    if let Some(digits) = rest.strip_prefix(b"{") {
        let end = digits.iter().take(7).position(|&byte| byte == b'}')?;
        let c = char::from_u32(hex(Some(&digits[..end]))?)?;
        return Some((end + 4, Unit::Char(c)));
    }
    let first = hex(rest.get(..4))?;
    if let Some(c) = char::from_u32(first) {
        return Some((6, Unit::Char(c)));
    }
    let second = hex(rest
        .get(4..)?
        .strip_prefix(b"\\u")
        .and_then(|rest| rest.get(..4)))?;
    let units = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    let c = char::decode_utf16(units).next()?.ok()?;
    Some((12, Unit::Char(c)))
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    let digits = std::str::from_utf8(digits?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::views;

    #[test]
    fn escapes_are_decoded_and_lead_back_to_the_text() {
        for (text, decoded, source) in [
            (r#"x "a\"b" y"#, "a\"b", r#"a\"b"#),
            (r"x a\u{e9}b", "aéb", r"a\u{e9}b"),
            (r"x a\u00e9b", "aéb", r"a\u00e9b"),
            (r"x \ud83d\ude00.", "😀", r"\ud83d\ude00"),
            ("x a%2fb%C3%a9.", "a/bé", "a%2fb%C3%a9"),
            ("x a+b%20c.", "a b c", "a+b%20c"),
            (r#"x a\\\"b."#, "a\"b", r#"a\\\"b"#),
            (r"x a%5cnb.", "a\nb", r"a%5cnb"),
        ] {
            let found = views(text).into_iter().find_map(|view| {
                let length = decoded.len();
                let mut windows = view.bytes.windows(length);
                let at = windows.position(|window| window == decoded.as_bytes())?;
                Some(view.source(at..at + length))
            });
            assert_eq!(found.map(|range| &text[range]), Some(source), "{text}");
        }
    }
}
