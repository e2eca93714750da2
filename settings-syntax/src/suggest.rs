//! Suggestions for misspelled names.

/// The length in characters of the longest name that is compared, which bounds the cost.
const LONGEST: usize = 128;

/// The least cost of a guess, which is more than that of any typing error.
const GUESS: usize = 100;

/// Returns the name in `known` that `given` most likely means, or `None` if no name is near enough.
///
/// Names are compared in normalized form. The nearest one wins, and the first of several that are equally near. A guess
/// (a shortened word, a word too many or too few) is returned only if it is the only candidate.
///
/// The caller leaves names out of `known` that it never wants to suggest.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    best(given, known, cost)
}

/// Like [`nearest`], for the values of an enum or a `one_of` rule.
///
/// `read` also suggests `read-only`, and `stage` suggests `staging`, where no other value begins with the same letters.
pub fn nearest_value<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    best(given, known, |given, known| {
        let without_last = || {
            let mut chars = given.text.chars();
            chars.next_back();
            chars.as_str()
        };
        let length = given.text.chars().count();
        match cost(given, known) {
            None if length >= 3 && known.text.starts_with(&given.text) => Some(GUESS),
            None if length >= 5 && known.text.starts_with(without_last()) => Some(GUESS + 1),
            cost => cost,
        }
    })
}

fn best<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
    cost: impl Fn(&Name, &Name) -> Option<usize>,
) -> Option<&'a str> {
    let mut meant = Name::default();
    if !meant.read(given) {
        return None;
    }
    let mut candidate = Name::default();
    let mut best: Option<(usize, &str)> = None;
    let mut is_ambiguous = false;
    for name in known {
        if !candidate.read(name) {
            continue;
        }
        let Some(cost) = cost(&meant, &candidate) else {
            continue;
        };
        match best {
            Some((least, first)) if cost > least || first == name => {}
            Some((least, _)) if cost == least => is_ambiguous = cost >= GUESS,
            _ => {
                best = Some((cost, name));
                is_ambiguous = false;
            }
        }
    }
    best.filter(|_| !is_ambiguous).map(|(_, name)| name)
}

/// A name split into words. One is reused for all candidates, so that a scan hardly allocates.
#[derive(Default)]
struct Name {
    /// Words in lower case, joined by `_`.
    text: String,
    /// The same without `_`.
    letters: String,
}

impl Name {
    /// Replaces the name. Returns whether it can be compared: it has letters, and not too many.
    fn read(&mut self, name: &str) -> bool {
        self.text.clear();
        self.letters.clear();
        let mut length = 0;
        let mut starts_word = false;
        let mut was_lower = false;
        for c in name.chars() {
            if matches!(c, '_' | '-' | '.') {
                starts_word = !self.text.is_empty();
                continue;
            }
            // Camel case.
            starts_word |= was_lower && c.is_uppercase();
            was_lower = c.is_lowercase();
            if starts_word {
                self.text.push('_');
                starts_word = false;
                length += 1;
            }
            for c in c.to_lowercase() {
                self.text.push(c);
                self.letters.push(c);
                length += 1;
            }
            if length > LONGEST {
                return false;
            }
        }
        !self.text.is_empty()
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split('_')
    }

    fn digits(&self) -> impl Iterator<Item = char> {
        self.letters.chars().filter(char::is_ascii_digit)
    }
}

/// The cost of writing `given` for `known`, or `None` if that is unlikely.
fn cost(given: &Name, known: &Name) -> Option<usize> {
    if given.text == known.text {
        return Some(0);
    }
    if given.letters == known.letters {
        return Some(1);
    }
    // `PORT1` is not a misspelled `PORT2`.
    let are_numbered = given.digits().next().is_some() && known.digits().next().is_some();
    if are_numbered && given.digits().ne(known.digits()) {
        return None;
    }
    cost_by_words(given, known).or_else(|| cost_of_split(given, known))
}

/// Pairs equal words in any position, and compares the others.
fn cost_by_words(given: &Name, known: &Name) -> Option<usize> {
    // One bit for each word: there are at most half as many words as characters.
    let (mut paired_given, mut paired_known) = (0_u64, 0_u64);
    let (mut moved, mut in_order, mut shared) = (false, true, 0);
    for (i, word) in given.words().enumerate() {
        let twin = known
            .words()
            .enumerate()
            .find(|&(j, other)| other == word && paired_known & (1 << j) == 0);
        if let Some((j, _)) = twin {
            in_order &= paired_known >> j == 0;
            moved |= i != j;
            paired_given |= 1 << i;
            paired_known |= 1 << j;
            shared += length(word);
        }
    }
    let mut extra = unpaired(given, paired_given);
    let mut missing = unpaired(known, paired_known);
    match (extra.clone().count(), missing.clone().count()) {
        (0, 0) => Some(2),
        (0, _) => (in_order && outweighs(shared, missing)).then_some(GUESS),
        (_, 0) => (in_order && outweighs(shared, extra)).then_some(GUESS),
        (extra_count, missing_count) if extra_count == missing_count => {
            let edits = (extra.clone().zip(missing.clone())).try_fold(0, |sum, (word, other)| {
                Some(sum + edits_of_word(word, other, shared)?)
            });
            if let Some(edits) = edits.filter(|&edits| edits <= 3) {
                return Some(edits + if moved { 3 } else { 1 });
            }
            let (word, other) = (extra.next()?, missing.next()?);
            let is_shortened = shortens(word, other) || shortens(other, word);
            (extra_count == 1 && !moved && is_shortened).then_some(GUESS)
        }
        _ => None,
    }
}

fn unpaired(name: &Name, paired: u64) -> impl Iterator<Item = &str> + Clone {
    (name.text.split('_').enumerate())
        .filter(move |&(i, _)| paired & (1 << i) == 0)
        .map(|(_, word)| word)
}

/// Whether the shared letters identify the name without these words.
fn outweighs<'a>(shared: usize, words: impl Iterator<Item = &'a str>) -> bool {
    shared >= 6 && shared >= words.map(length).sum()
}

/// The cost of a separator too many or too few: `DATABSEURL` for `DATABASE_URL`.
fn cost_of_split(given: &Name, known: &Name) -> Option<usize> {
    let is_split_alike = given.words().count() == known.words().count();
    let is_long = length(&given.letters) >= 8;
    (is_long && !is_split_alike && distance(&given.letters, &known.letters, 1).is_some())
        .then_some(4)
}

/// The edits that turn one word into the other, or `None` if they are different words. The other words of their names
/// share `shared` letters.
fn edits_of_word(word: &str, other: &str, shared: usize) -> Option<usize> {
    let shorter = length(word).min(length(other));
    if shorter < 8 {
        // Short words are near each other: `PORT` and `SORT`, `reader` and `header`, `max` and `min`.
        let same_first = word.chars().next() == other.chars().next();
        let same_length = length(word) == length(other);
        let differences = || word.chars().zip(other.chars()).filter(|(a, b)| a != b);
        let is_likely = match shorter {
            0..=2 => false,
            3 => same_first && (!same_length || shared >= 6),
            4 => same_first,
            _ => same_first || !same_length,
        };
        let is_swapped = || same_length && differences().count() == 2;
        if !is_likely && !is_swapped() {
            return None;
        }
    }
    distance(word, other, (shorter / 4).clamp(1, 3))
}

/// Whether one word abbreviates the other: `env` and `environment`, `cfg` and `config`.
fn shortens(short: &str, long: &str) -> bool {
    let has_no_vowels = || !short.contains(['a', 'e', 'i', 'o', 'u']);
    let has_letters_in_order = || {
        let mut long = long.chars();
        short.chars().all(|c| long.any(|other| other == c))
    };
    length(short) >= 3
        && length(short) < length(long)
        && short.chars().next() == long.chars().next()
        && (long.starts_with(short) || has_no_vowels() && has_letters_in_order())
}

/// Insertions, deletions, substitutions and swaps of neighbours, or `None` if there are more than `limit`.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    if length(a).abs_diff(length(b)) > limit {
        return None;
    }
    Some(strsim::osa_distance(a, b)).filter(|&edits| edits <= limit)
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    const NAMES: &[&str] = &[
        "APP_NAME",
        "APP_DATABASE_URL",
        "APP_DB_POOL_SIZE",
        "APP_ENVIRONMENT",
        "APP_SERVER_PORT",
        "APP_SERVER_HOST",
        "APP_SECRET_KEY",
        "APP_GRACEFUL_TIMEOUT",
        "APP_LOG_LEVEL",
        "APP_MAX_SIZE",
        "APP_SHARD1",
    ];

    #[test]
    fn a_misspelled_name_suggests_the_one_that_was_meant() {
        for (given, expected) in [
            // typing errors
            ("APP_DATABSE_URL", "APP_DATABASE_URL"),
            ("APP_DATABASE_URI", "APP_DATABASE_URL"),
            ("APP_DATABASE_RUL", "APP_DATABASE_URL"),
            ("APP_DATABASE_URLS", "APP_DATABASE_URL"),
            ("APP_GRACEFULL_TIEMOUT", "APP_GRACEFUL_TIMEOUT"),
            ("APP_SERVER_PROT", "APP_SERVER_PORT"),
            ("APP_SERVER_PRT", "APP_SERVER_PORT"),
            ("APP_BD_POOL_SIZE", "APP_DB_POOL_SIZE"),
            ("APP_SERCET_KEY", "APP_SECRET_KEY"),
            ("app.secret.keyy", "APP_SECRET_KEY"),
            ("APP_NAM", "APP_NAME"),
            // only separators or case
            ("app-database-url", "APP_DATABASE_URL"),
            ("APP_DATABASEURL", "APP_DATABASE_URL"),
            ("APP_DATA_BASE_URL", "APP_DATABASE_URL"),
            ("appDatabaseUrl", "APP_DATABASE_URL"),
            ("APPDATABSEURL", "APP_DATABASE_URL"),
            ("appNmae", "APP_NAME"),
            ("appServerPrt", "APP_SERVER_PORT"),
            // words in another order
            ("APP_POOL_DB_SIZE", "APP_DB_POOL_SIZE"),
            ("APP_URL_DATABSE", "APP_DATABASE_URL"),
            // a word too few, too many, or shortened
            ("DATABASE_URL", "APP_DATABASE_URL"),
            ("APP_POOL_SIZE", "APP_DB_POOL_SIZE"),
            ("APP_PORT", "APP_SERVER_PORT"),
            ("APP_DB_POOL_SIZE_MAX", "APP_DB_POOL_SIZE"),
            ("ENVIRONMENT", "APP_ENVIRONMENT"),
            ("APP_ENV", "APP_ENVIRONMENT"),
            ("APP_SRV_HOST", "APP_SERVER_HOST"),
            // none
            ("APP_SERVER_POST", "APP_SERVER_PORT"),
            ("APP_SERVER_PATH", ""),
            ("APP_SERVER", ""),
            ("APP_MIN_SIZE", ""),
            ("APP_LOG_LABEL", ""),
            ("APP_SHARD2", ""),
            ("APP_URL", ""),
            ("NAME", ""),
            ("PORT", ""),
            ("PATH", ""),
            ("APP_", ""),
            ("", ""),
            ("___", ""),
        ] {
            let found = nearest(given, NAMES.iter().copied()).unwrap_or_default();
            assert_eq!(found, expected, "{given}");
        }
    }

    #[test]
    fn short_words_do_not_suggest_each_other() {
        for (given, known) in [
            ("PORT", "HOST"),
            ("PORT", "SORT"),
            ("MODE", "NODE"),
            ("URL", "URI"),
            ("MAX", "MIN"),
            ("DB", "ID"),
            ("TTL", "TLS"),
            ("KEY1", "KEY2"),
            ("DB_HOST", "DB_PORT"),
            ("DB_USER", "DB_URL"),
            ("READER", "HEADER"),
            ("READ_TIMEOUT", "WRITE_TIMEOUT"),
            ("SHA256", "SHA512"),
        ] {
            assert_eq!(nearest(given, [known]), None, "{given}");
            assert_eq!(nearest(known, [given]), None, "{known}");
        }
    }

    #[test]
    fn a_value_may_be_shortened() {
        let environments = ["development", "staging", "production"];
        let levels = ["error", "warn", "info", "debug", "trace"];
        let modes = ["read-only", "read-write", "off"];
        for (given, known, expected) in [
            ("prod", &environments[..], "production"),
            ("PROD", &environments, "production"),
            ("prd", &environments, "production"),
            ("dev", &environments, "development"),
            ("develop", &environments, "development"),
            ("devlopment", &environments, "development"),
            ("stg", &environments, "staging"),
            ("stage", &environments, "staging"),
            ("test", &environments, ""),
            ("pr", &environments, ""),
            ("p", &environments, ""),
            ("banana", &environments, ""),
            ("warning", &levels, "warn"),
            ("err", &levels, "error"),
            ("inof", &levels, "info"),
            ("dbg", &levels, "debug"),
            ("read", &modes, ""),
            ("read-o", &modes, "read-only"),
            ("readonly", &modes, "read-only"),
            ("write", &modes, ""),
        ] {
            let found = nearest_value(given, known.iter().copied()).unwrap_or_default();
            assert_eq!(found, expected, "{given}");
        }
    }

    #[test]
    fn the_first_of_equals_wins_but_guesses_are_unique() {
        assert_eq!(
            nearest("DATABAS", ["database", "databasf"]),
            Some("database")
        );
        assert_eq!(
            nearest("DATABAS", ["databasf", "database"]),
            Some("databasf")
        );
        assert_eq!(
            nearest("APP_ENV", ["APP_ENVELOPE", "APP_ENVIRONMENT"]),
            None
        );
        assert_eq!(
            nearest("APP_ENV", ["APP_ENVIRONMENT", "APP_ENVIRONMENT"]),
            Some("APP_ENVIRONMENT")
        );
    }

    #[test]
    fn the_cost_of_long_names_is_bounded() {
        let names: Vec<String> = (0..1000)
            .map(|i| format!("APP_SECTION_{}_DATABASE_POOL_SIZE_LIMIT", i % 7))
            .collect();
        let started = Instant::now();
        for given in ["APP_SECTOIN_3_DATABSE_POOL_SZIE_LIMT", &"A_".repeat(64)] {
            nearest(given, names.iter().map(String::as_str));
        }
        nearest(&"x".repeat(1 << 24), names.iter().map(String::as_str));
        assert!(started.elapsed() < Duration::from_mins(1));
    }

    proptest! {
        #[test]
        fn no_text_panics(given in any::<String>(), known in prop::collection::vec(any::<String>(), 0..8)) {
            nearest(&given, known.iter().map(String::as_str));
            nearest_value(&given, known.iter().map(String::as_str));
        }
    }
}
