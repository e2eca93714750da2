//! Standard output, written by a dedicated thread, so that logging never waits for the reader of the log.

use std::{
    io::{self, Write},
    mem,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};
use tracing_subscriber::fmt::MakeWriter;

/// How long lines are collected before they are written together.
const BATCH_DELAY: Duration = Duration::from_millis(50);
/// Size from which a batch is written at once, in bytes.
const BATCH_SIZE: usize = 256 * 1024;
/// Maximum size of the buffer in bytes. Lines that do not fit are dropped and counted.
const BUFFER_LIMIT: usize = 4 * 1024 * 1024;
/// How long `close` waits until the last lines are written.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Buffered standard output. Clones share the buffer.
#[derive(Clone, Debug, Default)]
pub struct Output(Arc<Shared>);

/// Handle of the writing thread.
#[derive(Debug)]
pub struct Writer {
    output: Output,
    finished: Receiver<()>,
}

#[derive(Debug, Default)]
struct Shared {
    buffer: Mutex<Buffer>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Buffer {
    lines: Vec<u8>,
    dropped: u64,
    closed: bool,
}

impl Output {
    /// Starts the writing thread.
    pub fn start() -> Writer {
        let output = Self::default();
        let (lines, (running, finished)) = (output.clone(), mpsc::channel());
        thread::spawn(move || {
            lines.write_until_closed();
            drop(running);
        });
        Writer { output, finished }
    }

    /// Appends complete lines.
    pub fn add(&self, lines: &[u8]) {
        let mut buffer = self.buffer();
        if buffer.lines.len() + lines.len() > BUFFER_LIMIT {
            buffer.dropped += 1;
            return;
        }
        let before = buffer.lines.len();
        buffer.lines.extend_from_slice(lines);
        // The writer only sleeps while the buffer is empty or smaller than a batch.
        if before == 0 || (before < BATCH_SIZE && buffer.lines.len() >= BATCH_SIZE) {
            self.0.changed.notify_one();
        }
    }

    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.0.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_until_closed(&self) {
        let mut batch = Vec::new();
        loop {
            let wait = &self.0.changed;
            let buffer = wait.wait_while(self.buffer(), |buffer| {
                buffer.lines.is_empty() && !buffer.closed
            });
            let buffer = buffer.unwrap_or_else(PoisonError::into_inner);
            let more = |buffer: &mut Buffer| buffer.lines.len() < BATCH_SIZE && !buffer.closed;
            let (mut buffer, _) = wait
                .wait_timeout_while(buffer, BATCH_DELAY, more)
                .unwrap_or_else(PoisonError::into_inner);
            mem::swap(&mut batch, &mut buffer.lines);
            let (dropped, closed) = (mem::take(&mut buffer.dropped), buffer.closed);
            drop(buffer);
            let mut stdout = io::stdout().lock();
            // If stdout is closed, there is nowhere left to report it.
            let _ = stdout.write_all(&batch).and_then(|()| stdout.flush());
            if dropped > 0 {
                tracing::warn!(dropped, "log lines dropped: the log was not read in time");
            }
            if closed && batch.is_empty() {
                return;
            }
            batch.clear();
            batch.shrink_to(BATCH_SIZE);
        }
    }
}

impl Writer {
    pub fn output(&self) -> Output {
        self.output.clone()
    }

    /// Writes the buffered lines and ends the thread, unless nothing reads the output.
    pub fn close(self) {
        self.output.buffer().closed = true;
        self.output.0.changed.notify_one();
        let _ = self.finished.recv_timeout(CLOSE_TIMEOUT);
    }
}

impl Write for Output {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.add(lines);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Output {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
