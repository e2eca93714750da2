//! Keys of maps: an observer of what the name of one means to its type.

use crate::schema::variants::KeyForm;
use crate::value::observer::{Number, ValueObserver};
use std::cell::Cell;

/// The form of a key, as its type requests it.
#[derive(Default)]
pub(super) struct KeyObserver {
    pub(super) form: Option<KeyForm>,
}

/// Receives the hash of the variant of an enum that is a key.
pub(super) type KeyVariant = Cell<Option<u64>>;

impl ValueObserver for KeyObserver {
    fn number(&mut self, number: Number) {
        self.form = Some(KeyForm::Number(number.to_string()));
    }

    fn truth(&mut self, truth: bool) {
        self.form = Some(KeyForm::Bool(truth));
    }

    fn variant(&mut self, name: &str) {
        self.form = Some(KeyForm::Name(name.to_owned()));
    }

    fn reset(&mut self) {
        self.form = None;
    }
}
