//! A reference in HTML.

use super::{
    Options, Template,
    default::DocDefault,
    has_extension,
    markup::{self, escape, paragraphs},
    outline::{GroupOutline, Outline, Setting},
    phrases,
};
use crate::build::Assemble;
use std::fmt::Write;

/// A reference as one HTML page: every setting with its documentation, type, rules, default and names.
///
/// The page loads nothing else. Each group and each setting has an anchor, its key: `settings.html#server.port`.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// /// Settings of a small server.
/// #[derive(Debug, Settings)]
/// #[settings(prefix = "APP_")]
/// struct AppSettings {
///     /// Port to listen on.
///     #[settings(default = 8080, range(1..))]
///     port: u16,
/// }
///
/// let page = docs::html::<AppSettings>();
/// assert!(page.starts_with("<!DOCTYPE html>\n"));
/// assert!(page.contains("<section id=\"port\">"));
/// assert!(page.contains("<p>Port to listen on.</p>"));
/// ```
pub fn html<T: Assemble>() -> String {
    Html.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct Html;

impl Template for Html {
    fn is_file_name(&self, name: &str) -> bool {
        has_extension(name, &["html", "htm"])
    }

    fn render(&self, outline: &Outline, options: &Options) -> String {
        let name = outline.schema.root.name;
        let title = match &options.name {
            Some(name) => format!("Settings of {name}"),
            None => name.to_owned(),
        };
        let mut body = format!("<h1>{}</h1>\n", escape(&title));
        for doc in outline.root.docs() {
            body.push_str(&paragraphs(doc));
        }
        sources(&mut body, outline);
        contents(&mut body, &outline.root);
        group(&mut body, &outline.root, 2);
        markup::page(&title, &body)
    }
}

fn sources(body: &mut String, outline: &Outline) {
    body.push_str("<p>Sources, lowest first: defaults");
    for source in phrases::sources(outline) {
        let (what, path, remark) = (source.what, escape(source.path), source.remark());
        let _ = write!(body, ", {what} <code>{path}</code>{}", escape(&remark));
    }
    body.push_str(", environment. A later source overrides an earlier one.</p>\n");
}

/// Writes the table of contents.
fn contents(body: &mut String, group: &GroupOutline) {
    let (settings, groups) = (group.settings(), group.groups());
    let variants = group.variants();
    if settings.is_empty() && groups.is_empty() && variants.is_empty() {
        return;
    }
    body.push_str("<nav><ul>\n");
    for setting in settings {
        let key = escape(&setting.key);
        let _ = writeln!(body, "<li><a href=\"#{key}\"><code>{key}</code></a></li>");
    }
    for (value, variant) in variants {
        let (key, name) = phrases::choice(value, variant);
        let (key, name) = (escape(&key), escape(&name));
        let _ = writeln!(
            body,
            "<li><a href=\"#{key}={name}\"><code>{key}</code> = <code>{name}</code></a>"
        );
        contents(body, variant);
        body.push_str("</li>\n");
    }
    for inner in groups {
        let key = escape(&inner.key);
        let _ = writeln!(body, "<li><a href=\"#{key}\"><code>{key}</code></a>");
        contents(body, inner);
        body.push_str("</li>\n");
    }
    body.push_str("</ul></nav>\n");
}

fn group(body: &mut String, group_outline: &GroupOutline, level: usize) {
    for item in group_outline.settings() {
        setting(body, item, level);
    }
    for flat in group_outline.flat_groups() {
        for property in flat.group.derived {
            let _ = write!(
                body,
                "<section>\n<h{level}><code>{}</code></h{level}>\n{}<p class=\"facts\">computed from the settings; <code>{}</code></p>\n</section>\n",
                escape(property.name),
                paragraphs(property.doc),
                escape(property.type_name),
            );
        }
    }
    for (value, variant) in group_outline.variants() {
        let (key, name) = phrases::choice(value, variant);
        let (key, name) = (escape(&key), escape(&name));
        let _ = writeln!(
            body,
            "<section id=\"{key}={name}\">\n<h{level}><a href=\"#{key}={name}\"><code>{key}</code> = <code>{name}</code></a></h{level}>"
        );
        for doc in variant.docs() {
            body.push_str(&paragraphs(doc));
        }
        group(body, variant, (level + 1).min(6));
        body.push_str("</section>\n");
    }
    for inner in group_outline.groups() {
        let key = escape(&inner.key);
        let _ = writeln!(
            body,
            "<section id=\"{key}\">\n<h{level}><a href=\"#{key}\"><code>{key}</code></a></h{level}>"
        );
        for doc in inner.docs() {
            body.push_str(&paragraphs(doc));
        }
        if let Some(shape) = phrases::shape(inner) {
            let _ = writeln!(body, "<p class=\"facts\">{}</p>", escape(&shape));
        }
        if let Some(names) = phrases::group_names(inner) {
            let _ = writeln!(body, "<p class=\"facts\">{}</p>", escape(&names));
        }
        group(body, inner, (level + 1).min(6));
        body.push_str("</section>\n");
    }
}

fn setting(body: &mut String, setting: &Setting, level: usize) {
    let key = escape(&setting.key);
    let _ = writeln!(
        body,
        "<section id=\"{key}\">\n<h{level}><a href=\"#{key}\"><code>{key}</code></a></h{level}>"
    );
    body.push_str(&paragraphs(setting.leaf.doc));
    let _ = writeln!(
        body,
        "<p class=\"facts\">{}</p>",
        escape(&phrases::facts(setting))
    );
    let default = match &setting.default {
        DocDefault::Text(text) => format!("<code>{}</code>", escape(text)),
        DocDefault::None if setting.is_required() => "<strong>required</strong>".to_owned(),
        DocDefault::None => "none".to_owned(),
        DocDefault::Hidden => "not shown".to_owned(),
        DocDefault::Expression(source) => format!("<code>{}</code>", escape(source)),
        DocDefault::From(keys) => {
            let keys = keys
                .iter()
                .map(|key| format!("<code>{}</code>", escape(key)));
            format!("computed from {}", keys.collect::<Vec<_>>().join(", "))
        }
        DocDefault::Function(path) => format!("computed by <code>{}</code>", escape(path)),
    };
    let _ = write!(
        body,
        "<dl><dt>Default</dt><dd>{default}</dd><dt>Variable</dt><dd><code>{}</code></dd></dl>\n</section>\n",
        escape(&setting.variable),
    );
}
