//! The trait `Settings`: `load`, `get`, `loader` and their relatives, each one call downwards.

use crate::{
    build::Assemble,
    error::Error,
    global::{Cell, help, terminal},
    loaded::Loaded,
    loader::{Loader, check_schema},
    schema::Schema,
};

/// The cell for `get()`, which the derive generates for every struct that is not a `group`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded by itself",
    note = "a `group` is only used inside other settings; remove `#[settings(group)]` to load the struct itself"
)]
pub trait Root: Assemble + Send + Sync + 'static {
    /// The cell.
    fn cell() -> &'static Cell<Self>;
}

/// Settings that can be loaded. Implemented by [the derive](derive@crate::Settings), never by hand.
///
/// A [`group`](derive@crate::Settings#group) does not implement it. Some bounds name `Assemble`, a hidden trait that groups
/// implement too.
///
/// | method | returns |
/// |---|---|
/// | [`load`](Self::load) | the settings, owned |
/// | [`init_or_exit`](Self::init_or_exit), [`init`](Self::init) | the settings that `get` returns from then on; for the start of `main` |
/// | [`get`](Self::get), [`try_get`](Self::try_get) | the same settings; the first call loads them if `init` was not called |
/// | [`try_loaded`](Self::try_loaded) | the same settings, with origins and warnings |
/// | [`loader`](Self::loader) | a loader with the sources of `load`, to be extended |
/// | [`empty_loader`](Self::empty_loader) | a loader without sources, for tests |
pub trait Settings: Root {
    /// The static description of the settings.
    const SCHEMA: &'static Schema = <Self as Assemble>::SCHEMA;

    /// Loads the settings from the sources that the struct declares and the process environment. Nothing is cached.
    ///
    /// # Errors
    ///
    /// Returns every problem of the load.
    fn load() -> Result<Self, Error> {
        Self::loader().load().map(Loaded::into_inner)
    }

    /// The cached settings. The first call loads them; callers on other threads wait for it. Later calls only read a cell.
    ///
    /// # Panics
    ///
    /// Panics with the report if the load fails, and if it is called during the load itself, such as by a `default_with` function.
    ///
    /// Also panics if another thread is loading, and functions of the program that this load calls have not returned for ten
    /// seconds: a function that waits for a thread that calls `get` would otherwise wait for ever. While sources are read,
    /// the wait has no limit.
    #[track_caller]
    #[inline]
    fn get() -> &'static Self {
        #[cfg(feature = "testing")]
        if let Some(settings) = crate::global::overriding::overridden() {
            return settings;
        }
        match Self::cell().get() {
            Some(loaded) => loaded,
            None => first_get(),
        }
    }

    /// The cached settings. The first call loads them; a failed load can be retried.
    ///
    /// # Errors
    ///
    /// Returns every problem of the load. The next call tries again.
    ///
    /// # Panics
    ///
    /// Panics if it is called during the load itself, such as by a `default_with` function.
    /// The same for a thread that such a function waits for, after ten seconds: see [`get`](Self::get).
    fn try_get() -> Result<&'static Self, Error> {
        #[cfg(feature = "testing")]
        if let Some(settings) = crate::global::overriding::overridden() {
            return Ok(settings);
        }
        Self::try_loaded().map(|loaded| &**loaded)
    }

    /// The settings that `get()` returns, with origins and warnings.
    ///
    /// # Errors
    ///
    /// Returns every problem of the load. The next call tries again.
    ///
    /// # Panics
    ///
    /// Panics if it is called during the load itself, such as by a `default_with` function.
    /// The same for a thread that such a function waits for, after ten seconds: see [`get`](Self::get).
    fn try_loaded() -> Result<&'static Loaded<Self>, Error> {
        match Self::cell().get() {
            Some(loaded) => Ok(loaded),
            None => Self::cell().get_or_load(Self::loader),
        }
    }

    /// Loads the settings that `get()` returns from then on.
    ///
    /// # Errors
    ///
    /// Returns every problem of the load, or one problem if the settings of `get()` are already loaded.
    ///
    /// # Panics
    ///
    /// Panics if it is called during the load itself, such as by a `default_with` function.
    /// The same for a thread that such a function waits for, after ten seconds: see [`get`](Self::get).
    fn init() -> Result<&'static Self, Error> {
        Self::loader().init()
    }

    /// Loads the settings that `get()` returns from then on, for `main`.
    ///
    /// Prints warnings to stderr. If the load fails, or the settings are already loaded, prints the report to stderr and exits
    /// with 78 (`EX_CONFIG`). On a terminal the report is in colour and, with the feature `cli`, as wide as the terminal.
    ///
    /// # Panics
    ///
    /// Panics if it is called during the load itself, such as by a `default_with` function.
    /// The same for a thread that such a function waits for, after ten seconds: see [`get`](Self::get).
    fn init_or_exit() -> &'static Self {
        Self::loader().init_or_exit()
    }

    /// A loader with the sources that the struct declares and the process environment, to be extended.
    fn loader() -> Loader<Self> {
        Loader::declared(<Self as Assemble>::SCHEMA.sources)
    }

    /// A loader with the same rules and prefix, but without sources: for tests.
    fn empty_loader() -> Loader<Self> {
        Loader::empty()
    }

    /// Runs `run` while `get()` returns `settings` on this thread. Other threads are not affected. A nested call restores the
    /// outer override when it ends.
    ///
    /// It lets tests with different settings run in parallel. The value is leaked, because `get()` returns a `&'static`.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080)] port: u16 }
    /// let other = App::empty_loader().set("port", "9000").load()?.into_inner();
    /// App::with_override(other, || assert_eq!(App::get().port, 9000));
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    #[cfg(feature = "testing")]
    fn with_override<R>(settings: Self, run: impl FnOnce() -> R) -> R {
        crate::global::overriding::with_override(settings, run)
    }

    /// Checks what the compiler cannot: that each default can be decoded and satisfies the rules of its setting, that each
    /// rule applies to the type of its setting, and that conditions and placeholders refer to suitable settings.
    ///
    /// The first load of a debug build runs it too. Call it in a test:
    ///
    /// ```
    /// # use settings_core::Settings;
    /// #[derive(Settings)]
    /// struct App {
    ///     #[settings(default_with = five, range(1..=4))]
    ///     workers: u8,
    /// }
    ///
    /// fn five() -> u8 { 5 }
    ///
    /// assert!(App::check_schema().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// Returns every problem of the schema.
    fn check_schema() -> Result<(), Error> {
        check_schema::check::<Self>()
    }
}

impl<T: Settings> Loader<T> {
    /// Loads the settings that `get()` returns from then on.
    ///
    /// # Errors
    ///
    /// Returns every problem of the load, or one problem if the settings of `get()` are already loaded.
    ///
    /// # Panics
    ///
    /// Panics if it is called during the load itself, such as by a `default_with` function.
    /// The same for a thread that such a function waits for, after ten seconds: see [`get`](Settings::get).
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080)] port: u16 }
    /// let app = App::empty_loader().set("port", "9000").init()?;
    /// assert_eq!((app.port, App::get().port), (9000, 9000));
    /// assert!(App::init().is_err());
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    pub fn init(self) -> Result<&'static T, Error> {
        T::cell().fill(&self).map(|loaded| &**loaded)
    }

    /// Loads the settings that `get()` returns from then on, for `main`.
    ///
    /// Prints warnings to stderr. If the load fails, or the settings are already loaded, prints the report to stderr and exits
    /// with 78 (`EX_CONFIG`). On a terminal the report is in colour and, with the feature `cli`, as wide as the terminal.
    ///
    /// # Panics
    ///
    /// Panics if it is called during the load itself, such as by a `default_with` function.
    /// The same for a thread that such a function waits for, after ten seconds: see [`get`](Settings::get).
    pub fn init_or_exit(self) -> &'static T {
        help::exit_if_requested(&self);
        let is_json = self.json_report;
        let loaded = terminal::or_exit(T::cell().fill(&self), is_json);
        terminal::warn(loaded, is_json);
        loaded
    }

    /// [`live`](Self::live), for `main`.
    ///
    /// Prints warnings to stderr. If the load fails, prints the report to stderr and exits with 78 (`EX_CONFIG`).
    #[cfg(feature = "live")]
    pub fn live_or_exit(self) -> crate::live::Live<T> {
        help::exit_if_requested(&self);
        let is_json = self.json_report;
        let live = terminal::or_exit(self.live(), is_json);
        terminal::warn(live.current().loaded(), is_json);
        live
    }
}

#[cold]
#[track_caller]
fn first_get<T: Settings>() -> &'static T {
    match T::try_loaded() {
        Ok(loaded) => loaded,
        Err(error) => panic!("{error}"),
    }
}
