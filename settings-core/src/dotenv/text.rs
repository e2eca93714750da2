//! Text of a value: borrowed from the file, or built in memory that is wiped on drop.

use zeroize::Zeroizing;

/// The limit for the bytes of a value, as written and after replacement.
pub(super) const MAX_VALUE: usize = 1 << 20;

pub(super) enum Text<'a> {
    Borrowed(&'a str),
    Built(Wiped),
}

/// A growing text that leaves no copies in memory.
pub(super) struct Wiped(Zeroizing<String>);

impl Text<'_> {
    pub(super) fn into_owned(self) -> Zeroizing<String> {
        match self {
            Text::Borrowed(text) => Zeroizing::new(text.to_owned()),
            Text::Built(text) => text.0,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Built(text) => text.as_str(),
        }
    }
}

impl Wiped {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Wiped(Zeroizing::new(String::with_capacity(capacity)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Appends `more`; when that needs more memory, the old memory is wiped first.
    pub(super) fn push(&mut self, more: &str) {
        let len = self.0.len() + more.len();
        if len > self.0.capacity() {
            let mut grown = Zeroizing::new(String::with_capacity(len.max(2 * self.0.len())));
            grown.push_str(&self.0);
            self.0 = grown;
        }
        self.0.push_str(more);
    }
}

#[cfg(test)]
mod tests {
    use super::Wiped;

    #[test]
    fn pushed_text_is_kept_while_it_grows() {
        let mut text = Wiped::with_capacity(0);
        for piece in ["", "a", "bc", "", "defghijk", "ü"] {
            text.push(piece);
        }
        assert_eq!(text.as_str(), "abcdefghijkü");
    }
}
