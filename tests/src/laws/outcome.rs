//! Outcome of a load: settings that print, or a readable report.

use super::Every;
use settings_core::{Error, Loaded, Loader, Problem};

/// Loads and checks the outcome. `size` is the size of the input.
pub(super) fn load(loader: Loader<Every>, size: usize) -> Result<Loaded<Every>, Error> {
    let outcome = loader.load();
    match &outcome {
        Ok(settings) => {
            settings.warnings().iter().for_each(is_one_line);
            let _: serde_json::Value =
                serde_json::from_str(&settings.to_json()).expect("`to_json` writes JSON");
            let table = settings.dump().to_string();
            assert!(
                !table.contains(|ch: char| ch.is_control() && ch != '\n'),
                "{table:?}"
            );
            assert!(!format!("{settings:?}").is_empty());
            is_in_proportion(&settings.to_env(), size);
        }
        Err(error) => {
            assert!(!error.problems().is_empty());
            error.problems().iter().for_each(is_one_line);
            error.warnings().iter().for_each(is_one_line);
            let report = error.to_string();
            assert!(
                !report.contains(|ch: char| ch.is_control() && ch != '\n'),
                "{report:?}"
            );
            is_in_proportion(&report, size);
        }
    }
    outcome
}

/// Each line of a report is complete, and contains nothing that a terminal interprets.
pub(super) fn is_one_line(problem: &Problem) {
    let sentence = problem.to_string();
    let others = problem.help().chain(problem.notes()).chain(problem.key());
    for text in others.chain([sentence.as_str()]) {
        assert!(!text.contains(char::is_control), "{text:?}");
    }
}

/// The report of a small input is short.
fn is_in_proportion(page: &str, size: usize) {
    assert!(
        page.len() <= (64 << 10) + 64 * size,
        "{} bytes about {size}",
        page.len()
    );
}
