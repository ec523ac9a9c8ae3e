//! Restarts background tasks that panic.

use std::pin::Pin;
use std::time::Duration;

use crate::state::AppState;

/// How long to wait before restarting a task.
const RESTART_AFTER: Duration = Duration::from_secs(1);

/// A task that runs until the runtime ends.
pub(super) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a task, and restarts it after each panic, which is logged and counted.
pub fn supervise<F>(app: &AppState, name: &'static str, task: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let app = app.clone();
    app.task_panics.show(name);
    tokio::spawn(async move {
        while let Err(error) = tokio::spawn(task()).await {
            if !error.is_panic() {
                // The runtime is shutting down.
                return;
            }
            app.task_panics.count(name);
            tracing::error!(task = name, "a background task panicked; it starts again");
            tokio::time::sleep(RESTART_AFTER).await;
        }
    });
}
