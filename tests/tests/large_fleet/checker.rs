//! Checker: what etcd has kept and what the instances have logged, compared with what is promised.

use crate::{
    history::{Change, History},
    processes::Swap,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// In the value of every secret that is pushed.
pub(crate) const SECRET: &str = "hunter2";
/// The reason of `store rollout abort`, which needs no lock.
const BY_OPERATOR: &str = "by an operator";

/// A rollout, as the history of its key shows it.
#[derive(Debug)]
pub(crate) struct Seen {
    id: String,
    /// The number that its candidate carries.
    pub(crate) number: u64,
    stages: Vec<Stage>,
    /// Its last state, and when it was written.
    pub(crate) end: Option<(u64, String)>,
}

#[derive(Debug)]
struct Stage {
    revision: u64,
    /// `None` is everyone who had registered.
    members: Option<BTreeSet<String>>,
    as_of: u64,
}

/// What the history contains, after it was checked.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) rollouts: Vec<Seen>,
    /// The numbers of the base, each with its first revision.
    pub(crate) base: Vec<(u64, u64)>,
    /// The statuses of each instance, `None` for the end of its registration.
    statuses: BTreeMap<String, Vec<(u64, Option<Value>)>>,
}

/// Checks every revision. The base has numbers of pushes and rollouts, and these that something else has written.
pub(crate) fn history(history: &History, foreign: &[u64]) -> Checked {
    let mut checked = Checked::default();
    let (mut base, mut lock) = (BTreeMap::new(), None);
    for (revision, changes) in history {
        let lock_before = lock;
        let is_commit = changes.iter().any(|change| change.key == "Qcontrol/head");
        for change in changes {
            no_secret(change);
            if change.key == "Qcontrol/lock" {
                lock = change.value.is_some().then_some(change.lease);
            } else if let Some(id) = change.key.strip_prefix("Qfleet/") {
                let status = change.value.as_deref().map(parse);
                let statuses = checked.statuses.entry(id.to_owned()).or_default();
                statuses.push((*revision, status));
            } else if let Some(setting) = change.key.strip_prefix('P')
                && !setting.starts_with('@')
            {
                match &change.value {
                    Some(value) => base.insert(setting.to_owned(), value.clone()),
                    None => base.remove(setting),
                };
            }
        }
        if changes.iter().any(is_setting) {
            let numbers = ["first", "second", "third"].map(|key| base.get(key));
            assert!(
                numbers.iter().all(|number| *number == numbers[0]),
                "the base is a mixture at {revision}: {base:?}"
            );
            let number: u64 = numbers[0].unwrap().parse().unwrap();
            let is_foreign = foreign.contains(&number);
            assert_ne!(is_commit, is_foreign, "who wrote {number} at {revision}?");
            checked.base.push((*revision, number));
        }
        for change in changes {
            match (change.key.as_str(), &change.value) {
                ("P@rollout", Some(value)) => {
                    assert!(is_commit, "@rollout was written alone at {revision}");
                    checked.moved(*revision, &parse(value), lock_before);
                }
                // The pulse is on the lease of the lock, so nobody else has written it.
                ("P@pulse", Some(_)) => assert_eq!(Some(change.lease), lock, "at {revision}"),
                _ => {}
            }
        }
    }
    checked
}

fn is_setting(change: &Change) -> bool {
    change.key.starts_with('P') && !change.key.starts_with("P@")
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// Only settings hold secrets, and a rollout while it is open.
fn no_secret(change: &Change) {
    let Some(value) = change.value.as_ref().filter(|value| value.contains(SECRET)) else {
        return;
    };
    let is_open = || {
        let state = &parse(value)["state"];
        state == "running" || state == "paused"
    };
    assert!(
        is_setting(change) || change.key == "P@rollout" && is_open(),
        "{change:?}"
    );
}

impl Checked {
    /// Checks a step of the rollout.
    fn moved(&mut self, revision: u64, next: &Value, lock: Option<i64>) {
        let id = next["id"].as_str().unwrap();
        let last = self.rollouts.last_mut().filter(|last| last.end.is_none());
        let state = next["state"].as_str().unwrap();
        let stage = usize::try_from(next["stage"].as_u64().unwrap()).unwrap();
        match (last, state) {
            (None, "running") => {
                assert_eq!(stage, 1);
                self.check_members(next, &BTreeSet::new());
                self.rollouts.push(Seen {
                    id: id.to_owned(),
                    number: next["set"]["first"].as_str().unwrap().parse().unwrap(),
                    stages: vec![Stage::of(revision, next)],
                    end: None,
                });
            }
            (Some(last), "running") => {
                assert_eq!((id, stage), (&*last.id, last.stages.len() + 1));
                assert!(lock.is_some(), "without the lock: {next}");
                let before = last.stages.last().unwrap();
                let earlier = before.members.clone().unwrap_or_default();
                self.check_complete(next["as_of"].as_u64().unwrap());
                self.check_members(next, &earlier);
                let last = self.rollouts.last_mut().unwrap();
                last.stages.push(Stage::of(revision, next));
            }
            (Some(last), "done" | "aborted") => {
                assert_eq!((id, stage), (&*last.id, last.stages.len()));
                let is_held = lock.is_some() || next["reason"] == BY_OPERATOR;
                assert!(is_held, "without the lock: {next}");
                if state == "done" {
                    assert_eq!(stage, next["stages"].as_array().unwrap().len());
                    assert_eq!(self.base.last(), Some(&(revision, last.number)));
                    self.check_complete(revision - 1);
                }
                let last = self.rollouts.last_mut().unwrap();
                last.end = Some((revision, state.to_owned()));
            }
            (last, _) => panic!("{last:?} -> {next}"),
        }
    }

    /// Checks that a stage has as many members as it says, and keeps the earlier ones.
    fn check_members(&self, next: &Value, earlier: &BTreeSet<String>) {
        let stages = next["stages"].as_array().unwrap();
        let stage = usize::try_from(next["stage"].as_u64().unwrap()).unwrap();
        let Some(members) = members(next) else {
            assert_eq!(stage, stages.len(), "everyone before the last stage");
            return;
        };
        let as_of = next["as_of"].as_u64().unwrap();
        let is_eligible = |id: &str| {
            let status = self.status(id, as_of);
            status.is_some_and(|status| status["healthy"] != false && status["state"] != "leaving")
        };
        let eligible = self.statuses.keys().filter(|id| is_eligible(id)).count();
        let percent = stages[stage - 1].as_str().unwrap().trim_end_matches('%');
        let percent: usize = percent.parse().unwrap();
        let wanted = (eligible * percent).div_ceil(100).max(1);
        let is_there = |id: &&String| self.status(id, as_of).is_some();
        let kept: BTreeSet<String> = earlier.iter().filter(is_there).cloned().collect();
        assert!(kept.is_subset(&members), "earlier members are dropped");
        let of_kept = kept.iter().filter(|id| is_eligible(id)).count();
        let expected = wanted.max(of_kept) + kept.len() - of_kept;
        assert_eq!(members.len(), expected, "{percent} % of {eligible}");
    }

    /// Checks that the last stage was complete by the statuses of a revision: nobody has failed, nobody is missing.
    fn check_complete(&self, at: u64) {
        let rollout = self.rollouts.last().unwrap();
        let stage = rollout.stages.last().unwrap();
        let members: Vec<&String> = match &stage.members {
            Some(members) => members.iter().collect(),
            None => {
                let there = self.statuses.keys().filter(|id| {
                    self.status(id, stage.revision).is_some()
                        && self
                            .registered(id)
                            .is_some_and(|since| since <= stage.as_of)
                });
                there.collect()
            }
        };
        let (mut passed, mut left, mut lost) = (0, 0, 0);
        for id in &members {
            let Some(status) = self.status(id, at) else {
                lost += 1;
                continue;
            };
            match status["state"].as_str().unwrap() {
                "passed" | "no_effect" if status["rollout"] == rollout.id => passed += 1,
                "leaving" => left += 1,
                "unready" => lost += 1,
                _ => panic!("promoted at {at} with {id}: {status}"),
            }
        }
        assert!(lost <= members.len() * 2 / 100, "{lost} were lost");
        assert!(passed * 2 >= members.len() - left, "only {passed} passed");
    }

    fn status(&self, id: &str, at: u64) -> Option<&Value> {
        let statuses = self.statuses.get(id)?;
        let count = statuses.partition_point(|(revision, _)| *revision <= at);
        statuses[..count].last()?.1.as_ref()
    }

    /// The revision at which an instance registered.
    fn registered(&self, id: &str) -> Option<u64> {
        self.statuses
            .get(id)?
            .first()
            .map(|(revision, _)| *revision)
    }

    /// The end of the rollout with this number.
    pub(crate) fn end_of(&self, number: u64) -> &str {
        let mut rollouts = self.rollouts.iter();
        let rollout = rollouts.find(|rollout| rollout.number == number);
        let end = rollout.and_then(|rollout| rollout.end.as_ref());
        end.map_or("none", |(_, state)| state.as_str())
    }

    /// Checks what each instance had in force: never a mixture, a candidate only as a member of a stage that it has seen,
    /// and never again once it has left it.
    pub(crate) fn swaps(&self, swaps: &BTreeMap<(usize, usize), Vec<Swap>>) {
        for (place, swaps) in swaps {
            let mut left = BTreeSet::new();
            let mut before: Option<(&str, &str)> = None;
            for swap in swaps {
                let number = swap.number;
                let number = number.unwrap_or_else(|| panic!("{place:?} runs a mixture"));
                let candidate = self.candidate(number, swap.seen);
                let now = candidate.map(|rollout| (&*swap.id, &*rollout.id));
                if before != now {
                    left.extend(before);
                }
                before = now;
                let Some(rollout) = candidate else {
                    let is_base = |(since, base): &(u64, u64)| {
                        *base == number && (*since <= swap.seen || swap.seen == 0)
                    };
                    assert!(self.base.iter().any(is_base), "{place:?} runs {swap:?}");
                    continue;
                };
                let is_member = |stage: &Stage| match &stage.members {
                    Some(members) => members.contains(&swap.id),
                    None => self
                        .registered(&swap.id)
                        .is_some_and(|at| at <= stage.as_of),
                };
                let mut seen = rollout.stages.iter();
                let is_allowed = seen.any(|stage| stage.revision <= swap.seen && is_member(stage));
                assert!(is_allowed, "{place:?} is no member: {swap:?}");
                let is_back = left.contains(&(&*swap.id, &*rollout.id));
                assert!(!is_back, "{place:?} had left: {swap:?}");
            }
        }
    }

    /// The rollout whose candidate this number was, for an instance that had seen this revision.
    fn candidate(&self, number: u64, seen: u64) -> Option<&Seen> {
        let mut rollouts = self.rollouts.iter();
        let rollout = rollouts.find(|rollout| rollout.number == number)?;
        let done = rollout.end.as_ref().filter(|(_, state)| state == "done");
        // An instance that starts with it has it as the base.
        let is_base = seen == 0 || done.is_some_and(|(revision, _)| *revision <= seen);
        (!is_base).then_some(rollout)
    }

    /// Checks that no status contains a value of a setting.
    pub(crate) fn statuses_have_no(&self, number: u64) {
        let number = number.to_string();
        for (id, statuses) in &self.statuses {
            let mut statuses = statuses.iter().filter_map(|(_, status)| status.as_ref());
            let found = statuses.find(|status| status.to_string().contains(&number));
            assert_eq!(found, None, "of {id}");
        }
    }
}

impl Stage {
    fn of(revision: u64, rollout: &Value) -> Self {
        Self {
            revision,
            members: members(rollout),
            as_of: rollout["as_of"].as_u64().unwrap(),
        }
    }
}

fn members(rollout: &Value) -> Option<BTreeSet<String>> {
    let members = rollout["members"].as_array()?.iter();
    Some(members.map(|id| id.as_str().unwrap().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::{
        panic::{self, AssertUnwindSafe},
        time::Duration,
    };

    /// The revisions of a history: base 1, two instances, and a rollout of 2 in two stages to its end.
    fn good() -> Vec<Vec<(&'static str, Value)>> {
        let status = |state: &str| json!({"state": state, "rollout": "r", "healthy": true});
        let base = |number: &str| {
            let number = json!(number);
            ["Pfirst", "Psecond", "Pthird"].map(|key| (key, number.clone()))
        };
        let open = |stage: u64, members: Value, as_of: u64| {
            let set = json!({"first": "2"});
            json!({
                "id": "r", "state": "running", "stage": stage, "stages": ["50%", "100%"], "members": members, "as_of": as_of,
                "set": set, "reason": "",
            })
        };
        let done = json!({"id": "r", "state": "done", "stage": 2, "stages": ["50%", "100%"], "as_of": 6, "reason": ""});
        let head = ("Qcontrol/head", json!("head"));
        let mut last = base("2").to_vec();
        last.extend([("P@rollout", done), head.clone()]);
        vec![
            [base("1").to_vec(), vec![head.clone()]].concat(),
            vec![("Qfleet/a", status("base"))],
            vec![("Qfleet/b", status("base"))],
            vec![
                ("P@rollout", open(1, json!(["a"]), 3)),
                ("Qcontrol/lock", json!("me")),
                head.clone(),
            ],
            vec![("P@pulse", json!("pulse"))],
            vec![("Qfleet/a", status("passed"))],
            vec![("P@rollout", open(2, Value::Null, 6)), head],
            vec![("Qfleet/b", status("passed"))],
            last,
        ]
    }

    fn check(revisions: &[Vec<(&str, Value)>]) -> Checked {
        let revisions = revisions.iter().zip(1..).map(|(changes, revision)| {
            let changes = changes.iter().map(|(key, value)| Change {
                key: (*key).to_owned(),
                value: match value {
                    Value::Null => None,
                    Value::String(text) => Some(text.clone()),
                    value => Some(value.to_string()),
                },
                // That of the lock.
                lease: i64::from(["P@pulse", "Qcontrol/lock"].contains(key)),
            });
            (revision, changes.collect())
        });
        history(&revisions.collect(), &[])
    }

    #[track_caller]
    fn breaks(why: &str, change: impl FnOnce(&mut Vec<Vec<(&'static str, Value)>>)) {
        let mut revisions = good();
        change(&mut revisions);
        let checked = panic::catch_unwind(AssertUnwindSafe(|| check(&revisions)));
        let panic = checked.expect_err("it is found");
        let text = panic.downcast_ref::<String>().expect("it has a message");
        assert!(text.contains(why), "{text}");
    }

    #[test]
    fn a_history_that_breaks_a_promise_is_found() {
        let checked = check(&good());
        assert_eq!(checked.base, [(1, 1), (9, 2)]);
        assert_eq!(checked.end_of(2), "done");
        breaks("the base is a mixture", |all| drop(all[0].remove(0)));
        breaks("who wrote 1 at 1", |all| drop(all[0].pop()));
        breaks("@rollout was written alone", |all| drop(all[6].pop()));
        breaks("at 5", |all| {
            all[4].insert(0, ("Qcontrol/lock", Value::Null));
        });
        breaks("without the lock", |all| {
            all[5].push(("Qcontrol/lock", Value::Null));
        });
        let failed = json!({"state": "reverted", "rollout": "r", "healthy": false});
        breaks("promoted at 6 with a", |all| {
            all[5] = vec![("Qfleet/a", failed.clone())];
        });
        breaks("promoted at 8 with b", |all| {
            all[7] = vec![("Qfleet/b", failed.clone())];
        });
        breaks("promoted at 8 with b", |all| {
            all[7] = vec![("Qother", json!("1"))];
        });
        breaks("50 % of 2", |all| {
            all[3][0].1["members"] = json!(["a", "b"]);
        });
        breaks("->", |all| all[6][0].1["state"] = json!("paused"));
        breaks(SECRET, |all| {
            all[1].push(("Qhistory/0000000001", json!(SECRET)));
        });
        breaks(SECRET, |all| all[8][3].1["reason"] = json!(SECRET));
    }

    #[test]
    fn a_swap_that_breaks_a_promise_is_found() {
        let checked = check(&good());
        let run = |swaps: &[(&str, u64, Option<u64>)]| {
            let swaps = swaps.iter().map(|(id, seen, number)| Swap {
                at: Duration::ZERO,
                id: (*id).to_owned(),
                seen: *seen,
                number: *number,
            });
            let swaps = BTreeMap::from([((0, 0), swaps.collect())]);
            let checked = panic::catch_unwind(AssertUnwindSafe(|| checked.swaps(&swaps)));
            let text = checked
                .err()
                .and_then(|panic| panic.downcast::<String>().ok());
            text.map_or_else(String::new, |text| *text)
        };
        let start = ("-", 0, Some(1));
        assert_eq!(run(&[start, ("a", 4, Some(2)), ("a", 9, Some(2))]), "");
        assert_eq!(run(&[start, ("b", 7, Some(2)), ("b", 8, Some(1))]), "");
        assert!(run(&[start, ("a", 4, None)]).contains("runs a mixture"));
        assert!(run(&[start, ("b", 6, Some(2))]).contains("is no member"));
        assert!(run(&[start, ("a", 3, Some(2))]).contains("is no member"));
        let back = [
            start,
            ("a", 4, Some(2)),
            ("a", 5, Some(1)),
            ("a", 6, Some(2)),
        ];
        assert!(run(&back).contains("had left"));
        assert!(run(&[start, ("a", 4, Some(3))]).contains("runs"));
    }
}
