//! Rust's `Debug` output as JSON, for defaults that have no other text.
//!
//! The result is a guess. The caller decodes it, and compares the value.

use crate::value::json::quoted;

/// The JSON of a value that prints like this; with `wraps`, the name of the outermost variant is a key.
pub(super) fn json_of_debug(text: &str, wraps: bool) -> Option<String> {
    let mut reader = Reader { rest: text };
    let json = reader.value(wraps, 0)?;
    reader.rest.trim().is_empty().then_some(json)
}

/// The limit for nesting.
const DEPTH: u8 = 32;

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn value(&mut self, wraps: bool, depth: u8) -> Option<String> {
        if depth == DEPTH {
            return None;
        }
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            quote @ ('"' | '\'') => self.text(quote).map(|text| quoted(&text)),
            '[' => self.list('[', ']', depth),
            '(' => self.list('(', ')', depth),
            '{' => self.map(depth),
            ch if ch.is_alphabetic() || ch == '_' => self.named(wraps, depth),
            _ => {
                let token = self.token();
                let is_number = token.parse::<f64>().is_ok_and(f64::is_finite);
                (!token.is_empty()).then(|| if is_number { token } else { quoted(&token) })
            }
        }
    }

    /// Takes a character, if it comes next.
    fn takes(&mut self, ch: char) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(ch) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Text up to the next separator. Addresses contain colons: only one before a space ends a key.
    fn token(&mut self) -> String {
        let end = self.rest.find([',', ')', ']', '}', ' ', '\n']);
        let mut end = end.unwrap_or(self.rest.len());
        if let Some(key) = self.rest[..end].strip_suffix(':')
            && self.rest[end..].starts_with(' ')
            && !key.ends_with(':')
        {
            end = key.len();
        }
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        token.to_owned()
    }

    /// Values between brackets.
    fn values(&mut self, open: char, close: char, depth: u8) -> Option<Vec<String>> {
        let mut values = Vec::new();
        if !self.takes(open) {
            return None;
        }
        while !self.takes(close) {
            values.push(self.value(false, depth + 1)?);
            if !self.takes(',') {
                return self.takes(close).then_some(values);
            }
        }
        Some(values)
    }

    fn list(&mut self, open: char, close: char, depth: u8) -> Option<String> {
        Some(list(&self.values(open, close, depth)?))
    }

    /// A map, or a set.
    fn map(&mut self, depth: u8) -> Option<String> {
        let (mut members, mut elements) = (Vec::new(), Vec::new());
        self.takes('{');
        while !self.takes('}') {
            let first = self.value(false, depth + 1)?;
            if self.takes(':') {
                let key = if first.starts_with('"') {
                    first
                } else {
                    quoted(&first)
                };
                members.push(format!("{key}: {}", self.value(false, depth + 1)?));
            } else {
                elements.push(first);
            }
            if !self.takes(',') && !self.rest.trim_start().starts_with('}') {
                return None;
            }
        }
        if elements.is_empty() {
            return Some(format!("{{{}}}", members.join(", ")));
        }
        members.is_empty().then(|| list(&elements))
    }

    /// A struct, a variant, `true` or `None`.
    fn named(&mut self, wraps: bool, depth: u8) -> Option<String> {
        let is_part = |ch: char| ch.is_alphanumeric() || ch == '_';
        let end = self.rest.find(|ch| !is_part(ch)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        let content = match rest.trim_start().chars().next() {
            Some('(') => {
                let values = self.values('(', ')', depth)?;
                match &*values {
                    [only] => only.clone(),
                    values => list(values),
                }
            }
            Some('{') => self.fields(depth)?,
            _ => {
                return Some(match name {
                    "true" | "false" => name.to_owned(),
                    "None" => "null".to_owned(),
                    name => quoted(name),
                });
            }
        };
        Some(if wraps && name != "Some" {
            format!("{{{}: {content}}}", quoted(name))
        } else {
            content
        })
    }

    fn fields(&mut self, depth: u8) -> Option<String> {
        let mut members = Vec::new();
        self.takes('{');
        while !self.takes('}') {
            self.rest = self.rest.trim_start();
            let (name, rest) = self.rest.split_once(':')?;
            self.rest = rest;
            members.push(format!(
                "{}: {}",
                quoted(name),
                self.value(false, depth + 1)?
            ));
            if !self.takes(',') && !self.rest.trim_start().starts_with('}') {
                return None;
            }
        }
        Some(format!("{{{}}}", members.join(", ")))
    }

    /// The content of a literal in quotes.
    fn text(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest[1..].char_indices();
        while let Some((at, ch)) = chars.next() {
            match ch {
                ch if ch == quote => {
                    self.rest = &self.rest[at + 2..];
                    return Some(text);
                }
                '\\' => text.push(match chars.next()?.1 {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    '0' => '\0',
                    'u' => {
                        let code: String = chars
                            .by_ref()
                            .map(|(_, ch)| ch)
                            .skip_while(|ch| *ch == '{')
                            .take_while(|ch| *ch != '}')
                            .collect();
                        char::from_u32(u32::from_str_radix(&code, 16).ok()?)?
                    }
                    ch => ch,
                }),
                ch => text.push(ch),
            }
        }
        None
    }
}

fn list(values: &[String]) -> String {
    format!("[{}]", values.join(", "))
}

#[cfg(test)]
mod tests {
    use super::json_of_debug;

    #[test]
    fn debug_output_has_a_json_form() {
        for (debug, json) in [
            ("(1, 2)", "[1, 2]"),
            ("{1, 2}", "[1, 2]"),
            ("{}", "{}"),
            (
                r#"{"k": 1, "l": [true, None]}"#,
                r#"{"k": 1, "l": [true, null]}"#,
            ),
            ("{1: -2.5}", r#"{"1": -2.5}"#),
            ("{::1: 10.0.0.1:80}", r#"{"::1": "10.0.0.1:80"}"#),
            ("Level(3)", "3"),
            (
                "Some(Point { x: 1, y: \"a\\n\\u{e9}\" })",
                r#"{"x": 1, "y": "a\né"}"#,
            ),
            ("[Local, 5s, 'x']", r#"["Local", "5s", "x"]"#),
            ("Unit", "\"Unit\""),
        ] {
            assert_eq!(
                json_of_debug(debug, false).as_deref(),
                Some(json),
                "{debug}"
            );
        }
        let wrapped = json_of_debug("Fancy { n: 5 }", true);
        assert_eq!(wrapped.as_deref(), Some(r#"{"Fancy": {"n": 5}}"#));
        for debug in ["", "(1", "Point { x", "{1: 2, 3}", "\"a", "[1 2]"] {
            assert_eq!(json_of_debug(debug, false), None, "{debug}");
        }
        assert_eq!(json_of_debug(&"(".repeat(1000), false), None);
    }
}
