//! Access tokens.

use crate::{
    client::{Answer, Client},
    programs::Service,
};

const CLIENTS: (&str, &str) = ("AUTH_CLIENTS", "web=hunter2-of-web,batch=hunter2-of-batch");
const FORM: &str = "content-type: application/x-www-form-urlencoded";

fn request_token(client: &mut Client, form: &str) -> Answer {
    client.post_with("/token", FORM, form).unwrap()
}

fn create_note(client: &mut Client, authorization: &str) -> Answer {
    let head = format!("content-type: application/json\r\nauthorization: {authorization}");
    let note = r#"{"text":"written by token"}"#;
    client.post_with("/notes", &head, note).unwrap()
}

fn token(client: &mut Client) -> String {
    let form = "grant_type=client_credentials&client_id=web&client_secret=hunter2-of-web";
    let response = request_token(client, form);
    assert_eq!(response.status, 200, "{}", response.body);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let response: serde_json::Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(response["token_type"], "Bearer");
    assert_eq!(response["expires_in"], 300);
    response["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn a_client_creates_notes_with_its_token() {
    let service = Service::start(&[CLIENTS, ("ACCESS_TOKEN_EXPIRE_MINUTES", "5")]);
    service.until_ready_is(200, "healthy");
    let mut client = service.client();

    let rejected = client.post("/notes", r#"{"text":"no token"}"#).unwrap();
    assert_eq!(rejected.status, 401);
    assert_eq!(rejected.detail(), "an access token is required");
    assert_eq!(rejected.header("www-authenticate"), Some("bearer"));

    let token = token(&mut client);
    let created = create_note(&mut client, &format!("Bearer {token}"));
    assert_eq!(created.status, 201, "{}", created.body);
    // Reading notes requires no token.
    let notes = client.get("/notes").unwrap().body;
    assert!(notes.contains("written by token") && !notes.contains("no token"));

    service.process.signal("TERM");
    let (_, log) = service.wait();
    assert!(!log.contains(&token));
}

#[test]
fn without_clients_anyone_may_create_notes() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    let mut client = service.client();
    assert_eq!(create_note(&mut client, "Bearer whatever").status, 201);
    let form = "grant_type=client_credentials&client_id=web&client_secret=x";
    assert_eq!(request_token(&mut client, form).status, 401);
}

#[test]
fn an_invalid_token_is_rejected() {
    let (ours, other) = (
        Service::start(&[CLIENTS]),
        Service::start(&[
            CLIENTS,
            ("SECRET_KEY", "hunter2-another-key"),
            ("ACCESS_TOKEN_EXPIRE_MINUTES", "5"),
        ]),
    );
    ours.until_ready_is(200, "healthy");
    let token = token(&mut other.client());
    let mut client = ours.client();
    for authorization in [
        &*format!("Bearer {token}"),
        "Bearer",
        "Bearer x",
        "Bearer a.b.c",
    ] {
        let rejected = create_note(&mut client, authorization);
        assert_eq!(rejected.status, 401, "{authorization}: {}", rejected.body);
    }
    let rejected = create_note(&mut client, &format!("Bearer {token}"));
    let challenge = rejected.header("www-authenticate");
    assert_eq!(challenge, Some(r#"bearer error="invalid_token""#));
    assert_eq!(create_note(&mut client, "Basic d2ViOng=").status, 401);
}

#[test]
fn a_token_request_needs_valid_credentials() {
    let service = Service::start(&[CLIENTS]);
    let mut client = service.client();
    let mut rejected = |form: &str| {
        let rejected = request_token(&mut client, form);
        assert!(!rejected.body.contains("hunter2"), "{}", rejected.body);
        let error = rejected.problem()["error"].as_str().map(str::to_owned);
        (rejected.status, error.unwrap_or_else(|| rejected.detail()))
    };
    let credentials = |id: &str, secret: &str| {
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
    };
    let invalid = (401, "invalid_client".to_owned());
    assert_eq!(rejected(&credentials("web", "hunter2-of-batch")), invalid);
    assert_eq!(rejected(&credentials("web", "")), invalid);
    assert_eq!(rejected(&credentials("nobody", "hunter2-of-web")), invalid);
    assert_eq!(
        rejected("grant_type=password&client_id=web&client_secret=hunter2-of-web"),
        (400, "unsupported_grant_type".to_owned())
    );
    let (status, error) = rejected("client_id=web&client_secret=hunter2-of-web");
    assert!(status == 422 && error.contains("grant_type"), "{error}");
}

#[test]
fn token_requests_are_limited_without_redis() {
    let form = "grant_type=client_credentials&client_id=web&client_secret=guess";
    let statuses = |service: &Service| -> Vec<Answer> {
        let mut client = service.client();
        (0..200).map(|_| request_token(&mut client, form)).collect()
    };
    let answers = statuses(&Service::start(&[CLIENTS]));
    // At worst, a new minute begins in between.
    let limited = answers.iter().filter(|answer| answer.status == 429);
    assert!((80..=140).contains(&limited.count()));
    let last = answers.iter().rev().find(|answer| answer.status == 429);
    let wait: u64 = last
        .unwrap()
        .header("retry-after")
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");

    let answers = statuses(&Service::start(&[CLIENTS, ("TOKEN_RATE_LIMIT", "")]));
    assert!(answers.iter().all(|answer| answer.status == 401));
}
