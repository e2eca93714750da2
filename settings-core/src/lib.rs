//! Typed settings from defaults, files, `.env`, secrets and the environment, with every mistake in one report.
//!
//! A program's settings are a struct. This crate fills it from the places where operators keep settings, checks it
//! before anything else starts, and remembers where each value came from. If something is wrong, it tells all of it at
//! once: which setting, which variable, what was expected, what came, and what to do.
//!
//! ```
//! use settings_core::{SecretString, Settings};
//!
//! /// Settings of the shop.
//! #[derive(Debug, Settings)]
//! #[settings(prefix = "SHOP_", env_file = ".env")]
//! struct Shop {
//!     /// Where to listen.
//!     #[settings(default = 8080)]
//!     port: u16,
//!     /// Signs the cookies.
//!     secret_key: SecretString,
//! }
//!
//! # fn in_main() {
//! let shop = Shop::init_or_exit(); // in `main`: prints the report and exits with 78 if something is wrong
//! assert_eq!(Shop::get().port, shop.port); // anywhere: a `&'static Shop`
//! # }
//! ```
//!
//! # The one idea
//!
//! **The schema is known before any source is read.** The derive writes the struct down as [data](schema): names,
//! types, defaults, rules, secrecy. So it is known that `SHOP_DATABASE_POOL_SIZE` means `database.pool_size`, that
//! `12345` is text for a `String`, which variable is missing, and which one is misspelt.
//!
//! ```text
//! #[derive(Settings)]  ──►  Schema (static)
//!                              │
//! sources ──► entries ──► resolve ──► decode ──► check ──► settings + origins      (or: every problem, at once)
//! files, .env, secrets     one slot     typed by   pattern,
//! dir, env, args, any      per leaf,    serde      range, …
//! figment Provider         last wins
//! ```
//!
//! A *leaf* is a field that holds a value, a *group* a nested struct. Each leaf has one slot, and a higher layer
//! overwrites it. What is overwritten is never decoded: a value that nobody uses can't be wrong.
//!
//! # Layers
//!
//! Lowest first; of two of one kind the later wins. The order of calls on a [`Loader`] is that within a kind.
//!
//! | layer | declared by | on a loader | `load()` reads |
//! |---|---|---|---|
//! | defaults | [`default`](derive@Settings#default), [`default_with`](derive@Settings#default_with) | – | yes |
//! | files, providers and stores | [`file`](derive@Settings#file) | [`file`](Loader::file), [`provider`](Loader::provider), [`remote`][`Loader::remote`] | those declared |
//! | `.env` files | [`env_file`](derive@Settings#env_file) | [`env_file`](Loader::env_file) | those declared |
//! | secrets directories | [`secrets_dir`](derive@Settings#secrets_dir) | [`secrets_dir`](Loader::secrets_dir) | those declared, then `$CREDENTIALS_DIRECTORY` |
//! | environment | – | [`env`](Loader::env), [`env_from`](Loader::env_from) | yes |
//! | arguments | – | [`args`](Loader::args) | no |
//! | set by hand | – | [`set`](Loader::set) | no |
//!
//! ```
//! # use settings_core::Settings;
//! # #[derive(Settings)]
//! # struct App { #[settings(default = 1)] a: u8, #[settings(default = 1)] b: u8, #[settings(default = 1)] c: u8 }
//! let app = App::empty_loader()
//!     .args(["--a", "3"])
//!     .env_from([("A", "2"), ("B", "2")])
//!     .load()?;
//! assert_eq!((app.a, app.b, app.c), (3, 2, 1));
//! assert_eq!(app.origin("a").unwrap().to_string(), "argument --a");
//! # Ok::<(), settings_core::Error>(())
//! ```
//!
//! The environment is read once a load, and never written.
//!
//! # Names and their spelling
//!
//! A leaf has one proper name: in the environment `SHOP_SERVER_BIND`, as a key `server.bind`. Reports print only these.
//! Other spellings reach it too: case does not matter, and neither does which of `_`, `-` and `.` separates, or how
//! many. Separators are never left out: `HOSTNAME` is not `host_name`. In files, providers and JSON a name that reaches
//! nothing so is read once more as camelCase.
//!
//! ```
//! # use settings_core::Settings;
//! # #[derive(Settings)]
//! #[settings(prefix = "SHOP_")]
//! struct Shop {
//!     #[settings(nested)]
//!     server: Server,
//! }
//! # #[derive(Settings)] #[settings(group)] struct Server { bind: String }
//!
//! for name in ["SHOP_SERVER_BIND", "SHOP_SERVER__BIND", "shop_server_bind", "shop-server-bind"] {
//!     let shop = Shop::empty_loader().env_from([(name, "::1")]).load()?;
//!     assert_eq!(shop.server.bind, "::1");
//! }
//! # Ok::<(), settings_core::Error>(())
//! ```
//!
//! In the environment, in `.env` files and in arguments the joined name counts. In files, providers and JSON tables are
//! groups: `[server] bind`, not `server_bind`. Two leaves that would have one name are a compile error.
//!
//! A name that reaches nothing is [`unknown`](derive@Settings#unknown): a warning, unless the struct says otherwise.
//!
//! # Values
//!
//! Text is read as what the leaf's type asks serde for, never guessed from how it looks.
//!
//! | type | text |
//! |---|---|
//! | `String`, `SecretString`, and what else asks serde for a string: a path, an `IpAddr`, a `Url` | as it stands |
//! | any other | trimmed first |
//! | `bool` | `true` `false`, `1` `0`, `yes` `no`, `on` `off`, `t` `f`, `y` `n`, in any case |
//! | integers | decimal, one sign, `_` between digits: `65_536` |
//! | floats | also `1e3`; never `nan` or `inf` |
//! | [`Duration`](std::time::Duration) | `1h 30m`, units `ns us ms s m min h d w`, largest first; a plain number is seconds |
//! | enums | a variant's name; case, `-` and `_` don't matter |
//! | lists | `a, b, c`, or JSON if it begins with `[`; a comma at the end is fine, nothing between two is not |
//! | maps | `k=v, l=w`, or JSON |
//! | other structs | JSON |
//! | what takes anything, such as `serde_json::Value` | JSON if it begins with `{` or `[`; else the text itself, and only if that is refused the JSON scalar |
//! | any other type | whatever its `Deserialize` makes of a string |
//!
//! In files a string follows the same rules. A number where a string belongs is not turned into one: `version = 1.10`
//! would be `1.1`. The report says to quote it.
//!
//! Empty text is *no value*: an `Option` is `None`, any other leaf falls to its default, or is missing. So is `null` in
//! a file. In quotes, in a `.env` or any other file, empty text is the empty string, for a leaf that takes one.
//! [`allow_empty`](derive@Settings#allow_empty) takes it from anywhere.
//!
//! ```
//! # use settings_core::Settings;
//! # use std::{collections::BTreeMap, time::Duration};
//! #[derive(Debug, Settings)]
//! struct App {
//!     zip: String,
//!     verbose: bool,
//!     timeout: Duration,
//!     level: Level,
//!     ports: Vec<u16>,
//!     labels: BTreeMap<String, String>,
//!     note: Option<String>,
//! }
//!
//! #[derive(Debug, PartialEq, serde::Deserialize)]
//! enum Level {
//!     VeryLoud,
//! }
//!
//! let app = App::empty_loader()
//!     .env_from([
//!         ("ZIP", "01234"),
//!         ("VERBOSE", "Yes"),
//!         ("TIMEOUT", "1m 30s"),
//!         ("LEVEL", "very-loud"),
//!         ("PORTS", "80, 443"),
//!         ("LABELS", "zone=eu,tier=web"),
//!         ("NOTE", ""),
//!     ])
//!     .load()?;
//! assert_eq!(app.zip, "01234");
//! assert!(app.verbose);
//! assert_eq!(app.timeout, Duration::from_secs(90));
//! assert_eq!(app.level, Level::VeryLoud);
//! assert_eq!(app.ports, [80, 443]);
//! assert_eq!(app.labels["zone"], "eu");
//! assert_eq!(app.note, None);
//! # Ok::<(), settings_core::Error>(())
//! ```
//!
//! # The report
//!
//! [`Error`] holds every problem of every source and leaf. It prints as a page, as `Display` and as `Debug`, so that
//! `main() -> Result<(), Error>` shows it too.
//!
//! ```
//! # use settings_core::{SecretString, Settings};
//! #[derive(Debug, Settings)]
//! #[settings(prefix = "SHOP_")]
//! struct Shop {
//!     #[settings(default = "development", pattern = "^(development|staging|production)$")]
//!     environment: String,
//!     #[settings(default = 10)]
//!     db_pool_size: u32,
//!     database_url: String,
//!     secret_key: SecretString,
//! }
//!
//! let error = Shop::empty_loader()
//!     .env_from([
//!         ("SHOP_ENVIRONMENT", "prod"),
//!         ("SHOP_DB_POOL_SIZE", "lots"),
//!         ("SHOP_DATABSE_URL", "postgres://localhost/shop"),
//!     ])
//!     .load()
//!     .unwrap_err();
//! let report = r#"
//! 4 problems in the settings (Shop)
//!
//!   environment: expected one of development, staging, production, found "prod" in environment
//!       variable SHOP_ENVIRONMENT
//!     help: did you mean production?
//!
//!   db_pool_size: expected a whole number from 0 to 4294967295, found "lots" in environment variable
//!       SHOP_DB_POOL_SIZE
//!     help: correct SHOP_DB_POOL_SIZE, or unset it for the default, 10
//!
//!   database_url: required, but not set
//!     help: SHOP_DATABSE_URL is set: did you mean SHOP_DATABASE_URL?
//!
//!   secret_key: required, but not set
//!     help: set SHOP_SECRET_KEY to text, or SHOP_SECRET_KEY_FILE to the name of a file that holds it
//!
//! read: the environment
//! "#;
//! assert_eq!(error.to_string(), report.trim());
//! ```
//!
//! For programs [`Error::problems`] gives each [`Problem`] as data. What doesn't keep the settings from loading is a
//! warning: [`Loaded::warnings`], stderr by [`init_or_exit`](Settings::init_or_exit), and events with the feature
//! `tracing`.
//!
//! # Recipes
//!
//! ## Required, optional, default
//!
//! A leaf without a default is required. An `Option` is `None` without a value. Whether one is required may hang on
//! another leaf: [`required_if`](derive@Settings#required_if).
//!
//! ## Secrets
//!
//! Use [`SecretString`], and [`expose_secret`](ExposeSecret::expose_secret) where it is needed. It is in no `Debug`, no
//! report, no dump and no warning. Passwords in URLs are hidden wherever a value is printed, and leaves whose names
//! tell of a secret, such as `smtp_password`, are masked when this crate prints them.
//!
//! ```
//! # use settings_core::{ExposeSecret, SecretString, Settings};
//! #[derive(Debug, Settings)]
//! struct App {
//!     token: SecretString,
//!     cache: String,
//! }
//!
//! let app = App::empty_loader()
//!     .env_from([("TOKEN", "hunter2"), ("CACHE", "redis://app:hunter2@cache:6379")])
//!     .load()?;
//! assert_eq!(app.token.expose_secret(), "hunter2");
//! assert!(!app.dump().to_string().contains("hunter2"));
//! # Ok::<(), settings_core::Error>(())
//! ```
//!
//! From the environment, `.env` files, secrets directories, `_FILE`, arguments and `set` the crate leaves no copy of a
//! secret on the heap: buffers are wiped. The readers of TOML, YAML, JSON and figment's providers copy on their own, so
//! keep secrets out of them.
//!
//! ## Groups
//!
//! Mark the struct [`group`](derive@Settings#group) and the field [`nested`](derive@Settings#nested). `Option<Group>`,
//! `Vec<Group>` and `BTreeMap<String, Group>` work too; `examples/nested.rs` shows each.
//!
//! ## Validation
//!
//! [`pattern`](derive@Settings#pattern), [`range`](derive@Settings#range), [`length`](derive@Settings#length) and
//! [`one_of`](derive@Settings#one_of) are rules that the schema knows. [`validate`](derive@Settings#validate) calls
//! your own function, on a leaf or on the struct. `examples/validation.rs` breaks each.
//!
//! ## Something computed
//!
//! [`derived`](derive@Settings#derived) makes a method of an expression, and a row of the dump.
//!
//! ## Tests
//!
//! [`empty_loader`](Settings::empty_loader) has the rules and the prefix, but no source; [`env_from`](Loader::env_from)
//! stands for the environment. Nothing of the machine is looked at, so tests run side by side.
//!
//! ```
//! # use settings_core::Settings;
//! #[derive(Debug, Settings)]
//! #[settings(prefix = "APP_", env_file = ".env")]
//! struct App {
//!     #[settings(range(1..=9))]
//!     workers: u8,
//! }
//!
//! assert!(App::empty_loader().env_from([("APP_WORKERS", "9")]).load().is_ok());
//! assert!(App::empty_loader().env_from([("APP_WORKERS", "10")]).load().is_err());
//! ```
//!
//! For code that calls `get()`, the feature `testing` has [`with_override`]: other settings for one thread while a
//! closure runs. `examples/testing.rs` shows both.
//!
//! ## The `settings` command
//!
//! With the feature `cli`, one line in `main` lets whoever runs the program look at its settings: `program settings
//! dump` prints each with its value and its origin, `check` tells whether they load, `explain KEY` what every layer said
//! of one. The module [`cli`] tells the rest; with the feature `clap`, [`clap`] makes it a subcommand, and each leaf a
//! flag.
//!
//! ```no_run
//! # use settings_core::Settings;
//! # #[derive(Debug, Settings)]
//! # struct App { #[settings(default = 8080)] port: u16 }
//! # #[cfg(feature = "cli")]
//! fn main() -> std::process::ExitCode {
//!     if let Some(code) = settings_core::cli::run::<App>() {
//!         return code;
//!     }
//!     let app = App::init_or_exit();
//!     // …
//! #   let _ = app;
//!     std::process::ExitCode::SUCCESS
//! }
//! # #[cfg(not(feature = "cli"))]
//! # fn main() {}
//! ```
//!
//! ## Documents
//!
//! [`docs`] makes `.env.example`, a reference, templates, a JSON Schema and manifests of the struct alone, and
//! [`assert_up_to_date`](docs::assert_up_to_date) holds what is committed to it.
//!
//! ## A container
//!
//! A twelve-factor service declares no file, or one that its image brings along; everything else is the environment.
//! Call [`init_or_exit`](Settings::init_or_exit) first in `main`: a container with wrong settings then ends at once,
//! with the whole report in its log. Secrets that are mounted as files are read by
//! [`secrets_dir`](derive@Settings#secrets_dir)` = "/run/secrets"`, or named one by one:
//! `SECRET_KEY_FILE=/run/secrets/key` is understood for every secret leaf.
//!
//! ```
//! # use settings_core::{ExposeSecret, SecretString, Settings};
//! #[derive(Debug, Settings)]
//! struct App {
//!     secret_key: SecretString,
//! }
//!
//! # let directory = tempfile::tempdir()?;
//! # let secrets = directory.path();
//! std::fs::write(secrets.join("secret_key"), "hunter2\n")?;
//!
//! let app = App::empty_loader().secrets_dir(secrets).load()?;
//! assert_eq!(app.secret_key.expose_secret(), "hunter2"); // without the final newline
//!
//! let file = secrets.join("secret_key").into_os_string();
//! let app = App::empty_loader().env_from([("SECRET_KEY_FILE", file)]).load()?;
//! assert_eq!(app.secret_key.expose_secret(), "hunter2");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `docker run --env-file` keeps quotes as a part of the value. A number or the like is then refused, with a hint; a
//! `String` takes the quotes as they stand, so leave them out there.
//!
//! ## systemd
//!
//! `LoadCredential=secret_key:/etc/app/key` sets `$CREDENTIALS_DIRECTORY`, which every load with an environment reads
//! as the highest secrets directory. 78 is the exit code for wrong settings: with `RestartPreventExitStatus=78` systemd
//! doesn't start the service again and again.
//!
//! ```
//! # use settings_core::{SecretString, Settings};
//! # #[derive(Debug, Settings)]
//! # struct App { secret_key: SecretString }
//! # let credentials = tempfile::tempdir()?;
//! # let credentials = credentials.path();
//! # std::fs::write(credentials.join("secret_key"), "hunter2")?;
//! let app = App::empty_loader().env_from([("CREDENTIALS_DIRECTORY", credentials)]).load()?;
//! assert!(app.origin("secret_key").unwrap().to_string().starts_with("secret file "));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## Kubernetes
//!
//! A `Secret` that is mounted as a volume is a secrets directory. Kubernetes also sets variables for every service of
//! the namespace: a service that is called `shop` makes `SHOP_PORT=tcp://10.0.0.7:80` in each pod, which has nothing to
//! do with your `port`. Such names are never told to be unknown; where one reaches a leaf, the report says what it is.
//!
//! ```
//! # use settings_core::Settings;
//! # #[derive(Debug, Settings)]
//! # #[settings(prefix = "SHOP_")]
//! # struct Shop { #[settings(default = 8080)] port: u16 }
//! let error = Shop::empty_loader().env_from([("SHOP_PORT", "tcp://10.0.0.7:80")]).load().unwrap_err();
//! assert!(error.to_string().contains("enableServiceLinks: false"));
//! ```
//!
//! ## Settings that change while the program runs
//!
//! With the feature `live`, [`Loader::live`], or [`live_or_exit`] in `main`, gives settings that are loaded again, by
//! hand, at SIGHUP, when a file changes or a store does. A load without a problem is put in force as a whole; any other
//! leaves what runs as it is. Only what is marked [`reload`](derive@Settings#reload) changes; for the rest the event says
//! that a restart is required.
//!
//! ```
//! # #[cfg(feature = "watch")] {
//! # use settings_core::Settings;
//! #[derive(Settings)]
//! struct App {
//!     #[settings(default = "info", reload)]
//!     log_level: String,
//! }
//!
//! # let directory = tempfile::tempdir()?;
//! # let file = directory.path().join("app.toml");
//! let live = App::empty_loader().file(&file).live()?;
//! live.subscribe(|event| eprintln!("{event}")).detach(); // log_level: info -> debug
//! live.watch()?.detach();
//!
//! let app = live.current(); // one whole revision, for as long as it is held
//! assert_eq!(app.log_level, "info");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `get()` gives what was loaded at the start, always: hand a `Live` to what follows changes. The module [`live`] tells
//! the rest, and `examples/live.rs` runs it.
//!
//! # Sources
//!
//! ## Files: TOML, JSON, YAML
//!
//! - *Reads* a file of at most 16 MiB, UTF-8, by its ending; by [`file`](derive@Settings#file) and [`Loader::file`].
//!   JSON is RFC 8259, without comments. YAML is 1.2 with its core schema, one document; what its aliases may copy is
//!   bounded. Tables and lists may stand in each other 128 deep.
//! - *Names*: tables are groups, keys one at a time. A quoted `"server.bind"` is a path.
//! - *Origin*: `config.toml:12:8`. The place is found by reading the file again when someone asks, and left out if the
//!   file has changed since.
//! - *Errors*: absence is none unless the file is `required`. A file that is there but can't be read is one, and leaves
//!   that are missing then say that they may stand in it.
//!
//! ## `.env` files
//!
//! - *Reads* the dialect of [`dotenv`]; by [`env_file`](derive@Settings#env_file) and [`Loader::env_file`]. `${NAME}`
//!   looks at the environment that the loader was given, then at the `.env` files before it, then at the lines above.
//! - *Names* are those of the environment. Without a prefix every name in the file should lead to a leaf; with one,
//!   only those under it.
//! - *Origin*: `.env:4`.
//! - *Errors*: every error of the file at once, each with line and column, and none with a value.
//!
//! ## Secrets directories
//!
//! - *Reads* one file for each secret, without its final newline; by [`secrets_dir`](derive@Settings#secrets_dir),
//!   [`Loader::secrets_dir`] and `$CREDENTIALS_DIRECTORY`. Files that lead to no leaf are not opened. There may be
//!   10,000 of them, in folders 16 deep.
//! - *Names*: the key or the variable, `secret_key` or `SHOP_SECRET_KEY`; a subfolder is a group. What begins with a
//!   dot is skipped.
//! - *Origin*: `secret file /run/secrets/secret_key`. The value is masked, whatever its leaf.
//! - *Errors*: a file that can't be read, or a link that leaves the directory, where a leaf would read it. A file that
//!   others may write is warned of; who else may read it, `settings check` tells.
//!
//! ## The environment
//!
//! - *Reads* the variables of the process, [`Loader::env`], or those that are handed over, [`Loader::env_from`].
//! - *Names*: prefix and path. `SHOP_HOSTS__0__URL` and `SHOP_LABELS__zone` reach into lists of groups and maps. A
//!   group or map given whole is JSON: `SHOP_SERVER={"bind":"::1"}`. For a secret leaf, `<NAME>_FILE` names a file that
//!   holds the value.
//! - *Origin*: `environment variable SHOP_PORT`, as it was spelled.
//! - *Errors*: a variable that is not UTF-8, if a leaf reads it.
//!
//! ## Arguments
//!
//! - *Reads* what [`Loader::args`] is given, without the program's name: `--db-pool-size 5`, `--db-pool-size=5`, `--set
//!   db.pool_size=5`. A flag for a bool leaf needs no value; `--no-flag` is false. A list may be repeated.
//! - *Names* are keys in any spelling; there are no abbreviations.
//! - *Origin*: `argument --db-pool-size`.
//! - *Errors*: an argument that leads to no leaf, always. The text of one that follows no flag is not shown: it may be
//!   a secret.
//!
//! ## Providers of figment
//!
//! - *Reads* any `figment::Provider`, by [`Loader::provider`]. Its profiles are not used.
//! - *Names* are those of files.
//! - *Origin*: the name and source that its metadata tells.
//! - *Errors*: that it failed, and where; figment's own words are not printed, since they may quote a value.
//!
//! ## Stores of a cluster
//!
//! With the feature `remote`; the module [`remote`] tells the rest.
//!
//! - *Reads* everything below a prefix at one revision, by [`Loader::remote`], and follows it from then on. An `Engine`
//!   knows one kind of store; etcd's is in the crate [`settings-etcd`](https://docs.rs/settings-etcd). Changes load live settings again, by
//!   [`Live::follow`].
//! - *Names* are keys, divided by `/` or by dots: `/shop/server/bind`.
//! - *Origin*: the store, the key, and the revision of its last change, `etcd /shop/server/bind @42`.
//! - *Errors*: a store that has not been read when its deadline is over, unless a last good snapshot is kept on disk.
//!
//! # Features
//!
//! | feature | default | gives |
//! |---|---|---|
//! | `toml` | yes | files that end in `.toml` |
//! | `json` | yes | files that end in `.json` |
//! | `pattern` | yes | patterns beyond an alternation of literals, by the `regex` crate |
//! | `yaml` | no | files that end in `.yaml` or `.yml` |
//! | `validator` | no | [`validator`](derive@Settings#validator), which runs `validator::Validate` |
//! | `dotenvy` | no | `env_file = dotenvy("…")`, for files in its dialect |
//! | `tracing` | no | warnings as `tracing` events, target `settings`; of live settings each change, target `settings::live` |
//! | `testing` | no | [`with_override`]; for `remote`, a store in memory and the conformance kit for engines |
//! | `cli` | no | the `settings` command, by [`cli`] |
//! | `clap` | no | leaves as flags of a clap command, by [`clap`] |
//! | `remote` | no | [`Loader::remote`]: a layer from a store that several processes share; with `live`, [`Live::follow`] |
//! | `live` | no | [`Loader::live`]: settings that are loaded again while the program runs |
//! | `watch` | no | `Live::watch`: again when a file changes |
//! | `sighup` | no | `Live::reload_on_sighup`: again at SIGHUP, on Unix |
//! | `tokio` | no | `Live::subscribe_watch`: events by `tokio::sync::watch` |
//!
//! Types and traits of other crates stand in the interface of this one: a program that uses them takes the versions
//! figment 0.10, secrecy 0.10, clap 4, validator 0.21 and tokio 1.
//!
//! # Not offered
//!
//! - *Looking for files in parent directories.* What a program reads should not hang on where it was started.
//! - *Other encodings than UTF-8.* A guess that is wrong corrupts a password.
//! - *A section of a file as the root.* Nest the struct in one that has the section's name.
//! - *A word that means `None`.* Some day it is a value. Leave the variable out, or set it to nothing.
//! - *Structs with parameters, and groups that contain themselves.* The schema is one constant, and finite.
//! - *One of several groups.* Make each an `Option` and check by [`validate`](derive@Settings#validate) that one is
//!   there.
//! - *Binary secrets.* Encode them, and read them by [`parse_with`](derive@Settings#parse_with).
//! - *Writing the environment.* It is a data race in a threaded program. `unsafe` is forbidden in these crates.
//!
//! # Beside other crates
//!
//! They make other choices, and one of them may suit you better. [figment] and [config] merge any source into one tree
//! of values and hand it to any `Deserialize` type: take them for profiles, for formats that are not read here, or
//! where the type can't have a derive. figment's providers work here as well. [confique] has a schema too, with each
//! variable named in the struct. [envy] reads a flat struct from the environment and nothing else, which is often
//! enough. [clap] is the one for programs that are told by arguments what to do: its command takes the leaves as flags.
//!
//! This crate is for services: settings from several places, some of them secret, that somebody has to mend without
//! reading the source.
//!
//! [figment]: https://docs.rs/figment
//! [config]: https://docs.rs/config
//! [confique]: https://docs.rs/confique
//! [envy]: https://docs.rs/envy
//! [clap]: https://docs.rs/clap

// What a feature adds is linked where it is there. Of two definitions the first counts, so else it is the table above.
#![cfg_attr(feature = "cli", doc = "[`cli`]: cli")]
#![cfg_attr(feature = "clap", doc = "[`clap`]: mod@clap")]
#![cfg_attr(feature = "live", doc = "[`live`]: live")]
#![cfg_attr(feature = "live", doc = "[`Loader::live`]: Loader::live")]
#![cfg_attr(feature = "live", doc = "[`live_or_exit`]: Loader::live_or_exit")]
#![cfg_attr(feature = "remote", doc = "[`remote`]: remote")]
#![cfg_attr(feature = "remote", doc = "[`Loader::remote`]: Loader::remote")]
#![cfg_attr(
    all(feature = "live", feature = "remote"),
    doc = "[`Live::follow`]: Live::follow"
)]
#![cfg_attr(
    feature = "testing",
    doc = "[`with_override`]: Settings::with_override"
)]
//! [`cli`]: #features
//! [`clap`]: #features
//! [`live`]: #features
//! [`Loader::live`]: #features
//! [`live_or_exit`]: #features
//! [`remote`]: #features
//! [`Loader::remote`]: #features
//! [`Live::follow`]: #features
//! [`with_override`]: #features
#![cfg_attr(docsrs, feature(doc_cfg))]

// Data: known before a load, read by everything.
mod error;
pub mod schema;
mod value;
// Steps: one job each; none imports another.
mod build;
mod decode;
pub mod dotenv;
mod resolve;
mod rules;
mod source;
// Load: the steps in order, and views of the result.
pub mod docs;
mod loaded;
mod loader;
mod view;
// Around a load.
pub mod __private;
#[cfg(feature = "clap")]
pub mod clap;
#[cfg(feature = "cli")]
pub mod cli;
mod global;
#[cfg(feature = "live")]
pub mod live;
#[cfg(feature = "remote")]
pub mod remote;
mod settings;

pub use error::Error;
pub use error::origin::{Layer, Origin};
pub use error::problem::{Problem, ProblemKind};
pub use error::source_report::{SourceReport, SourceStatus};
#[cfg(feature = "live")]
pub use live::Live;
pub use loaded::Loaded;
pub use loader::Loader;
#[doc(no_inline)]
pub use schema::Schema;
pub use secrecy::{ExposeSecret, SecretBox, SecretString};
pub use settings::Settings;

#[doc = include_str!("../docs/derive.md")]
#[doc(inline)]
pub use settings_derive::Settings;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
