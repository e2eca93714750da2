//! Subcommands as data, and the parser of their arguments.

use super::{Session, output::Output};
use crate::error::redact;
use settings_syntax::suggest;
use std::ffi::{OsStr, OsString};

/// A subcommand: its usage, and the function that runs it.
pub(super) struct Command<S> {
    pub(super) usage: Usage,
    pub(super) run: fn(&Session<'_, S>, &CommandArguments) -> Output,
}

/// The usage of a subcommand, for help, completions and the parser.
#[derive(Clone, Copy)]
pub(super) struct Usage {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) positionals: &'static [Positional],
    pub(super) options: &'static [CommandOption],
    /// Arguments of each example, and its description.
    pub(super) examples: &'static [(&'static str, &'static str)],
}

/// An argument that is not an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Positional {
    Key,
    /// Any number of patterns.
    Patterns,
    File,
    OptionalFile,
    Shell,
    /// Any number of keys.
    #[cfg(feature = "remote")]
    Keys,
    /// Text, with its name in help.
    #[cfg(feature = "remote")]
    Text(&'static str),
    #[cfg(feature = "remote")]
    OptionalText(&'static str),
}

#[derive(Clone, Copy)]
pub(super) struct CommandOption {
    /// Its name, with dashes.
    pub(super) name: &'static str,
    pub(super) value: OptionValue,
    pub(super) about: &'static str,
}

/// The value that follows an option.
#[derive(Clone, Copy)]
pub(super) enum OptionValue {
    None,
    OneOf(&'static [&'static str]),
    File,
    /// Text, with its name in help.
    Text(&'static str),
    /// Keys of settings, up to the next option.
    Keys,
}

/// The option that prints long values as a whole.
pub(super) const FULL: CommandOption = CommandOption {
    name: "--full",
    value: OptionValue::None,
    about: "do not cut long values to the width of the terminal",
};

/// The line below a table with values that were cut.
pub(super) const CUT_HINT: &str = "… marks a cut; --full prints all of it";

/// Parsed arguments.
pub(super) struct CommandArguments {
    positionals: Vec<OsString>,
    options: Vec<(&'static str, OsString)>,
}

/// The names of a table of choices.
pub(super) const fn names<T, const N: usize>(
    choices: &[(&'static str, T); N],
) -> [&'static str; N] {
    let mut names = [""; N];
    let mut at = 0;
    while at < N {
        names[at] = choices[at].0;
        at += 1;
    }
    names
}

impl Positional {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Key => "KEY",
            Self::Patterns => "[PATTERN]...",
            Self::File => "FILE",
            Self::OptionalFile => "[FILE]",
            Self::Shell => "SHELL",
            #[cfg(feature = "remote")]
            Self::Keys => "[KEY]...",
            #[cfg(feature = "remote")]
            Self::Text(name) | Self::OptionalText(name) => name,
        }
    }

    fn is_repeated(self) -> bool {
        #[cfg(feature = "remote")]
        if self == Self::Keys {
            return true;
        }
        self == Self::Patterns
    }

    fn is_required(self) -> bool {
        match self {
            Self::Key | Self::File | Self::Shell => true,
            Self::Patterns | Self::OptionalFile => false,
            #[cfg(feature = "remote")]
            Self::Text(_) => true,
            #[cfg(feature = "remote")]
            Self::Keys | Self::OptionalText(_) => false,
        }
    }
}

impl CommandArguments {
    /// Parses the arguments of a subcommand. An error is one line.
    pub(super) fn parse(usage: &Usage, words: Vec<OsString>) -> Result<Self, String> {
        let mut arguments = Self {
            positionals: Vec::new(),
            options: Vec::new(),
        };
        let mut words = words.into_iter().peekable();
        // `explain --db-pool-size`: a key in the form of an origin.
        let takes_flags = usage.options.is_empty() && usage.positionals.contains(&Positional::Key);
        while let Some(word) = words.next() {
            if word == "--" {
                arguments.positionals.extend(words.by_ref());
                break;
            }
            if !is_option(&word) || takes_flags {
                arguments.positionals.push(word);
                continue;
            }
            let text = word.to_string_lossy();
            let (name, inline) = match text.split_once('=') {
                Some((name, value)) => (name, Some(OsString::from(value))),
                None => (&*text, None),
            };
            let Some(option) = usage.options.iter().find(|option| option.name == name) else {
                return Err(unknown_option(usage, name));
            };
            let mut next = || {
                let inline = inline.clone();
                inline.or_else(|| words.next_if(|word| !is_option(word)))
            };
            match option.value {
                OptionValue::None if inline.is_some() => {
                    return Err(format!("{name} takes no value"));
                }
                OptionValue::None => arguments.options.push((option.name, OsString::new())),
                OptionValue::OneOf(choices) => {
                    let value = next().unwrap_or_default();
                    let text = value.to_string_lossy();
                    if !choices.contains(&&*text) {
                        return Err(not_a_choice(name, &text, choices));
                    }
                    arguments.options.push((option.name, value));
                }
                OptionValue::File | OptionValue::Text(_) => {
                    let what = match option.value {
                        OptionValue::Text(what) => what,
                        _ => "a file name",
                    };
                    let value = next().ok_or_else(|| format!("{name} needs {what}"))?;
                    arguments.options.push((option.name, value));
                }
                OptionValue::Keys => {
                    let first = next().ok_or_else(|| format!("{name} needs a key"))?;
                    arguments.options.push((option.name, first));
                    while let Some(key) = words.next_if(|word| inline.is_none() && !is_option(word))
                    {
                        arguments.options.push((option.name, key));
                    }
                }
            }
        }
        arguments.check_count(usage)?;
        Ok(arguments)
    }

    fn check_count(&self, usage: &Usage) -> Result<(), String> {
        let (name, wanted) = (usage.name, usage.positionals);
        if let Some(missing) = wanted.get(self.positionals.len())
            && missing.is_required()
        {
            return Err(format!("{name} needs a {}", missing.name()));
        }
        let is_unlimited = wanted.last().is_some_and(|last| last.is_repeated());
        if self.positionals.len() > wanted.len() && !is_unlimited {
            return Err(match wanted.len() {
                0 => format!("{name} takes options only"),
                1 => format!("{name} takes 1 argument"),
                count => format!("{name} takes {count} arguments"),
            });
        }
        Ok(())
    }

    pub(super) fn has(&self, option: &str) -> bool {
        self.value(option).is_some()
    }

    /// The value of the last occurrence of an option.
    pub(super) fn value(&self, option: &str) -> Option<&OsStr> {
        let mut options = self.options.iter().rev();
        let found = options.find(|(name, _)| *name == option);
        found.map(|(_, value)| value.as_os_str())
    }

    pub(super) fn text(&self, option: &str) -> Option<&str> {
        self.value(option).and_then(OsStr::to_str)
    }

    /// The choice that an option selects.
    pub(super) fn choice<T: Copy>(&self, option: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(option)?;
        let found = choices.iter().find(|(name, _)| *name == text);
        found.map(|(_, choice)| *choice)
    }

    /// The values of all occurrences of an option.
    pub(super) fn texts(&self, option: &str) -> Vec<String> {
        let options = self.options.iter().filter(|(name, _)| *name == option);
        let texts = options.map(|(_, value)| value.to_string_lossy().into_owned());
        texts.collect()
    }

    pub(super) fn positional(&self, nth: usize) -> Option<&OsStr> {
        self.positionals.get(nth).map(OsString::as_os_str)
    }

    /// All positional arguments as text.
    pub(super) fn positional_texts(&self) -> Vec<String> {
        let texts = self.positionals.iter().map(|word| word.to_string_lossy());
        texts.map(std::borrow::Cow::into_owned).collect()
    }
}

fn is_option(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"-") && word != "-"
}

fn unknown_option(usage: &Usage, name: &str) -> String {
    let names = usage.options.iter().map(|option| option.name);
    let near = suggest::nearest(name, names);
    let name = redact::escape_truncated(name);
    match near {
        Some(near) => format!(
            "unknown option {name} of {}; did you mean {near}?",
            usage.name
        ),
        None => format!("unknown option {name} of {}", usage.name),
    }
}

fn not_a_choice(option: &str, text: &str, choices: &[&str]) -> String {
    let list = choices.join(", ");
    match suggest::nearest_value(text, choices.iter().copied()) {
        Some(near) => format!("{option} takes one of {list}; did you mean {near}?"),
        None => format!("{option} takes one of {list}"),
    }
}
