//! Self-contained HTML pages: no external scripts, fonts or style sheets.

use std::fmt::Write;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}\
code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}\
h1,h2,h3,h4,h5,h6{line-height:1.2;margin:1.5em 0 .4em}\
h2 a,h3 a,h4 a,h5 a,h6 a{color:inherit;text-decoration:none}\
p{margin:.4em 0}\
.facts{opacity:.75}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1rem;margin:.4em 0}\
dt{opacity:.75}\
dd{margin:0}\
nav ul{list-style:none;padding-left:1rem}\
nav>ul{columns:20rem}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-top:1px solid #8884}\
tbody tr:first-child>*{border-top:2px solid #8888}\
tbody th{font-weight:400}\
.set th code{font-weight:700}\
.default td:nth-of-type(-n+2){opacity:.75}\
td small,th small{display:block;opacity:.75;overflow-wrap:anywhere}\
td p{margin:0}\
.effect{white-space:nowrap}\
@media(min-width:50rem){\
tbody th{min-width:17rem}\
tbody td:nth-of-type(1){min-width:9rem}\
tbody td:nth-of-type(2){min-width:8rem}}\
pre{overflow:auto;padding:.6rem;border:1px solid #8884;white-space:pre-wrap}\
section.invalid pre,tr.invalid td{color:light-dark(#b00,#f88)}\
search{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center;margin:1rem 0}\
search[hidden],tr[hidden],tbody[hidden]{display:none}\
input[type=search]{font:inherit;padding:.3rem;width:20rem;max-width:60vw}\
output{opacity:.75}\
@media(max-width:50rem){\
table,tbody,tr,tbody th,td{display:block}\
thead,td:empty{display:none}\
tr:not(.default) td:nth-of-type(2)::before{content:\"from \"}\
.effect::before{content:\"takes effect \"}\
tbody tr{padding:.4rem 0;border-top:1px solid #8884}\
tbody th,td,tbody tr:first-child>*{border:0;padding:.1rem 0}}";

/// Renders a page with this body.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

/// Escapes characters that are markup.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(ch),
            ch if ch.is_control() => out.push('\u{fffd}'),
            ch => out.push(ch),
        }
    }
    out
}

/// Documentation as paragraphs, with its code spans.
pub(crate) fn paragraphs(doc: &str) -> String {
    let mut out = String::new();
    for paragraph in doc
        .trim()
        .split("\n\n")
        .filter(|text| !text.trim().is_empty())
    {
        out.push_str("<p>");
        let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
        let text = lines.join(" ");
        let mut parts = text.split('`').peekable();
        let mut is_code = false;
        while let Some(part) = parts.next() {
            // A backtick without a closing one is text.
            let closed = parts.peek().is_some();
            let _ = match (is_code, closed) {
                (true, true) => write!(out, "<code>{}</code>", escape(part)),
                (true, false) => write!(out, "`{}", escape(part)),
                (false, _) => write!(out, "{}", escape(part)),
            };
            is_code = !is_code;
        }
        out.push_str("</p>\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escape, paragraphs};

    #[test]
    fn no_text_is_taken_for_markup() {
        assert_eq!(
            escape("<a b='c'>&\u{1}"),
            "&lt;a b=&#39;c&#39;&gt;&amp;\u{fffd}"
        );
        assert_eq!(
            paragraphs("One `x < y` two\nlines.\n\nA `b"),
            "<p>One <code>x &lt; y</code> two lines.</p>\n<p>A `b</p>\n"
        );
    }
}
