//! Notes that are created by access token only.

use crate::{
    client::{Answer, Client},
    programs::Service,
};

const CLIENTS: (&str, &str) = ("AUTH_CLIENTS", "web=hunter2-of-web,batch=hunter2-of-batch");
const FORM: &str = "content-type: application/x-www-form-urlencoded";

fn ask_for_token(client: &mut Client, form: &str) -> Answer {
    client.post_with("/token", FORM, form).unwrap()
}

fn create_note(client: &mut Client, authorization: &str) -> Answer {
    let head = format!("content-type: application/json\r\nauthorization: {authorization}");
    let note = r#"{"text":"written by token"}"#;
    client.post_with("/notes", &head, note).unwrap()
}

fn token(client: &mut Client) -> String {
    let form = "grant_type=client_credentials&client_id=web&client_secret=hunter2-of-web";
    let granted = ask_for_token(client, form);
    assert_eq!(granted.status, 200, "{}", granted.body);
    assert_eq!(granted.header("cache-control"), Some("no-store"));
    let granted: serde_json::Value = serde_json::from_str(&granted.body).unwrap();
    assert_eq!(granted["token_type"], "Bearer");
    assert_eq!(granted["expires_in"], 300);
    granted["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn a_client_creates_notes_with_the_token_that_it_is_given() {
    let service = Service::start(&[CLIENTS, ("ACCESS_TOKEN_EXPIRE_MINUTES", "5")]);
    service.until_ready_is(200, "healthy");
    let mut client = service.client();

    let refused = client.post("/notes", r#"{"text":"no token"}"#).unwrap();
    assert_eq!(refused.status, 401);
    assert_eq!(refused.body, r#"{"error":"an access token is needed"}"#);
    assert_eq!(refused.header("www-authenticate"), Some("bearer"));

    let token = token(&mut client);
    let created = create_note(&mut client, &format!("Bearer {token}"));
    assert_eq!(created.status, 201, "{}", created.body);
    // To read them takes none.
    let notes = client.get("/notes").unwrap().body;
    assert!(notes.contains("written by token") && !notes.contains("no token"));

    service.process.signal("TERM");
    let (_, log) = service.ended();
    assert!(!log.contains(&token));
}

#[test]
fn without_clients_anyone_creates_notes_and_nobody_is_given_a_token() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    let mut client = service.client();
    assert_eq!(create_note(&mut client, "Bearer whatever").status, 201);
    let form = "grant_type=client_credentials&client_id=web&client_secret=x";
    assert_eq!(ask_for_token(&mut client, form).status, 401);
}

#[test]
fn what_is_no_token_of_this_service_is_refused() {
    let (ours, theirs) = (
        Service::start(&[CLIENTS]),
        Service::start(&[
            CLIENTS,
            ("SECRET_KEY", "hunter2-another-key"),
            ("ACCESS_TOKEN_EXPIRE_MINUTES", "5"),
        ]),
    );
    ours.until_ready_is(200, "healthy");
    let token = token(&mut theirs.client());
    let mut client = ours.client();
    for authorization in [
        &*format!("Bearer {token}"),
        "Bearer",
        "Bearer x",
        "Bearer a.b.c",
    ] {
        let refused = create_note(&mut client, authorization);
        assert_eq!(refused.status, 401, "{authorization}: {}", refused.body);
    }
    let refused = create_note(&mut client, &format!("Bearer {token}"));
    let challenge = refused.header("www-authenticate");
    assert_eq!(challenge, Some(r#"bearer error="invalid_token""#));
    assert_eq!(create_note(&mut client, "Basic d2ViOng=").status, 401);
}

#[test]
fn a_token_takes_the_right_secret_and_the_right_question() {
    let service = Service::start(&[CLIENTS]);
    let mut client = service.client();
    let mut refused = |form: &str| {
        let refused = ask_for_token(&mut client, form);
        (refused.status, refused.body)
    };
    let credentials = |id: &str, secret: &str| {
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
    };
    let invalid = (401, r#"{"error":"invalid_client"}"#.to_owned());
    assert_eq!(refused(&credentials("web", "hunter2-of-batch")), invalid);
    assert_eq!(refused(&credentials("web", "")), invalid);
    assert_eq!(refused(&credentials("nobody", "hunter2-of-web")), invalid);
    assert_eq!(
        refused("grant_type=password&client_id=web&client_secret=hunter2-of-web"),
        (400, r#"{"error":"unsupported_grant_type"}"#.to_owned())
    );
    let (status, error) = refused("client_id=web&client_secret=hunter2-of-web");
    assert!(status == 422 && error.contains("grant_type"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}
