//! Buffers standard error and writes it on a thread, so that no request waits for the reader of the
//! log, and few lines cost a system call or wake a thread.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How long the thread collects lines.
const GATHER: Duration = Duration::from_millis(20);

/// How long a shutdown waits for the reader of the log.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// The size of the buffer. Beyond it, lines are dropped and counted instead of delaying requests.
const MAX_BYTES: usize = 4 * 1024 * 1024;

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    dropped: u64,
    /// The number of bytes accepted, and of those that the thread has finished.
    taken: usize,
    written: usize,
    /// The number of waiting threads.
    waiters: usize,
    is_last: bool,
    has_ended: bool,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    dropped: AtomicU64,
    has_news: Condvar,
    is_written: Condvar,
}

/// Accepts lines from any thread.
#[derive(Clone, Default)]
pub struct Buffer(Arc<Shared>);

/// Writes the remaining lines when dropped.
pub struct Flush(Buffer);

impl Flush {
    /// The buffer, for code that ends the process without dropping this.
    pub fn buffer(&self) -> Buffer {
        self.0.clone()
    }
}

impl Buffer {
    /// Starts the thread that writes to standard error.
    pub fn start() -> (Self, Flush) {
        let buffer = Self::default();
        let emptied = buffer.clone();
        let mut output = standard_error();
        thread::spawn(move || while emptied.empty(&mut *output) {});
        (buffer.clone(), Flush(buffer))
    }

    /// The number of dropped lines so far.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything logged so far is written, unless the reader accepts none of it.
    pub fn write_out(&self) {
        let mut waiting = self.lock();
        waiting.waiters += 1;
        self.0.has_news.notify_one();
        let target = waiting.taken;
        let has_more = |it: &mut Waiting| it.written < target || (it.is_last && !it.has_ended);
        let is_written = &self.0.is_written;
        let waited = is_written.wait_timeout_while(waiting, MAX_WAIT, has_more);
        let (mut waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        waiting.waiters -= 1;
    }

    /// Waits for lines, collects more, and writes them; `false` after the last ones.
    fn empty(&self, output: &mut dyn Write) -> bool {
        let is_idle = |waiting: &mut Waiting| waiting.lines.is_empty() && !waiting.is_last;
        let waiting = self.0.has_news.wait_while(self.lock(), is_idle);
        if waiting.unwrap_or_else(PoisonError::into_inner).waiters == 0 {
            thread::sleep(GATHER);
        }
        let (lines, dropped) = {
            let mut waiting = self.lock();
            (
                mem::take(&mut waiting.lines),
                mem::take(&mut waiting.dropped),
            )
        };
        // If standard error itself is gone, there is nowhere to report it.
        let _ = write_all(output, &lines);
        if dropped > 0 {
            tracing::error!(
                dropped,
                "log lines were dropped: nobody reads them fast enough"
            );
        }
        let mut waiting = self.lock();
        waiting.written += lines.len();
        waiting.has_ended = waiting.is_last && waiting.lines.is_empty();
        self.0.is_written.notify_all();
        !waiting.has_ended
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        let waiting = self.0.waiting.lock();
        waiting.unwrap_or_else(PoisonError::into_inner)
    }
}

/// A separate handle: a stuck reader would otherwise keep the lock of `io::stderr`.
fn standard_error() -> Box<dyn Write + Send> {
    match io::stderr().as_fd().try_clone_to_owned() {
        Ok(handle) => Box::new(File::from(handle)),
        Err(_) => Box::new(io::stderr()),
    }
}

/// Writes like [`Write::write_all`], but waits if another process has made the handle non-blocking.
fn write_all(output: &mut dyn Write, mut lines: &[u8]) -> io::Result<()> {
    while !lines.is_empty() {
        match output.write(lines) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => lines = &lines[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(GATHER),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Write for Buffer {
    /// Called once per line, with the whole line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.lock();
        if waiting.lines.len() + line.len() > MAX_BYTES {
            waiting.dropped += 1;
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        } else {
            if waiting.lines.is_empty() {
                self.0.has_news.notify_one();
            }
            waiting.lines.extend_from_slice(line);
            waiting.taken += line.len();
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
        self.0.lock().is_last = true;
        self.0.write_out();
    }
}
