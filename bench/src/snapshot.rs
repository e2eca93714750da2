//! What was loaded, as text that is equal wherever the values are.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

/// Every leaf that has a value, by its key with dots.
pub type Snapshot = BTreeMap<String, String>;

/// Settings, or a part of them, that can say what they hold.
pub(crate) trait Leaves {
    /// Adds the leaves below `key`.
    fn tell(&self, key: &str, snapshot: &mut Snapshot);
}

macro_rules! leaves_by_display {
    ($($leaf:ty),*) => {
        $(impl Leaves for $leaf {
            fn tell(&self, key: &str, snapshot: &mut Snapshot) {
                snapshot.insert(key.to_owned(), self.to_string());
            }
        })*
    };
}

leaves_by_display!(String, u16, u32, f64, bool);

impl Leaves for SecretString {
    fn tell(&self, key: &str, snapshot: &mut Snapshot) {
        snapshot.insert(key.to_owned(), self.expose_secret().to_owned());
    }
}

impl<T: Leaves> Leaves for Option<T> {
    fn tell(&self, key: &str, snapshot: &mut Snapshot) {
        if let Some(value) = self {
            value.tell(key, snapshot);
        }
    }
}
