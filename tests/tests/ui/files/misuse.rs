//! Misuse of each form of a source.

use settings_core::Settings;

#[derive(Settings)]
#[settings(file = section("a.toml"))]
struct Form1 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = section("a.toml", ""))]
struct Form2 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = section("a.ini", "x"))]
struct Form3 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = section("a.toml", "a..b"))]
struct Form4 {
    a: u8,
}

#[derive(Settings)]
#[settings(env_file = section(".env", "x"))]
struct Form5 {
    a: u8,
}

#[derive(Settings)]
#[settings(env_file = toml(".env"))]
struct Form6 {
    a: u8,
}

#[derive(Settings)]
#[settings(env_file = interpolate(".env"))]
struct Form7 {
    a: u8,
}

#[derive(Settings)]
#[settings(env_file = "*.env")]
struct Form8 {
    a: u8,
}

#[derive(Settings)]
#[settings(secrets_dir = interpolate("secrets"))]
struct Form9 {
    a: u8,
}

#[derive(Settings)]
#[settings(secrets_dir = optional("secrets"))]
struct Form10 {
    a: u8,
}

#[derive(Settings)]
#[settings(secrets_dir = "secrets/*")]
struct Form11 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = toml(json("a")))]
struct Form12 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = xml("a"))]
struct Form13 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = toml("a", "b"))]
struct Form14 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = toml())]
struct Form15 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = interpolate(interpolate("a.toml")))]
struct Form16 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = interpolate("a.ini"))]
struct Form17 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = only("a.toml"))]
struct Form18 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = only(a = "x"))]
struct Form19 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = only(missing = "x", "a.toml"))]
struct Form20 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = only(a = 1, "a.toml"))]
struct Form21 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = "*/a.toml")]
struct Form22 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = "conf.d/*")]
struct Form23 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = "conf.d/*.ini")]
struct Form24 {
    a: u8,
}

#[derive(Settings)]
#[settings(file = "a*/x.toml")]
struct Form25 {
    a: u8,
}

fn main() {}
