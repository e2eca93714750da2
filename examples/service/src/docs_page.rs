//! Page `/docs`: the OpenAPI description as one HTML page without external resources, with forms to send requests.

use axum::{
    body::Bytes,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::fmt::Write;

const STYLE: &str = include_str!("docs_page.css");
const SCRIPT: &str = include_str!("docs_page.js");
/// The page may only run its own script and send requests to its own origin.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

pub fn respond(page: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, page).into_response()
}

/// Renders the page from an OpenAPI description.
pub fn render(description: &Value) -> String {
    let mut page = String::new();
    // Writing to a `String` cannot fail.
    let _ = write_page(&mut page, description);
    page
}

fn write_page(page: &mut String, description: &Value) -> std::fmt::Result {
    let title = escape(text(&description["info"]["title"]));
    let version = escape(text(&description["info"]["version"]));
    write!(
        page,
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>{title}</title><style>{STYLE}</style>\
         <header><h1>{title} <small>{version}</small></h1><a href='openapi.json'>openapi.json</a></header>\
         <p><label>access token <input id=token type=password autocomplete=off></label></p><main>"
    )?;
    for (path, item) in entries(&description["paths"]) {
        for (method, operation) in entries(item) {
            write_operation(page, description, path, method, operation)?;
        }
    }
    write!(page, "</main><h2>Schemas</h2>")?;
    for (name, schema) in entries(&description["components"]["schemas"]) {
        let schema = escape(&format!("{schema:#}"));
        let name = escape(name);
        write!(
            page,
            "<details id='schema-{name}'><summary>{name}</summary><pre>{schema}</pre></details>"
        )?;
    }
    write!(page, "<script>{SCRIPT}</script>")
}

fn write_operation(
    page: &mut String,
    description: &Value,
    path: &str,
    method: &str,
    operation: &Value,
) -> std::fmt::Result {
    let (path, method) = (escape(path), escape(method));
    let summary = escape(text(&operation["summary"]));
    let details = escape(text(&operation["description"]));
    write!(
        page,
        "<details><summary><b class='{method}'>{method}</b> <code>{path}</code> {summary}</summary>\
         <form data-method='{method}' data-path='{path}'><p>{details}</p>"
    )?;
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = escape(text(&parameter["name"]));
        let about = escape(text(&parameter["description"]));
        write!(
            page,
            "<p><label><code>{name}</code> <input name='{name}'></label> {about}</p>"
        )?;
    }
    for (media_type, content) in entries(&operation["requestBody"]["content"]) {
        let schema = text(&content["schema"]["$ref"]);
        let name = schema.rsplit('/').next().unwrap_or_default();
        let fields = &description["components"]["schemas"][name]["properties"];
        let example = escape(&example(fields, media_type));
        let (media_type, name) = (escape(media_type), escape(name));
        write!(
            page,
            "<p><label>{media_type}, <a href='#schema-{name}'>{name}</a>\
             <textarea data-type='{media_type}' rows=4>{example}</textarea></label></p>"
        )?;
    }
    write!(page, "<button>Send</button><output></output></form><table>")?;
    for (status, response) in entries(&operation["responses"]) {
        let about = escape(text(&response["description"]));
        let types: Vec<String> = entries(&response["content"])
            .map(|(media_type, _)| escape(media_type))
            .collect();
        let (status, types) = (escape(status), types.join(", "));
        write!(page, "<tr><td>{status}<td>{types}<td>{about}")?;
    }
    write!(page, "</table></details>")
}

/// Example of a request body: the examples of its fields, as JSON or as a form.
fn example(fields: &Value, media_type: &str) -> String {
    let examples = entries(fields).map(|(name, field)| (name, text(&field["example"])));
    if media_type == "application/x-www-form-urlencoded" {
        let pairs: Vec<String> = examples
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        return pairs.join("&");
    }
    let object = examples.map(|(name, value)| (name.clone(), value.into()));
    format!("{:#}", Value::Object(object.collect()))
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn markup_in_the_description_is_escaped() {
        let page = render(&json!({
            "info": { "title": "<script>", "version": "'" },
            "paths": { "/<b>": { "get": { "summary": "a & b" } } },
        }));
        assert!(page.contains("<title>&lt;script&gt;</title>"), "{page}");
        assert!(
            page.contains("/&lt;b&gt;") && page.contains("a &amp; b"),
            "{page}"
        );
    }
}
