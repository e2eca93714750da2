//! Promises about every `.env` file, and the oracle where two dialects agree.

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use settings_core::dotenv;

const PIECES: &[&str] = &[
    "A", "B=", "export ", "=", " ", "\t", "#", "'", "\"", "\\", "$", "{", "}", "${", "${A", ":-",
    "+", ":?", "\n", "\r", "\r\n", "\0", "é", "\u{feff}", "[", "]", ":", "\\u{", "\\u0041", "\\n",
    "1", "A=x\n", "${A}",
];

fn env(name: &str) -> Option<String> {
    (name == "B").then(|| "from env".to_owned())
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
        let _ = dotenv::parse(&bytes, env).map_err(|error| format!("{error}{error:?}"));
    }

    #[test]
    fn no_pieces_panic_and_errors_come_in_order(
        pieces in vec(0..=PIECES.len(), 0..40),
    ) {
        let bytes: Vec<u8> = pieces
            .iter()
            .flat_map(|n| PIECES.get(*n).map_or(&b"\xc3"[..], |piece| piece.as_bytes()))
            .copied()
            .collect();
        match dotenv::parse(&bytes, env) {
            Ok(parsed) => {
                prop_assert!(parsed.entries().is_sorted_by_key(dotenv::Entry::line));
                prop_assert!(parsed.warnings().is_sorted_by_key(dotenv::Warning::line));
                prop_assert!(str::from_utf8(&bytes).is_ok() && !bytes.contains(&0));
            }
            Err(error) => {
                prop_assert!(!error.errors().is_empty());
                prop_assert!(error.errors().is_sorted_by_key(|e| (e.line(), e.column())));
                prop_assert_eq!(error.to_string().lines().count(), error.errors().len());
            }
        }
    }

    #[test]
    fn single_quotes_may_contain_anything(value in "[^'\r\0]*") {
        let file = format!("A='{value}'\nB=2");
        let parsed = dotenv::parse(file.as_bytes(), |_| None).unwrap();
        prop_assert_eq!(parsed.entries()[0].value(), value.as_str());
        prop_assert!(parsed.entries()[0].quoted());
        prop_assert_eq!(parsed.entries()[1].line(), 2 + value.matches('\n').count());
    }

    #[test]
    fn crlf_and_cr_are_equivalent_to_lf(pieces in vec(0..PIECES.len(), 0..30)) {
        let text: String = pieces.iter().map(|n| PIECES[*n]).filter(|p| !p.contains('\r')).collect();
        let outcome = |file: &str| match dotenv::parse(file.as_bytes(), env) {
            Ok(parsed) => parsed
                .entries()
                .iter()
                .map(|e| format!("{} {} {}", e.key(), e.value(), e.line()))
                .collect::<Vec<_>>(),
            Err(error) => error.errors().iter().map(|e| format!("{} {} {}", e.line(), e.column(), e.rule())).collect(),
        };
        prop_assert_eq!(outcome(&text), outcome(&text.replace('\n', "\r\n")));
        prop_assert_eq!(outcome(&text), outcome(&text.replace('\n', "\r")));
    }

    #[test]
    fn reads_what_dotenvy_reads_where_they_agree(
        lines in vec((
            "(export )?",
            "[A-Z_][A-Z0-9_]{0,8}",
            " ?= ?",
            "[a-zA-Z0-9_./:@%+,-]{1,12}|'[^'\r\n\0\\\\$]{0,12}'|\"[a-zé #:'=]{0,12}\"",
            "( # [a-z ]{0,6})?",
        ), 0..8),
    ) {
        let lines: Vec<_> = lines.iter().map(|(a, b, c, d, e)| format!("{a}{b}{c}{d}{e}")).collect();
        let file = lines.join("\n");
        let mut theirs: Vec<(String, String)> = Vec::new();
        for item in dotenvy::Iter::new(file.as_bytes()) {
            let (key, value) = item.unwrap();
            theirs.retain(|(other, _)| *other != key);
            theirs.push((key, value));
        }
        let parsed = dotenv::parse(file.as_bytes(), |_| None).unwrap();
        let ours: Vec<_> = parsed
            .entries()
            .iter()
            .map(|e| (e.key().to_owned(), e.value().to_owned()))
            .collect();
        prop_assert_eq!(ours, theirs);
    }
}
