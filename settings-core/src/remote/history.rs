//! Head and history: the control keys that every push writes.

use super::{
    answer::StoreSnapshot,
    json::{JsonObject, JsonWriter},
};

/// Version of the formats. A newer one is not read.
const VERSION: u64 = 1;
/// Prefix of the control keys with one push each.
pub(crate) const HISTORY: &str = "history/";
/// Number of pushes that are kept.
pub(crate) const KEPT: usize = 50;
/// Largest entry of the history, in bytes.
pub(crate) const MAX_ENTRY: usize = 256 * 1024;

/// The value of [`HEAD`](super::HEAD): the last push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PushHead {
    /// Number of the push.
    pub(crate) push: u64,
    /// 32 random hex digits, so that no two commits write the same head.
    pub(crate) id: String,
}

/// One change of the settings, as the history keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PushEntry {
    pub(crate) push: u64,
    pub(crate) id: String,
    pub(crate) kind: PushKind,
    /// UTC, as in `2026-11-30T16:05:00Z`, by the clock of the machine that pushed.
    pub(crate) at: String,
    /// A claim, not a proof.
    pub(crate) author: String,
    pub(crate) message: String,
    pub(crate) outcome: String,
    pub(crate) changes: Vec<KeyChange>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushKind {
    Push,
    Rollback,
    Rollout,
}

/// Change of one key of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyChange {
    pub(crate) key: String,
    pub(crate) old: KeptValue,
    pub(crate) new: KeptValue,
}

/// A value in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeptValue {
    /// The key did not exist.
    Absent,
    /// A secret, or a value that may contain one. It is not kept.
    Secret,
    Text(String),
}

impl PushHead {
    /// A head with a new id.
    pub(crate) fn new(push: u64) -> Self {
        Self {
            push,
            id: format!("{:032x}", fastrand::u128(..)),
        }
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let object = JsonObject::read(bytes)?;
        if object.number("v")? != VERSION {
            return None;
        }
        Some(Self {
            push: object.number("push")?,
            id: object.text("id")?.to_owned(),
        })
    }

    pub(crate) fn write(&self) -> String {
        let object = JsonWriter::default().bare("v", VERSION);
        object.bare("push", self.push).text("id", &self.id).end()
    }
}

impl PushKind {
    const ALL: [Self; 3] = [Self::Push, Self::Rollback, Self::Rollout];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Rollback => "rollback",
            Self::Rollout => "rollout",
        }
    }
}

impl PushEntry {
    /// The control key of a push.
    pub(crate) fn key(push: u64) -> String {
        format!("{HISTORY}{push:010}")
    }

    /// Every push that is kept and can be read, oldest first, each with its revision.
    pub(crate) fn all(scanned: &StoreSnapshot) -> Vec<(u64, Self)> {
        let values = scanned.values.iter();
        let read = values.filter_map(|(key, value)| {
            let entry = Self::read(value.bytes())?;
            (*key == Self::key(entry.push)).then_some((value.revision(), entry))
        });
        read.collect()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let object = JsonObject::read(bytes)?;
        if object.number("v")? != VERSION {
            return None;
        }
        let word = object.text("kind")?;
        let mut kinds = PushKind::ALL.into_iter();
        let text = |key: &str| object.text(key).unwrap_or_default().to_owned();
        let entry = Self {
            push: object.number("push")?,
            id: text("id"),
            kind: kinds.find(|kind| kind.word() == word)?,
            at: text("at"),
            author: text("author"),
            message: text("message"),
            outcome: text("outcome"),
            changes: Vec::new(),
        };
        let changes = object.objects("changes")?.into_iter();
        let changes = changes.map(|change| {
            Some(KeyChange {
                key: change.text("key")?.to_owned(),
                old: KeptValue::read(&change, "old"),
                new: KeptValue::read(&change, "new"),
            })
        });
        Some(Self {
            changes: changes.collect::<Option<_>>()?,
            ..entry
        })
    }

    pub(crate) fn write(&self) -> String {
        let changes = self.changes.iter().map(|change| {
            let object = JsonWriter::default().text("key", &change.key);
            let object = if change.is_secret() {
                object.bare("secret", true)
            } else {
                object
            };
            let object = change.old.write(object, "old");
            change.new.write(object, "new").end()
        });
        let changes: Vec<String> = changes.collect();
        JsonWriter::default()
            .bare("v", VERSION)
            .bare("push", self.push)
            .text("id", &self.id)
            .text("kind", self.kind.word())
            .text("at", &self.at)
            .text("author", &self.author)
            .text("message", &self.message)
            .text("outcome", &self.outcome)
            .list("changes", &changes)
            .end()
    }
}

impl KeyChange {
    pub(crate) fn is_secret(&self) -> bool {
        self.old == KeptValue::Secret || self.new == KeptValue::Secret
    }
}

/// A value that is not kept has no member, one that did not exist is null.
impl KeptValue {
    fn read(object: &JsonObject<'_>, key: &str) -> Self {
        match object.text(key) {
            Some(text) if !object.truth("secret").unwrap_or(false) => Self::Text(text.to_owned()),
            _ if object.is_null(key) => Self::Absent,
            _ => Self::Secret,
        }
    }

    fn write(&self, object: JsonWriter, key: &str) -> JsonWriter {
        match self {
            Self::Absent => object.bare(key, "null"),
            Self::Secret => object,
            Self::Text(text) => object.text(key, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::Value;

    fn entry() -> PushEntry {
        let change = |key: &str, old, new| KeyChange {
            key: key.to_owned(),
            old,
            new,
        };
        let text = |text: &str| KeptValue::Text(text.to_owned());
        PushEntry {
            push: 42,
            id: "ab".to_owned(),
            kind: PushKind::Push,
            at: "2026-11-30T16:05:00Z".to_owned(),
            author: "ä \"b\"\n".to_owned(),
            message: String::new(),
            outcome: "applied".to_owned(),
            changes: vec![
                change("pool", text("1"), text("2")),
                change("new", KeptValue::Absent, text("")),
                change("token", KeptValue::Secret, KeptValue::Absent),
            ],
        }
    }

    #[test]
    fn an_entry_reads_as_it_was_written() {
        let written = entry().write();
        assert!(
            written.ends_with(
                r#""changes":[{"key":"pool","old":"1","new":"2"},{"key":"new","old":null,"new":""},{"key":"token","secret":true,"new":null}]}"#
            ),
            "{written}"
        );
        let values = [
            ("history/0000000042", written.as_str()),
            ("history/0000000043", written.as_str()),
            ("history/x", "[]"),
            ("history/y", r#"{"v":2}"#),
        ];
        let values = values.map(|(key, value)| (key.to_owned(), Value::new(value, 7)));
        let scanned = StoreSnapshot {
            revision: 9,
            values: values.into(),
        };
        assert_eq!(PushEntry::all(&scanned), [(7, entry())]);
    }

    #[test]
    fn a_head_of_an_unknown_version_or_form_is_none() {
        let head = PushHead::new(3);
        assert_eq!(PushHead::read(head.write().as_bytes()), Some(head));
        for other in [
            "",
            "{}",
            r#"{"v":2,"push":3,"id":"a"}"#,
            r#"{"v":1,"push":-3,"id":"a"}"#,
        ] {
            assert_eq!(PushHead::read(other.as_bytes()), None, "{other}");
        }
    }
}
