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
/// The type of a frame that begins a request.
const HEADERS: u8 = 1;

pub(crate) struct Proxy {
    port: u16,
    gate: Arc<Gate>,
}

struct Gate {
    /// Number of the request to hold back, counted from 1.
    nth: usize,
    state: Mutex<State>,
    changed: Condvar,
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
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let gate = Arc::new(Gate {
            nth,
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
        assert!(waited.0.is_held, "there is no request {}", self.gate.nth);
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
            if kind == HEADERS {
                self.pass();
            }
            server.write_all(&frame)?;
        }
    }

    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.requests += 1;
        if state.requests != self.nth {
            return;
        }
        state.is_held = true;
        self.changed.notify_all();
        let _open = self
            .changed
            .wait_timeout_while(state, LONG, |state| !state.is_open)
            .unwrap();
    }
}
