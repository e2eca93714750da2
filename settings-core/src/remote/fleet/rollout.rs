//! Rollout: the candidate, the stage that it has reached, and the members of that stage.

use super::{VERSION, is_name, stages::Stage};
use crate::remote::{
    StoreSnapshot, Value,
    answer::is_reserved,
    json::{JsonObject, JsonWriter},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

/// Maximum size of the value, in bytes.
pub(crate) const MAX_SIZE: usize = 512 * 1024;
/// Maximum number of members that a stage lists.
const MAX_MEMBERS: usize = 2000;
/// Maximum number of settings that a candidate changes.
const MAX_CHANGES: usize = 100;
/// Maximum length of the author, message and reason, in bytes.
const MAX_TEXT: usize = 4096;
const DAY: u64 = 24 * 60 * 60;
pub(crate) const BAKE: RangeInclusive<u64> = 1..=7 * DAY;
pub(crate) const ORPHAN: RangeInclusive<u64> = 1..=DAY;
pub(crate) const SPREAD: RangeInclusive<u64> = 0..=DAY;
pub(crate) const HOLD: RangeInclusive<u64> = 1..=30 * DAY;

/// The value of [`ROLLOUT`](super::ROLLOUT).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rollout {
    pub(crate) id: String,
    /// Number of the push that it becomes.
    pub(crate) push: u64,
    pub(crate) state: RolloutState,
    /// Number of the current stage, from 1.
    pub(crate) stage: usize,
    pub(crate) stages: Vec<Stage>,
    /// Ids of the instances of this stage; `None` in the last stage, whose members are all instances that
    /// registered at a revision up to `as_of`.
    pub(crate) members: Option<BTreeSet<String>>,
    pub(crate) as_of: u64,
    pub(crate) base: BaseMark,
    /// The candidate, as changes of the base. It is removed with the members at the end of the rollout.
    pub(crate) set: BTreeMap<String, String>,
    pub(crate) unset: BTreeSet<String>,
    pub(crate) timing: RolloutTiming,
    pub(crate) author: String,
    pub(crate) message: String,
    /// Reason why it was aborted.
    pub(crate) reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RolloutState {
    Running,
    Paused,
    Done,
    Aborted,
}

/// Times of a rollout, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RolloutTiming {
    /// Good health calls after which an instance has passed.
    pub(crate) bake: u64,
    /// Time without a pulse after which an instance leaves.
    pub(crate) orphan: u64,
    /// Maximum random delay before an instance loads the candidate.
    pub(crate) spread: u64,
    /// Time after which an instance leaves a rollout that is paused.
    pub(crate) hold: u64,
}

/// The base that a candidate changes: a snapshot of the settings, by its revision and the number of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BaseMark {
    pub(crate) revision: u64,
    pub(crate) keys: usize,
}

/// Reason why the value of [`ROLLOUT`](super::ROLLOUT) is not a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RolloutFlaw {
    /// It was written by a newer program.
    UnknownVersion,
    Malformed,
}

impl RolloutState {
    const ALL: [Self; 4] = [Self::Running, Self::Paused, Self::Done, Self::Aborted];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Aborted => "aborted",
        }
    }

    /// Whether a candidate may be in force.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

impl BaseMark {
    pub(crate) fn of(snapshot: &StoreSnapshot) -> Self {
        Self {
            revision: snapshot.revision,
            keys: snapshot.settings().count(),
        }
    }

    /// Whether a snapshot has the same base. A put has a newer revision, and a deletion changes the number of keys.
    pub(crate) fn is_base_of(self, snapshot: &StoreSnapshot) -> bool {
        let mut settings = snapshot.settings();
        self.keys == snapshot.settings().count()
            && settings.all(|(_, value)| value.revision() <= self.revision)
    }
}

impl Rollout {
    /// The rollout of a snapshot; `None` if there is none.
    pub(crate) fn of(snapshot: &StoreSnapshot) -> Option<Result<Self, RolloutFlaw>> {
        let value = snapshot.values.get(super::ROLLOUT)?;
        Some(Self::read(value.bytes()))
    }

    /// Reads a rollout. Nothing that is missing or out of range is replaced by a default.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, RolloutFlaw> {
        if bytes.len() > MAX_SIZE {
            return Err(RolloutFlaw::Malformed);
        }
        let object = JsonObject::read(bytes).ok_or(RolloutFlaw::Malformed)?;
        match object.number("v") {
            Some(VERSION) => Self::of_object(&object)
                .filter(Self::is_in_range)
                .ok_or(RolloutFlaw::Malformed),
            Some(_) => Err(RolloutFlaw::UnknownVersion),
            None => Err(RolloutFlaw::Malformed),
        }
    }

    fn of_object(object: &JsonObject<'_>) -> Option<Self> {
        let text = |key: &str| object.text(key).map(str::to_owned);
        let word = object.text("state")?;
        let mut states = RolloutState::ALL.into_iter();
        let state = states.find(|state| state.word() == word)?;
        let stages = object.texts("stages")?;
        let stages = stages.iter().map(|stage| Stage::read(stage).ok());
        let [revision, keys] = object.numbers("base", ["revision", "keys"])?;
        let is_open = state.is_open();
        let members = if is_open && !object.is_null("members") {
            let members = object.texts("members")?;
            let count = members.len();
            let members: BTreeSet<String> = members.into_iter().collect();
            Some(members).filter(|members| members.len() == count)
        } else {
            None
        };
        let (mut set, mut unset) = (BTreeMap::new(), BTreeSet::new());
        // An absent list of members does not mean every instance.
        let parts = ["members", "set", "unset"];
        parts
            .iter()
            .all(|part| object.has(part) == is_open)
            .then_some(())?;
        if is_open {
            set.extend(object.pairs("set")?);
            unset.extend(object.texts("unset")?);
        }
        Some(Self {
            id: text("id")?,
            push: object.number("push")?,
            state,
            stage: usize::try_from(object.number("stage")?).ok()?,
            stages: stages.collect::<Option<_>>()?,
            members,
            as_of: object.number("as_of")?,
            base: BaseMark {
                revision,
                keys: usize::try_from(keys).ok()?,
            },
            set,
            unset,
            timing: RolloutTiming {
                bake: object.number("bake_s")?,
                orphan: object.number("orphan_s")?,
                spread: object.number("spread_s")?,
                hold: object.number("hold_s")?,
            },
            author: text("author")?,
            message: text("message")?,
            reason: text("reason")?,
        })
    }

    /// Whether every field is in its range.
    pub(crate) fn is_in_range(&self) -> bool {
        let timing = self.timing.is_in_range();
        let texts = [&self.author, &self.message, &self.reason];
        let are_short = texts.iter().all(|text| text.len() <= MAX_TEXT);
        let is_known = is_name(&self.id)
            && Stage::check(&self.stages).is_ok()
            && (1..=self.stages.len()).contains(&self.stage);
        if !(timing && are_short && is_known) {
            return false;
        }
        if !self.state.is_open() {
            return self.set.is_empty() && self.unset.is_empty() && self.members.is_none();
        }
        let are_members = match &self.members {
            Some(members) => {
                !self.is_last_stage()
                    && (1..=MAX_MEMBERS).contains(&members.len())
                    && members.iter().all(|id| is_name(id))
            }
            None => self.is_last_stage(),
        };
        let mut keys = self.set.keys().chain(&self.unset);
        let count = self.set.len() + self.unset.len();
        are_members
            && (1..=MAX_CHANGES).contains(&count)
            && self.set.keys().all(|key| !self.unset.contains(key))
            && keys.all(|key| !key.is_empty() && !is_reserved(key))
    }

    pub(crate) fn write(&self) -> String {
        let stages: Vec<String> = self.stages.iter().map(ToString::to_string).collect();
        let base = JsonWriter::default().bare("revision", self.base.revision);
        let base = base.bare("keys", self.base.keys).end();
        let object = JsonWriter::default()
            .bare("v", VERSION)
            .text("id", &self.id)
            .bare("push", self.push)
            .text("state", self.state.word())
            .bare("stage", self.stage)
            .texts("stages", &stages);
        let object = match (&self.members, self.state.is_open()) {
            (Some(members), _) => object.texts("members", members),
            (None, true) => object.bare("members", "null"),
            (None, false) => object,
        };
        let object = object.bare("as_of", self.as_of).bare("base", base);
        let object = if self.state.is_open() {
            object.pairs("set", &self.set).texts("unset", &self.unset)
        } else {
            object
        };
        object
            .bare("bake_s", self.timing.bake)
            .bare("orphan_s", self.timing.orphan)
            .bare("spread_s", self.timing.spread)
            .bare("hold_s", self.timing.hold)
            .text("author", &self.author)
            .text("message", &self.message)
            .text("reason", &self.reason)
            .end()
    }

    pub(crate) fn is_last_stage(&self) -> bool {
        self.stage == self.stages.len()
    }

    /// Whether an instance is a member of this stage.
    pub(crate) fn has_member(&self, id: &str, registered: Option<u64>) -> bool {
        match &self.members {
            Some(members) => members.contains(id),
            None => registered.is_some_and(|revision| revision <= self.as_of),
        }
    }

    /// The keys that the candidate changes.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &String> {
        self.set.keys().chain(&self.unset)
    }

    /// The settings that this instance runs during the rollout; `None` for the base.
    pub(crate) fn view(
        rollout: Option<&Result<Self, RolloutFlaw>>,
        snapshot: &StoreSnapshot,
        admitted: Option<&str>,
    ) -> Option<StoreSnapshot> {
        let rollout = rollout?.as_ref().ok()?;
        (admitted == Some(&rollout.id)).then_some(())?;
        rollout.candidate(snapshot)
    }

    /// The settings of a snapshot with the candidate in place of what it changes; reserved names are left out. `None` if
    /// the candidate is not one of these settings.
    pub(crate) fn candidate(&self, snapshot: &StoreSnapshot) -> Option<StoreSnapshot> {
        (self.state.is_open() && self.base.is_base_of(snapshot)).then_some(())?;
        let revision = snapshot.values.get(super::ROLLOUT)?.revision();
        let base = snapshot.settings();
        let mut values: BTreeMap<String, Value> = base
            .filter(|(key, _)| !self.unset.contains(*key))
            .map(|(key, value)| (key.to_owned(), value.clone()))
            .collect();
        let set = self.set.iter();
        values.extend(set.map(|(key, text)| (key.clone(), Value::new(text.as_bytes(), revision))));
        Some(StoreSnapshot {
            revision: snapshot.revision,
            values,
        })
    }

    /// This rollout at its end, without the candidate.
    pub(crate) fn ended(&self, state: RolloutState, reason: &str) -> Self {
        let end = (0..=reason.len().min(MAX_TEXT)).rev();
        let end = end.into_iter().find(|end| reason.is_char_boundary(*end));
        Self {
            state,
            members: None,
            set: BTreeMap::new(),
            unset: BTreeSet::new(),
            reason: reason[..end.unwrap_or(0)].to_owned(),
            ..self.clone()
        }
    }
}

impl RolloutTiming {
    fn is_in_range(self) -> bool {
        BAKE.contains(&self.bake)
            && ORPHAN.contains(&self.orphan)
            && SPREAD.contains(&self.spread)
            && HOLD.contains(&self.hold)
    }
}

impl Default for RolloutTiming {
    fn default() -> Self {
        Self {
            bake: 10 * 60,
            orphan: 120,
            spread: 10,
            hold: DAY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rollout() -> Rollout {
        Rollout {
            id: "ab".to_owned(),
            push: 42,
            state: RolloutState::Running,
            stage: 1,
            stages: Stage::read_all("zone=a:5%,100%").unwrap(),
            members: Some(["x".to_owned()].into()),
            as_of: 9,
            base: BaseMark {
                revision: 8,
                keys: 2,
            },
            set: [("pool".to_owned(), "ä \"2\"".to_owned())].into(),
            unset: ["old".to_owned()].into(),
            timing: RolloutTiming::default(),
            author: "ann".to_owned(),
            message: "why\n".to_owned(),
            reason: String::new(),
        }
    }

    fn snapshot<const N: usize>(values: [(&str, &str, u64); N]) -> StoreSnapshot {
        let values =
            values.map(|(key, value, revision)| (key.to_owned(), Value::new(value, revision)));
        StoreSnapshot {
            revision: 10,
            values: values.into(),
        }
    }

    #[test]
    fn a_rollout_reads_as_it_was_written() {
        let running = rollout();
        assert_eq!(
            running.write(),
            concat!(
                r#"{"v":1,"id":"ab","push":42,"state":"running","stage":1,"stages":["zone=a:5%","100%"],"#,
                r#""members":["x"],"as_of":9,"base":{"revision":8,"keys":2},"set":{"pool":"ä \"2\""},"unset":["old"],"#,
                r#""bake_s":600,"orphan_s":120,"spread_s":10,"hold_s":86400,"author":"ann","message":"why\n","reason":""}"#,
            )
        );
        let last = Rollout {
            stage: 2,
            members: None,
            state: RolloutState::Paused,
            ..running.clone()
        };
        let aborted = running.ended(RolloutState::Aborted, "one failed");
        assert!(!aborted.write().contains("pool"), "{}", aborted.write());
        for rollout in [running, last, aborted] {
            assert_eq!(Rollout::read(rollout.write().as_bytes()), Ok(rollout));
        }
    }

    #[test]
    fn a_field_that_is_missing_or_out_of_range_is_malformed() {
        let written = rollout().write();
        for (from, to) in [
            (r#""v":1,"#, ""),
            (r#""id":"ab""#, r#""id":"a b""#),
            (r#""id":"ab","#, ""),
            (r#""push":42"#, r#""push":-1"#),
            (r#""state":"running""#, r#""state":"run""#),
            (r#""state":"running""#, r#""state":"done""#),
            (r#""stage":1"#, r#""stage":0"#),
            (r#""stage":1"#, r#""stage":2"#),
            (r#""stage":1"#, r#""stage":3"#),
            (r#""100%"]"#, r#""99%"]"#),
            (r#""members":["x"]"#, r#""members":[]"#),
            (r#""members":["x"]"#, r#""members":["x","x"]"#),
            (r#""members":["x"]"#, r#""members":["x y"]"#),
            (r#""members":["x"]"#, r#""members":null"#),
            (r#""members":["x"],"#, ""),
            (r#""keys":2"#, r#""keys":"2""#),
            (r#""base":{"revision":8,"#, r#""base":{"#),
            (r#"{"pool":"ä \"2\""}"#, r#"{"pool":2}"#),
            (r#"{"pool":"ä \"2\""}"#, r#"{"old":"1"}"#),
            (r#"{"pool":"ä \"2\""}"#, r#"{"@pulse":"1"}"#),
            (r#"{"pool":"ä \"2\""},"unset":["old"]"#, r#"{},"unset":[]"#),
            (r#""unset":["old"],"#, ""),
            (r#""bake_s":600"#, r#""bake_s":0"#),
            (r#""orphan_s":120"#, r#""orphan_s":86401"#),
            (r#""spread_s":10,"#, ""),
            (r#""hold_s":86400"#, r#""hold_s":1.5"#),
            (r#""reason":"""#, r#""reason":null"#),
            ("}", ""),
        ] {
            let other = written.replacen(from, to, 1);
            assert_ne!(other, written, "{from}");
            let read = Rollout::read(other.as_bytes());
            assert_eq!(read, Err(RolloutFlaw::Malformed), "{other}");
        }
        let newer = written.replacen(r#""v":1"#, r#""v":2"#, 1);
        let read = Rollout::read(newer.as_bytes());
        assert_eq!(read, Err(RolloutFlaw::UnknownVersion));
        let large = format!("{written}{}", " ".repeat(MAX_SIZE));
        assert_eq!(Rollout::read(large.as_bytes()), Err(RolloutFlaw::Malformed));
    }

    #[test]
    fn every_member_is_known_by_its_id_or_its_registration() {
        let mut rollout = rollout();
        assert!(rollout.has_member("x", None));
        assert!(!rollout.has_member("y", Some(1)));
        (rollout.stage, rollout.members) = (2, None);
        let registered = [None, Some(9), Some(10)];
        let members = registered.map(|registered| rollout.has_member("y", registered));
        assert_eq!(members, [false, true, false]);
    }

    #[test]
    fn the_candidate_is_one_of_its_base_only() {
        let rollout = rollout();
        let key = |value: &str| {
            let written = rollout.write();
            snapshot([
                ("@pulse", "1", 10),
                ("@rollout", &written, 9),
                ("old", "1", 8),
                ("pool", value, 7),
            ])
        };
        let candidate = rollout.candidate(&key("1")).unwrap();
        let values: Vec<_> = candidate.values.iter().collect();
        assert_eq!(values, [(&"pool".to_owned(), &Value::new("ä \"2\"", 9))]);

        let mut newer = key("1");
        newer.values.insert("pool".to_owned(), Value::new("1", 9));
        assert_eq!(rollout.candidate(&newer), None, "a put");
        let mut fewer = key("1");
        fewer.values.remove("pool");
        assert_eq!(rollout.candidate(&fewer), None, "a deletion");
        let ended = rollout.ended(RolloutState::Done, "");
        assert_eq!(ended.candidate(&key("1")), None);
    }

    #[test]
    fn a_reason_is_cut_between_characters() {
        let reason = "ä".repeat(MAX_TEXT);
        let ended = rollout().ended(RolloutState::Aborted, &reason);
        assert_eq!(ended.reason.len(), MAX_TEXT);
        assert!(ended.is_in_range());
    }
}
