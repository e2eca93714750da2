//! Standard output, written by a thread of its own: nobody who logs waits for the reader of the log.

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

/// How long lines are gathered before they are written together.
const GATHER: Duration = Duration::from_millis(50);
/// What is written at once.
const BATCH: usize = 256 * 1024;
/// What is kept for a reader that doesn't read; lines beyond are dropped and counted.
const LIMIT: usize = 4 * 1024 * 1024;
/// How long the last lines may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where lines go. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Output(Arc<Shared>);

/// Writes until it is closed.
#[derive(Debug)]
pub struct Writer {
    output: Output,
    written: Receiver<()>,
}

#[derive(Debug, Default)]
struct Shared {
    kept: Mutex<Kept>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Kept {
    lines: Vec<u8>,
    dropped: u64,
    closed: bool,
}

impl Output {
    /// Starts the thread that writes.
    pub fn start() -> Writer {
        let output = Self::default();
        let (lines, (ended, written)) = (output.clone(), mpsc::channel());
        thread::spawn(move || {
            lines.write_until_closed();
            drop(ended);
        });
        Writer { output, written }
    }

    /// Adds whole lines.
    pub fn add(&self, lines: &[u8]) {
        let mut kept = self.kept();
        if kept.lines.len() + lines.len() > LIMIT {
            kept.dropped += 1;
            return;
        }
        let before = kept.lines.len();
        kept.lines.extend_from_slice(lines);
        // The writer sleeps only while there is nothing, or less than a batch.
        if before == 0 || (before < BATCH && kept.lines.len() >= BATCH) {
            self.0.changed.notify_one();
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_until_closed(&self) {
        let mut batch = Vec::new();
        loop {
            let wait = &self.0.changed;
            let kept = wait.wait_while(self.kept(), |kept| kept.lines.is_empty() && !kept.closed);
            let kept = kept.unwrap_or_else(PoisonError::into_inner);
            let more = |kept: &mut Kept| kept.lines.len() < BATCH && !kept.closed;
            let (mut kept, _) = wait
                .wait_timeout_while(kept, GATHER, more)
                .unwrap_or_else(PoisonError::into_inner);
            mem::swap(&mut batch, &mut kept.lines);
            let (dropped, closed) = (mem::take(&mut kept.dropped), kept.closed);
            drop(kept);
            let mut stdout = io::stdout().lock();
            // Nobody is left to tell if stdout is closed.
            let _ = stdout.write_all(&batch).and_then(|()| stdout.flush());
            if dropped > 0 {
                tracing::warn!(
                    dropped,
                    "lines of this log were dropped: nobody read it in time"
                );
            }
            if closed && batch.is_empty() {
                return;
            }
            batch.clear();
            batch.shrink_to(BATCH);
        }
    }
}

impl Writer {
    pub fn output(&self) -> Output {
        self.output.clone()
    }

    /// Writes what there is, unless nobody reads it.
    pub fn close(self) {
        self.output.kept().closed = true;
        self.output.0.changed.notify_one();
        let _ = self.written.recv_timeout(PATIENCE);
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
