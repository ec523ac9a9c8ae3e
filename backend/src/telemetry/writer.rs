//! Standard error behind a buffer that a thread empties, so that no request waits for whoever reads
//! the log, and few lines cost a system call or wake a thread.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How long the thread lets lines gather.
const GATHER: Duration = Duration::from_millis(20);

/// What may wait to be written; beyond it lines are dropped and counted rather than requests
/// delayed.
const MOST_BYTES: usize = 4 * 1024 * 1024;

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    dropped: u64,
    is_last: bool,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    has_news: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes lines from any thread.
#[derive(Clone, Default)]
pub struct Buffer(Arc<Shared>);

/// Writes what is left when dropped.
pub struct Flush {
    buffer: Buffer,
    thread: Option<JoinHandle<()>>,
}

impl Buffer {
    /// Starts the thread that writes to standard error.
    pub fn start() -> (Self, Flush) {
        let buffer = Self::default();
        let emptied = buffer.clone();
        let flush = Flush {
            buffer: buffer.clone(),
            thread: Some(thread::spawn(move || while emptied.empty() {})),
        };
        (buffer, flush)
    }

    /// Waits for lines, lets more gather, and writes them; false after the last ones.
    fn empty(&self) -> bool {
        let shared = &*self.0;
        let is_idle = |waiting: &mut Waiting| waiting.lines.is_empty() && !waiting.is_last;
        let waiting = shared.has_news.wait_while(shared.lock(), is_idle);
        let is_last = waiting.unwrap_or_else(PoisonError::into_inner).is_last;
        if !is_last {
            thread::sleep(GATHER);
        }
        let (lines, dropped) = {
            let mut waiting = shared.lock();
            (
                mem::take(&mut waiting.lines),
                mem::take(&mut waiting.dropped),
            )
        };
        // Nobody is left to tell when standard error itself is gone.
        let _ = io::stderr().write_all(&lines);
        if dropped > 0 {
            let _ = writeln!(io::stderr(), "{dropped} log lines were dropped");
        }
        !is_last
    }
}

impl Write for Buffer {
    /// Called once for each line, with the whole of it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.lock();
        if waiting.lines.len() + line.len() > MOST_BYTES {
            waiting.dropped += 1;
        } else {
            if waiting.lines.is_empty() {
                self.0.has_news.notify_one();
            }
            waiting.lines.extend_from_slice(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Buffer {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        self.buffer.0.lock().is_last = true;
        self.buffer.0.has_news.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
