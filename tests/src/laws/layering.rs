//! Higher layers override lower ones, setting by setting, and change nothing else.

use super::{
    Every, outcome,
    pieces::{more, plain_text},
    reading::written,
    values,
};
use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value};
use settings_core::{Loaded, Loader, Settings};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// Settings that any layer may set.
const LEAVES: &[&str] = &[
    "text",
    "uint16",
    "level",
    "pause",
    "numbers",
    "note",
    "server_port",
    "maybe_bind",
];

/// Several layers equal one layer with the last value of each setting.
pub fn layers(data: &[u8]) {
    let _ = check(&mut Unstructured::new(data));
}

/// The kinds of layer, lowest first. Of one kind, the later wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    File,
    EnvFile,
    Env,
    Arguments,
    Set,
}

/// Values of a layer for some settings. Empty text is no value.
#[derive(Clone)]
struct Layer {
    kind: Kind,
    texts: BTreeMap<&'static str, String>,
}

fn check(u: &mut Unstructured<'_>) -> Result<()> {
    let mut layers = Vec::new();
    while layers.len() < 8 && more(u, 4, 5)? {
        layers.push(layer(u)?);
    }
    let all = load(&layers);
    assert_same(&all, &load(&[flat(&layers)]), "later wins");
    assert_same(&all, &load(&layers), "loading twice gives the same");
    if let Some(last) = layers.len().checked_sub(1) {
        let without = u.int_in_range(0..=last)?;
        let mut fewer = layers.clone();
        fewer.remove(without);
        assert_same(
            &load(&fewer),
            &load(&[flat(&fewer)]),
            "removing a layer restores the load without it",
        );
    }
    let mut kinds = layers.clone();
    kinds.sort_by_key(|layer| layer.kind);
    assert_same(
        &all,
        &load(&kinds),
        "kinds have an order whatever that of the calls",
    );
    order_of_names(u, &all, &flat(&layers))?;
    unrelated_variables(u, &all, &layers)?;
    Ok(())
}

/// The order of keys in a table, and of variables, does not matter.
fn order_of_names(u: &mut Unstructured<'_>, all: &Loaded<Every>, flat: &Layer) -> Result<()> {
    let mut pairs: Vec<_> = flat.texts.iter().collect();
    for at in 0..pairs.len() {
        let other = u.int_in_range(at..=pairs.len() - 1)?;
        pairs.swap(at, other);
    }
    let variables = pairs
        .iter()
        .map(|(key, text)| (key.to_uppercase(), text.as_str()));
    let shuffled = load_valid(Every::empty_loader().env_from(variables));
    assert_same(
        all,
        &shuffled,
        "the order of different variables does not matter",
    );
    // Of two spellings of one key in a table, the first by bytes wins in any order.
    let mut spelled = Vec::new();
    for (key, text) in pairs {
        let key = key.to_uppercase().replace('_', ".");
        spelled.push(format!("{key:?}:{}", Value::from(text.as_str())));
        let other = key[..1].to_lowercase() + &key[1..];
        spelled.push(format!("{other:?}:\"7\""));
    }
    let forwards = format!("{{{}}}", spelled.join(","));
    spelled.reverse();
    let backwards = format!("{{{}}}", spelled.join(","));
    let of = |json: &str| {
        let (_directory, path) = written("config.json", json.as_bytes());
        let outcome = outcome::load(Every::empty_loader().file(path), json.len());
        outcome
            .map(|loaded| loaded.to_env())
            .map_err(|error| error.problems().len())
    };
    assert_eq!(
        of(&forwards),
        of(&backwards),
        "the order of a table's keys does not matter: {forwards}"
    );
    Ok(())
}

fn unrelated_variables(
    u: &mut Unstructured<'_>,
    all: &Loaded<Every>,
    layers: &[Layer],
) -> Result<()> {
    let mut variables = Vec::new();
    while variables.len() < 20 && more(u, 3, 4)? {
        variables.push((format!("OTHER_{}", plain_text(u)?), plain_text(u)?));
    }
    let (_directories, loader) = loader(layers);
    assert_same(
        all,
        &load_valid(loader.env_from(variables)),
        "what means no leaf changes nothing",
    );
    Ok(())
}

fn layer(u: &mut Unstructured<'_>) -> Result<Layer> {
    let kind = *u.choose(&[
        Kind::File,
        Kind::EnvFile,
        Kind::Env,
        Kind::Arguments,
        Kind::Set,
    ])?;
    let mut texts = BTreeMap::new();
    while more(u, 3, 4)? {
        let leaf = *u.choose(LEAVES)?;
        let text = match leaf {
            // In a file, a table without values makes an optional group present, which no variable does.
            _ if leaf != "maybe_bind" && u.ratio(1, 8)? => String::new(),
            "server_port" => u.arbitrary::<u16>()?.to_string(),
            "text" | "note" => plain_text(u)?,
            "maybe_bind" => format!("a{}", plain_text(u)?),
            leaf => values::text_of(&values::of(leaf, u)?),
        };
        texts.insert(leaf, text);
    }
    Ok(Layer { kind, texts })
}

/// The last value of each setting.
fn flat(layers: &[Layer]) -> Layer {
    let mut layers: Vec<_> = layers.iter().collect();
    layers.sort_by_key(|layer| layer.kind);
    let texts = layers.iter().flat_map(|layer| layer.texts.clone());
    Layer {
        kind: Kind::Env,
        texts: texts.collect(),
    }
}

fn load(layers: &[Layer]) -> Loaded<Every> {
    let (_directories, loader) = loader(layers);
    load_valid(loader)
}

fn load_valid(loader: Loader<Every>) -> Loaded<Every> {
    match loader.load() {
        Ok(settings) => settings,
        Err(error) => panic!("{error}"),
    }
}

fn loader(layers: &[Layer]) -> (Vec<TempDir>, Loader<Every>) {
    let mut directories = Vec::new();
    let mut loader = Every::empty_loader();
    for layer in layers {
        let texts = layer.texts.iter();
        loader = match layer.kind {
            Kind::File => {
                let (directory, path) = written("config.json", table(&layer.texts).as_bytes());
                directories.push(directory);
                loader.file(path)
            }
            Kind::EnvFile => {
                let lines = texts.map(|(key, text)| line(key, text)).collect::<String>();
                let (directory, path) = written(".env", lines.as_bytes());
                directories.push(directory);
                loader.env_file(path)
            }
            Kind::Env => loader.env_from(texts.map(|(key, text)| (key.to_uppercase(), text))),
            Kind::Arguments => loader.args(texts.map(|(key, text)| format!("--{key}={text}"))),
            Kind::Set => texts.fold(loader, |loader, (key, text)| loader.set(*key, text)),
        };
    }
    (directories, loader)
}

/// The settings as JSON, nested like the struct; `null` is no value.
fn table(texts: &BTreeMap<&'static str, String>) -> String {
    let mut root = Map::new();
    for (key, text) in texts {
        let value = match text.as_str() {
            "" => Value::Null,
            text => Value::from(text),
        };
        match key.split_once('_') {
            Some((group, key)) => {
                let table = root
                    .entry(group)
                    .or_insert_with(|| Value::Object(Map::new()));
                table[key] = value;
            }
            None => {
                root.insert((*key).to_owned(), value);
            }
        }
    }
    Value::Object(root).to_string()
}

/// One line of a `.env` file, in single quotes.
fn line(key: &str, text: &str) -> String {
    let key = key.to_uppercase();
    if text.is_empty() {
        return format!("{key}=\n");
    }
    let mut escaped = String::new();
    for ch in text.chars() {
        match ch {
            '\\' | '"' | '$' => escaped.extend(['\\', ch]),
            '\r' => escaped.push_str("\\r"),
            ch => escaped.push(ch),
        }
    }
    format!("{key}=\"{escaped}\"\n")
}

#[track_caller]
fn assert_same(one: &Loaded<Every>, other: &Loaded<Every>, law: &str) {
    assert_eq!(one.values, other.values, "{law}");
    assert_eq!(one.to_env(), other.to_env(), "{law}");
}
