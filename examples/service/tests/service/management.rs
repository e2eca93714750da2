//! The settings on the management port, as operators and their programs use them.

use crate::{
    browser::Browser,
    client::{Answer, Client},
    programs::{Postgres, Service},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::fs;

const TOKEN: &str = "hunter2-fedcba9876543210fedcba9876543210";

fn start(variables: &[(&str, &str)]) -> Service {
    let service = Service::start(&[&[("MANAGEMENT_PORT", "0")], variables].concat());
    service.until_ready_is(200, "healthy");
    service
}

fn management(service: &Service) -> Client {
    Client::connect(service.management_address()).unwrap()
}

fn get(service: &Service, head: &str) -> Answer {
    let answer = management(service).get_with("/settings", head);
    answer.unwrap()
}

fn reload(service: &Service, head: &str) -> Answer {
    let answer = management(service).post_with("/settings/reload", head, "");
    answer.unwrap()
}

fn write(service: &Service, text: &str) {
    fs::write(service.directory().join("config.toml"), text).unwrap();
}

#[test]
fn the_settings_are_html_or_json() {
    let service = start(&[]);
    let answer = get(&service, "accept: text/html,*/*;q=0.8");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.body.contains("<h1>Settings of AppSettings</h1>"));

    for head in ["accept: application/json", "user-agent: curl"] {
        let answer = get(&service, head);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let state: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(state["revision"], 1);
        assert_eq!(state["settings"]["database"]["url"], "[redacted]");
        assert_eq!(state["origins"]["server.port"], "environment variable PORT");
        assert!(!answer.body.contains("hunter2"));
    }
    assert_eq!(service.get("/settings").status, 404);
}

#[test]
fn a_reload_answers_with_the_revision_or_the_report() {
    let service = start(&[]);
    let body = |answer: &Answer| -> Value { serde_json::from_str(&answer.body).unwrap() };
    let answer = reload(&service, "accept: */*");
    assert_eq!(answer.status, 200);
    assert_eq!(
        body(&answer),
        json!({"revision": 1, "restart_required": []})
    );
    service.until_log_contains("reload requested: the settings are unchanged revision=1");

    write(&service, "log_level = 'DEBUG'\nversion = '2'\n");
    let answer = reload(&service, "accept: */*");
    assert_eq!(
        body(&answer),
        json!({"revision": 2, "restart_required": ["version"]})
    );

    write(&service, "log_level = 'LOUD'\n");
    let answer = reload(&service, "accept: */*");
    assert_eq!(answer.status, 422);
    let detail = answer.detail();
    assert!(
        detail
            .starts_with("1 problem in the settings (AppSettings)\n\n  log_level: expected one of"),
        "{detail}"
    );
    let state = body(&get(&service, "accept: application/json"));
    assert_eq!(state["rejected"]["problems"][0]["key"], "log_level");
    assert_eq!(state["rejections"], 1);
}

#[test]
fn in_production_the_settings_require_a_token() {
    let postgres = Postgres::start();
    let production = [
        ("ENVIRONMENT", "production"),
        ("SECRET_KEY", "hunter2-0123456789abcdef0123456789abcdef"),
        ("DATABASE_URL", &postgres.url),
        ("LOG_FORMAT", "text"),
    ];
    let service = start(&production);
    let refused = get(&service, "accept: */*");
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.detail(),
        "set MANAGEMENT_TOKEN to use this in production or from other machines"
    );
    assert_eq!(reload(&service, "accept: */*").status, 403);
    assert_eq!(management(&service).get("/metrics").unwrap().status, 200);

    let service = start(&[&production[..], &[("MANAGEMENT_TOKEN", TOKEN)]].concat());
    for head in ["accept: */*", "authorization: Bearer hunter2"] {
        let refused = get(&service, head);
        assert_eq!(refused.status, 401);
        for challenge in ["bearer", r#"basic realm="settings""#] {
            let line = format!("\r\nwww-authenticate: {challenge}\r\n");
            assert!(refused.head.contains(&line), "{}", refused.head);
        }
        assert_eq!(reload(&service, head).status, 401);
    }
    let basic = BASE64_STANDARD.encode(format!("ops:{TOKEN}"));
    for credentials in [format!("Bearer {TOKEN}"), format!("Basic {basic}")] {
        let head = format!("authorization: {credentials}");
        assert_eq!(get(&service, &head).status, 200);
        assert_eq!(reload(&service, &head).status, 200);
    }
    service.process.signal("TERM");
    assert_eq!(service.wait().0, Some(0)); // `wait` asserts that no secret is in the log
}

/// Without a token, a script of another site in a browser on this machine could read the settings.
#[test]
fn requests_of_other_sites_are_refused() {
    let service = start(&[]);
    for head in ["origin: http://evil.example", "origin: null"] {
        assert_eq!(get(&service, head).status, 403);
        assert_eq!(reload(&service, head).status, 403);
    }
    let mut client = management(&service);
    client
        .send_raw("GET /settings HTTP/1.1\r\nhost: evil.example\r\n\r\n")
        .unwrap();
    let answer = client.answer().unwrap();
    assert_eq!(
        (answer.status, &*answer.detail()),
        (403, "expected localhost or an IP address as the host")
    );
    let service = start(&[("MANAGEMENT_HOST", "0.0.0.0")]);
    assert_eq!(get(&service, "accept: */*").status, 403);
}

/// Rows of the page that are shown.
fn shown(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('tbody tr')].filter(row => row.offsetHeight).map(row => row.id)";
    let rows = browser.run(script);
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row.as_str().unwrap().to_owned()).collect()
}

fn type_into_filter(browser: &Browser, text: &str) {
    let filter = browser.find("input[type=search]");
    browser.clear(&filter);
    browser.type_into(&filter, text);
}

#[test]
fn the_page_works_in_a_browser() {
    let service = start(&[
        ("REDIS_URL", "redis://:hunter2@127.0.0.1:1/0"),
        ("REDIS_REQUIRED", "false"),
    ]);
    let browser = Browser::start();
    let url = format!("http://{}/settings", service.management_address());
    browser.open(&url);
    let all = shown(&browser);
    assert!(all.len() > 40, "{all:?}");

    type_into_filter(&browser, "TIMEOUT redis");
    assert_eq!(shown(&browser), ["health.redis_timeout", "redis.timeout"]);
    assert_eq!(
        browser.run("return document.querySelector('output').textContent"),
        format!("2 of {} settings", all.len())
    );
    type_into_filter(&browser, "url");
    let only_set = browser.find("input[type=checkbox]");
    browser.click(&only_set);
    assert_eq!(shown(&browser), ["database.url", "redis.url"]);
    let value = "return document.getElementById('redis.url').cells[1].textContent";
    assert_eq!(browser.run(value), "[redacted]");

    // A rejected change appears after the next request, without its secret.
    write(&service, "log_level = 'LOUD'\nsentry_dsn = ['hunter2']\n");
    assert_eq!(reload(&service, "accept: */*").status, 422);
    browser.open(&url);
    let rejected = browser.run("return document.querySelector('section.invalid').innerText");
    let rejected = rejected.as_str().unwrap();
    assert!(rejected.starts_with("Rejected change"), "{rejected}");
    assert!(
        rejected.contains("Revision 1 stays in force."),
        "{rejected}"
    );
    assert!(rejected.contains("found \"LOUD\" in"), "{rejected}");
    let dom = browser.run("return document.documentElement.outerHTML");
    assert!(!dom.as_str().unwrap().contains("hunter2"));

    for width in [1280, 400] {
        browser.resize(width, 900);
        let overflow =
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.run(overflow), 0, "at {width}");
        browser.screenshot(&format!("settings-{width}.png"));
    }
    let messages = browser.messages();
    assert!(messages.is_empty(), "{messages:?}");

    browser.disable_scripts();
    browser.open(&url);
    assert_eq!(shown(&browser), all);
    let filter = "return document.querySelector('search').offsetHeight";
    assert_eq!(browser.run(filter), 0);
}

/// A browser asks for the token as a password.
#[test]
fn a_browser_sends_the_token() {
    let service = start(&[("MANAGEMENT_TOKEN", TOKEN)]);
    let browser = Browser::start();
    let address = service.management_address();
    browser.open(&format!("http://ops:{TOKEN}@{address}/settings"));
    assert_eq!(
        browser.run("return document.querySelector('h1').textContent"),
        "Settings of AppSettings"
    );
}
