//! Values for the settings of `Every`.

use super::pieces::{more, plain_text};
use arbitrary::{Result, Unstructured};
use serde_json::{Value, json};

/// The settings of the root.
pub(super) const KEYS: &[&str] = &[
    "flag",
    "int8",
    "int16",
    "int32",
    "int64",
    "int128",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "uint128",
    "size",
    "single",
    "double",
    "character",
    "text",
    "note",
    "blank",
    "path",
    "home",
    "pause",
    "tick",
    "level",
    "shape",
    "numbers",
    "words",
    "hosts",
    "ordered",
    "hashed",
    "labels",
    "weights",
    "by_level",
    "pair",
    "triple",
    "name",
    "port",
    "url",
    "address",
    "socket",
    "json",
    "either",
    "plain",
    "colour",
    "soft_limit",
    "hard_limit",
    "secret",
    "login_token",
];

/// A value for the setting in a file.
pub(super) fn of(key: &str, u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match key {
        "flag" => one(
            u,
            &[json!(true), json!(false), json!("yes"), json!(" OFF ")],
        )?,
        "int8" => json!(u.arbitrary::<i8>()?),
        "int16" => json!(u.arbitrary::<i16>()?),
        "int32" => json!(u.arbitrary::<i32>()?),
        "int64" => json!(u.arbitrary::<i64>()?),
        "int128" => json!(u.arbitrary::<i128>()?.to_string()),
        "uint8" | "soft_limit" => json!(u.arbitrary::<u8>()?),
        "uint16" => json!(u.arbitrary::<u16>()?),
        "uint32" => json!(u.arbitrary::<u32>()?),
        "uint64" | "hard_limit" => json!(u.arbitrary::<u64>()?),
        "uint128" => json!(u.arbitrary::<u128>()?.to_string()),
        "size" => one(u, &[json!(7), json!("+1_000"), json!("007")])?,
        "port" => json!(u.int_in_range(1..=u16::MAX)?),
        "single" | "double" => number(u)?,
        "character" => json!(u.arbitrary::<char>()?.to_string().replace('\0', "x")),
        "pause" | "tick" => duration(u)?,
        "level" => one(u, &[json!("info"), json!("very-loud"), json!("VERY_LOUD")])?,
        "shape" => shape(u)?,
        "numbers" => list(u, |u| Ok(json!(u.arbitrary::<u16>()?)))?,
        "ordered" => list(u, |u| Ok(json!(u.arbitrary::<i32>()?)))?,
        "words" | "hosts" | "hashed" | "tags" => list(u, |u| Ok(json!(plain_text(u)?)))?,
        "labels" => map(u, |u| Ok(json!(plain_text(u)?)))?,
        "weights" => map(u, number)?,
        "by_level" => json!({ "info": [u.arbitrary::<u8>()?], "Very_Loud": "1, 2," }),
        "pair" => json!([u.arbitrary::<u8>()?, plain_text(u)?]),
        "triple" => json!([number(u)?, number(u)?, number(u)?]),
        "url" => one(
            u,
            &[
                json!("https://a.b/c?d=e#f"),
                json!("mailto:it's@b"),
                json!(" http://x/ "),
            ],
        )?,
        "address" => one(u, &[json!("::1"), json!("127.0.0.1")])?,
        "socket" => one(u, &[json!("[::1]:80"), json!("127.0.0.1:80")])?,
        "json" => anything(u, 0)?,
        "either" => one(
            u,
            &[json!("5"), json!(" a"), json!([1, "2", ["x"]]), json!([])],
        )?,
        "plain" => {
            json!({ "id": u.arbitrary::<u8>()?, "inner": { "id": 1, "note": plain_text(u)? } })
        }
        "colour" => json!(format!("#{:06x}", u.int_in_range(0..=0x00ff_ffff)?)),
        _ => json!(plain_text(u)?),
    })
}

/// The same value as text of a flat source.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn number(u: &mut Unstructured<'_>) -> Result<Value> {
    let float: f32 = u.arbitrary()?;
    let double: f64 = u.arbitrary()?;
    Ok(match u.int_in_range(0..=3)? {
        0 => json!(u.arbitrary::<i64>()?),
        1 if float.is_finite() => json!(float),
        2 if double.is_finite() && double.abs() < 1e38 => json!(double),
        _ => one(
            u,
            &[
                json!("1e3"),
                json!(-0.0),
                json!(0.1),
                json!(" 1_0.5 "),
                json!(16_777_217),
            ],
        )?,
    })
}

fn duration(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match u.int_in_range(0..=2)? {
        0 => json!(u.arbitrary::<u32>()?),
        1 => json!(f64::from(u.arbitrary::<u16>()?) / 8.0),
        _ => json!(format!(
            "{}h {} ms",
            u.arbitrary::<u32>()?,
            u.arbitrary::<u32>()?
        )),
    })
}

fn shape(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match u.int_in_range(0..=3)? {
        0 => json!("Point"),
        1 => json!({ "circle": u.arbitrary::<u32>()? }),
        2 => json!({ "LINE": [u.arbitrary::<i8>()?, "-1"] }),
        _ => json!({ "Box": { "name": plain_text(u)?, "tags": [plain_text(u)?] } }),
    })
}

/// A value for a type that accepts anything. In text, a number by itself is text.
fn anything(u: &mut Unstructured<'_>, depth: u8) -> Result<Value> {
    Ok(match u.int_in_range(0..=if depth == 0 { 2 } else { 5 })? {
        0 => text_for_anything(u)?,
        1 if depth < 4 => list(u, |u| anything(u, depth + 1))?,
        2 if depth < 4 => map(u, |u| anything(u, depth + 1))?,
        3 => json!(u.arbitrary::<i64>()?),
        4 => json!(u.arbitrary::<u64>()?),
        _ => one(
            u,
            &[
                json!(null),
                json!(true),
                json!(1.5),
                json!(1e300),
                json!("a"),
            ],
        )?,
    })
}

fn text_for_anything(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(json!(plain_text(u)?))
}

fn list(
    u: &mut Unstructured<'_>,
    mut each: impl FnMut(&mut Unstructured<'_>) -> Result<Value>,
) -> Result<Value> {
    let mut list = Vec::new();
    while list.len() < 8 && more(u, 2, 3)? {
        list.push(each(u)?);
    }
    Ok(Value::from(list))
}

fn map(
    u: &mut Unstructured<'_>,
    mut each: impl FnMut(&mut Unstructured<'_>) -> Result<Value>,
) -> Result<Value> {
    let mut map = serde_json::Map::new();
    while map.len() < 8 && more(u, 2, 3)? {
        map.insert(plain_text(u)?, each(u)?);
    }
    Ok(Value::Object(map))
}

fn one(u: &mut Unstructured<'_>, of: &[Value]) -> Result<Value> {
    u.choose(of).cloned()
}
