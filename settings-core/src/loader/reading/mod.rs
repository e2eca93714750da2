//! Reading of the sources, lowest layer first, into the slots.

mod declared;
mod env_file;
mod environment;
mod excerpt;
mod secrets_dir;
#[cfg(feature = "remote")]
mod store;
mod structured;

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
        contents::{Contents, FileFingerprint, ReadProblem},
        env::{Handed, Variables},
        file::locate::Places,
    },
    value::format::{FileFormat, Format},
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

/// A source of a loader, before it is read.
pub(crate) enum Source {
    File(SourcePath, FileFormat),
    #[cfg(feature = "figment")]
    Provider(AnyProvider),
    #[cfg(feature = "remote")]
    Store(Store),
    EnvFile(SourcePath),
    #[cfg(feature = "dotenvy")]
    Dotenvy(SourcePath),
    SecretsDir(SourcePath),
    /// The environment of the process.
    ProcessEnv,
    /// Variables of a caller, which replace the environment.
    Env(Handed),
    Arguments(args::Arguments),
    Set(String, Zeroizing<String>),
}

/// The path of a source. It may contain placeholders.
#[derive(Clone)]
pub(crate) struct SourcePath {
    pub(crate) path: PathBuf,
    pub(crate) required: bool,
    /// The setting whose value is the path.
    pub(crate) set_by: Option<PathSetting>,
    /// Whether a setting in the path has an invalid value. Its own problem is enough if the source is absent.
    pub(crate) names_invalid: bool,
}

/// A setting whose value is a path, and the origin of the value.
#[derive(Clone)]
pub(crate) struct PathSetting {
    leaf: usize,
    origin: Origin,
}

impl Source {
    pub(crate) fn layer(&self) -> Layer {
        match self {
            Self::File(..) => Layer::File,
            #[cfg(feature = "figment")]
            Self::Provider(_) => Layer::Provider,
            #[cfg(feature = "remote")]
            Self::Store(_) => Layer::Store,
            Self::EnvFile(_) => Layer::EnvFile,
            #[cfg(feature = "dotenvy")]
            Self::Dotenvy(_) => Layer::EnvFile,
            Self::SecretsDir(_) => Layer::SecretsDir,
            Self::ProcessEnv | Self::Env(_) => Layer::Environment,
            Self::Arguments(_) => Layer::Argument,
            Self::Set(..) => Layer::Set,
        }
    }

    /// The order of the kinds of sources. Files, providers and stores are of one kind.
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

impl SourcePath {
    pub(crate) fn optional(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            required: false,
            set_by: None,
            names_invalid: false,
        }
    }

    pub(crate) fn required(path: impl Into<PathBuf>) -> Self {
        Self {
            required: true,
            ..Self::optional(path)
        }
    }
}

/// Variables by name, built when a reference first needs one.
type VariableIndex<'v> = OnceCell<HashMap<&'v OsStr, &'v str>>;

/// The sources while they are read, and the slots that they fill.
pub(crate) struct Reading {
    layout: &'static Layout,
    pub(crate) resolved: Resolved,
    pub(crate) reports: Vec<SourceReport>,
    /// Variables and `.env` names that match no setting. The help for a missing setting names a similar one.
    pub(crate) unmatched: Vec<OsString>,
    /// The sources that could not be read, and may define any missing setting.
    pub(crate) unreadable: Option<String>,
    /// The environment of this load, with the numbers of its layers.
    variables: Vec<(u16, Variables)>,
    /// The values of `.env` files so far, for references in later files.
    env_file_values: HashMap<String, Vec<(u16, Zeroizing<String>)>>,
    env_files: usize,
    /// The layer of each report.
    report_layers: Vec<u16>,
    /// Snapshots of stores. The stores are informed when these are in force.
    #[cfg(feature = "remote")]
    pub(crate) served: Vec<(Store, Served)>,
}

impl Reading {
    /// Reads every source into the slots.
    pub(crate) fn of(resolved: Resolved, sources: &[Source]) -> Self {
        let is_env_file = |source: &&Source| source.layer() == Layer::EnvFile;
        let mut reading = Self {
            layout: resolved.layout,
            resolved,
            reports: Vec::new(),
            unmatched: Vec::new(),
            unreadable: None,
            variables: Vec::new(),
            env_file_values: HashMap::new(),
            env_files: sources.iter().filter(is_env_file).count(),
            report_layers: Vec::new(),
            #[cfg(feature = "remote")]
            served: Vec::new(),
        };
        reading.read(sources);
        reading.resolved.apply_discards();
        if !reading.report_layers.is_sorted() {
            let mut reports: Vec<_> = reading.report_layers.iter().zip(reading.reports).collect();
            reports.sort_by_key(|(layer, _)| **layer);
            reading.reports = reports.into_iter().map(|(_, report)| report).collect();
        }
        reading
    }

    /// A copy, from which the settings are built a second time.
    #[cfg(feature = "live")]
    pub(crate) fn again(&self) -> Self {
        Self {
            layout: self.layout,
            resolved: self.resolved.clone(),
            reports: self.reports.clone(),
            unmatched: self.unmatched.clone(),
            unreadable: self.unreadable.clone(),
            variables: Vec::new(),
            env_file_values: HashMap::new(),
            env_files: self.env_files,
            report_layers: Vec::new(),
            #[cfg(feature = "remote")]
            served: Vec::new(),
        }
    }

    /// Informs each store that its snapshot is in force.
    #[cfg(feature = "remote")]
    pub(crate) fn accept(served: &[(Store, Served)]) {
        for (store, served) in served {
            store.accept(served);
        }
    }

    /// Reads the sources: first those with fixed names, lowest layer first, then those with placeholders in their
    /// names.
    fn read(&mut self, sources: &[Source]) {
        let layers = numbered(sources);
        self.open_environment(&layers);
        let (named_by_settings, fixed): (Vec<_>, Vec<_>) = layers
            .into_iter()
            .partition(|(_, source)| source.has_placeholder());
        let environment = fixed.partition_point(|(_, source)| source.layer() < Layer::Environment);
        let (below, above) = fixed.split_at(environment);
        for &(layer, source) in below {
            self.source(layer, source);
        }
        let credentials = self.read_environment(!named_by_settings.is_empty());
        let reads_process = |source: &Source| matches!(source, Source::ProcessEnv);
        if sources.iter().any(reads_process) {
            self.refuse_guarded_names();
        }
        if let Some(credentials) = credentials {
            // systemd's directory is above the declared directories and below the environment.
            let next = above.first().map_or(u16::MAX, |(layer, _)| *layer);
            let layer = next.saturating_sub(1);
            self.secrets_dir(layer, &SourcePath::optional(credentials));
            self.end_layer(layer);
        }
        for &(layer, source) in above {
            self.source(layer, source);
        }
        self.read_named_by_settings(named_by_settings);
        self.variables.clear();
    }

    /// Takes the environment, so that placeholders and references of other sources can use it.
    fn open_environment(&mut self, layers: &[(u16, &Source)]) {
        for (layer, source) in layers {
            let variables = match source {
                Source::ProcessEnv => Variables::of_process(),
                Source::Env(variables) => Variables::handed(variables),
                _ => continue,
            };
            self.variables.push((*layer, variables));
        }
    }

    /// Binds the environment. Returns systemd's directory of credentials, if a variable names it.
    fn read_environment(&mut self, keep_values: bool) -> Option<OsString> {
        let mut credentials = None;
        for (layer, mut variables) in std::mem::take(&mut self.variables) {
            let found = self.environment(layer, &mut variables, keep_values);
            credentials = found.or(credentials);
            self.end_layer(layer);
            self.variables.push((layer, variables));
        }
        credentials
    }

    /// Reads the sources whose names contain placeholders. All names are filled in before the first source is read, so
    /// none depends on another.
    fn read_named_by_settings(&mut self, layers: Vec<(u16, &Source)>) {
        let mut filled = Vec::with_capacity(layers.len());
        for (layer, source) in layers {
            let path = self.path_of(source);
            self.end_layer(layer);
            filled.extend(path.map(|path| (layer, source, path)));
        }
        for (layer, source, path) in filled {
            self.source_at(layer, source, &path);
            self.end_layer(layer);
        }
    }

    fn source(&mut self, layer: u16, source: &Source) {
        match source {
            #[cfg(feature = "figment")]
            Source::Provider(provider) => self.provider(layer, provider),
            #[cfg(feature = "remote")]
            Source::Store(store) => self.store(layer, store),
            Source::ProcessEnv | Source::Env(_) => {}
            Source::Arguments(arguments) => self.arguments(layer, &arguments.0),
            Source::Set(key, text) => self.set(layer, key, text),
            Source::File(..) | Source::EnvFile(_) | Source::SecretsDir(_) => {
                self.at_path(layer, source);
            }
            #[cfg(feature = "dotenvy")]
            Source::Dotenvy(_) => self.at_path(layer, source),
        }
        self.end_layer(layer);
    }

    /// Reads a source at its path, unless a placeholder in it has no value.
    fn at_path(&mut self, layer: u16, source: &Source) {
        if let Some(path) = self.path_of(source) {
            self.source_at(layer, source, &path);
        }
    }

    /// Reads a source at this path.
    fn source_at(&mut self, layer: u16, source: &Source, path: &SourcePath) {
        match source {
            Source::File(_, format) => self.file(layer, path, *format),
            Source::EnvFile(_) => self.env_file(layer, path),
            #[cfg(feature = "dotenvy")]
            Source::Dotenvy(_) => self.dotenvy(layer, path),
            Source::SecretsDir(_) => self.secrets_dir(layer, path),
            #[cfg(feature = "figment")]
            Source::Provider(_) => {}
            #[cfg(feature = "remote")]
            Source::Store(_) => {}
            Source::ProcessEnv | Source::Env(_) | Source::Arguments(_) | Source::Set(..) => {}
        }
    }

    /// Assigns the latest reports to a layer.
    fn end_layer(&mut self, layer: u16) {
        self.report_layers.resize(self.reports.len(), layer);
    }

    fn report(&mut self, layer: Layer, name: impl Into<String>, status: SourceStatus) {
        self.reports
            .push(SourceReport::new(layer, name.into(), status));
    }

    fn add_unreadable(&mut self, source: impl fmt::Display) {
        self.unreadable = Some(match self.unreadable.take() {
            Some(others) => format!("{others} or {source}"),
            None => source.to_string(),
        });
    }

    /// Marks a source that was read, but is invalid.
    fn mark_failed(&mut self, name: &str) {
        if let Some(report) = self.reports.iter_mut().rfind(|report| report.name == name) {
            report.status = SourceStatus::Failed;
        }
        self.add_unreadable(name);
    }

    /// A variable of the environment of this load, if it is not empty.
    fn variable(&self, name: &str) -> Option<String> {
        let mut sets = self.variables.iter().rev();
        let found = sets.find_map(|(_, variables)| variables.get(name))?;
        Some(found.to_owned()).filter(|value| !value.is_empty())
    }

    /// Adds a problem of a source as a whole, with a note if a setting named the source.
    fn report_source(&mut self, path: &SourcePath, problem: Problem) {
        let problem = match &path.set_by {
            Some(PathSetting { leaf, origin }) => {
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

    /// Reads a declared file, and reports why it cannot be read.
    fn contents(&mut self, declared: &SourcePath, layer: Layer) -> Option<Contents> {
        let shown = declared.path.display().to_string();
        let error = match Contents::read(&declared.path) {
            Ok(contents) => {
                self.report(layer, shown, SourceStatus::Read);
                return Some(contents);
            }
            Err(error) => error,
        };
        let (status, what, help) = match error {
            ReadProblem::Absent if declared.names_invalid => {
                self.report(layer, shown.clone(), SourceStatus::Absent);
                self.add_unreadable(&shown);
                return None;
            }
            ReadProblem::Absent if !declared.required => {
                self.report(layer, shown, SourceStatus::Absent);
                return None;
            }
            ReadProblem::Absent => (
                SourceStatus::Absent,
                format!("{shown} is required, but absent"),
                "create it, or correct its path".to_owned(),
            ),
            error => (
                SourceStatus::Failed,
                format!("{shown} cannot be read: {error}"),
                error.help(&shown),
            ),
        };
        self.report(layer, shown.clone(), status);
        self.add_unreadable(&shown);
        let problem = Problem::new(ProblemKind::Source, what)
            .about(origin_of_source(layer, &declared.path))
            .with_help(help);
        self.report_source(declared, problem);
        None
    }
}

/// The sources with the numbers of their layers, lowest first. Only even numbers are used, so that another layer fits
/// between two.
fn numbered(sources: &[Source]) -> Vec<(u16, &Source)> {
    let mut order: Vec<&Source> = sources.iter().collect();
    order.sort_by_key(|source| source.rank());
    let numbers = (1_u16..).map(|number| number.saturating_mul(2));
    numbers.zip(order).collect()
}

/// The origin of a source as a whole.
fn origin_of_source(layer: Layer, path: &Path) -> Origin {
    match layer {
        Layer::EnvFile => Origin::env_file(Arc::from(path), 0, ""),
        Layer::SecretsDir => Origin::secret_file(Arc::from(path)),
        _ => Origin::file(Arc::new(document_of(path, None, None)), "", None),
    }
}

/// The help for a file with an error in its syntax.
fn ignored_as_a_whole(file: &str) -> String {
    format!("{file} is ignored as a whole until this is fixed")
}

/// The document of a file: its path, and how positions in it are found.
fn document_of(path: &Path, read: Option<FileFingerprint>, format: Option<Format>) -> Document {
    Document {
        path: path.into(),
        places: read.map(|read| Box::new(Places::new(read, format)) as Box<dyn Locate>),
    }
}
