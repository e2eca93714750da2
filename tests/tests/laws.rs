//! The laws, of what proptest makes up. Fuzz targets call the same functions: `fuzz/`.

use proptest::{collection::vec, prelude::*};
use settings_tests::laws;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..1024)
}

/// What is likely to be a part of text, for functions that take the bytes as they are.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(
        &[
            "TEXT",
            "INT8",
            "=",
            "\n",
            "\"",
            "'",
            "${",
            "}",
            "[",
            "]",
            "{",
            "server",
            "port",
            ":",
            " ",
            ",",
            "1",
            "-",
            "list",
            "[[list]]",
            "map",
            "a.b",
            "\\",
            "#",
            "true",
            "\u{feff}",
            "é",
            "&a",
            "*a",
            "!!str",
            "|",
            "labels",
            "\0",
            "30s",
            "1e3",
            "level",
            "info",
            "0x1F",
            "1979-05-27",
            "- ",
            "json",
            "\r",
        ][..],
    );
    let pieces = vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![3 => pieces, 1 => vec(any::<u8>(), 0..64)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_accepted_or_refused_by_every_setting(data in prop_oneof![text(), ".{0,20}".prop_map(String::into_bytes)]) {
        laws::any_text_for_any_setting(&data);
    }

    #[test]
    fn any_bytes_are_accepted_or_refused_by_the_env_reader(data in text()) {
        laws::env_file(&data);
    }

    #[test]
    fn any_bytes_are_accepted_or_refused_by_a_file_reader(data in text()) {
        laws::file(&data);
    }

    #[test]
    fn repeated_input_is_accepted_or_refused_by_a_file_reader(
        head in prop_oneof!["", "x: &a AAAA\n", "A=xxxx\n"],
        piece in prop_oneof!["- \\*a\n", "B=\\$\\{A\\}\\$\\{B:-\\}\n", "[\\[{a:= ,\n-]{1,6}", ".{1,8}"],
    ) {
        laws::repeated(format!("{head}\0{piece}").as_bytes());
    }

    #[test]
    fn any_name_is_matched_or_reported(data in bytes()) {
        laws::binder(&data);
    }

    #[test]
    fn the_highest_layer_wins_regardless_of_everything_else(data in bytes()) {
        laws::layers(&data);
    }

    #[test]
    fn what_is_written_reads_back(data in bytes()) {
        laws::round_trip(&data);
    }
    #[test]
    fn no_secret_is_left_in_a_reason(data in bytes()) {
        laws::masking(&data);
    }
}
