//! Every name matches a setting, is reported as unknown, or belongs to another program.

use super::{
    Every, outcome,
    pieces::{self, more},
    reading::written,
    values,
};
use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value};
use settings_core::Settings;

/// Random names in every layer, some of them close to those of settings.
pub fn binder(data: &[u8]) {
    // Input that ends early breaks no law.
    let _ = bind(&mut Unstructured::new(data));
}

fn bind(u: &mut Unstructured<'_>) -> Result<()> {
    let mut size = 0;
    let mut pairs = Vec::new();
    while more(u, 3, 4)? {
        let (name, text) = (pieces::name(u)?, pieces::text(u)?);
        size += name.len() + text.len();
        pairs.push((name, text));
    }
    let (variables, rest) = pairs.split_at(u.int_in_range(0..=pairs.len())?);
    let (flags, settings) = rest.split_at(u.int_in_range(0..=rest.len())?);
    let mut arguments = Vec::new();
    for (name, text) in flags {
        match u.int_in_range(0..=3)? {
            0 => arguments.push(format!("--{name}={text}")),
            1 => arguments.extend([format!("--{name}"), text.clone()]),
            2 => arguments.extend(["--set".to_owned(), format!("{name}={text}")]),
            _ => arguments.push(format!("--no-{name}")),
        }
    }
    let table = table(u, 0)?;
    let json = table.to_string();
    size += json.len();
    let (_folder, path) = written("config.json", json.as_bytes());
    let loader = Every::empty_loader()
        .file(path)
        .env_from(variables.iter().cloned())
        .args(arguments);
    let loader = settings
        .iter()
        .fold(loader, |loader, (name, text)| loader.set(name, text));
    let _ = outcome::load(loader, size);
    Ok(())
}

/// A table with keys and values that may fit the settings.
fn table(u: &mut Unstructured<'_>, depth: u8) -> Result<Value> {
    let mut table = Map::new();
    while depth < 6 && more(u, 2, 3)? {
        let key = match u.int_in_range(0..=2)? {
            0 => pieces::text(u)?,
            1 => pieces::name(u)?,
            _ => (*u.choose(values::KEYS)?).to_owned(),
        };
        let value = match u.int_in_range(0..=3)? {
            0 => table_or_list(u, depth)?,
            1 => Value::from(pieces::text(u)?),
            _ => values::of(&key, u)?,
        };
        table.insert(key, value);
    }
    Ok(Value::Object(table))
}

fn table_or_list(u: &mut Unstructured<'_>, depth: u8) -> Result<Value> {
    let first = table(u, depth + 1)?;
    Ok(if u.arbitrary()? {
        Value::from(vec![first, table(u, depth + 1)?])
    } else {
        first
    })
}
