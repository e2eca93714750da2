//! A store whose texts were written by an attacker: no command, event or page prints a control character, and no history or
//! status has a secret.

use crate::{dir::Dir, until};
use settings_core::{
    SecretString, Settings, cli,
    live::Instance,
    remote::{Engine, Store, StoreKey, Writer, testing::InMemoryStore},
};
use std::{collections::BTreeMap, time::Duration};

const WITHIN: Duration = Duration::from_secs(5);
/// A title for the terminal, a colour by a C1 control, a text that is reversed, and a line of its own.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}evil\r\nok";

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", unknown = "ignore")]
struct Shop {
    #[settings(default = 10, reload)]
    pool: u32,
    #[settings(default = "", reload)]
    title: String,
    #[settings(default_with = BTreeMap::new, reload)]
    limits: BTreeMap<String, u32>,
    #[settings(reload)]
    token: Option<SecretString>,
}

fn writer(cluster: &InMemoryStore) -> Box<dyn Writer> {
    cluster.engine().writer().unwrap()
}

fn control(cluster: &InMemoryStore, key: &str, value: &str) {
    let key = StoreKey::Control(key.to_owned());
    writer(cluster)
        .put(&key, value.as_bytes(), None, WITHIN)
        .unwrap();
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[track_caller]
fn is_printable(what: &str, text: &str) {
    let is_hostile =
        |c: char| c.is_control() && c != '\n' || ('\u{200e}'..='\u{202e}').contains(&c);
    let hostile: Vec<char> = text.chars().filter(|c| is_hostile(*c)).collect();
    assert!(hostile.is_empty(), "{what}: {hostile:?} in {text:?}");
    // Nor a line that the store has made up.
    assert!(!text.lines().any(|line| line == "ok"), "{what}: {text}");
}

fn rollout(state: &str, parts: &str) -> String {
    let hostile = json(HOSTILE);
    format!(
        r#"{{"v":1,"id":"r{state}","push":9,"state":"{state}","stage":1,"stages":["5%","100%"],"as_of":1,"base":{{"revision":1,"keys":9}},
        {parts}"bake_s":5,"orphan_s":86400,"spread_s":0,"hold_s":60,"author":{hostile},"message":{hostile},"reason":{hostile}}}"#
    )
}

/// A store in which every text is hostile that may be.
fn hostile() -> InMemoryStore {
    let cluster = InMemoryStore::new();
    let (of_map, unknown) = (format!("limits.{HOSTILE}"), format!("{HOSTILE}.key"));
    cluster.put([
        ("pool", "25"),
        ("title", HOSTILE),
        (&of_map, "1"),
        (&unknown, HOSTILE),
    ]);
    let hostile = json(HOSTILE);
    control(&cluster, &format!("fleet/{HOSTILE}"), "{}");
    let status = |fields: &str| {
        format!(
            r#"{{"v":1,"name":"shop","version":"1","schema":"0123abcd","labels":{{}},"base":1,"registered":1,"healthy":false,
            "rollout":"rrunning",{fields}}}"#
        )
    };
    for (id, state) in [("0a", "rejected"), ("0b", "restart_required")] {
        let fields = format!(
            r#""state":"{state}","since":{hostile},"problems":[{{"key":{hostile},"kind":"rule"}}],"restart_required":[{hostile}]"#
        );
        control(&cluster, &format!("fleet/{id}"), &status(&fields));
    }
    let named = format!(r#"{{"v":1,"name":{hostile}}}"#);
    control(&cluster, "fleet/0c", &named);
    let entry = format!(
        r#"{{"v":1,"push":8,"id":{hostile},"kind":"push","at":{hostile},"author":{hostile},"message":{hostile},"outcome":{hostile},
        "changes":[{{"key":{hostile},"old":null,"new":{hostile}}},{{"key":"title","old":{hostile},"new":{hostile}}}]}}"#
    );
    control(&cluster, "history/0000000008", &entry);
    control(
        &cluster,
        "control/head",
        &format!(r#"{{"v":1,"push":8,"id":{hostile}}}"#),
    );
    cluster
}

fn run(store: &Store, words: &[&str]) -> String {
    let words: Vec<&str> = ["store"].iter().chain(words).copied().collect();
    let printed = cli::capture(&Shop::empty_loader().store(store), words);
    format!("{}\n{}", printed.out, printed.err)
}

#[test]
fn no_command_prints_a_control_character_of_the_store() {
    let cluster = hostile();
    let store = Store::builder(cluster.engine()).start();
    let dir = Dir::with(&[]);
    let file = dir.write("push.env", "SHOP_POOL=30\nSHOP_TITLE=new\n");
    let file = file.to_str().unwrap();
    let commands: [&[&str]; 14] = [
        &["get"],
        &["get", "--format", "json"],
        &["get", "title"],
        &["get", "--revision", "1"],
        &["check", file],
        &["diff", file],
        &["diff", file, "--prune"],
        &["log"],
        &["log", "--changes"],
        &["rollback", "--yes"],
        &["rollback", "8", "--yes"],
        &["fleet"],
        &["fleet", "--format", "json"],
        &["fleet", "--wait", "99", "--timeout", "1ms"],
    ];
    for words in commands {
        is_printable(&words.join(" "), &run(&store, words));
    }
    let members = r#""members":["0a","0b"],"#;
    let candidate = format!(
        r#"{members}"set":{{{}:"1"}},"unset":[{}],"#,
        json(HOSTILE),
        json("x\u{1b}")
    );
    for (state, parts) in [
        ("running", candidate.as_str()),
        ("paused", &candidate),
        ("aborted", ""),
        ("done", ""),
    ] {
        let written = rollout(state, parts);
        cluster.put([("@rollout", written.as_str())]);
        let status = run(&store, &["rollout", "status"]);
        assert!(status.contains(&format!("rollout r{state} ")), "{status}");
        is_printable(state, &status);
        let commands: [&[&str]; 5] = [
            &["fleet"],
            &["rollout", "promote", "--detach"],
            &["push", file, "--yes"],
            &["push", file, "--yes", "--rollout", "100%"],
            &["rollout", "abort", "--message", HOSTILE],
        ];
        for words in commands {
            is_printable(
                &format!("{state}: {}", words.join(" ")),
                &run(&store, words),
            );
        }
        is_printable(state, &run(&store, &["log", "--changes"]));
    }
}

#[test]
fn no_event_and_no_page_of_an_instance_has_a_control_character_of_the_store() {
    let cluster = hostile();
    let store = Store::builder(cluster.engine()).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let events = live.subscribe_channel();
    let instance = Instance::new("shop").second(Duration::from_millis(10));
    let _guard = live.join_fleet(&store, instance).unwrap();
    let id = || live.status().fleet.unwrap().id;
    until(|| !id().is_empty());
    let snapshot = cluster.snapshot();
    let base = format!(
        r#""base":{{"revision":{},"keys":{}}}"#,
        snapshot.revision,
        snapshot.settings().count()
    );
    let candidate = format!(
        r#""members":[{}],"set":{{"pool":"30","title":{}}},"unset":[],"#,
        json(&id()),
        json(&format!("{HOSTILE}2"))
    );
    let open = rollout("running", &candidate).replace(r#""base":{"revision":1,"keys":9}"#, &base);
    cluster.put([("@rollout", open.as_str())]);
    until(|| live.current().pool == 30);
    let ended = rollout("aborted", "").replace("raborted", "rrunning");
    cluster.put([("@rollout", ended.as_str())]);
    until(|| live.current().pool == 25);
    let applied = events.recv().unwrap().to_string();
    is_printable("applied", &applied);
    let reverted = events.recv().unwrap().to_string();
    let begin = r"reverted by revision 3 of the settings, because rollout rrunning was aborted: \u{1b}]0;owned\u{7}";
    assert!(reverted.starts_with(begin), "{reverted}");
    is_printable("reverted", &reverted);
    cluster.put([("title", "a"), (&*format!("limits.{HOSTILE}"), "7")]);
    let applied = events.recv().unwrap().to_string();
    is_printable("applied", &applied);
    is_printable("status", &format!("{:?}", live.status()));
    is_printable("page", &live.to_html());
    is_printable("JSON", &live.to_json());
    is_printable("store", &format!("{} {:?}", store.status(), store));
}

#[test]
fn no_history_and_no_status_has_the_text_of_a_secret() {
    let cluster = InMemoryStore::new();
    cluster.put([("pool", "25"), ("token", "hunter2-old"), ("title", "a")]);
    let store = Store::builder(cluster.engine()).start();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    let instance = Instance::new("shop").second(Duration::from_millis(10));
    let _guard = live.join_fleet(&store, instance).unwrap();
    until(|| !live.status().fleet.unwrap().id.is_empty());
    let dir = Dir::with(&[]);
    let content = concat!(
        "SHOP_TOKEN=hunter2-new\nSHOP_TITLE=https://shop:hunter2-new@api\n",
        "SHOP_LIMITS={\"a\": 3}\n",
    );
    let file = dir.write("push.env", content);
    let push = ["push", file.to_str().unwrap(), "--yes"];
    let printed = run(&store, &push);
    assert!(printed.contains("push 1 is in memory"), "{printed}");
    assert!(!printed.contains("hunter2"), "{printed}");
    let rollback = run(&store, &["rollback", "--yes"]);
    assert!(!rollback.contains("hunter2"), "{rollback}");
    let content = "SHOP_TOKEN=hunter2-third\nSHOP_TITLE=b\n";
    let file = dir.write("push.env", content);
    let options = [
        "--rollout",
        "100%",
        "--bake",
        "1s",
        "--spread",
        "0s",
        "--orphan",
        "1d",
    ];
    let push = ["push", file.to_str().unwrap(), "--yes"];
    let printed = run(&store, &[&push[..], &options].concat());
    assert!(printed.contains(" is done"), "{printed}");
    assert!(!printed.contains("hunter2"), "{printed}");
    for (key, value) in &cluster.control().values {
        let text = String::from_utf8_lossy(value.bytes());
        assert!(!text.contains("hunter2"), "{key}: {text}");
    }
    let ended = cluster.snapshot().values["@rollout"].clone();
    assert!(!String::from_utf8_lossy(ended.bytes()).contains("hunter2"));
    for words in [
        &["log", "--changes"][..],
        &["get"],
        &["fleet"],
        &["rollout", "status"],
    ] {
        let printed = run(&store, words);
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}
