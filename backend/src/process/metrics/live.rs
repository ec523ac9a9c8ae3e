//! Metrics that are read at each scrape instead of counted.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeMetric,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::usage;
use crate::db::ReplicaState;
use crate::features::sessions::memory::awareness::Standing;
use crate::state::AppState;
use crate::telemetry::Buffer;

type Labels = Vec<(&'static str, String)>;

/// Reads the state of the process.
pub(super) struct Live {
    app: AppState,
    logs: Buffer,
    started: i64,
}

impl Live {
    pub(super) fn new(app: &AppState, logs: Buffer) -> Self {
        Self {
            started: app.clock.now().timestamp(),
            app: app.clone(),
            logs,
        }
    }

    fn write_pools(&self, out: &mut Output<'_>) -> fmt::Result {
        let pools = self.app.db.pools();
        let each = |value: fn(&crate::db::PoolUsage) -> usize| {
            let of = move |(name, usage): &(&'static str, _)| (pool(name), value(usage));
            pools.iter().map(of).collect::<Vec<_>>()
        };
        out.gauges(
            "latchkey_db_pool_max_connections",
            "Connections to the database at most",
            each(|it| it.max),
        )?;
        out.gauges(
            "latchkey_db_pool_open_connections",
            "Open connections to the database",
            each(|it| it.open),
        )?;
        out.gauges(
            "latchkey_db_pool_in_use_connections",
            "Connections to the database in use",
            each(|it| it.in_use),
        )?;
        out.gauges(
            "latchkey_db_pool_waiting",
            "Queries that wait for a connection",
            each(|it| it.waiting),
        )?;
        let timeouts = pools.iter().map(|(name, it)| (pool(name), it.timeouts));
        out.counters(
            "latchkey_db_pool_timeouts",
            "Queries that got no connection in time",
            timeouts,
        )
    }

    fn write_replica(&self, out: &mut Output<'_>) -> fmt::Result {
        let Some(state) = self.app.db.replica_state() else {
            return Ok(());
        };
        let is_following = matches!(state, ReplicaState::Following(_));
        out.gauge(
            "latchkey_db_replica_following",
            "Whether the replica is asked: 1, or 0 while it is away or behind",
            u64::from(is_following),
        )?;
        match state {
            ReplicaState::Following(age) | ReplicaState::Behind(age) if age != Duration::MAX => out
                .gauge(
                    "latchkey_db_replica_lag_seconds",
                    "How old the replica's answers may be",
                    age.as_secs_f64(),
                ),
            _ => Ok(()),
        }
    }

    fn write_mail(&self, out: &mut Output<'_>) -> fmt::Result {
        if !self.app.config.mail.is_on() {
            return Ok(());
        }
        let queue = &self.app.mail_queue;
        out.gauge(
            "latchkey_mail_queue_waiting",
            "Mails that wait to be sent, of all instances",
            queue.waiting(),
        )?;
        out.gauge(
            "latchkey_mail_queue_oldest_seconds",
            "How long the oldest of them has waited",
            queue.oldest_seconds(),
        )?;
        out.gauge(
            "latchkey_mail_queue_stuck",
            "Whether mails wait and none gets through: 1, else 0",
            i64::from(queue.is_stuck()),
        )
    }

    fn write_hashing(&self, out: &mut Output<'_>) -> fmt::Result {
        let load = self.app.passwords.load();
        out.gauge(
            "latchkey_hash_cores",
            "Passwords that are hashed at once at most",
            load.cores,
        )?;
        out.gauge(
            "latchkey_hash_cores_busy",
            "Passwords being hashed",
            load.cores_busy,
        )?;
        let queues = |in_queue, ahead| {
            let label = |name: &str| vec![("queue", name.to_owned())];
            [
                (label("general"), in_queue),
                (label("known_devices"), ahead),
            ]
        };
        out.gauges(
            "latchkey_hash_queue_places",
            "Places in the queue for a core",
            queues(load.places, load.places_ahead),
        )?;
        out.gauges(
            "latchkey_hash_queue_places_taken",
            "Places taken in the queue for a core",
            queues(load.places_taken, load.places_ahead_taken),
        )
    }

    fn write_tasks(&self, out: &mut Output<'_>) -> fmt::Result {
        let standing = self.app.awareness.standing();
        out.gauge(
            "latchkey_revocations_listening",
            "Whether this instance hears at once of sessions that others end",
            u64::from(standing == Standing::Hearing),
        )?;
        out.gauge(
            "latchkey_revocations_aware",
            "Whether this instance hears of sessions that others end, or finds them by looking",
            u64::from(standing != Standing::Unaware),
        )?;
        let panics = self.app.task_panics.counts();
        let panics = panics
            .into_iter()
            .map(|(task, count)| (vec![("task", task.replace(' ', "_"))], count));
        out.counters(
            "latchkey_task_panics",
            "Times that a background task panicked and was started again",
            panics,
        )?;
        let limits = [
            ("general", &self.app.limits.general),
            ("auth", &self.app.limits.auth),
        ];
        let limited = limits.map(|(name, tier)| (vec![("tier", name.to_owned())], tier.refused()));
        out.counters(
            "latchkey_rate_limited_requests",
            "Requests refused by a rate limit",
            limited,
        )?;
        out.counters(
            "latchkey_log_lines_dropped",
            "Log lines dropped, as nobody read them fast enough",
            [(Labels::new(), self.logs.dropped())],
        )
    }

    fn write_process(&self, out: &mut Output<'_>) -> fmt::Result {
        let version = vec![("version", env!("LATCHKEY_VERSION").to_owned())];
        out.gauges(
            "latchkey_build_info",
            "The version that runs",
            [(version, 1_u64)],
        )?;
        out.gauge(
            "process_start_time_seconds",
            "When the process started, in Unix seconds",
            self.started,
        )?;
        if let Some(seconds) = usage::cpu_seconds() {
            out.counters(
                "process_cpu_seconds",
                "Time spent on processors",
                [(Labels::new(), seconds)],
            )?;
        }
        if let Some(bytes) = usage::resident_bytes() {
            out.gauge("process_resident_memory_bytes", "Memory in use", bytes)?;
        }
        if let Some(count) = usage::open_files() {
            out.gauge("process_open_fds", "Open file descriptors", count)?;
        }
        if let Some(count) = usage::max_files() {
            out.gauge("process_max_fds", "File descriptors at most", count)?;
        }
        Ok(())
    }
}

fn pool(name: &str) -> Labels {
    vec![("pool", name.to_owned())]
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

impl Collector for Live {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Output(encoder);
        self.write_pools(&mut out)?;
        self.write_replica(&mut out)?;
        self.write_mail(&mut out)?;
        self.write_hashing(&mut out)?;
        self.write_tasks(&mut out)?;
        self.write_process(&mut out)
    }
}

/// Writes one metric after the other.
struct Output<'a>(DescriptorEncoder<'a>);

impl Output<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        self.gauges(name, help, [(Labels::new(), value)])
    }

    fn gauges<V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Labels, V)>,
    ) -> fmt::Result {
        let samples = samples.into_iter();
        let samples = samples.map(|(labels, value)| (labels, ConstGauge::new(value)));
        self.write(MetricType::Gauge, name, help, samples)
    }

    fn counters<V: EncodeCounterValue>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Labels, V)>,
    ) -> fmt::Result {
        let samples = samples.into_iter();
        let samples = samples.map(|(labels, value)| (labels, ConstCounter::new(value)));
        self.write(MetricType::Counter, name, help, samples)
    }

    fn write(
        &mut self,
        kind: MetricType,
        name: &str,
        help: &str,
        samples: impl Iterator<Item = (Labels, impl EncodeMetric)>,
    ) -> fmt::Result {
        let help = format!("{help}.");
        let mut metric = self.0.encode_descriptor(name, &help, None, kind)?;
        for (labels, value) in samples {
            value.encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
