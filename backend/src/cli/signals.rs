//! SIGTERM and SIGINT. A thread of their own waits for them, so that none is lost: process 1 of a
//! container ignores signals without a handler, but keeps those that are blocked.

use std::process;
use std::thread;

use nix::sys::signal::{SigSet, Signal};
use tokio::sync::watch;

/// Both, blocked.
pub struct Blocked(SigSet);

/// Blocks both signals in this thread and all that it starts. The first thing that a process does.
pub fn block() -> nix::Result<Blocked> {
    let both = SigSet::from_iter([Signal::SIGTERM, Signal::SIGINT]);
    both.thread_block()?;
    Ok(Blocked(both))
}

impl Blocked {
    /// From here on, either ends the process at once.
    pub fn obey(self) {
        thread::spawn(move || {
            if let Ok(signal) = self.0.wait() {
                // What shells report of a process that a signal ended.
                process::exit(128 + signal as i32);
            }
        });
    }

    /// From here on, both are counted.
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

/// How often the process was told to stop.
#[derive(Clone)]
pub struct Signals(watch::Receiver<u32>);

impl Signals {
    /// Waits until the process was told to stop so often.
    pub async fn told(&self, times: u32) {
        let mut count = self.0.clone();
        if count.wait_for(|count| *count >= times).await.is_err() {
            // Nobody counts: nobody can tell.
            std::future::pending::<()>().await;
        }
    }
}
