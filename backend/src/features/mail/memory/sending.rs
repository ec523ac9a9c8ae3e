//! The mails that this instance is sending.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const MAX_AT_ONCE: u32 = 4;

/// A slot for each mail that is being sent.
#[derive(Debug)]
pub struct Sending(Arc<Semaphore>);

impl Default for Sending {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_AT_ONCE as usize)))
    }
}

impl Sending {
    /// Waits for a free slot; returns `None` after [`Self::end`].
    pub async fn slot(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).acquire_owned().await.ok()
    }

    /// Waits until no mail is being sent. No other one begins meanwhile or later.
    pub async fn end(&self) {
        let _all = self.0.acquire_many(MAX_AT_ONCE).await;
        self.0.close();
    }
}
