//! Kubernetes: a `ConfigMap`, a `Secret`, and a container that reads both.

use super::{
    Options, Template,
    outline::{Outline, Setting},
    text::{comment, key},
};
use crate::{build::Assemble, value::json::quoted};
use std::fmt::Write;

/// Kubernetes manifests: a `ConfigMap` with the plain settings, a `Secret` with the others, and a `Deployment` whose
/// container reads both by `envFrom` and `env`.
///
/// Placeholders are empty, so that a secret that nobody filled in is told as missing, and never used.
///
/// ```
/// use settings_core::{SecretString, Settings, docs};
///
/// #[derive(Debug, Settings)]
/// #[settings(prefix = "APP_")]
/// struct AppSettings {
///     #[settings(default = 8080)]
///     port: u16,
///     secret_key: SecretString,
/// }
///
/// let manifests = docs::kubernetes::<AppSettings>();
/// let [config, secret, deployment]: [&str; 3] = manifests.split("---\n").collect::<Vec<_>>().try_into().unwrap();
/// assert!(config.contains("  APP_PORT: \"8080\"\n"));
/// assert!(secret.contains("  APP_SECRET_KEY: \"\" # required\n"));
/// assert!(deployment.contains("            - name: APP_SECRET_KEY\n"));
/// ```
pub fn kubernetes<T: Assemble>() -> String {
    Kubernetes.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct Kubernetes;

impl Template for Kubernetes {
    fn is_file_name(&self, _: &str) -> bool {
        false
    }

    fn render(&self, outline: &Outline, options: &Options) -> String {
        let slug = options.program(outline);
        let settings = outline.settings();
        let (masked, plain): (Vec<&Setting>, Vec<&Setting>) =
            settings.into_iter().partition(|setting| setting.masked);
        let mut out = String::new();
        let _ = write!(
            out,
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {slug}-config\n"
        );
        entries(&mut out, "data", &plain);
        let _ = write!(
            out,
            "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {slug}-secrets\ntype: Opaque\n"
        );
        entries(&mut out, "stringData", &masked);
        out.push_str("---\n");
        deployment(&mut out, &slug, &masked);
        out
    }
}

fn entries(out: &mut String, field: &str, settings: &[&Setting]) {
    let none = if settings.iter().any(|setting| setting.stands()) {
        ""
    } else {
        " {}"
    };
    let _ = writeln!(out, "{field}:{none}");
    for setting in settings {
        comment(out, 2, setting.leaf.doc);
        let mark = if setting.stands() { "" } else { "#" };
        let value = quoted(setting.default_text().unwrap_or(""));
        let required = if setting.must_be_set() {
            " # required"
        } else {
            ""
        };
        let _ = writeln!(out, "  {mark}{}: {value}{required}", key(&setting.variable));
    }
}

fn deployment(out: &mut String, slug: &str, masked: &[&Setting]) {
    let _ = write!(
        out,
        "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {slug}
spec:
  selector:
    matchLabels:
      app: {slug}
  template:
    metadata:
      labels:
        app: {slug}
    spec:
      # Without this, Kubernetes adds variables of its own that may have the names of settings.
      enableServiceLinks: false
      containers:
        - name: {slug}
          image: {slug}:latest
          envFrom:
            - configMapRef:
                name: {slug}-config
"
    );
    let (stand, dormant): (Vec<&Setting>, Vec<&Setting>) =
        masked.iter().partition(|setting| !setting.in_optional);
    match (stand.is_empty(), dormant.is_empty()) {
        (false, _) => out.push_str("          env:\n"),
        (true, false) => out.push_str("          #env:\n"),
        (true, true) => {}
    }
    for setting in stand {
        reference(out, slug, setting, "");
    }
    for setting in dormant {
        reference(out, slug, setting, "#");
    }
}

fn reference(out: &mut String, slug: &str, setting: &Setting, mark: &str) {
    let name = key(&setting.variable);
    let mut lines = vec![
        format!("- name: {name}"),
        "  valueFrom:".to_owned(),
        "    secretKeyRef:".to_owned(),
        format!("      name: {slug}-secrets"),
        format!("      key: {name}"),
    ];
    if !setting.must_be_set() {
        lines.push("      optional: true".to_owned());
    }
    for line in lines {
        let _ = writeln!(out, "            {mark}{line}");
    }
}
