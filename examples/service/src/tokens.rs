//! Access tokens: a client is given one for its secret, and creates notes with it while it is good.
//!
//! They are JSON Web Tokens by HS256, which any library reads.

use crate::settings::AuthSettings;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use settings_core::{ExposeSecret, SecretString};
use std::{collections::BTreeMap, time::Duration};
use subtle::ConstantTimeEq;

/// Signs tokens, and knows its own again.
pub struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
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

impl Tokens {
    pub fn new(settings: &AuthSettings) -> Self {
        let key = settings.secret_key.expose_secret().as_bytes();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0; // the clock is the one that wrote the time
        Self {
            signing: EncodingKey::from_secret(key),
            checking: DecodingKey::from_secret(key),
            validation,
            lifetime: Duration::from_mins(settings.access_token_expire_minutes.into()),
            clients: settings.auth_clients.clone().unwrap_or_default(),
        }
    }

    /// Whether notes are created by token only.
    pub fn are_required(&self) -> bool {
        !self.clients.is_empty()
    }

    /// A token for this client, if that is its secret.
    pub fn grant(&self, client: &str, secret: &SecretString, now: Timestamp) -> Option<String> {
        let known = self.clients.get(client)?.expose_secret().as_bytes();
        // In a time that tells nothing of the secret but its length.
        if !bool::from(known.ct_eq(secret.expose_secret().as_bytes())) {
            return None;
        }
        let claims = Claims {
            sub: client.to_owned(),
            iat: now.as_second(),
            exp: now.checked_add(self.lifetime).ok()?.as_second(),
        };
        jsonwebtoken::encode(&Header::default(), &claims, &self.signing).ok()
    }

    /// Whether a token is one of ours, is still good, and its client still there.
    pub fn admit(&self, token: &str) -> bool {
        jsonwebtoken::decode::<Claims>(token, &self.checking, &self.validation)
            .is_ok_and(|token| self.clients.contains_key(&token.claims.sub))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
    use jiff::ToSpan;

    fn tokens(key: &str) -> Tokens {
        Tokens::new(&AuthSettings {
            secret_key: key.into(),
            access_token_expire_minutes: 30,
            auth_clients: Some([("web".to_owned(), "hunter2".into())].into()),
        })
    }

    fn granted(tokens: &Tokens, minutes_ago: i64) -> String {
        let then = Timestamp::now() - minutes_ago.minutes();
        tokens.grant("web", &"hunter2".into(), then).unwrap()
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let tokens = tokens("key");
        assert!(tokens.admit(&granted(&tokens, 0)));
        assert!(tokens.admit(&granted(&tokens, 20)));
        assert!(!tokens.admit(&granted(&tokens, 31)));
    }

    #[test]
    fn no_token_is_given_for_a_wrong_secret_or_to_a_stranger() {
        let (tokens, now) = (tokens("key"), Timestamp::now());
        assert_eq!(tokens.grant("web", &"hunter".into(), now), None);
        assert_eq!(tokens.grant("app", &"hunter2".into(), now), None);
    }

    #[test]
    fn what_was_signed_by_another_key_or_changed_is_no_token() {
        let ours = tokens("key");
        assert!(!ours.admit(&granted(&tokens("another"), 0)));

        let token = granted(&ours, 0);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let longer = BASE64.encode(r#"{"sub":"web","iat":0,"exp":9000000000}"#);
        let unsigned = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
        for forged in [
            format!("{header}.{longer}.{signature}"),
            format!("{header}.{longer}."),
            format!("{unsigned}.{longer}."),
            format!("{signed}."),
            signed.to_owned(),
            format!("{token}."),
            "..".to_owned(),
            String::new(),
        ] {
            assert!(!ours.admit(&forged), "{forged}");
        }
    }

    #[test]
    fn a_client_that_is_gone_takes_its_tokens_along() {
        let mut tokens = tokens("key");
        let token = granted(&tokens, 0);
        tokens.clients.clear();
        assert!(!tokens.admit(&token));
    }
}
