//! The settings in force and their state, as an HTML page and as JSON.

#[cfg(feature = "remote")]
use super::FleetStatus;
use super::{Live, ProbationStatus, Status, revision::Revision};
use crate::{
    build::{Assemble, rows::Row},
    value::json::quoted,
    view::{html::LiveState, json, time},
};
use std::sync::Arc;

impl<T: Assemble> Live<T> {
    /// The settings in force as one HTML page, for operators: what [`Loaded::to_html`](crate::Loaded::to_html) renders, and
    /// the number and fingerprint of the revision, its probation, the state in a fleet, the last rejected change with its report,
    /// and the changes that need a restart.
    ///
    /// Secrets are masked, but the page describes the program: serve it only to operators.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = "info", one_of("debug", "info"), reload)] log_level: String }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("app.env");
    /// # std::fs::write(&file, "LOG_LEVEL=debug")?;
    /// let live = App::empty_loader().env_file(&file).live()?;
    ///
    /// std::fs::write(&file, "LOG_LEVEL=loud")?;
    /// assert!(live.reload().is_err());
    /// let page = live.to_html();
    /// assert!(page.contains("Revision <b>1</b>"));
    /// assert!(page.contains("A change was rejected"));
    /// assert!(page.contains("log_level: expected one of debug, info, found &quot;loud&quot;"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_html(&self) -> String {
        let (status, current) = self.now();
        let rejected = status.rejected.as_ref();
        let state = LiveState {
            revision: current.number,
            since: current.since,
            fingerprint: &current.fingerprint,
            probation: status.probation.as_ref().map(ToString::to_string),
            #[cfg(feature = "remote")]
            fleet: status.fleet.as_ref().map(ToString::to_string),
            #[cfg(not(feature = "remote"))]
            fleet: None,
            rejected: rejected.map(|rejection| (rejection.at, &rejection.error)),
            restart_required: &status.restart_required,
            #[cfg(feature = "remote")]
            stores: status
                .stores
                .iter()
                .map(|store| format!("{}: {store}", store.name))
                .collect(),
            #[cfg(not(feature = "remote"))]
            stores: Vec::new(),
        };
        current.loaded.page(Some(state)).render()
    }

    /// The settings in force as one JSON object, for programs: `revision`, `since`, `fingerprint`, `settings`, `origins` and
    /// `overrides` by key, `restart_required`, `warnings`, `rejections`, `rejected` with `at` and `problems`, or `null`,
    /// `probation` with the fields of [`ProbationStatus`], or `null`, and `fleet` with those of a
    /// `FleetStatus`, or `null`.
    ///
    /// The values are those of [`Loaded::to_json`](crate::Loaded::to_json), and problems those of
    /// [`Error::to_json`](crate::Error::to_json).
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = "info", one_of("debug", "info"), reload)] log_level: String }
    /// let live = App::empty_loader().env_from([("LOG_LEVEL", "debug")]).live()?;
    ///
    /// let state: serde_json::Value = serde_json::from_str(&live.to_json())?;
    /// assert_eq!(state["revision"], 1);
    /// assert_eq!(state["settings"]["log_level"], "debug");
    /// assert_eq!(state["origins"]["log_level"], "environment variable LOG_LEVEL");
    /// assert!(state["rejected"].is_null());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        let (status, current) = self.now();
        let mut rows = current.loaded.rows();
        rows.retain(|row| !row.hidden);
        let rejected = status.rejected.as_ref().map(|rejection| {
            let at = quoted(&time::utc(rejection.at));
            let problems = crate::error::json::problems(rejection.error.problems());
            format!("{{\"at\":{at},\"problems\":{problems}}}")
        });
        let probation = status.probation.as_ref().map(probation);
        #[cfg(feature = "remote")]
        let fleet = status.fleet.as_ref().map(fleet);
        #[cfg(not(feature = "remote"))]
        let fleet: Option<String> = None;
        format!(
            "{{\"revision\":{},\"since\":{},\"fingerprint\":{},\"settings\":{},\"origins\":{},\"overrides\":{},\"restart_required\":{},\
             \"warnings\":{},\"rejections\":{},\"rejected\":{},\
             \"probation\":{},\"fleet\":{}}}",
            current.number,
            quoted(&time::utc(current.since)),
            quoted(&current.fingerprint),
            json::object(&rows),
            json::origins(&rows, Row::origin_in_words),
            json::origins(&rows, |row| row.overrides.as_ref().map(ToString::to_string)),
            crate::error::json::texts(status.restart_required.iter().map(String::as_str)),
            crate::error::json::problems(current.loaded.warnings()),
            status.rejections,
            rejected.as_deref().unwrap_or("null"),
            probation.as_deref().unwrap_or("null"),
            fleet.as_deref().unwrap_or("null"),
        )
    }

    /// The state and the revision of one moment.
    fn now(&self) -> (Status, Arc<Revision<T>>) {
        let guard = self.shared.status();
        let current = self.shared.current.load_full();
        (self.shared.describe(&guard, &current), current)
    }
}

/// The state of the probation as a JSON object.
fn probation(status: &ProbationStatus) -> String {
    let last = status.last_revert.as_ref().map(|last| {
        format!(
            "{{\"at\":{},\"revision\":{},\"reason\":{}}}",
            quoted(&time::utc(last.at)),
            last.revision,
            quoted(&last.reason)
        )
    });
    format!(
        "{{\"passed\":{},\"good\":{},\"needed\":{},\"healthy\":{},\"reverts\":{},\"paused\":{},\"last_revert\":{}}}",
        status.passed,
        status.good,
        status.needed,
        status.healthy,
        status.reverts,
        status.paused,
        last.as_deref().unwrap_or("null"),
    )
}

/// The state of this instance in a fleet as a JSON object.
#[cfg(feature = "remote")]
fn fleet(status: &FleetStatus) -> String {
    let text = |text: &Option<String>| text.as_deref().map_or("null".to_owned(), quoted);
    let healthy = status.healthy.map(|healthy| healthy.to_string());
    format!(
        "{{\"id\":{},\"rollout\":{},\"state\":{},\"healthy\":{},\"error\":{}}}",
        quoted(&status.id),
        text(&status.rollout),
        quoted(status.state.word()),
        healthy.as_deref().unwrap_or("null"),
        text(&status.error),
    )
}
