//! The trait `Settings`: load, get, loader; every method is one line downwards.

use crate::{
    build::Assemble,
    error::Error,
    global::{Cell, terminal},
    loaded::Loaded,
    loader::Loader,
    loader::check_schema,
    schema::Schema,
};

/// What the derive writes beside `Assemble` for a struct that is a root: the cell for `get()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded by itself",
    note = "a `group` is always a part of other settings; without `#[settings(group)]` a struct is a root too"
)]
pub trait Root: Assemble + Send + Sync + 'static {
    /// The cell.
    fn cell() -> &'static Cell<Self>;
}

/// Settings that can be loaded: derived, never written by hand.
///
/// See [the derive](derive@crate::Settings) for its attributes. A [`group`](derive@crate::Settings#group) has none of
/// these methods. Some bounds name `Assemble`, the hidden trait below this one, which groups have as well.
///
/// | to load | gives |
/// |---|---|
/// | [`load`](Self::load) | the settings, to be passed along |
/// | [`init_or_exit`](Self::init_or_exit), [`init`](Self::init) | the settings that `get` gives everywhere, at the start of `main` |
/// | [`get`](Self::get), [`try_get`](Self::try_get) | those, loaded at the first call if nobody has |
/// | [`loaded`](Self::loaded) | those, with origins and warnings |
/// | [`loader`](Self::loader) | what `load` does, to be extended |
/// | [`empty_loader`](Self::empty_loader) | no source at all, for tests |
pub trait Settings: Root {
    /// All that is known of these settings before anything is read.
    const SCHEMA: &'static Schema = <Self as Assemble>::SCHEMA;

    /// Loads them from the sources that the struct declares and the process environment. Nothing is kept: each call loads.
    ///
    /// # Errors
    ///
    /// Returns every problem that there is to mend.
    fn load() -> Result<Self, Error> {
        Self::loader().load().map(Loaded::into_inner)
    }

    /// The settings, loaded at the first call; later calls only read a cell. Callers on other threads wait for the first.
    ///
    /// # Panics
    ///
    /// Panics with the report if they cannot be loaded, and if it is called from within their own load.
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

    /// The settings, loaded at the first call that succeeds.
    ///
    /// # Errors
    ///
    /// Returns every problem that there is to mend. The next call tries again.
    ///
    /// # Panics
    ///
    /// Panics if it is called from within their own load.
    fn try_get() -> Result<&'static Self, Error> {
        #[cfg(feature = "testing")]
        if let Some(settings) = crate::global::overriding::overridden() {
            return Ok(settings);
        }
        Self::try_loaded().map(|loaded| &**loaded)
    }

    /// The settings that `get()` gives, with origins and warnings.
    ///
    /// # Errors
    ///
    /// Returns every problem that there is to mend. The next call tries again.
    ///
    /// # Panics
    ///
    /// Panics if it is called from within their own load.
    fn try_loaded() -> Result<&'static Loaded<Self>, Error> {
        match Self::cell().get() {
            Some(loaded) => Ok(loaded),
            None => Self::cell().get_or_load(Self::loader),
        }
    }

    /// Loads the settings that `get()` will give.
    ///
    /// # Errors
    ///
    /// Returns every problem that there is to mend, or that `get()` has settings already.
    ///
    /// # Panics
    ///
    /// Panics if it is called from within their own load.
    fn init() -> Result<&'static Self, Error> {
        Self::loader().init()
    }

    /// Loads the settings that `get()` will give, for `main`.
    ///
    /// Prints warnings to stderr. If the settings cannot be loaded, or `get()` has settings already, prints the report
    /// and exits with 78 (`EX_CONFIG`). On a terminal it is in colour and, with the feature `cli`, no wider than that.
    ///
    /// # Panics
    ///
    /// Panics if it is called from within their own load.
    fn init_or_exit() -> &'static Self {
        Self::loader().init_or_exit()
    }

    /// A loader with the sources that the struct declares and the process environment, to be extended.
    fn loader() -> Loader<Self> {
        Loader::declared(<Self as Assemble>::SCHEMA.sources)
    }

    /// A loader with the same rules and prefix, but no source at all: for tests.
    fn empty_loader() -> Loader<Self> {
        Loader::bare()
    }

    /// Runs `run` with `settings` as what `get()` gives on this thread; other threads don't see it. Nested calls restore.
    ///
    /// For tests: they can run side by side, each with settings of its own. The value is leaked, since `get()` promises it
    /// for ever.
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

    /// Checks what the compiler cannot see of the struct: that each default can be read and obeys the rules of its leaf, that
    /// the rules look at something in its type, and that conditions and names of files make sense.
    ///
    /// The first load of a debug build does it too. Call it in a test:
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
    /// Returns every mistake.
    fn check_schema() -> Result<(), Error> {
        check_schema::check::<Self>()
    }
}

impl<T: Settings> Loader<T> {
    /// Loads the settings that `get()` will give.
    ///
    /// # Errors
    ///
    /// Returns every problem that there is to mend, or that `get()` has settings already.
    ///
    /// # Panics
    ///
    /// Panics if it is called from within their own load.
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
        T::cell().fill(self).map(|loaded| &**loaded)
    }

    /// Loads the settings that `get()` will give, for `main`.
    ///
    /// Prints warnings to stderr. If the settings cannot be loaded, or `get()` has settings already, prints the report
    /// and exits with 78 (`EX_CONFIG`). On a terminal it is in colour and, with the feature `cli`, no wider than that.
    ///
    /// # Panics
    ///
    /// Panics if it is called from within their own load.
    pub fn init_or_exit(self) -> &'static T {
        let loaded = terminal::or_exit(T::cell().fill(self));
        terminal::warn(loaded);
        loaded
    }

    /// [`live`](Self::live), for `main`.
    ///
    /// Prints warnings to stderr. If the settings cannot be loaded, prints the report and exits with 78 (`EX_CONFIG`).
    #[cfg(feature = "live")]
    pub fn live_or_exit(self) -> crate::live::Live<T> {
        let live = terminal::or_exit(self.live());
        terminal::warn(live.current().loaded());
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
