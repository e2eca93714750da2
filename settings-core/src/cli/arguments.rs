//! The words behind a command, read by what the command says it takes.

use settings_syntax::suggest;
use std::ffi::{OsStr, OsString};

/// A command, as help, completions and the parser know it.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// The words that it takes.
    pub(super) words: &'static [Word],
    pub(super) flags: &'static [Flag],
}

/// A word that is no flag.
#[derive(Clone, Copy)]
pub(super) enum Word {
    Key,
    File,
    /// A file, or nothing.
    MaybeFile,
    Shell,
}

pub(super) struct Flag {
    /// With its dashes.
    pub(super) name: &'static str,
    pub(super) value: Value,
    pub(super) about: &'static str,
}

/// What follows a flag.
#[derive(Clone, Copy)]
pub(super) enum Value {
    None,
    OneOf(&'static [&'static str]),
    File,
    /// Keys of settings, up to the next flag.
    Keys,
}

/// What was given.
pub(super) struct Given {
    words: Vec<OsString>,
    flags: Vec<(&'static str, OsString)>,
}

impl Word {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Key => "KEY",
            Self::File => "FILE",
            Self::MaybeFile => "[FILE]",
            Self::Shell => "SHELL",
        }
    }
}

impl Given {
    /// Tells what is wrong in one line.
    pub(super) fn parse(command: &Command, words: Vec<OsString>) -> Result<Self, String> {
        let mut given = Self {
            words: Vec::new(),
            flags: Vec::new(),
        };
        let mut words = words.into_iter().peekable();
        // `explain --db-pool-size`: a key as its origin prints it.
        let takes_key = command.words.iter().any(|word| matches!(word, Word::Key));
        while let Some(word) = words.next() {
            if word == "--" {
                given.words.extend(words.by_ref());
                break;
            }
            if !is_flag(&word) || (takes_key && command.flags.is_empty()) {
                given.words.push(word);
                continue;
            }
            let text = word.to_string_lossy();
            let (name, inline) = match text.split_once('=') {
                Some((name, value)) => (name, Some(OsString::from(value))),
                None => (&*text, None),
            };
            let Some(flag) = command.flags.iter().find(|flag| flag.name == name) else {
                return Err(unknown(command, name));
            };
            let mut follows = || {
                inline
                    .clone()
                    .or_else(|| words.next_if(|word| !is_flag(word)))
            };
            match flag.value {
                Value::None if inline.is_some() => return Err(format!("{name} takes no value")),
                Value::None => given.flags.push((flag.name, OsString::new())),
                Value::OneOf(choices) => {
                    let value = follows().unwrap_or_default();
                    let text = value.to_string_lossy();
                    if !choices.contains(&&*text) {
                        return Err(no_choice(name, &text, choices));
                    }
                    given.flags.push((flag.name, value));
                }
                Value::File => match follows() {
                    Some(file) => given.flags.push((flag.name, file)),
                    None => return Err(format!("{name} needs the name of a file")),
                },
                Value::Keys => {
                    let first = follows().ok_or_else(|| format!("{name} needs a key"))?;
                    given.flags.push((flag.name, first));
                    while let Some(next) = words.next_if(|word| inline.is_none() && !is_flag(word))
                    {
                        given.flags.push((flag.name, next));
                    }
                }
            }
        }
        let wanted = command.words;
        if let Some(missing) = wanted.get(given.words.len())
            && !matches!(missing, Word::MaybeFile)
        {
            return Err(format!("{} needs a {}", command.name, missing.name()));
        }
        if given.words.len() > wanted.len() {
            let count = wanted.len();
            let plural = if count == 1 { "word" } else { "words" };
            return Err(match count {
                0 => format!("{} takes flags only", command.name),
                _ => format!("{} takes {count} {plural}", command.name),
            });
        }
        Ok(given)
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.value(flag).is_some()
    }

    /// What followed a flag the last time.
    pub(super) fn value(&self, flag: &str) -> Option<&OsStr> {
        let mut given = self.flags.iter().rev();
        let found = given.find(|(name, _)| *name == flag);
        found.map(|(_, value)| value.as_os_str())
    }

    pub(super) fn text(&self, flag: &str) -> Option<&str> {
        self.value(flag).and_then(OsStr::to_str)
    }

    /// What followed a flag each time.
    pub(super) fn texts(&self, flag: &str) -> Vec<String> {
        let given = self.flags.iter().filter(|(name, _)| *name == flag);
        let texts = given.map(|(_, value)| value.to_string_lossy().into_owned());
        texts.collect()
    }

    pub(super) fn os_word(&self, nth: usize) -> Option<&OsStr> {
        self.words.get(nth).map(OsString::as_os_str)
    }

    pub(super) fn word(&self, nth: usize) -> String {
        let word = self.words.get(nth);
        word.map(|word| word.to_string_lossy().into_owned())
            .unwrap_or_default()
    }
}

fn is_flag(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"-") && word != "-"
}

fn unknown(command: &Command, name: &str) -> String {
    let names = command.flags.iter().map(|flag| flag.name);
    match suggest::nearest(name, names) {
        Some(near) => format!("{} has no {name}; did you mean {near}?", command.name),
        None => format!("{} has no {name}", command.name),
    }
}

fn no_choice(flag: &str, text: &str, choices: &[&str]) -> String {
    let each = choices.join(", ");
    match suggest::nearest_value(text, choices.iter().copied()) {
        Some(near) => format!("{flag} takes one of {each}; did you mean {near}?"),
        None => format!("{flag} takes one of {each}"),
    }
}
