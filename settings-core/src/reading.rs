//! The layers while they are read: lowest first, then those whose names depend on what the others said.

use crate::{
    assemble::sight,
    dotenv,
    looked::{Looked, Outcome},
    name,
    origin::{Document, Layer, Origin},
    problem::{Problem, ProblemKind, Sight},
    resolve::{
        Place, Resolved, Said,
        bind::{At, FlatText, UnknownName},
    },
    schema::{
        Kind,
        meaning::{Meaning, Space, meaning, meaning_of_variable},
        plan::{Plan, Target},
    },
    source::{
        args,
        contents::{Contents, Fingerprint, ReadProblem},
        env::{Variable, Variables},
        file::Format,
        locate::Places,
        secrets_dir, service_links,
    },
    suggest,
    tree::{Node, Offset},
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

/// One layer, before it is read.
pub(crate) enum Feed {
    File(Declaration),
    Provider(Box<dyn figment::Provider + Send + Sync>),
    EnvFile(Declaration),
    #[cfg(feature = "dotenvy")]
    Dotenvy(Declaration),
    SecretsDir(Declaration),
    Process,
    Variables(Variables),
    Arguments(args::Arguments),
    Set(String, Zeroizing<String>),
}

#[derive(Clone)]
pub(crate) struct Declaration {
    pub(crate) path: PathBuf,
    pub(crate) required: bool,
}

impl Feed {
    pub(crate) fn layer(&self) -> Layer {
        match self {
            Self::File(_) => Layer::File,
            Self::Provider(_) => Layer::Provider,
            Self::EnvFile(_) => Layer::EnvFile,
            #[cfg(feature = "dotenvy")]
            Self::Dotenvy(_) => Layer::EnvFile,
            Self::SecretsDir(_) => Layer::SecretsDir,
            Self::Process | Self::Variables(_) => Layer::Environment,
            Self::Arguments(_) => Layer::Argument,
            Self::Set(..) => Layer::Set,
        }
    }

    /// The order of the kinds; files and providers are one.
    fn rank(&self) -> u8 {
        match self.layer() {
            Layer::Default => 0,
            Layer::File | Layer::Provider => 1,
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
        }
    }
}

/// The variables by their names, once a reference asks for one.
type Named<'v> = OnceCell<HashMap<&'v OsStr, &'v str>>;

/// The layers while they are read.
pub(crate) struct Reading {
    plan: Plan,
    pub(crate) resolved: Resolved,
    pub(crate) looked: Vec<Looked>,
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
}

impl Reading {
    /// Reads every layer into the slots.
    pub(crate) fn of(plan: Plan, layers: &[Feed]) -> Self {
        let mut reading = Self {
            plan,
            resolved: Resolved::new(plan),
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
        };
        reading.read(layers);
        if !reading.numbers.is_sorted() {
            let mut looked: Vec<_> = reading.numbers.iter().zip(reading.looked).collect();
            looked.sort_by_key(|(number, _)| **number);
            reading.looked = looked.into_iter().map(|(_, looked)| looked).collect();
        }
        reading
    }

    fn read(&mut self, layers: &[Feed]) {
        let mut order: Vec<(u16, &Feed)> = (1..).zip(layers).collect();
        order.sort_by_key(|(_, layer)| layer.rank());
        // Every other number is left free, for what stands between two of them.
        for (number, (place, layer)) in (1_u16..).zip(&mut order) {
            let number = number.saturating_mul(2);
            *place = number;
            match layer {
                Feed::Process => {
                    self.refuse_guarded_names();
                    self.variables.push((number, Variables::of_process()));
                }
                Feed::Variables(variables) => self.variables.push((number, variables.copy())),
                _ => {}
            }
        }
        let credentials = self
            .telling_variable("CREDENTIALS_DIRECTORY")
            .map(Declaration::optional);
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
        // systemd's directory stands above the declared ones and below the environment.
        if let Some(credentials) = credentials {
            let above = first
                .iter()
                .find(|(_, layer)| layer.layer() >= Layer::Environment);
            let place = above.map_or(u16::MAX, |(place, _)| place.saturating_sub(1));
            self.secrets_dir(place, &credentials);
            self.looked_for(place);
        }
        for (place, mut variables) in std::mem::take(&mut self.variables) {
            self.environment(place, &mut variables, keep);
            self.looked_for(place);
            self.variables.push((place, variables));
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
            Feed::Provider(provider) => self.provider(layer, &**provider),
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

    /// What a reference in a `.env` file means: the environment, then the `.env` files before it.
    fn reference<'v>(&'v self, layer: u16, variables: &Named<'v>, name: &str) -> Option<String> {
        let variables = variables.get_or_init(|| {
            let all = self.variables.iter();
            all.flat_map(|(_, variables)| variables.iter()).collect()
        });
        if let Some(value) = variables.get(OsStr::new(name)) {
            return Some((*value).to_owned());
        }
        let mut assigned = self.assigned.get(name)?.iter().rev();
        let before = assigned.find(|(place, _)| *place < layer);
        before.map(|(_, value)| value.to_string())
    }

    /// The declaration with the path that it means: `{leaf}` and `~/` are filled in. `None` if a leaf in it has no value.
    fn path_of(&mut self, feed: &Feed) -> Option<Declaration> {
        let mut declaration = feed.declaration()?.clone();
        if declaration.has_placeholder() {
            match self.filled(&declaration) {
                Ok(Some(filled)) => declaration = filled,
                left_out => {
                    self.resolved.problems.extend(left_out.err());
                    let place = declaration.path.display().to_string();
                    self.looked
                        .push(Looked::new(feed.layer(), place, Outcome::LeftOut));
                    return None;
                }
            }
        }
        if let Ok(rest) = declaration.path.strip_prefix("~")
            && let Some(home) = self.telling_variable("HOME")
        {
            declaration.path = Path::new(&home).join(rest);
        }
        Some(declaration)
    }

    /// The declaration with each `{leaf}` filled in.
    fn filled(&self, declaration: &Declaration) -> Result<Option<Declaration>, Problem> {
        let Some(text) = declaration.path.to_str() else {
            return Ok(Some(declaration.clone()));
        };
        let alone = text.starts_with('{') && text.find('}') == Some(text.len() - 1);
        let mut required = declaration.required;
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((key, after)) = after.split_once('}') else {
                break;
            };
            let Some((value, was_set)) = self.placeholder(key, alone)? else {
                return Ok(None);
            };
            required |= alone && was_set;
            filled.push_str(before);
            filled.push_str(&value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(Some(Declaration {
            path: filled.into(),
            required,
        }))
    }

    /// The text of the leaf that a placeholder names, and whether a layer set it.
    fn placeholder(&self, key: &str, alone: bool) -> Result<Option<(String, bool)>, Problem> {
        let hash = name::hash(key.as_bytes());
        let name = self
            .plan
            .key_name(hash, key.as_bytes(), |target| target == Target::Leaf);
        let refuse = |what: &str, help: &str| {
            Err(Problem::new(ProblemKind::Source, what.to_owned())
                .at(key.to_owned())
                .with_help(help.to_owned()))
        };
        let Some((at, leaf)) = name.and_then(|name| {
            let at = usize::from(name.index);
            Some((at, self.plan.leaf(at)?))
        }) else {
            return refuse(
                "named in the path of a source, but there is no such leaf",
                "correct the path in the program",
            );
        };
        let slot = &self.resolved.slots[at];
        let is_hidden = sight(self.plan, at, leaf, &slot.origin) == Sight::Masked;
        if is_hidden || !matches!(leaf.kind(), Kind::Text | Kind::Parsed(_) | Kind::Enum(_)) {
            return refuse(
                "named in the path of a source, but only a text or enum leaf that is no secret can be",
                "correct the path in the program",
            );
        }
        let (text, set) = match &slot.said {
            Said::Value(raw) => (raw.as_text().map(Cow::into_owned), true),
            Said::Empty if leaf.optional => (None, true),
            Said::Nothing | Said::Empty => (leaf.default_text(), false),
            _ => (None, true),
        };
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if !alone && (text.starts_with('.') || !text.bytes().all(plain)) {
            let problem = Problem::new(
                ProblemKind::Source,
                "part of a file's name, so expected letters, digits, `_`, `-` and `.`, and no `.` at its beginning,",
            );
            return Err(problem
                .at(key.to_owned())
                .from(slot.origin.clone())
                .with_help("correct its value"));
        }
        Ok(Some((text, set)))
    }

    fn environment(&mut self, layer: u16, variables: &mut Variables, keep: bool) {
        let place = Place {
            layer,
            ordered: variables.ordered,
        };
        self.looked.push(Looked::new(
            Layer::Environment,
            String::new(),
            Outcome::Found,
        ));
        let (resolved, names, plan) = (&mut self.resolved, &mut self.names, self.plan);
        names.reserve(variables.len());
        variables.sort(plan, keep, |variable| match variable {
            Variable::Bound {
                name,
                meaning,
                value: Some(value),
            } => {
                let text = FlatText {
                    text: Zeroizing::new(value),
                    quoted: false,
                };
                resolved.put_text(place, meaning, text, Origin::variable(name));
            }
            Variable::Bound {
                name,
                meaning,
                value: None,
            } => {
                let origin = Origin::variable(name);
                let help = "give it as UTF-8 text";
                resolved.put_unreadable(place, &meaning, origin, "not UTF-8,", help);
            }
            Variable::Unknown { name } => {
                if !service_links::is_service_link(&name) && !plan.is_foreign(&name) {
                    let hint = did_you_mean(plan, &name);
                    resolved.unknown.push(UnknownName {
                        origin: Origin::variable(name.clone()),
                        name: name.clone(),
                        hint,
                    });
                }
                names.push(name.into());
            }
            Variable::Foreign { name } => names.push(name),
        });
    }

    fn arguments(&mut self, layer: u16, arguments: &[OsString]) {
        self.looked
            .push(Looked::new(Layer::Argument, String::new(), Outcome::Found));
        let place = Place {
            layer,
            ordered: true,
        };
        let (arguments, mut problems) = args::read(self.plan, arguments);
        self.resolved.problems.append(&mut problems);
        for argument in arguments {
            let origin = args::origin(&argument);
            let text = FlatText {
                text: argument.value,
                quoted: false,
            };
            self.resolved
                .put_text(place, argument.meaning, text, origin);
        }
    }

    fn set(&mut self, layer: u16, key: &str, text: &Zeroizing<String>) {
        let place = Place {
            layer,
            ordered: true,
        };
        let hash = name::hash(key.as_bytes());
        let origin = Origin::set(key.to_owned());
        match meaning(self.plan, Space::Key, hash, key.as_bytes()) {
            Some(meaning) => {
                let text = FlatText {
                    text: text.clone(),
                    quoted: false,
                };
                self.resolved.put_text(place, meaning, text, origin);
            }
            None => {
                let keys = (0..self.plan.leaves.len()).map(|leaf| self.plan.key_of(leaf));
                let near = suggest::nearest(key, keys);
                let problem = Problem::new(
                    ProblemKind::Unknown,
                    format!("the program sets {key}, but no setting is called that"),
                )
                .about(origin);
                self.resolved.problems.push(match near {
                    Some(near) => problem.with_help(format!("did you mean {near}?")),
                    None => problem.with_help("correct the key"),
                });
            }
        }
    }

    fn env_file(&mut self, layer: u16, declaration: &Declaration) {
        let path = declaration.path.as_path();
        let Some(contents) = self.contents(declaration, Layer::EnvFile) else {
            return;
        };
        let variables = Named::new();
        let parsed = dotenv::parse(&contents.bytes, |name| {
            self.reference(layer, &variables, name)
        });
        match parsed {
            Ok(parsed) => {
                let file: Arc<Path> = Arc::from(path);
                for warning in parsed.warnings() {
                    let (line, column) = (warning.line(), warning.column());
                    let what = warning.without_place().to_string();
                    let problem = finding(ProblemKind::Ambiguous, &what, (line, column), &file);
                    self.resolved.warnings.push(problem);
                }
                for entry in parsed.into_entries() {
                    if self.env_files > 1 {
                        let value = Zeroizing::new(entry.value().to_owned());
                        let each = self.assigned.entry(entry.key().to_owned());
                        each.or_default().push((layer, value));
                    }
                    let (key, line, quoted) = (entry.key(), entry.line(), entry.quoted());
                    self.env_file_entry(layer, &file, key, line, quoted, entry.into_value());
                }
            }
            Err(error) => {
                let file: Arc<Path> = Arc::from(path);
                for error in error.errors() {
                    let (line, column) = (error.line(), error.column());
                    let what = error.without_place();
                    let problem = finding(ProblemKind::Source, &what, (line, column), &file);
                    self.resolved.problems.push(problem);
                }
                self.broken(&path.display().to_string());
            }
        }
    }

    fn env_file_entry(
        &mut self,
        layer: u16,
        file: &Arc<Path>,
        key: &str,
        line: usize,
        quoted: bool,
        value: Zeroizing<String>,
    ) {
        let plan = self.plan;
        let place = Place {
            layer,
            ordered: true,
        };
        if let Some(meaning) = meaning_of_variable(plan, key.as_bytes()) {
            let origin = Origin::env_file(file.clone(), line, plan.spelled(&meaning, key));
            let text = FlatText {
                text: value,
                quoted,
            };
            return self.resolved.put_text(place, meaning, text, origin);
        }
        let origin = Origin::env_file(file.clone(), line, key.to_owned());
        self.names.push(key.into());
        let has_prefix =
            name::strip_prefix(key.as_bytes(), plan.schema.prefix.as_bytes()).is_some();
        if has_prefix && !service_links::is_service_link(key) && !plan.is_foreign(key) {
            let hint = did_you_mean(plan, key);
            self.resolved.unknown.push(UnknownName {
                name: key.to_owned(),
                origin,
                hint,
            });
        }
    }

    #[cfg(feature = "dotenvy")]
    fn dotenvy(&mut self, layer: u16, declaration: &Declaration) {
        let path = declaration.path.as_path();
        let Some(contents) = self.contents(declaration, Layer::EnvFile) else {
            return;
        };
        let file: Arc<Path> = Arc::from(path);
        for (at, entry) in dotenvy::from_read_iter(contents.bytes.as_slice()).enumerate() {
            match entry {
                // dotenvy tells no lines, and not whether a value was quoted.
                Ok((key, value)) => {
                    self.env_file_entry(layer, &file, &key, 0, false, Zeroizing::new(value));
                }
                Err(_) => {
                    // Its own error quotes the line.
                    let what = format!("dotenvy cannot read assignment {} of this file,", at + 1);
                    let origin = Origin::env_file(file.clone(), 0, String::new());
                    self.resolved.problems.push(
                        Problem::new(ProblemKind::Source, what)
                            .from(origin)
                            .with_help("put the value in single quotes, or read the file without `dotenvy(…)`, whose errors name the place"),
                    );
                    self.not_read(path.display());
                }
            }
        }
    }

    fn file(&mut self, layer: u16, declaration: &Declaration) {
        let path = declaration.path.as_path();
        let Some(contents) = self.contents(declaration, Layer::File) else {
            return;
        };
        let document = Arc::new(document_of(path, contents.fingerprint.clone()));
        let read = match (Format::of(path), contents.text()) {
            (None, _) => Err((
                None,
                "its name ends in none of .toml, .json, .yaml and .yml".to_owned(),
                "give it the ending of its format".to_owned(),
            )),
            (_, Err(why)) => Err((None, why.to_string(), why.help(&path.display().to_string()))),
            (Some(format), Ok(text)) => format.read(text).map_err(|error| {
                let help = "correct the file, or leave it out".to_owned();
                (error.at, error.what.to_owned(), help)
            }),
        };
        match read {
            Ok(Node::Table(entries)) => {
                let at = |key: Cow<'static, str>, offset: Offset| {
                    Origin::file(document.clone(), key, Some(offset))
                };
                let place = Place {
                    layer,
                    ordered: false,
                };
                self.resolved.put_table(
                    place,
                    0,
                    entries,
                    &At {
                        origin: &at,
                        whole: false,
                    },
                );
            }
            Ok(_) => {}
            Err((at, what, help)) => {
                let origin = Origin::file(document, "", at);
                let shown = path.display().to_string();
                let (what, help) = match at {
                    Some(_) => (format!("{origin}: {what}"), nothing_in_force(&shown)),
                    None => (format!("{origin} cannot be read: {what}"), help),
                };
                let problem = Problem::new(ProblemKind::Source, what).about(origin);
                self.resolved.problems.push(problem.with_help(help));
                self.broken(&shown);
            }
        }
    }

    /// A source that was there, but made no sense.
    fn broken(&mut self, place: &str) {
        if let Some(looked) = self.looked.iter_mut().rfind(|looked| looked.place == place) {
            looked.outcome = Outcome::Unreadable;
        }
        self.not_read(place);
    }

    fn provider(&mut self, layer: u16, provider: &(dyn figment::Provider + Send + Sync)) {
        let metadata = provider.metadata();
        let name: Arc<str> = Arc::from(&*metadata.name);
        let from: Option<Arc<str>> = metadata
            .source
            .as_ref()
            .map(|source| Arc::from(source.to_string()));
        self.looked.push(Looked::new(
            Layer::Provider,
            name.to_string(),
            Outcome::Found,
        ));
        let data = match provider.data() {
            Ok(data) => data,
            Err(error) => {
                // figment's own words may quote a value; its place does not.
                let mut what = format!("the provider {name} failed");
                if !error.path.is_empty() {
                    what = format!("{what} at {}", error.path.join("."));
                }
                self.not_read(format_args!("the provider {name}"));
                self.resolved.problems.push(
                    Problem::new(ProblemKind::Source, what)
                        .with_help("look at the source that it reads"),
                );
                return;
            }
        };
        for (_, dict) in data {
            let Node::Table(entries) = Node::from(figment::value::Value::from(dict)) else {
                continue;
            };
            let at = |key: Cow<'static, str>, _: Offset| {
                Origin::provider(name.clone(), from.clone(), key)
            };
            let place = Place {
                layer,
                ordered: false,
            };
            self.resolved.put_table(
                place,
                0,
                entries,
                &At {
                    origin: &at,
                    whole: false,
                },
            );
        }
    }

    fn secrets_dir(&mut self, layer: u16, declaration: &Declaration) {
        let plan = self.plan;
        let mut enter = |names: &[String]| {
            let joined = names.join("_");
            let hash = name::hash(joined.as_bytes());
            let space = |target| target == Target::Group;
            plan.key_name(hash, joined.as_bytes(), space).is_some()
                || plan.env_name(hash, joined.as_bytes(), space).is_some()
        };
        let shown = declaration.path.display().to_string();
        let found = match secrets_dir::walk(&declaration.path, &mut enter) {
            Ok(found) => found,
            Err(secrets_dir::WalkProblem::Absent) if !declaration.required => {
                self.looked
                    .push(Looked::new(Layer::SecretsDir, shown, Outcome::Absent));
                return;
            }
            Err(why) => {
                self.looked.push(Looked::new(
                    Layer::SecretsDir,
                    shown.clone(),
                    Outcome::Unreadable,
                ));
                self.not_read(&shown);
                let what = format!("the secrets directory {shown} cannot be read: {why}");
                let problem = Problem::new(ProblemKind::Source, what)
                    .about(of_source(Layer::SecretsDir, &declaration.path))
                    .with_help(match why {
                        secrets_dir::WalkProblem::Unreadable(_) => {
                            format!("let the user of this process read {shown}")
                        }
                        _ => "create it, or correct its path".to_owned(),
                    });
                self.resolved.problems.push(problem);
                return;
            }
        };
        self.looked
            .push(Looked::new(Layer::SecretsDir, shown, Outcome::Found));
        let place = Place {
            layer,
            ordered: false,
        };
        for each in found {
            let joined = each.names.join("_");
            let hash = name::hash(joined.as_bytes());
            let by_key = meaning(plan, Space::Key, hash, joined.as_bytes());
            let Some(meaning) =
                by_key.or_else(|| meaning(plan, Space::Env, hash, joined.as_bytes()))
            else {
                continue;
            };
            // A folder stands for each group, so that its key is joined here too.
            let meaning = meaning.proper_if(|name| plan.spelling(name).replace('.', "_") == joined);
            self.secret(place, &each, meaning);
        }
    }

    fn secret(&mut self, place: Place, each: &secrets_dir::Found, meaning: Meaning) {
        let is_group = matches!(&meaning, Meaning::Name(name) if name.target == Target::Group);
        let origin = Origin::secret_file(Arc::from(&*each.path));
        match each.kind {
            secrets_dir::Kind::File => {}
            secrets_dir::Kind::Folder => {
                if !is_group {
                    let warning =
                        Problem::new(ProblemKind::Source, "a folder stands where a leaf belongs,");
                    let warning = warning.at(self.plan.key_of(meaning.index())).from(origin);
                    self.resolved
                        .warnings
                        .push(warning.with_help("put a file in its place"));
                }
                return;
            }
            secrets_dir::Kind::Outside => {
                return self.resolved.put_unreadable(
                    place,
                    &meaning,
                    origin,
                    "a link leaves the secrets directory,",
                    "put the file itself, or a link that stays inside, in its place",
                );
            }
            secrets_dir::Kind::Dangling => {
                return self.resolved.put_unreadable(
                    place,
                    &meaning,
                    origin,
                    "a link leads nowhere,",
                    "create what it leads to, or remove it",
                );
            }
            secrets_dir::Kind::Closed(kind) => {
                return self.resolved.put_unreadable(
                    place,
                    &meaning,
                    origin,
                    &format!("cannot be read: {kind},"),
                    "let the process list the folder",
                );
            }
        }
        match secrets_dir::Secret::read(&each.path) {
            Ok(secret) => {
                if secret.access.all_may_write() || secret.access.group_may_write() {
                    let warning = Problem::new(
                        ProblemKind::Source,
                        "others than its owner may write this file,",
                    );
                    self.resolved.warnings.push(
                        warning
                            .from(origin.clone())
                            .with_help(format!("chmod go-w {}", each.path.display())),
                    );
                }
                let text = FlatText {
                    text: secret.text,
                    quoted: false,
                };
                self.resolved.put_text(place, meaning, text, origin);
            }
            Err(why) => self.resolved.put_unreadable(
                place,
                &meaning,
                origin,
                &format!("cannot be read: {why},"),
                "put text that the process may read in its place",
            ),
        }
    }

    /// What a declared file holds. Tells why, if that can't be had.
    fn contents(&mut self, declaration: &Declaration, layer: Layer) -> Option<Contents> {
        let shown = declaration.path.display().to_string();
        match Contents::read(&declaration.path) {
            Ok(contents) => {
                self.looked.push(Looked::new(layer, shown, Outcome::Found));
                Some(contents)
            }
            Err(ReadProblem::Absent) if !declaration.required => {
                self.looked.push(Looked::new(layer, shown, Outcome::Absent));
                None
            }
            Err(ReadProblem::Absent) => {
                self.looked
                    .push(Looked::new(layer, shown.clone(), Outcome::Absent));
                self.not_read(&shown);
                let what = format!("{shown} is required, but absent");
                let problem = Problem::new(ProblemKind::Source, what)
                    .about(of_source(layer, &declaration.path))
                    .with_help("create it, or correct its path");
                self.resolved.problems.push(problem);
                None
            }
            Err(why) => {
                self.looked
                    .push(Looked::new(layer, shown.clone(), Outcome::Unreadable));
                self.not_read(&shown);
                let help = why.help(&shown);
                let what = format!("{shown} cannot be read: {why}");
                let problem = Problem::new(ProblemKind::Source, what)
                    .about(of_source(layer, &declaration.path))
                    .with_help(help);
                self.resolved.problems.push(problem);
                None
            }
        }
    }

    /// A root without a prefix may not take what every shell sets for itself.
    fn refuse_guarded_names(&mut self) {
        if !self.plan.schema.prefix.is_empty() {
            return;
        }
        for (hash, guarded) in name::GUARDED {
            let Some(name) = self
                .plan
                .env_name(hash, guarded.as_bytes(), |target| target == Target::Leaf)
            else {
                continue;
            };
            let at = usize::from(name.index);
            if self.plan.leaf(at).is_some_and(|leaf| !leaf.env.is_empty()) {
                continue;
            }
            let problem = Problem::new(
                ProblemKind::Ambiguous,
                format!("reads {guarded}, which every shell sets for itself"),
            );
            self.resolved.problems.push(
                problem
                    .at(self.plan.key_of(at))
                    .variable(guarded)
                    .with_help(format!(
                        "give the settings a prefix, or say env = \"{guarded}\" if it is meant"
                    )),
            );
        }
    }
}

/// An error or warning of a `.env` file. Its words are `what is wrong; what to do`.
fn finding(kind: ProblemKind, told: &str, place: (usize, usize), file: &Arc<Path>) -> Problem {
    let (line, column) = place;
    let origin = Origin::env_file(file.clone(), line, String::new());
    let (what, help) = told.split_once("; ").unwrap_or((told, ""));
    let problem = Problem::new(kind, format!("{origin}:{column}: {what}")).about(origin);
    if help.is_empty() {
        problem
    } else {
        problem.with_help(help)
    }
}

fn nothing_in_force(file: &str) -> String {
    format!("until {file} is mended, nothing in it counts")
}

/// A source as a whole.
fn of_source(layer: Layer, path: &Path) -> Origin {
    match layer {
        Layer::EnvFile => Origin::env_file(Arc::from(path), 0, ""),
        Layer::SecretsDir => Origin::secret_file(Arc::from(path)),
        _ => Origin::file(Arc::new(document_of(path, None)), "", None),
    }
}

/// A file as an origin knows it: where it is, and how a place in it is found.
fn document_of(path: &Path, read: Option<Fingerprint>) -> Document {
    let places = read.map(Places::new);
    Document {
        path: path.into(),
        locate: Box::new(move |path, offset| {
            let place = places.as_ref()?.find(path, offset)?;
            Some((place.line as usize, place.column as usize))
        }),
    }
}

fn did_you_mean(plan: Plan, name: &str) -> Option<String> {
    let near = suggest::nearest(name, plan.env_names())?;
    Some(format!("did you mean {near}?"))
}

impl Feed {
    fn declaration(&self) -> Option<&Declaration> {
        match self {
            Self::File(declaration)
            | Self::EnvFile(declaration)
            | Self::SecretsDir(declaration) => Some(declaration),
            #[cfg(feature = "dotenvy")]
            Self::Dotenvy(declaration) => Some(declaration),
            _ => None,
        }
    }

    fn has_placeholder(&self) -> bool {
        self.declaration().is_some_and(Declaration::has_placeholder)
    }
}

impl Declaration {
    fn has_placeholder(&self) -> bool {
        self.path.to_str().is_some_and(|path| path.contains('{'))
    }
}
