//! `completions`: scripts that complete subcommands, options, keys and variables.

use super::{
    Session,
    command::{Command, CommandArguments, OptionValue, Positional, Usage, names},
    output::Output,
};
use crate::settings::Settings;
use std::{collections::BTreeSet, fmt::Write};

#[derive(Clone, Copy)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

const SHELLS: [(&str, Shell); 3] = [
    ("bash", Shell::Bash),
    ("zsh", Shell::Zsh),
    ("fish", Shell::Fish),
];

const SHELL_NAMES: [&str; SHELLS.len()] = names(&SHELLS);

const USAGE: Usage = Usage {
    name: "completions",
    about: "print a script that lets bash, zsh or fish complete subcommands, options and keys",
    positionals: &[Positional::Shell],
    options: &[],
    examples: &[(
        "bash > ~/.local/share/bash-completion/completions/PROGRAM",
        "completions for bash, where PROGRAM is the name of the program",
    )],
};

pub(super) const fn command<S: Settings>() -> Command<S> {
    Command {
        usage: USAGE,
        run: completions,
    }
}

fn completions<S: Settings>(session: &Session<'_, S>, arguments: &CommandArguments) -> Output {
    let layout = S::layout();
    let script = Script {
        caller: session.caller.split(' ').collect(),
        usages: Session::<S>::usages(),
        settings: layout.keys().chain(layout.env_names()).collect(),
    };
    let shell = arguments.positional(0).unwrap_or_default();
    let shell = SHELLS.iter().find(|(name, _)| shell == *name);
    match shell.map(|(_, shell)| *shell) {
        Some(Shell::Bash) => Output::of(script.bash()),
        Some(Shell::Zsh) => Output::of(script.zsh()),
        Some(Shell::Fish) => Output::of(script.fish()),
        None => Output::usage_error(format!(
            "completions takes one of {}",
            SHELL_NAMES.join(", ")
        )),
    }
}

/// The contents of a script.
struct Script<'a> {
    /// The words before the subcommand: `app settings`.
    caller: Vec<&'a str>,
    usages: Vec<Usage>,
    /// Keys and variables of all settings.
    settings: Vec<&'static str>,
}

/// The words that may follow a subcommand.
struct Follows {
    words: Vec<&'static str>,
    settings: bool,
    files: bool,
}

impl Follows {
    fn of(usage: &Usage) -> Self {
        let mut follows = Self {
            words: usage.options.iter().map(|option| option.name).collect(),
            settings: false,
            files: false,
        };
        for positional in usage.positionals {
            match positional {
                Positional::Key | Positional::Patterns => follows.settings = true,
                Positional::File | Positional::OptionalFile => follows.files = true,
                Positional::Shell => follows.words.extend(SHELL_NAMES),
                #[cfg(feature = "remote")]
                Positional::Keys => follows.settings = true,
                #[cfg(feature = "remote")]
                Positional::Text(_) | Positional::OptionalText(_) => {}
            }
        }
        follows
    }
}

impl Script<'_> {
    /// The words that begin the names of several subcommands, shorter ones first: `store` of `store get`.
    fn groups(&self) -> BTreeSet<&'static str> {
        let names = self.usages.iter().map(|usage| usage.name);
        let prefixes = names.flat_map(|name| name.match_indices(' ').map(|(at, _)| &name[..at]));
        prefixes.collect()
    }

    /// The words that may follow a group in the name of a subcommand, or begin one.
    fn words_after(&self, group: &str) -> Vec<&'static str> {
        let mut words: Vec<&str> = Vec::new();
        for usage in &self.usages {
            let rest = match group {
                "" => Some(usage.name),
                group => usage
                    .name
                    .strip_prefix(group)
                    .and_then(|rest| rest.strip_prefix(' ')),
            };
            let word = rest.and_then(|rest| rest.split(' ').next());
            words.extend(word.filter(|word| !words.contains(word)));
        }
        words
    }

    /// Completes after as many words as the caller has.
    fn bash(&self) -> String {
        let caller = &self.caller;
        let function = function(caller);
        let program = caller.first().copied().unwrap_or_default();
        let at = caller.len();
        let names = self.words_after("");
        let mut out = format!(
            "# Completions of `{}` for bash: source this file, or put it into bash-completion's directory.\n\n\
         {function}() {{\n    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}\n    \
         # bash splits --option=value at the =.\n    \
         if [[ $current == '=' ]]; then current=; elif [[ $before == '=' ]]; then before=${{COMP_WORDS[COMP_CWORD-2]}}; fi\n    \
         local settings='{}' words='' files=\n",
            caller.join(" "),
            self.settings.join(" "),
        );
        // Writing to a string does not fail.
        for (nth, word) in caller.iter().enumerate().skip(1) {
            let _ = writeln!(
                out,
                "    if ((COMP_CWORD == {nth})); then\n        COMPREPLY=($(compgen -W '{word}' -- \"$current\"))\n        return\n    fi\n    \
             [[ ${{COMP_WORDS[{nth}]}} == {word} ]] || return"
            );
        }
        let _ = writeln!(
            out,
            "    if ((COMP_CWORD == {at})); then\n        COMPREPLY=($(compgen -W '{}' -- \"$current\"))\n        return\n    fi\n    \
         local name=${{COMP_WORDS[{at}]}}",
            names.join(" "),
        );
        for group in self.groups() {
            let at = at + group.split(' ').count();
            let words = self.words_after(group).join(" ");
            let _ = writeln!(
                out,
                "    if [[ $name == '{group}' ]]; then\n        \
                 if ((COMP_CWORD == {at})); then\n            COMPREPLY=($(compgen -W '{words}' -- \"$current\"))\n            return\n        fi\n        \
                 name+=\" ${{COMP_WORDS[{at}]}}\"\n    fi"
            );
        }
        out.push_str("    case \"$name $before\" in\n");
        for usage in &self.usages {
            let name = usage.name;
            for option in usage.options {
                let does = match option.value {
                    OptionValue::None | OptionValue::Text(_) => continue,
                    OptionValue::OneOf(choices) => format!("words='{}'", choices.join(" ")),
                    OptionValue::File => "files=1".to_owned(),
                    OptionValue::Keys => "words=$settings".to_owned(),
                };
                let _ = writeln!(out, "        '{name} {}') {does} ;;", option.name);
            }
            let follows = Follows::of(usage);
            let settings = if follows.settings { " $settings" } else { "" };
            let files = if follows.files { " files=1" } else { "" };
            let words = follows.words.join(" ");
            let _ = writeln!(
                out,
                "        '{name} '*) words=\"{words}{settings}\"{files} ;;"
            );
        }
        let _ = write!(
            out,
            "    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n    \
         if [[ -n $files ]]; then\n        compopt -o filenames 2>/dev/null\n        COMPREPLY+=($(compgen -f -- \"$current\"))\n    fi\n}}\n\
         complete -F {function} '{program}'\n"
        );
        out
    }

    /// The bash script, which zsh reads by `bashcompinit`.
    fn zsh(&self) -> String {
        format!(
            "# Completions of `{}` for zsh: source this file after compinit.\n\n\
         autoload -U +X bashcompinit && bashcompinit\n\n{}",
            self.caller.join(" "),
            self.bash()
                .split_once("\n\n")
                .map_or("", |(_, script)| script),
        )
    }

    fn fish(&self) -> String {
        let caller = &self.caller;
        let program = caller.first().copied().unwrap_or_default();
        let names = self.words_after("").join(" ");
        let mut out = format!(
            "# Completions of `{}` for fish: put this file into ~/.config/fish/completions.\n\n",
            caller.join(" ")
        );
        let (first, within) = match caller.get(1) {
            Some(word) => {
                // Writing to a string does not fail.
                let _ = writeln!(
                    out,
                    "complete -c '{program}' -n __fish_use_subcommand -a {word} -d 'inspect the settings'"
                );
                (
                    format!(
                        "__fish_seen_subcommand_from {word}; and not __fish_seen_subcommand_from {names}"
                    ),
                    format!("__fish_seen_subcommand_from {word}; and "),
                )
            }
            None => ("__fish_use_subcommand".to_owned(), String::new()),
        };
        for group in self
            .groups()
            .into_iter()
            .filter(|group| !group.contains(' '))
        {
            let _ = writeln!(out, "complete -c '{program}' -f -n '{first}' -a {group}");
        }
        for usage in &self.usages {
            let begin = format!("complete -c '{program}'");
            let about = usage.about.replace('\'', "\\'");
            let (mut offered, mut here) = (first.clone(), within.clone());
            let words: Vec<&str> = usage.name.split(' ').collect();
            for (nth, word) in words.iter().enumerate() {
                let seen = format!("__fish_seen_subcommand_from {word}");
                if nth + 1 == words.len() {
                    let _ = writeln!(out, "{begin} -f -n '{offered}' -a {word} -d '{about}'");
                    here.push_str(&seen);
                } else {
                    let _ = write!(here, "{seen}; and ");
                    let next = self.words_after(&words[..=nth].join(" ")).join(" ");
                    offered = format!("{here}not __fish_seen_subcommand_from {next}");
                }
            }
            for option in usage.options {
                let takes = match option.value {
                    OptionValue::None => String::new(),
                    OptionValue::Text(_) => " -x".to_owned(),
                    OptionValue::OneOf(choices) => format!(" -x -a '{}'", choices.join(" ")),
                    OptionValue::File => " -r -F".to_owned(),
                    OptionValue::Keys => format!(" -x -a '{}'", self.settings.join(" ")),
                };
                let long = option.name.trim_start_matches('-');
                let _ = writeln!(
                    out,
                    "{begin} -n '{here}' -l {long}{takes} -d '{}'",
                    option.about.replace('\'', "\\'")
                );
            }
            let follows = Follows::of(usage);
            let files = if follows.files { " -F" } else { " -f" };
            let mut words = follows.words;
            words.retain(|word| !word.starts_with('-'));
            if follows.settings {
                words.extend(&self.settings);
            }
            let words = words.join(" ");
            let _ = writeln!(out, "{begin}{files} -n '{here}' -a '{words}'");
        }
        out
    }
}

/// The name of the shell function.
fn function(caller: &[&str]) -> String {
    let plain = |ch: char| if ch.is_ascii_alphanumeric() { ch } else { '_' };
    format!(
        "_{}",
        caller.join("_").chars().map(plain).collect::<String>()
    )
}
