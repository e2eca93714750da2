//! Stages of a rollout: the share of the fleet that each reaches.

use super::is_name;
use std::fmt;

/// Maximum number of stages of a rollout.
const MAX_STAGES: usize = 20;
/// All instances, in hundredths of a percent.
const ALL: u32 = 10_000;

/// A stage: `5%`, or `zone=a:5%` of the instances with this label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    /// Name and value of a label.
    pub(crate) label: Option<(String, String)>,
    /// In hundredths of a percent, above 0.
    share: u32,
}

impl Stage {
    /// Reads `5%`, `0.5%` or `zone=a:5%`. The error is what was expected.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let (label, percent) = match text.split_once(':') {
            Some((label, percent)) => (Some(label), percent),
            None => (None, text),
        };
        let label = label.map(|label| {
            let (name, value) = label.split_once('=').unwrap_or_default();
            if is_name(name) && is_name(value) {
                Ok((name.to_owned(), value.to_owned()))
            } else {
                Err("expected a label such as zone=a before the `:`".to_owned())
            }
        });
        let share = share(percent.trim())
            .filter(|share| (1..=ALL).contains(share))
            .ok_or("expected a percentage from 0.01% to 100%, such as 5%")?;
        Ok(Self {
            label: label.transpose()?,
            share,
        })
    }

    /// Reads `5%,zone=a:25%,100%`. The error is what was expected.
    pub(crate) fn read_all(text: &str) -> Result<Vec<Self>, String> {
        let stages = text.split(',').map(|stage| Self::read(stage.trim()));
        let stages: Vec<Self> = stages.collect::<Result<_, _>>()?;
        Self::check(&stages)?;
        Ok(stages)
    }

    /// Checks that the last stage, and only that, reaches every instance.
    pub(crate) fn check(stages: &[Self]) -> Result<(), String> {
        if stages.len() > MAX_STAGES {
            return Err(format!("expected at most {MAX_STAGES} stages"));
        }
        let Some((last, earlier)) = stages.split_last() else {
            return Err("expected at least one stage".to_owned());
        };
        if !last.is_everyone() {
            return Err("expected 100% as the last stage".to_owned());
        }
        if earlier.iter().any(Self::is_everyone) {
            return Err("expected 100% in the last stage only".to_owned());
        }
        Ok(())
    }

    pub(crate) fn is_everyone(&self) -> bool {
        self.label.is_none() && self.share == ALL
    }

    /// The number of instances that the stage reaches, of this many.
    pub(crate) fn count_of(&self, instances: usize) -> usize {
        let all = ALL as usize;
        (instances * self.share as usize).div_ceil(all).max(1)
    }
}

/// A percentage with at most two decimals, in hundredths.
fn share(percent: &str) -> Option<u32> {
    let number = percent.strip_suffix('%')?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let is_decimal = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    (is_decimal(whole, 3) && is_decimal(decimals, 2)).then_some(())?;
    let hundredths: u32 = format!("{decimals:0<2}").parse().ok()?;
    Some(whole.parse::<u32>().ok()? * 100 + hundredths)
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, value)) = &self.label {
            write!(f, "{name}={value}:")?;
        }
        let (whole, hundredths) = (self.share / 100, self.share % 100);
        match hundredths {
            0 => write!(f, "{whole}%"),
            _ => write!(
                f,
                "{whole}.{}%",
                format!("{hundredths:02}").trim_end_matches('0')
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Stage;

    #[test]
    fn stages_print_as_they_are_read() {
        for text in [
            "5%",
            "0.5%",
            "12.25%",
            "0.01%",
            "100%",
            "zone=a:5%",
            "a.b=c-1:100%",
        ] {
            assert_eq!(Stage::read(text).unwrap().to_string(), text);
        }
        assert_eq!(Stage::read("050%").unwrap().to_string(), "50%");
        for text in [
            "",
            "5",
            "%",
            "0%",
            "101%",
            "-5%",
            "+5%",
            "5.%",
            ".5%",
            "5.123%",
            "1e1%",
            "zone:5%",
            "=a:5%",
            "zone=:5%",
            "zone=ä:5%",
            "zone=a:",
            "9999999999%",
        ] {
            assert!(Stage::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_last_stage_reaches_everyone() {
        assert_eq!(Stage::read_all("zone=a:100%, 25%,100%").unwrap().len(), 3);
        for (text, expected) in [
            ("5%,25%", "expected 100% as the last stage"),
            ("100%,100%", "expected 100% in the last stage only"),
            ("zone=a:100%", "expected 100% as the last stage"),
            (
                "5%,,100%",
                "expected a percentage from 0.01% to 100%, such as 5%",
            ),
        ] {
            assert_eq!(Stage::read_all(text).unwrap_err(), expected, "{text}");
        }
        let many = "1%,".repeat(20) + "100%";
        assert_eq!(
            Stage::read_all(&many).unwrap_err(),
            "expected at most 20 stages"
        );
    }

    #[test]
    fn a_share_is_rounded_up_and_is_at_least_one() {
        let count = |text: &str, of: usize| Stage::read(text).unwrap().count_of(of);
        assert_eq!([count("5%", 0), count("5%", 1), count("5%", 20)], [1, 1, 1]);
        assert_eq!(
            [count("5%", 21), count("25%", 6), count("100%", 7)],
            [2, 2, 7]
        );
        assert_eq!(count("0.01%", 10_001), 2);
    }
}
