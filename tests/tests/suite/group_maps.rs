//! Maps of groups: keys of any type, maps of maps, maps of lists, and what outputs print of them.

use crate::{
    dir::Dir,
    reports::{problems, warnings},
};
use indexmap::IndexMap;
use serde::Deserialize;
use settings_core::{Error, Loaded, Settings, docs};
use snapbox::{IntoData, assert_data_eq, str};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Region {
    EuWest,
    UsEast,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
struct Name(String);

#[derive(Debug, Settings)]
#[settings(group)]
struct Host {
    /// Its name.
    name: String,
    #[settings(default = 80)]
    port: u16,
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Keyed {
    #[settings(nested)]
    ports: BTreeMap<u16, Host>,
    #[settings(nested)]
    regions: HashMap<Region, Host>,
    #[settings(nested)]
    names: HashMap<Name, Host>,
}

/// Settings from `app.toml` in a directory, and from variables.
fn load<T: Settings>(file: &str, variables: &[(&str, &str)]) -> (Dir, Result<Loaded<T>, Error>) {
    let dir = Dir::with(&[("app.toml", file)]);
    let loader = T::empty_loader().file(dir.path("app.toml"));
    let result = loader.env_from(variables.iter().copied()).load();
    (dir, result)
}

#[test]
fn keys_are_of_any_type_that_serde_reads_from_a_string() {
    let (dir, app) = load::<Keyed>(
        "[ports.9]\nname = 'a'\n[ports.10]\nname = 'b'\n[regions.eu-west]\nname = 'c'\n[names.Main]\nname = 'd'\n",
        &[
            ("APP_PORTS__010__PORT", "1"),
            ("APP_REGIONS__EU_WEST__PORT", "2"),
            ("APP_REGIONS__US_EAST__NAME", "e"),
            ("APP_NAMES__MAIN__PORT", "3"),
        ],
    );
    let app = app.unwrap();
    assert_eq!((&*app.ports[&9].name, app.ports[&10].port), ("a", 1));
    assert_eq!(app.regions[&Region::EuWest].port, 2);
    assert_eq!(app.regions[&Region::UsEast].name, "e");
    assert_eq!(app.names[&Name("Main".to_owned())].port, 3);
    assert_data_eq!(
        dir.relative(&app.dump().to_string()),
        str![[r#"
ports.9.name          a   app.toml:2:8
ports.9.port          80  default
ports.10.name         b   app.toml:4:8
ports.10.port         1   environment variable APP_PORTS__010__PORT
regions.US_EAST.name  e   environment variable APP_REGIONS__US_EAST__NAME
regions.US_EAST.port  80  default
regions.eu-west.name  c   app.toml:6:8
regions.eu-west.port  2   environment variable APP_REGIONS__EU_WEST__PORT
names.Main.name       d   app.toml:8:8
names.Main.port       3   environment variable APP_NAMES__MAIN__PORT

"#]]
    );
}

#[test]
fn a_name_that_is_no_key_is_reported_with_those_of_other_layers() {
    let (dir, loaded) = load::<Keyed>(
        "[ports.http]\nname = 'a'\n[ports.80]\n[regions.eu-wst]\nname = 'c'\n",
        &[
            ("APP_PORTS__70000__NAME", "x"),
            ("APP_PORTS__http__PORT", "1"),
        ],
    );
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Missing ports.80.name: required, but not set
  help: set APP_PORTS__80__NAME, or ports.80.name in app.toml, to text
  note: Its name
Malformed ports.http: expected a whole number from 0 to 65535 as the key, found "http" in app.toml:1:1
  help: correct the name of the entry
Malformed ports.70000: expected a whole number from 0 to 65535 as the key, found "70000" in environment variable APP_PORTS__70000__NAME
  help: correct the name of the entry
Malformed regions.eu-wst: expected one of eu-west, us-east as the key, found "eu-wst" in app.toml:4:1
  help: did you mean eu-west?
"#]]
    );
}

#[test]
fn two_names_of_one_key_are_a_problem_in_one_layer_and_one_entry_across_layers() {
    let (dir, loaded) = load::<Keyed>(
        "[ports.80]\nname = 'a'\n[ports.080]\nport = 1\n",
        &[
            ("APP_REGIONS__eu_west__NAME", "x"),
            ("APP_REGIONS__EU_WEST__PORT", "1"),
        ],
    );
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Ambiguous ports.080: the same entry as ports.80 of the same layer, in app.toml:3:1
  help: write its settings under ports.80
Ambiguous regions.EU_WEST: the same entry as regions.eu_west of the same layer, in environment variable APP_REGIONS__EU_WEST__PORT
  help: write its settings under regions.eu_west
"#]]
    );
    let (_dir, app) = load::<Keyed>(
        "[ports.80]\nname = 'a'\n",
        &[("APP_PORTS__0080__PORT", "1")],
    );
    let app = app.unwrap();
    assert_eq!((app.ports.len(), app.ports[&80].port), (1, 1));
    assert_eq!(
        app.origin("ports.80.port").unwrap().to_string(),
        "environment variable APP_PORTS__0080__PORT"
    );
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Deep {
    /// Hosts by zone and name.
    #[settings(nested)]
    zones: BTreeMap<String, HashMap<u16, Host>>,
    #[settings(nested)]
    pools: Option<BTreeMap<Region, Vec<Arc<Host>>>>,
    #[settings(nested)]
    steps: Vec<BTreeMap<String, Host>>,
}

const DEEP: &str = "
[zones.eu.1]
name = 'a'
[zones.eu.2]
name = 'b'
[zones.us]
[[pools.eu-west]]
name = 'c'
[[pools.eu-west]]
name = 'd'
[[steps]]
first = { name = 'e' }
[[steps]]
";

#[test]
fn maps_and_lists_contain_maps_and_lists_of_groups() {
    let (dir, app) = load::<Deep>(
        DEEP,
        &[
            ("APP_ZONES__EU__02__PORT", "1"),
            ("APP_ZONES__asia__3__NAME", "f"),
            ("APP_ZONES__south", r#"{"4": {"name": "g"}}"#),
            ("APP_POOLS__EU_WEST__1__PORT", "2"),
            ("APP_POOLS__us_east", r#"[{"name": "h"}]"#),
            ("APP_STEPS__1__second__NAME", "i"),
        ],
    );
    let app = app.unwrap();
    assert_eq!(app.zones["eu"][&1].name, "a");
    assert_eq!(app.zones["eu"][&2].port, 1);
    assert!(app.zones["us"].is_empty());
    assert_eq!(app.zones["asia"][&3].name, "f");
    assert_eq!(app.zones["south"][&4].name, "g");
    let pools = app.pools.as_ref().unwrap();
    assert_eq!(pools[&Region::EuWest][1].port, 2);
    assert_eq!(pools[&Region::UsEast][0].name, "h");
    assert_eq!(app.steps[0]["first"].name, "e");
    assert_eq!(app.steps[1]["second"].name, "i");
    assert_data_eq!(
        dir.relative(&app.dump().to_string()),
        str![[r#"
zones.asia.3.name      f   environment variable APP_ZONES__asia__3__NAME
zones.asia.3.port      80  default
zones.eu.1.name        a   app.toml:3:8
zones.eu.1.port        80  default
zones.eu.2.name        b   app.toml:5:8
zones.eu.2.port        1   environment variable APP_ZONES__EU__02__PORT
zones.south.4.name     g   environment variable APP_ZONES__south
zones.south.4.port     80  default
zones.us               {}  app.toml:6:1
pools.eu-west[0].name  c   app.toml:8:8
pools.eu-west[0].port  80  default
pools.eu-west[1].name  d   app.toml:10:8
pools.eu-west[1].port  2   environment variable APP_POOLS__EU_WEST__1__PORT
pools.us_east[0].name  h   environment variable APP_POOLS__us_east
pools.us_east[0].port  80  default
steps[0].first.name    e   app.toml:12:18
steps[0].first.port    80  default
steps[1].second.name   i   environment variable APP_STEPS__1__second__NAME
steps[1].second.port   80  default

"#]]
    );
    assert_data_eq!(
        app.to_json(),
        str![[
            r#"{"zones":{"asia":{"3":{"name":"f","port":80}},"eu":{"1":{"name":"a","port":80},"2":{"name":"b","port":1}},"south":{"4":{"name":"g","port":80}},"us":{}},"pools":{"eu-west":[{"name":"c","port":80},{"name":"d","port":2}],"us_east":[{"name":"h","port":80}]},"steps":[{"first":{"name":"e","port":80}},{"second":{"name":"i","port":80}}]}"#
        ]]
    );
    let env = app.to_env();
    assert_data_eq!(
        env.as_str(),
        str![[r#"
APP_ZONES__asia__3__NAME=f
APP_ZONES__asia__3__PORT=80
APP_ZONES__eu__1__NAME=a
APP_ZONES__eu__1__PORT=80
APP_ZONES__eu__2__NAME=b
APP_ZONES__eu__2__PORT=1
APP_ZONES__south__4__NAME=g
APP_ZONES__south__4__PORT=80
APP_ZONES__us='{}'
APP_POOLS__eu-west__0__NAME=c
APP_POOLS__eu-west__0__PORT=80
APP_POOLS__eu-west__1__NAME=d
APP_POOLS__eu-west__1__PORT=2
APP_POOLS__us_east__0__NAME=h
APP_POOLS__us_east__0__PORT=80
APP_STEPS__0__first__NAME=e
APP_STEPS__0__first__PORT=80
APP_STEPS__1__second__NAME=i
APP_STEPS__1__second__PORT=80

"#]]
    );
    let again = Dir::with(&[(".env", &env)]);
    let again = Deep::empty_loader()
        .env_file(again.path(".env"))
        .load()
        .unwrap();
    assert_eq!(again.to_json(), app.to_json());
}

#[test]
fn set_and_arguments_reach_groups_in_maps_of_maps_and_of_lists() {
    let app = Deep::empty_loader()
        .set("zones.eu.1.name", "a")
        .set(r#"zones."b.c".2.name"#, "b")
        .set("pools.eu-west[0].name", "c")
        .args([
            "--zones.eu.1.port",
            "1",
            "--pools__eu-west__0__port=2",
            "--steps[0].x.name=d",
        ])
        .load()
        .unwrap();
    assert_eq!(
        (&*app.zones["eu"][&1].name, app.zones["eu"][&1].port),
        ("a", 1)
    );
    assert_eq!(app.zones["b.c"][&2].name, "b");
    assert_eq!(app.pools.as_ref().unwrap()[&Region::EuWest][0].port, 2);
    assert_eq!(app.steps[0]["x"].name, "d");
    assert_eq!(app.origin("zones.eu.1.name").unwrap().to_string(), "set");
    assert!(Deep::empty_loader().load().unwrap().pools.is_none());
}

#[test]
fn problems_in_maps_of_maps_have_the_key_and_the_variable_of_the_setting() {
    let (dir, loaded) = load::<Deep>(
        "[zones.eu.1]\nport = 1\n[pools]\neu-west = 1\n",
        &[
            ("APP_ZONES__us__x__NAME", "a"),
            ("APP_ZONES__us__2__PORT", "many"),
            ("APP_ZONES__asia", "[]"),
            ("APP_POOLS__us_east__1__NAME", "x"),
            ("APP_STEPS__0__first__PORT", "1"),
        ],
    );
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Missing zones.eu.1.name: required, but not set
  help: set APP_ZONES__eu__1__NAME, or zones.eu.1.name in app.toml, to text
  note: Its name
Malformed zones.asia: expected a table of tables, found a list in environment variable APP_ZONES__asia
  help: write a table for each of its keys
Missing zones.us.2.name: required, but not set
  help: set APP_ZONES__us__2__NAME, or zones.us.2.name in app.toml, to text
  note: Its name
Malformed zones.us.2.port: expected a whole number from 0 to 65535, found "many" in environment variable APP_ZONES__us__2__PORT
  help: correct APP_ZONES__us__2__PORT, or unset it for the default, 80
Malformed zones.us.x: expected a whole number from 0 to 65535 as the key, found "x" in environment variable APP_ZONES__us__x__NAME
  help: correct the name of the entry
Malformed pools.eu-west: expected a list of tables, found a number in app.toml:4:11
  help: write a table for each of its elements
Malformed pools.us_east: element 1 is set, but element 0 is not: a list has no gaps, in environment variable APP_POOLS__us_east__1__NAME
  help: set APP_POOLS__us_east__0__… too, or number this one 0
Missing steps[0].first.name: required, but not set
  help: set APP_STEPS__0__first__NAME, or steps[0].first.name in app.toml, to text
  note: Its name
"#]]
    );
    let (dir, loaded) = load::<Deep>(
        "[zones.eu.1]\nname = 'a'\nprot = 1\n",
        &[
            ("APP_ZONES_EU_1_PORT", "1"),
            ("APP_ZONES__eu__1__PROT", "1"),
        ],
    );
    assert_data_eq!(
        dir.relative(&warnings(loaded)),
        str![[r#"
Unknown the environment: 2 names do not match any setting: APP_ZONES_EU_1_PORT, APP_ZONES__eu__1__PROT
  help: APP_ZONES_EU_1_PORT: did you mean APP_ZONES__EU__1__PORT?
  help: APP_ZONES__eu__1__PROT: did you mean APP_ZONES__eu__1__PORT?
Unknown app.toml:3:1: zones.eu.1.prot does not match any setting
  help: did you mean port?
"#]]
    );
}

#[test]
fn documents_describe_maps_of_maps_and_of_lists() {
    assert_data_eq!(
        docs::toml::<Deep>(),
        str![[r#"

# Hosts by zone and name.
# a map of maps: NAME is the key of an entry
#[zones.NAME.NAME]

# Its name.
# required in its group; text
#name =

# a whole number from 0 to 65535
#port = 80

# a map of lists: NAME is the key of an entry, 0 the number of an element
#[[pools.NAME]]

# Its name.
# required in its group; text
#name =

# a whole number from 0 to 65535
#port = 80

# a list of maps: 0 is the number of an element, NAME the key of an entry
#[[steps]]
#[steps.NAME]

# Its name.
# required in its group; text
#name =

# a whole number from 0 to 65535
#port = 80

"#]]
        .raw()
    );
    assert_data_eq!(
        docs::yaml::<Deep>(),
        str![[r#"

# Hosts by zone and name.
# a map of maps: NAME is the key of an entry
#zones:
  #NAME:
    #NAME:

      # Its name.
      # required in its group; text
      #name:

      # a whole number from 0 to 65535
      #port: 80

# a map of lists: NAME is the key of an entry, 0 the number of an element
#pools:
  #NAME:
    #-

      # Its name.
      # required in its group; text
      #name:

      # a whole number from 0 to 65535
      #port: 80

# a list of maps: 0 is the number of an element, NAME the key of an entry
#steps:
  #-
    #NAME:

      # Its name.
      # required in its group; text
      #name:

      # a whole number from 0 to 65535
      #port: 80

"#]]
        .raw()
    );
    let schema: serde_json::Value = serde_json::from_str(&docs::json_schema::<Deep>()).unwrap();
    let zones = &schema["properties"]["zones"];
    assert_eq!(zones["description"], "Hosts by zone and name.");
    let host = &zones["additionalProperties"]["additionalProperties"];
    assert_eq!(host["properties"]["port"]["default"], 80);
    let pools = &schema["properties"]["pools"]["additionalProperties"];
    assert_eq!(pools["items"]["properties"]["port"]["default"], 80);
    // One table is a list of one.
    let list = serde_json::json!(["array", "object", "null"]);
    assert_eq!(schema["properties"]["steps"]["type"], list);
    let reference = docs::markdown::<Deep>();
    for text in [
        "## `zones.NAME.NAME`",
        "A map of maps: NAME is the key of an entry.",
        "A map of lists: NAME is the key of an entry, 0 the number of an element.",
        "| `pools.NAME[0].port` |",
        "`APP_POOLS__NAME__0__PORT`",
        "`APP_STEPS__0__NAME__NAME`",
    ] {
        assert!(reference.contains(text), "{text}: {reference}");
    }
    Deep::check_schema().unwrap();
}

#[derive(Debug, Settings)]
struct Ordered {
    #[settings(nested)]
    hosts: IndexMap<String, Host>,
    labels: Option<IndexMap<String, String>>,
}

#[test]
fn an_index_map_keeps_the_order_of_the_file() {
    let dir = Dir::with(&[
        (
            "a.toml",
            "[hosts.z]\nname = 'a'\n[hosts.b]\nname = 'b'\n[hosts.x]\nname = 'c'\n",
        ),
        ("b.yaml", "hosts:\n  q: {name: d}\n  b: {port: 1}\n"),
    ]);
    let files = Ordered::empty_loader()
        .file(dir.path("a.toml"))
        .file(dir.path("b.yaml"));
    let app = files.set("labels", "b=1,a=2").load().unwrap();
    assert_eq!(app.hosts.keys().collect::<Vec<_>>(), ["z", "b", "x", "q"]);
    assert_eq!(
        app.labels.as_ref().unwrap().keys().collect::<Vec<_>>(),
        ["b", "a"]
    );
    assert_data_eq!(
        app.to_json(),
        str![[
            r#"{"hosts":{"z":{"name":"a","port":80},"b":{"name":"b","port":1},"x":{"name":"c","port":80},"q":{"name":"d","port":80}},"labels":{"b":"1","a":"2"}}"#
        ]]
    );
}

#[test]
fn one_table_is_a_list_of_one() {
    #[derive(Debug, Settings)]
    struct Lists {
        #[settings(nested)]
        hosts: Vec<Host>,
        #[settings(nested)]
        spare: Option<Vec<Host>>,
    }
    let dir = Dir::with(&[
        ("a.toml", "[hosts]\nname = 'a'\n"),
        ("b.yaml", "hosts: {name: b}\n"),
    ]);
    for file in ["a.toml", "b.yaml"] {
        let app = Lists::empty_loader().file(dir.path(file));
        let app = app
            .env_from([("SPARE", r#"{"name": "c"}"#)])
            .load()
            .unwrap();
        assert_eq!(app.hosts.len(), 1);
        assert_eq!(app.spare.as_ref().unwrap()[0].name, "c");
        assert!(
            app.origin("hosts[0].name")
                .unwrap()
                .to_string()
                .contains(file)
        );
    }
    let more = Lists::empty_loader().file(dir.path("a.toml"));
    let more = more.env_from([("HOSTS__1__NAME", "d")]).load().unwrap();
    assert_eq!((more.hosts.len(), &*more.hosts[1].name), (2, "d"));
    assert_data_eq!(
        problems(Lists::empty_loader().env_from([("HOSTS", "x")]).load()),
        str![[r#"
Malformed hosts: expected a JSON list of objects, found text that is not JSON in environment variable HOSTS
  help: write it as JSON, or set each of its settings by its own name
"#]]
    );
}

#[test]
fn a_key_in_capitals_is_one_in_lower_case_for_types_that_serde_buffers() {
    #[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
    #[serde(untagged)]
    enum Method {
        Card(Card),
        Region(Region),
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
    enum Card {
        #[serde(rename = "visa")]
        Visa,
    }

    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Filters {
        #[settings(nested)]
        filters: HashMap<Method, Host>,
    }

    let (_dir, app) = load::<Filters>("", &[("APP_FILTERS__VISA__NAME", "a")]);
    assert_eq!(app.unwrap().filters[&Method::Card(Card::Visa)].name, "a");
    let (_dir, app) = load::<Filters>("", &[("APP_FILTERS__CASH__NAME", "a")]);
    assert_data_eq!(
        problems(app),
        str![[r#"
Malformed filters.CASH: expected a value of type Method as the key, found "CASH" in environment variable APP_FILTERS__CASH__NAME
  help: correct the name of the entry
"#]]
    );
}
