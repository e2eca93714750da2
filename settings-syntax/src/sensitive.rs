//! Names of secrets: `db_password`, `DB-PASSWORD`, `dbPassword`, `stripe.api-key`.
//!
//! A name is split into words, and its last words decide. Both lists are data in this file. Each
//! line of them has a test below, and `tests/names.rs` holds them against names of public projects.

/// Words that end the name of a secret. A plural `s` or a number after the word makes no difference.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passkey",
    "pass",
    "pwd",
    "pw",
    "secret",
    "token",
    "credential",
    "cred",
    "dsn",
    "pat",
    "psk",
    "salt",
    "pepper",
    "hmac",
    "mnemonic",
    "seed",
    "jwt",
    "auth",
    "authorization",
    "cookie",
    "bearer",
    "connstr",
    "dockerconfigjson",
    "passwordsalt",
];

/// Words that end the name of a secret also without a separator before them:
/// `dbpassword`, `authtoken`.
const GLUED: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pass",
    "pwd",
    "pw",
    "secret",
    "token",
    "credential",
];

/// Words that end like one of [`GLUED`] and mean something else.
const NOT_GLUED: &[&str] = &[
    "bypass",
    "compass",
    "encompass",
    "keepass",
    "lastpass",
    "multipass",
    "oldpwd",
    "onepass",
    "overpass",
    "rosenpass",
    "surpass",
    "trespass",
    "underpass",
];

/// Several words that end the name of a secret together.
const PHRASES: &[&[&str]] = &[
    &["access", "code"],
    &["access", "signature"],
    &["app", "previous", "key"],
    &["approle", "secret", "id"],
    &["artifactory", "join", "key"],
    &["auth", "code"],
    &["backup", "code"],
    &["conn", "str"],
    &["conn", "string"],
    &["connection", "string"],
    &["connectionstring"],
    &["discord", "webhook"],
    &["docker", "auth", "config"],
    &["duo", "skey"],
    &["encryption", "deterministic", "key"],
    &["encryption", "primary", "key"],
    &["encryption", "secondary", "key"],
    &["google", "chat", "webhook"],
    &["hsm", "pin"],
    &["id", "ed25519"],
    &["id", "rsa"],
    &["key", "base"],
    &["kube", "config", "data"],
    &["kubeconfig", "data"],
    &["logged", "in", "key"],
    &["mattermost", "webhook"],
    &["pkcs11", "pin"],
    &["private", "pem"],
    &["recovery", "code"],
    &["recovery", "phrase"],
    &["replica", "set", "key"],
    &["sas", "url"],
    &["sasl", "jaas", "config"],
    &["seed", "phrase"],
    &["service", "account"],
    &["slack", "webhook"],
    &["teams", "webhook"],
    &["token", "pin"],
    &["user", "pin"],
    &["vault", "secret", "id"],
    &["webhook", "uri"],
    &["webhook", "url"],
    &["webhookurl"],
];

/// Words that make a secret of the `key` after them.
const KEYS: &[&str] = &[
    "access",
    "account",
    "activation",
    "admin",
    "aes",
    "age",
    "api",
    "app",
    "application",
    "auth",
    "bot",
    "cert",
    "certificate",
    "cipher",
    "client",
    "consumer",
    "cookie",
    "creds",
    "crypto",
    "csrf",
    "decryption",
    "deploy",
    "ec",
    "ecdsa",
    "ed25519",
    "enc",
    "encrypt",
    "encryption",
    "fernet",
    "gossip",
    "hmac",
    "ingest",
    "ingestion",
    "installation",
    "instrumentation",
    "integration",
    "internal",
    "jwt",
    "license",
    "licence",
    "maps",
    "master",
    "nonce",
    "openssl",
    "pre shared",
    "preshared",
    "private",
    "priv",
    "push",
    "recovery",
    "registration",
    "root",
    "rotation",
    "rsa",
    "sdk",
    "secret",
    "server",
    "service",
    "service role",
    "session",
    "setup",
    "shared",
    "sig",
    "sign",
    "signature",
    "signing",
    "ssh",
    "ssl",
    "sse c",
    "sse customer",
    "storage",
    "subscription",
    "symmetric",
    "tls",
    "totp vault",
    "tsig",
    "unseal",
    "vapid",
    "wallet",
    "webhook",
    "wireguard",
    "worker",
    "write",
];

/// Vendors: a `key` after one of them is a key to its service.
const VENDORS: &[&str] = &[
    "ably",
    "adyen",
    "airtable",
    "algolia",
    "alchemy",
    "amplitude",
    "anthropic",
    "apns",
    "appinsights",
    "apollo",
    "assemblyai",
    "auth0",
    "aws",
    "azure",
    "backblaze",
    "binance",
    "bitbucket",
    "braintree",
    "brevo",
    "bugsnag",
    "bunny",
    "claude",
    "clerk",
    "cloudflare",
    "cloudinary",
    "coinbase",
    "cohere",
    "contentful",
    "cosign",
    "datadog",
    "deepgram",
    "deepl",
    "deepseek",
    "digitalocean",
    "discord",
    "dropbox",
    "dynatrace",
    "elastic",
    "elevenlabs",
    "etherscan",
    "facebook",
    "fcm",
    "fastly",
    "figma",
    "firebase",
    "gandi",
    "gcp",
    "gemini",
    "giphy",
    "github",
    "gitlab",
    "godaddy",
    "google",
    "grafana",
    "groq",
    "helpscout",
    "heroku",
    "hetzner",
    "honeycomb",
    "hubspot",
    "huggingface",
    "infura",
    "intercom",
    "inngest",
    "klarna",
    "klaviyo",
    "langfuse",
    "langsmith",
    "launchdarkly",
    "linode",
    "mailchimp",
    "mailgun",
    "mailjet",
    "mandrill",
    "mapbox",
    "maxmind",
    "meili",
    "meilisearch",
    "mistral",
    "mixpanel",
    "netlify",
    "newrelic",
    "nexmo",
    "ngrok",
    "notion",
    "nvidia",
    "okta",
    "openai",
    "openrouter",
    "openweather",
    "openweathermap",
    "opsgenie",
    "ovh",
    "pagerduty",
    "papertrail",
    "paypal",
    "perplexity",
    "pinecone",
    "plaid",
    "plivo",
    "polygon",
    "posthog",
    "postmark",
    "pusher",
    "qdrant",
    "razorpay",
    "recurly",
    "relic",
    "replicate",
    "resend",
    "rollbar",
    "salesforce",
    "scaleway",
    "sendgrid",
    "sendinblue",
    "sentry",
    "serpapi",
    "shodan",
    "shopify",
    "sinch",
    "slack",
    "sparkpost",
    "splunk",
    "spotify",
    "steam",
    "stripe",
    "supabase",
    "tavily",
    "telegram",
    "telnyx",
    "tinify",
    "tmdb",
    "twilio",
    "twitch",
    "twitter",
    "typesense",
    "unsplash",
    "upstash",
    "vercel",
    "virustotal",
    "voyage",
    "vonage",
    "vultr",
    "wandb",
    "xai",
    "youtube",
    "zendesk",
];

/// Words after the name of a secret that state its format or its version: `private_key_pem`,
/// `db_password_prod`.
const FORMS: &[&str] = &[
    "b64",
    "base64",
    "base64encoded",
    "bcrypt",
    "bytes",
    "content",
    "contents",
    "current",
    "data",
    "default",
    "der",
    "dev",
    "development",
    "encoded",
    "encrypted",
    "fallback",
    "hash",
    "hex",
    "json",
    "jwk",
    "live",
    "new",
    "old",
    "p12",
    "p8",
    "pem",
    "pfx",
    "plain",
    "plaintext",
    "prev",
    "previous",
    "primary",
    "prod",
    "production",
    "raw",
    "readonly",
    "ro",
    "rw",
    "sandbox",
    "secondary",
    "staging",
    "str",
    "string",
    "test",
    "v1",
    "v2",
    "value",
];

/// Words before the end of a name that make it the name of a reference, a limit or a marker. The
/// first column is the last word, with `*` for any.
const MARKERS: &[(&str, &[&str])] = &[
    (
        "*",
        &[
            "allow", "disable", "empty", "has", "is", "max", "min", "no", "num", "only", "require",
            "use",
        ],
    ),
    (
        "auth",
        &["anonymous", "client", "enable", "external", "o", "smtp"],
    ),
    ("authorization", &["pre"]),
    (
        "cookie",
        &[
            "consent",
            "language",
            "locale",
            "partitioned",
            "secure",
            "theme",
        ],
    ),
    ("credential", &["cors"]),
    ("jwt", &["verify"]),
    (
        "pass",
        &[
            "boarding", "by", "double", "first", "high", "low", "multi", "render", "second",
            "single", "two",
        ],
    ),
    (
        "password",
        &[
            "change",
            "forgot",
            "forgotten",
            "hide",
            "lost",
            "random",
            "reset",
            "show",
        ],
    ),
    ("pwd", &["old"]),
    (
        "secret",
        &[
            "ca",
            "cert",
            "certificate",
            "certificates",
            "certs",
            "chain",
            "config",
            "configuration",
            "hook",
            "image",
            "ingress",
            "init",
            "issuer",
            "jks",
            "k8s",
            "kubernetes",
            "password",
            "passwords",
            "pull",
            "scripts",
            "tls",
            "users",
            "vars",
        ],
    ),
    (
        "seed",
        &[
            "data",
            "database",
            "db",
            "dynamic",
            "hash",
            "level",
            "noise",
            "random",
            "randomizer",
            "rng",
            "shuffle",
            "torrent",
            "world",
        ],
    ),
    (
        "token",
        &[
            "base",
            "begin",
            "bos",
            "cancellation",
            "class",
            "cls",
            "color",
            "completion",
            "context",
            "continuation",
            "continue",
            "cursor",
            "delta",
            "delimiter",
            "design",
            "end",
            "eos",
            "fee",
            "gas",
            "idempotency",
            "image",
            "input",
            "mask",
            "native",
            "next",
            "output",
            "pad",
            "page",
            "pagination",
            "prompt",
            "quote",
            "resume",
            "reward",
            "sep",
            "skip",
            "special",
            "start",
            "starting",
            "stop",
            "sync",
            "total",
            "unk",
            "vocab",
        ],
    ),
];

/// Words anywhere in a name that make it a reference to a secret: `existingSecretServerKey`.
const REFERENCES: &[&str] = &["existing"];

/// The number of words at the end of a name that are examined.
const WORDS: usize = 8;

/// Returns whether a setting, key or parameter of this name contains a secret.
///
/// ```
/// # use settings_syntax::is_sensitive_name;
/// assert!(is_sensitive_name("db.passwords.0"));
/// assert!(is_sensitive_name("StripeApiKey"));
/// assert!(!is_sensitive_name("password_min_length"));
/// assert!(!is_sensitive_name("image_pull_secret"));
/// ```
#[must_use]
pub fn is_sensitive_name(name: &str) -> bool {
    let (words, count) = last_words(name);
    let words = &words[WORDS - count..];
    let mut end = words.len();
    while end > 0 {
        if let Some(start) = sensitive_end(&words[..end]) {
            let before = &words[..start];
            return !before.iter().any(|word| is_one_of(word, REFERENCES));
        }
        let last = words[end - 1];
        let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
        // A seed of a database is not the seed of a generator.
        let is_seed_data = end > 1 && is_word(words[end - 2], "seed");
        if !is_number && (is_seed_data || !is_one_of(last, FORMS)) {
            return false;
        }
        end -= 1;
    }
    false
}

/// The index at which the words of a secret begin at the end of a name, if it ends in such words.
fn sensitive_end(words: &[&str]) -> Option<usize> {
    let (last, before) = words.split_last()?;
    let start = before.len();
    if let Some(phrase) = PHRASES.iter().find(|phrase| ends_in(words, phrase)) {
        return Some(words.len() - phrase.len());
    }
    if let Some(secret) = SECRETS.iter().find(|secret| is_word(last, secret)) {
        let bare_directory = *secret == "pwd" && before.is_empty();
        let several_seeds = *secret == "seed" && singular(last) != *last;
        let marked = before.last().is_some_and(|word| is_marker(word, secret));
        return (!bare_directory && !several_seeds && !marked).then_some(start);
    }
    if is_word(last, "key") {
        // In Kubernetes, `passwordSecretKey` names an entry of a secret.
        let is_reference = ends_in(before, &["password", "secret"]);
        return (is_key(before) && !is_reference).then_some(start);
    }
    if is_one_of(last, NOT_GLUED) {
        return None;
    }
    let last = singular(last);
    if let Some((head, _)) = split_end(last, "key") {
        return is_key(&[head]).then_some(start);
    }
    let (head, secret) = GLUED.iter().find_map(|secret| split_end(last, secret))?;
    let marked = MARKERS.iter().any(|(word, markers)| {
        word.eq_ignore_ascii_case(secret)
            && markers.iter().any(|marker| {
                split_end(head, marker).is_some() || head.eq_ignore_ascii_case(marker)
            })
    });
    (!marked).then_some(start)
}

/// Whether a `key` after these words is a secret.
fn is_key(before: &[&str]) -> bool {
    let qualifies = |qualifier: &str| match qualifier.split_once(' ') {
        Some((first, second)) => ends_in(before, &[first, second]),
        None => before
            .last()
            .is_some_and(|word| word.eq_ignore_ascii_case(qualifier)),
    };
    KEYS.iter()
        .chain(VENDORS)
        .any(|qualifier| qualifies(qualifier))
}

fn is_marker(word: &str, secret: &str) -> bool {
    let applies = |end: &str| end == "*" || end == secret;
    MARKERS
        .iter()
        .any(|(end, markers)| applies(end) && is_one_of(word, markers))
}

fn ends_in(words: &[&str], phrase: &[&str]) -> bool {
    let Some(start) = words.len().checked_sub(phrase.len()) else {
        return false;
    };
    words[start..]
        .iter()
        .zip(phrase)
        .all(|(word, expected)| is_word(word, expected))
}

/// Whether a word is this one, also with a plural `s` or a number after it.
fn is_word(word: &str, expected: &str) -> bool {
    let numbered = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let mut spellings = [word, numbered, singular(numbered)].into_iter();
    spellings.any(|spelling| spelling.eq_ignore_ascii_case(expected))
}

fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|listed| word.eq_ignore_ascii_case(listed))
}

fn singular(word: &str) -> &str {
    word.strip_suffix(['s', 'S'])
        .filter(|word| !word.ends_with(['s', 'S']))
        .unwrap_or(word)
}

/// A word that ends in another, in two parts that are not empty.
fn split_end<'w>(word: &'w str, end: &str) -> Option<(&'w str, &'w str)> {
    let at = word.len().checked_sub(end.len()).filter(|&at| at > 0)?;
    let (head, tail) = word.split_at_checked(at)?;
    tail.eq_ignore_ascii_case(end).then_some((head, tail))
}

/// The last words of a name, at the end of the array, and their number.
fn last_words(name: &str) -> ([&str; WORDS], usize) {
    let mut words = [""; WORDS];
    let mut count = 0;
    let mut rest = name;
    while count < WORDS {
        rest = rest.trim_end_matches(|c: char| !c.is_alphanumeric());
        if rest.is_empty() {
            break;
        }
        let start = start_of_last_word(rest);
        count += 1;
        words[WORDS - count] = &rest[start..];
        rest = &rest[..start];
    }
    (words, count)
}

/// The start of the last word of a text that ends in a letter or digit: after a separator, or at
/// the capital letter of `dbPassword`, `SMTPPassword` and `s3Key`.
fn start_of_last_word(text: &str) -> usize {
    let mut next: Option<(usize, char)> = None;
    let mut after_next: Option<char> = None;
    for (at, c) in text.char_indices().rev() {
        let Some((start, first)) = next else {
            next = Some((at, c));
            continue;
        };
        let plural = first.is_uppercase() && after_next == Some('s') && start + 2 == text.len();
        let begins = first.is_uppercase()
            && (c.is_lowercase() || after_next.is_some_and(char::is_lowercase) && !plural);
        if !c.is_alphanumeric() || begins {
            return start;
        }
        after_next = Some(first);
        next = Some((at, c));
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: bool) {
        assert_eq!(is_sensitive_name(name), expected, "{name}");
        assert_eq!(
            is_sensitive_name(&name.to_ascii_uppercase()),
            expected,
            "{name} in capitals"
        );
        assert_eq!(
            is_sensitive_name(&name.replace('_', ".")),
            expected,
            "{name} with dots"
        );
    }

    #[test]
    fn each_word_ends_the_name_of_a_secret() {
        for word in SECRETS {
            check(&format!("mail_{word}"), true);
            check(&format!("mail_{word}_2"), true);
            check(&format!("{word}_count"), false);
        }
        for phrase in PHRASES {
            check(&format!("my_{}", phrase.join("_")), true);
        }
    }

    #[test]
    fn each_glued_word_needs_no_separator() {
        for word in GLUED {
            check(&format!("mail{word}"), true);
        }
        for word in NOT_GLUED {
            check(word, false);
        }
    }

    #[test]
    fn each_qualifier_makes_a_secret_of_a_key() {
        for qualifier in KEYS.iter().chain(VENDORS) {
            let name = format!("my {qualifier} key").replace(' ', "_");
            check(&name, true);
            check(&format!("{name}_id"), false);
            check(&format!("{name}_name"), false);
        }
        for other in [
            "public",
            "cache",
            "sort",
            "partition",
            "object",
            "routing",
            "primary",
        ] {
            check(&format!("{other}_key"), false);
        }
    }

    #[test]
    fn each_form_may_follow_a_secret() {
        for form in FORMS {
            check(&format!("db_password_{form}"), true);
            check(&format!("host_{form}"), false);
        }
    }

    #[test]
    fn each_marker_makes_a_name_harmless() {
        for (word, markers) in MARKERS {
            let word = if *word == "*" { "password" } else { word };
            for marker in *markers {
                check(&format!("my_{marker}_{word}"), false);
            }
            check(&format!("my_{word}"), true);
        }
        for reference in REFERENCES {
            check(&format!("{reference}_db_password"), false);
        }
    }

    #[test]
    fn words_are_found_in_every_spelling() {
        for name in [
            "dbPassword",
            "SMTPPassword",
            "DB-PASSWORD",
            "db.password",
            "apiKEY",
            "API.KEY",
            "api__key",
            "s3SecretKey",
            "Shared Access Key",
            "JWTs",
            "tokens[0]",
            "api_key_2",
            "apikey",
            "PGPASSWORD",
            "proxyuserpwd",
            "X-Api-Key",
            "Set-Cookie",
            "Authorization",
        ] {
            assert!(is_sensitive_name(name), "{name}");
        }
        for name in [
            "",
            "_",
            "s",
            "2",
            "key",
            "keys",
            "pwd",
            "PWD",
            "monkey",
            "secretary",
            "passwordless",
            "OAuth",
            "größe",
        ] {
            assert!(!is_sensitive_name(name), "{name}");
        }
    }
}
