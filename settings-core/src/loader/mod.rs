//! `Loader`: the layers are named, read, resolved, decoded and checked. The story, from top to bottom.

pub(crate) mod check_schema;
pub(crate) mod reading;

#[cfg(feature = "figment")]
use crate::source::provider::AnyProvider;
use crate::{
    build::{Assemble, Assembler, LoadContext, Observer},
    error::{Error, problem::Problem, source_report},
    loaded::Loaded,
    loader::reading::{Declaration, Feed, Reading},
    resolve::Resolved,
    schema::{SourceDecl, SourceKind},
    source::{args::Arguments, env::Handed},
};
use std::{ffi::OsString, fmt, marker::PhantomData, path::PathBuf};
use zeroize::Zeroizing;

/// Names the layers from which settings are loaded.
///
/// Each method adds one layer. Their order is that of their kinds, whatever the order of the calls: files, providers and
/// stores, `.env` files, secrets directories, the environment, arguments, and what is set by hand; within one kind,
/// later wins.
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
    layers: Vec<Feed>,
    settings: PhantomData<fn() -> T>,
}

impl<T> Loader<T> {
    pub(crate) fn bare() -> Self {
        Self {
            layers: Vec::new(),
            settings: PhantomData,
        }
    }

    pub(crate) fn declared(sources: &[SourceDecl]) -> Self {
        let mut loader = Self::bare();
        for source in sources {
            let declaration = Declaration {
                path: source.path.into(),
                required: source.required,
                named_by: None,
            };
            loader.layers.push(match source.kind {
                SourceKind::File => Feed::File(declaration),
                SourceKind::EnvFile => Feed::EnvFile(declaration),
                #[cfg(feature = "dotenvy")]
                SourceKind::Dotenvy => Feed::Dotenvy(declaration),
                #[cfg(not(feature = "dotenvy"))]
                SourceKind::Dotenvy => Feed::EnvFile(declaration),
                SourceKind::SecretsDir => Feed::SecretsDir(declaration),
            });
        }
        loader.env()
    }

    /// A TOML, YAML or JSON file, told apart by its extension; its absence is fine.
    ///
    /// A relative path begins at the working directory. It may begin with `~/`, for the `HOME` of the environment that
    /// this loader is given, and may hold [`{leaf}`](derive@crate::Settings#file).
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
        self.with(Feed::File(Declaration::optional(path)))
    }

    /// The same, but its absence is a problem.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080)] port: u16 }
    /// let error = App::empty_loader().required_file("/nowhere/app.toml").load().unwrap_err();
    /// assert_eq!(error.problems()[0].to_string(), "/nowhere/app.toml is required, but absent");
    /// ```
    pub fn required_file(self, path: impl Into<PathBuf>) -> Self {
        self.with(Feed::File(Declaration::required(path)))
    }

    /// A `.env` file in the dialect of [`dotenv`](crate::dotenv); its absence is fine. Paths are as for
    /// [`file`](Self::file).
    pub fn env_file(self, path: impl Into<PathBuf>) -> Self {
        self.with(Feed::EnvFile(Declaration::optional(path)))
    }

    /// The same, but its absence is a problem.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080)] port: u16 }
    /// let loader = App::empty_loader().required_env_file("/nowhere/.env").required_secrets_dir("/nowhere/secrets");
    /// assert_eq!(loader.load().unwrap_err().problems().len(), 2);
    /// ```
    pub fn required_env_file(self, path: impl Into<PathBuf>) -> Self {
        self.with(Feed::EnvFile(Declaration::required(path)))
    }

    /// A directory that holds one file for each secret; its absence is fine. Paths are as for [`file`](Self::file).
    pub fn secrets_dir(self, path: impl Into<PathBuf>) -> Self {
        self.with(Feed::SecretsDir(Declaration::optional(path)))
    }

    /// The same, but its absence is a problem.
    pub fn required_secrets_dir(self, path: impl Into<PathBuf>) -> Self {
        self.with(Feed::SecretsDir(Declaration::required(path)))
    }

    /// The environment of the process, which is read once, at the load.
    pub fn env(self) -> Self {
        self.with(Feed::Process)
    }

    /// Variables that stand for the environment; of one name the last counts.
    ///
    /// Also `${NAME}`, `~/` and `$CREDENTIALS_DIRECTORY` look only here, so a test is alone with what it gives.
    pub fn env_from<N, V>(self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        self.with(Feed::Variables(Handed(variables.collect())))
    }

    /// Arguments, without the program's name: `--db-pool-size 5`, `--server-bind=…`, `--no-debug`, `--set key=value`.
    ///
    /// One that leads to no leaf is a problem, so hand over only what is a setting.
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
        self.with(Feed::Arguments(Arguments(arguments)))
    }

    /// Any figment provider, of the rank of a file; its profiles are not used.
    ///
    /// A loader may go to another thread, so one that may not, as figment's own `Env`, is handed over as
    /// `Figment::from(provider)`.
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
        self.with(Feed::Provider(AnyProvider::new(provider)))
    }

    /// A store that several processes share, of the rank of a file.
    ///
    /// The first load waits for it until its [`deadline`](crate::remote::StoreBuilder::deadline); each takes its latest
    /// snapshot. See [`remote`](crate::remote).
    #[cfg(feature = "remote")]
    pub fn store(self, store: &crate::remote::Store) -> Self {
        self.with(Feed::Store(store.clone()))
    }

    /// One leaf by its dotted key, above all other layers; the text is read as if from the environment. Within lists and
    /// maps the key is what reports print, such as `hosts[0].port` and `zones.eu.port`.
    ///
    /// A key that leads to no leaf is a problem at the load.
    pub fn set(self, key: impl Into<String>, text: impl Into<String>) -> Self {
        self.with(Feed::Set(key.into(), Zeroizing::new(text.into())))
    }

    fn with(mut self, layer: Feed) -> Self {
        self.layers.push(layer);
        self
    }

    /// The stores among the layers.
    #[cfg(all(feature = "live", feature = "remote"))]
    pub(crate) fn stores(&self) -> impl Iterator<Item = &crate::remote::Store> {
        self.layers.iter().filter_map(|layer| match layer {
            Feed::Store(store) => Some(store),
            _ => None,
        })
    }
}

impl<T: Assemble> Loader<T> {
    /// Reads the settings from the layers named so far, lowest first.
    ///
    /// Every leaf is tried before this returns, so that one run shows all there is to mend.
    ///
    /// # Errors
    ///
    /// Returns every missing, malformed or refused leaf and every unreadable source: sources first, then leaves in the order
    /// of the struct. Secret values are not in it.
    pub fn load(self) -> Result<Loaded<T>, Error> {
        self.load_again()
    }

    /// Reads the layers.
    #[cfg(feature = "live")]
    pub(crate) fn reading(&self) -> Reading {
        self.read(Resolved::new(T::layout()))
    }

    /// Loads without giving the loader away.
    pub(crate) fn load_again(&self) -> Result<Loaded<T>, Error> {
        #[cfg_attr(not(feature = "remote"), expect(unused_mut, reason = "of stores"))]
        let mut reading = self.read(Resolved::new(T::layout()));
        #[cfg(feature = "remote")]
        let served = std::mem::take(&mut reading.served);
        let loaded = Self::put_together(reading, None);
        #[cfg(feature = "remote")]
        if loaded.is_ok() {
            // Not when someone only looks: what is kept on disk is for this program's own starts.
            Reading::accept(&served);
        }
        emit(match &loaded {
            Ok(loaded) => loaded.warnings(),
            Err(error) => error.warnings(),
        });
        loaded
    }

    /// Reads the layers into the slots.
    pub(crate) fn read(&self, resolved: Resolved) -> Reading {
        Reading::of(resolved, &self.layers)
    }

    /// Builds the settings from the slots.
    pub(crate) fn put_together(
        mut reading: Reading,
        observer: Option<&mut (dyn Observer + 'static)>,
    ) -> Result<Loaded<T>, Error> {
        let names = std::mem::take(&mut reading.names);
        let mut resolved = reading.resolved;
        let around = LoadContext {
            unread: reading.unread.as_deref(),
            names: &names,
            looked: &reading.looked,
        };
        let sources = resolved.problems.len();
        let value = T::assemble(&mut Assembler::new(&mut resolved, around).with_observer(observer));
        resolved.tell_in_order(sources, "");
        if cfg!(debug_assertions) {
            check_schema::first_time::<T>(&mut resolved);
        }
        resolved.tell_unknown();
        let problems = std::mem::take(&mut resolved.problems);
        let warnings = std::mem::take(&mut resolved.warnings);
        match value {
            Some(value) if problems.is_empty() => {
                Ok(Loaded::new(value, resolved, warnings, reading.looked))
            }
            _ => {
                let read = source_report::told(&reading.looked);
                Err(Error::new(T::SCHEMA.root.name, problems).with_context(
                    warnings,
                    resolved.unchecked,
                    read,
                ))
            }
        }
    }
}

impl<T> fmt::Debug for Loader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.layers.iter().map(Feed::layer))
            .finish()
    }
}

/// With the feature `tracing`, warnings are events too.
pub(crate) fn emit(warnings: &[Problem]) {
    #[cfg(feature = "tracing")]
    for warning in warnings {
        tracing::warn!(target: "settings", kind = ?warning.kind(), leaf = warning.key(), "{warning}");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = warnings;
}
