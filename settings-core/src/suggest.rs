//! Did you mean: the known name that a misspelt one most likely stands for.

/// Longer names are never compared: nobody misses a suggestion for them, and the cost stays small.
const LONGEST: usize = 128;

/// What a guess costs at least: more than any typing mistake.
const GUESS: usize = 100;

/// The name in `known` that `given` most likely means, if one is near enough to be worth saying.
///
/// Names are compared as binding compares them: case doesn't count, and each run of `_`, `-`, `.`
/// is one separator. The nearest wins, the first of equals. What is more than a typing mistake (a
/// word cut short, a word too many or too few) is only said if there is no second candidate.
///
/// Names that a shell owns (`PWD`, `HOME`, …) are the caller's to leave out of `known`.
pub(crate) fn nearest<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    best(given, known, cost)
}

/// Like [`nearest`], for the values of an enum or a `one_of` rule: `read` also means `read-only`,
/// and `stage` means `staging`, where no other value begins like it.
pub(crate) fn nearest_value<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    best(given, known, |given, known| {
        let text = &given.text;
        let begins = |length| known.text.starts_with(&text[..length]);
        match cost(given, known) {
            None if text.len() >= 3 && begins(text.len()) => Some(GUESS),
            None if text.len() >= 5 && begins(text.len() - 1) => Some(GUESS + 1),
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
    let mut doubtful = false;
    for name in known {
        if !candidate.read(name) {
            continue;
        }
        let Some(cost) = cost(&meant, &candidate) else {
            continue;
        };
        match best {
            Some((least, first)) if cost > least || first == name => {}
            Some((least, _)) if cost == least => doubtful = cost >= GUESS,
            _ => {
                best = Some((cost, name));
                doubtful = false;
            }
        }
    }
    best.filter(|_| !doubtful).map(|(_, name)| name)
}

/// A name made comparable. One is kept for all candidates, so that a scan hardly allocates.
#[derive(Default)]
struct Name {
    /// Lower case words, joined by `_`.
    text: Vec<char>,
    /// The same without separators.
    letters: Vec<char>,
}

impl Name {
    /// Whether `name` can be compared: it has letters, and not too many.
    fn read(&mut self, name: &str) -> bool {
        self.text.clear();
        self.letters.clear();
        let mut apart = false;
        let mut lower = false;
        for c in name.chars() {
            if matches!(c, '_' | '-' | '.') {
                apart = !self.text.is_empty();
                continue;
            }
            // A camel's hump begins a word.
            apart |= lower && c.is_uppercase();
            lower = c.is_lowercase();
            if apart {
                self.text.push('_');
                apart = false;
            }
            self.text.extend(c.to_lowercase());
            self.letters.extend(c.to_lowercase());
            if self.text.len() > LONGEST {
                return false;
            }
        }
        !self.text.is_empty()
    }

    fn words(&self) -> impl Iterator<Item = &[char]> {
        self.text.split(|&c| c == '_')
    }

    fn digits(&self) -> impl Iterator<Item = char> {
        self.letters.iter().copied().filter(char::is_ascii_digit)
    }
}

/// What it takes to have meant `known` and written `given`; nothing if that is far-fetched.
fn cost(given: &Name, known: &Name) -> Option<usize> {
    if given.text == known.text {
        return Some(0);
    }
    if given.letters == known.letters {
        return Some(1);
    }
    // `PORT1` is not a misspelt `PORT2`.
    let numbered = given.digits().next().is_some() && known.digits().next().is_some();
    if numbered && given.digits().ne(known.digits()) {
        return None;
    }
    by_words(given, known).or_else(|| unevenly_split(given, known))
}

/// Equal words find each other wherever they stand; what is left over must be explained.
fn by_words(given: &Name, known: &Name) -> Option<usize> {
    // Bits stand for words: there are at most half as many as characters.
    let (mut found, mut taken) = (0_u64, 0_u64);
    let (mut moved, mut in_order, mut shared) = (false, true, 0);
    for (i, word) in given.words().enumerate() {
        let twin = known
            .words()
            .enumerate()
            .find(|&(j, other)| other == word && taken & (1 << j) == 0);
        if let Some((j, _)) = twin {
            in_order &= taken >> j == 0;
            moved |= i != j;
            found |= 1 << i;
            taken |= 1 << j;
            shared += word.len();
        }
    }
    let mut odd = left_over(given, found);
    let mut missing = left_over(known, taken);
    match (odd.clone().count(), missing.clone().count()) {
        (0, 0) => Some(2),
        (0, _) => (in_order && outweighs(shared, missing)).then_some(GUESS),
        (_, 0) => (in_order && outweighs(shared, odd)).then_some(GUESS),
        (mine, theirs) if mine == theirs => {
            let edits = (odd.clone().zip(missing.clone())).try_fold(0, |sum, (word, other)| {
                Some(sum + misspelt(word, other, shared)?)
            });
            if let Some(edits) = edits.filter(|&edits| edits <= 3) {
                return Some(edits + if moved { 3 } else { 1 });
            }
            let (word, other) = (odd.next()?, missing.next()?);
            let cut_short = shortens(word, other) || shortens(other, word);
            (mine == 1 && !moved && cut_short).then_some(GUESS)
        }
        _ => None,
    }
}

fn left_over(name: &Name, matched: u64) -> impl Iterator<Item = &[char]> + Clone {
    (name.text.split(|&c| c == '_').enumerate())
        .filter(move |&(i, _)| matched & (1 << i) == 0)
        .map(|(_, word)| word)
}

/// Whether two names that share so many letters are still one name without these words.
fn outweighs<'a>(shared: usize, words: impl Iterator<Item = &'a [char]>) -> bool {
    shared >= 6 && shared >= words.map(<[char]>::len).sum()
}

/// `DATABSEURL` for `DATABASE_URL`.
fn unevenly_split(given: &Name, known: &Name) -> Option<usize> {
    let split_alike = given.words().count() == known.words().count();
    let long = given.letters.len() >= 8;
    (long && !split_alike && distance(&given.letters, &known.letters, 1).is_some()).then_some(4)
}

/// How many slips of the finger make one word the other; nothing if they are just two words.
/// `shared` letters of their names are the same.
fn misspelt(word: &[char], other: &[char], shared: usize) -> Option<usize> {
    let length = word.len().min(other.len());
    let edits = distance(word, other, (length / 4).clamp(1, 3))?;
    if length >= 8 {
        return Some(edits);
    }
    // Short words lie close to each other: `PORT` and `SORT`, `reader` and `header`, `max` and `min`.
    let same_first = word.first() == other.first();
    let same_length = word.len() == other.len();
    let swapped = same_length && word.iter().zip(other).filter(|(a, b)| a != b).count() == 2;
    let likely = match length {
        0..=2 => false,
        3 => same_first && (!same_length || shared >= 6),
        4 => same_first,
        _ => same_first || !same_length,
    };
    (swapped || likely).then_some(edits)
}

/// `env` for `environment`, `cfg` for `config`.
fn shortens(short: &[char], long: &[char]) -> bool {
    let consonants = || !short.iter().any(|c| "aeiou".contains(*c));
    let in_order = || {
        let mut long = long.iter();
        short.iter().all(|c| long.any(|other| other == c))
    };
    short.len() >= 3
        && short.len() < long.len()
        && short.first() == long.first()
        && (long.starts_with(short) || consonants() && in_order())
}

/// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment), if
/// there are no more than `limit`.
fn distance(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    let alike = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[alike..], &b[alike..]);
    let alike = (a.iter().rev().zip(b.iter().rev()))
        .take_while(|(a, b)| a == b)
        .count();
    let (a, b) = (&a[..a.len() - alike], &b[..b.len() - alike]);
    if a.len().abs_diff(b.len()) > limit || b.len() > LONGEST {
        return None;
    }

    let mut before = [0; LONGEST + 1];
    let mut above: [usize; LONGEST + 1] = std::array::from_fn(|j| j);
    let mut row = [0; LONGEST + 1];
    for i in 0..a.len() {
        row[0] = i + 1;
        let mut least = row[0];
        for j in 0..b.len() {
            let mut edits = (above[j] + usize::from(a[i] != b[j]))
                .min(above[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                edits = edits.min(before[j - 1] + 1);
            }
            row[j + 1] = edits;
            least = least.min(edits);
        }
        if least > limit {
            return None;
        }
        (before, above, row) = (above, row, before);
    }
    Some(above[b.len()]).filter(|&edits| edits <= limit)
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
    fn a_misspelt_name_finds_the_one_that_was_meant() {
        for (given, expected) in [
            // a slip of the finger
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
            // a word too few, too many, or cut short
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
    fn short_words_are_not_taken_for_each_other() {
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
    fn a_value_may_be_cut_short() {
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
    fn of_equals_the_first_is_said_but_guesses_must_stand_alone() {
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
    fn a_long_name_is_not_compared_letter_by_letter() {
        let names: Vec<String> = (0..1000)
            .map(|i| format!("APP_SECTION_{}_DATABASE_POOL_SIZE_LIMIT", i % 7))
            .collect();
        let started = Instant::now();
        for given in ["APP_SECTOIN_3_DATABSE_POOL_SZIE_LIMT", &"A_".repeat(64)] {
            nearest(given, names.iter().map(String::as_str));
        }
        nearest(&"x".repeat(1 << 24), names.iter().map(String::as_str));
        // The whole table of distances would take a hundred times as long.
        assert!(started.elapsed() < Duration::from_mins(1));
    }

    /// The definition, without short cuts.
    fn plain_distance(a: &[char], b: &[char]) -> usize {
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                table[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let mut edits = (table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1)
                        .min(table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        edits = edits.min(table[i - 2][j - 2] + 1);
                    }
                    edits
                };
            }
        }
        table[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn the_distance_is_what_it_is_defined_to_be(a in "[abc]{0,9}", b in "[abc]{0,9}", limit in 0_usize..4) {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let plain = plain_distance(&a, &b);
            prop_assert_eq!(distance(&a, &b, limit), Some(plain).filter(|&edits| edits <= limit));
        }

        #[test]
        fn any_text_is_taken(given in any::<String>(), known in prop::collection::vec(any::<String>(), 0..8)) {
            nearest(&given, known.iter().map(String::as_str));
            nearest_value(&given, known.iter().map(String::as_str));
        }
    }
}
