//! `completions`: scripts by which shells complete commands, flags and keys.

use super::{
    Asked, COMMANDS,
    arguments::{Command, Given, Value, Word},
    output::Answer,
};
use crate::settings::Settings;
use std::fmt::Write;

pub(super) const COMMAND: Command = Command {
    name: "completions",
    about: "a script for bash, zsh or fish, which completes keys too",
    words: &[Word::Shell],
    flags: &[],
};

const SHELLS: &[&str] = &["bash", "zsh", "fish"];

impl<S: Settings> Asked<'_, S> {
    pub(super) fn completions(&self, given: &Given) -> Answer {
        let layout = S::layout();
        let keys: Vec<&str> = layout.keys().collect();
        let caller: Vec<&str> = self.caller.split(' ').collect();
        match &*given.word(0) {
            "bash" => Answer::of(bash(&caller, &keys)),
            "zsh" => Answer::of(zsh(&caller, &keys)),
            "fish" => Answer::of(fish(&caller, &keys)),
            _ => Answer::misused(format!("completions takes one of {}", SHELLS.join(", "))),
        }
    }
}

/// What may follow a command, where no flag asks for something of its own.
struct Follows {
    words: Vec<&'static str>,
    keys: bool,
    files: bool,
}

fn follows(command: &Command) -> Follows {
    let has = |asked: fn(&Word) -> bool| command.words.iter().any(asked);
    let mut words: Vec<&str> = command.flags.iter().map(|flag| flag.name).collect();
    if has(|word| matches!(word, Word::Shell)) {
        words.extend(SHELLS);
    }
    Follows {
        words,
        keys: has(|word| matches!(word, Word::Key))
            || command
                .flags
                .iter()
                .any(|flag| matches!(flag.value, Value::Keys)),
        files: has(|word| matches!(word, Word::File | Word::MaybeFile)),
    }
}

fn function(caller: &[&str]) -> String {
    let plain = |ch: char| if ch.is_ascii_alphanumeric() { ch } else { '_' };
    format!(
        "_{}",
        caller.join("_").chars().map(plain).collect::<String>()
    )
}

/// Completes after as many words as the caller has.
fn bash(caller: &[&str], keys: &[&str]) -> String {
    let function = function(caller);
    let program = caller.first().copied().unwrap_or_default();
    let at = caller.len();
    let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
    let mut out = format!(
        "# Completions of `{}` for bash: source this file, or put it into bash-completion's folder.\n\n\
         {function}() {{\n    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}\n    \
         # bash takes the = of --flag=value for a word of its own.\n    \
         if [[ $current == '=' ]]; then current=; elif [[ $before == '=' ]]; then before=${{COMP_WORDS[COMP_CWORD-2]}}; fi\n    \
         local keys='{}' words='' files=\n",
        caller.join(" "),
        keys.join(" "),
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
         case \"${{COMP_WORDS[{at}]}} $before\" in",
        names.join(" "),
    );
    for command in COMMANDS {
        let name = command.name;
        for flag in command.flags {
            let does = match flag.value {
                Value::None => continue,
                Value::OneOf(choices) => format!("words='{}'", choices.join(" ")),
                Value::File => "files=1".to_owned(),
                Value::Keys => "words=$keys".to_owned(),
            };
            let _ = writeln!(out, "        '{name} {}') {does} ;;", flag.name);
        }
        let follows = follows(command);
        let keys = if follows.keys { " $keys" } else { "" };
        let files = if follows.files { " files=1" } else { "" };
        let words = follows.words.join(" ");
        let _ = writeln!(out, "        '{name} '*) words=\"{words}{keys}\"{files} ;;");
    }
    let _ = write!(
        out,
        "    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n    \
         if [[ -n $files ]]; then\n        compopt -o filenames 2>/dev/null\n        COMPREPLY+=($(compgen -f -- \"$current\"))\n    fi\n}}\n\
         complete -F {function} '{program}'\n"
    );
    out
}

/// The same function, by zsh's own reader of completions for bash.
fn zsh(caller: &[&str], keys: &[&str]) -> String {
    format!(
        "# Completions of `{}` for zsh: source this file behind compinit.\n\n\
         autoload -U +X bashcompinit && bashcompinit\n\n{}",
        caller.join(" "),
        bash(caller, keys)
            .split_once("\n\n")
            .map_or("", |(_, script)| script),
    )
}

fn fish(caller: &[&str], keys: &[&str]) -> String {
    let program = caller.first().copied().unwrap_or_default();
    let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
    let names = names.join(" ");
    let mut out = format!(
        "# Completions of `{}` for fish: put this file into ~/.config/fish/completions.\n\n",
        caller.join(" ")
    );
    let (first, within) = match caller.get(1) {
        Some(word) => {
            // Writing to a string does not fail.
            let _ = writeln!(
                out,
                "complete -c '{program}' -n __fish_use_subcommand -a {word} -d 'look at the settings'"
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
    for command in COMMANDS {
        let name = command.name;
        let begin = format!("complete -c '{program}'");
        let _ = writeln!(
            out,
            "{begin} -f -n '{first}' -a {name} -d '{}'",
            command.about.replace('\'', "\\'")
        );
        let here = format!("{within}__fish_seen_subcommand_from {name}");
        for flag in command.flags {
            let takes = match flag.value {
                Value::None => String::new(),
                Value::OneOf(choices) => format!(" -x -a '{}'", choices.join(" ")),
                Value::File => " -r -F".to_owned(),
                Value::Keys => format!(" -x -a '{}'", keys.join(" ")),
            };
            let long = flag.name.trim_start_matches('-');
            let _ = writeln!(
                out,
                "{begin} -n '{here}' -l {long}{takes} -d '{}'",
                flag.about.replace('\'', "\\'")
            );
        }
        let follows = follows(command);
        let files = if follows.files { " -F" } else { " -f" };
        let words = if follows.keys {
            keys.join(" ")
        } else {
            String::new()
        };
        let shells = if name == "completions" {
            SHELLS.join(" ")
        } else {
            String::new()
        };
        let _ = writeln!(out, "{begin}{files} -n '{here}' -a '{words}{shells}'");
    }
    out
}
