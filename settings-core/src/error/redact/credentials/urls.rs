//! Passwords of URLs: `scheme://user:password@host`, `user:password@host`, and URLs of webhooks.

use std::ops::Range;

use super::trailing;
use crate::error::redact::boundary_before;

pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    // The index in `found` of a password that may continue after a blank.
    let mut unfinished: Option<usize> = None;
    let mut next = 0;
    for word in text.split(|c: char| c.is_ascii_whitespace()) {
        let start = next;
        next += word.len() + 1;
        if let Some(index) = unfinished {
            let next_url = word
                .find("://")
                .map(|mark| mark - trailing(&word[..mark], is_scheme).len());
            if let Some(at) = word[..next_url.unwrap_or(word.len())].rfind('@') {
                found[index].end = start + at;
                unfinished = None;
            }
            if next_url.is_none() {
                continue;
            }
        }
        unfinished = None;
        let known = found.len();
        if in_word(word, found) {
            unfinished = Some(found.len() - 1);
        }
        for range in &mut found[known..] {
            *range = range.start + start..range.end + start;
        }
    }
}

/// The passwords in a text without blanks; whether the last of them lacks its end.
fn in_word(word: &str, found: &mut Vec<Range<usize>>) -> bool {
    let last_at = word.rfind('@');
    if last_at.is_some() {
        without_scheme(&word[..word.find("://").unwrap_or(word.len())], found);
    }
    let hooks = ["hook", "services", "telegram", "workflows"]
        .iter()
        .any(|part| word.contains(part));
    let mut from = 0;
    while let Some(mark) = word[from..].find("://") {
        let scheme = trailing(&word[from..from + mark], is_scheme);
        let begin = from + mark + 3;
        from = begin;
        if hooks {
            in_webhook(word, begin, found);
        }
        // The user's name, or the host.
        let name_end = end_of_name(word, begin);
        let name = &word[begin..name_end];
        let colon = word[name_end..].starts_with(':');
        let last_at = last_at.filter(|&at| colon && at > name_end);
        if let Some(last_at) = last_at
            && !is_host_of_list(word, name_end, scheme)
        {
            let url_end = next_url(word, name_end, scheme);
            let at = word[..url_end].rfind('@').unwrap_or(last_at);
            let password = &word[name_end + 1..at];
            let placeholder = matches!(password, "" | "x" | "X" | "x-oauth-basic");
            let token_as_user = placeholder && !name.is_empty() || name.contains('@');
            if token_as_user && !has_named_users(scheme) {
                found.push(begin..at);
            } else if !password.is_empty() {
                found.push(name_end + 1..at);
            }
            from = url_end;
        } else if let Some(at) = name.rfind('@') {
            // A token in the place of the user: `https://TOKEN@host`.
            if at > 0 && !has_named_users(scheme) {
                found.push(begin..begin + at);
            }
        } else if colon && after_port(&word[name_end + 1..]).is_none() {
            found.push(name_end + 1..word.len());
            return true;
        }
    }
    false
}

/// The tokens in the path of a webhook's URL: `https://hooks.slack.com/services/T0/B0/…`.
fn in_webhook(word: &str, begin: usize, found: &mut Vec<Range<usize>>) {
    let url = &word[begin..boundary_before(word, begin + LONGEST_URL)];
    let end = url
        .find(['"', '\'', '<', '>', '`', ',', ')', ']', '}'])
        .unwrap_or(url.len());
    let Some((host, path)) = url[..end].split_once('/') else {
        return;
    };
    let ends = |hosts: &[&str]| hosts.iter().any(|known| host.ends_with(known));
    let known = host.starts_with("hooks.") || ends(&WEBHOOK_HOSTS);
    let mut at = begin + host.len() + 1;
    let mut is_token = false;
    for segment in path.split_inclusive('/') {
        let name = segment.trim_end_matches('/');
        let telegram = ends(&["api.telegram.org"])
            && name
                .strip_prefix("bot")
                .is_some_and(|rest| rest.contains(':'));
        let long = name.len() >= 16 && name.contains(|c: char| c.is_ascii_digit());
        if telegram || is_token && (known || long) && !name.is_empty() {
            found.push(at..at + name.len());
        }
        is_token |= WEBHOOK_PATHS.contains(&name);
        at += segment.len();
    }
}

/// The limit for the bytes of a URL that are searched, so that the time is linear in the length of the text.
const LONGEST_URL: usize = 512;

/// Hosts whose webhooks have their token in the path, in any format.
const WEBHOOK_HOSTS: [&str; 5] = [
    "discord.com",
    "discordapp.com",
    "webhook.office.com",
    "outlook.office.com",
    "maker.ifttt.com",
];

/// Segments of a path that the token of a webhook follows.
const WEBHOOK_PATHS: [&str; 9] = [
    "catch",
    "hook",
    "hooks",
    "key",
    "services",
    "webhook",
    "webhookb2",
    "webhooks",
    "workflows",
];

/// `user:password@tcp(host)/name`, as drivers for Go take it.
fn without_scheme(word: &str, found: &mut Vec<Range<usize>>) {
    let Some((head, tail)) = word.split_once(':') else {
        return;
    };
    let user = trailing(head, |c| c.is_alphanumeric() || "._%+-@\\".contains(c));
    let Some(at) = tail.rfind('@') else {
        return;
    };
    let digest = tail[at + 1..].starts_with("sha256:");
    if at > 0 && !tail.starts_with(['"', '\'']) && user != "mailto" && !digest {
        found.push(head.len() + 1..head.len() + 1 + at);
    }
}

/// Whether a user without a password is a name, as it is for SSH and for databases. For others it
/// may be a token.
fn has_named_users(scheme: &str) -> bool {
    let scheme = scheme.to_ascii_lowercase();
    let plain = ["postgres", "mysql", "mariadb", "mongodb", "sftp", "smtp"];
    scheme.ends_with("ssh") || plain.iter().any(|name| scheme.starts_with(name))
}

/// The end of the first part of an authority that begins at `begin`: its colon, or the end of the authority.
fn end_of_name(word: &str, begin: usize) -> usize {
    let rest = &word[begin..];
    let address = rest.strip_prefix('[').and_then(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !":.%-_".contains(c))?;
        rest[end..].starts_with(']').then_some(end + 2)
    });
    let from = begin + address.unwrap_or(0);
    word[from..]
        .find([':', '/', '?', '#'])
        .map_or(word.len(), |end| from + end)
}

/// The text after a port; `None` if `text` does not begin with one.
fn after_port(text: &str) -> Option<&str> {
    let after = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let fits = match text.len() - after.len() {
        0 => after.is_empty() || after.starts_with(['/', '?', '#', ',', ';', ':']),
        1..=5 => !after.starts_with(char::is_alphanumeric),
        _ => false,
    };
    fits.then_some(after)
}

/// Whether the colon at `colon` is before a port, and the next URL of a list after it.
fn is_host_of_list(word: &str, colon: usize, scheme: &str) -> bool {
    after_port(&word[colon + 1..])
        .and_then(|after| after.strip_prefix(is_list_separator))
        .is_some_and(|next| begins_url(next, scheme))
}

/// The start of the next URL of a list, after the password of this one. Only the same scheme makes
/// a list: anything else may be part of the password.
fn next_url(word: &str, colon: usize, scheme: &str) -> usize {
    let Some(at) = word[colon..].find('@') else {
        return word.len();
    };
    let mut from = colon + at;
    while let Some(separator) = word[from..].find(is_list_separator) {
        from += separator + 1;
        if begins_url(&word[from..], scheme) {
            return from;
        }
    }
    word.len()
}

fn begins_url(text: &str, scheme: &str) -> bool {
    !scheme.is_empty()
        && text
            .strip_prefix(scheme)
            .is_some_and(|rest| rest.starts_with("://"))
}

fn is_list_separator(c: char) -> bool {
    matches!(c, ',' | ';' | '|' | '"' | '\'')
}

fn is_scheme(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
}
