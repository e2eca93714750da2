//! `ProblemList`: the problems or warnings of a load, with limits on their number.

use super::{
    origin::Origin,
    problem::{Problem, ProblemKind},
};
use std::{mem, path::Path, sync::Arc};

/// The limit for the problems of one load.
pub(crate) const MAX_PROBLEMS: usize = 1000;

/// The limit for the problems of one file.
pub(crate) const MAX_OF_FILE: usize = 100;

/// Problems or warnings. Those beyond the limits are only counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProblemList {
    listed: Vec<Problem>,
    /// The number beyond the limit of the load.
    omitted: usize,
    /// Sorted by path.
    files: Vec<(Arc<Path>, FileCount)>,
}

#[derive(Clone, Debug)]
struct FileCount {
    /// The file as a whole.
    file: Origin,
    listed: usize,
    /// The number beyond the limit of the file.
    omitted: usize,
}

impl ProblemList {
    pub(crate) fn push(&mut self, problem: Problem) {
        self.insert(self.listed.len(), problem);
    }

    /// Inserts a problem at a position among the listed ones.
    pub(crate) fn insert(&mut self, position: usize, problem: Problem) {
        if let Some(count) = problem.origin().and_then(|origin| self.of_file(origin)) {
            if count.listed >= MAX_OF_FILE {
                count.omitted += 1;
                return;
            }
            count.listed += 1;
        }
        if self.listed.len() >= MAX_PROBLEMS {
            return self.omit(1);
        }
        self.listed.insert(position.min(self.listed.len()), problem);
    }

    /// Counts problems without listing them.
    pub(crate) fn omit(&mut self, number: usize) {
        self.omitted += number;
    }

    /// Counts problems of the file of an origin without listing them.
    pub(crate) fn omit_of_file(&mut self, origin: &Origin, number: usize) {
        match self.of_file(origin) {
            Some(count) => count.omitted += number,
            None => self.omit(number),
        }
    }

    fn of_file(&mut self, origin: &Origin) -> Option<&mut FileCount> {
        let path = origin.path()?;
        let at = match self.files.binary_search_by(|(file, _)| (**file).cmp(path)) {
            Ok(at) => at,
            Err(at) => {
                let count = FileCount {
                    file: origin.of_file(),
                    listed: 0,
                    omitted: 0,
                };
                self.files.insert(at, (path.into(), count));
                at
            }
        };
        self.files.get_mut(at).map(|(_, count)| count)
    }

    /// Moves the problems of another list to the end of this one.
    pub(crate) fn append(&mut self, others: &mut Self) {
        let Self {
            listed,
            omitted,
            files,
        } = mem::take(others);
        self.extend(listed);
        self.omitted += omitted;
        for (_, FileCount { file, omitted, .. }) in files {
            if omitted > 0 {
                self.omit_of_file(&file, omitted);
            }
        }
    }

    /// The number of problems, listed or not.
    pub(crate) fn len(&self) -> usize {
        let of_files = self.files.iter().map(|(_, count)| count.omitted);
        self.listed.len() + self.omitted + of_files.sum::<usize>()
    }

    /// The listed problems.
    pub(crate) fn listed(&self) -> &[Problem] {
        &self.listed
    }

    /// The listed problems after the first `number`.
    pub(crate) fn after(&self, number: usize) -> Vec<Problem> {
        self.listed.get(number..).unwrap_or_default().to_vec()
    }

    /// Changes each listed problem.
    pub(crate) fn map(&mut self, change: impl FnMut(Problem) -> Problem) {
        self.listed = mem::take(&mut self.listed)
            .into_iter()
            .map(change)
            .collect();
    }

    /// Adds a note to the last listed problem.
    pub(crate) fn note_last(&mut self, note: impl FnOnce() -> String) {
        if let Some(last) = self.listed.pop() {
            self.listed.push(last.with_note(note()));
        }
    }

    /// The listed problems, and an entry for each limit that was exceeded.
    pub(crate) fn into_vec(self) -> Vec<Problem> {
        let mut all = self.listed;
        for (_, FileCount { file, omitted, .. }) in self.files {
            if omitted > 0 {
                let what = format!("{file}: {}", and_more(omitted));
                all.push(Problem::new(ProblemKind::Source, what).about(file));
            }
        }
        if self.omitted > 0 {
            all.push(Problem::new(ProblemKind::Source, and_more(self.omitted)));
        }
        all
    }
}

impl Extend<Problem> for ProblemList {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }
}

/// `and 524,188 more`.
pub(crate) fn and_more(number: usize) -> String {
    format!("and {} more", grouped(number))
}

/// A number with a comma between groups of three digits.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(path: Option<&str>, nth: usize) -> Problem {
        let problem = Problem::new(ProblemKind::Rule, format!("problem {nth}"));
        match path {
            Some(path) => {
                let path: Arc<Path> = Path::new(path).into();
                problem.from(Origin::env_file(path, nth + 1, "NAME"))
            }
            None => problem,
        }
    }

    #[test]
    fn a_file_has_at_most_a_hundred_problems_and_a_load_a_thousand() {
        let mut list = ProblemList::default();
        list.extend((0..150).map(|nth| problem(Some("a.env"), nth)));
        list.extend((0..524_288).map(|nth| problem(None, nth)));
        list.extend((0..150).map(|nth| problem(Some("b.env"), nth)));
        assert_eq!(list.len(), 150 + 524_288 + 150);
        let all: Vec<String> = list.into_vec().iter().map(ToString::to_string).collect();
        assert_eq!(all.len(), 1003);
        assert_eq!(all[99], "problem 99 in a.env:100");
        assert_eq!(all[100], "problem 0");
        assert_eq!(
            all[1000..],
            [
                "a.env: and 50 more",
                "b.env: and 50 more",
                "and 523,488 more"
            ]
        );
    }

    #[test]
    fn lists_are_joined_within_the_limits() {
        let mut list = ProblemList::default();
        for _ in 0..3 {
            let mut other = ProblemList::default();
            other.extend((0..80).map(|nth| problem(Some("a.env"), nth)));
            list.append(&mut other);
            assert_eq!((other.len(), other.listed().len()), (0, 0));
        }
        assert_eq!((list.len(), list.listed().len()), (240, 100));
        list.insert(0, problem(None, 7));
        assert_eq!(list.listed()[0].to_string(), "problem 7");
    }

    #[test]
    fn digits_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (524_188, "524,188"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
