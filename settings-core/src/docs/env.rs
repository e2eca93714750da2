//! `.env.example`: required variables first, then all others in comments.

use super::{
    Options, Template, has_extension,
    outline::{Outline, Setting},
    phrases,
    text::comment,
};
use crate::{build::Assemble, dotenv};
use settings_syntax::name;
use std::fmt::Write;

/// A `.env.example`: the required variables to fill in, then every other variable in a comment, with its default.
///
/// Defaults are in comments because a `.env` file overrides config files: a copy of the defaults would hide their values.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// #[derive(Debug, Settings)]
/// #[settings(prefix = "APP_")]
/// struct AppSettings {
///     /// Name shown in logs.
///     #[settings(default = "my app")]
///     name: String,
///     /// Port to listen on.
///     port: u16,
/// }
///
/// let example = docs::env_example::<AppSettings>();
/// assert!(example.contains("# Port to listen on.\n# required; a whole number from 0 to 65535\nAPP_PORT=\n"));
/// assert!(example.contains("# Name shown in logs.\n# text\n#APP_NAME='my app'\n"));
/// ```
pub fn env_example<T: Assemble>() -> String {
    EnvExample.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct EnvExample;

impl Template for EnvExample {
    fn is_file_name(&self, name: &str) -> bool {
        name.starts_with(".env") || has_extension(name, &["env"])
    }

    fn render(&self, outline: &Outline, _: &Options) -> String {
        let mut out = String::new();
        for doc in outline.root.docs() {
            comment(&mut out, 0, doc);
        }
        if !out.is_empty() {
            out.push_str("#\n");
        }
        comment(
            &mut out,
            0,
            "Copy this file to .env. To set a variable in a comment, remove the # before its name.",
        );
        let (required, optional): (Vec<&Setting>, Vec<&Setting>) = outline
            .variables()
            .into_iter()
            .partition(|setting| setting.must_be_set());
        part(&mut out, "Required", &required);
        part(&mut out, "Optional", &optional);
        out
    }
}

/// A warning before values with escapes or references, on which readers disagree.
const NOT_PORTABLE: &str = "shells and other readers of .env files may read this value differently";

fn part(out: &mut String, title: &str, settings: &[&Setting]) {
    if settings.is_empty() {
        return;
    }
    let _ = write!(out, "\n# ---- {title} ----\n");
    for setting in settings {
        out.push('\n');
        comment(out, 0, setting.leaf.doc);
        comment(out, 0, &phrases::facts(setting));
        let value = setting.default_text().and_then(dotenv::quote::quote);
        let value = value.as_ref().map_or("", |value| value.as_str());
        if value.contains('\\') || value.contains("${") {
            comment(out, 0, NOT_PORTABLE);
        }
        let assignment = format!("{}={value}", setting.variable);
        let mark = if setting.must_be_set() { "" } else { "#" };
        for line in assignment.split('\n') {
            let _ = writeln!(out, "{mark}{line}");
        }
        if let Some(enumeration) = shorthand(setting) {
            let _ = writeln!(out, "#{enumeration}={value}");
        }
    }
}

/// The variable of an enum as a whole, which takes the name of a variant in place of its tag.
fn shorthand(tag: &Setting) -> Option<&str> {
    tag.shorthand.as_ref()?;
    let tag_name = name::upper_snake(tag.leaf.key);
    let whole = tag.variable.strip_suffix(&*tag_name)?;
    Some(whole.trim_end_matches('_')).filter(|whole| !whole.is_empty())
}
