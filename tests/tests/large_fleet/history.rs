//! etcd's own history: every change of every key, from the first revision on.

use crate::server::{PREFIX, Server};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::Stdio,
};

/// A key that the test writes last.
const END: &str = "/shop_end";

/// A change of one key.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// With `P` in place of the prefix and `Q` in place of that of the control keys.
    pub(crate) key: String,
    /// `None` for a deletion.
    pub(crate) value: Option<String>,
    pub(crate) lease: i64,
}

/// The changes of each revision.
pub(crate) type History = BTreeMap<u64, Vec<Change>>;

/// Reads everything that a cluster has kept, which is everything without compaction.
pub(crate) fn read(member: &Server) -> History {
    member.ctl(&["put", END, "1"]);
    let watch = ["watch", "--prefix", "/shop", "--rev", "1"];
    let mut command = member.command();
    let mut process = command
        .args(watch)
        .args(["--write-out", "json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut history = History::new();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    'reading: for line in lines {
        let answer: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let events = answer["Events"].as_array().into_iter().flatten();
        for event in events {
            let kv = &event["kv"];
            let key = text(&kv["key"]);
            if key == END {
                break 'reading;
            }
            let is_deletion = event["type"].as_u64() == Some(1);
            let change = Change {
                key: short(&key),
                value: (!is_deletion).then(|| text(&kv["value"])),
                lease: kv["lease"].as_i64().unwrap_or(0),
            };
            let revision = kv["mod_revision"].as_u64().unwrap();
            history.entry(revision).or_default().push(change);
        }
    }
    process.kill().unwrap();
    process.wait().unwrap();
    history
}

fn text(encoded: &Value) -> String {
    let bytes = BASE64_STANDARD.decode(encoded.as_str().unwrap_or_default());
    String::from_utf8(bytes.unwrap()).unwrap()
}

fn short(key: &str) -> String {
    match (key.strip_prefix(PREFIX), key.strip_prefix("/shop@")) {
        (Some(setting), _) => format!("P{setting}"),
        (_, Some(control)) => format!("Q{control}"),
        _ => panic!("a key of nobody: {key}"),
    }
}
