//! Access tokens: a client is given one for its secret, and creates notes with it while it is good.
//!
//! They are JSON Web Tokens by HS256, which any library reads.

use crate::settings::AuthSettings;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac, digest::InvalidLength};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use settings_core::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::{collections::BTreeMap, time::Duration};

/// Signs tokens, and knows its own again.
pub struct Tokens {
    key: Hmac<Sha256>,
    /// How long a token is good for.
    pub lifetime: Duration,
    clients: BTreeMap<String, SecretString>,
}

/// What a token says; times are seconds since 1970.
#[derive(Debug, Deserialize, Serialize)]
struct Claims {
    /// The client.
    sub: String,
    iat: i64,
    exp: i64,
}

/// `{"alg":"HS256","typ":"JWT"}`; a token that begins otherwise is not one of ours.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

impl Tokens {
    /// # Errors
    ///
    /// Returns an error if this is no key to sign with.
    pub fn new(settings: &AuthSettings) -> Result<Self, InvalidLength> {
        Ok(Self {
            key: Hmac::new_from_slice(settings.secret_key.expose_secret().as_bytes())?,
            lifetime: Duration::from_mins(settings.access_token_expire_minutes.into()),
            clients: settings.auth_clients.clone().unwrap_or_default(),
        })
    }

    /// Whether notes are created by token only.
    pub fn are_required(&self) -> bool {
        !self.clients.is_empty()
    }

    /// A token for this client, if that is its secret.
    pub fn grant(&self, client: &str, secret: &SecretString, now: Timestamp) -> Option<String> {
        let known = self.sign(self.clients.get(client)?.expose_secret());
        // By their signatures, as those are compared in a time that tells nothing.
        let given = self.key.clone().chain_update(secret.expose_secret());
        given.verify_slice(&known).ok()?;
        let claims = Claims {
            sub: client.to_owned(),
            iat: now.as_second(),
            exp: now.checked_add(self.lifetime).ok()?.as_second(),
        };
        let claims = BASE64.encode(serde_json::to_vec(&claims).ok()?);
        let signed = format!("{HEADER}.{claims}");
        let signature = BASE64.encode(self.sign(&signed));
        Some(format!("{signed}.{signature}"))
    }

    /// Whether a token is one of ours, is still good, and its client still there.
    pub fn admit(&self, token: &str, now: Timestamp) -> bool {
        self.read(token).is_some_and(|claims| {
            now.as_second() < claims.exp && self.clients.contains_key(&claims.sub)
        })
    }

    fn read(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = BASE64.decode(signature).ok()?;
        let expected = self.key.clone().chain_update(signed);
        expected.verify_slice(&signature).ok()?;
        let claims = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
        serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()
    }

    fn sign(&self, text: &str) -> Vec<u8> {
        let signature = self.key.clone().chain_update(text).finalize();
        signature.into_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(key: &str) -> Tokens {
        let settings = AuthSettings {
            secret_key: key.into(),
            access_token_expire_minutes: 30,
            auth_clients: Some([("web".to_owned(), "hunter2".into())].into()),
        };
        Tokens::new(&settings).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let tokens = tokens("key");
        let token = tokens.grant("web", &"hunter2".into(), at(1000)).unwrap();
        assert!(tokens.admit(&token, at(1000)));
        assert!(tokens.admit(&token, at(1000 + 30 * 60 - 1)));
        assert!(!tokens.admit(&token, at(1000 + 30 * 60)));
    }

    #[test]
    fn no_token_is_given_for_a_wrong_secret_or_to_a_stranger() {
        let tokens = tokens("key");
        assert_eq!(tokens.grant("web", &"hunter".into(), at(0)), None);
        assert_eq!(tokens.grant("app", &"hunter2".into(), at(0)), None);
    }

    #[test]
    fn what_was_signed_by_another_key_or_changed_is_no_token() {
        let ours = tokens("key");
        let theirs = tokens("another").grant("web", &"hunter2".into(), at(0));
        assert!(!ours.admit(&theirs.unwrap(), at(0)));

        let token = ours.grant("web", &"hunter2".into(), at(0)).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let longer = BASE64.encode(r#"{"sub":"web","iat":0,"exp":9000000000}"#);
        // {"alg":"none","typ":"JWT"}
        let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
        for forged in [
            format!("{HEADER}.{longer}.{signature}"),
            format!("{HEADER}.{longer}."),
            format!("{unsigned}.{longer}."),
            format!("{signed}."),
            signed.to_owned(),
            format!("{token}."),
            "..".to_owned(),
            String::new(),
        ] {
            assert!(!ours.admit(&forged, at(0)), "{forged}");
        }
    }

    #[test]
    fn a_client_that_is_gone_takes_its_tokens_along() {
        let mut tokens = tokens("key");
        let token = tokens.grant("web", &"hunter2".into(), at(0)).unwrap();
        tokens.clients.clear();
        assert!(!tokens.admit(&token, at(0)));
    }

    /// The example of RFC 7519, at 3.1, has another header; this one is the first that jwt.io shows.
    #[test]
    fn the_signature_is_that_of_other_libraries() {
        let signed = format!(
            "{HEADER}.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
        );
        assert_eq!(
            BASE64.encode(tokens("your-256-bit-secret").sign(&signed)),
            "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
        );
    }
}
