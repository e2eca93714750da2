//! `settings store`: changes of the settings in a store, checked before they are written.

use crate::{dir::Dir, wait::until};
use settings_core::{
    SecretString, Settings, cli,
    remote::{Store, testing::InMemoryStore},
};
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", validate = Self::ordered)]
struct Shop {
    #[settings(default = 10, range(1..=1000), reload)]
    db_pool_size: u32,
    #[settings(default = 1)]
    db_pool_min: u32,
    #[settings(default = "info", one_of("debug", "info"))]
    log_level: String,
    /// Set by another layer of each instance.
    region: String,
    token: Option<SecretString>,
    #[settings(default = "http://localhost")]
    url: String,
    #[settings(default = "")]
    labels: BTreeMap<String, String>,
    #[settings(default = "")]
    quotas: BTreeMap<String, BTreeMap<String, u32>>,
    #[settings(nested)]
    server: Server,
    #[settings(nested)]
    mirrors: Vec<Mirror>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost")]
    bind_address: String,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Mirror {
    host: String,
    #[settings(default = 80)]
    port: u16,
}

impl Shop {
    fn ordered(&self) -> Result<(), &'static str> {
        if self.db_pool_min > self.db_pool_size {
            return Err("db_pool_min is above db_pool_size");
        }
        Ok(())
    }
}

/// A store, a directory for files, and the command on both.
struct Team {
    cluster: InMemoryStore,
    store: Store,
    dir: Dir,
}

fn team<const N: usize>(pairs: [(&str, &str); N]) -> Team {
    let cluster = InMemoryStore::new();
    cluster.put(pairs);
    Team {
        store: Store::builder(cluster.engine()).start(),
        cluster,
        dir: Dir::with(&[]),
    }
}

impl Team {
    /// Runs the command; `FILE` is the path of this file.
    fn run_with_file(&self, words: &[&str], name: &str, content: &str) -> (u8, String, String) {
        self.dir.write(name, content);
        let path = self.dir.path(name);
        let path = path.to_str().unwrap();
        let words: Vec<&str> = words
            .iter()
            .map(|word| if *word == "FILE" { path } else { word })
            .collect();
        let (code, out, err) = self.run(&words);
        (code, out.replace(path, name), err.replace(path, name))
    }

    fn run(&self, words: &[&str]) -> (u8, String, String) {
        let loader = Shop::empty_loader().store(&self.store);
        let words: Vec<&str> = ["store"].iter().chain(words).copied().collect();
        let printed = cli::capture(&loader, words);
        (printed.code, printed.out, printed.err)
    }

    fn push(&self, content: &str) -> (u8, String, String) {
        let words = [
            "push",
            "FILE",
            "--yes",
            "--author",
            "ann",
            "--message",
            "why",
        ];
        self.run_with_file(&words, "push.env", content)
    }

    /// Everything below the prefix.
    fn held(&self) -> Vec<String> {
        let backup = self.cluster.snapshot();
        let values = backup.values.iter();
        values
            .map(|(key, value)| format!("{key}={}", String::from_utf8_lossy(value.bytes())))
            .collect()
    }
}

#[test]
fn a_push_is_checked_shown_and_written_as_a_whole() {
    let team = team([("db_pool_size", "25"), ("log_level", "debug")]);
    let file = "SHOP_DB_POOL_SIZE=30\nSHOP_TOKEN=hunter2\nSHOP_SERVER_BIND_ADDRESS=::1\n";
    let (code, out, err) = team.push(file);
    assert_eq!((code, &*err), (0, ""));
    assert_data_eq!(
        out,
        str![[r#"
- memory / @1
+ push.env

~ db_pool_size         25 -> 30
+ token                [redacted]
+ server.bind_address  ::1

push 1 is in memory / @2

"#]]
    );
    assert_eq!(
        team.held(),
        [
            "db_pool_size=30",
            "log_level=debug",
            "server/bind_address=::1",
            "token=hunter2"
        ]
    );
    let again = team.push(file);
    assert_eq!(again, (0, "nothing to change".to_owned(), String::new()));
}

#[test]
fn an_invalid_file_is_refused_and_nothing_is_written() {
    let team = team([("db_pool_size", "25")]);
    let (code, _, err) = team.push("SHOP_DB_POOL_SIZE=5000\nSHOP_LOG_LEVEL=loud\n");
    assert_eq!(code, 78);
    assert_data_eq!(
        err,
        str![[r#"
2 problems in the settings (Shop)

  db_pool_size: expected a value from 1 to 1000, found "5000" in push.env:1
[..]

  log_level: expected one of debug, info, found "loud" in push.env:2
[..]

...
nothing was written
"#]]
    );
    // A rule across settings, of which the store holds one. It is not judged while a setting is missing.
    team.cluster.put([("region", "eu")]);
    let before = team.held();
    let (code, _, err) = team.push("SHOP_DB_POOL_MIN=26\n");
    assert_eq!(code, 78);
    assert!(err.contains("db_pool_min is above db_pool_size"), "{err}");
    // `check` and `diff` say the same.
    for command in ["check", "diff"] {
        let (code, _, err) =
            team.run_with_file(&[command, "FILE"], "push.env", "SHOP_DB_POOL_SIZE=0\n");
        assert_eq!(code, 78, "{command}");
        assert!(err.contains("found \"0\" in push.env:1"), "{err}");
    }
    assert_eq!(team.held(), before);
    assert_eq!(team.run(&["log"]).1, "memory / has no pushes yet");
}

#[test]
fn a_name_that_is_no_setting_is_refused() {
    let team = team([]);
    for (name, content, expected) in [
        (
            "push.env",
            "SHOP_DB_POL_SIZE=5\n",
            "SHOP_DB_POL_SIZE: this name does not match any setting in push.env:1",
        ),
        (
            "push.env",
            "DB_POOL_SIZE=5\n",
            "DB_POOL_SIZE: this name does not match any setting",
        ),
        (
            "push.toml",
            "[server]\nbind = '::1'\n",
            "bind: this name does not match any setting in push.toml:2",
        ),
        (
            "push.env",
            "SHOP_TOKEN_FILE=/run/token\n",
            "token: a store holds values, not names of files, in push.env:1",
        ),
        (
            "push.env",
            "SHOP_URL=''\n",
            "url: a store cannot hold empty text, in push.env:1",
        ),
    ] {
        let (code, _, err) = team.run_with_file(&["push", "FILE", "--yes"], name, content);
        assert_eq!(code, 78, "{err}");
        assert!(err.contains(expected), "{expected}\n{err}");
    }
    assert!(team.held().is_empty());
}

#[test]
fn a_missing_setting_is_no_problem() {
    // `region` is required, and set by another layer.
    let team = team([]);
    let (code, out, err) =
        team.run_with_file(&["check", "FILE"], "push.env", "SHOP_LOG_LEVEL=debug\n");
    assert_eq!((code, &*err), (0, ""));
    assert_eq!(out, "push.env is valid over memory / @1");
}

#[test]
fn a_diff_exits_with_one_if_there_is_a_difference() {
    let team = team([("log_level", "debug")]);
    let diff = |content| team.run_with_file(&["diff", "FILE"], "push.env", content);
    let (code, out, err) = diff("SHOP_LOG_LEVEL=info\n");
    assert_eq!((code, &*err), (1, ""));
    assert!(out.ends_with("~ log_level  debug -> info\n"), "{out}");
    assert_eq!(
        diff("SHOP_LOG_LEVEL=debug\n"),
        (0, String::new(), String::new())
    );
}

#[test]
fn a_file_states_its_settings_and_prune_removes_the_others() {
    let team = team([
        ("log_level", "debug"),
        ("labels/zone", "a"),
        ("labels/tier", "web"),
        ("old_name", "1"),
    ]);
    // A map that is stated as a whole replaces its parts; other settings stay.
    let file = "db_pool_size = 7\n[labels]\nzone = 'b'\n[[mirrors]]\nhost = 'm'\n";
    let words = ["push", "FILE", "--yes"];
    let (code, out, _) = team.run_with_file(&words, "push.toml", file);
    assert_eq!(code, 0, "{out}");
    assert_eq!(
        team.held(),
        [
            "db_pool_size=7",
            "labels={\"zone\":\"b\"}",
            "log_level=debug",
            "mirrors=[{\"host\":\"m\"}]",
            "old_name=1"
        ]
    );
    let words = ["push", "FILE", "--yes", "--prune"];
    let (code, out, _) = team.run_with_file(&words, "push.toml", "db_pool_size = 7\n");
    assert_eq!(code, 0, "{out}");
    assert_eq!(team.held(), ["db_pool_size=7"]);
}

#[test]
fn a_setting_keeps_its_spelling_in_the_store() {
    let team = team([
        ("server.bind-address", "::1"),
        ("server/bind_address", "::2"),
    ]);
    assert_eq!(team.push("SHOP_SERVER_BIND_ADDRESS=::3\n").0, 0);
    assert_eq!(
        team.held(),
        ["server.bind-address=::3"],
        "and no second one"
    );
}

#[test]
fn keys_of_maps_are_kept_as_they_are() {
    let team = team([("quotas/eu/b", "1"), ("labels/Zone", "a")]);
    let (code, _, err) = team.run(&["set", "quotas.eu.B", "2", "--yes"]);
    assert_eq!((code, &*err), (0, ""));
    let file = "SHOP_LABELS__zone=b\nSHOP_MIRRORS__0__HOST=m\n";
    assert_eq!(team.push(file).0, 0);
    let held = [
        "labels/Zone=a",
        "labels/zone=b",
        "mirrors/0/host=m",
        "quotas/eu/B=2",
        "quotas/eu/b=1",
    ];
    assert_eq!(team.held(), held);
    // A slash in a key would separate two.
    let (code, _, err) = team.run(&["set", r#"labels."a/b""#, "c", "--yes"]);
    assert_eq!(code, 2);
    assert_data_eq!(
        err,
        str![[r#"
labels."a/b": this key of a map cannot be part of a key of the store
  help: set the whole map as JSON
"#]]
    );
    let (code, _, err) = team.push("SHOP_LABELS__a/b=c\n");
    assert_eq!(code, 78, "{err}");
    assert_eq!(team.held(), held);
}

#[test]
fn single_settings_are_set_and_unset() {
    let team = team([]);
    for words in [
        ["set", "server.bind_address", "::1", "--yes"],
        ["set", "SHOP_LOG_LEVEL", "debug", "--yes"],
        ["set", "mirrors[0].host", "m", "--yes"],
        ["set", "labels.zone", "a", "--yes"],
    ] {
        let (code, _, err) = team.run(&words);
        assert_eq!((code, &*err), (0, ""), "{words:?}");
    }
    let all = [
        "labels/zone=a",
        "log_level=debug",
        "mirrors/0/host=m",
        "server/bind_address=::1",
    ];
    assert_eq!(team.held(), all);
    assert_eq!(team.run(&["set", "log_level", "loud", "--yes"]).0, 78);
    let (code, _, err) = team.run(&["set", "log_levl", "debug", "--yes"]);
    assert_eq!(
        (code, &*err),
        (
            2,
            "log_levl does not match any setting; did you mean log_level?"
        )
    );
    let (code, _, err) = team.run(&["set", "log_level", "debug"]);
    assert_eq!(
        (code, &*err),
        (0, ""),
        "nothing to change needs no question"
    );
    let (code, _, err) = team.run(&["set", "log_level", "info"]);
    assert_eq!(
        (code, &*err),
        (2, "there is no terminal to ask on: pass --yes")
    );
    assert_eq!(team.held(), all);

    let words = ["unset", "log_level", "labels", "mirrors", "--yes"];
    assert_eq!(team.run(&words).0, 0);
    assert_eq!(team.held(), ["server/bind_address=::1"]);
}

#[test]
fn the_log_has_every_push_and_a_rollback_takes_one_back() {
    let team = team([("db_pool_size", "25")]);
    assert_eq!(
        team.push("SHOP_DB_POOL_SIZE=30\nSHOP_LOG_LEVEL=debug\n").0,
        0
    );
    assert_eq!(team.push("SHOP_URL=http://b\n").0, 0);
    let (code, out, _) = team.run(&["rollback", "1", "--yes", "--author", "bob"]);
    assert_eq!(code, 0);
    assert!(out.ends_with("push 3 is in memory / @4\n"), "{out}");
    assert_eq!(team.held(), ["db_pool_size=25", "url=http://b"]);
    assert_data_eq!(
        team.run(&["log", "--changes"]).1,
        str![[r#"
rollback 3  @4  [..]Z  applied, 2 changed, by bob: rollback of push 1
  db_pool_size: "30" -> "25"
  log_level: "debug" -> -
push 2  @3  [..]Z  applied, 1 changed, by ann: why
  url: - -> "http://b"
push 1  @2  [..]Z  applied, 2 changed, by ann: why
  db_pool_size: "25" -> "30"
  log_level: - -> "debug"

"#]]
    );
    // The rollback can be rolled back.
    assert_eq!(team.run(&["rollback", "--yes"]).0, 0);
    assert_eq!(
        team.held(),
        ["db_pool_size=30", "log_level=debug", "url=http://b"]
    );
}

#[test]
fn a_rollback_of_what_was_changed_since_is_a_conflict() {
    let team = team([("db_pool_size", "25")]);
    assert_eq!(
        team.push("SHOP_DB_POOL_SIZE=30\nSHOP_LOG_LEVEL=debug\n").0,
        0
    );
    team.cluster.put([("db_pool_size", "31")]);
    team.cluster.delete("log_level");
    let before = team.held();
    let (code, _, err) = team.run(&["rollback", "--yes"]);
    assert_eq!(code, 75);
    assert!(
        err.starts_with("memory /: conflict: changed since push 1: db_pool_size, log_level\n"),
        "{err}"
    );
    assert_eq!(team.held(), before);
    let (code, _, err) = team.run(&["rollback", "7", "--yes"]);
    assert_eq!(code, 2);
    assert_eq!(
        err,
        "memory / has no push 7 in its history; see `store log`"
    );
}

#[test]
fn a_secret_is_not_in_the_history() {
    let team = team([("token", "hunter1")]);
    let file = "SHOP_TOKEN=hunter2\nSHOP_URL=http://me:hunter2@h\nSHOP_LOG_LEVEL=debug\n";
    let (code, out, err) = team.push(file);
    assert_eq!(code, 0, "{err}");
    let log = team.run(&["log", "--changes"]).1;
    let get = team.run(&["get"]).1 + &team.run(&["get", "--format", "json"]).1;
    let control = format!("{:?}", team.cluster.control());
    let history = team.cluster.control();
    let history = history.values.values().map(|value| value.bytes().to_vec());
    let history = String::from_utf8(history.collect::<Vec<_>>().concat()).unwrap();
    for shown in [&out, &log, &get, &control, &history] {
        assert!(!shown.contains("hunter"), "{shown}");
    }
    assert!(
        history.contains(r#"{"key":"token","secret":true}"#),
        "{history}"
    );
    assert!(log.contains("  token: [redacted] -> [redacted]\n"), "{log}");

    let (code, _, err) = team.run(&["rollback", "--yes"]);
    assert_eq!(code, 1);
    assert!(
        err.starts_with("not rolled back, since the history keeps no secrets: token\n"),
        "{err}"
    );
    // What was not there before needs no value.
    assert_eq!(team.held(), ["token=hunter2"]);
}

#[test]
fn get_shows_which_push_wrote_what() {
    let team = team([("db_pool_size", "25"), ("server/bind_address", "::1")]);
    assert_eq!(team.push("SHOP_LOG_LEVEL=debug\nSHOP_TOKEN=hunter2\n").0, 0);
    team.cluster.put([("url", "http://b"), ("urll", "hunter2")]);
    let (code, out, err) = team.run(&["get"]);
    assert_eq!(code, 0);
    assert!(err.contains("urll does not match any setting"), "{err}");
    assert_data_eq!(
        out,
        str![[r#"
memory / @3

db_pool_size         25          @1
log_level            debug       @2  push 1
token                [redacted]  @2  push 1
url                  http://b    @3  not by a push
server.bind_address  ::1         @1
urll (no setting)    [redacted]  @3  not by a push

"#]]
    );
    let (code, out, _) = team.run(&["get", "server", "SHOP_LOG_LEVEL", "--format", "json"]);
    assert_eq!(code, 0);
    assert_eq!(
        out,
        r#"{"revision":3,"settings":[{"key":"log_level","value":"debug","revision":2,"writer":"push 1"},{"key":"server.bind_address","value":"::1","revision":1,"writer":null}]}"#
    );
    assert_eq!(team.run(&["get", "nothing"]).0, 2);
}

#[test]
fn get_reads_the_past_and_rebuilds_what_is_compacted() {
    let team = team([("db_pool_size", "25")]);
    assert_eq!(team.push("SHOP_LOG_LEVEL=debug\n").0, 0);
    assert_eq!(team.push("SHOP_DB_POOL_SIZE=30\n").0, 0);
    let past = || {
        let (code, out, err) = team.run(&["get", "--revision", "2"]);
        let lines: Vec<String> = out.lines().skip(2).map(str::to_owned).collect();
        (code, lines.join("; "), err)
    };
    let from_store = (
        0,
        "db_pool_size  25     @1; log_level     debug  @2  push 1".to_owned(),
        String::new(),
    );
    assert_eq!(past(), from_store);
    team.cluster.compact();
    let rebuilt = (
        0,
        "db_pool_size  25; log_level     debug  @2  push 1".to_owned(),
        "revision 2 is compacted: rebuilt from the history\n".to_owned(),
    );
    assert_eq!(past(), rebuilt);
    // What something else has changed cannot be rebuilt.
    team.cluster.put([("url", "http://b")]);
    let (code, out, err) = past();
    assert_eq!((code, &*out), (75, ""));
    assert!(
        err.ends_with("and the history does not cover revision 2"),
        "{err}"
    );
}

#[test]
fn an_unavailable_store_and_a_program_without_one_are_errors() {
    let team = team([]);
    team.cluster.disconnect();
    let (code, _, err) = team.run(&["get"]);
    assert_eq!((code, &*err), (75, "memory /: the connection was closed"));
    let printed = cli::capture(&Shop::empty_loader(), ["store", "log"]);
    assert_eq!(
        (printed.code, &*printed.err),
        (2, "the loader of this program has no store")
    );
    let (one, other) = (InMemoryStore::new(), InMemoryStore::new());
    let stores = [one, other].map(|cluster| Store::builder(cluster.engine()).start());
    let loader = Shop::empty_loader().store(&stores[0]).store(&stores[1]);
    let printed = cli::capture(&loader, ["store", "log"]);
    assert_eq!(
        (printed.code, &*printed.err),
        (2, "choose one of memory /, memory / by --store")
    );
}

#[test]
fn the_history_has_fifty_pushes() {
    let team = team([]);
    for number in 1..=53 {
        let value = number.to_string();
        assert_eq!(team.run(&["set", "db_pool_size", &value, "--yes"]).0, 0);
    }
    let log = team.run(&["log"]).1;
    assert_eq!(log.lines().count(), 50);
    assert!(log.starts_with("push 53 "), "{log}");
    assert!(log.lines().last().unwrap().starts_with("push 4 "), "{log}");
    // What is older than the history is not called foreign.
    team.cluster.put([("db_pool_min", "2")]);
    let get = team.run(&["get"]).1;
    assert!(
        get.contains("db_pool_min   2   @55  not by a push"),
        "{get}"
    );
}

#[test]
fn an_instance_sees_a_push_and_nothing_of_its_history() {
    let team = team([("log_level", "debug")]);
    let loaded = || {
        let loader = Shop::empty_loader().env_from([("SHOP_REGION", "eu")]);
        loader.store(&team.store).load().unwrap()
    };
    assert_eq!(loaded().log_level, "debug");
    assert_eq!(team.push("SHOP_LOG_LEVEL=info\n").0, 0);
    until("the push arrives", || loaded().log_level == "info");
    assert!(loaded().warnings().is_empty());
}

#[test]
fn text_from_the_store_never_reaches_the_terminal_as_it_is() {
    let team = team([]);
    let words = [
        "set",
        "url",
        "a\u{1b}[31mb",
        "--yes",
        "--message",
        "m\u{1b}[2J",
        "--author",
        "x\ny",
    ];
    let (code, out, err) = team.run(&words);
    assert_eq!(code, 0, "{err}");
    team.cluster
        .put([("@rollout\u{1b}[31m", "x"), ("un\u{1b}[31mknown", "x")]);
    let shown = [
        out,
        err,
        team.run(&["log", "--changes"]).1,
        team.run(&["get"]).1,
    ];
    for shown in shown {
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}
