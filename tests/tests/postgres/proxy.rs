//! Proxy in front of a PostgreSQL that loses a request or its answer.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    thread,
};

pub(crate) struct Proxy {
    port: u16,
    loses: Arc<AtomicU8>,
}

/// What the proxy loses next, together with the connection.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub(crate) enum Loses {
    Nothing = 0,
    Request = 1,
    Answer = 2,
}

impl Proxy {
    pub(crate) fn start(to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let loses = Arc::new(AtomicU8::new(Loses::Nothing as u8));
        let for_thread = loses.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else {
                    continue;
                };
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                for (from, to, kind) in [
                    (client, server, Loses::Request),
                    (back.0, back.1, Loses::Answer),
                ] {
                    let loses = for_thread.clone();
                    thread::spawn(move || forward(from, to, kind, &loses));
                }
            }
        });
        Self { port, loses }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn lose(&self, what: Loses) {
        self.loses.store(what as u8, Ordering::SeqCst);
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, kind: Loses, loses: &AtomicU8) {
    let mut some = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut some) {
        let nothing = Loses::Nothing as u8;
        let order = Ordering::SeqCst;
        if loses
            .compare_exchange(kind as u8, nothing, order, order)
            .is_ok()
            || to.write_all(&some[..read]).is_err()
        {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
