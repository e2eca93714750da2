//! The normal form of a scalar, by which `required_if` compares values.

use crate::value::observer::{Number, ValueObserver};
use settings_syntax::duration;
use std::time::Duration;
use zeroize::Zeroizing;

/// Observer that keeps the last scalar. It is wiped when it is dropped.
#[derive(Default)]
pub(crate) struct Normal {
    text: Option<Zeroizing<String>>,
}

impl Normal {
    /// `true` for `yes`, `8080` for `8_080`, the name of a variant, text unchanged; `None` for a list or map.
    pub(crate) fn into_text(self) -> Option<Zeroizing<String>> {
        self.text
    }

    fn keep(&mut self, text: String) {
        self.text = Some(Zeroizing::new(text));
    }
}

impl ValueObserver for Normal {
    fn text(&mut self, text: &str) {
        self.keep(text.to_owned());
    }

    fn number(&mut self, number: Number) {
        self.keep(number.to_string());
    }

    fn truth(&mut self, truth: bool) {
        self.keep(truth.to_string());
    }

    fn duration(&mut self, duration: Duration) {
        self.keep(duration::format(duration));
    }

    fn variant(&mut self, name: &str) {
        self.keep(name.to_owned());
    }

    fn list(&mut self, _: usize) {
        self.text = None;
    }

    fn reset(&mut self) {
        self.text = None;
    }
}
