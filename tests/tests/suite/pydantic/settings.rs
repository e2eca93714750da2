//! Fields, types, validation and errors.

use super::{Defaulted, Simple, dotenv, env};
use crate::reports::only_problem;
use serde::Deserialize;
use settings_core::{ExposeSecret, ProblemKind, SecretString, Settings};
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

#[test]
fn a_variable_sets_its_field() {
    assert_eq!(env::<Simple>(&[("apple", "hello")]).unwrap().apple, "hello");
}

#[test]
fn set_overrides_the_environment() {
    let simple = Simple::empty_loader()
        .env_from([("apple", "hello")])
        .set("apple", "goodbye")
        .load();
    assert_eq!(simple.unwrap().apple, "goodbye");
}

#[test]
fn a_missing_field_is_an_error_that_names_it() {
    let error = env::<Simple>(&[]).unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert_eq!(error.problems()[0].kind(), ProblemKind::Missing);
    assert_eq!(error.problems()[0].key(), Some("apple"));
}

#[test]
fn an_unknown_field_cannot_be_set() {
    let error = Simple::empty_loader()
        .set("apple", "a")
        .set("foobar", "42")
        .load();
    assert_eq!(
        error.unwrap_err().problems()[0].kind(),
        ProblemKind::Unknown
    );
}

#[test]
fn an_empty_variable_selects_the_default() {
    assert_eq!(env::<Defaulted>(&[("apple", "")]).unwrap().apple, "default");
    assert_eq!(env::<Defaulted>(&[("apple", "a")]).unwrap().apple, "a");
    assert_eq!(dotenv::<Defaulted>("apple=\n").unwrap().apple, "default");
    assert_eq!(dotenv::<Defaulted>("apple=a\n").unwrap().apple, "a");
}

#[test]
fn every_name_has_the_prefix() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "foobar_")]
    struct Prefixed {
        apple: String,
    }
    let prefixed = env::<Prefixed>(&[("foobar_apple", "has_prefix")]).unwrap();
    assert_eq!(prefixed.apple, "has_prefix");
    assert_eq!(
        only_problem(env::<Prefixed>(&[("apple", "no prefix")])),
        (ProblemKind::Missing, "apple".to_owned())
    );
}

#[test]
fn case_does_not_matter() {
    for name in ["APPLE", "Apple", "aPPLE"] {
        assert_eq!(env::<Simple>(&[(name, "a")]).unwrap().apple, "a", "{name}");
    }
}

#[test]
fn lists_and_sets_are_json_or_separated_text() {
    #[derive(Debug, Settings)]
    struct Lists {
        #[settings(default = Vec::new())]
        list: Vec<String>,
        set: Option<BTreeSet<u8>>,
    }
    let lists: Lists = env(&[("list", r#"["russet", "granny smith"]"#)]).unwrap();
    assert_eq!(lists.list, ["russet", "granny smith"]);
    assert!(env::<Lists>(&[]).unwrap().list.is_empty());
    let lists: Lists = env(&[("set", "[1, 2, 2]")]).unwrap();
    assert_eq!(lists.set, Some(BTreeSet::from([1, 2])));
    assert_eq!(
        env::<Lists>(&[("list", "foo,bar")]).unwrap().list,
        ["foo", "bar"]
    );
}

#[test]
fn malformed_json_is_an_error_of_its_field() {
    #[derive(Debug, Settings)]
    struct Lists {
        apples: Vec<String>,
    }
    let error = env::<Lists>(&[("apples", r#"["russet", "granny smith""#)]).unwrap_err();
    assert_eq!(error.problems()[0].kind(), ProblemKind::Malformed);
    assert_eq!(error.problems()[0].key(), Some("apples"));
}

#[test]
fn a_field_may_have_a_variable_of_its_own() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "p_")]
    struct Own {
        #[settings(default = "default", env = "BOOM")]
        foobar: String,
        #[settings(default = "default", env = ["different1", "different2"])]
        several: String,
    }
    let own: Own = env(&[]).unwrap();
    assert_eq!(
        (own.foobar.as_str(), own.several.as_str()),
        ("default", "default")
    );
    let own: Own = env(&[("BOOM", "new"), ("different2", "b")]).unwrap();
    assert_eq!((own.foobar.as_str(), own.several.as_str()), ("new", "b"));
    let own: Own = env(&[("different1", "a"), ("different2", "b")]).unwrap();
    assert_eq!(own.several, "a");
    // An `env` name has no prefix.
    assert_eq!(env::<Own>(&[("p_boom", "x")]).unwrap().foobar, "default");
}

#[test]
fn an_alias_and_the_name_both_work_and_the_name_comes_first() {
    #[derive(Debug, Settings)]
    struct Aliased {
        #[settings(alias = "pomo")]
        apple: String,
    }
    assert_eq!(env::<Aliased>(&[("pomo", "a")]).unwrap().apple, "a");
    assert_eq!(env::<Aliased>(&[("apple", "a")]).unwrap().apple, "a");
    let both = env::<Aliased>(&[("pomo", "b"), ("apple", "a")]).unwrap();
    assert_eq!(both.apple, "a");
    for content in ["pomo=a\n", "apple=a\n", "pomo=b\napple=a\n"] {
        assert_eq!(dotenv::<Aliased>(content).unwrap().apple, "a", "{content}");
    }
}

#[test]
fn an_optional_field_is_none_or_its_value() {
    #[derive(Debug, Settings)]
    struct Perhaps {
        foo: Option<i32>,
    }
    assert_eq!(env::<Perhaps>(&[("foo", "123")]).unwrap().foo, Some(123));
    assert_eq!(env::<Perhaps>(&[("foo", "")]).unwrap().foo, None);
    assert_eq!(
        only_problem(env::<Perhaps>(&[("foo", "hello")])),
        (ProblemKind::Malformed, "foo".to_owned())
    );
}

#[test]
fn enums_are_decoded_by_name() {
    #[derive(Debug, Deserialize, PartialEq)]
    enum Fruit {
        Pear,
        Kiwi,
    }
    #[derive(Debug, Settings)]
    struct Fruits {
        fruit: Fruit,
        more: Option<Vec<Fruit>>,
    }
    for name in ["Kiwi", "kiwi", "KIWI"] {
        assert_eq!(
            env::<Fruits>(&[("FRUIT", name)]).unwrap().fruit,
            Fruit::Kiwi
        );
    }
    let fruits: Fruits = env(&[("FRUIT", "Pear"), ("MORE", "pear,kiwi")]).unwrap();
    assert_eq!(fruits.more, Some(vec![Fruit::Pear, Fruit::Kiwi]));
    for name in ["Lime", "0"] {
        let loaded = env::<Fruits>(&[("FRUIT", name)]);
        assert_eq!(
            only_problem(loaded),
            (ProblemKind::Malformed, "fruit".to_owned()),
            "{name}"
        );
    }
}

#[test]
fn a_secret_is_read_and_masked() {
    #[derive(Debug, Settings)]
    struct Secrets {
        foo: SecretString,
        bar: SecretString,
    }
    let secrets: Secrets = env(&[("foo", "123"), ("bar", r#"{"value": "x"}"#)]).unwrap();
    assert_eq!(secrets.foo.expose_secret(), "123");
    assert_eq!(secrets.bar.expose_secret(), r#"{"value": "x"}"#);
    assert!(!format!("{secrets:?}").contains("123"));
}

#[test]
fn types_with_a_text_form_are_decoded() {
    #[derive(Debug, Settings)]
    struct Typed {
        path: PathBuf,
        ip: IpAddr,
        url: url::Url,
        wait: Duration,
    }
    let typed: Typed = env(&[
        ("PATH_", "x"),
        ("path", "/tmp"),
        ("ip", "::1"),
        ("url", "http://localhost.com"),
        ("wait", "90"),
    ])
    .map_err(|error| error.to_string())
    .unwrap();
    assert_eq!(typed.path, Path::new("/tmp"));
    assert!(typed.ip.is_loopback());
    assert_eq!(typed.url.as_str(), "http://localhost.com/");
    assert_eq!(typed.wait, Duration::from_secs(90));
}

#[test]
fn text_for_an_enum_of_types_is_json_only_where_a_variant_is() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(untagged)]
    enum Either {
        Object { foo: String },
        Text(String),
    }
    #[derive(Debug, Settings)]
    struct Union {
        content: Either,
    }
    let union: Union = env(&[("content", r#"{"foo": "bar"}"#)]).unwrap();
    assert_eq!(
        union.content,
        Either::Object {
            foo: "bar".to_owned()
        }
    );
    let union: Union = env(&[("content", "2020-07-05T00:00:00Z")]).unwrap();
    assert_eq!(
        union.content,
        Either::Text("2020-07-05T00:00:00Z".to_owned())
    );
}

#[test]
fn a_word_that_resembles_null_is_text() {
    #[derive(Debug, Settings)]
    struct Perhaps {
        x: Option<String>,
        map: BTreeMap<String, Option<u8>>,
    }
    for word in ["null", "None", "nil", " "] {
        let perhaps: Perhaps = env(&[("x", word), ("map", r#"{"a": null, "b": 4}"#)]).unwrap();
        assert_eq!(perhaps.x.as_deref(), Some(word));
        assert_eq!((perhaps.map["a"], perhaps.map["b"]), (None, Some(4)));
    }
}

#[test]
fn strings_in_json_follow_the_text_rules() {
    #[derive(Debug, Deserialize)]
    struct Item {
        x: u8,
        on: bool,
        y: BTreeMap<String, u8>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(transparent)]
    struct Items(Vec<Item>);
    #[derive(Debug, Settings)]
    struct Root {
        z: Items,
    }
    let json = r#"[{"x": "1", "on": "TRUE", "y": {"foo": "1"}}, {"x": 2, "on": false, "y": {}}]"#;
    let root: Root = env(&[("z", json)]).unwrap();
    let [one, two] = &*root.z.0 else {
        panic!("two items")
    };
    assert_eq!((one.x, one.on, one.y["foo"]), (1, true, 1));
    assert_eq!((two.x, two.on, two.y.len()), (2, false, 0));
}

#[test]
fn a_newtype_is_decoded_like_its_inner_type() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Greeting(String);
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(transparent)]
    struct Place {
        path: PathBuf,
    }
    #[derive(Debug, Settings)]
    struct Wrapped {
        foo: Greeting,
        place: Place,
    }
    let wrapped: Wrapped = env(&[("foo", "hello world"), ("place", "/hello/world")]).unwrap();
    assert_eq!(wrapped.foo, Greeting("hello world".to_owned()));
    assert_eq!(wrapped.place.path, Path::new("/hello/world"));
}

#[test]
fn a_number_is_text_for_a_string() {
    #[derive(Debug, Settings)]
    struct Strict {
        text: String,
        number: i32,
        flag: Option<bool>,
    }
    let strict: Strict = env(&[("TEXT", "0"), ("NUMBER", "0"), ("FLAG", "true")]).unwrap();
    assert_eq!(
        (&*strict.text, strict.number, strict.flag),
        ("0", 0, Some(true))
    );
    let error = env::<Strict>(&[("TEXT", "0"), ("NUMBER", "x"), ("FLAG", "maybe")]);
    assert_eq!(error.unwrap_err().problems().len(), 2);
}

#[test]
fn a_tagged_enum_is_selected_by_its_tag() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(tag = "type", rename_all = "lowercase")]
    enum Pet {
        Cat { age: u8 },
        Dog { bark: bool },
    }
    #[derive(Debug, Settings)]
    struct Owner {
        pet: Pet,
    }
    let owner: Owner = env(&[("pet", r#"{"type": "cat", "age": 3}"#)]).unwrap();
    assert_eq!(owner.pet, Pet::Cat { age: 3 });
    let owner: Owner = env(&[("pet", r#"{"type": "dog", "bark": true}"#)]).unwrap();
    assert_eq!(owner.pet, Pet::Dog { bark: true });
    let loaded = env::<Owner>(&[("pet", r#"{"type": "cow"}"#)]);
    assert_eq!(only_problem(loaded).0, ProblemKind::Malformed);
}
