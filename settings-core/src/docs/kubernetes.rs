//! Kubernetes manifests: a `ConfigMap` of variables, a `Secret`, a `ConfigMap` of reloaded settings, and a container.

use super::{
    Options, Template, has_extension,
    outline::{Outline, Setting},
    phrases,
    text::{comment, key},
    toml, yaml,
};
use crate::{build::Assemble, schema::SourceKind, value::json::quoted};
use std::fmt::Write;

/// Kubernetes manifests: a `ConfigMap` with variables, a `Secret`, and a `Deployment` whose container reads both.
///
/// Only required settings are set; all others are in comments with their defaults, so that an upgrade may change a
/// default. Settings that are reloaded are never variables, because a variable overrides every later change. They are
/// in a second `ConfigMap`, mounted as the first file that the settings declare. If they declare a secrets directory,
/// optional secrets are mounted there.
///
/// Placeholders are empty, so that a secret that is not filled in is reported as missing, and never used.
///
/// ```
/// use settings_core::{SecretString, Settings, docs};
///
/// #[derive(Debug, Settings)]
/// #[settings(prefix = "APP_")]
/// struct AppSettings {
///     #[settings(default = 8080)]
///     port: u16,
///     region: String,
///     secret_key: SecretString,
/// }
///
/// let manifests = docs::kubernetes::<AppSettings>();
/// let [config, secret, deployment]: [&str; 3] = manifests.split("---\n").collect::<Vec<_>>().try_into().unwrap();
/// assert!(config.contains("  #APP_PORT: \"8080\"\n"));
/// assert!(config.contains("  APP_REGION: \"\" # required\n"));
/// assert!(secret.contains("  APP_SECRET_KEY: \"\" # required\n"));
/// assert!(deployment.contains("            - name: APP_SECRET_KEY\n"));
/// ```
pub fn kubernetes<T: Assemble>() -> String {
    Kubernetes.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct Kubernetes;

impl Template for Kubernetes {
    fn is_file_name(&self, name: &str) -> bool {
        matches!(name, "kubernetes.yaml" | "kubernetes.yml")
    }

    fn render(&self, outline: &Outline, options: &Options) -> String {
        let name = options.program(outline);
        let (secret, plain): (Vec<&Setting>, Vec<&Setting>) = outline
            .variables()
            .into_iter()
            .partition(|setting| setting.masked);
        let variables: Vec<&Setting> = plain
            .into_iter()
            .filter(|setting| !setting.reloads)
            .collect();
        let mount = Mount::of(outline, &name);
        let mut out = String::new();
        let _ = write!(
            out,
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}-config\n"
        );
        entries(&mut out, "data", &variables);
        let _ = write!(
            out,
            "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}-secrets\ntype: Opaque\n"
        );
        entries(&mut out, "stringData", &secret);
        if let Some(mount) = &mount {
            out.push_str("---\n");
            mount.config_map(&mut out, outline, &name);
        }
        out.push_str("---\n");
        let deployment = Deployment {
            name: &name,
            secrets: SecretManifest::of(outline, secret),
            mount,
        };
        deployment.write(&mut out);
        out
    }
}

/// Whether a setting belongs in the mounted file.
fn is_mounted(setting: &Setting) -> bool {
    setting.reloads && !setting.masked
}

fn entries(out: &mut String, field: &str, settings: &[&Setting]) {
    // With comments only, the field is null, so that any of them can be removed.
    let none = if settings.is_empty() { " {}" } else { "" };
    let _ = writeln!(out, "{field}:{none}");
    for setting in settings {
        comment(out, 2, setting.leaf.doc);
        comment(out, 2, &phrases::only(setting));
        let name = key(&setting.variable);
        let _ = if setting.must_be_set() {
            writeln!(out, "  {name}: \"\" # required")
        } else {
            let value = quoted(setting.default_text().unwrap_or(""));
            writeln!(out, "  #{name}: {value}")
        };
    }
}

/// The file of reloaded settings, and its mount path.
struct Mount {
    directory: String,
    file: String,
    /// The working directory, if the declared path is relative to it.
    working_directory: Option<String>,
    /// Whether the settings declare no file that can be mounted.
    is_undeclared: bool,
}

impl Mount {
    /// The mount, if there are settings for it.
    fn of(outline: &Outline, name: &str) -> Option<Self> {
        if !outline.root.contains(is_mounted) {
            return None;
        }
        let base = format!("/etc/{name}");
        let is_template = |path: &str| {
            !path.contains(['{', '~', '*'])
                && [".toml", ".yaml", ".yml"]
                    .iter()
                    .any(|end| path.ends_with(end))
        };
        let declared = outline.schema.sources.iter();
        let mut paths = declared
            .filter(|source| source.kind == SourceKind::File && source.section.is_none())
            .map(|source| source.path)
            .filter(|path| is_template(path));
        let Some(path) = paths
            .clone()
            .find(|path| path.starts_with('/'))
            .or_else(|| paths.next())
        else {
            return Some(Self {
                directory: base,
                file: "config.toml".to_owned(),
                working_directory: None,
                is_undeclared: true,
            });
        };
        let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
        let directory = directory.trim_start_matches("./");
        let is_relative = !path.starts_with('/');
        Some(Self {
            directory: match directory {
                "" => base.clone(),
                relative if is_relative => format!("{base}/{relative}"),
                absolute => absolute.to_owned(),
            },
            file: file.to_owned(),
            working_directory: is_relative.then_some(base),
            is_undeclared: false,
        })
    }

    fn config_map(&self, out: &mut String, outline: &Outline, name: &str) {
        let Self {
            directory, file, ..
        } = self;
        let _ = writeln!(
            out,
            "# Settings that are reloaded: mounted as {directory}/{file}, and in no variable, which would override changes."
        );
        if self.is_undeclared {
            let _ = writeln!(
                out,
                "# The settings do not read this file yet: declare it by file = \"{directory}/{file}\"."
            );
        }
        let _ = write!(
            out,
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}-live\ndata:\n  {file}: |\n"
        );
        let text = if has_extension(file, &["toml"]) {
            toml::some(outline, is_mounted)
        } else {
            yaml::some(outline, is_mounted)
        };
        for line in text.lines() {
            let indent = if line.is_empty() { "" } else { "    " };
            let _ = writeln!(out, "{indent}{line}");
        }
    }
}

/// Secrets, grouped by the way in which the container receives them.
struct SecretManifest<'a> {
    variables: Vec<&'a Setting>,
    files: Vec<&'a Setting>,
    /// The mount path of secret files, if the settings declare a directory for them.
    directory: Option<&'static str>,
}

impl<'a> SecretManifest<'a> {
    fn of(outline: &Outline, secrets: Vec<&'a Setting>) -> Self {
        let mut sources = outline.schema.sources.iter();
        let declared = sources.find(|source| {
            source.kind == SourceKind::SecretsDir
                && source.path.starts_with('/')
                && !source.path.contains('{')
        });
        let directory = declared.map(|source| source.path);
        // A pod without a required variable is not started. A secret in a variable cannot be reloaded.
        let is_variable =
            |setting: &&Setting| directory.is_none() || (setting.must_be_set() && !setting.reloads);
        let (variables, files) = secrets.into_iter().partition(is_variable);
        Self {
            variables,
            files,
            directory,
        }
    }
}

struct Deployment<'a> {
    name: &'a str,
    secrets: SecretManifest<'a>,
    mount: Option<Mount>,
}

impl Deployment<'_> {
    fn write(&self, out: &mut String) {
        let name = self.name;
        let _ = write!(
            out,
            "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      # Without this, Kubernetes adds variables of its own that may have the names of settings.
      enableServiceLinks: false
      containers:
        - name: {name}
          image: {name}:latest
"
        );
        let mount = self.mount.as_ref();
        if let Some(directory) = mount.and_then(|mount| mount.working_directory.as_ref()) {
            let _ = writeln!(out, "          workingDir: {directory}");
        }
        let _ = write!(
            out,
            "          envFrom:\n            - configMapRef:\n                name: {name}-config\n"
        );
        self.variables(out);
        self.volumes(out);
    }

    /// Writes the variables that are keys of the `Secret`.
    fn variables(&self, out: &mut String) {
        let all = &self.secrets.variables;
        if all.is_empty() {
            return;
        }
        let mark = mark_all(all);
        let _ = writeln!(out, "          {mark}env:");
        for setting in all {
            let variable = key(&setting.variable);
            let mut lines = vec![
                format!("- name: {variable}"),
                "  valueFrom:".to_owned(),
                "    secretKeyRef:".to_owned(),
                format!("      name: {}-secrets", self.name),
                format!("      key: {variable}"),
            ];
            if !setting.must_be_set() {
                lines.push("      optional: true".to_owned());
            }
            for line in lines {
                let _ = writeln!(out, "            {}{line}", mark_one(setting));
            }
        }
    }

    fn volumes(&self, out: &mut String) {
        let secrets = self
            .secrets
            .directory
            .filter(|_| !self.secrets.files.is_empty());
        if self.mount.is_none() && secrets.is_none() {
            return;
        }
        let volume = |out: &mut String, name: &str, directory: &str| {
            let _ = write!(
                out,
                "            - name: {name}\n              mountPath: {directory}\n              readOnly: true\n"
            );
        };
        out.push_str("          volumeMounts:\n");
        if let Some(mount) = &self.mount {
            out.push_str("            # The whole directory: a file that is mounted by subPath never changes.\n");
            volume(out, "live", &mount.directory);
        }
        if let Some(directory) = secrets {
            volume(out, "secrets", directory);
        }
        out.push_str("      volumes:\n");
        let name = self.name;
        if self.mount.is_some() {
            let _ = write!(
                out,
                "        - name: live\n          configMap:\n            name: {name}-live\n"
            );
        }
        if secrets.is_some() {
            let _ = write!(
                out,
                "        - name: secrets\n          secret:\n            secretName: {name}-secrets\n            \
                 # Keys that the Secret does not contain are skipped.\n            optional: true\n"
            );
            let _ = writeln!(out, "            {}items:", mark_all(&self.secrets.files));
            for setting in &self.secrets.files {
                let (mark, variable) = (mark_one(setting), key(&setting.variable));
                let _ = write!(
                    out,
                    "              {mark}- key: {variable}\n              {mark}  path: {variable}\n"
                );
            }
        }
    }
}

/// The comment marker, for settings of an optional group.
fn mark_one(setting: &Setting) -> &'static str {
    if setting.in_optional { "#" } else { "" }
}

/// The comment marker, if all of the settings are in comments.
fn mark_all(settings: &[&Setting]) -> &'static str {
    if settings.iter().all(|setting| setting.in_optional) {
        "#"
    } else {
        ""
    }
}
