//! Status: what an instance reports of itself, without any value of a setting.

use super::{VERSION, is_name};
use crate::remote::json::{JsonObject, JsonWriter};
use std::collections::BTreeMap;

/// Largest status, in bytes.
pub(crate) const MAX_SIZE: usize = 2048;
/// Maximum number of labels of an instance.
pub(crate) const MAX_LABELS: usize = 8;

/// The value of a control key below [`FLEET`](super::FLEET).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InstanceStatus {
    /// Name of the program.
    pub(crate) name: String,
    /// Version of the program, or empty.
    pub(crate) version: String,
    /// Hash of the schema.
    pub(crate) schema: String,
    pub(crate) labels: BTreeMap<String, String>,
    /// The revision of the store up to which the base is in force.
    pub(crate) base: u64,
    /// The revision at which it registered; unknown in the first status.
    pub(crate) registered: Option<u64>,
    /// `None` without a health function.
    pub(crate) healthy: Option<bool>,
    /// The rollout that `state` is about.
    pub(crate) rollout: Option<String>,
    pub(crate) state: InstanceState,
    /// UTC, by its own clock.
    pub(crate) since: String,
    /// Keys of the settings that are invalid here, each with the kind of the problem.
    pub(crate) problems: Vec<(String, String)>,
    /// Keys of the settings that need a restart.
    pub(crate) restart_required: Vec<String>,
}

/// State of an instance in a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstanceState {
    /// It runs the base: it is not a member, or has not begun, or the rollout is over.
    Base,
    /// The candidate is in force, and the health calls are counted.
    Baking,
    /// The candidate is in force, and there were enough good health calls.
    Passed,
    /// The candidate changes nothing here.
    NoEffect,
    /// The candidate is invalid here.
    Rejected,
    /// The candidate changes a setting that does not reload.
    RestartRequired,
    /// It cannot take part: it is unhealthy, its base differs, or it does not know the version.
    Unready,
    /// The candidate made it unhealthy.
    Reverted,
    /// The controller is unresponsive.
    Orphaned,
    /// It ends.
    Leaving,
}

impl InstanceState {
    const ALL: [Self; 10] = [
        Self::Base,
        Self::Baking,
        Self::Passed,
        Self::NoEffect,
        Self::Rejected,
        Self::RestartRequired,
        Self::Unready,
        Self::Reverted,
        Self::Orphaned,
        Self::Leaving,
    ];

    /// The word for the state in the store and in output.
    ///
    /// ```
    /// # #[cfg(feature = "live")]
    /// assert_eq!(settings_core::live::InstanceState::NoEffect.word(), "no_effect");
    /// ```
    pub fn word(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Baking => "baking",
            Self::Passed => "passed",
            Self::NoEffect => "no_effect",
            Self::Rejected => "rejected",
            Self::RestartRequired => "restart_required",
            Self::Unready => "unready",
            Self::Reverted => "reverted",
            Self::Orphaned => "orphaned",
            Self::Leaving => "leaving",
        }
    }

    /// Whether the rollout has failed here.
    pub(crate) fn is_failed(self) -> bool {
        match self {
            Self::Rejected | Self::RestartRequired | Self::Reverted | Self::Orphaned => true,
            Self::Base
            | Self::Baking
            | Self::Passed
            | Self::NoEffect
            | Self::Unready
            | Self::Leaving => false,
        }
    }
}

impl InstanceStatus {
    /// Reads a status. `None` if it is malformed; unknown fields are dropped.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        (bytes.len() <= MAX_SIZE).then_some(())?;
        let object = JsonObject::read(bytes)?;
        (object.number("v")? == VERSION).then_some(())?;
        let named = |key: &str| object.text(key).filter(|text| is_name(text));
        let labels = object.pairs("labels")?;
        let count = labels.len();
        let labels: BTreeMap<String, String> = labels.into_iter().collect();
        let are_names = labels
            .iter()
            .all(|(name, value)| is_name(name) && is_name(value));
        (are_names && labels.len() == count && count <= MAX_LABELS).then_some(())?;
        let schema = object.text("schema")?;
        let is_hash = schema.len() == 8 && schema.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then_some(())?;
        let rollout = match object.is_null("rollout") {
            true => None,
            false => Some(named("rollout")?.to_owned()),
        };
        let healthy = match object.is_null("healthy") {
            true => None,
            false => Some(object.truth("healthy")?),
        };
        let version = object.text("version")?;
        (version.is_empty() || is_name(version)).then_some(())?;
        let word = object.text("state")?;
        let mut states = InstanceState::ALL.into_iter();
        let status = Self {
            name: named("name")?.to_owned(),
            version: version.to_owned(),
            schema: schema.to_owned(),
            labels,
            base: object.number("base")?,
            registered: object.number("registered"),
            healthy,
            rollout,
            state: states.find(|state| state.word() == word)?,
            since: object.text("since")?.to_owned(),
            restart_required: object.texts("restart_required")?,
            problems: Vec::new(),
        };
        let problems = object.objects("problems")?.into_iter().map(|problem| {
            let kind = problem.text("kind").filter(|kind| is_name(kind))?;
            Some((problem.text("key")?.to_owned(), kind.to_owned()))
        });
        Some(Self {
            problems: problems.collect::<Option<_>>()?,
            ..status
        })
    }

    /// The status as JSON. Keys that do not fit are left out.
    pub(crate) fn write(&self) -> String {
        let mut shortened = self.clone();
        loop {
            let written = shortened.whole();
            if written.len() <= MAX_SIZE {
                return written;
            }
            let is_shorter = if shortened.problems.len() > shortened.restart_required.len() {
                shortened.problems.pop().is_some()
            } else {
                shortened.restart_required.pop().is_some()
            };
            if !is_shorter {
                return written;
            }
        }
    }

    fn whole(&self) -> String {
        let problems = self.problems.iter().map(|(key, kind)| {
            let problem = JsonWriter::default().text("key", key);
            problem.text("kind", kind).end()
        });
        let problems: Vec<String> = problems.collect();
        let object = JsonWriter::default()
            .bare("v", VERSION)
            .text("name", &self.name)
            .text("version", &self.version)
            .text("schema", &self.schema)
            .pairs("labels", &self.labels)
            .bare("base", self.base);
        let object = match self.registered {
            Some(registered) => object.bare("registered", registered),
            None => object,
        };
        let object = match self.healthy {
            Some(healthy) => object.bare("healthy", healthy),
            None => object.bare("healthy", "null"),
        };
        let object = match &self.rollout {
            Some(rollout) => object.text("rollout", rollout),
            None => object.bare("rollout", "null"),
        };
        object
            .text("state", self.state.word())
            .text("since", &self.since)
            .list("problems", &problems)
            .texts("restart_required", &self.restart_required)
            .end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> InstanceStatus {
        InstanceStatus {
            name: "shop".to_owned(),
            version: "1.2.0".to_owned(),
            schema: "0123abcd".to_owned(),
            labels: [("zone".to_owned(), "a".to_owned())].into(),
            base: 81200,
            registered: Some(81100),
            healthy: Some(true),
            rollout: Some("ab".to_owned()),
            state: InstanceState::Rejected,
            since: "2026-11-30T16:05:00Z".to_owned(),
            problems: vec![("db.pool".to_owned(), "rule".to_owned())],
            restart_required: vec!["port".to_owned()],
        }
    }

    #[test]
    fn a_status_reads_as_it_was_written() {
        let written = status().write();
        assert_eq!(
            written,
            concat!(
                r#"{"v":1,"name":"shop","version":"1.2.0","schema":"0123abcd","labels":{"zone":"a"},"base":81200,"#,
                r#""registered":81100,"healthy":true,"rollout":"ab","state":"rejected","since":"2026-11-30T16:05:00Z","#,
                r#""problems":[{"key":"db.pool","kind":"rule"}],"restart_required":["port"]}"#,
            )
        );
        let first = InstanceStatus {
            version: String::new(),
            registered: None,
            healthy: None,
            rollout: None,
            problems: Vec::new(),
            ..status()
        };
        for status in [status(), first] {
            assert_eq!(
                InstanceStatus::read(status.write().as_bytes()),
                Some(status)
            );
        }
        for state in InstanceState::ALL {
            let status = InstanceStatus { state, ..status() };
            assert_eq!(
                InstanceStatus::read(status.write().as_bytes()),
                Some(status)
            );
        }
    }

    #[test]
    fn a_status_of_someone_else_is_malformed() {
        let written = status().write();
        for (from, to) in [
            (r#""v":1"#, r#""v":2"#),
            (r#""name":"shop""#, r#""name":"sh\u001b[31mop""#),
            (r#""name":"shop""#, r#""name":"""#),
            (r#""schema":"0123abcd""#, r#""schema":"0123abcx""#),
            (r#""labels":{"zone":"a"}"#, r#""labels":{"zone":"a b"}"#),
            (r#""labels":{"zone":"a"}"#, r#""labels":{"zone":1}"#),
            (r#""base":81200"#, r#""base":"81200""#),
            (r#""healthy":true"#, r#""healthy":"yes""#),
            (r#""healthy":true,"#, ""),
            (r#""rollout":"ab""#, r#""rollout":"/etc/passwd""#),
            (r#""state":"rejected""#, r#""state":"fine""#),
            (r#""kind":"rule""#, r#""kind":"a b""#),
            (r#"[{"key""#, r#"[1,{"key""#),
            ("}]", ""),
        ] {
            let other = written.replacen(from, to, 1);
            assert_ne!(other, written, "{from}");
            assert_eq!(InstanceStatus::read(other.as_bytes()), None, "{other}");
        }
        let unknown = written.replacen(r#"{"v":1"#, r#"{"more":[1],"v":1"#, 1);
        assert_eq!(InstanceStatus::read(unknown.as_bytes()), Some(status()));
        let large = format!("{written}{}", " ".repeat(MAX_SIZE));
        assert_eq!(InstanceStatus::read(large.as_bytes()), None);
    }

    #[test]
    fn a_status_has_at_most_2_kib() {
        let many = |what: &str| (0..500).map(|nth| format!("{what}.{nth}")).collect();
        let keys: Vec<String> = many("problem");
        let status = InstanceStatus {
            problems: keys
                .into_iter()
                .map(|key| (key, "rule".to_owned()))
                .collect(),
            restart_required: many("restart"),
            ..status()
        };
        let written = status.write();
        assert!((MAX_SIZE - 100..=MAX_SIZE).contains(&written.len()));
        let read = InstanceStatus::read(written.as_bytes()).unwrap();
        assert_eq!(read.state, InstanceState::Rejected);
        assert!(!read.problems.is_empty() && !read.restart_required.is_empty());
    }
}
