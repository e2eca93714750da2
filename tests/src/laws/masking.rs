//! No secret of 8 or more characters remains in a reason, in any form.

use super::pieces::more;
use arbitrary::{Result, Unstructured};
use settings_core::{SecretString, Settings};

#[derive(Debug, Settings)]
#[settings(validate = Self::quote)]
struct Masked {
    token: SecretString,
    #[settings(default = "")]
    before: String,
    #[settings(default = "")]
    after: String,
}

impl Masked {
    /// Rejects the settings for a reason that contains the secret in every form.
    fn quote(&self) -> core::result::Result<(), String> {
        let token = settings_core::ExposeSecret::expose_secret(&self.token);
        let forms = forms(token).join(&self.after);
        Err(format!("{}{forms}{}", self.before, self.after))
    }
}

/// The secret as it is, escaped as by `Debug` and JSON, percent-encoded, and in capitals.
fn forms(secret: &str) -> Vec<String> {
    let encoded = secret.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02x}"),
    });
    vec![
        secret.to_owned(),
        format!("{secret:?}"),
        serde_json::to_string(secret).unwrap_or_default(),
        encoded.collect(),
        secret.to_ascii_uppercase(),
    ]
}

/// Random secrets in random texts.
pub fn masking(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let (Ok(secret), Ok(before), Ok(after)) =
        (text(&mut input), text(&mut input), text(&mut input))
    else {
        return;
    };
    let secret = secret.trim();
    // The mask is the only text that is added, so a secret must not be a part of it.
    let plain = secret
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c.is_ascii_punctuation());
    if secret.chars().count() < 8 || !plain || "[redacted]".contains(&secret.to_lowercase()) {
        return;
    }
    let settings = Masked::empty_loader()
        .set("token", secret)
        .set("before", before)
        .set("after", after);
    let report = settings
        .load()
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    let joined = report.replace("\n      ", " ").to_lowercase();
    for rest in joined.split("[redacted]") {
        assert!(
            !rest.contains(&secret.to_lowercase()),
            "{secret:?} is in {report}"
        );
    }
}

/// A text of pieces that mean something to URLs, JSON and reports.
fn text(input: &mut Unstructured<'_>) -> Result<String> {
    const PIECES: [&str; 22] = [
        "a",
        "Z",
        "7",
        "secret",
        "%41",
        "%",
        "\\",
        "\"",
        "'",
        "@",
        ":",
        "/",
        "=",
        "&",
        "+",
        "-",
        "é",
        "\n",
        " ",
        "://",
        "password=",
        "{",
    ];
    let mut text = String::new();
    while more(input, 15, 16)? {
        text.push_str(input.choose(&PIECES)?);
    }
    Ok(text)
}
