//! `Loader`: sources are added, read, resolved, decoded and checked, in this order.

pub(crate) mod check_schema;
pub(crate) mod reading;
pub(crate) mod turns;

#[cfg(feature = "figment")]
use crate::source::provider::FigmentProvider;
use crate::{
    build::{self, Assemble, Assembler, LoadContext, Observer},
    error::{Error, problem::Problem, source_report},
    loaded::Loaded,
    loader::reading::{Reading, Source, SourcePath},
    resolve::Resolved,
    schema::{SourceDecl, SourceKind},
    source::{args::Arguments, decrypt::Decryption, env::Handed, file},
    value::format::{FileFormat, Format},
};
use std::{borrow::Cow, ffi::OsString, fmt, marker::PhantomData, path::PathBuf};
use zeroize::Zeroizing;

/// A file in the format of its extension.
fn by_extension(path: SourcePath) -> SourcePath {
    SourcePath {
        format: FileFormat::ByExtension(file::by_extension),
        ..path
    }
}

/// The sources from which settings are loaded.
///
/// Each method adds one source. Its layer depends on its kind, not on the order of the calls. From the lowest to the
/// highest: files, providers and stores, `.env` files, secrets directories, the environment, arguments, and values that
/// the program sets. Within one kind, a later source overrides an earlier one.
///
/// ```
/// # use settings_core::Settings;
/// # #[derive(Debug, Settings)]
/// # struct App { #[settings(default = 8080)] port: u16, name: String }
/// let app = App::empty_loader()
///     .env_from([("PORT", "9000"), ("NAME", "demo")])
///     .args(["--port", "9001"])
///     .load()?;
/// assert_eq!((app.port, app.name.as_str()), (9001, "demo"));
/// # Ok::<(), settings_core::Error>(())
/// ```
#[must_use = "a loader does nothing until `load` is called"]
pub struct Loader<T> {
    sources: Vec<Source>,
    /// Whether reports are printed as JSON.
    pub(crate) json_report: bool,
    decryption: Decryption,
    #[cfg(feature = "live")]
    approvals: Vec<Approval<T>>,
    settings: PhantomData<fn() -> T>,
}

/// A function of the program that may reject a reload.
#[cfg(feature = "live")]
type Approval<T> = Box<dyn Fn(&T, &[&str]) -> Result<(), String> + Send + Sync>;

impl<T> Loader<T> {
    pub(crate) fn empty() -> Self {
        Self {
            sources: Vec::new(),
            json_report: false,
            decryption: Decryption::default(),
            #[cfg(feature = "live")]
            approvals: Vec::new(),
            settings: PhantomData,
        }
    }

    pub(crate) fn declared(sources: &[SourceDecl]) -> Self {
        let mut loader = Self::empty();
        for source in sources {
            let path = SourcePath::declared(source);
            loader.sources.push(match source.kind {
                SourceKind::File => Source::File(path),
                SourceKind::EnvFile => Source::EnvFile(path),
                #[cfg(feature = "dotenvy")]
                SourceKind::Dotenvy => Source::Dotenvy(path),
                #[cfg(not(feature = "dotenvy"))]
                SourceKind::Dotenvy => Source::EnvFile(path),
                SourceKind::SecretsDir => Source::SecretsDir(path),
            });
        }
        loader.env()
    }

    /// Adds a TOML, YAML or JSON file, by its extension. It may be absent.
    ///
    /// A relative path starts at the working directory. A path may begin with `~/`, for the `HOME` of this loader's
    /// environment, and may contain [`{key}`](derive@crate::Settings#file).
    ///
    /// ```
    /// # #[cfg(feature = "toml")] {
    /// # use settings_core::Settings;
    /// # #[derive(Settings)]
    /// # struct App { port: u16 }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("config.toml");
    /// std::fs::write(&file, "port = 80\n")?;
    ///
    /// let app = App::empty_loader().file(&file).load()?;
    /// assert!(app.origin("port").unwrap().to_string().ends_with("config.toml:1:8"));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn file(self, path: impl Into<PathBuf>) -> Self {
        self.with(Source::File(by_extension(SourcePath::optional(path))))
    }

    /// Adds a file that must exist.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080)] port: u16 }
    /// let error = App::empty_loader().required_file("/nowhere/app.toml").load().unwrap_err();
    /// assert_eq!(error.problems()[0].to_string(), "/nowhere/app.toml is required, but absent");
    /// ```
    pub fn required_file(self, path: impl Into<PathBuf>) -> Self {
        self.with(Source::File(by_extension(SourcePath::required(path))))
    }

    /// Adds a file that live settings accept to disappear. Without this, a reload is rejected if a file that was read is
    /// absent, because a file may be absent while it is replaced.
    ///
    /// ```
    /// # #[cfg(all(feature = "live", feature = "toml"))] {
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080, reload)] port: u16 }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("override.toml");
    /// # std::fs::write(&file, "port = 80\n")?;
    /// let live = App::empty_loader().optional_file(&file).live()?;
    /// std::fs::remove_file(&file)?;
    /// live.reload()?;
    /// assert_eq!(live.current().port, 8080);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn optional_file(self, path: impl Into<PathBuf>) -> Self {
        self.with(Source::File(by_extension(SourcePath::removable(path))))
    }

    /// Adds a `.env` file that live settings accept to disappear, like [`optional_file`](Self::optional_file).
    pub fn optional_env_file(self, path: impl Into<PathBuf>) -> Self {
        self.with(Source::EnvFile(SourcePath::removable(path)))
    }

    /// Adds one table of a file: its keys are those of the settings. The rest of the file is not looked at.
    ///
    /// The table is a dotted key, such as `tool.app`. Paths are as for [`file`](Self::file).
    ///
    /// ```
    /// # #[cfg(feature = "toml")] {
    /// # use settings_core::Settings;
    /// # #[derive(Settings)]
    /// # struct App { port: u16 }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("project.toml");
    /// std::fs::write(&file, "[tool.app]\nport = 80\n[tool.other]\nname = 'x'\n")?;
    ///
    /// let app = App::empty_loader().file_section(&file, "tool.app").load()?;
    /// assert_eq!(app.port, 80);
    /// assert!(app.warnings().is_empty());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn file_section(self, path: impl Into<PathBuf>, section: impl Into<String>) -> Self {
        self.with(Source::File(SourcePath {
            section: Some(Cow::Owned(section.into())),
            ..by_extension(SourcePath::optional(path))
        }))
    }

    /// Adds a file in this format, whatever its extension. It may be absent. Paths are as for [`file`](Self::file).
    ///
    /// ```
    /// # #[cfg(feature = "json")] {
    /// # use settings_core::{Format, Settings};
    /// # #[derive(Settings)]
    /// # struct App { port: u16 }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("app.conf");
    /// std::fs::write(&file, r#"{"port": 80}"#)?;
    ///
    /// let app = App::empty_loader().file_as(&file, Format::Json).load()?;
    /// assert_eq!(app.port, 80);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn file_as(self, path: impl Into<PathBuf>, format: Format) -> Self {
        self.with(Source::File(SourcePath {
            format: FileFormat::Fixed(format),
            ..SourcePath::optional(path)
        }))
    }

    /// Adds every file that a pattern such as `conf.d/*.toml` matches, in the order of the bytes of their names. Later
    /// files override earlier ones. There may be none.
    ///
    /// `*` is any text, and is only special in the last part of the path. Names that begin with a dot are left out. A
    /// pattern may match 1,000 files. Paths are otherwise as for [`file`](Self::file).
    ///
    /// ```
    /// # #[cfg(feature = "toml")] {
    /// # use settings_core::Settings;
    /// # #[derive(Settings)]
    /// # struct App { port: u16 }
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// std::fs::write(directory.join("10-base.toml"), "port = 80\n")?;
    /// std::fs::write(directory.join("20-local.toml"), "port = 81\n")?;
    ///
    /// let app = App::empty_loader().file_pattern(directory.join("*.toml")).load()?;
    /// assert_eq!(app.port, 81);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn file_pattern(self, pattern: impl Into<PathBuf>) -> Self {
        self.with(Source::File(SourcePath {
            is_pattern: true,
            ..by_extension(SourcePath::optional(pattern))
        }))
    }

    /// Adds a file in which `${NAME}`, `${NAME:-text}` and `${NAME:?text}` are replaced in strings, and `$$` is a plain
    /// `$`.
    ///
    /// Values are those of this loader's environment, then of its `.env` files, the last first. A name that is not set is a
    /// problem, unless the reference has a default. Paths are as for [`file`](Self::file).
    ///
    /// ```
    /// # #[cfg(feature = "json")] {
    /// # use settings_core::Settings;
    /// # #[derive(Settings)]
    /// # struct App { url: String, port: u16 }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("app.json");
    /// std::fs::write(&file, r#"{"url": "http://${HOST}/", "port": "${PORT:-80}"}"#)?;
    ///
    /// let app = App::empty_loader().file_interpolated(&file).env_from([("HOST", "db")]).load()?;
    /// assert_eq!((app.url.as_str(), app.port), ("http://db/", 80));
    /// assert!(app.origin("url").unwrap().to_string().ends_with("app.json:1:9 with HOST"));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn file_interpolated(self, path: impl Into<PathBuf>) -> Self {
        self.with(Source::File(SourcePath {
            is_interpolated: true,
            ..by_extension(SourcePath::optional(path))
        }))
    }

    /// Sets the function that decrypts files whose name ends in this extension. It applies to every file and `.env` file of
    /// this loader.
    ///
    /// `secrets.toml.age` is passed through the function and then read as TOML. Every value from such a file is masked. This
    /// crate has no cryptography of its own; an error of the function is part of the report, so it must not contain secrets.
    ///
    /// ```
    /// # #[cfg(feature = "toml")] {
    /// # use settings_core::Settings;
    /// # #[derive(Settings)]
    /// # struct App { token: String }
    /// # fn age_decrypt(bytes: &[u8]) -> Result<Vec<u8>, &'static str> { Ok(bytes.iter().map(|byte| byte ^ 1).collect()) }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("secrets.toml.age");
    /// # std::fs::write(&file, age_decrypt(b"token = 'hunter2'")?)?;
    /// let app = App::empty_loader()
    ///     .file(&file)
    ///     .decrypt("age", |bytes| age_decrypt(bytes))
    ///     .load()?;
    /// assert_eq!(app.token, "hunter2");
    /// assert!(!app.dump().to_string().contains("hunter2"));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decrypt<E: fmt::Display>(
        mut self,
        extension: impl AsRef<str>,
        decrypt: impl Fn(&[u8]) -> Result<Vec<u8>, E> + Send + Sync + 'static,
    ) -> Self {
        self.decryption.add(extension.as_ref(), decrypt);
        self
    }

    /// Adds a `.env` file in the dialect of [`dotenv`](crate::dotenv). It may be absent. Paths are as for
    /// [`file`](Self::file).
    pub fn env_file(self, path: impl Into<PathBuf>) -> Self {
        self.with(Source::EnvFile(SourcePath::optional(path)))
    }

    /// Adds a `.env` file that must exist.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080)] port: u16 }
    /// let loader = App::empty_loader().required_env_file("/nowhere/.env").required_secrets_dir("/nowhere/secrets");
    /// assert_eq!(loader.load().unwrap_err().problems().len(), 2);
    /// ```
    pub fn required_env_file(self, path: impl Into<PathBuf>) -> Self {
        self.with(Source::EnvFile(SourcePath::required(path)))
    }

    /// Adds a directory with one file per secret. It may be absent. Paths are as for [`file`](Self::file).
    pub fn secrets_dir(self, path: impl Into<PathBuf>) -> Self {
        self.with(Source::SecretsDir(SourcePath::optional(path)))
    }

    /// Adds a secrets directory that must exist.
    pub fn required_secrets_dir(self, path: impl Into<PathBuf>) -> Self {
        self.with(Source::SecretsDir(SourcePath::required(path)))
    }

    /// Adds the environment of the process. It is read once per load.
    pub fn env(self) -> Self {
        self.with(Source::ProcessEnv)
    }

    /// Adds variables that replace the environment. A repeated name has its last value.
    ///
    /// `${NAME}`, `~/` and `$CREDENTIALS_DIRECTORY` use only these variables, so tests do not depend on the process.
    pub fn env_from<N, V>(self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        self.with(Source::Env(Handed(variables.collect())))
    }

    /// Adds arguments, without the program's name: `--db-pool-size 5`, `--server-bind=…`, `--no-debug`, `--set
    /// key=value`.
    ///
    /// An argument that does not match any setting is a problem, so pass only those that are settings.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Settings)]
    /// # struct App { #[settings(default = 10)] pool_size: u32, #[settings(default = true)] debug: bool, #[settings(default = "")] tags: Vec<String> }
    /// let arguments = ["--pool-size=5", "--no-debug", "--tags", "a", "--tags", "b"];
    /// let app = App::empty_loader().args(arguments).load()?;
    /// assert_eq!((app.pool_size, app.debug), (5, false));
    /// assert_eq!(app.tags, ["a", "b"]);
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    pub fn args<A: Into<OsString>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        self.with(Source::Arguments(Arguments(arguments), Reading::arguments))
    }

    /// Adds a figment provider, in the layer of files. Its profiles are not used.
    ///
    /// Its values are read once, at the first load: [live settings] do not see its changes, and warn of it. A
    /// merged `Figment` is named after its parts, and each value has the origin of its part.
    ///
    /// A loader is `Send` and `Sync`. A provider that is not, such as figment's own `Env`, is passed as
    /// `Figment::from(provider)`.
    ///
    #[cfg_attr(feature = "live", doc = "[live settings]: crate::Live")]
    #[cfg_attr(not(feature = "live"), doc = "[live settings]: crate#features")]
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Settings)]
    /// # struct App { port: u16 }
    /// use figment::providers::Serialized;
    ///
    /// let app = App::empty_loader().provider(Serialized::default("port", 80)).load()?;
    /// assert_eq!(app.port, 80);
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    #[cfg(feature = "figment")]
    pub fn provider(self, provider: impl figment::Provider + Send + Sync + 'static) -> Self {
        self.with(Source::Provider(Box::new(FigmentProvider::new(provider))))
    }

    /// Adds a remote store, in the layer of files.
    ///
    /// The first load waits for it until its [`deadline`](crate::remote::StoreBuilder::deadline). Each load uses the
    /// latest snapshot. See [`remote`](crate::remote).
    #[cfg(feature = "remote")]
    pub fn store(self, store: &crate::remote::Store) -> Self {
        self.with(Source::Store(store.clone()))
    }

    /// Adds contents of a store for a check.
    #[cfg(all(feature = "cli", feature = "remote"))]
    pub(crate) fn store_contents(self, contents: reading::CheckedContents) -> Self {
        self.with(Source::StoreContents(contents.into()))
    }

    /// Sets one setting by its dotted key, above all other layers. The text is decoded like that of a variable. Inside
    /// lists and maps, the key is the one that reports print, such as `hosts[0].port` and `zones.eu.port`.
    ///
    /// A key that does not match any setting is a problem of the load.
    pub fn set(self, key: impl Into<String>, text: impl Into<String>) -> Self {
        self.with(Source::Set(key.into(), Zeroizing::new(text.into())))
    }

    /// Whether [`init_or_exit`](Self::init_or_exit) and `live_or_exit` print the report and warnings as JSON, for programs
    /// whose log is JSON: one object per line, as by [`Error::to_json`]. By default they print text.
    ///
    /// ```no_run
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080)] port: u16 }
    /// /// What decides the format of the log, so that it is known if other settings are invalid.
    /// #[derive(Debug, Settings)]
    /// #[settings(unknown = "ignore")]
    /// struct Log {
    ///     #[settings(default = "text", one_of("text", "json"))]
    ///     log_format: String,
    /// }
    ///
    /// let is_json = Log::load().is_ok_and(|log| log.log_format == "json");
    /// let app = App::loader().json_report(is_json).init_or_exit();
    /// ```
    pub fn json_report(self, is_json: bool) -> Self {
        Self {
            json_report: is_json,
            ..self
        }
    }

    /// Calls a function before a reload of [`live`](crate::live) settings is put in force, which may reject it.
    ///
    /// It receives the new settings, which are valid, and the keys that change. An error rejects the reload like an invalid
    /// value: its text is in the report, and the settings in force stay. The first load, and a reload without a change, need no
    /// approval. Of several functions, all must approve.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// #[derive(Debug, Settings)]
    /// struct App {
    ///     #[settings(default = 8, reload)]
    ///     workers: u32,
    /// }
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("app.env");
    /// let live = App::empty_loader()
    ///     .env_file(&file)
    ///     .approve(|app, changed| match app.workers {
    ///         0 if changed.contains(&"workers") => Err("jobs are waiting"),
    ///         _ => Ok(()),
    ///     })
    ///     .live()?;
    ///
    /// std::fs::write(&file, "WORKERS=0")?;
    /// let error = live.reload().unwrap_err();
    /// assert_eq!(error.problems()[0].to_string(), "App: the program rejects the change of workers: jobs are waiting");
    /// assert_eq!(live.current().workers, 8);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "live")]
    pub fn approve<E: fmt::Display>(
        mut self,
        approval: impl Fn(&T, &[&str]) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        let approval = move |new: &T, changed: &[&str]| {
            let approved = approval(new, changed);
            approved.map_err(|error| error.to_string())
        };
        self.approvals.push(Box::new(approval));
        self
    }

    /// Asks the functions of [`approve`](Self::approve). The error is the reason of the first that rejects the change.
    #[cfg(feature = "live")]
    pub(crate) fn approved(&self, new: &T, changed: &[&str]) -> Result<(), String> {
        let mut approvals = self.approvals.iter();
        approvals.try_for_each(|approval| approval(new, changed))
    }

    fn with(mut self, source: Source) -> Self {
        self.sources.push(source);
        self
    }

    /// The arguments among the sources.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &[OsString]> {
        self.sources.iter().filter_map(|source| match source {
            Source::Arguments(arguments, _) => Some(arguments.0.as_slice()),
            _ => None,
        })
    }

    /// The stores among the sources.
    #[cfg(all(feature = "remote", any(feature = "cli", feature = "live")))]
    pub(crate) fn stores(&self) -> impl Iterator<Item = &crate::remote::Store> {
        self.sources.iter().filter_map(|source| match source {
            Source::Store(store) => Some(store),
            _ => None,
        })
    }
}

impl<T: Assemble> Loader<T> {
    /// Reads the settings from the sources added so far, lowest layer first.
    ///
    /// Every setting is checked before this returns, so one run reports everything there is to fix.
    ///
    /// # Errors
    ///
    /// Returns every missing, malformed or rejected setting and every unreadable source: sources first, then settings
    /// in the order of the struct. The error contains no secret values.
    pub fn load(self) -> Result<Loaded<T>, Error> {
        self.load_announcing(&|| ())
    }

    /// Reads the sources into new slots.
    #[cfg(feature = "live")]
    pub(crate) fn reading(&self) -> Reading {
        let mut resolved = Resolved::new(T::layout());
        resolved.overridden = Some(Vec::new());
        #[cfg(feature = "figment")]
        for source in &self.sources {
            if let Source::Provider(provider) = source {
                let name = provider.describe().name;
                let what =
                    format!("the provider {name} is read once: a reload does not see its changes");
                let warning = Problem::new(crate::ProblemKind::Source, what);
                resolved.warnings.push(
                    warning.with_help(
                        "add its files by `Loader::file`, or write an engine of a store",
                    ),
                );
            }
        }
        self.read(resolved)
    }

    /// Loads, and calls `before_build` once every source is read, before functions of the program are called.
    pub(crate) fn load_announcing(&self, before_build: &dyn Fn()) -> Result<Loaded<T>, Error> {
        #[cfg_attr(
            not(feature = "remote"),
            expect(unused_mut, reason = "only stores are removed from it")
        )]
        let mut reading = self.read(Resolved::new(T::layout()));
        #[cfg(feature = "remote")]
        let served = std::mem::take(&mut reading.served);
        before_build();
        let loaded = Self::build(reading, None);
        #[cfg(feature = "remote")]
        if loaded.is_ok() {
            // A diagnostic load does not do this, because the copy on disk is for a start of the program.
            Reading::accept(&served);
        }
        emit(match &loaded {
            Ok(loaded) => loaded.warnings(),
            Err(error) => error.warnings(),
        });
        loaded
    }

    /// Reads the sources into the slots.
    pub(crate) fn read(&self, resolved: Resolved) -> Reading {
        Reading::of(resolved, &self.sources, &self.decryption)
    }

    /// Builds the settings from the slots.
    pub(crate) fn build(
        mut reading: Reading,
        observer: Option<&mut (dyn Observer + 'static)>,
    ) -> Result<Loaded<T>, Error> {
        let unmatched = std::mem::take(&mut reading.unmatched);
        let mut resolved = reading.resolved;
        let context = LoadContext {
            unread: reading.unreadable.as_deref(),
            names: &unmatched,
            looked: &reading.reports,
            secrets_from: T::SCHEMA.secrets_from,
        };
        let source_problems = resolved.problems.len();
        let value =
            T::assemble(&mut Assembler::new(&mut resolved, context).with_observer(observer));
        resolved.report_binding_problems(source_problems, "");
        if cfg!(debug_assertions) {
            check_schema::at_first_load::<T>(&mut resolved);
        }
        resolved.report_unknown_names();
        let mut problems = std::mem::take(&mut resolved.problems).into_vec();
        let warnings = std::mem::take(&mut resolved.warnings).into_vec();
        match value {
            Some(value) if problems.is_empty() => {
                resolved.secret_values = Vec::new();
                resolved.quoted_texts = Vec::new();
                Ok(Loaded::new(value, resolved, warnings, reading.reports))
            }
            _ => {
                build::mask_repeated(&resolved, &mut problems);
                let read = source_report::one_line(&reading.reports);
                Err(Error::new(T::SCHEMA.root.name, problems).with_context(
                    warnings,
                    resolved.unchecked,
                    &read,
                ))
            }
        }
    }
}

impl<T> fmt::Debug for Loader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.sources.iter().map(Source::layer))
            .finish()
    }
}

/// Emits warnings as events, with the feature `tracing`.
pub(crate) fn emit(warnings: &[Problem]) {
    #[cfg(feature = "tracing")]
    for warning in warnings {
        let help: Vec<&str> = warning.help().collect();
        tracing::warn!(
            target: "settings",
            kind = crate::error::json::kind(warning.kind()),
            key = warning.key(),
            origin = warning.origin().map(tracing::field::display),
            help = (!help.is_empty()).then(|| help.join("; ")),
            "{warning}"
        );
    }
    #[cfg(not(feature = "tracing"))]
    let _ = warnings;
}
