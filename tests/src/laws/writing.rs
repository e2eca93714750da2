//! The output of `to_env` reads back to the same settings.

use super::{
    Every, outcome,
    pieces::{more, plain_text},
    reading::written,
    values,
};
use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};
use settings_core::Settings;

/// Values of every kind, from a file and from variables, read back from the `.env` file that is written of them.
pub fn round_trip(data: &[u8]) {
    let mut drawn = Drawn::default();
    // Input that ends early has generated enough.
    let _ = drawn.draw(&mut Unstructured::new(data));
    drawn.survive();
}

#[derive(Default)]
struct Drawn {
    file: Map<String, Value>,
    variables: Vec<(String, String)>,
}

impl Drawn {
    fn draw(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        while more(u, 7, 8)? {
            match u.int_in_range(0..=7)? {
                0 => {
                    let table = host(u)?;
                    let list = self.file.entry("list").or_insert_with(|| json!([]));
                    list.as_array_mut()
                        .into_iter()
                        .for_each(|list| list.push(table.clone()));
                }
                1 => {
                    let (key, table) = (plain_text(u)?, host(u)?);
                    let map = self.file.entry("map").or_insert_with(|| json!({}));
                    map[key] = table;
                }
                2 => {
                    let group = if u.arbitrary()? { "server" } else { "maybe" };
                    let key = *u.choose(&["bind", "port", "tags"])?;
                    let value = values::of(key, u)?;
                    self.put(u, group, key, value)?;
                }
                3 => {
                    let key = *u.choose(&["eu-west", "a", "B.c", "1"])?;
                    let leaf = *u.choose(&["NAME", "LABELS", "DISK_DEVICE"])?;
                    let value = values::of(&leaf.to_ascii_lowercase(), u)?;
                    let name = format!("MAP__{key}__{leaf}");
                    self.variables.push((name, values::text_of(&value)));
                }
                _ => {
                    let key = *u.choose(values::KEYS)?;
                    let value = values::of(key, u)?;
                    self.put(u, "", key, value)?;
                }
            }
        }
        Ok(())
    }

    fn put(
        &mut self,
        u: &mut Unstructured<'_>,
        group: &str,
        key: &str,
        value: Value,
    ) -> Result<()> {
        if u.arbitrary()? {
            let name = format!("{group}_{key}").to_uppercase();
            let name = name.trim_start_matches('_').to_owned();
            self.variables.push((name, values::text_of(&value)));
        } else if group.is_empty() {
            self.file.insert(key.to_owned(), value);
        } else {
            let table = self.file.entry(group).or_insert_with(|| json!({}));
            table[key] = value;
        }
        Ok(())
    }

    fn survive(self) {
        let json = Value::Object(self.file).to_string();
        let (_folder, config) = written("config.json", json.as_bytes());
        let size = json.len()
            + self
                .variables
                .iter()
                .map(|(name, text)| name.len() + text.len())
                .sum::<usize>();
        let loader = Every::empty_loader()
            .file(config)
            .env_from(self.variables.clone());
        // Some values are refused, such as a text with a comma in a list, so nothing is written.
        let Ok(first) = outcome::load(loader, size) else {
            return;
        };
        let env = first.to_env();
        if is_masked_by_chance(&env) {
            return;
        }
        let (_folder, path) = written(".env", env.as_bytes());
        let again = match Every::empty_loader().env_file(path).load() {
            Ok(again) => again,
            Err(error) => panic!("{error}\n\n{env}\n{json}\n{:?}", self.variables),
        };
        assert_eq!(
            again.values, first.values,
            "\n{env}\n{json}\n{:?}",
            self.variables
        );
        let printed = again.to_env();
        if !is_masked_by_chance(&printed) {
            assert_eq!(without_secrets(&printed), without_secrets(&env), "\n{json}");
        }
        assert!(again.warnings().is_empty(), "{:?}\n{env}", again.warnings());
    }
}

fn host(u: &mut Unstructured<'_>) -> Result<Value> {
    let mut host = Map::new();
    while more(u, 2, 3)? {
        let key = *u.choose(&["name", "port", "labels", "json", "disk", "disks", "zones"])?;
        let disk = |u: &mut Unstructured<'_>| -> Result<Value> {
            Ok(match u.int_in_range(0..=2)? {
                0 => json!({}),
                1 => json!({ "device": plain_text(u)? }),
                _ => json!({ "size": 0.1, "device": null }),
            })
        };
        let value = match key {
            "disk" => disk(u)?,
            "disks" if u.arbitrary()? => json!([disk(u)?, disk(u)?]),
            "disks" => json!([]),
            "zones" => json!({ plain_text(u)?: disk(u)?, "a": disk(u)? }),
            key => values::of(key, u)?,
        };
        host.insert(key.to_owned(), value);
    }
    Ok(Value::Object(host))
}

/// Removes the settings that are written as comments because they are secret.
fn without_secrets(env: &str) -> String {
    let lines = env.split_inclusive('\n');
    lines
        .filter(|line| !SECRET.iter().any(|leaf| line.starts_with(leaf)))
        .collect()
}

/// Whether a text contains something that is masked.
fn is_masked_by_chance(env: &str) -> bool {
    without_secrets(env)
        .lines()
        .any(|line| line.starts_with("# ") && line.contains("[redacted]"))
}

const SECRET: [&str; 2] = ["# SECRET=", "# LOGIN_TOKEN="];
