//! Docker Compose: the `environment` of a service.

use super::{
    Options, Template,
    outline::{Outline, Setting},
    phrases,
    text::{comment, key},
};
use crate::{build::Assemble, value::json::quoted};
use std::fmt::Write;

/// A Docker Compose file with the `environment` of one service, to be merged with others.
///
/// Required settings come from the environment of Compose, or from its `.env` file; Compose does not start without
/// them. All other settings are in comments with their defaults. Settings that are reloaded belong in a mounted file,
/// because a variable overrides every later change.
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
/// assert!(compose.contains("      #APP_PORT: \"8080\"\n"));
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
        let (reloaded, variables): (Vec<&Setting>, Vec<&Setting>) = outline
            .variables()
            .into_iter()
            .partition(|setting| setting.reloads);
        let none = if variables.iter().any(|setting| setting.must_be_set()) {
            ""
        } else {
            " {}"
        };
        let name = key(&options.program(outline));
        let mut out = format!("services:\n  {name}:\n    environment:{none}\n");
        for setting in variables {
            comment(&mut out, 6, setting.leaf.doc);
            comment(&mut out, 6, &phrases::only(setting));
            let variable = &setting.variable;
            let _ = if setting.must_be_set() {
                let value = quoted(&format!("${{{variable}:?required}}"));
                writeln!(out, "      {}: {value}", key(variable))
            } else {
                let value = match setting.default_text() {
                    Some(text) => text.replace('$', "$$"),
                    None => format!("${{{variable}:-}}"),
                };
                writeln!(out, "      #{}: {}", key(variable), quoted(&value))
            };
        }
        if !reloaded.is_empty() {
            let keys = reloaded.iter().map(|setting| setting.key.as_str());
            let keys = keys.collect::<Vec<_>>().join("\n  ");
            let text =
                format!("Reloaded at run time, so in a mounted file and in no variable:\n  {keys}");
            comment(&mut out, 4, &text);
        }
        out
    }
}
