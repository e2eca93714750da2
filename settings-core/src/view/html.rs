//! A page of the settings in force: values, origins, documentation, warnings, and the state of live settings.

use super::{
    line::{Line, LineState},
    time,
};
use crate::{
    build::rows::Row,
    docs::markup::{self, escape, paragraphs},
    error::{
        Error, origin::Layer, problem::Problem, redact, report::Report, source_report::SourceReport,
    },
    schema::{Group, layout::Layout, reload},
};
use std::{fmt::Write, time::SystemTime};

/// Contents of a page.
pub(crate) struct Page<'a> {
    pub(crate) layout: &'static Layout,
    pub(crate) rows: Vec<Row>,
    /// The report of a load that failed.
    pub(crate) error: Option<&'a Error>,
    pub(crate) warnings: &'a [Problem],
    pub(crate) sources: &'a [SourceReport],
    /// State of live settings.
    pub(crate) live: Option<LiveState<'a>>,
}

/// State of live settings, for a page.
pub(crate) struct LiveState<'a> {
    pub(crate) revision: u64,
    pub(crate) since: SystemTime,
    pub(crate) fingerprint: &'a str,
    /// The state of the probation, in one line.
    pub(crate) probation: Option<String>,
    /// The state of this instance in its fleet, in one line.
    pub(crate) fleet: Option<String>,
    pub(crate) rejected: Option<(SystemTime, &'a Error)>,
    pub(crate) restart_required: &'a [String],
    /// One line per store.
    pub(crate) stores: Vec<String>,
}

/// Shows only the rows that contain every word of the filter box. Without it, all rows are shown and there is no box.
const SCRIPT: &str = include_str!("filter.js");

impl Page<'_> {
    /// Renders the page. It loads nothing, and works without its script.
    pub(crate) fn render(&self) -> String {
        let root: &Group = self.layout.groups[0].group;
        let title = format!("Settings of {}", root.name);
        let mut body = format!("<header>\n<h1>{}</h1>\n", escape(&title));
        body.push_str(&paragraphs(root.doc));
        self.state(&mut body);
        body.push_str("</header>\n");
        self.reports(&mut body);
        self.table(&mut body);
        self.sources(&mut body);
        let _ = writeln!(body, "<script>{SCRIPT}</script>");
        markup::page(&title, &body)
    }

    /// Writes one line each about the revision, its probation and the fleet.
    fn state(&self, body: &mut String) {
        let Some(live) = &self.live else { return };
        let since = time::utc(live.since);
        // Writing to a string does not fail.
        let _ = writeln!(
            body,
            "<p class=\"facts\">Revision <b>{}</b>, in force since <time datetime=\"{since}\">{since}</time>, \
             fingerprint <code>{}</code></p>",
            live.revision,
            escape(live.fingerprint)
        );
        for (what, state) in [("Probation", &live.probation), ("Fleet", &live.fleet)] {
            if let Some(state) = state {
                let _ = writeln!(body, "<p class=\"facts\">{what}: {}</p>", escape(state));
            }
        }
    }

    /// Writes the problems and warnings.
    fn reports(&self, body: &mut String) {
        if let Some(error) = self.error {
            report(body, "invalid", "Problems", "", &Report::of(error));
        }
        if let Some(live) = &self.live {
            if let Some((at, error)) = live.rejected {
                let about = format!(
                    "A change was rejected at {}. Revision {} stays in force.",
                    time::utc(at),
                    live.revision
                );
                report(
                    body,
                    "invalid",
                    "Rejected change",
                    &about,
                    &Report::of(error),
                );
            }
            if !live.restart_required.is_empty() {
                let keys = live.restart_required.iter();
                let keys: Vec<String> = keys
                    .map(|key| format!("<code>{}</code>", escape(key)))
                    .collect();
                let _ = writeln!(
                    body,
                    "<section class=\"restart\">\n<h2>Restart required</h2>\n\
                     <p>Changed in a source, in force after the next start: {}</p>\n</section>",
                    keys.join(", ")
                );
            }
        }
        if !self.warnings.is_empty() {
            let warnings = Report::of_warnings(self.layout.groups[0].group.name, self.warnings);
            report(body, "warnings", "Warnings", "", &warnings);
        }
    }

    fn table(&self, body: &mut String) {
        let shows_effect = self.live.is_some() || reload::any_reloads(self.layout);
        body.push_str(
            "<search hidden><label>Filter <input type=\"search\"></label>\n\
             <label><input type=\"checkbox\"> only what is set</label>\n<output></output></search>\n\
             <table>\n<thead><tr><th>Setting</th><th>Value</th><th>Origin</th>",
        );
        if shows_effect {
            body.push_str("<th>Takes effect</th>");
        }
        body.push_str("<th>Documentation</th></tr></thead>\n");
        let mut group: Option<Option<String>> = None;
        for row in self.rows.iter().filter(|row| !row.hidden) {
            let line = Line::of(row);
            if group.as_ref() != Some(&line.group) {
                if group.is_some() {
                    body.push_str("</tbody>\n");
                }
                body.push_str("<tbody>\n");
                group = Some(line.group.clone());
            }
            let effect = shows_effect.then(|| self.effect(row, &line));
            self::row(body, row, &line, effect);
        }
        if group.is_some() {
            body.push_str("</tbody>\n");
        }
        body.push_str("</table>\n");
    }

    /// Words for the time at which a change of a setting takes effect.
    fn effect(&self, row: &Row, line: &Line) -> &'static str {
        match line.state {
            LineState::Derived => "",
            _ if reload::key_reloads(self.layout, &row.key) => "at run time",
            _ => "at restart",
        }
    }

    /// Writes the sources and stores.
    fn sources(&self, body: &mut String) {
        if self.sources.is_empty() {
            return;
        }
        body.push_str("<h2>Sources, lowest first</h2>\n<ul class=\"sources\">\n");
        for source in self.sources {
            let place = escape(&redact::escape_line(source.place()));
            let _ = writeln!(body, "<li><code>{place}</code>: {}</li>", source.outcome());
        }
        body.push_str("</ul>\n");
        let stores = self.live.iter().flat_map(|live| &live.stores);
        for store in stores {
            let _ = writeln!(body, "<p class=\"facts\">{}</p>", escape(store));
        }
    }
}

fn report(body: &mut String, class: &str, title: &str, about: &str, report: &Report<'_>) {
    let _ = writeln!(body, "<section class=\"{class}\">\n<h2>{title}</h2>");
    if !about.is_empty() {
        let _ = writeln!(body, "<p>{}</p>", escape(about));
    }
    let _ = writeln!(
        body,
        "<pre>{}</pre>\n</section>",
        escape(&report.to_string())
    );
}

fn row(body: &mut String, row: &Row, line: &Line, effect: Option<&str>) {
    let state = match line.state {
        LineState::Set => "set",
        LineState::Invalid => "invalid",
        LineState::Header | LineState::Default | LineState::Derived => "default",
    };
    let key = escape(&line.key);
    let _ = write!(
        body,
        "<tr id=\"{key}\" class=\"{state}\"><th scope=\"row\"><code>{key}</code>"
    );
    if !line.variable.is_empty() {
        let _ = write!(body, "<small>{}</small>", escape(&line.variable));
    }
    let _ = write!(
        body,
        "</th><td><code>{}</code></td><td>{}",
        escape(&line.value),
        escape(&line.origin)
    );
    let overridden = row.overrides.as_ref();
    if let Some(overridden) = overridden.filter(|origin| origin.layer() != Layer::Default) {
        let origin = redact::escape_line(overridden.to_string());
        let _ = write!(body, "<small>overrides {}</small>", escape(&origin));
    }
    body.push_str("</td>");
    if let Some(effect) = effect {
        let _ = write!(body, "<td class=\"effect\">{effect}</td>");
    }
    let doc = paragraphs(row.doc);
    let _ = writeln!(body, "<td>{}</td></tr>", doc.trim_end());
}
