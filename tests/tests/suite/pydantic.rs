//! What a user of pydantic-settings is used to, as far as it makes sense here, and what becomes of it.

use serde::Deserialize;
use settings_core::{Error, ExposeSecret, Loaded, Loader, ProblemKind, SecretString, Settings};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn env<T: Settings>(variables: &[(&str, &str)]) -> Result<T, Error> {
    let variables = variables.to_vec();
    T::empty_loader()
        .env_from(variables)
        .load()
        .map(Loaded::into_inner)
}

fn dotenv<T: Settings>(content: &str) -> Result<Loaded<T>, Error> {
    let folder = folder(&[(".env", content)]);
    T::empty_loader()
        .env_file(folder.path().join(".env"))
        .load()
}

fn secrets<T: Settings>(files: &[(&str, &str)]) -> Result<Loaded<T>, Error> {
    let folder = folder(files);
    T::empty_loader().secrets_dir(folder.path()).load()
}

#[derive(Debug, Settings)]
struct Simple {
    apple: String,
}

#[derive(Debug, Settings)]
struct Defaulted {
    #[settings(default = "default")]
    apple: String,
}

mod settings {
    use super::*;

    #[test]
    fn a_variable_fills_its_field() {
        assert_eq!(env::<Simple>(&[("apple", "hello")]).unwrap().apple, "hello");
    }

    #[test]
    fn what_the_program_sets_comes_before_the_environment() {
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
    fn a_field_that_is_not_there_cannot_be_set() {
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
    fn an_empty_variable_leaves_the_default() {
        assert_eq!(env::<Defaulted>(&[("apple", "")]).unwrap().apple, "default");
        assert_eq!(env::<Defaulted>(&[("apple", "a")]).unwrap().apple, "a");
        assert_eq!(dotenv::<Defaulted>("apple=\n").unwrap().apple, "default");
        assert_eq!(dotenv::<Defaulted>("apple=a\n").unwrap().apple, "a");
    }

    #[test]
    fn a_prefix_stands_before_every_name() {
        #[derive(Debug, Settings)]
        #[settings(prefix = "foobar_")]
        struct Prefixed {
            apple: String,
        }
        let prefixed = env::<Prefixed>(&[("foobar_apple", "has_prefix")]).unwrap();
        assert_eq!(prefixed.apple, "has_prefix");
        assert!(env::<Prefixed>(&[("apple", "no prefix")]).is_err());
    }

    #[test]
    fn case_does_not_matter() {
        for name in ["APPLE", "Apple", "aPPLE"] {
            assert_eq!(env::<Simple>(&[(name, "a")]).unwrap().apple, "a", "{name}");
        }
    }

    #[test]
    fn lists_and_sets_are_json_or_not() {
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
    fn json_that_is_none_is_an_error_of_its_field() {
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
        // The prefix is not before it.
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
        assert!(env::<Perhaps>(&[("foo", "hello")]).is_err());
    }

    #[test]
    fn enums_go_by_name() {
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
        assert!(env::<Fruits>(&[("FRUIT", "Lime")]).is_err());
        assert!(env::<Fruits>(&[("FRUIT", "0")]).is_err());
    }

    #[test]
    fn a_secret_is_read_and_hidden() {
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
    fn types_with_text_of_their_own_are_read() {
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
    fn a_value_between_types_is_json_only_where_the_type_is() {
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
    fn a_word_that_looks_like_nothing_is_text() {
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
    fn text_in_json_is_read_as_text_is() {
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
        let json =
            r#"[{"x": "1", "on": "TRUE", "y": {"foo": "1"}}, {"x": 2, "on": false, "y": {}}]"#;
        let root: Root = env(&[("z", json)]).unwrap();
        let [one, two] = &*root.z.0 else {
            panic!("two items")
        };
        assert_eq!((one.x, one.on, one.y["foo"]), (1, true, 1));
        assert_eq!((two.x, two.on, two.y.len()), (2, false, 0));
    }

    #[test]
    fn a_newtype_takes_what_it_wraps() {
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
    fn a_number_stays_text_where_text_is_asked_for() {
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
    fn a_tagged_enum_is_told_by_its_tag() {
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
        assert!(env::<Owner>(&[("pet", r#"{"type": "cow"}"#)]).is_err());
    }
}

mod nesting {
    use super::*;

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
    fn a_group_is_given_whole_leaf_by_leaf_or_both() {
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
    fn one_underscore_is_enough() {
        let top: Top = env(&[
            ("TEST_SUB_V1", "a"),
            ("TEST_SUB_V2", "b"),
            ("TEST_SUB_DEEP_V4", "c"),
        ])
        .unwrap();
        assert_eq!((top.sub.v1.as_str(), top.sub.deep.v4.as_str()), ("a", "c"));
    }

    #[test]
    fn the_depths_of_a_group_may_be_json_too() {
        let top: Top = env(&[
            ("test_sub__v1", "a"),
            ("test_sub__v2", "b"),
            ("test_sub__deep", r#"{"v4": "c"}"#),
        ])
        .unwrap();
        assert_eq!(top.sub.deep.v4, "c");
    }

    #[test]
    fn a_nested_leaf_that_is_missing_is_named_by_its_path() {
        let error = env::<Top>(&[("test_sub__v1", "a")]).unwrap_err();
        assert_eq!(error.problems()[0].key(), Some("sub.v2"));
        assert_eq!(error.problems()[0].env_name(), Some("TEST_SUB_V2"));
    }

    #[test]
    fn an_optional_group_comes_to_life_with_its_first_leaf() {
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
    fn a_map_takes_its_keys_from_the_names_of_variables() {
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
    fn what_a_leaf_of_its_own_corrects_is_never_read() {
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
        let top: Top =
            env(&[("test_sub", r#"{"V1": "a", "v2": "b", "DeeP": {"V4": "c"}}"#)]).unwrap();
        assert_eq!((&*top.sub.v1, &*top.sub.deep.v4), ("a", "c"));
    }

    #[test]
    fn a_name_that_goes_deeper_than_its_leaf_reaches_nothing() {
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
    fn the_values_of_a_map_are_read_for_their_type() {
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
    fn a_map_of_groups_stands_within_a_group() {
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
    fn aliases_of_nested_leaves_stand_behind_their_group() {
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
    fn an_unknown_nested_name_is_noticed() {
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
}

mod precedence {
    use super::*;

    #[derive(Debug, Settings)]
    struct Foo {
        #[settings(default = "from-default")]
        foo: String,
    }

    #[test]
    fn each_source_stands_above_the_one_below() {
        let folder = folder(&[
            ("app.toml", "foo = \"from-file\"\n"),
            (".env", "FOO=from-dotenv\n"),
            ("secrets/FOO", "from-secrets\n"),
        ]);
        let path = |name| folder.path().join(name);
        let bare = Foo::empty_loader;
        let foo = |loader: Loader<Foo>| loader.load().unwrap().foo.clone();
        assert_eq!(foo(bare()), "from-default");
        let file = || bare().file(path("app.toml"));
        assert_eq!(foo(file()), "from-file");
        let dotenv = || file().env_file(path(".env"));
        assert_eq!(foo(dotenv()), "from-dotenv");
        // Unlike pydantic's, a mounted secret stands above a `.env` file.
        let secrets = || dotenv().secrets_dir(path("secrets"));
        assert_eq!(foo(secrets()), "from-secrets");
        let environment = || secrets().env_from([("FOO", "from-env")]);
        assert_eq!(foo(environment()), "from-env");
        assert_eq!(foo(environment().args(["--foo", "from-args"])), "from-args");
        assert_eq!(foo(environment().set("foo", "from-init")), "from-init");
    }

    #[test]
    fn groups_merge_leaf_by_leaf_across_sources() {
        #[derive(Debug, Settings)]
        struct Merged {
            #[settings(default = 10)]
            a: u8,
            #[settings(default = 0)]
            b: u8,
            #[settings(nested)]
            nested: Nested,
        }
        #[derive(Debug, Settings)]
        #[settings(group)]
        struct Nested {
            x: u8,
            y: u8,
            z: u8,
        }
        let folder = folder(&[
            ("app.json", r#"{"nested": {"x": 9, "y": 9, "z": 9}}"#),
            (".env", "NESTED={\"x\":1,\"y\":1}\n"),
            ("secrets/NESTED", r#"{"y": 2}"#),
        ]);
        let merged = Merged::empty_loader()
            .file(folder.path().join("app.json"))
            .env_file(folder.path().join(".env"))
            .secrets_dir(folder.path().join("secrets"))
            .set("b", "20")
            .load()
            .unwrap();
        assert_eq!((merged.a, merged.b), (10, 20));
        let Nested { x, y, z } = merged.nested;
        assert_eq!((x, y, z), (1, 2, 9));
    }

    #[test]
    fn an_alias_in_a_higher_source_wins_over_the_name_in_a_lower() {
        #[derive(Debug, Settings)]
        struct Aliased {
            #[settings(default = 60, alias = "pref_interval")]
            interval: u32,
        }
        let aliased = Aliased::empty_loader()
            .env_from([("INTERVAL", "73")])
            .args(["--pref-interval", "120"])
            .load();
        assert_eq!(aliased.unwrap().interval, 120);
    }
}

mod dotenv_files {
    use super::*;

    #[derive(Debug, Settings)]
    struct Abc {
        a: String,
        b: String,
        c: String,
    }

    const ABC: &str = "\
# this is a comment
A=good string
# another one, followed by whitespace

b='better string'
c=\"best string\"
";

    #[test]
    fn a_file_fills_the_fields_and_the_environment_stands_above() {
        let abc = dotenv::<Abc>(ABC).unwrap();
        assert_eq!(
            (abc.a.as_str(), abc.b.as_str(), abc.c.as_str()),
            ("good string", "better string", "best string")
        );
        let folder = folder(&[(".env", ABC)]);
        let abc = Abc::empty_loader()
            .env_file(folder.path().join(".env"))
            .env_from([("A", "overridden")])
            .load()
            .unwrap();
        assert_eq!(
            (abc.a.as_str(), abc.b.as_str()),
            ("overridden", "better string")
        );
    }

    #[test]
    fn export_is_let_pass() {
        let abc = dotenv::<Abc>("export a='x'\nexport B=y\nc=z\n").unwrap();
        assert_eq!(
            (abc.a.as_str(), abc.b.as_str(), abc.c.as_str()),
            ("x", "y", "z")
        );
    }

    #[test]
    fn of_several_files_the_later_wins() {
        let folder = folder(&[
            (".env", "a=1\nb=1\nc=1\n"),
            (".env.prod", "a=2\n"),
            (".env.local", "b=3\n"),
        ]);
        let path = |name| folder.path().join(name);
        let abc = Abc::empty_loader()
            .env_file(path(".env"))
            .env_file(path(".env.prod"))
            .env_file(path(".env.absent"))
            .env_file(path(".env.local"))
            .load()
            .unwrap();
        assert_eq!(
            (abc.a.as_str(), abc.b.as_str(), abc.c.as_str()),
            ("2", "3", "1")
        );
    }

    #[test]
    fn an_absent_file_is_fine_and_a_folder_is_not() {
        let folder = folder(&[("sub/x", "")]);
        let load = |name| {
            Defaulted::empty_loader()
                .env_file(folder.path().join(name))
                .load()
        };
        assert_eq!(load("absent").unwrap().apple, "default");
        let error = load("sub").unwrap_err();
        assert_eq!(error.problems()[0].kind(), ProblemKind::Source);
    }

    #[test]
    fn parents_are_not_searched() {
        let folder = folder(&[(".env", "apple=parent\n"), ("sub/x", "")]);
        let loaded = Defaulted::empty_loader()
            .env_file(folder.path().join("sub/.env"))
            .load();
        assert_eq!(loaded.unwrap().apple, "default");
    }

    #[test]
    fn a_line_that_is_none_is_an_error_with_its_place() {
        let error = dotenv::<Abc>("a=1\nnot a line\n").unwrap_err();
        let problem = &error.problems()[0];
        assert_eq!(problem.kind(), ProblemKind::Source);
        let origin = problem.origin().unwrap().to_string();
        assert!(origin.contains(".env:2"), "{origin}");
    }

    #[test]
    fn unknown_names_are_ignored_warned_of_or_denied() {
        #[derive(Debug, Settings)]
        #[settings(prefix = "prefix_", unknown = "deny")]
        struct Deny {
            a: Option<String>,
        }
        #[derive(Debug, Settings)]
        #[settings(unknown = "ignore")]
        struct Ignore {
            a: Option<String>,
        }
        let error = dotenv::<Deny>("prefix_a=1\nprefix_f=2\n").unwrap_err();
        assert_eq!(error.problems()[0].kind(), ProblemKind::Unknown);
        let strangers = dotenv::<Deny>("prefix_a=1\nb=2\nprefixed=3\n").unwrap();
        assert_eq!(strangers.a.as_deref(), Some("1"));
        let ignored = dotenv::<Ignore>("a=1\nf=2\n").unwrap();
        assert!(ignored.a.is_some() && ignored.warnings().is_empty());
    }

    #[test]
    fn a_name_that_only_begins_like_a_map_is_unknown() {
        #[derive(Debug, Settings)]
        #[settings(unknown = "deny")]
        struct Map {
            #[settings(default = BTreeMap::new())]
            db: BTreeMap<String, String>,
        }
        let map = dotenv::<Map>("db__host=localhost\n").unwrap();
        assert_eq!(map.db["host"], "localhost");
        for content in ["dbx_token=secret\n", "db_host=oops\n"] {
            let error = dotenv::<Map>(content).unwrap_err();
            assert_eq!(
                error.problems()[0].kind(),
                ProblemKind::Unknown,
                "{content}"
            );
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn with_a_prefix_a_name_without_it_is_none() {
        #[derive(Debug, Settings)]
        #[settings(prefix = "TEST_", unknown = "deny")]
        struct Prefixed {
            #[settings(default = "")]
            foo: String,
            #[settings(default = "xxx", env = "FooAlias")]
            bar: String,
        }
        let prefixed = dotenv::<Prefixed>("test_foo=test-foo\nfoo=foo\nFooAlias=bar\n").unwrap();
        assert_eq!((&*prefixed.foo, &*prefixed.bar), ("test-foo", "bar"));
        assert_eq!(dotenv::<Prefixed>("foo=foo\n").unwrap().foo, "");
        assert!(dotenv::<Prefixed>("TEST_FooAlias=bar\n").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_may_be_a_pipe() {
        let folder = folder(&[]);
        let path = folder.path().join(".env");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let writer = std::thread::spawn({
            let path = path.clone();
            move || fs::write(path, "a=1\nb=2\nc=3\n").unwrap()
        });
        let abc = Abc::empty_loader().env_file(&path).load().unwrap();
        writer.join().unwrap();
        assert_eq!((&*abc.a, &*abc.c), ("1", "3"));
    }

    #[test]
    fn json_stands_in_a_file_too() {
        #[derive(Debug, Settings)]
        struct Lists {
            list: Vec<u8>,
            map: BTreeMap<String, u8>,
        }
        let lists = dotenv::<Lists>("list='[1, 2]'\nmap={\"a\": 1}\n").unwrap();
        assert_eq!((lists.list.as_slice(), lists.map["a"]), (&[1, 2][..], 1));
    }

    #[test]
    fn a_home_directory_is_that_of_the_given_environment() {
        let folder = folder(&[(".env", "apple=home\n")]);
        let loaded = Defaulted::empty_loader()
            .env_file("~/.env")
            .env_from([("HOME", folder.path())])
            .load();
        assert_eq!(loaded.unwrap().apple, "home");
    }
}

mod secrets_directories {
    use super::*;

    #[derive(Debug, Settings)]
    struct App {
        app_key: Option<SecretString>,
        #[settings(nested)]
        db: Db,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Db {
        user: String,
        passwd: Option<SecretString>,
    }

    fn app(folder: &Path) -> Result<Loaded<App>, Error> {
        App::empty_loader()
            .secrets_dir(folder)
            .env_from([("DB__USER", "user")])
            .load()
    }

    fn key(app: &App) -> Option<&str> {
        app.app_key.as_ref().map(ExposeSecret::expose_secret)
    }

    fn passwd(app: &App) -> Option<&str> {
        app.db.passwd.as_ref().map(ExposeSecret::expose_secret)
    }

    #[test]
    fn a_file_holds_one_secret() {
        let loaded = secrets::<Simple>(&[("apple", "foo_secret_value_str")]).unwrap();
        assert_eq!(loaded.apple, "foo_secret_value_str");
        for name in ["APPLE", "Apple"] {
            assert_eq!(
                secrets::<Simple>(&[(name, "a")]).unwrap().apple,
                "a",
                "{name}"
            );
        }
    }

    #[test]
    fn names_and_subfolders_lead_to_nested_leaves() {
        for name in ["db__passwd", "db_passwd", "db/passwd", "DB/PASSWD"] {
            let folder = folder(&[("app_key", "secret1"), (name, "secret2")]);
            let app = app(folder.path()).unwrap();
            assert_eq!(
                (key(&app), passwd(&app)),
                (Some("secret1"), Some("secret2")),
                "{name}"
            );
        }
    }

    #[test]
    fn a_prefix_stands_in_files_too_or_is_left_out() {
        #[derive(Debug, Settings)]
        #[settings(prefix = "prefix_")]
        struct Prefixed {
            app_key: String,
        }
        for name in ["prefix_app_key", "PREFIX_APP_KEY", "app_key"] {
            assert_eq!(
                secrets::<Prefixed>(&[(name, "a")]).unwrap().app_key,
                "a",
                "{name}"
            );
        }
    }

    #[test]
    fn a_file_may_have_the_name_of_the_variable_or_an_alias() {
        #[derive(Debug, Settings)]
        struct Named {
            #[settings(env = "FOO_SECRET")]
            foo: Option<SecretString>,
            #[settings(alias = "old")]
            bar: Option<SecretString>,
        }
        for name in ["FOO_SECRET", "foo_secret", "foo"] {
            assert!(
                secrets::<Named>(&[(name, "x")]).unwrap().foo.is_some(),
                "{name}"
            );
        }
        assert!(secrets::<Named>(&[("old", "x")]).unwrap().bar.is_some());
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_in_a_circle_end() {
        let folder = folder(&[("db/passwd", "secret2")]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("db/loop")).unwrap();
        assert_eq!(passwd(&app(folder.path()).unwrap()), Some("secret2"));
    }

    #[test]
    fn of_several_directories_the_later_wins() {
        let folder = folder(&[
            ("1/app_key", "one"),
            ("2/app_key", "two"),
            ("1/db/passwd", "x"),
        ]);
        let app = App::empty_loader()
            .secrets_dir(folder.path().join("1"))
            .secrets_dir(folder.path().join("2"))
            .secrets_dir(folder.path().join("absent"))
            .env_from([("DB__USER", "user")])
            .load()
            .unwrap();
        assert_eq!((key(&app), passwd(&app)), (Some("two"), Some("x")));
    }

    #[test]
    fn an_absent_directory_is_fine_and_a_file_in_its_place_is_not() {
        let folder = folder(&[("file", "")]);
        let load = |name| {
            Defaulted::empty_loader()
                .secrets_dir(folder.path().join(name))
                .load()
        };
        assert_eq!(load("absent").unwrap().apple, "default");
        let error = load("file").unwrap_err();
        assert_eq!(error.problems()[0].kind(), ProblemKind::Source);
    }

    #[test]
    fn a_folder_where_a_leaf_belongs_is_warned_of() {
        let loaded = secrets::<Defaulted>(&[("apple/x", "")]).unwrap();
        assert_eq!(loaded.apple, "default");
        assert!(!loaded.warnings().is_empty());
    }

    #[test]
    fn json_stands_in_a_file_too() {
        #[derive(Debug, Settings)]
        struct Json {
            foo: BTreeMap<String, String>,
        }
        let json = secrets::<Json>(&[("foo", r#"{"a": "b"}"#)]).unwrap();
        assert_eq!(json.foo["a"], "b");
        assert!(secrets::<Json>(&[("foo", r#"{"a": "b""#)]).is_err());
        let folder = folder(&[("db", r#"{"passwd": "x"}"#)]);
        assert_eq!(passwd(&app(folder.path()).unwrap()), Some("x"));
    }

    #[test]
    fn utf_8_is_read_whatever_the_locale() {
        let loaded = secrets::<Simple>(&[("apple", "fȫȫ")]).unwrap();
        assert_eq!(loaded.apple, "fȫȫ");
    }

    #[cfg(unix)]
    #[test]
    fn links_that_stay_inside_are_followed() {
        use std::os::unix::fs::symlink;
        let folder = folder(&[("app_key", "secret1"), ("db_random/passwd", "secret2")]);
        symlink(folder.path().join("db_random"), folder.path().join("db")).unwrap();
        let app = app(folder.path()).unwrap();
        assert_eq!(
            (key(&app), passwd(&app)),
            (Some("secret1"), Some("secret2"))
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_that_leave_are_never_read() {
        use std::os::unix::fs::symlink;
        let outside = folder(&[("passwd", "leaked")]);
        let as_folder = folder(&[]);
        symlink(outside.path(), as_folder.path().join("db")).unwrap();
        let as_file = folder(&[("db/x", "")]);
        symlink(
            outside.path().join("passwd"),
            as_file.path().join("db/passwd"),
        )
        .unwrap();
        for folder in [as_folder, as_file] {
            let error = app(folder.path()).unwrap_err();
            assert_eq!(error.problems()[0].kind(), ProblemKind::Source);
            assert!(!error.to_string().contains("leaked"), "{error}");
        }
    }
}

mod files {
    use super::*;

    #[derive(Debug, Settings)]
    struct App {
        foobar: String,
        null_field: Option<String>,
        #[settings(nested)]
        nested: Nested,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Nested {
        nested_field: String,
        #[settings(default = 0)]
        bar: u8,
    }

    const TOML: &str = "foobar = \"Hello\"\n[nested]\nnested_field = \"world!\"\n";
    const YAML: &str = "foobar: \"Hello\"\nnull_field:\nnested:\n  nested_field: \"world!\"\n";
    const JSON: &str =
        r#"{"foobar": "Hello", "nested": {"nested_field": "world!"}, "null_field": null}"#;

    #[test]
    fn each_format_fills_leaves_and_groups() {
        let folder = folder(&[
            ("a.toml", TOML),
            ("a.yaml", YAML),
            ("a.yml", YAML),
            ("a.json", JSON),
        ]);
        for name in ["a.toml", "a.yaml", "a.yml", "a.json"] {
            let app = App::empty_loader()
                .file(folder.path().join(name))
                .load()
                .unwrap();
            assert_eq!(app.foobar, "Hello", "{name}");
            assert_eq!(app.nested.nested_field, "world!", "{name}");
            assert_eq!(app.null_field, None, "{name}");
        }
    }

    #[test]
    fn an_empty_or_absent_file_says_nothing() {
        let folder = folder(&[
            ("a.toml", ""),
            ("a.yaml", ""),
            ("b.yaml", "# nothing\n"),
            ("a.json", "{}"),
        ]);
        for name in [
            "a.toml",
            "a.yaml",
            "b.yaml",
            "a.json",
            "absent.toml",
            "absent.yaml",
            "absent.json",
        ] {
            let loaded = Defaulted::empty_loader()
                .file(folder.path().join(name))
                .load();
            match loaded {
                Ok(loaded) => assert_eq!(loaded.apple, "default", "{name}"),
                Err(error) => panic!("{name}: {error}"),
            }
        }
    }

    #[test]
    fn a_root_that_is_no_table_is_an_error() {
        let folder = folder(&[("a.json", "[1]"), ("a.yaml", "test\n"), ("b.json", "")]);
        for name in ["a.json", "a.yaml", "b.json"] {
            let error = Defaulted::empty_loader()
                .file(folder.path().join(name))
                .load();
            let error = error.expect_err(name);
            assert_eq!(error.problems()[0].kind(), ProblemKind::Source, "{name}");
        }
    }

    #[test]
    fn several_files_merge_deeply_and_the_later_wins() {
        let folder = folder(&[
            (
                "1.toml",
                "foobar = \"world\"\n[nested]\nnested_field = \"1\"\nbar = 2\n",
            ),
            ("2.yaml", "nested:\n  nested_field: \"3\"\n"),
            ("3.json", r#"{"null_field": "x"}"#),
        ]);
        let load = |names: [&str; 3]| {
            let loader = App::empty_loader();
            let loader = names
                .iter()
                .fold(loader, |loader, name| loader.file(folder.path().join(name)));
            loader.load().unwrap()
        };
        let app = load(["1.toml", "2.yaml", "3.json"]);
        assert_eq!(
            (
                app.foobar.as_str(),
                app.nested.nested_field.as_str(),
                app.nested.bar
            ),
            ("world", "3", 2)
        );
        assert_eq!(app.null_field.as_deref(), Some("x"));
        let app = load(["2.yaml", "3.json", "1.toml"]);
        assert_eq!(app.nested.nested_field, "1");
    }

    #[test]
    fn lists_and_maps_are_replaced_whole() {
        #[derive(Debug, Settings)]
        struct Lists {
            list: Vec<u8>,
            map: BTreeMap<String, u8>,
        }
        let folder = folder(&[
            ("1.toml", "list = [1, 2]\nmap = { a = 1, b = 2 }\n"),
            ("2.toml", "list = [3]\nmap = { c = 3 }\n"),
        ]);
        let lists = Lists::empty_loader()
            .file(folder.path().join("1.toml"))
            .file(folder.path().join("2.toml"))
            .load()
            .unwrap();
        assert_eq!(lists.list, [3]);
        assert_eq!(lists.map, BTreeMap::from([("c".to_owned(), 3)]));
    }

    #[test]
    fn case_of_keys_does_not_matter() {
        let folder = folder(&[(
            "a.toml",
            "FooBar = \"x\"\nFOOBAR_ = 1\n[NESTED]\nNested-Field = \"y\"\n",
        )]);
        let app = App::empty_loader()
            .file(folder.path().join("a.toml"))
            .load();
        // `FooBar` is `foobar` but for case, and `FOOBAR_` is no name of it.
        match app {
            Ok(app) => assert_eq!(
                (app.foobar.as_str(), app.nested.nested_field.as_str()),
                ("x", "y")
            ),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn camel_case_of_keys_is_read() {
        let folder = folder(&[(
            "a.json",
            r#"{"foobar": "x", "nullField": "n", "nested": {"nestedField": "y"}}"#,
        )]);
        let app = App::empty_loader()
            .file(folder.path().join("a.json"))
            .load()
            .unwrap();
        assert_eq!(
            (app.null_field.as_deref(), app.nested.nested_field.as_str()),
            (Some("n"), "y")
        );
    }

    #[test]
    fn a_syntax_error_is_told_with_its_place_and_without_the_line() {
        let folder = folder(&[("a.toml", "foobar = \"x\"\npassword = hunter2\n")]);
        let error = App::empty_loader()
            .file(folder.path().join("a.toml"))
            .load()
            .unwrap_err();
        let report = error.to_string();
        assert!(report.contains("a.toml:2:"), "{report}");
        assert!(!report.contains("hunter2"), "{report}");
    }
}

mod arguments {
    use super::*;

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
    fn a_group_given_whole_is_corrected_leaf_by_leaf() {
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
        // What is overridden is never decoded, so `xx` is no mistake.
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
    fn lists_join_however_they_are_written() {
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
        assert!(args::<Several>(&["--num-list=[1,2"]).is_err());
    }

    #[test]
    fn maps_join_however_they_are_written() {
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
}
