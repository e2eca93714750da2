//! What the `.env` dialect says, a promise a test.

use settings_core::dotenv;

const MIB: usize = 1 << 20;

/// `key=value@line` of each entry, or `line:column rule` of each error.
#[track_caller]
fn read(file: impl AsRef<[u8]>) -> Vec<String> {
    read_with(file, &[])
}

#[track_caller]
fn read_with(file: impl AsRef<[u8]>, env: &[(&str, &str)]) -> Vec<String> {
    let env = |name: &str| {
        let found = env.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    match dotenv::parse(file.as_ref(), env) {
        Ok(parsed) => parsed
            .entries()
            .iter()
            .map(|e| format!("{}={}@{}", e.key(), e.value(), e.line()))
            .collect(),
        Err(error) => error
            .errors()
            .iter()
            .map(|e| format!("{}:{} {}", e.line(), e.column(), e.rule()))
            .collect(),
    }
}

#[test]
fn export_is_a_prefix_only_where_a_key_follows() {
    assert_eq!(read("export\tA=1"), ["A=1@1"]);
    assert_eq!(read("  export \t A = 1"), ["A=1@1"]);
    assert_eq!(read("export=1"), ["export=1@1"]);
    assert_eq!(read("export export=1"), ["export=1@1"]);
    assert_eq!(
        read("exportA=1\nexport.A=2"),
        ["exportA=1@1", "export.A=2@2"]
    );
    assert_eq!(read("export"), ["1:1 missing-equals"]);
    assert_eq!(read(" export  # A=1"), ["1:2 missing-equals"]);
    assert_eq!(read("export export"), ["1:8 missing-equals"]);
    assert_eq!(read("export A: b"), ["1:9 colon-separator"]);
    assert_eq!(read("export: b"), ["1:7 colon-separator"]);
    assert_eq!(read("export A B=1"), ["1:9 invalid-key"]);
    assert_eq!(read("export 1A=1"), ["1:7 invalid-key"]);
    assert_eq!(read("export export A=1"), ["1:14 invalid-key"]);
}

#[test]
fn keys_are_ascii_and_compared_exactly() {
    assert_eq!(read("_a.B-9=1\na=2\nA=3"), ["_a.B-9=1@1", "a=2@2", "A=3@3"]);
    assert_eq!(read("é=1"), ["1:1 invalid-key"]);
    assert_eq!(read("Aé=1"), ["1:2 invalid-key"]);
    assert_eq!(read(".A=1\n-A=1"), ["1:1 invalid-key", "2:1 invalid-key"]);
    assert_eq!(read("\"A\"=1"), ["1:1 invalid-key"]);
    assert_eq!(read("A\tB = 1"), ["1:2 invalid-key"]);
    assert_eq!(read("A# =1"), ["1:2 invalid-key"]);
    assert_eq!(read("A\u{a0}=1"), ["1:2 invalid-key"]);
    assert_eq!(read("  =1"), ["1:3 empty-key"]);
    assert_eq!(read("A:=1\nA:b=1"), ["1:2 invalid-key", "2:2 invalid-key"]);
}

#[test]
fn after_a_bad_key_the_value_is_still_read() {
    assert_eq!(
        read("1A='x\ny'\n=${NOPE}\nB C=\"\\q\"z\nD='"),
        [
            "1:1 invalid-key",
            "3:1 empty-key",
            "3:2 undefined-reference",
            "4:2 invalid-key",
            "4:6 unknown-escape",
            "4:9 text-after-quote",
            "5:3 unterminated-quote",
        ]
    );
}

#[test]
fn lines_that_are_not_assignments_are_errors() {
    assert_eq!(read("  [a=b] # c"), ["1:3 looks-like-ini"]);
    assert_eq!(
        read("[]\n[[x]]"),
        ["1:1 looks-like-ini", "2:1 looks-like-ini"]
    );
    assert_eq!(read("[a"), ["1:1 missing-equals"]);
    assert_eq!(read("["), ["1:1 missing-equals"]);
    assert_eq!(read("[a] b"), ["1:1 missing-equals"]);
    assert_eq!(read("[a]=1"), ["1:1 invalid-key"]);
    assert_eq!(read("[a #b]"), ["1:1 missing-equals"]);
    assert_eq!(read("A:"), ["1:2 colon-separator"]);
    assert_eq!(read("A:\t#"), ["1:2 colon-separator"]);
    assert_eq!(read("A: b=c"), ["1:2 colon-separator"]);
    assert_eq!(read("A:b"), ["1:1 missing-equals"]);
    assert_eq!(read("A : b"), ["1:1 missing-equals"]);
    assert_eq!(read("1A: b"), ["1:1 missing-equals"]);
    assert_eq!(read("A # B=1"), ["1:1 missing-equals"]);
    assert_eq!(read(" A#b"), ["1:2 missing-equals"]);
    assert_eq!(read("\u{b}"), ["1:1 missing-equals"]);
}

#[test]
fn comments_need_a_blank() {
    assert_eq!(
        read("A= #c\nB=\t#c\nC=#c # d\nD=a\t#b"),
        ["A=@1", "B=@2", "C=#c@3", "D=a@4"]
    );
    assert_eq!(read("A='b'\t#c\nB='c'   "), ["A=b@1", "B=c@2"]);
    assert_eq!(
        read("A='b'  c#\nB='b''c'"),
        ["1:8 text-after-quote", "2:6 text-after-quote"]
    );
    assert_eq!(read("A='b' # 'c\nB=1"), ["A=b@1", "B=1@2"]);
    assert_eq!(read("#\u{0}\n #\n\t# x=${\n"), ["1:2 nul-byte"]);
}

#[test]
fn unquoted_values_are_verbatim_and_trimmed() {
    assert_eq!(read("A= \t b\\n \"c' \t"), ["A=b\\n \"c'@1"]);
    assert_eq!(read("A=\\"), ["A=\\@1"]);
    assert_eq!(read("A=b\u{2028}c\u{85}"), ["A=b\u{2028}c\u{85}@1"]);
    assert_eq!(read("A= =b"), ["A==b@1"]);
    assert_eq!(read("A=$\nB=$$\nC=${"), ["3:3 bad-reference"]);
    assert_eq!(read("A=$${B:-x}"), ["A=$x@1"]);
}

#[test]
fn line_ends_are_read_as_lf_inside_quotes() {
    assert_eq!(read("A='a\rb\r\nc\nd'\nB=1"), ["A=a\nb\nc\nd@1", "B=1@5"]);
    assert_eq!(read("A=\"a\r\rb\r\n\r\"\rB=1"), ["A=a\n\nb\n\n@1", "B=1@6"]);
    assert_eq!(read("A=\"${N:-a\r\nb}\""), ["A=a\nb@1"]);
    assert_eq!(read("\r\n\n\r\rA=1"), ["A=1@5"]);
    assert_eq!(
        read("A=\"\\\r\nb\"\nB"),
        ["1:4 unknown-escape", "3:1 missing-equals"]
    );
}

#[test]
fn escapes_produce_text_and_never_syntax() {
    assert_eq!(read(r#"A="\n\r\t\\\"\$""#), ["A=\n\r\t\\\"$@1"]);
    assert_eq!(read(r#"A="\${X}\u0024{X}$\u{7b}X}""#), ["A=${X}${X}${X}@1"]);
    assert_eq!(read(r#"A="${N:-\u007d\u{7D}}""#), ["A=}}@1"]);
    assert_eq!(read(r#"A="\\""#), ["A=\\@1"]);
    assert_eq!(
        read(r#"A="\u{a}\u{10FFFF}\u{00000a}""#),
        ["A=\n\u{10ffff}\n@1"]
    );
    assert_eq!(
        read(r#"A="\uD7FF\uE000\uFFFF""#),
        ["A=\u{d7ff}\u{e000}\u{ffff}@1"]
    );
    assert_eq!(
        read(r#"A="\uD83D\uDE00 \u{dfff} \u{110000} \u{+1} \u+123 \u{1 \x""#),
        [
            "1:4 unknown-escape",
            "1:10 unknown-escape",
            "1:17 unknown-escape",
            "1:26 unknown-escape",
            "1:37 unknown-escape",
            "1:44 unknown-escape",
            "1:51 unknown-escape",
            "1:56 unknown-escape",
        ]
    );
    assert_eq!(
        read("A=\"\\é\\'\\{\\}\""),
        [
            "1:4 unknown-escape",
            "1:6 unknown-escape",
            "1:8 unknown-escape",
            "1:10 unknown-escape",
        ]
    );
    assert_eq!(
        read(r#"A="\u{0}\u{000000}""#),
        ["1:4 nul-byte", "1:9 nul-byte"]
    );
    assert_eq!(read(r"A=${N:-\n}"), [r"A=\n@1"]);
}

#[test]
fn quotes_that_are_not_closed_end_with_their_line() {
    assert_eq!(
        read("A='x\nB=\"y\nC=1 # \nD"),
        [
            "1:3 unterminated-quote",
            "2:3 unterminated-quote",
            "4:1 missing-equals"
        ]
    );
    assert_eq!(read("A=\"x\\\"\nB=1"), ["1:3 unterminated-quote"]);
    assert_eq!(read("A='\0\nB=\0"), ["1:4 nul-byte", "2:3 nul-byte"]);
    assert_eq!(
        read("A='\nB=\0"),
        ["1:3 unterminated-quote", "2:3 nul-byte"]
    );
    assert_eq!(read("A=\"${N:?\\q\n"), ["1:3 unterminated-quote"]);
}

#[test]
fn references_are_resolved_in_the_environment_then_in_the_assignments_above() {
    let env = [("E", "env"), ("EMPTY", "")];
    assert_eq!(read_with("E=f\nA=${E}", &env), ["E=f@1", "A=env@2"]);
    assert_eq!(
        read_with("EMPTY=f\nA=[${EMPTY}]", &env),
        ["EMPTY=f@1", "A=[]@2"]
    );
    assert_eq!(
        read_with("A=${EMPTY:-w}${EMPTY-v}${EMPTY:+x}${EMPTY+y}", &env),
        ["A=wy@1"]
    );
    assert_eq!(read("A=1\nA=${A}2\nA=${A}3"), ["A=123@3"]);
    assert_eq!(read("A=${A}"), ["1:3 undefined-reference"]);
    assert_eq!(read("A=${B}\nB=1"), ["1:3 undefined-reference"]);
    assert_eq!(
        read("X='${Y} '\nA=${X}\"\nB=\"${A}\""),
        ["X=${Y} @1", "A=${Y} \"@2", "B=${Y} \"@3"]
    );
    assert_eq!(read("A=1\na=${a:-x}"), ["A=1@1", "a=x@2"]);
}

#[test]
fn only_the_branch_taken_is_looked_up_but_all_must_be_well_formed() {
    assert_eq!(
        read("E=\nS=1\nA=${S:-${N}}${E:+${N}}${S:?${N}}${N:+${N?}}"),
        ["E=@1", "S=1@2", "A=11@3"]
    );
    assert_eq!(read("S=1\nA=${S:-${1}}"), ["2:8 bad-reference"]);
    assert_eq!(read("S=1\nA=\"${S:-\\q}\""), ["2:9 unknown-escape"]);
    assert_eq!(read("A=${N:-${M}}"), ["1:8 undefined-reference"]);
    assert_eq!(read("A=${N:-${M:-${L}}}"), ["1:13 undefined-reference"]);
    assert_eq!(
        read("A=${N:?${M}}${N?}"),
        ["1:3 required-reference", "1:13 required-reference"]
    );
    assert_eq!(read("E=\nA=${E?m}[${E:?m}"), ["2:10 required-reference"]);
    let asked = std::cell::RefCell::new(Vec::new());
    let file = b"A=${X:-${Y:+${Z}}${Y-${W}}}${X+${V}}";
    let parsed = dotenv::parse(file, |name| {
        asked.borrow_mut().push(name.to_owned());
        (name == "W").then(String::new)
    });
    assert!(parsed.is_ok());
    assert_eq!(*asked.borrow(), ["X", "Y", "Y", "W", "X"]);
}

#[test]
fn malformed_references_are_errors_of_the_innermost() {
    assert_eq!(read("A=${N:-${M}"), ["1:3 bad-reference"]);
    assert_eq!(read("A=${N:-${M:-x}"), ["1:3 bad-reference"]);
    assert_eq!(read("A=${N:-${M:-x"), ["1:8 bad-reference"]);
    assert_eq!(read("A=${N:-${"), ["1:8 bad-reference"]);
    assert_eq!(read("A=${N:-{}"), ["1:3 bad-reference"]);
    assert_eq!(read("A=${N:-{${M-}}"), ["1:3 bad-reference"]);
    assert_eq!(
        read("A=${A :-x}\nB=${A:=x}\nC=${#A}\nD=${A%x}\nE=${é}\nF=${A-"),
        [
            "1:3 bad-reference",
            "2:3 bad-reference",
            "3:3 bad-reference",
            "4:3 bad-reference",
            "5:3 bad-reference",
            "6:3 bad-reference",
        ]
    );
    assert_eq!(
        read("A=${N} ${1} ${M}"),
        ["1:3 undefined-reference", "1:8 bad-reference"]
    );
    assert_eq!(
        read("A=\"\\q ${1} \\q\" x"),
        [
            "1:4 unknown-escape",
            "1:7 bad-reference",
            "1:16 text-after-quote"
        ]
    );
    assert_eq!(read("A=\"${N\\u0041}\""), ["1:4 bad-reference"]);
}

#[test]
fn words_may_contain_braces_quotes_and_operators() {
    assert_eq!(read("A=${N:-{{a}{}}}"), ["A={{a}{}}@1"]);
    assert_eq!(read("A=${N:-{${M:-{x}}}}"), ["A={{x}}@1"]);
    assert_eq!(
        read("A=${N:-\"'x'\"}${N-:-}${N:--}${N-?}"),
        ["A=\"'x'\":--?@1"]
    );
    assert_eq!(read("A={${N-x}}"), ["A={x}@1"]);
    assert_eq!(read("A=${N:-a b  }|"), ["A=a b  |@1"]);
    assert_eq!(read("A=${N:-a b  }"), ["A=a b  @1"]);
    assert_eq!(read("_A.b=1\nB=${_A.b}"), ["_A.b=1@1", "B=1@2"]);
    assert_eq!(read("A=${N:-$M $}"), ["A=$M $@1"]);
}

#[test]
fn a_key_in_error_counts_as_set_and_not_empty() {
    assert_eq!(
        read("A='x' y\nB=${A}${A:?m}${A:-${N}}${A:+${N}}\nC=${B:?m}"),
        ["1:7 text-after-quote", "2:29 undefined-reference"]
    );
    assert_eq!(read("A=1\nA=\0\nB=${A:-${N}}"), ["2:3 nul-byte"]);
    assert_eq!(read("A=1 #\0\nB=${A:-${N}}"), ["1:6 nul-byte"]);
    assert_eq!(
        read("A=\"\\q\"\nA=\nB=${A:?m}"),
        ["1:4 unknown-escape", "3:3 required-reference"]
    );
    assert_eq!(
        read("A: x\nB=${A}"),
        ["1:2 colon-separator", "2:3 undefined-reference"]
    );
}

#[test]
fn nul_and_bytes_that_are_not_utf8_hide_other_errors_of_their_assignment() {
    assert_eq!(read("A=\"\\q\0\" x\0"), ["1:6 nul-byte"]);
    assert_eq!(
        read("A='\0\n\0\0\nx\n\0' # \0\n"),
        ["1:4 nul-byte", "2:1 nul-byte", "4:1 nul-byte"]
    );
    assert_eq!(read("1A=${N} # \0"), ["1:11 nul-byte"]);
    assert_eq!(read("garbage \0"), ["1:9 nul-byte"]);
    assert_eq!(read("1\0A=\"x\n${N}\""), ["1:2 nul-byte"]);
    assert_eq!(
        read(b"A=\xc3\xa9\xff\xff\nB=\xe2\x82\n# \xc0\x80\nD"),
        [
            "1:4 invalid-utf8",
            "2:3 invalid-utf8",
            "3:3 invalid-utf8",
            "4:1 missing-equals"
        ]
    );
    assert_eq!(
        read(b"A=\"\\\xff\n${N}\xff\" x"),
        ["1:5 invalid-utf8", "2:5 invalid-utf8"]
    );
    assert_eq!(
        read(b"A=\xff\0\xff\0"),
        ["1:3 invalid-utf8", "1:4 nul-byte"]
    );
    assert_eq!(
        read(b"A='\xff\rx\xff\r\n\xff'"),
        ["1:4 invalid-utf8", "2:2 invalid-utf8", "3:1 invalid-utf8"]
    );
    assert_eq!(read(b"A=\xed\xa0\x80"), ["1:3 invalid-utf8"]);
}

#[test]
fn byte_order_marks() {
    assert_eq!(read("\u{feff}"), [""; 0]);
    assert_eq!(read("\u{feff}A=\"\\q\""), ["1:4 unknown-escape"]);
    assert_eq!(read("\u{feff}\u{feff}A=1"), ["1:1 invalid-key"]);
    assert_eq!(read("A=\u{feff}"), ["A=\u{feff}@1"]);
    assert_eq!(read(b"\xff\xfe"), ["1:1 utf16"]);
    assert_eq!(read(b"\xfe\xffgarbage\n"), ["1:1 utf16"]);
    assert_eq!(read(b"\xef\xbb"), ["1:1 invalid-utf8"]);
    assert_eq!(read(b"\xff"), ["1:1 invalid-utf8"]);
}

#[test]
fn columns_count_characters() {
    assert_eq!(read("\tA=\"🔑é\t\\q\""), ["1:8 unknown-escape"]);
    assert_eq!(read("A=e\u{301} ${N}"), ["1:6 undefined-reference"]);
    assert_eq!(read("A='é\r\né' é"), ["2:4 text-after-quote"]);
}

#[test]
fn the_last_assignment_of_a_repeated_key_counts() {
    let file = b"A=1\nB=1\nexport A=2\nC=1\n  A = 3\nB=2\n";
    let parsed = dotenv::parse(file, |_| None).unwrap();
    let keys: Vec<_> = parsed
        .entries()
        .iter()
        .map(|e| (e.key(), e.value(), e.line()))
        .collect();
    assert_eq!(keys, [("C", "1", 4), ("A", "3", 5), ("B", "2", 6)]);
    let places: Vec<_> = parsed
        .warnings()
        .iter()
        .map(|w| (w.line(), w.column()))
        .collect();
    assert_eq!(places, [(3, 8), (5, 3), (6, 1)]);
}

#[test]
fn sizes_are_allowed_up_to_the_limit() {
    let x = |len| "x".repeat(len);
    for (open, close) in [("", ""), ("'", "'"), ("\"", "\"")] {
        let file = |len| format!("A={open}{}{close}\nB=${{A}}", x(len));
        assert_eq!(read(file(MIB)).len(), 2);
        assert_eq!(read(file(MIB + 1)), ["1:3 limit-exceeded"]);
    }
    assert_eq!(read(format!("A= {} # c", x(MIB))).len(), 1);
    assert_eq!(
        read(format!("A= \"\\q{}\" x", x(MIB))),
        [
            "1:4 limit-exceeded".to_owned(),
            format!("1:{} text-after-quote", MIB + 9)
        ]
    );

    let half = x(MIB / 2);
    assert_eq!(read(format!("A={half}\nB=${{A}}${{A}}")).len(), 2);
    assert_eq!(
        read(format!("A={half}\nB= \"${{A}}${{A}}.\"")),
        ["2:4 limit-exceeded"]
    );
    assert_eq!(read(format!("A={half}\nB=${{A:+{half}}}${{A}}")).len(), 2);
    assert_eq!(
        read(format!("A={half}\nB=${{N:-${{A}}${{A}}.}}")),
        ["2:3 limit-exceeded"]
    );
    let mut file = x(16 * MIB);
    file.replace_range(..1, "#");
    assert_eq!(read(&file), [""; 0]);
    file.push('\n');
    assert_eq!(read(&file), ["1:1 limit-exceeded"]);
}

#[test]
fn references_nest_sixteen_deep() {
    let nested = |depth: usize, inner: &str| {
        format!("A={}{inner}{}", "${N:-".repeat(depth), "}".repeat(depth))
    };
    assert_eq!(read(nested(16, "x")), ["A=x@1"]);
    assert_eq!(read(nested(15, "${N}")), ["1:78 undefined-reference"]);
    assert_eq!(read(nested(17, "x")), ["1:83 limit-exceeded"]);
    assert_eq!(read(nested(16, "${N}${1}")), ["1:83 limit-exceeded"]);
    assert_eq!(read(nested(16, &"{".repeat(1000))), ["1:78 bad-reference"]);
    assert_eq!(read(nested(100_000, "x")), ["1:83 limit-exceeded"]);
    assert_eq!(
        read("S=1\nA=${S:-${N:-x}${N:-x}${N:-x}}".replace('x', &nested(14, "y")[2..])),
        ["S=1@1", "A=1@2"]
    );
}

#[test]
fn hostile_files_cost_no_more_than_their_size() {
    let big = format!("A={}\n", "x".repeat(MIB));
    let lines = |line: &str| format!("{big}{}", line.repeat(100_000));
    assert_eq!(read(lines("B=${A}\n")), ["66:3 limit-exceeded"]);
    assert_eq!(read(lines("B=${A:+}\n")).len(), 2);
    let env = [("E", "x".repeat(MIB))];
    let env = [("E", env[0].1.as_str())];
    assert_eq!(
        read_with(lines("B=${E:+}\n"), &env),
        ["66:3 limit-exceeded"]
    );

    let count = |text: String| {
        let error = dotenv::parse(text.as_bytes(), |_| None).unwrap_err();
        assert_eq!(error.errors().len(), 100);
        error.errors().len() + error.omitted()
    };
    assert_eq!(count(format!("A=\"{}\"", r"\u{".repeat(MIB / 3))), MIB / 3);
    assert_eq!(count(format!("A=\"{}\"", r"\q".repeat(MIB / 2))), MIB / 2);
    assert_eq!(read("A='\n".repeat(100_000)).len(), 1);
    assert_eq!(read("\n".repeat(16 * MIB)), [""; 0]);
    assert_eq!(count("\0\n".repeat(MIB)), MIB);
    assert_eq!(count("no assignment\n".repeat(MIB)), MIB);
    let many = "A=\n".repeat(500_000);
    assert!(dotenv::parse(many.as_bytes(), |_| None).is_ok());
    assert_eq!(read(many + "A=\n"), ["500001:1 limit-exceeded"]);
}

#[test]
fn messages_contain_the_fix() {
    let file = "\
TOKEN=\"s3cret\" s3cret
PORT=${NOPE}
URL=${NOPE:?see the\u{1b} handbook}
DSN=\"${NOPE:?a \\\" s3cret}\"
1A=s3cret
=s3cret
";
    let error = dotenv::parse(file.as_bytes(), |_| None).unwrap_err();
    let expected = "\
line 1, column 16: `TOKEN`: text after the closing quote; remove it, or put a blank and `#` before \
a comment, or put the value into the other kind of quotes if the quote belongs to it
line 2, column 6: `PORT`: the name in this `${…}` is set neither in the environment nor above; set it, give a default \
with `:-`, or use single quotes to mean the text
line 3, column 5: `URL`: the name in this `${…}` must be set: see the  handbook
line 4, column 6: `DSN`: the name in this `${…}` must be set, in the environment or above
line 5, column 1: this character is not allowed here in a key; a key is ASCII letters, digits, `_`, `.` \
and `-`, and begins with a letter or `_`
line 6, column 1: no key before `=`; write `KEY=value`";
    assert_eq!(error.to_string(), expected);
    assert_eq!(format!("{error:?}"), expected);
}

#[test]
fn debug_shows_no_value() {
    let parsed = dotenv::parse(b"A=s3cret\nA=\"s3cret${A}\"\n", |_| None).unwrap();
    let shown = format!("{parsed:?}{:?}", parsed.entries());
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(shown.contains("key: \"A\""), "{shown}");
}
