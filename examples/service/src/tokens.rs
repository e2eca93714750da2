//! Access tokens: JSON Web Tokens, signed with HS256. A client gets one for its secret, and needs it to create notes.

use crate::settings::AuthSettings;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use settings_core::{ExposeSecret, SecretString};
use std::{collections::BTreeMap, time::Duration};
use subtle::ConstantTimeEq;

/// Issues and verifies access tokens.
pub struct Tokens {
    encoding_key: EncodingKey,
    decoding_key: DecodingKey,
    validation: Validation,
    /// Lifetime of a token.
    pub lifetime: Duration,
    clients: BTreeMap<String, SecretString>,
    /// Name of the service.
    name: String,
}

/// Claims of a token. Times are seconds since 1970.
#[derive(Debug, Deserialize, Serialize)]
struct Claims {
    /// The client.
    sub: String,
    /// The service, which is both issuer and audience: tokens of other services are invalid even with the same key.
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

impl Tokens {
    pub fn new(settings: &AuthSettings, name: &str) -> Self {
        let key = settings.secret_key.expose_secret().as_bytes();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0; // the same clock sets and checks the time
        validation.set_issuer(&[name]);
        validation.set_audience(&[name]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Self {
            encoding_key: EncodingKey::from_secret(key),
            decoding_key: DecodingKey::from_secret(key),
            validation,
            lifetime: Duration::from_mins(settings.access_token_expire_minutes.into()),
            clients: settings.auth_clients.clone().unwrap_or_default(),
            name: name.to_owned(),
        }
    }

    /// Whether creating a note requires a token.
    pub fn are_required(&self) -> bool {
        !self.clients.is_empty()
    }

    /// Issues a token for a client, if the secret is right.
    pub fn issue(&self, client: &str, secret: &SecretString, now: Timestamp) -> Option<String> {
        let expected = self.clients.get(client)?.expose_secret().as_bytes();
        // In constant time, so that the duration reveals nothing but the length of the secret.
        if !bool::from(expected.ct_eq(secret.expose_secret().as_bytes())) {
            return None;
        }
        let claims = Claims {
            sub: client.to_owned(),
            iss: self.name.clone(),
            aud: self.name.clone(),
            iat: now.as_second(),
            exp: now.checked_add(self.lifetime).ok()?.as_second(),
        };
        jsonwebtoken::encode(&Header::default(), &claims, &self.encoding_key).ok()
    }

    /// Whether a token was issued by this service, has not expired, and its client still exists.
    pub fn verify(&self, token: &str) -> bool {
        jsonwebtoken::decode::<Claims>(token, &self.decoding_key, &self.validation)
            .is_ok_and(|decoded| self.clients.contains_key(&decoded.claims.sub))
            && !has_critical_header(token)
    }
}

/// Whether the header of a token has `crit`, whatever its value: it names extensions that must be understood (RFC 7515,
/// section 4.1.11), and this service implements none.
fn has_critical_header(token: &str) -> bool {
    let header = token.split('.').next().unwrap_or_default();
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&header)
        .map_or(true, |header| header.contains_key("crit"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use BASE64_URL_SAFE_NO_PAD as BASE64;
    use jiff::ToSpan;

    fn tokens(key: &str) -> Tokens {
        tokens_of("shop", key)
    }

    fn tokens_of(service: &str, key: &str) -> Tokens {
        let settings = AuthSettings {
            secret_key: key.into(),
            access_token_expire_minutes: 30,
            auth_clients: Some([("web".to_owned(), "hunter2".into())].into()),
            token_rate_limit: None,
        };
        Tokens::new(&settings, service)
    }

    /// Signs any header and claims with the key `key`.
    fn sign(header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let key = EncodingKey::from_secret(b"key");
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::HS256);
        format!("{signed}.{}", signature.unwrap())
    }

    #[test]
    fn a_token_with_a_critical_header_is_rejected() {
        let claims = r#"{"sub":"web","iss":"shop","aud":"shop","iat":0,"exp":9000000000}"#;
        let is_valid = |header: &str| tokens("key").verify(&sign(header, claims));
        assert!(is_valid(r#"{"alg":"HS256"}"#));
        for crit in [r#"["exp"]"#, r#"["b64"]"#, "[]", "null", "false", r#""""#] {
            assert!(
                !is_valid(&format!(r#"{{"alg":"HS256","crit":{crit},"b64":true}}"#)),
                "{crit}"
            );
        }
    }

    #[test]
    fn a_token_of_another_service_is_rejected() {
        let token = issued(&tokens_of("bank", "key"), 0);
        assert!(!tokens("key").verify(&token));
        assert!(tokens_of("bank", "key").verify(&token));

        for (claims, is_valid) in [
            (r#""sub":"web","iss":"shop","aud":"shop","#, true),
            (r#""sub":"web","iss":"shop","aud":["bank","shop"],"#, false),
            (r#""sub":"web","iss":"bank","aud":"shop","#, false),
            (r#""sub":"web","iss":"shop","aud":"bank","#, false),
            (r#""sub":"web","aud":"shop","#, false),
            (r#""sub":"web","iss":"shop","#, false),
            (r#""iss":"shop","aud":"shop","#, false),
        ] {
            let claims = format!(r#"{{{claims}"iat":0,"exp":9000000000}}"#);
            let token = sign(r#"{"alg":"HS256"}"#, &claims);
            assert_eq!(tokens("key").verify(&token), is_valid, "{claims}");
        }
    }

    fn issued(tokens: &Tokens, minutes_ago: i64) -> String {
        let then = Timestamp::now() - minutes_ago.minutes();
        tokens.issue("web", &"hunter2".into(), then).unwrap()
    }

    #[test]
    fn a_token_is_valid_until_it_expires() {
        let tokens = tokens("key");
        assert!(tokens.verify(&issued(&tokens, 0)));
        assert!(tokens.verify(&issued(&tokens, 20)));
        assert!(!tokens.verify(&issued(&tokens, 31)));
    }

    #[test]
    fn a_wrong_secret_or_an_unknown_client_gets_no_token() {
        let (tokens, now) = (tokens("key"), Timestamp::now());
        assert_eq!(tokens.issue("web", &"hunter".into(), now), None);
        assert_eq!(tokens.issue("app", &"hunter2".into(), now), None);
    }

    #[test]
    fn a_forged_token_is_rejected() {
        let ours = tokens("key");
        assert!(!ours.verify(&issued(&tokens("another"), 0)));

        let token = issued(&ours, 0);
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
            assert!(!ours.verify(&forged), "{forged}");
        }
    }

    #[test]
    fn the_tokens_of_a_removed_client_are_rejected() {
        let mut tokens = tokens("key");
        let token = issued(&tokens, 0);
        tokens.clients.clear();
        assert!(!tokens.verify(&token));
    }
}
