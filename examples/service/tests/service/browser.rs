//! A browser: Chromium without a window, driven by `WebDriver`.

use crate::{
    client::Client,
    programs::{Process, eventually, free_port, program},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A session, which ends with the test.
#[derive(Debug)]
pub struct Browser {
    _driver: Process,
    address: SocketAddr,
    session: String,
    _profile: TempDir,
}

/// An element of the page.
pub struct Element(String);

/// Key of references to elements in the JSON of `WebDriver`.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

impl Browser {
    pub fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let user_data = format!("--user-data-dir={}", profile.path().display());
        let port = free_port();
        let mut command = Command::new(program("chromedriver", &[]));
        command
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let driver = Process::start(&mut command);
        let mut browser = Self {
            _driver: driver,
            address: (Ipv4Addr::LOCALHOST, port).into(),
            session: String::new(),
            _profile: profile,
        };
        // Without privileges there is no sandbox; a container has a small /dev/shm.
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            user_data,
        ];
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let request = json!({ "capabilities": { "alwaysMatch": capabilities } }).to_string();
        eventually("a browser", || {
            let answer = Client::connect(browser.address)
                .and_then(|mut client| client.post("/session", &request));
            let Ok(answer) = answer else {
                return false;
            };
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            let session = body["value"]["sessionId"].as_str();
            session
                .unwrap_or_else(|| panic!("{body}"))
                .clone_into(&mut browser.session);
            true
        });
        browser
    }

    /// Opens a page, and waits until it is loaded.
    pub fn open(&self, url: &str) {
        self.post("url", &json!({ "url": url }));
    }

    /// Runs the body of a function in the page, and returns its result.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    #[track_caller]
    pub fn find(&self, selector: &str) -> Element {
        let found = json!({ "using": "css selector", "value": selector });
        let found = self.post("element", &found);
        Element(found[ELEMENT].as_str().unwrap().to_owned())
    }

    pub fn click(&self, element: &Element) {
        self.post(&format!("element/{}/click", element.0), &json!({}));
    }

    pub fn clear(&self, element: &Element) {
        self.post(&format!("element/{}/clear", element.0), &json!({}));
    }

    pub fn type_into(&self, element: &Element, text: &str) {
        let path = format!("element/{}/value", element.0);
        self.post(&path, &json!({ "text": text }));
    }

    /// Sets the size of the page. A window cannot be as narrow as a telephone.
    pub fn resize(&self, width: u32, height: u32) {
        self.command(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        );
    }

    pub fn disable_scripts(&self) {
        self.command(
            "Emulation.setScriptExecutionDisabled",
            &json!({ "value": true }),
        );
    }

    /// Errors and warnings in the console.
    pub fn messages(&self) -> Vec<Value> {
        let messages = self.post("se/log", &json!({ "type": "browser" }));
        messages.as_array().unwrap().clone()
    }

    /// Writes the page to a file in the directory of temporary files of the build.
    pub fn screenshot(&self, name: &str) {
        let image = self.request("screenshot", Client::get);
        let image = BASE64_STANDARD.decode(image.as_str().unwrap()).unwrap();
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::write(directory.join(name), image).unwrap();
    }

    /// Sends a command of the browser's own protocol.
    fn command(&self, name: &str, parameters: &Value) {
        let command = json!({ "cmd": name, "params": parameters });
        self.post("goog/cdp/execute", &command);
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        self.request(path, |client, path| client.post(path, &body))
    }

    #[track_caller]
    fn request(
        &self,
        path: &str,
        send: impl FnOnce(&mut Client, &str) -> std::io::Result<crate::client::Answer>,
    ) -> Value {
        let mut client = Client::connect(self.address).unwrap();
        let path = format!("/session/{}/{path}", self.session);
        let answer = send(&mut client, &path).unwrap();
        let mut body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.status, 200, "{path}: {body}");
        body["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser with the session.
        let request = format!(
            "DELETE /session/{} HTTP/1.1\r\nhost: localhost\r\n\r\n",
            self.session
        );
        if let Ok(mut client) = Client::connect(self.address) {
            let _ = client.send_raw(&request).and_then(|()| client.answer());
        }
    }
}
