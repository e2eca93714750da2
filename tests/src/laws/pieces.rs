//! Pieces of text with a meaning to some reader.

use arbitrary::{Result, Unstructured};

const PIECES: &[&str] = &[
    "a",
    "Z",
    "0",
    "1",
    "9",
    "-",
    "+",
    ".",
    ",",
    ";",
    ":",
    "=",
    "_",
    "__",
    " ",
    "\t",
    "\n",
    "\r",
    "#",
    "'",
    "\"",
    "`",
    "\\",
    "$",
    "${",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    "/",
    "@",
    "%",
    "&",
    "?",
    "!",
    "*",
    "|",
    "<",
    ">",
    "~",
    "^",
    "é",
    "日",
    "😀",
    "\u{301}",
    "\u{feff}",
    "\u{202e}",
    "\u{a0}",
    "\u{7f}",
    "\u{1b}[31m",
    "\u{2028}",
    "true",
    "no",
    "null",
    "1e3",
    "007",
    "1_000",
    "30s",
    "1h 30m",
    "inf",
    "nan",
    "[1,2]",
    "{\"a\":1}",
    "a=b",
    "a,,b",
    "info",
    "Point",
    "{\"Circle\":1.5}",
    "::1",
    "http://",
    "a://b:c@d",
    "tcp://",
    "#ff0000",
    "[redacted]",
    "export ",
    "A=",
    "\\u{41}",
    "\\n",
    "${TEXT:-x}",
    "---\n",
    "- ",
    "&x ",
    "*x",
    "!!int ",
    "[list]\n",
    "[[list]]\n",
    "'''",
    "\"\"\"",
    "\0",
];

/// Names and keys of settings, and parts of them.
pub(super) const NAMES: &[&str] = &[
    "FLAG",
    "int8",
    "UINT16",
    "double",
    "TEXT",
    "Words",
    "labels",
    "LABELS__a",
    "BY_LEVEL__info",
    "json",
    "COLOUR",
    "SERVER",
    "SERVER_BIND",
    "server.port",
    "server",
    "Server-Tags",
    "SOFT_LIMIT",
    "limits",
    "MAYBE_PORT",
    "maybe",
    "LIST",
    "LIST__0__NAME",
    "LIST__1",
    "list",
    "MAP",
    "MAP__eu-west__NAME",
    "map",
    "name",
    "port",
    "DISKS__0__SIZE",
    "disks",
    "zones",
    "SECRET",
    "SECRET_FILE",
    "login_token",
    "hardLimit",
    "bind",
];

/// Whether one more is generated, at this ratio, until the input ends.
pub(super) fn more(u: &mut Unstructured<'_>, of: u8, all: u8) -> Result<bool> {
    Ok(!u.is_empty() && u.ratio(of, all)?)
}

/// A text, mostly short.
pub(super) fn text(u: &mut Unstructured<'_>) -> Result<String> {
    let mut text = String::new();
    while more(u, 2, 3)? {
        if u.ratio(1, 8)? {
            text.push(u.arbitrary()?);
        } else {
            text.push_str(u.choose(PIECES)?);
        }
    }
    Ok(text)
}

/// The same without a NUL, which variables and `.env` files cannot contain.
pub(super) fn plain_text(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(text(u)?.replace('\0', ""))
}

/// A name that may match a setting.
pub(super) fn name(u: &mut Unstructured<'_>) -> Result<String> {
    let mut name = String::new();
    loop {
        name.push_str(u.choose(NAMES)?);
        if u.ratio(3, 4)? {
            return Ok(name);
        }
        name.push_str(&match u.int_in_range(0..=3)? {
            0 => "__".to_owned(),
            1 => "_".to_owned(),
            2 => ".".to_owned(),
            _ => text(u)?,
        });
    }
}
