//! Portability hints: lines of a `.env` file that other readers interpret differently, and a portable spelling.
//!
//! The behaviour was measured with docker compose, python-dotenv and bash. No hint shows a value.

use super::parse;
use std::fmt;

/// A line that readers interpret differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PortabilityHint {
    pub(crate) line: usize,
    /// The key; empty for a hint about the whole file.
    pub(crate) key: String,
    pub(crate) readers: &'static [&'static str],
    /// The behaviour of other readers, as a verb with its object.
    how: &'static str,
    pub(crate) help: &'static str,
}

const BASH: &[&str] = &["bash"];
const COMPOSE: &[&str] = &["docker compose"];
const PYTHON: &[&str] = &["python-dotenv"];
const BASH_AND_COMPOSE: &[&str] = &["bash", "docker compose"];
const COMPOSE_AND_PYTHON: &[&str] = &["docker compose", "python-dotenv"];
const ALL: &[&str] = &["bash", "docker compose", "python-dotenv"];

/// Every such line of a file; none for a file that this crate rejects.
pub(crate) fn hints(bytes: &[u8]) -> Vec<PortabilityHint> {
    // Every reader replaces a reference in the same way, so its value does not matter.
    let Ok(parsed) = parse(bytes, |_| Some(String::new())) else {
        return Vec::new();
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Vec::new();
    };
    let mut hints = Vec::new();
    let mut of_file = |line, how, help| hints.push(PortabilityHint::new(line, "", BASH, how, help));
    let bare = text.strip_prefix('\u{feff}');
    if bare.is_some() {
        let how = "read the byte order mark as part of the first name";
        of_file(1, how, "save the file without one");
    }
    let text = bare.unwrap_or(text);
    if let Some(at) = text.find('\r') {
        let how = "keep the CR at the end of the line in the value";
        of_file(
            1 + text[..at].matches('\n').count(),
            how,
            "save the file with LF for its line ends",
        );
    }
    let starts = line_starts(text);
    for entry in parsed.entries() {
        let line = entry.line();
        if let Some(&start) = starts.get(line - 1) {
            of_assignment(&mut hints, line, entry.key(), &text[start..], entry.value());
        }
    }
    hints
}

/// The start of each line.
fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let ends = (0..bytes.len()).filter(|&at| match bytes[at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    [0].into_iter().chain(ends.map(|at| at + 1)).collect()
}

fn of_assignment(
    hints: &mut Vec<PortabilityHint>,
    line: usize,
    key: &str,
    text: &str,
    value: &str,
) {
    let remedy = remedy(value);
    let mut hint =
        |readers, how, help| hints.push(PortabilityHint::new(line, key, readers, how, help));
    let Some(at) = text.find(&format!("{key}=")).or_else(|| text.find(key)) else {
        return;
    };
    let after = &text[at + key.len()..];
    let Some((gap, written)) = after.split_once('=') else {
        return;
    };
    if key.contains(['.', '-']) {
        let how = "accept no name with . or - in it";
        hint(
            BASH,
            how,
            "write _ in its place, which means the same name here",
        );
    }
    let trimmed = written.trim_start_matches([' ', '\t']);
    let apart = trimmed.len() < written.len() && !ends_here(trimmed);
    if !gap.is_empty() || apart {
        let how = "read a name and a value as commands if there is a blank beside the =";
        hint(BASH, how, "remove the blanks around the =");
    }
    match trimmed.as_bytes().first() {
        Some(b'\'') => {
            let body = trimmed[1..].split('\'').next().unwrap_or_default();
            in_single_quotes(&mut hint, body, remedy);
        }
        Some(b'"') => in_double_quotes(&mut hint, double_quoted(&trimmed[1..]), remedy),
        _ => {
            let value = until_comment(trimmed);
            let after = &trimmed[value.len()..];
            let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
            if after[..blanks].ends_with('\t') && after[blanks..].starts_with('#') {
                let how = "read a comment after a tab as part of the value";
                hint(COMPOSE, how, "put the comment on a line of its own");
            }
            unquoted(&mut hint, value, remedy);
        }
    }
}

/// The spelling of a value that all readers interpret in the same way.
fn remedy(value: &str) -> &'static str {
    let has = |any: &[char]| value.contains(any);
    if !has(&['\'', '\\', '\r']) && !value.contains("${") {
        "write the value in single quotes"
    } else if !has(&['"', '\\', '$', '`', '\r']) {
        "write the value in double quotes"
    } else {
        "no way of writing it is read alike by all of them: set the variable itself"
    }
}

const NO_OTHER_REFERENCE: &str = "write the value out, or use ${NAME:-text}";

fn unquoted(
    hint: &mut impl FnMut(&'static [&'static str], &'static str, &'static str),
    written: &str,
    remedy: &'static str,
) {
    let plain = beside_references(hint, written, false);
    if written.trim() != written {
        hint(PYTHON, "drop white space at the ends of a value", remedy);
    }
    if plain.starts_with('#') {
        hint(COMPOSE, "read a # at the beginning as a comment", remedy);
    }
    if plain.contains([' ', '\t']) {
        hint(BASH, "run the text after a blank as a command", remedy);
    }
    if plain.contains(['\'', '"']) {
        hint(
            BASH,
            "read a quote in the middle of a value as syntax",
            remedy,
        );
    }
    if plain.contains('\\') {
        hint(BASH, "drop a backslash outside of quotes", remedy);
    }
    if plain.contains([';', '&', '|', '<', '>', '(', ')']) && !plain.contains("$(") {
        hint(BASH, "end a value before any of ; & | < > ( )", remedy);
    }
    if plain.starts_with('~') || plain.contains(":~") {
        hint(BASH, "replace ~ by the home directory", remedy);
    }
    dollars(hint, &plain, remedy);
}

fn in_double_quotes(
    hint: &mut impl FnMut(&'static [&'static str], &'static str, &'static str),
    body: &str,
    remedy: &'static str,
) {
    let plain = beside_references(hint, body, true);
    let escapes = escapes(body);
    if escapes.contains(&'u') {
        hint(ALL, "know no escape \\u", remedy);
    }
    if escapes
        .iter()
        .any(|escape| matches!(escape, 'n' | 'r' | 't'))
    {
        hint(BASH, "keep \\n, \\r and \\t as they are written", remedy);
    }
    if escapes.contains(&'$') {
        hint(PYTHON, "keep the backslash of \\$", remedy);
    }
    dollars(hint, &without_escapes(&plain), remedy);
}

fn in_single_quotes(
    hint: &mut impl FnMut(&'static [&'static str], &'static str, &'static str),
    body: &str,
    remedy: &'static str,
) {
    if body.contains("${") {
        hint(PYTHON, "replace ${…} in single quotes too", remedy);
    }
    let how = "read a backslash in single quotes as an escape";
    if (body.len() - body.trim_end_matches('\\').len()) % 2 == 1 {
        hint(COMPOSE_AND_PYTHON, how, remedy);
    } else if body.contains("\\\\") {
        hint(PYTHON, how, remedy);
    }
}

fn dollars(
    hint: &mut impl FnMut(&'static [&'static str], &'static str, &'static str),
    plain: &str,
    remedy: &'static str,
) {
    if plain.contains("$(") || plain.contains('`') {
        hint(BASH, "run a command between $( ) or ` `", remedy);
    }
    let how = "read a $ as the start of a variable";
    let after = plain.match_indices('$');
    let after: Vec<char> = after
        .filter_map(|(at, _)| plain[at + 1..].chars().next())
        .collect();
    let begins = |ch: &char| ch.is_ascii_alphabetic() || matches!(ch, '_' | '$');
    if after.iter().any(begins) {
        hint(BASH_AND_COMPOSE, how, remedy);
    } else if after
        .iter()
        .any(|ch| ch.is_ascii_digit() || "!?@*#-[".contains(*ch))
    {
        hint(BASH, how, remedy);
    }
}

/// The text without its references. Reports references that not every reader supports.
fn beside_references(
    hint: &mut impl FnMut(&'static [&'static str], &'static str, &'static str),
    text: &str,
    has_escapes: bool,
) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut strange = false;
    while let Some(at) = rest.find("${") {
        let before = &rest[..at];
        let backslashes = before.len() - before.trim_end_matches('\\').len();
        if has_escapes && backslashes % 2 == 1 {
            plain.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        }
        plain.push_str(before);
        if before.ends_with('$') {
            // `$${X}` is not a reference for readers in which `$$` has a meaning.
            plain.push('$');
        }
        let body = &rest[at + 2..];
        let mut depth = 1;
        let end = body.char_indices().find(|&(_, ch)| {
            depth += match ch {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            depth == 0
        });
        let end = end.map_or(body.len(), |(end, _)| end);
        let reference = &body[..end];
        let name = |ch: char| ch.is_ascii_alphanumeric() || ch == '_';
        let operator = reference.trim_start_matches(name);
        strange |= !(operator.is_empty() || operator.starts_with(":-")) || operator.contains("${");
        rest = body.get(end + 1..).unwrap_or_default();
    }
    plain.push_str(rest);
    if strange {
        let how = "support only the references ${NAME} and ${NAME:-text}";
        hint(PYTHON, how, NO_OTHER_REFERENCE);
    }
    plain
}

/// The character after each backslash.
fn escapes(body: &str) -> Vec<char> {
    let mut escapes = Vec::new();
    let mut chars = body.chars();
    while let Some(ch) = chars.next() {
        if ch == '\\' {
            escapes.extend(chars.next());
        }
    }
    escapes
}

fn without_escapes(body: &str) -> String {
    let mut plain = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(ch) = chars.next() {
        if ch == '\\' {
            chars.next();
        } else {
            plain.push(ch);
        }
    }
    plain
}

/// The text before the closing quote.
fn double_quoted(text: &str) -> &str {
    let mut escaped = false;
    let end = text.char_indices().find(|&(_, ch)| {
        let closes = ch == '"' && !escaped;
        escaped = ch == '\\' && !escaped;
        closes
    });
    end.map_or(text, |(end, _)| &text[..end])
}

/// An unquoted value, without the rest of its line.
fn until_comment(text: &str) -> &str {
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    let comment = line
        .match_indices('#')
        .find(|(at, _)| *at > 0 && line[..*at].ends_with([' ', '\t']));
    comment
        .map_or(line, |(at, _)| &line[..at])
        .trim_end_matches([' ', '\t'])
}

fn ends_here(text: &str) -> bool {
    text.is_empty() || text.starts_with(['\n', '\r', '#'])
}

impl PortabilityHint {
    fn new(
        line: usize,
        key: &str,
        readers: &'static [&'static str],
        how: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            line,
            key: key.to_owned(),
            readers,
            how,
            help,
        }
    }
}

impl fmt::Display for PortabilityHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        let verb = self.how;
        match self.readers {
            [one] => {
                let (first, rest) = verb.split_once(' ').unwrap_or((verb, ""));
                write!(f, "{one} {first}s {rest}")
            }
            [one, other] => write!(f, "{one} and {other} {verb}"),
            readers => write!(f, "{} {verb}", readers.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::hints;

    fn messages(file: &str) -> Vec<String> {
        hints(file.as_bytes())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_file_that_all_readers_agree_on_has_no_hints() {
        for file in [
            "A=b#c\n",
            "A=\nB=x # comment\nexport C=1\n",
            "A='$X `x` \"q\" ; b'\n",
            "A=\"it's ${X} ${X:-a b} \\\\ \\\"\"\n",
            "A='two\nlines'\n",
            "A=http://host:80/a?b=c,d\n",
            "# A=$(x)\n",
            "A=a$\nB=\"a$ b\"\n",
        ] {
            assert_eq!(messages(file), [""; 0], "{file}");
        }
    }

    #[test]
    fn each_difference_is_reported_with_its_line_and_reader() {
        for (file, words) in [
            (
                "\nA=b c\n",
                "line 2: A: bash runs the text after a blank as a command",
            ),
            (
                "A=it's\n",
                "line 1: A: bash reads a quote in the middle of a value as syntax",
            ),
            (
                "A=C:\\new\n",
                "line 1: A: bash drops a backslash outside of quotes",
            ),
            (
                "A=#c\n",
                "line 1: A: docker compose reads a # at the beginning as a comment",
            ),
            (
                "A=pa$$word\n",
                "line 1: A: bash and docker compose read a $ as the start of a variable",
            ),
            (
                "A=\"p$ss\"\n",
                "line 1: A: bash and docker compose read a $ as the start of a variable",
            ),
            (
                "A=a$1\n",
                "line 1: A: bash reads a $ as the start of a variable",
            ),
            (
                "A='a\\'\n",
                "line 1: A: docker compose and python-dotenv read a backslash in single quotes as an escape",
            ),
            (
                "A=\"\\u0041\"\n",
                "line 1: A: bash, docker compose, python-dotenv know no escape \\u",
            ),
            (
                "A=a\t# b\n",
                "line 1: A: docker compose reads a comment after a tab as part of the value",
            ),
            (
                "A='${X}'\n",
                "line 1: A: python-dotenv replaces ${…} in single quotes too",
            ),
            (
                "A=${X-y}\n",
                "line 1: A: python-dotenv supports only the references ${NAME} and ${NAME:-text}",
            ),
            (
                "A=\"a\\nb\"\n",
                "line 1: A: bash keeps \\n, \\r and \\t as they are written",
            ),
            (
                "A=\"\\$X\"\n",
                "line 1: A: python-dotenv keeps the backslash of \\$",
            ),
            (
                "A.B=1\n",
                "line 1: A.B: bash accepts no name with . or - in it",
            ),
            (
                "A =1\n",
                "line 1: A: bash reads a name and a value as commands if there is a blank beside the =",
            ),
            (
                "A=1\r\n",
                "line 1: bash keeps the CR at the end of the line in the value",
            ),
            (
                "A=a;b\n",
                "line 1: A: bash ends a value before any of ; & | < > ( )",
            ),
            (
                "A=~/x\n",
                "line 1: A: bash replaces ~ by the home directory",
            ),
            (
                "A=a:~/x\n",
                "line 1: A: bash replaces ~ by the home directory",
            ),
            (
                "A=\"$${X}\"\n",
                "line 1: A: bash and docker compose read a $ as the start of a variable",
            ),
            (
                "A=\u{a0}x\n",
                "line 1: A: python-dotenv drops white space at the ends of a value",
            ),
        ] {
            assert_eq!(messages(file), [words], "{file}");
        }
        // Outside of quotes, a backslash is not an escape.
        assert_eq!(messages("A=\\${X-y}\n").len(), 2);
        assert_eq!(messages("A=`x`\n").len(), 1);
        assert_eq!(messages("A=$(x)\n").len(), 1);
        assert_eq!(messages("A=\"unclosed\n"), [""; 0]);
    }

    #[test]
    fn the_remedy_fits_the_value() {
        let help = |file: &str| hints(file.as_bytes())[0].help;
        assert_eq!(help("A=b c\n"), "write the value in single quotes");
        assert_eq!(help("A=it's\n"), "write the value in double quotes");
        assert!(help("A=it's\\\n").starts_with("no way"));
    }
}
