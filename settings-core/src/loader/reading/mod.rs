//! Reading of the sources, lowest layer first, into the slots.

mod declared;
#[cfg(feature = "dotenvy")]
mod dotenvy;
mod env_file;
mod environment;
mod excerpt;
mod secrets_dir;
#[cfg(feature = "remote")]
mod store;
mod structured;

#[cfg(all(feature = "cli", feature = "remote"))]
pub(crate) use self::store::CheckedContents;
#[cfg(feature = "remote")]
use crate::remote::{Served, Store};
#[cfg(feature = "figment")]
use crate::source::provider::AnyProvider;
use crate::value::sort::sort_by_key;
use crate::{
    error::{
        origin::{Document, Layer, Origin},
        problem::{Problem, ProblemKind},
        redact,
        source_report::{SourceReport, SourceStatus},
    },
    resolve::Resolved,
    schema::{SourceCondition, SourceDecl, layout::Layout},
    source::{
        args,
        contents::{Contents, ReadProblem},
        decrypt::{Decrypt, Decryption, encrypted_extension},
        env::{Handed, Variables},
        file::pattern::MAX_FILES,
        near_path,
    },
    value::format::{FileFormat, Format},
};
use std::{
    borrow::Cow,
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
    File(SourcePath),
    #[cfg(feature = "figment")]
    Provider(Box<dyn AnyProvider>),
    #[cfg(feature = "remote")]
    Store(Store),
    /// The contents of a store as they are, were or would be.
    #[cfg(all(feature = "cli", feature = "remote"))]
    StoreContents(Arc<CheckedContents>),
    EnvFile(SourcePath),
    #[cfg(feature = "dotenvy")]
    Dotenvy(SourcePath),
    SecretsDir(SourcePath),
    /// The environment of the process.
    ProcessEnv,
    /// Variables of a caller, which replace the environment.
    Env(Handed),
    /// With the function that reads them, so that only programs that add arguments contain it.
    Arguments(args::Arguments, ReadArguments),
    Set(String, Zeroizing<String>),
}

/// Reads arguments into the slots.
pub(crate) type ReadArguments = fn(&mut Reading, u16, &[OsString]);

/// When a source is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// First, lowest layer first.
    Fixed,
    /// After all values to which it may refer.
    Interpolated,
    /// After the settings that its path or its condition names.
    NamedBySettings,
}

/// The path of a source. It may contain placeholders.
#[derive(Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent properties, as the program declares them"
)]
pub(crate) struct SourcePath {
    pub(crate) path: PathBuf,
    pub(crate) required: bool,
    /// How the format of a file is determined.
    pub(crate) format: FileFormat,
    /// The table of a file that holds the settings.
    pub(crate) section: Option<Cow<'static, str>>,
    /// Whether the path is a pattern of files.
    pub(crate) is_pattern: bool,
    /// Whether references in its strings are replaced.
    pub(crate) is_interpolated: bool,
    /// Whether live settings accept that it disappears.
    pub(crate) may_disappear: bool,
    /// The condition under which it is read.
    pub(crate) only: Option<SourceCondition>,
    /// The setting whose value is the path.
    pub(crate) set_by: Option<PathSetting>,
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
            Self::File(_) => Layer::File,
            #[cfg(feature = "figment")]
            Self::Provider(_) => Layer::Provider,
            #[cfg(feature = "remote")]
            Self::Store(_) => Layer::Store,
            #[cfg(all(feature = "cli", feature = "remote"))]
            Self::StoreContents(_) => Layer::Store,
            Self::EnvFile(_) => Layer::EnvFile,
            #[cfg(feature = "dotenvy")]
            Self::Dotenvy(_) => Layer::EnvFile,
            Self::SecretsDir(_) => Layer::SecretsDir,
            Self::ProcessEnv | Self::Env(_) => Layer::Environment,
            Self::Arguments(..) => Layer::Argument,
            Self::Set(..) => Layer::Set,
        }
    }

    fn is_env_file(&self) -> bool {
        self.layer() == Layer::EnvFile
    }

    fn is_interpolated(&self) -> bool {
        self.path().is_some_and(|path| path.is_interpolated)
    }

    /// Only sources below the environment have a path, and so another phase than the first.
    fn phase(&self) -> Phase {
        match self.path() {
            Some(path) if path.depends_on_settings() => Phase::NamedBySettings,
            Some(path) if path.is_interpolated => Phase::Interpolated,
            _ => Phase::Fixed,
        }
    }

    /// The number of layers that its files need, each of which overrides the one before.
    fn layers(&self) -> u16 {
        match self {
            Self::File(path) if path.is_pattern => MAX_FILES,
            _ => 1,
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
            ..Self::default()
        }
    }

    pub(crate) fn required(path: impl Into<PathBuf>) -> Self {
        Self {
            required: true,
            ..Self::optional(path)
        }
    }

    pub(crate) fn removable(path: impl Into<PathBuf>) -> Self {
        Self {
            may_disappear: true,
            ..Self::optional(path)
        }
    }

    pub(crate) fn declared(source: &SourceDecl) -> Self {
        Self {
            path: source.path.into(),
            required: source.required,
            format: source.format,
            section: source.section.map(Cow::Borrowed),
            is_pattern: source.is_pattern(),
            is_interpolated: source.interpolated,
            may_disappear: source.may_disappear,
            only: source.only,
            ..Self::default()
        }
    }
}

/// Variables by name, built when a reference first needs one.
type VariableIndex<'v> = OnceCell<HashMap<&'v OsStr, &'v str>>;

/// A value of a `.env` file.
struct EnvFileValue {
    layer: u16,
    value: Zeroizing<String>,
    /// Whether the file was decrypted.
    is_secret: bool,
}

/// A file that was read, but is not bound yet.
struct OpenFile<'p> {
    layer: u16,
    declared: Cow<'p, SourcePath>,
    contents: Contents,
    decrypt: Option<Decrypt>,
}

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
    env_file_values: HashMap<String, Vec<EnvFileValue>>,
    /// Whether another file may refer to values of `.env` files.
    keeps_env_files: bool,
    decryption: Decryption,
    /// The patterns of files that were matched.
    pub(crate) patterns: Vec<PathBuf>,
    /// The layer of each report.
    report_layers: Vec<u16>,
    /// Snapshots of stores. The stores are informed when these are in force.
    #[cfg(feature = "remote")]
    pub(crate) served: Vec<(Store, Served)>,
}

impl Reading {
    /// Reads every source into the slots.
    pub(crate) fn of(resolved: Resolved, sources: &[Source], decryption: &Decryption) -> Self {
        let env_files = sources.iter().filter(|source| source.is_env_file());
        let keeps_env_files = env_files.count() > 1 || sources.iter().any(Source::is_interpolated);
        let mut reading = Self {
            layout: resolved.layout,
            resolved,
            reports: Vec::new(),
            unmatched: Vec::new(),
            unreadable: None,
            variables: Vec::new(),
            env_file_values: HashMap::new(),
            keeps_env_files,
            decryption: decryption.clone(),
            patterns: Vec::new(),
            report_layers: Vec::new(),
            #[cfg(feature = "remote")]
            served: Vec::new(),
        };
        reading.read(sources);
        reading.resolved.apply_discards();
        if !reading.report_layers.is_sorted() {
            let mut reports: Vec<_> = reading.report_layers.iter().zip(reading.reports).collect();
            sort_by_key(&mut reports, |(layer, _)| **layer);
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
            keeps_env_files: false,
            decryption: Decryption::default(),
            patterns: Vec::new(),
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

    /// Reads the sources: first those with fixed names, lowest layer first, then files with references, and then those
    /// that depend on settings.
    fn read(&mut self, sources: &[Source]) {
        let layers = numbered(sources);
        self.open_environment(&layers);
        let of_phase = |phase| -> Vec<(u16, &Source)> {
            let layers = layers.iter().copied();
            layers
                .filter(|(_, source)| source.phase() == phase)
                .collect()
        };
        let interpolated = of_phase(Phase::Interpolated);
        let named_by_settings = of_phase(Phase::NamedBySettings);
        let environment = layers.partition_point(|(_, source)| source.layer() < Layer::Environment);
        let (below, above) = layers.split_at(environment);
        for &(layer, source) in below {
            if source.phase() == Phase::Fixed {
                self.source(layer, source);
            }
        }
        let keeps_variables = !named_by_settings.is_empty() || !interpolated.is_empty();
        let credentials = self.read_environment(keeps_variables);
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
        if interpolated.is_empty() {
            let filled = self.filled_paths(named_by_settings);
            self.read_filled(filled, &[]);
        } else {
            self.read_interpolated(&interpolated, named_by_settings);
        }
        self.variables.clear();
    }

    /// Reads files with references, and the sources that depend on settings.
    ///
    /// The files may contain settings on which a `.env` file depends, and their references may be to that file. So they
    /// are bound twice: for the paths, and again once every `.env` file is read.
    fn read_interpolated(
        &mut self,
        interpolated: &[(u16, &Source)],
        named_by_settings: Vec<(u16, &Source)>,
    ) {
        let mut files = Vec::new();
        for (layer, source) in interpolated {
            if let Some(path) = self.path_of(source) {
                self.open_files(*layer, path, &mut files);
            }
            self.end_layer(*layer);
        }
        if named_by_settings.is_empty() {
            return self.read_filled(Vec::new(), &files);
        }
        let (resolved, unreadable) = (self.resolved.clone(), self.unreadable.clone());
        for file in &files {
            self.bind_file(file);
        }
        let before = self.resolved.problems.len();
        let filled = self.filled_paths(named_by_settings);
        let problems = self.resolved.problems.after(before);
        self.resolved = resolved;
        self.resolved.problems.extend(problems);
        self.unreadable = unreadable;
        self.read_filled(filled, &files);
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

    /// The paths of sources that depend on settings. All are filled in before the first source is read, so none depends
    /// on another.
    fn filled_paths<'s>(
        &mut self,
        layers: Vec<(u16, &'s Source)>,
    ) -> Vec<(u16, &'s Source, Cow<'s, SourcePath>)> {
        let mut filled = Vec::with_capacity(layers.len());
        for (layer, source) in layers {
            let path = self.path_of(source);
            self.end_layer(layer);
            filled.extend(path.map(|path| (layer, source, path)));
        }
        filled
    }

    /// Reads the sources at these paths: `.env` files before files with references.
    fn read_filled(
        &mut self,
        filled: Vec<(u16, &Source, Cow<'_, SourcePath>)>,
        interpolated: &[OpenFile<'_>],
    ) {
        let (env_files, others): (Vec<_>, Vec<_>) = filled
            .into_iter()
            .partition(|(_, source, _)| source.is_env_file());
        for (layer, source, path) in env_files {
            self.source_at(layer, source, &path);
            self.end_layer(layer);
        }
        for file in interpolated {
            self.bind_file(file);
        }
        for (layer, source, path) in others {
            self.source_at(layer, source, &path);
            self.end_layer(layer);
        }
    }

    fn source(&mut self, layer: u16, source: &Source) {
        match source {
            #[cfg(feature = "figment")]
            Source::Provider(provider) => self.provider(layer, &**provider),
            #[cfg(feature = "remote")]
            Source::Store(store) => self.store(layer, store),
            #[cfg(all(feature = "cli", feature = "remote"))]
            Source::StoreContents(contents) => self.store_contents(layer, contents),
            Source::ProcessEnv | Source::Env(_) => {}
            Source::Arguments(arguments, read) => read(self, layer, &arguments.0),
            Source::Set(key, text) => self.set(layer, key, text),
            Source::File(_) | Source::EnvFile(_) | Source::SecretsDir(_) => {
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
            Source::File(_) => self.file(layer, path),
            Source::EnvFile(_) => self.env_file(layer, path),
            #[cfg(feature = "dotenvy")]
            Source::Dotenvy(_) => self.dotenvy(layer, path),
            Source::SecretsDir(_) => self.secrets_dir(layer, path),
            #[cfg(feature = "figment")]
            Source::Provider(_) => {}
            #[cfg(feature = "remote")]
            Source::Store(_) => {}
            #[cfg(all(feature = "cli", feature = "remote"))]
            Source::StoreContents(_) => {}
            Source::ProcessEnv | Source::Env(_) | Source::Arguments(..) | Source::Set(..) => {}
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

    /// Reports the status of a file, with the table that is read of it.
    fn report_file(&mut self, declared: &SourcePath, layer: Layer, status: SourceStatus) {
        let name = declared.path.to_string_lossy().into_owned();
        self.reports.push(SourceReport {
            section: declared.section.as_deref().map(str::to_owned),
            may_disappear: declared.may_disappear,
            ..SourceReport::new(layer, name, status)
        });
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

    /// Reads a declared file, and reports why it cannot be read. Returns the function that decrypted it, too.
    fn contents(
        &mut self,
        declared: &SourcePath,
        layer: Layer,
    ) -> Option<(Contents, Option<Decrypt>)> {
        let shown = || declared.path.to_string_lossy();
        let error = match Contents::read(&declared.path) {
            Ok(contents) => match self.decrypted(contents, &declared.path) {
                Ok(contents) => {
                    self.report_file(declared, layer, SourceStatus::Read);
                    return Some(contents);
                }
                Err((why, help)) => {
                    self.report_file(declared, layer, SourceStatus::Failed);
                    self.add_unreadable(shown());
                    let problem = Problem::new(ProblemKind::Source, format!("{} {why}", shown()))
                        .about(origin_of_source(layer, &declared.path))
                        .with_help(help);
                    self.report_source(declared, problem);
                    return None;
                }
            },
            Err(error) => error,
        };
        let (status, what, help) = match error {
            ReadProblem::Absent if !declared.required => {
                self.report_file(declared, layer, SourceStatus::Absent);
                return None;
            }
            ReadProblem::Absent => (
                SourceStatus::Absent,
                format!("{} is required, but absent", shown()),
                "create it, or correct its path".to_owned(),
            ),
            error => (
                SourceStatus::Failed,
                format!("{} cannot be read: {error}", shown()),
                error.help(&shown()),
            ),
        };
        self.report_file(declared, layer, status);
        self.add_unreadable(shown());
        let problem = Problem::new(ProblemKind::Source, what)
            .about(origin_of_source(layer, &declared.path))
            .with_help(help);
        let is_absent = status == SourceStatus::Absent;
        let near = is_absent
            .then(|| near_path::near_path(&declared.path))
            .flatten();
        // A file that is read already was not meant.
        let is_read = |near: &String| self.reports.iter().any(|report| report.name == *near);
        let near = near.filter(|near| !is_read(near));
        let problem = match near {
            Some(near) => problem.with_help(near_path::help(&near)),
            None => problem,
        };
        self.report_source(declared, problem);
        None
    }
}

/// Message about a source, and its fix.
type Fault = (String, String);

impl Reading {
    /// Decrypts a file, if its name says that it is encrypted.
    fn decrypted(
        &self,
        mut contents: Contents,
        path: &Path,
    ) -> Result<(Contents, Option<Decrypt>), Fault> {
        let Some((decrypt, _)) = self.decryption.of(path) else {
            return match encrypted_extension(path) {
                Some(extension) => Err((
                    "is encrypted, and the program has no function to decrypt it".to_owned(),
                    format!("in the program, add one by `Loader::decrypt(\"{extension}\", …)`"),
                )),
                None => Ok((contents, None)),
            };
        };
        match decrypt(&contents.bytes) {
            Ok(bytes) => contents.bytes = Zeroizing::new(bytes),
            Err(why) => {
                let why = redact::escape_reason(&redact::mask_urls(&why));
                return Err((
                    format!("cannot be decrypted: {why}"),
                    "check the key of the program, and that the file is complete".to_owned(),
                ));
            }
        }
        Ok((contents, Some(decrypt)))
    }

    /// The format of a file, by its declaration or its extension.
    fn format_of(&self, declared: &SourcePath) -> Option<Format> {
        match self.decryption.of(&declared.path) {
            Some((_, name)) => declared.format.of(&name),
            None => declared.format.of(&declared.path),
        }
    }
}

/// The sources with the numbers of their layers, lowest first. Only even numbers are used, so that another layer fits
/// between two.
fn numbered(sources: &[Source]) -> Vec<(u16, &Source)> {
    let mut numbered: Vec<(u16, &Source)> = sources.iter().map(|source| (0, source)).collect();
    sort_by_key(&mut numbered, |(_, source)| source.rank());
    let mut next = 2_u16;
    for (number, source) in &mut numbered {
        *number = next;
        next = next.saturating_add(source.layers().saturating_mul(2));
    }
    numbered
}

/// The origin of a source as a whole.
fn origin_of_source(layer: Layer, path: &Path) -> Origin {
    match layer {
        Layer::EnvFile => Origin::env_file(Arc::from(path), 0, ""),
        Layer::SecretsDir => Origin::secret_file(Arc::from(path)),
        _ => Origin::file(Arc::new(document_of(path)), "", None),
    }
}

/// The help for a file with an error in its syntax.
fn ignored_as_a_whole(file: &str) -> String {
    format!("{file} is ignored as a whole until this is fixed")
}

/// The document of a file without a position.
fn document_of(path: &Path) -> Document {
    Document {
        path: path.into(),
        places: None,
        interpolated: None,
        is_decrypted: false,
    }
}
