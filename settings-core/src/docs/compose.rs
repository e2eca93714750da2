//! Docker compose: the `environment` of a service.

use super::{
    Options, Template,
    outline::Outline,
    text::{comment, key},
};
use crate::{build::Assemble, value::json::quoted};
use std::fmt::Write;

/// The `environment` of a service for docker compose, with its service around it: a file to be merged with others.
///
/// What is required comes from the environment of compose, or from its `.env`; compose refuses to start without it.
///
/// ```
/// use settings_core::{SecretString, Settings, docs};
///
/// #[derive(Debug, Settings)]
/// #[settings(prefix = "APP_")]
/// struct AppSettings {
///     #[settings(default = 8080)]
///     port: u16,
///     secret_key: SecretString,
/// }
///
/// let compose = docs::compose::<AppSettings>();
/// assert!(compose.starts_with("services:\n  app:\n    environment:\n"));
/// assert!(compose.contains("      APP_PORT: \"8080\"\n"));
/// assert!(compose.contains("      APP_SECRET_KEY: \"${APP_SECRET_KEY:?required}\"\n"));
/// ```
pub fn compose<T: Assemble>() -> String {
    Compose.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct Compose;

impl Template for Compose {
    fn is_file_name(&self, name: &str) -> bool {
        matches!(
            name,
            "compose.yaml" | "compose.yml" | "docker-compose.yaml" | "docker-compose.yml"
        )
    }

    fn render(&self, outline: &Outline, options: &Options) -> String {
        let settings = outline.settings();
        let none = if settings.iter().any(|setting| setting.stands()) {
            ""
        } else {
            " {}"
        };
        let slug = options.program(outline);
        let mut out = format!("services:\n  {}:\n    environment:{none}\n", key(&slug));
        for setting in settings {
            comment(&mut out, 6, setting.leaf.doc);
            let variable = &setting.variable;
            let value = match setting.default_text() {
                Some(text) => text.replace('$', "$$"),
                None if setting.must_be_set() => format!("${{{variable}:?required}}"),
                None => format!("${{{variable}:-}}"),
            };
            let mark = if setting.stands() { "" } else { "#" };
            let _ = writeln!(out, "      {mark}{}: {}", key(variable), quoted(&value));
        }
        out
    }
}
