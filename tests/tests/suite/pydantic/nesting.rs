//! Nested models, lists, maps and JSON in variables.

use super::{dotenv, env};
use settings_core::{ExposeSecret, ProblemKind, SecretString, Settings};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "TEST_")]
struct Top {
    #[settings(default = 0)]
    v0: u8,
    #[settings(nested)]
    sub: Sub,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Sub {
    v1: String,
    v2: String,
    #[settings(default = 0)]
    v3: i32,
    #[settings(nested)]
    deep: Deep,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Deep {
    #[settings(default = "none")]
    v4: String,
}

#[test]
fn a_group_is_set_as_a_whole_by_setting_or_both() {
    let whole = ("TEST_SUB", r#"{"v1": "json-1", "v2": "json-2"}"#);
    let top: Top = env(&[whole]).unwrap();
    assert_eq!(
        (top.sub.v1.as_str(), top.sub.v2.as_str()),
        ("json-1", "json-2")
    );
    let top: Top = env(&[
        whole,
        ("TEST_V0", "1"),
        ("TEST_SUB__V2", "nested-2"),
        ("TEST_SUB__V3", "3"),
        ("TEST_SUB__DEEP__V4", "v4"),
    ])
    .unwrap();
    assert_eq!(top.v0, 1);
    assert_eq!(
        (top.sub.v1.as_str(), top.sub.v2.as_str()),
        ("json-1", "nested-2")
    );
    assert_eq!((top.sub.v3, top.sub.deep.v4.as_str()), (3, "v4"));
}

#[test]
fn one_underscore_separates_groups() {
    let top: Top = env(&[
        ("TEST_SUB_V1", "a"),
        ("TEST_SUB_V2", "b"),
        ("TEST_SUB_DEEP_V4", "c"),
    ])
    .unwrap();
    assert_eq!((top.sub.v1.as_str(), top.sub.deep.v4.as_str()), ("a", "c"));
}

#[test]
fn nested_groups_may_be_json() {
    let top: Top = env(&[
        ("test_sub__v1", "a"),
        ("test_sub__v2", "b"),
        ("test_sub__deep", r#"{"v4": "c"}"#),
    ])
    .unwrap();
    assert_eq!(top.sub.deep.v4, "c");
}

#[test]
fn a_missing_nested_setting_is_named_by_its_key() {
    let error = env::<Top>(&[("test_sub__v1", "a")]).unwrap_err();
    assert_eq!(error.problems()[0].key(), Some("sub.v2"));
    assert_eq!(error.problems()[0].env_name(), Some("TEST_SUB_V2"));
}

#[test]
fn setting_any_setting_of_an_optional_group_makes_it_present() {
    #[derive(Debug, Settings)]
    struct Outer {
        #[settings(nested)]
        deep: Option<Deep>,
    }
    assert!(env::<Outer>(&[]).unwrap().deep.is_none());
    let outer: Outer = env(&[("DEEP__V4", "x")]).unwrap();
    assert_eq!(outer.deep.unwrap().v4, "x");
    let outer: Outer = env(&[("deep", r#"{"v4": "y"}"#)]).unwrap();
    assert_eq!(outer.deep.unwrap().v4, "y");
    assert_eq!(
        dotenv::<Outer>("DEEP__V4=z\n")
            .unwrap()
            .deep
            .as_ref()
            .unwrap()
            .v4,
        "z"
    );
}

#[test]
fn names_of_variables_contain_the_keys_of_a_map() {
    #[derive(Debug, Settings)]
    struct Maps {
        nested: BTreeMap<String, String>,
    }
    let maps: Maps = env(&[("nested__foo", "a,b"), ("nested__BAR", "*")]).unwrap();
    assert_eq!(maps.nested["foo"], "a,b");
    assert_eq!(maps.nested["BAR"], "*");
    let maps: Maps = env(&[("NESTED", r#"{"x": "1"}"#), ("NESTED__y", "2")]).unwrap();
    assert_eq!(maps.nested.len(), 2);
}

#[test]
fn groups_may_be_the_values_of_a_map_or_list() {
    #[derive(Debug, Settings)]
    struct Many {
        #[settings(nested)]
        map: BTreeMap<String, Sub>,
        #[settings(nested)]
        list: Vec<Deep>,
    }
    let many: Many = env(&[
        ("map__one__v1", "a"),
        ("map__one__v2", "b"),
        ("map__one__deep__v4", "c"),
        ("list__0__v4", "x"),
        ("list__1__v4", "y"),
    ])
    .unwrap();
    assert_eq!(many.map["one"].deep.v4, "c");
    assert_eq!(many.list[1].v4, "y");
}

#[test]
fn an_overridden_value_of_a_whole_group_is_not_decoded() {
    let top: Top = env(&[
        (
            "TEST_SUB",
            r#"{"v1": "json-1", "v2": "json-2", "v3": "xx"}"#,
        ),
        ("TEST_SUB__V3", "5"),
    ])
    .unwrap();
    assert_eq!((&*top.sub.v1, top.sub.v3), ("json-1", 5));
}

#[test]
fn keys_in_json_match_in_any_case() {
    let top: Top = env(&[("test_sub", r#"{"V1": "a", "v2": "b", "DeeP": {"V4": "c"}}"#)]).unwrap();
    assert_eq!((&*top.sub.v1, &*top.sub.deep.v4), ("a", "c"));
}

#[test]
fn a_name_deeper_than_its_setting_is_unknown() {
    let variables = [
        ("test_sub__v1", "a"),
        ("test_sub__v2", "b"),
        ("test_sub__v1__bar", "x"),
        ("test_sub__v1__bar__baz", "x"),
        ("test_v0__x", "x"),
    ];
    let loaded = Top::empty_loader().env_from(variables).load().unwrap();
    assert_eq!((&*loaded.sub.v1, loaded.v0), ("a", 0));
    assert_eq!(loaded.warnings()[0].kind(), ProblemKind::Unknown);
}

#[test]
fn names_of_several_words_nest_by_a_single_underscore() {
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Person {
        sex: String,
        first_name: String,
        date_of_birth: String,
    }
    #[derive(Debug, Settings)]
    #[settings(prefix = "prefix_")]
    struct Form {
        #[settings(nested)]
        caregiver: Person,
        #[settings(nested)]
        significant_other: Option<Person>,
        #[settings(nested)]
        next_of_kin: Option<Person>,
    }
    let form: Form = env(&[
        ("prefix_caregiver_sex", "M"),
        ("prefix_caregiver_first_name", "Joe"),
        ("prefix_caregiver_date_of_birth", "1975-09-12"),
        ("prefix_next_of_kin_sex", "F"),
        ("prefix_next_of_kin_first_name", "Jack"),
        ("prefix_next_of_kin_date_of_birth", "1999-04-19"),
    ])
    .unwrap();
    assert_eq!(form.caregiver.first_name, "Joe");
    assert!(form.significant_other.is_none());
    let kin = form.next_of_kin.unwrap();
    assert_eq!((&*kin.sex, &*kin.date_of_birth), ("F", "1999-04-19"));
}

#[test]
fn the_values_of_a_map_are_decoded_by_their_type() {
    #[derive(Debug, Settings)]
    struct Maps {
        lists: BTreeMap<String, Vec<String>>,
        maps: BTreeMap<String, BTreeMap<String, u8>>,
    }
    let maps: Maps = env(&[
        ("lists__json", r#"["a", "b"]"#),
        ("lists__plain", "a,b"),
        ("maps__json", r#"{"b": 1}"#),
        ("maps__plain", "b=1"),
    ])
    .unwrap();
    assert_eq!(maps.lists["json"], maps.lists["plain"]);
    assert_eq!(maps.maps["json"], maps.maps["plain"]);
    assert_eq!(maps.maps["plain"]["b"], 1);
}

#[test]
fn a_group_may_contain_a_map_of_groups() {
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Model {
        #[settings(default = "small")]
        model: String,
        #[settings(default = Vec::new())]
        keys: Vec<SecretString>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Llm {
        #[settings(nested)]
        embeddings: BTreeMap<String, Model>,
    }
    #[derive(Debug, Settings)]
    #[settings(prefix = "my_prefix_")]
    struct Root {
        #[settings(nested)]
        llm: Llm,
    }
    let root: Root = env(&[
        ("my_prefix_llm__embeddings__openai__keys", r#"["sk-1"]"#),
        ("my_prefix_llm__embeddings__qwen__keys", "sk-2,sk-3"),
    ])
    .unwrap();
    let key = |model: &str, nth: usize| root.llm.embeddings[model].keys[nth].expose_secret();
    assert_eq!((key("openai", 0), key("qwen", 1)), ("sk-1", "sk-3"));
    assert_eq!(root.llm.embeddings["qwen"].model, "small");
}

#[test]
fn aliases_of_nested_settings_follow_the_name_of_their_group() {
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Names {
        #[settings(alias = ["first", "second"])]
        name: String,
    }
    #[derive(Debug, Settings)]
    struct Outer {
        #[settings(nested)]
        inner: Names,
    }
    for name in ["INNER__FIRST", "inner__second", "INNER_NAME"] {
        assert_eq!(
            env::<Outer>(&[(name, "a")]).unwrap().inner.name,
            "a",
            "{name}"
        );
    }
}

#[test]
fn an_unknown_nested_name_is_reported() {
    let loaded = Top::empty_loader()
        .env_from([
            ("test_sub_v1", "a"),
            ("test_sub_v2", "b"),
            ("test_sub_v9", "c"),
        ])
        .load()
        .unwrap();
    assert_eq!(loaded.warnings()[0].kind(), ProblemKind::Unknown);
}
