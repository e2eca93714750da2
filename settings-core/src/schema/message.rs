//! Messages of errors in constant evaluation, composed from names.

/// A text of limited length.
pub(super) struct ClashMessage {
    text: [u8; 400],
    len: usize,
}

impl ClashMessage {
    pub(super) const fn new() -> Self {
        Self {
            text: [0; 400],
            len: 0,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) const fn push(&mut self, text: &[u8]) {
        let mut at = 0;
        while at < text.len() && self.len < self.text.len() {
            self.text[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
    }

    #[track_caller]
    pub(super) const fn panic(&self) -> ! {
        match str::from_utf8(self.text.split_at(self.len).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("the schema is invalid"),
        }
    }
}
