//! Loaded values as text, for comparison.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

/// Every setting with a value, by its dotted key.
pub type Snapshot = BTreeMap<String, String>;

/// Settings, or a group of them, that list their values.
pub(crate) trait Leaves {
    /// Adds the settings below `key`.
    fn add_to(&self, key: &str, snapshot: &mut Snapshot);
}

macro_rules! leaves_by_display {
    ($($leaf:ty),*) => {
        $(impl Leaves for $leaf {
            fn add_to(&self, key: &str, snapshot: &mut Snapshot) {
                snapshot.insert(key.to_owned(), self.to_string());
            }
        })*
    };
}

leaves_by_display!(String, u16, u32, f64, bool);

impl Leaves for SecretString {
    fn add_to(&self, key: &str, snapshot: &mut Snapshot) {
        snapshot.insert(key.to_owned(), self.expose_secret().to_owned());
    }
}

impl<T: Leaves> Leaves for Option<T> {
    fn add_to(&self, key: &str, snapshot: &mut Snapshot) {
        if let Some(value) = self {
            value.add_to(key, snapshot);
        }
    }
}
