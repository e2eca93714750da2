//! Docker compose: the `environment` of a service.

use super::{
    outline::Outline,
    quoted::{comment, key},
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
    render(&Outline::of::<T>())
}

fn render(outline: &Outline) -> String {
    let rows = outline.rows();
    let none = if rows.iter().any(|row| row.stands()) {
        ""
    } else {
        " {}"
    };
    let slug = outline.slug();
    let mut out = format!("services:\n  {}:\n    environment:{none}\n", key(&slug));
    for row in rows {
        comment(&mut out, 6, row.leaf.doc);
        let variable = &row.variable;
        let value = match row.known_default() {
            Some(text) => text.replace('$', "$$"),
            None if row.is_awaited() => format!("${{{variable}:?required}}"),
            None => format!("${{{variable}:-}}"),
        };
        let mark = if row.stands() { "" } else { "#" };
        let _ = writeln!(out, "      {mark}{}: {}", key(variable), quoted(&value));
    }
    out
}
