//! Structure of the source tree: layers of `settings-core`, files in ARCHITECTURE.md, attributes in the reference.

#![allow(
    clippy::unwrap_used,
    reason = "a helper may unwrap: the test fails then"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The layers, lowest first. The modules of `STEPS` do not import each other.
const LAYERS: [(&str, &[&str]); 5] = [
    ("data", &["error", "schema", "value"]),
    (
        STEPS,
        &["decode", "dotenv", "remote", "resolve", "rules", "source"],
    ),
    ("build", &["build"]),
    ("load", &["docs", "failure", "loaded", "loader", "view"]),
    (
        "around",
        &["__private", "clap", "cli", "global", "live", "settings"],
    ),
];
const STEPS: &str = "steps";

/// Deserialization is recursive: a list contains values, and a value may be a list.
const RECURSIVE: [&str; 3] = ["decode/deserializer", "decode/enums", "decode/sequences"];

/// A file by its module path (`decode/enums`), with the paths that it imports.
type Imports = BTreeMap<String, BTreeSet<Vec<String>>>;

#[test]
fn every_module_has_a_layer() {
    let files = imports("settings-core/src");
    let modules: BTreeSet<&str> = files
        .keys()
        .filter_map(|file| file.split('/').next())
        .collect();
    let listed = LAYERS
        .iter()
        .flat_map(|(_, modules)| modules.iter().copied());
    assert_eq!(modules, listed.chain(["lib"]).collect::<BTreeSet<_>>());
}

#[test]
fn no_module_imports_from_a_higher_layer_or_another_step() {
    let mut found = Vec::new();
    for (file, imports) in imports("settings-core/src") {
        let Some((own, module)) = layer(&file) else {
            continue;
        };
        for import in imports {
            let path = import.join("/");
            let Some((other, imported)) = layer(&path) else {
                continue;
            };
            let is_step = LAYERS[own].0 == STEPS && own == other && module != imported;
            if other > own || is_step {
                found.push(format!("{file} imports {}", import.join("::")));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_two_files_import_each_other() {
    for source in SOURCES {
        no_circle(&imports(source));
    }
}

fn no_circle(imports: &Imports) {
    let files: BTreeSet<&String> = imports.keys().collect();
    // The longest prefix of an imported path that is a file.
    let target = |path: &[String]| {
        let prefixes = (1..=path.len())
            .rev()
            .map(|length| path[..length].join("/"));
        prefixes.into_iter().find(|prefix| files.contains(prefix))
    };
    let edges: BTreeMap<&str, BTreeSet<String>> = imports
        .iter()
        .map(|(file, paths)| {
            let targets = paths.iter().filter_map(|path| target(path));
            let is_recursive = RECURSIVE.contains(&file.as_str());
            // A module may name the files that it declares, and they may name it.
            let targets = targets.filter(|other| {
                other != file
                    && !is_parent(file, other)
                    && !(is_recursive && RECURSIVE.contains(&other.as_str()))
            });
            (file.as_str(), targets.collect())
        })
        .collect();
    for start in edges.keys() {
        let mut seen = BTreeSet::new();
        let mut todo: Vec<&String> = edges[start].iter().collect();
        while let Some(next) = todo.pop() {
            assert_ne!(next, start, "{start} imports a file that imports it");
            if seen.insert(next) {
                todo.extend(edges.get(next.as_str()).into_iter().flatten());
            }
        }
    }
}

#[test]
fn architecture_lists_every_source_file_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let mut listed = BTreeSet::new();
    let mut source = "";
    for line in text.lines() {
        // A heading such as "### `settings-core/src/value/`", followed by the rows of its files.
        if let Some(heading) = line.strip_prefix("### `") {
            source = heading.split('`').next().unwrap_or_default();
        } else if let Some(row) = line.strip_prefix("| `")
            && let Some((file, _)) = row.split_once("` |")
            && Path::new(file)
                .extension()
                .is_some_and(|extension| extension == "rs")
        {
            listed.insert(format!("{source}{file}"));
        }
    }
    let mut files = BTreeSet::new();
    for source in SOURCES {
        let mut found = Vec::new();
        list(&root.join(source), &mut found);
        files.extend(found.iter().map(|file| {
            let file = file.strip_prefix(&root).unwrap();
            file.to_str().unwrap().replace('\\', "/")
        }));
    }
    let missing: Vec<_> = files.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&files).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not listed: {missing:?}; listed, but gone: {gone:?}"
    );
}

/// The directories whose files ARCHITECTURE.md lists.
const SOURCES: [&str; 5] = [
    "settings-core/src",
    "settings-derive/src",
    "settings-etcd/src",
    "settings-postgres/src",
    "settings-syntax/src",
];

#[test]
fn every_attribute_has_a_section_in_the_reference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let table = fs::read_to_string(root.join("settings-derive/src/parse/keys.rs")).unwrap();
    let reference = fs::read_to_string(root.join("settings-core/docs/derive.md")).unwrap();
    let keys = table.split("key!(").skip(1);
    let keys = keys.filter_map(|row| row.split(',').next()).map(str::trim);
    let missing: Vec<&str> = keys
        .filter(|key| {
            key.chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '_')
        })
        .filter(|key| !reference.contains(&format!("## `{key}`")))
        .collect();
    assert!(missing.is_empty(), "without a section: {missing:?}");
}

fn is_parent(file: &str, child: &str) -> bool {
    child.starts_with(&format!("{file}/"))
}

/// The index of the layer of a module path, and its module.
fn layer(path: &str) -> Option<(usize, &str)> {
    let module = path.split('/').next()?;
    let layer = LAYERS
        .iter()
        .position(|(_, modules)| modules.contains(&module))?;
    Some((layer, module))
}

fn imports(source: &str) -> Imports {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let source = root.join(source);
    let mut files = Vec::new();
    list(&source, &mut files);
    let files = files.into_iter().map(|file| {
        let text = fs::read_to_string(&file).unwrap();
        let relative = file.strip_prefix(&source).unwrap().with_extension("");
        let mut module: Vec<String> = relative
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        module.pop_if(|last| last == "mod");
        (module.join("/"), paths(&code(&text), &module))
    });
    files.collect()
}

fn list(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("tests.rs")
        {
            files.push(path);
        }
    }
}

/// The text without comments and unit tests.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    let lines = text[..end].lines();
    let lines = lines.map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Every `crate::`, `super::` and `self::` path in a module, resolved to the root of the crate.
fn paths(code: &str, module: &[String]) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for (keyword, drop) in [("crate::", module.len()), ("super::", 1), ("self::", 0)] {
        for (at, _) in code.match_indices(keyword) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|before| before.is_alphanumeric() || "_:$".contains(before)) {
                continue;
            }
            let base = module[..module.len().saturating_sub(drop)].to_vec();
            tree(&code[at + keyword.len()..], &base, &mut found);
        }
    }
    found
}

/// Reads a path or a use tree such as `a::{b, c::d}`.
fn tree<'t>(mut text: &'t str, base: &[String], found: &mut BTreeSet<Vec<String>>) -> &'t str {
    let mut path = base.to_vec();
    loop {
        text = text.trim_start();
        if let Some(mut inner) = text.strip_prefix('{') {
            loop {
                inner = tree(inner, &path, found).trim_start();
                match inner.strip_prefix(',') {
                    Some(rest) if !rest.trim_start().starts_with('}') => inner = rest,
                    Some(rest) => return rest.trim_start().trim_start_matches('}'),
                    None => return inner.strip_prefix('}').unwrap_or(inner),
                }
            }
        }
        let end = text
            .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if !name.is_empty() && name != "self" {
            path.push(name.to_owned());
        }
        text = rest;
        match text.strip_prefix("::") {
            Some(rest) => text = rest,
            None => break,
        }
    }
    found.insert(path);
    text.strip_prefix(" as ").map_or(text, |rest| {
        rest.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_')
    })
}
