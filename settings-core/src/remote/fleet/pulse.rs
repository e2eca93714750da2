//! Pulse: proof that the controller of a rollout is alive.

use super::{VERSION, is_name};
use crate::remote::json::{JsonObject, JsonWriter};

/// The value of [`PULSE`](super::PULSE).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pulse {
    pub(crate) rollout: String,
    /// Number of the pulse, so that no two are equal.
    pub(crate) number: u64,
}

impl Pulse {
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let object = JsonObject::read(bytes)?;
        let rollout = object.text("rollout")?;
        let is_known = object.number("v")? == VERSION && is_name(rollout);
        is_known.then_some(())?;
        Some(Self {
            rollout: rollout.to_owned(),
            number: object.number("n")?,
        })
    }

    pub(crate) fn write(&self) -> String {
        let object = JsonWriter::default().bare("v", VERSION);
        let object = object.text("rollout", &self.rollout);
        object.bare("n", self.number).end()
    }
}

#[cfg(test)]
mod tests {
    use super::Pulse;

    #[test]
    fn a_pulse_reads_as_it_was_written() {
        let pulse = Pulse {
            rollout: "ab".to_owned(),
            number: 17,
        };
        let written = pulse.write();
        assert_eq!(written, r#"{"v":1,"rollout":"ab","n":17}"#);
        assert_eq!(Pulse::read(written.as_bytes()), Some(pulse));
        for other in [
            "",
            "{}",
            r#"{"v":2,"rollout":"ab","n":17}"#,
            r#"{"v":1,"rollout":"a b","n":17}"#,
            r#"{"v":1,"rollout":"ab","n":-1}"#,
        ] {
            assert_eq!(Pulse::read(other.as_bytes()), None, "{other}");
        }
    }
}
