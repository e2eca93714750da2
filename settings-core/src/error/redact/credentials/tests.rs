//! Texts with passwords in them, each with its masked form.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(mask_urls(text), *expected, "{text}");
        assert_eq!(mask_urls(expected), *expected, "{text}, masked twice");
    }
}

#[test]
fn the_password_of_a_url_is_masked() {
    check(&[
        (
            "postgres://app:hunter2@db/app",
            "postgres://app:[redacted]@db/app",
        ),
        (
            "postgres://app:hunter2@db:5432/app?a=b",
            "postgres://app:[redacted]@db:5432/app?a=b",
        ),
        (
            "postgres://app:h@nt/r:2#?@db/app",
            "postgres://app:[redacted]@db/app",
        ),
        (
            "postgres://app:%40%3A@db/app",
            "postgres://app:[redacted]@db/app",
        ),
        (
            "postgres://app:12345@db/app",
            "postgres://app:[redacted]@db/app",
        ),
        (
            "postgres://app:5432/x@db/app",
            "postgres://app:[redacted]@db/app",
        ),
        (
            "postgres://app@server:hunter2@db/app",
            "postgres://app@server:[redacted]@db/app",
        ),
        (
            "redis://:hunter2@cache:6379/0",
            "redis://:[redacted]@cache:6379/0",
        ),
        ("http://u:p@[::1]:8080/", "http://u:[redacted]@[::1]:8080/"),
        (
            "jdbc:postgresql://u:p@db/app",
            "jdbc:postgresql://u:[redacted]@db/app",
        ),
        (
            "app:hunter2@tcp(db:3306)/app",
            "app:[redacted]@tcp(db:3306)/app",
        ),
        (
            "app:h@nter:2@tcp(db:3306)/app",
            "app:[redacted]@tcp(db:3306)/app",
        ),
        ("//app:hunter2@db", "//app:[redacted]@db"),
        ("url=app:hunter2@db", "url=app:[redacted]@db"),
    ]);
}

#[test]
fn each_string_of_json_is_read_alone() {
    check(&[
        (r#"{"a":1,"b":"x@y"}"#, r#"{"a":1,"b":"x@y"}"#),
        (r#"{"a":["b@c"]}"#, r#"{"a":["b@c"]}"#),
        (r#" ["a:b","c@d"] "#, r#" ["a:b","c@d"] "#),
        (
            r#"{"mail":"a@b","url":"amqp://u:p@h","x":"y@z"}"#,
            r#"{"mail":"a@b","url":"amqp://u:[redacted]@h","x":"y@z"}"#,
        ),
        (
            r#"{"a":"u:p@tcp(h)","b":"a://u:p q@h"}"#,
            r#"{"a":"u:[redacted]@tcp(h)","b":"a://u:[redacted]@h"}"#,
        ),
        (
            r#"{"a\"b":1,"password":"p\"@x","c":"d@e"}"#,
            r#"{"a\"b":1,"password":"[redacted]","c":"d@e"}"#,
        ),
        // no JSON: the reading that hides more
        (r#"{"a":1,"b":"x@y""#, r#"{"a":[redacted]@y""#),
    ]);
}

#[test]
fn every_url_of_a_text_is_masked() {
    check(&[
        (
            "cannot reach amqp://u:one@a/v, nor amqp://u:two@b/v (twice)",
            "cannot reach amqp://u:[redacted]@a/v, nor amqp://u:[redacted]@b/v (twice)",
        ),
        (
            "a://u:one@a,a://u:two@b",
            "a://u:[redacted]@a,a://u:[redacted]@b",
        ),
        (
            "[\"a://u:one@a\",\"a://b/x@y\"]",
            "[\"a://u:[redacted]@a\",\"a://b/x@y\"]",
        ),
        (
            "http://a:80,http://u:p@b",
            "http://a:80,http://u:[redacted]@b",
        ),
        (
            "http://a/b,http://u:p@c",
            "http://a/b,http://u:[redacted]@c",
        ),
        (
            "http://a/?next=http://u:p@b/",
            "http://a/?next=http://u:[redacted]@b/",
        ),
        (
            "mongodb://u:p@a:1,b:2/x",
            "mongodb://u:[redacted]@a:1,b:2/x",
        ),
        // another scheme may be part of the password
        ("a://u:one@a,b://u:two@b", "a://u:[redacted]@b"),
    ]);
}

#[test]
fn a_token_in_the_place_of_the_user_is_masked() {
    check(&[
        (
            "https://ghp_abc@github.com/a/b",
            "https://[redacted]@github.com/a/b",
        ),
        ("https://gh@abc@github.com", "https://[redacted]@github.com"),
        (
            "https://sk_live_abc:@api.stripe.com",
            "https://[redacted]@api.stripe.com",
        ),
        (
            "https://abc:x-oauth-basic@github.com",
            "https://[redacted]@github.com",
        ),
        ("https://abc@host:8080/x@y", "https://[redacted]@y"),
        ("nats://abc@host", "nats://[redacted]@host"),
        (
            "https://public@sentry.io/1",
            "https://[redacted]@sentry.io/1",
        ),
        ("postgres://app@db/app", "postgres://app@db/app"),
        ("postgres://app:@db/app", "postgres://app:@db/app"),
        ("ssh://git@github.com:22/a", "ssh://git@github.com:22/a"),
        ("git+ssh://git@github.com/a", "git+ssh://git@github.com/a"),
    ]);
}

#[test]
fn a_password_that_breaks_the_url_is_masked_to_be_safe() {
    check(&[
        ("postgres://app:hunter2", "postgres://app:[redacted]"),
        ("postgres://app:!", "postgres://app:[redacted]"),
        (
            "a://u:one@a,a://u:two",
            "a://u:[redacted]@a,a://u:[redacted]",
        ),
        (
            "postgres://app:hun ter2@db/app",
            "postgres://app:[redacted]@db/app",
        ),
        (
            "postgres://app:h u n@db and more",
            "postgres://app:[redacted]@db and more",
        ),
        ("http://host:8080/@me", "http://host:[redacted]@me"),
    ]);
}

#[test]
fn parameters_with_telling_names_are_masked() {
    check(&[
        (
            "mysql://db/a?user=u&password=p&ssl=1",
            "mysql://db/a?user=u&password=[redacted]&ssl=1",
        ),
        (
            "mysql://db/a?password=p;q#r",
            "mysql://db/a?password=[redacted]",
        ),
        (
            "https://b.core/x?sv=1&sig=abc%3D&se=2",
            "https://b.core/x?sv=1&sig=[redacted]&se=2",
        ),
        (
            "https://s3/x?X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-Date=c",
            "https://s3/x?X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]&X-Amz-Date=c",
        ),
        ("https://maps/?key=abc", "https://maps/?key=[redacted]"),
        (
            "jdbc:sqlserver://db:1433;user=sa;password=p w;x=1",
            "jdbc:sqlserver://db:1433;user=sa;password=[redacted];x=1",
        ),
    ]);
}

#[test]
fn passwords_in_connection_strings_are_masked() {
    check(&[
        (
            "host=db user=app password=hunter2 port=1",
            "host=db user=app password=[redacted] port=1",
        ),
        (
            "host=db password='hun ter\\'2' port=1",
            "host=db password='[redacted]' port=1",
        ),
        (
            "password = hunter2 host=db",
            "password = [redacted] host=db",
        ),
        ("password='never closed", "password='[redacted]"),
        (
            "Server=db;User Id=sa;Password=a;b c;Database=x",
            "Server=db;User Id=sa;Password=[redacted];Database=x",
        ),
        ("Password=a b;Server=db", "Password=[redacted];Server=db"),
        (
            "Server=db;Password=\"a;\"\"b\";x=1",
            "Server=db;Password=\"[redacted]\";x=1",
        ),
        ("Server=db; Pwd=a b;", "Server=db; Pwd=[redacted];"),
        (
            "Endpoint=sb://a/;SharedAccessKeyName=n;SharedAccessKey=abc=",
            "Endpoint=sb://a/;SharedAccessKeyName=n;SharedAccessKey=[redacted]",
        ),
        (
            "AccountName=a;AccountKey=abc==;EndpointSuffix=e",
            "AccountName=a;AccountKey=[redacted];EndpointSuffix=e",
        ),
        (
            "{\"password\":\"hun\\\"ter2\",\"a\":1}",
            "{\"password\":\"[redacted]\",\"a\":1}",
        ),
        (
            "{\"pin_token\": 1234, \"a\": 1}",
            "{\"pin_token\": [redacted], \"a\": 1}",
        ),
    ]);
}

#[test]
fn what_holds_no_password_is_left_as_it_is() {
    for text in [
        "",
        "plain",
        "postgres://db/app",
        "postgres://db:5432/app",
        "http://localhost:8080",
        "http://localhost:8080/",
        "http://[2001:db8::1]:8080/x",
        "http://[2001:db8::1]/x",
        "PLAINTEXT://a:9092,b:9092",
        "https://medium.com/@user/post",
        "https://cdn/npm/pkg@1.2.3/x.js",
        "https://host/?mail=me@example.com",
        "mailto:me@example.com",
        "me@example.com",
        "git@github.com:a/b.git",
        "registry:5000/image@sha256:abc",
        "{\"mail\":\"me@example.com\"}",
        "file:///etc/passwd",
        "C:\\settings",
        "10:30",
        "a=b,c=d",
        "key=value",
        "password=",
        "the password: too short",
        "https://host/?token_url=x",
        "://",
        "a://:@",
        "@:@://@:",
    ] {
        assert!(
            matches!(mask_urls(text), Cow::Borrowed(same) if same == text),
            "{text}"
        );
    }
}

#[test]
fn the_time_grows_with_the_text() {
    for piece in [
        "a://",
        "a://b/",
        "a://b:",
        "a://[",
        "a://u:p@h,",
        ",a://",
        "@",
        ":",
        ";",
        "=",
        "a:b ",
        "a://b:c ",
        "password=",
        "password=' ",
        ";password=a",
        "x=;",
        "password=a;",
        "\"",
        " ",
        "a://u:80,",
        "user:",
        "\"password\":",
        "a://u:p@h;b",
        "?key=",
        "\\",
        "token ",
        "'token' ",
        "token: ",
        "token: (",
        "token:a ",
        "token: |\n",
        "--token ",
        "Bearer ",
        "Basic ",
        "<token>",
        "<token>a</token>",
        "name: token\n",
        "value: a\n",
        "name: 'token ",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "a/b@c ",
        "a/",
        "https://hooks.a/hooks/b/",
        "a:5:b:c:d",
        "%41+\\n",
    ] {
        let text = piece.repeat((1 << 16) / piece.len());
        let started = Instant::now();
        mask_urls(&text);
        // Quadratic time would exceed this bound many times over.
        assert!(started.elapsed() < Duration::from_mins(1), "{piece}");
    }
}

fn scheme() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "postgres",
        "mysql",
        "https",
        "redis",
        "amqp",
        "mongodb+srv",
    ])
}

proptest! {
    #[test]
    fn only_the_password_of_a_url_goes(
        scheme in scheme(),
        user in "[a-z0-9_%.-]{1,8}",
        password in "[a-zA-Z0-9!$%&()*+./:@?#^_~-]{2,20}",
        host in "[a-z]{1,8}(\\.[a-z]{2,3})?(:[0-9]{1,5})?",
        path in "(/[a-z]{0,8})?",
        around in ("[a-z ]{0,8}", "[a-z ]{0,8}"),
    ) {
        let (before, after) = around;
        let text = format!("{before} {scheme}://{user}:{password}@{host}{path} {after}");
        let masked = format!("{before} {scheme}://{user}:[redacted]@{host}{path} {after}");
        prop_assert_eq!(mask_urls(&text), masked);
    }

    #[test]
    fn no_part_of_a_password_survives(
        scheme in scheme(),
        pieces in prop::collection::vec(prop::sample::select(vec![
            "hunter2", "@", "/", ":", "#", "?", "%40", "&", ";", ",", "=", "a", "9", "é", "\"",
            "'", "\\", "[", "]", "://", "a://", "pwd=", "key", "é",
        ]), 1..12),
        host in "[a-z]{1,8}(:[0-9]{1,5})?",
    ) {
        let password = pieces.concat();
        let mut text = String::new();
        for _ in 0..2 {
            write!(text, "to {scheme}://user:{password}@{host}/x, ").unwrap();
            write!(text, "{scheme}://host/?password={}&a=b ", password.replace('&', "%26")).unwrap();
        }
        let masked = mask_urls(&text);
        prop_assert!(!masked.contains("hunter2"), "{}", masked);
    }

    #[test]
    fn any_text_is_taken(text in "[a:/@?#&;='\"\\\\ \\[\\]{}é,0-9p]{0,40}") {
        mask_urls(&text);
    }
}

#[test]
fn no_secret_of_a_text_in_use_is_left() {
    let mut left = Vec::new();
    let mut texts = 0;
    for line in include_str!("strings.txt").lines() {
        let line = line.replace("\\n", "\n");
        let secrets: Vec<&str> = line
            .split('«')
            .skip(1)
            .filter_map(|rest| rest.split('»').next())
            .collect();
        assert!(!secrets.is_empty(), "{line}");
        let text = line.replace(['«', '»'], "");
        let masked = mask_urls(&text);
        if secrets.iter().any(|secret| masked.contains(secret)) {
            left.push(masked.into_owned());
        }
        texts += 1;
    }
    assert!(texts >= 134);
    assert_eq!(left, [""; 0]);
}
