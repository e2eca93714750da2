//! The `settings` command of a program with an enum of settings.

use crate::settings_command::{SettingsCommand, settings_command_of};

fn storage() -> SettingsCommand {
    settings_command_of(env!("CARGO_BIN_EXE_storage"))
}

#[test]
fn a_setting_is_explained_whatever_the_variant_is() {
    let local = storage()
        .var("APP_STORAGE_KIND", "local")
        .var("APP_STORAGE_PATH", "/a");
    let page = local.run(&["explain", "storage.path"]).out;
    assert!(page.contains("The directory."), "{page}");
    assert!(page.contains("only if storage.kind is local"), "{page}");
    assert_eq!(page.matches("wins").count(), 1, "{page}");

    let page = storage().run(&["explain", "storage.shards"]).out;
    assert!(page.contains("only if storage.kind is local"), "{page}");
    let page = storage().run(&["explain", "APP_STORAGE_KIND"]).out;
    assert!(page.contains("one of memory, local, remote"), "{page}");
}

#[test]
fn the_dump_loads_again() {
    let config =
        "storage = '/var/uploads'\nmirrors = ['memory', { kind = 'local', path = '/a' }]\n";
    let toml = storage()
        .file("config.toml", config)
        .run(&["dump", "--format", "toml"])
        .out;
    let again = storage()
        .file("config.toml", &toml)
        .run(&["dump", "--format", "toml"])
        .out;
    assert_eq!(toml, again);
    assert!(toml.contains("storage = \"/var/uploads\"\n"), "{toml}");

    let config = "mirrors = ['/a', '/b']\n";
    let toml = storage()
        .file("config.toml", config)
        .run(&["dump", "--format", "toml"])
        .out;
    assert!(toml.contains("mirrors = [\"/a\", \"/b\"]\n"), "{toml}");
    let env = storage()
        .file("config.toml", config)
        .run(&["dump", "--format", "env"])
        .out;
    assert!(env.contains("APP_MIRRORS__1=/b\n"), "{env}");
}
