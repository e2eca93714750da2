//! Variants have distinct names, one default, and settings that differ from the tag.

use settings_core::Settings;

#[derive(Settings)]
#[settings(group, tag = "kind")]
enum Storage {
    #[settings(default)]
    Memory,
    #[settings(default, alias = "ME-MORY")]
    Local {
        kind: String,
        path: String,
        #[settings(alias = "path")]
        dir: String,
    },
    #[settings(alias = "no")]
    Off,
    #[settings(alias = "false", prefix = "X_")]
    Disabled,
    S3(String, u16),
    #[settings(default = 1)]
    Ftp,
    #[settings(secret)]
    Sftp,
}

#[derive(Settings)]
struct App {
    #[settings(nested)]
    storage: Storage,
}

#[derive(Settings)]
#[settings(group, tag = "a.b")]
enum Tagged {
    A,
}

#[derive(Settings)]
#[settings(group, tag = "kind")]
struct NoEnum {
    a: u8,
}

#[derive(Settings)]
#[settings(group)]
#[serde(tag = "kind")]
enum Written {
    #[serde(rename = "b")]
    A,
}

fn main() {
    let _ = App::load();
}
