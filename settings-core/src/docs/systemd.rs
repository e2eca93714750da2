//! systemd drop-in, which sets the environment and the credentials of a service.

use super::{
    Options, Template, has_extension,
    outline::{Outline, Setting},
    phrases,
    text::comment,
};
use crate::build::Assemble;
use std::fmt::Write;

/// A drop-in for a systemd service: `Environment=` for settings, `LoadCredential=` for secrets.
///
/// Required settings are to be filled in; all others are in comments with their defaults. Settings that are reloaded
/// belong in a file, because a variable overrides every later change. Secrets are read from `/etc/credstore`, from
/// files named like their variables, by which the loader finds them in `$CREDENTIALS_DIRECTORY`.
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
/// let unit = docs::systemd::<AppSettings>();
/// assert!(unit.contains("[Service]\n"));
/// assert!(unit.contains("#Environment=\"APP_PORT=8080\"\n"));
/// assert!(unit.contains("LoadCredential=APP_SECRET_KEY:/etc/credstore/APP_SECRET_KEY\n"));
/// ```
pub fn systemd<T: Assemble>() -> String {
    Systemd.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct Systemd;

impl Template for Systemd {
    fn is_file_name(&self, name: &str) -> bool {
        has_extension(name, &["service", "conf"])
    }

    fn render(&self, outline: &Outline, options: &Options) -> String {
        let name = options.program(outline);
        let mut out = format!("# /etc/systemd/system/{name}.service.d/settings.conf\n[Service]\n");
        let in_file = |setting: &&Setting| setting.reloads && !setting.masked;
        let (reloaded, set): (Vec<&Setting>, Vec<&Setting>) =
            outline.variables().into_iter().partition(in_file);
        for setting in set {
            comment(&mut out, 0, setting.leaf.doc);
            comment(&mut out, 0, &phrases::only(setting));
            let variable = &setting.variable;
            let mark = if setting.must_be_set() { "" } else { "#" };
            let _ = if setting.masked {
                writeln!(
                    out,
                    "{mark}LoadCredential={variable}:/etc/credstore/{variable}"
                )
            } else {
                let value = escaped(setting.default_text().unwrap_or(""));
                writeln!(out, "{mark}Environment=\"{variable}={value}\"")
            };
        }
        if !reloaded.is_empty() {
            let keys = reloaded.iter().map(|setting| setting.key.as_str());
            let keys = keys.collect::<Vec<_>>().join("\n  ");
            let text = format!("Reloaded at run time, so in a file and in no variable:\n  {keys}");
            comment(&mut out, 0, &text);
        }
        out
    }
}

/// Text within double quotes, where `\` escapes and `%` starts a specifier.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '%' => out.push_str("%%"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ch if ch.is_ascii_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(ch));
            }
            ch => out.push(ch),
        }
    }
    out
}
