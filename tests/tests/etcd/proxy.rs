//! Proxy in front of an etcd that holds back one request of a client.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

/// Longer than anything takes; only a test that fails waits for it.
const LONG: Duration = Duration::from_mins(1);
/// What a client of HTTP/2 sends before the first frame.
const PREFACE: usize = 24;
const FRAME_HEADER: usize = 9;
/// The types of frames with the data of a request, and with its begin.
const DATA: u8 = 0;
const HEADERS: u8 = 1;

pub(crate) struct Proxy {
    port: u16,
    gate: Arc<Gate>,
}

struct Gate {
    held: Held,
    state: Mutex<State>,
    changed: Condvar,
}

/// What is held back, once.
#[derive(Clone, Copy, Debug)]
enum Held {
    /// The request with this number, counted from 1 over all connections.
    Nth(usize),
    /// The data of the request that contains this text.
    Text(&'static str),
}

#[derive(Default)]
struct State {
    requests: usize,
    is_held: bool,
    is_open: bool,
}

impl Proxy {
    /// Forwards to this port, and holds back the request with this number, counted over all connections.
    pub(crate) fn holding_back(nth: usize, to: u16) -> Self {
        Self::start(Held::Nth(nth), to)
    }

    /// Forwards to this port, and holds back the first request with this text.
    pub(crate) fn holding_back_text(text: &'static str, to: u16) -> Self {
        Self::start(Held::Text(text), to)
    }

    fn start(held: Held, to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let gate = Arc::new(Gate {
            held,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let for_thread = gate.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else {
                    continue;
                };
                let (answers, mut to_client) =
                    (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || {
                    let mut answers = answers;
                    let _ = std::io::copy(&mut answers, &mut to_client);
                    let _ = to_client.shutdown(Shutdown::Both);
                });
                let gate = for_thread.clone();
                thread::spawn(move || {
                    let _ = gate.forward(client, &server);
                    let _ = server.shutdown(Shutdown::Both);
                });
            }
        });
        Self { port, gate }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until the request is held back.
    pub(crate) fn wait(&self) {
        let state = self.gate.state.lock().unwrap();
        let waited = self
            .gate
            .changed
            .wait_timeout_while(state, LONG, |state| !state.is_held)
            .unwrap();
        assert!(waited.0.is_held, "there is no request {:?}", self.gate.held);
    }

    pub(crate) fn release(&self) {
        self.gate.state.lock().unwrap().is_open = true;
        self.gate.changed.notify_all();
    }
}

impl Gate {
    /// Forwards frame by frame.
    fn forward(&self, mut client: TcpStream, mut server: &TcpStream) -> std::io::Result<()> {
        let mut preface = [0; PREFACE];
        client.read_exact(&mut preface)?;
        server.write_all(&preface)?;
        loop {
            let mut frame = vec![0; FRAME_HEADER];
            match client.read_exact(&mut frame) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
                read => read?,
            }
            let length = u32::from_be_bytes([0, frame[0], frame[1], frame[2]]);
            let kind = frame[3];
            frame.resize(FRAME_HEADER + length as usize, 0);
            client.read_exact(&mut frame[FRAME_HEADER..])?;
            if self.is_held(kind, &frame) {
                self.hold();
            }
            server.write_all(&frame)?;
        }
    }

    /// Whether this is the frame to hold back.
    fn is_held(&self, kind: u8, frame: &[u8]) -> bool {
        let mut state = self.state.lock().unwrap();
        match self.held {
            Held::Nth(nth) if kind == HEADERS => {
                state.requests += 1;
                state.requests == nth
            }
            Held::Text(text) if kind == DATA && !state.is_held => {
                let mut windows = frame.windows(text.len());
                windows.any(|window| window == text.as_bytes())
            }
            Held::Nth(_) | Held::Text(_) => false,
        }
    }

    fn hold(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_held = true;
        self.changed.notify_all();
        let _open = self
            .changed
            .wait_timeout_while(state, LONG, |state| !state.is_open)
            .unwrap();
    }
}
