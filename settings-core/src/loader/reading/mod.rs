//! The layers while they are read: lowest first, then those whose names depend on what the others said.

mod declared;
mod env_file;
mod flat;
mod hint;
mod secrets_dir;
#[cfg(feature = "remote")]
mod store;
mod structured;

use self::hint::did_you_mean;
#[cfg(feature = "remote")]
use crate::remote::{Served, Store};
#[cfg(feature = "figment")]
use crate::source::provider::AnyProvider;
use crate::{
    error::{
        origin::{Document, Layer, Locate, Origin},
        problem::{Problem, ProblemKind},
        source_report::{SourceReport, SourceStatus},
    },
    resolve::Resolved,
    schema::layout::Layout,
    source::{
        args,
        contents::{Contents, Fingerprint, ReadProblem},
        env::{Handed, Variables},
        file::locate::Places,
    },
};
use std::{
    cell::OnceCell,
    collections::HashMap,
    ffi::{OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};
use zeroize::Zeroizing;

/// One layer, before it is read.
pub(crate) enum Feed {
    File(Declaration),
    #[cfg(feature = "figment")]
    Provider(AnyProvider),
    #[cfg(feature = "remote")]
    Store(Store),
    EnvFile(Declaration),
    #[cfg(feature = "dotenvy")]
    Dotenvy(Declaration),
    SecretsDir(Declaration),
    Process,
    Variables(Handed),
    Arguments(args::Arguments),
    Set(String, Zeroizing<String>),
}

#[derive(Clone)]
pub(crate) struct Declaration {
    pub(crate) path: PathBuf,
    pub(crate) required: bool,
    /// The leaf whose value is the path.
    pub(crate) named_by: Option<NamedBy>,
}

/// A leaf whose value is a path, and what set it.
#[derive(Clone)]
pub(crate) struct NamedBy {
    leaf: usize,
    origin: Origin,
}

impl Feed {
    pub(crate) fn layer(&self) -> Layer {
        match self {
            Self::File(_) => Layer::File,
            #[cfg(feature = "figment")]
            Self::Provider(_) => Layer::Provider,
            #[cfg(feature = "remote")]
            Self::Store(_) => Layer::Store,
            Self::EnvFile(_) => Layer::EnvFile,
            #[cfg(feature = "dotenvy")]
            Self::Dotenvy(_) => Layer::EnvFile,
            Self::SecretsDir(_) => Layer::SecretsDir,
            Self::Process | Self::Variables(_) => Layer::Environment,
            Self::Arguments(_) => Layer::Argument,
            Self::Set(..) => Layer::Set,
        }
    }

    /// The order of the kinds; files, providers and stores are one.
    fn rank(&self) -> u8 {
        match self.layer() {
            Layer::Default => 0,
            Layer::File | Layer::Provider | Layer::Store => 1,
            Layer::EnvFile => 2,
            Layer::SecretsDir => 3,
            Layer::Environment => 4,
            Layer::Argument => 5,
            Layer::Set => 6,
        }
    }
}

impl Declaration {
    pub(crate) fn optional(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            required: false,
            named_by: None,
        }
    }

    pub(crate) fn required(path: impl Into<PathBuf>) -> Self {
        Self {
            required: true,
            ..Self::optional(path)
        }
    }
}

/// The variables by their names, once a reference asks for one.
type Named<'v> = OnceCell<HashMap<&'v OsStr, &'v str>>;

/// The layers while they are read.
pub(crate) struct Reading {
    layout: &'static Layout,
    pub(crate) resolved: Resolved,
    pub(crate) looked: Vec<SourceReport>,
    /// Names that reached no leaf, for near misses of one that is missing.
    pub(crate) names: Vec<OsString>,
    /// What could not be read, and may hold any value that is missing.
    pub(crate) unread: Option<String>,
    /// The environment that this load was given.
    variables: Vec<(u16, Variables)>,
    /// What `.env` files have set so far, for references in those after them.
    assigned: HashMap<String, Vec<(u16, Zeroizing<String>)>>,
    env_files: usize,
    /// For each place that was looked at, the number of its layer.
    numbers: Vec<u16>,
    /// What was taken from stores; they are told when it is in force.
    #[cfg(feature = "remote")]
    pub(crate) served: Vec<(Store, Served)>,
}

impl Reading {
    /// Reads every layer into the slots.
    pub(crate) fn of(resolved: Resolved, layers: &[Feed]) -> Self {
        let mut reading = Self {
            layout: resolved.layout,
            resolved,
            looked: Vec::new(),
            names: Vec::new(),
            unread: None,
            variables: Vec::new(),
            assigned: HashMap::new(),
            env_files: layers
                .iter()
                .filter(|layer| layer.layer() == Layer::EnvFile)
                .count(),
            numbers: Vec::new(),
            #[cfg(feature = "remote")]
            served: Vec::new(),
        };
        reading.read(layers);
        if !reading.numbers.is_sorted() {
            let mut looked: Vec<_> = reading.numbers.iter().zip(reading.looked).collect();
            looked.sort_by_key(|(number, _)| **number);
            reading.looked = looked.into_iter().map(|(_, looked)| looked).collect();
        }
        reading
    }

    /// The same once more, to be put together a second time.
    #[cfg(feature = "live")]
    pub(crate) fn again(&self) -> Self {
        Self {
            layout: self.layout,
            resolved: self.resolved.clone(),
            looked: self.looked.clone(),
            names: self.names.clone(),
            unread: self.unread.clone(),
            variables: Vec::new(),
            assigned: HashMap::new(),
            env_files: self.env_files,
            numbers: Vec::new(),
            #[cfg(feature = "remote")]
            served: Vec::new(),
        }
    }

    /// Tells each store that what it served is in force.
    #[cfg(feature = "remote")]
    pub(crate) fn accept(served: &[(Store, Served)]) {
        for (store, served) in served {
            store.accept(served);
        }
    }

    fn read(&mut self, layers: &[Feed]) {
        let mut order: Vec<(u16, &Feed)> = (1..).zip(layers).collect();
        order.sort_by_key(|(_, layer)| layer.rank());
        // Every other number is left free, for what stands between two of them.
        for (number, (place, layer)) in (1_u16..).zip(&mut order) {
            let number = number.saturating_mul(2);
            *place = number;
            match layer {
                Feed::Process => self.variables.push((number, Variables::of_process())),
                Feed::Variables(variables) => {
                    self.variables.push((number, Variables::handed(variables)));
                }
                _ => {}
            }
        }
        let (later, first): (Vec<_>, Vec<_>) = order
            .into_iter()
            .partition(|(_, layer)| layer.has_placeholder());
        let keep = !later.is_empty();
        for &(place, layer) in first
            .iter()
            .filter(|(_, layer)| layer.layer() < Layer::Environment)
        {
            self.layer(place, layer);
            self.looked_for(place);
        }
        let mut credentials = None;
        for (place, mut variables) in std::mem::take(&mut self.variables) {
            let told = self.environment(place, &mut variables, keep);
            credentials = told.or(credentials);
            self.looked_for(place);
            self.variables.push((place, variables));
        }
        if layers.iter().any(|layer| matches!(layer, Feed::Process)) {
            self.refuse_guarded_names();
        }
        // systemd's directory stands above the declared ones and below the environment.
        if let Some(credentials) = credentials {
            let above = first
                .iter()
                .find(|(_, layer)| layer.layer() >= Layer::Environment);
            let place = above.map_or(u16::MAX, |(place, _)| place.saturating_sub(1));
            self.secrets_dir(place, &Declaration::optional(credentials));
            self.looked_for(place);
        }
        for &(place, layer) in first
            .iter()
            .filter(|(_, layer)| layer.layer() >= Layer::Environment)
        {
            self.layer(place, layer);
            self.looked_for(place);
        }
        // All of their names are known before the first is read: none depends on what stands in another.
        let mut named = Vec::with_capacity(later.len());
        for (place, layer) in later {
            let path = self.path_of(layer);
            self.looked_for(place);
            named.extend(path.map(|declaration| (place, layer, declaration)));
        }
        for (place, layer, declaration) in named {
            self.declared(place, layer, &declaration);
            self.looked_for(place);
        }
        self.variables.clear();
    }

    fn layer(&mut self, layer: u16, feed: &Feed) {
        match feed {
            #[cfg(feature = "figment")]
            Feed::Provider(provider) => self.provider(layer, provider),
            #[cfg(feature = "remote")]
            Feed::Store(store) => self.store(layer, store),
            Feed::Process | Feed::Variables(_) => {}
            Feed::Arguments(arguments) => self.arguments(layer, &arguments.0),
            Feed::Set(key, text) => self.set(layer, key, text),
            _ => {
                if let Some(declaration) = self.path_of(feed) {
                    self.declared(layer, feed, &declaration);
                }
            }
        }
    }

    /// A layer that has a path, which is known by now.
    fn declared(&mut self, layer: u16, feed: &Feed, declaration: &Declaration) {
        match feed {
            Feed::File(_) => self.file(layer, declaration),
            Feed::EnvFile(_) => self.env_file(layer, declaration),
            #[cfg(feature = "dotenvy")]
            Feed::Dotenvy(_) => self.dotenvy(layer, declaration),
            _ => self.secrets_dir(layer, declaration),
        }
    }

    /// Notes which layer the last places belong to.
    fn looked_for(&mut self, layer: u16) {
        self.numbers.resize(self.looked.len(), layer);
    }

    fn not_read(&mut self, source: impl fmt::Display) {
        self.unread = Some(match self.unread.take() {
            Some(others) => format!("{others} or {source}"),
            None => source.to_string(),
        });
    }

    /// A source that was there, but made no sense.
    fn broken(&mut self, place: &str) {
        if let Some(looked) = self.looked.iter_mut().rfind(|looked| looked.name == place) {
            looked.status = SourceStatus::Failed;
        }
        self.not_read(place);
    }

    /// A variable of the environment that this load was given.
    fn variable(&self, name: &str) -> Option<String> {
        let found = self
            .variables
            .iter()
            .rev()
            .find_map(|(_, variables)| variables.get(name));
        found.map(str::to_owned)
    }

    /// The same, if it says anything.
    fn telling_variable(&self, name: &str) -> Option<String> {
        self.variable(name).filter(|value| !value.is_empty())
    }

    /// Tells a problem with a source as a whole, and which leaf named it, if one did.
    fn tell_of_source(&mut self, declaration: &Declaration, problem: Problem) {
        let problem = match &declaration.named_by {
            Some(NamedBy { leaf, origin }) => {
                let key = self.layout.key_of(*leaf);
                let note = match origin.layer() {
                    Layer::Set => format!("it is named by {key}, which the program sets"),
                    _ => format!("it is named by {key} in {origin}"),
                };
                problem.with_note(note)
            }
            None => problem,
        };
        self.resolved.problems.push(problem);
    }

    /// What a declared file holds. Tells why, if that can't be had.
    fn contents(&mut self, declaration: &Declaration, layer: Layer) -> Option<Contents> {
        let shown = declaration.path.display().to_string();
        match Contents::read(&declaration.path) {
            Ok(contents) => {
                self.looked
                    .push(SourceReport::new(layer, shown, SourceStatus::Read));
                Some(contents)
            }
            Err(ReadProblem::Absent) if !declaration.required => {
                self.looked
                    .push(SourceReport::new(layer, shown, SourceStatus::Absent));
                None
            }
            Err(ReadProblem::Absent) => {
                self.looked.push(SourceReport::new(
                    layer,
                    shown.clone(),
                    SourceStatus::Absent,
                ));
                self.not_read(&shown);
                let what = format!("{shown} is required, but absent");
                let problem = Problem::new(ProblemKind::Source, what)
                    .about(of_source(layer, &declaration.path))
                    .with_help("create it, or correct its path");
                self.tell_of_source(declaration, problem);
                None
            }
            Err(why) => {
                self.looked.push(SourceReport::new(
                    layer,
                    shown.clone(),
                    SourceStatus::Failed,
                ));
                self.not_read(&shown);
                let help = why.help(&shown);
                let what = format!("{shown} cannot be read: {why}");
                let problem = Problem::new(ProblemKind::Source, what)
                    .about(of_source(layer, &declaration.path))
                    .with_help(help);
                self.tell_of_source(declaration, problem);
                None
            }
        }
    }
}

/// A source as a whole.
fn of_source(layer: Layer, path: &Path) -> Origin {
    match layer {
        Layer::EnvFile => Origin::env_file(Arc::from(path), 0, ""),
        Layer::SecretsDir => Origin::secret_file(Arc::from(path)),
        _ => Origin::file(Arc::new(document_of(path, None)), "", None),
    }
}

fn nothing_in_force(file: &str) -> String {
    format!("until {file} is mended, nothing in it counts")
}

/// A file as an origin knows it: where it is, and how a place in it is found.
fn document_of(path: &Path, read: Option<Fingerprint>) -> Document {
    Document {
        path: path.into(),
        places: read.map(|read| Box::new(Places::new(read)) as Box<dyn Locate>),
    }
}
