//! Comparison of a committed document with the rendered one.

use std::{fmt::Write, fs, io, path::Path};

/// Panics with a diff unless the file at `path` contains `rendered`; for tests.
///
/// With `SETTINGS_DOCS=overwrite` in the environment it writes the file instead. A relative path starts at the working
/// directory, which in a test is the directory of the package.
///
/// ```no_run
/// # use settings_core::{Settings, docs};
/// # #[derive(Debug, Settings)]
/// # struct AppSettings { #[settings(default = 8080)] port: u16 }
/// docs::assert_up_to_date(".env.example", &docs::env_example::<AppSettings>());
/// ```
///
/// # Panics
///
/// Panics if the file differs, cannot be read, or cannot be written.
#[track_caller]
pub fn assert_up_to_date(path: impl AsRef<Path>, rendered: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of tests, not a setting of the program"
    )]
    let overwrite = std::env::var_os("SETTINGS_DOCS").is_some_and(|text| text == "overwrite");
    if let Err(difference) = compare(path.as_ref(), rendered, overwrite) {
        panic!("{difference}");
    }
}

fn compare(path: &Path, rendered: &str, overwrite: bool) -> Result<(), String> {
    let shown = path.display();
    let Err(difference) = difference(path, rendered) else {
        return Ok(());
    };
    if overwrite {
        let directory = path.parent().map_or(Ok(()), fs::create_dir_all);
        return directory
            .and_then(|()| fs::write(path, rendered))
            .map_err(|error| format!("{shown} cannot be written: {error}"));
    }
    Err(format!("{difference}{REMEDY}"))
}

/// Describes how the file at `path` differs from `rendered`; each line ends with a line break.
pub(crate) fn difference(path: &Path, rendered: &str) -> Result<(), String> {
    let shown = path.display();
    let committed = fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{shown} is absent\n"),
        kind => format!("{shown} cannot be read: {kind}\n"),
    })?;
    // A checkout may have changed the line breaks.
    let committed = committed.replace("\r\n", "\n");
    if committed == rendered {
        return Ok(());
    }
    Err(format!(
        "{shown} does not match the settings (- in the file, + expected)\n{}",
        changes(&committed, rendered)
    ))
}

const REMEDY: &str = "run the test with SETTINGS_DOCS=overwrite to write it again";

/// The changed lines, each with two unchanged ones around it.
fn changes(old: &str, new: &str) -> String {
    const AROUND: usize = 2;
    let lines = line_diff(
        &old.split('\n').collect::<Vec<_>>(),
        &new.split('\n').collect::<Vec<_>>(),
    );
    let is_near = |at: usize| {
        let near = at.saturating_sub(AROUND)..lines.len().min(at + AROUND + 1);
        lines[near].iter().any(|line| line.mark != ' ')
    };
    let mut out = String::new();
    let mut number = 1;
    let mut is_open = false;
    for (at, line) in lines.iter().enumerate() {
        let near = is_near(at);
        if near && !is_open {
            let _ = writeln!(out, "  line {number}");
        }
        if near {
            let _ = writeln!(out, "    {} {}", line.mark, line.text);
        }
        is_open = near;
        if line.mark != '+' {
            number += 1;
        }
    }
    out
}

/// Largest number of pairs of lines that are compared; each takes four bytes.
const MAX_PAIRS: usize = 16 << 20;

struct Line<'t> {
    mark: char,
    text: &'t str,
}

/// Every line of both texts, by their longest common subsequence.
fn line_diff<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let shared_end = old_rest.iter().rev().zip(new_rest.iter().rev());
    let end = shared_end.take_while(|(a, b)| a == b).count();
    let (a, b) = (
        &old_rest[..old_rest.len() - end],
        &new_rest[..new_rest.len() - end],
    );
    let line = |mark| move |text: &&'t str| Line { mark, text };
    if a.len().saturating_mul(b.len()) > MAX_PAIRS {
        // Too many: all lines of one text, then all of the other.
        let kept = old[..start].iter().map(line(' '));
        let changed = a.iter().map(line('-')).chain(b.iter().map(line('+')));
        let end = old_rest[old_rest.len() - end..].iter().map(line(' '));
        return kept.chain(changed).chain(end).collect();
    }
    let width = b.len() + 1;
    // `longest[i * width + j]`: number of lines that `a[i..]` and `b[j..]` share.
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i] == b[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let mut lines: Vec<_> = old[..start].iter().map(line(' ')).collect();
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let removed = i < a.len()
            && (j == b.len() || longest[(i + 1) * width + j] >= longest[i * width + j + 1]);
        if i < a.len() && j < b.len() && a[i] == b[j] {
            lines.push(Line {
                mark: ' ',
                text: a[i],
            });
            (i, j) = (i + 1, j + 1);
        } else if removed {
            lines.push(Line {
                mark: '-',
                text: a[i],
            });
            i += 1;
        } else {
            lines.push(Line {
                mark: '+',
                text: b[j],
            });
            j += 1;
        }
    }
    lines.extend(old_rest[old_rest.len() - end..].iter().map(line(' ')));
    lines
}

#[cfg(test)]
mod tests {
    use super::{changes, compare};

    #[test]
    fn a_diff_shows_what_changed_and_where() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";
        let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n";
        assert_eq!(
            changes(old, new),
            "  line 3\n      3\n      4\n    - 5\n    + five\n      6\n      7\n  \
             line 9\n      9\n      10\n    + 11\n      \n"
        );
    }

    #[test]
    fn long_texts_with_nothing_in_common_are_printed_one_after_the_other() {
        let lines = |word: &str| format!("same\n{}same\n", format!("{word}\n").repeat(5000));
        let shown = changes(&lines("old"), &lines("new"));
        let marked = |mark: &str| shown.lines().filter(|line| line.starts_with(mark)).count();
        assert_eq!((marked("    - old"), marked("    + new")), (5000, 5000));
        assert!(shown.starts_with("  line 1\n      same\n    - old\n"));
    }

    #[test]
    fn a_document_is_compared_and_written_with_any_line_breaks() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("docs/settings.md");
        let missing = compare(&path, "a\n", false).unwrap_err();
        assert!(missing.contains("is absent") && missing.contains("SETTINGS_DOCS=overwrite"));
        compare(&path, "a\n", true).unwrap();
        compare(&path, "a\n", false).unwrap();
        std::fs::write(&path, "a\r\n").unwrap();
        compare(&path, "a\n", false).unwrap();
        let differs = compare(&path, "b\n", false).unwrap_err();
        assert!(differs.contains("    - a\n    + b\n"), "{differs}");
    }
}
