//! Secrets outside of URLs and pairs: arguments of commands, `Bearer …`, PEM blocks,
//! lines of `.pgpass` and `.netrc`, `user/password@host` of Oracle, and clauses of SQL.

use std::ops::Range;

use super::{is_prose, pairs::until_quote};
use crate::error::redact::is_sensitive_name;

pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    in_pem(text, found);
    if !text.contains(|c: char| c.is_ascii_whitespace() || matches!(c, ':' | '@')) {
        return;
    }
    let mut start = 0;
    for line in text.split(['\n', '\r']) {
        in_password_file(line, start, found);
        start += line.len() + 1;
    }
    let mut before = Before::default();
    let mut next = 0;
    for word in text.split(|c: char| c.is_ascii_whitespace()) {
        let start = next;
        next += word.len() + 1;
        if word.is_empty() {
            continue;
        }
        in_oracle(word, start, found);
        if let Some(range) = before.secret(word, &text[start..]) {
            found.push(start + range.start..start + range.end);
        }
        before.push(word);
    }
}

/// The body of each private key. Certificates and public keys are not secret.
fn in_pem(text: &str, found: &mut Vec<Range<usize>>) {
    const BEGIN: &str = "-----BEGIN ";
    let mut from = 0;
    while let Some(begin) = text[from..].find(BEGIN) {
        let label = from + begin + BEGIN.len();
        from = label;
        let Some(length) = text[label..].find("-----") else {
            return;
        };
        if !text[label..label + length].contains("PRIVATE KEY") {
            continue;
        }
        let body = label + length + "-----".len();
        let end = text[body..]
            .find("-----END")
            .map_or(text.len(), |end| body + end);
        if end > body {
            found.push(body..end);
        }
        from = end;
    }
}

/// `host:port:database:user:password`, a line of `.pgpass`.
fn in_password_file(line: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let mut fields = line.splitn(5, ':');
    let (Some(host), Some(port), Some(database), Some(user), Some(password)) = (
        fields.next(),
        fields.next(),
        fields.next(),
        fields.next(),
        fields.next(),
    ) else {
        return;
    };
    let is_port = port == "*" || !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let plain = [database, user]
        .iter()
        .all(|field| !field.is_empty() && !field.contains([' ', '/']));
    // An address of IPv6 or of a network card has as many colons.
    let is_hex =
        |field: &str| field.len() <= 4 && field.bytes().all(|byte| byte.is_ascii_hexdigit());
    let address = [host, port, database, user]
        .into_iter()
        .chain(password.split(':'))
        .all(is_hex);
    if is_port
        && plain
        && !address
        && !host.contains(' ')
        && !password.is_empty()
        && !password.starts_with(' ')
    {
        found.push(start + line.len() - password.len()..start + line.len());
    }
}

/// `scott/tiger@db`, also after `jdbc:oracle:thin:`.
fn in_oracle(word: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let thin = word.find("oracle:").map_or(0, |_| {
        word.find('/').map_or(0, |slash| {
            word[..slash].rfind(':').map_or(0, |colon| colon + 1)
        })
    });
    let rest = &word[thin..];
    let Some((user, rest)) = rest.split_once('/') else {
        return;
    };
    let Some(at) = rest.rfind('@') else {
        return;
    };
    let (password, host) = (&rest[..at], &rest[at + 1..]);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '#' | '.');
    let user_name = user.trim_start_matches(['"', '\'', '(']);
    let host = host.trim_start_matches('/');
    let version = host
        .trim_start_matches('v')
        .split('.')
        .next()
        .unwrap_or_default();
    let address = host
        .split([':', '/'])
        .next()
        .unwrap_or_default()
        .parse::<std::net::IpAddr>()
        .is_ok();
    let is_version =
        !address && !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    let digest = host.starts_with("sha256:") || host.starts_with("sha512:");
    if thin == 0 && (is_version || digest || password.contains("://") || password.starts_with('/'))
    {
        return;
    }
    if !user_name.is_empty()
        && user_name.chars().all(is_name)
        && !password.is_empty()
        && !host.is_empty()
    {
        let from = start + thin + user.len() + 1;
        found.push(from..from + password.len());
    }
}

/// The words before a word.
#[derive(Default)]
struct Before<'t> {
    last: &'t str,
    second: &'t str,
    third: &'t str,
    program: Option<&'t str>,
}

/// Programs and the option of each that a password follows.
const PROGRAMS: [(&str, &str); 9] = [
    ("redis-cli", "-a"),
    ("valkey-cli", "-a"),
    ("sshpass", "-p"),
    ("mysql", "-p"),
    ("mongo", "-p"),
    ("sqlcmd", "-P"),
    ("mosquitto_", "-P"),
    ("ldap", "-w"),
    // `docker login`, `az login`.
    ("login", "-p"),
];

impl<'t> Before<'t> {
    fn push(&mut self, word: &'t str) {
        let program = word.rsplit('/').next().unwrap_or(word);
        let is_program = PROGRAMS.iter().any(|(name, _)| program.starts_with(name));
        if is_program {
            self.program = Some(program);
        }
        self.third = self.second;
        self.second = self.last;
        self.last = word;
    }

    /// The part of a word, or of the quoted text that begins with it, that is secret because of the
    /// words before it.
    fn secret(&self, word: &str, text: &str) -> Option<Range<usize>> {
        let last = self.last.trim_matches(['"', '\'', ',', '[', '(']);
        let whole = || match word.chars().next() {
            Some(quote @ ('"' | '\'')) => 1..1 + until_quote(&text[1..], quote, false),
            _ => 0..word.trim_end_matches(['"', '\'', ',', ']', ')']).len(),
        };
        if let Some((_, option)) = self.option()
            && let Some(rest) = word.strip_prefix(option)
            && !rest.is_empty()
            && option != "-a"
        {
            return Some(word.len() - rest.len()..word.len());
        }
        let asks = last
            .strip_prefix("--")
            .is_some_and(|name| !name.contains('=') && is_sensitive_name(name))
            || self
                .option()
                .is_some_and(|(name, option)| last == option && name != "mysql");
        if asks && !word.starts_with("--") && !is_prose(word) {
            return Some(whole());
        }
        if matches!(last, "-u" | "-U" | "--user" | "--proxy-user") {
            let colon = word.find(':').filter(|colon| colon + 1 < word.len())?;
            let end = word.trim_end_matches(['"', '\'']).len();
            return (colon + 1 < end).then_some(colon + 1..end);
        }
        // Also in `Authorization=Bearer …` and `Authorization:Bearer …`.
        let scheme = last.rsplit(['=', ':', '"', '\'']).next().unwrap_or(last);
        if scheme.eq_ignore_ascii_case("bearer") {
            let end = word
                .trim_end_matches(['"', '\'', ',', ';', ')', ']', '}', '.'])
                .len();
            return is_bearer(&word[..end], text).then_some(0..end);
        }
        if scheme.eq_ignore_ascii_case("basic") {
            let end = word
                .trim_end_matches(['"', '\'', ',', ';', ')', ']', '}'])
                .len();
            return is_basic(&word[..end]).then_some(0..end);
        }
        let sql = last.eq_ignore_ascii_case("by") && self.second.eq_ignore_ascii_case("identified")
            || last.eq_ignore_ascii_case("password");
        if sql && word.starts_with('\'') && word.len() > 1 {
            return Some(whole());
        }
        // `login NAME password …`, a line of `.netrc`.
        (last == "password" && matches!(self.third, "login" | "account" | "user")).then(whole)
    }

    fn option(&self) -> Option<(&'static str, &'static str)> {
        let program = self.program?;
        PROGRAMS
            .into_iter()
            .find(|(name, _)| program.starts_with(name))
    }
}

/// Whether a word after `Bearer` is a token and not a part of a sentence.
fn is_bearer(word: &str, text: &str) -> bool {
    const NOUNS: [&str; 6] = [
        "auth",
        "authentication",
        "authorization",
        "header",
        "scheme",
        "token",
    ];
    let is_last = text.trim_end().len() <= word.len() + 1;
    let has_signs = word
        .contains(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || "._~+/=-".contains(c));
    let noun = word.trim_end_matches('s');
    !word.is_empty()
        && !NOUNS.contains(&noun)
        && !is_prose(word)
        && (has_signs || is_last || word.len() >= 16)
}

/// Whether a word after `Basic` is a name and a password in base64.
fn is_basic(word: &str) -> bool {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let mut bits = 0_u32;
    let mut held = 0;
    let mut has_colon = false;
    for byte in word.trim_end_matches('=').bytes() {
        let Some(digit) = digit(byte) else {
            return false;
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            has_colon |= (bits >> held) & 0xff == u32::from(b':');
            bits &= (1 << held) - 1;
        }
    }
    has_colon
}
