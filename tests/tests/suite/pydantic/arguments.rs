//! Command-line arguments.

use crate::reports::only_problem;
use settings_core::{Error, Loaded, ProblemKind, Settings};
use std::collections::BTreeMap;

fn args<T: Settings>(arguments: &[&str]) -> Result<Loaded<T>, Error> {
    T::empty_loader().args(arguments.iter().copied()).load()
}

#[derive(Debug, Settings)]
struct Top {
    v0: String,
    #[settings(nested)]
    top: Middle,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Middle {
    v1: String,
    v2: String,
    #[settings(nested)]
    sub: Inner,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Inner {
    v5: u8,
    v6: Option<String>,
}

#[test]
fn settings_override_parts_of_a_group_set_as_a_whole() {
    let whole = r#"{"v1": "json-1", "v2": "json-2", "sub": {"v5": "xx"}}"#;
    let top = args::<Top>(&[
        "--top",
        whole,
        "--top.sub.v5",
        "5",
        "--v0",
        "0",
        "--top.v2=2",
        "--top.sub.v6",
        "6",
    ])
    .unwrap();
    assert_eq!((&*top.v0, &*top.top.v1, &*top.top.v2), ("0", "json-1", "2"));
    // What is overridden is never decoded, so `xx` is no problem.
    assert_eq!((top.top.sub.v5, top.top.sub.v6.as_deref()), (5, Some("6")));
}

#[derive(Debug, Settings)]
struct Several {
    #[settings(default = Vec::new())]
    num_list: Vec<u16>,
    #[settings(default = Vec::new())]
    str_list: Vec<String>,
    #[settings(default = BTreeMap::new())]
    dict: BTreeMap<String, String>,
}

#[test]
fn lists_append_in_every_notation() {
    for arguments in [
        &["--num_list", "[1,2,3]"][..],
        &["--num_list", "[1,2]", "--num_list", "3"],
        &["--num-list=1,2", "--num-list=[3]"],
        &["--num-list", "1", "--num-list", "2", "--num-list", "3"],
        &["--num-list", "1,", "--num-list", "[]", "--num-list", "2,3"],
    ] {
        let several = args::<Several>(arguments).unwrap();
        assert_eq!(several.num_list, [1, 2, 3], "{arguments:?}");
    }
    let several = args::<Several>(&["--str-list", r#"["0,1", "]"]"#, "--str-list", "2, 3"]);
    assert_eq!(several.unwrap().str_list, ["0,1", "]", "2", "3"]);
    assert!(
        args::<Several>(&["--num-list=[]"])
            .unwrap()
            .num_list
            .is_empty()
    );
    assert_eq!(
        only_problem(args::<Several>(&["--num-list=[1,2"])),
        (ProblemKind::Malformed, "num_list".to_owned())
    );
}

#[test]
fn maps_join_in_every_notation() {
    for arguments in [
        &["--dict", "k1=a,k2=b"][..],
        &["--dict", "k1=a", "--dict", "k2=b"],
        &["--dict", r#"{"k1": "a"}"#, "--dict", "k2=b"],
        &["--dict", "k1=x", "--dict=k2=b", "--dict", r#"{"k1": "a"}"#],
        &["--dict__k1", "a", "--dict__k2=b"],
    ] {
        let dict = args::<Several>(arguments).unwrap().into_inner().dict;
        assert_eq!(dict.len(), 2, "{arguments:?}");
        assert_eq!((&*dict["k1"], &*dict["k2"]), ("a", "b"), "{arguments:?}");
    }
}

#[test]
fn flags_need_no_value() {
    #[derive(Debug, Settings)]
    struct Flags {
        #[settings(default = false)]
        bool_field: bool,
        other: Option<String>,
    }
    for (arguments, expected) in [
        (&["--bool-field"][..], true),
        (&["--bool-field", "--other", "x"], true),
        (&["--bool-field=False"], false),
        (&["--bool-field", "off"], false),
        (&["--no-bool-field"], false),
        (&["--no_bool_field"], false),
        (&[], false),
    ] {
        let flags = args::<Flags>(arguments).unwrap();
        assert_eq!(flags.bool_field, expected, "{arguments:?}");
    }
}

#[test]
fn an_abbreviation_or_an_unknown_flag_is_an_error() {
    #[derive(Debug, Settings)]
    struct Model {
        #[settings(default = "")]
        my_var: String,
    }
    for argument in ["--my", "--my-v=x", "--bad", "-m"] {
        let error = args::<Model>(&[argument]).unwrap_err();
        assert_eq!(
            error.problems()[0].kind(),
            ProblemKind::Unknown,
            "{argument}"
        );
    }
}

#[test]
fn every_alias_is_a_flag() {
    #[derive(Debug, Settings)]
    struct Aliased {
        #[settings(alias = ["b", "c"])]
        choice: String,
        #[settings(rename = "str")]
        renamed: String,
    }
    for flag in ["--choice", "-choice-", "--b", "--c", "--C"] {
        let aliased = args::<Aliased>(&[flag, "x", "--str=y"]);
        assert_eq!(aliased.is_ok(), flag.starts_with("--"), "{flag}");
    }
}
