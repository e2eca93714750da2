//! Names of enums and lengths of lists behind `tag` and `flatten`, which serde buffers.

use crate::{dir::Dir, reports::problems};
use serde::Deserialize;
use settings_core::Settings;
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Buffered {
    sink: Option<Sink>,
    #[settings(default = "[]")]
    adapters: Vec<Adapter>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Sink {
    url: String,
    #[serde(flatten)]
    options: SinkOptions,
}

#[derive(Debug, Deserialize)]
struct SinkOptions {
    level: Level,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Level {
    VeryLoud,
    Quiet,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind")]
#[expect(dead_code, reason = "it is only read")]
enum Adapter {
    Http { level: Level, pair: (u8, u8) },
}

#[test]
fn variables_set_enums_behind_flatten_in_any_spelling() {
    let loaded = Buffered::empty_loader()
        .env_from([("APP_SINK__URL", "x"), ("APP_SINK__LEVEL", "Very-Loud")])
        .load()
        .unwrap();
    let sink = loaded.sink.as_ref().unwrap();
    assert_eq!(sink.options.level, Level::VeryLoud);
}

#[test]
fn a_name_or_a_list_behind_a_buffer_is_explained() {
    let dir = Dir::with(&[
        (
            "name.toml",
            "[[adapters]]\nkind = 'Http'\nlevel = 'queit'\npair = [1, 2]\n",
        ),
        (
            "list.toml",
            "[[adapters]]\nkind = 'Http'\nlevel = 'quiet'\npair = [1, 2, 3]\n",
        ),
        ("kind.toml", "[[adapters]]\nkind = 'Htpt'\n"),
    ]);
    let report = |name: &str| {
        let loaded = Buffered::empty_loader().file(dir.path(name)).load();
        dir.relative(&problems(loaded))
    };
    assert_data_eq!(
        report("name.toml"),
        str![[r#"
Malformed adapters[0].level: expected one of very_loud, quiet, found a string in name.toml:3:9
  help: did you mean quiet?
"#]]
    );
    assert_data_eq!(
        report("list.toml"),
        str![[r#"
Malformed adapters[0].pair: expected 2 elements, found a list in list.toml:4:8
  help: correct adapters there, or set APP_ADAPTERS, which overrides it
"#]]
    );
    assert_data_eq!(
        report("kind.toml"),
        str![[r#"
Malformed adapters[0].kind: expected one of Http, found a string in kind.toml:2:8
  help: did you mean Http?
"#]]
    );
}
