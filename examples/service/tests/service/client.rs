//! A minimal HTTP client over one connection.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Client with a persistent connection.
#[derive(Debug)]
pub struct Client(BufReader<TcpStream>);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Client {
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Ok(Self(BufReader::new(stream)))
    }

    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send(path)?;
        self.answer()
    }

    pub fn post(&mut self, path: &str, json: &str) -> io::Result<Answer> {
        self.post_with(path, "content-type: application/json", json)
    }

    /// Sends a GET request with these header lines.
    pub fn get_with(&mut self, path: &str, head: &str) -> io::Result<Answer> {
        self.send_raw(&format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\n{head}\r\n\r\n"
        ))?;
        self.answer()
    }

    /// Sends a POST request with these header lines.
    pub fn post_with(&mut self, path: &str, head: &str, body: &str) -> io::Result<Answer> {
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\n{head}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.0.get_mut().write_all(request.as_bytes())?;
        self.answer()
    }

    /// Sends a GET request without waiting for the answer.
    pub fn send(&mut self, path: &str) -> io::Result<()> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes())
    }

    /// Sends these bytes.
    pub fn send_raw(&mut self, request: &str) -> io::Result<()> {
        self.0.get_mut().write_all(request.as_bytes())
    }

    /// The connection, for tests that do not speak HTTP properly.
    pub fn stream(&self) -> &TcpStream {
        self.0.get_ref()
    }

    pub fn answer(&mut self) -> io::Result<Answer> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let mut answer = Answer {
            status: head[9..12].parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: String::new(),
        };
        let length = answer.header("content-length").unwrap().parse().unwrap();
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        answer.body = String::from_utf8(body).unwrap();
        Ok(answer)
    }

    /// Waits until the service closes the connection.
    pub fn closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0) | Err(_))
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.map(str::trim_start)
    }

    /// Asserts that the body is an error (RFC 9457) with the status of the answer and the id of the request, and returns it.
    #[track_caller]
    pub fn problem(&self) -> serde_json::Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["status"], self.status);
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        problem
    }

    /// What is wrong, according to the body of an error.
    #[track_caller]
    pub fn detail(&self) -> String {
        self.problem()["detail"].as_str().unwrap().to_owned()
    }

    pub fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }
}
