//! Waits for SIGTERM and SIGINT on a thread of its own, so that no signal is lost: process 1 of a
//! container ignores signals without a handler, but keeps those that are blocked.

use std::process;
use std::thread;

use nix::sys::signal::{SigSet, Signal};
use tokio::sync::watch;

/// Both signals, blocked.
pub struct Blocked(SigSet);

/// Blocks both signals in this thread and all that it starts. Call it before anything else.
pub fn block() -> nix::Result<Blocked> {
    let both = SigSet::from_iter([Signal::SIGTERM, Signal::SIGINT]);
    both.thread_block()?;
    Ok(Blocked(both))
}

impl Blocked {
    /// From now on, either signal ends the process at once.
    pub fn obey(self) {
        thread::spawn(move || {
            if let Ok(signal) = self.0.wait() {
                // The exit status that shells report for a process ended by a signal.
                process::exit(128 + signal as i32);
            }
        });
    }

    /// From now on, the signals are counted.
    pub fn count(self) -> Signals {
        let (sender, count) = watch::channel(0);
        thread::spawn(move || {
            while self.0.wait().is_ok() {
                sender.send_modify(|count| *count += 1);
            }
        });
        Signals(count)
    }
}

/// The number of signals to stop.
#[derive(Clone)]
pub struct Signals(watch::Receiver<u32>);

impl Signals {
    /// Waits until the process has received this many signals.
    pub async fn told(&self, times: u32) {
        let mut count = self.0.clone();
        if count.wait_for(|count| *count >= times).await.is_err() {
            // The counting thread is gone.
            std::future::pending::<()>().await;
        }
    }
}
