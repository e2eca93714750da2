//! Enums of settings: one of several shapes, chosen by a tag.

use crate::{
    dir::Dir,
    reports::{problems, warnings},
};
use secrecy::ExposeSecret;
use settings_core::{Layer, ProblemKind, SecretString, Settings, Violations};
use snapbox::{assert_data_eq, str};
use std::{collections::BTreeMap, path::PathBuf};

/// Where uploads are kept.
#[derive(Debug, Settings)]
#[settings(group, tag = "kind")]
enum Storage {
    /// In memory, lost at exit.
    #[settings(default, alias = "mem")]
    Memory,
    /// In a local directory.
    Local {
        path: PathBuf,
        #[settings(default = 8, range(1..=64))]
        shards: u16,
    },
    /// In an S3 bucket.
    S3(S3Settings),
}

#[derive(Debug, Settings)]
#[settings(group)]
struct S3Settings {
    bucket: String,
    #[settings(default = "uploads", length(1..=8))]
    path: String,
    key: SecretString,
}

/// A tag without a default.
#[derive(Debug, Settings)]
#[settings(group)]
enum Queue {
    Amqp {
        url: String,
        #[settings(nested)]
        auth: Auth,
    },
    InProcess {
        #[settings(default = 100)]
        size: u32,
    },
}

#[derive(Debug, Settings)]
#[settings(group, tag = "method")]
enum Auth {
    #[settings(default)]
    Anonymous,
    Password {
        user: String,
        password: SecretString,
    },
    Token {
        token: SecretString,
    },
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(nested)]
    storage: Storage,
    #[settings(nested)]
    mirrors: Vec<Storage>,
    #[settings(nested)]
    zones: BTreeMap<String, Storage>,
    #[settings(nested)]
    fallback: Option<Storage>,
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Work {
    #[settings(nested)]
    queue: Queue,
}

fn env<const N: usize>(variables: [(&str, &str); N]) -> settings_core::Loader<App> {
    App::empty_loader().env_from(variables)
}

#[test]
fn the_tag_chooses_the_variant() {
    let app = env([]).load().unwrap();
    assert!(matches!(app.storage, Storage::Memory));
    assert_eq!(app.origin("storage.kind").unwrap().layer(), Layer::Default);

    assert!(app.origin("storage.shards").is_none());

    let app = env([("APP_STORAGE_KIND", "local"), ("APP_STORAGE_PATH", "/a")]);
    let app = app.load().unwrap();
    let Storage::Local { path, shards } = &app.storage else {
        panic!("{:?}", app.storage)
    };
    assert_eq!((path.as_path(), *shards), ("/a".as_ref(), 8));
    assert_eq!(
        app.origin("storage.shards").unwrap().layer(),
        Layer::Default
    );

    let app = env([
        ("APP_STORAGE_KIND", "s3"),
        ("APP_STORAGE_BUCKET", "b"),
        ("APP_STORAGE_KEY", "hunter2"),
    ]);
    let app = app.load().unwrap();
    let Storage::S3(s3) = &app.storage else {
        panic!("{:?}", app.storage)
    };
    assert_eq!((&*s3.bucket, &*s3.path), ("b", "uploads"));
    assert_eq!(s3.key.expose_secret(), "hunter2");
    // Of two settings with this name, the one of the chosen variant has a default.
    assert_eq!(app.origin("storage.path").unwrap().layer(), Layer::Default);
}

#[test]
fn names_of_variants_compare_without_case_and_separators() {
    for name in [
        "in_process",
        "in-process",
        "InProcess",
        "INPROCESS",
        " in_process ",
    ] {
        let work = Work::empty_loader().env_from([("APP_QUEUE_TYPE", name)]);
        let work = work.load().unwrap();
        assert!(
            matches!(work.queue, Queue::InProcess { size: 100 }),
            "{name}"
        );
    }
    for name in ["mem", "MEM", "memory"] {
        let app = env([("APP_STORAGE_KIND", name)]).load().unwrap();
        assert!(matches!(app.storage, Storage::Memory), "{name}");
    }
}

#[test]
fn every_source_sets_the_settings_of_a_variant() {
    let dir = Dir::with(&[
        (
            "a.toml",
            "[storage]\nkind = 'local'\npath = '/a'\nshards = 2\n",
        ),
        (
            "a.yaml",
            "storage:\n  kind: local\n  path: /a\n  shards: 2\n",
        ),
        (
            "a.json",
            r#"{"storage": {"path": "/a", "shards": 2, "kind": "local"}}"#,
        ),
        (
            ".env",
            "APP_STORAGE_KIND=local\nAPP_STORAGE_PATH=/a\nAPP_STORAGE_SHARDS=2\n",
        ),
        ("secrets/storage_kind", "local\n"),
        ("secrets/storage/path", "/a\n"),
        ("secrets/app_storage_shards", "2\n"),
    ]);
    for loader in [
        App::empty_loader().file(dir.path("a.toml")),
        App::empty_loader().file(dir.path("a.yaml")),
        App::empty_loader().file(dir.path("a.json")),
        App::empty_loader().env_file(dir.path(".env")),
        App::empty_loader().secrets_dir(dir.path("secrets")),
        env([(
            "APP_STORAGE",
            r#"{"kind": "local", "path": "/a", "shards": 2}"#,
        )]),
        App::empty_loader().args([
            "--storage-kind",
            "local",
            "--storage-path=/a",
            "--storage-shards=2",
        ]),
        App::empty_loader()
            .set("storage.kind", "local")
            .set("storage.path", "/a")
            .set("storage.shards", "2"),
    ] {
        let app = loader.load().unwrap();
        let Storage::Local { path, shards: 2 } = &app.storage else {
            panic!("{:?}", app.storage)
        };
        assert_eq!(path.as_path(), "/a");
        assert!(app.warnings().is_empty(), "{:?}", app.warnings());
    }
}

#[test]
fn a_missing_or_invalid_tag_is_the_only_problem() {
    let missing = Work::empty_loader().env_from([("APP_QUEUE_SIZE", "many")]);
    assert_data_eq!(
        problems(missing.load()),
        str![[r#"
Missing queue.type: required, but not set
  help: set APP_QUEUE_TYPE to one of amqp, in_process
  note: A tag without a default
"#]]
    );
    let invalid = env([
        ("APP_STORAGE_KIND", "locl"),
        ("APP_STORAGE_SHARDS", "many"),
        ("APP_STORAGE_BUCKET", "b"),
    ]);
    assert_data_eq!(
        problems(invalid.load()),
        str![[r#"
Malformed storage.kind: expected one of memory, local, s3, found "locl" in environment variable APP_STORAGE_KIND
  help: did you mean local?
"#]]
    );
}

#[test]
fn a_problem_in_the_chosen_variant_is_reported_and_none_in_the_others() {
    let loaded = env([
        ("APP_STORAGE_KIND", "local"),
        ("APP_STORAGE_SHARDS", "65"),
        ("APP_STORAGE_PATH", "much-too-long-for-s3"),
    ]);
    assert_data_eq!(
        problems(loaded.load()),
        str![[r#"
Rule storage.shards: expected a value from 1 to 64, found "65" in environment variable APP_STORAGE_SHARDS
  help: correct APP_STORAGE_SHARDS, or unset it for the default, 8
"#]]
    );
    let loaded = env([
        ("APP_STORAGE_KIND", "s3"),
        ("APP_STORAGE_PATH", "much-too-long-for-s3"),
        ("APP_STORAGE_KEY", "k"),
    ]);
    assert_data_eq!(
        problems(loaded.load()),
        str![[r#"
Missing storage.bucket: required, but not set
  help: set APP_STORAGE_BUCKET to text
Rule storage.path: expected 1 to 8 characters, found "much-too-long-for-s3" in environment variable APP_STORAGE_PATH
  help: correct APP_STORAGE_PATH, or unset it for the default, uploads
"#]]
    );
}

#[test]
fn a_lower_layer_is_overridden_with_its_variant() {
    let dir = Dir::with(&[(
        "a.toml",
        "[storage]\nkind = 'local'\npath = '/a'\nshards = 2\n",
    )]);
    let app = App::empty_loader()
        .file(dir.path("a.toml"))
        .env_from([("APP_STORAGE_KIND", "memory")]);
    let app = app.load().unwrap();
    assert!(matches!(app.storage, Storage::Memory));
    assert!(app.warnings().is_empty(), "{:?}", app.warnings());

    // A name that the chosen variant has too counts for it.
    let app = App::empty_loader().file(dir.path("a.toml")).env_from([
        ("APP_STORAGE_KIND", "s3"),
        ("APP_STORAGE_BUCKET", "b"),
        ("APP_STORAGE_KEY", "k"),
    ]);
    let app = app.load().unwrap();
    let Storage::S3(s3) = &app.storage else {
        panic!("{:?}", app.storage)
    };
    assert_eq!(s3.path, "/a");
    assert!(app.warnings().is_empty(), "{:?}", app.warnings());
}

#[test]
fn a_setting_of_another_variant_is_reported_by_unknown() {
    let dir = Dir::with(&[(
        ".env",
        "APP_STORAGE_BUCKET=b\nAPP_STORAGE_KEY=k\nAPP_STORAGE_KIND=s3\nAPP_STORAGE_SHARDS=3\nAPP_STORAGE_PATH=p\n",
    )]);
    let app = App::empty_loader().env_file(dir.path(".env"));
    let text = warnings(app.load()).replace(&dir.root().display().to_string(), "");
    assert_data_eq!(
        text,
        str![[r#"
Unknown storage.shards: belongs to kind `local`, but storage.kind is `s3` (/.env:3); set in /.env:4
  help: remove it, or set storage.kind to local
"#]]
    );
    // Setting it alone does not choose its variant.
    assert_data_eq!(
        warnings(env([("APP_STORAGE_PATH", "/a")]).load()),
        str![[r#"
Unknown storage.path: belongs to kind `local` or `s3`, but storage.kind is `memory` (default); set in environment variable APP_STORAGE_PATH
  help: remove it, or set storage.kind to local
"#]]
    );
}

#[test]
fn a_setting_of_another_variant_is_a_problem_in_arguments_and_set() {
    assert_data_eq!(
        problems(env([]).args(["--storage-path", "/a"]).load()),
        str![[r#"
Unknown storage.path: belongs to kind `local` or `s3`, but storage.kind is `memory` (default); set in argument --storage-path
  help: remove it, or set storage.kind to local
"#]]
    );
    assert_data_eq!(
        problems(env([]).set("storage.shards", "3").load()),
        str![[r#"
Unknown storage.shards: belongs to kind `local`, but storage.kind is `memory` (default); set in what the program sets
  help: remove it, or set storage.kind to local
"#]]
    );
}

#[test]
fn an_optional_enum_is_absent_unless_something_is_set() {
    assert!(env([]).load().unwrap().fallback.is_none());
    let app = env([("APP_FALLBACK_KIND", "memory")]).load().unwrap();
    assert!(matches!(app.fallback, Some(Storage::Memory)));
    let dir = Dir::with(&[("a.toml", "[fallback]\n")]);
    let app = App::empty_loader().file(dir.path("a.toml")).load().unwrap();
    assert!(matches!(app.fallback, Some(Storage::Memory)));
}

#[test]
fn lists_and_maps_contain_enums() {
    let dir = Dir::with(&[(
        "a.toml",
        "[[mirrors]]\nkind = 'local'\npath = '/a'\n[[mirrors]]\n[zones.eu]\nkind = 's3'\nbucket = 'b'\nkey = 'k'\n",
    )]);
    let app = App::empty_loader().file(dir.path("a.toml")).env_from([
        ("APP_MIRRORS__1__KIND", "local"),
        ("APP_MIRRORS__1__PATH", "/b"),
        ("APP_ZONES__US__KIND", "memory"),
    ]);
    let app = app.load().unwrap();
    let paths = app.mirrors.iter().map(|mirror| match mirror {
        Storage::Local { path, .. } => path.to_str().unwrap(),
        other => panic!("{other:?}"),
    });
    assert_eq!(paths.collect::<Vec<_>>(), ["/a", "/b"]);
    assert!(matches!(app.zones["eu"], Storage::S3(_)));
    assert!(matches!(app.zones["US"], Storage::Memory));
    assert!(app.warnings().is_empty(), "{:?}", app.warnings());

    let app = env([
        ("APP_MIRRORS__0__KIND", "memory"),
        ("APP_MIRRORS__0__PATH", "/a"),
    ]);
    assert_data_eq!(
        warnings(app.load()),
        str![[r#"
Unknown mirrors[0].path: belongs to kind `local` or `s3`, but mirrors[0].kind is `memory` (environment variable APP_MIRRORS__0__KIND); set in environment variable APP_MIRRORS__0__PATH
  help: remove it, or set mirrors[0].kind to local
"#]]
    );
}

#[test]
fn an_enum_may_be_part_of_a_variant() {
    let work = Work::empty_loader().env_from([
        ("APP_QUEUE_TYPE", "amqp"),
        ("APP_QUEUE_URL", "amqp://host"),
        ("APP_QUEUE_AUTH_METHOD", "password"),
        ("APP_QUEUE_AUTH_USER", "me"),
        ("APP_QUEUE_AUTH_PASSWORD", "hunter2"),
    ]);
    let work = work.load().unwrap();
    let Queue::Amqp {
        url,
        auth: Auth::Password { user, password },
    } = &work.queue
    else {
        panic!("{:?}", work.queue)
    };
    assert_eq!(
        (&**url, &**user, password.expose_secret()),
        ("amqp://host", "me", "hunter2")
    );
    let work = Work::empty_loader().env_from([
        ("APP_QUEUE_TYPE", "in_process"),
        ("APP_QUEUE_AUTH_TOKEN", "hunter2"),
    ]);
    assert_data_eq!(
        warnings(work.load()),
        str![[r#"
Unknown queue.auth.token: belongs to type `amqp`, but queue.type is `in_process` (environment variable APP_QUEUE_TYPE); set in environment variable APP_QUEUE_AUTH_TOKEN
  help: remove it, or set queue.type to amqp
"#]]
    );
}

#[test]
fn the_output_has_the_chosen_variant_only() {
    let app = env([
        ("APP_STORAGE_KIND", "s3"),
        ("APP_STORAGE_BUCKET", "b"),
        ("APP_STORAGE_KEY", "hunter2"),
    ]);
    let app = app.load().unwrap();
    let dump = app.dump().to_string();
    assert!(
        dump.contains("storage.bucket") && !dump.contains("storage.shards"),
        "{dump}"
    );
    assert!(!dump.contains("hunter2"), "{dump}");
    assert_data_eq!(
        app.to_json(),
        str![[
            r#"{"storage":{"kind":"s3","bucket":"b","path":"uploads","key":"[redacted]"},"mirrors":[],"zones":{},"fallback":{"kind":null}}"#
        ]]
    );
}

#[test]
fn a_file_variable_is_read_in_each_variant() {
    #[derive(Debug, Settings)]
    #[settings(group)]
    enum Access {
        Open { key: String },
        Closed { key: SecretString },
    }

    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Door {
        #[settings(nested)]
        access: Access,
    }

    let dir = Dir::with(&[("key", "hunter2")]);
    let file = dir.path("key");
    let load = |kind: &str| {
        let file = file.to_str().unwrap();
        Door::empty_loader()
            .env_from([("APP_ACCESS_TYPE", kind), ("APP_ACCESS_KEY_FILE", file)])
            .load()
    };
    let door = load("open").unwrap();
    assert!(matches!(&door.access, Access::Open { key } if key == "hunter2"));
    let door = load("closed").unwrap();
    assert!(matches!(&door.access, Access::Closed { key } if key.expose_secret() == "hunter2"));
}

#[test]
fn aliases_that_are_names_in_another_variant_count_for_both() {
    #[derive(Debug, Settings)]
    #[settings(group)]
    enum Target {
        Disk {
            #[settings(alias = "dir")]
            path: String,
        },
        Share {
            dir: String,
            path: u16,
        },
        Other,
    }

    #[derive(Debug, Settings)]
    struct Backup {
        #[settings(nested)]
        to: Target,
    }

    let load = |kind: &str, rest: &[(&str, &str)]| {
        let variables = [("TO_TYPE", kind)].into_iter().chain(rest.iter().copied());
        let variables: Vec<_> = variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Backup::empty_loader().env_from(variables).load()
    };
    let backup = load("disk", &[("TO_DIR", "/a")]).unwrap();
    assert!(matches!(&backup.to, Target::Disk { path } if path == "/a"));
    let backup = load("share", &[("TO_DIR", "/a"), ("TO_PATH", "7")]).unwrap();
    assert!(matches!(&backup.to, Target::Share { dir, path: 7 } if dir == "/a"));
    let loaded = load("other", &[("TO_DIR", "/a")]).unwrap();
    assert_eq!(loaded.warnings().len(), 2, "{:?}", loaded.warnings());
}

#[test]
fn the_checks_of_the_schema_build_every_variant() {
    #[derive(Debug, Settings)]
    #[settings(group)]
    enum Speed {
        #[settings(default)]
        Slow {
            #[settings(default_with = too_many, range(1..=3))]
            jobs: u8,
        },
        Fast {
            #[settings(default_with = too_many, range(1..=3))]
            threads: u8,
        },
    }

    fn too_many() -> u8 {
        9
    }

    #[derive(Debug, Settings)]
    struct Machine {
        #[settings(nested)]
        speed: Speed,
    }

    let error = Machine::check_schema().unwrap_err();
    let keys = error
        .problems()
        .iter()
        .map(|problem| (problem.kind(), problem.key().unwrap()));
    assert_eq!(
        keys.collect::<Vec<_>>(),
        [
            (ProblemKind::Rule, "speed.jobs"),
            (ProblemKind::Rule, "speed.threads")
        ]
    );
    App::check_schema().unwrap();
}

#[test]
fn an_enum_is_flattened_into_its_struct() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Flat {
        name: String,
        #[settings(flatten)]
        storage: Storage,
    }

    let flat = Flat::empty_loader().env_from([
        ("APP_NAME", "n"),
        ("APP_KIND", "local"),
        ("APP_PATH", "/a"),
    ]);
    let flat = flat.load().unwrap();
    assert!(matches!(&flat.storage, Storage::Local { shards: 8, .. }));
    assert_eq!(flat.name, "n");
}

#[test]
fn a_check_of_the_enum_names_settings_of_the_chosen_variant() {
    #[derive(Debug, Settings)]
    #[settings(group, tag = "kind", validate = Self::check, derived(is_fast: bool = matches!(self, Self::Fast { .. })))]
    enum Speed {
        #[settings(default)]
        Slow {
            #[settings(default = 1)]
            jobs: u8,
        },
        Fast {
            #[settings(default = 9)]
            jobs: u8,
        },
    }

    impl Speed {
        fn check(&self) -> Result<(), Violations> {
            let (Self::Slow { jobs } | Self::Fast { jobs }) = self;
            let mut violations = Violations::new();
            if *jobs > 9 {
                violations.add("jobs", "too many");
            }
            if violations.is_empty() {
                Ok(())
            } else {
                Err(violations)
            }
        }
    }

    #[derive(Debug, Settings)]
    struct Machine {
        #[settings(nested)]
        speed: Speed,
    }

    let machine = Machine::empty_loader()
        .env_from([("SPEED_KIND", "fast")])
        .load()
        .unwrap();
    assert!(machine.speed.is_fast());
    assert!(machine.dump().to_string().contains("speed.is_fast"));
    let loaded = Machine::empty_loader().env_from([("SPEED_KIND", "fast"), ("SPEED_JOBS", "10")]);
    assert_data_eq!(
        problems(loaded.load()),
        str![[r#"
Rule speed.jobs: rejected: too many, found "10" in environment variable SPEED_JOBS
  help: correct SPEED_JOBS, or unset it for the default, 9
"#]]
    );
}

#[test]
fn many_settings_of_another_variant_in_one_file_are_one_warning() {
    #[derive(Debug, Settings)]
    #[settings(group, tag = "source")]
    enum Events {
        #[settings(default)]
        Logs,
        Broker {
            host: String,
            topic: String,
            group: String,
            #[settings(default = 1)]
            partitions: u8,
        },
    }

    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct App {
        #[settings(nested)]
        events: Events,
    }

    let table = "[events]\nsource = 'logs'\nhost = 'a'\ntopic = 'b'\ngroup = 'c'\npartitions = 2\n";
    let dir = Dir::with(&[("a.toml", table)]);
    let loaded = App::empty_loader().file(dir.path("a.toml")).load();
    let text = warnings(loaded).replace(dir.root().to_str().unwrap(), "");
    assert_data_eq!(
        text,
        str![[r#"
Unknown events.host: belongs to source `broker`, but events.source is `logs` (/a.toml:2:10); set in /a.toml:3:8
  help: remove it, or set events.source to broker
  note: the same applies to events.topic (4:9), events.group (5:9), events.partitions (6:14)
"#]]
    );
}
