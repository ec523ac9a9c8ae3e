//! What the service counts. The database, the password queue and the connections have instruments
//! of their own; `process/metrics` exports all of them to Prometheus.

mod requests;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

pub use requests::{Answering, Requests, Route};

/// From a millisecond to the request timeout.
const SECONDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0,
];

/// A histogram of seconds.
pub fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

/// A label and its value.
pub type Label = [(&'static str, &'static str); 1];

/// Histograms of seconds, by label.
pub type Durations = Family<Label, Histogram, fn() -> Histogram>;

/// Histograms of seconds, by label.
pub fn durations() -> Durations {
    Family::new_with_constructor(seconds)
}

/// Counters by the values of one label.
#[derive(Clone, Debug)]
pub struct Tally {
    label: &'static str,
    counters: Family<Label, Counter>,
}

impl Tally {
    /// Begins each of these values at zero, so that the first of its kind is an increase.
    pub fn new(label: &'static str, values: &[&'static str]) -> Self {
        let tally = Self {
            label,
            counters: Family::default(),
        };
        tally.show(values);
        tally
    }

    /// Exports these values even while their count is zero.
    pub fn show(&self, values: &[&'static str]) {
        for value in values {
            self.add(value, 0);
        }
    }

    /// Adds one.
    pub fn count(&self, value: &'static str) {
        self.add(value, 1);
    }

    /// Adds several.
    pub fn add(&self, value: &'static str, count: u64) {
        let label = [(self.label, value)];
        self.counters.get_or_create(&label).inc_by(count);
    }

    /// The counters.
    pub fn counters(&self) -> Family<Label, Counter> {
        self.counters.clone()
    }
}

/// Mails, by kind and by what became of them.
#[derive(Clone, Debug, Default)]
pub struct Mails(Family<[(&'static str, &'static str); 2], Counter>);

impl Mails {
    /// What becomes of mails.
    const OUTCOMES: [&str; 5] = ["sent", "delayed", "failed", "expired", "bounced"];

    /// Shows these kinds also while nothing was counted for them.
    pub fn show(&self, kinds: &[&'static str]) {
        for kind in kinds {
            for outcome in Self::OUTCOMES {
                let labels = [("kind", *kind), ("outcome", outcome)];
                self.0.get_or_create(&labels).inc_by(0);
            }
        }
    }

    /// Counts one.
    pub fn count(&self, kind: &'static str, outcome: &'static str) {
        let labels = [("kind", kind), ("outcome", outcome)];
        self.0.get_or_create(&labels).inc();
    }

    /// Returns the counters.
    pub fn counters(&self) -> Family<[(&'static str, &'static str); 2], Counter> {
        self.0.clone()
    }
}

/// Connections to the public port.
#[derive(Clone, Debug, Default)]
pub struct ConnectionCounts {
    /// Open now.
    pub open: Gauge,
    /// Accepted so far.
    pub accepted: Counter,
    /// Closed at once, because all others were busy.
    pub refused: Counter,
    /// Closed to make room for another one.
    pub displaced: Counter,
}

/// Raises a gauge by one until it is dropped.
#[derive(Debug)]
pub struct Raised(Gauge);

impl Raised {
    /// Raises a gauge.
    pub fn by_one(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The instruments of the modules above the database.
#[derive(Debug)]
pub struct Metrics {
    /// Requests by route.
    pub requests: Requests,
    /// Sign-ins by outcome.
    pub sign_ins: Tally,
    /// Refreshes by outcome.
    pub refreshes: Tally,
    /// Sessions that this instance ended, by reason.
    pub sessions_ended: Tally,
    /// Mails by kind and outcome.
    pub mails: Mails,
    /// How long the instance's own announcements take to arrive.
    pub revocation_lag: Histogram,
    /// Connections to the public port.
    pub connections: ConnectionCounts,
    /// When each background task last did its work, in Unix seconds.
    pub task_successes: Family<Label, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        let sign_ins = ["succeeded", "refused", "throttled", "overloaded", "failed"];
        let refreshes = [
            "advanced",
            "raced",
            "lost",
            "resumed",
            "reused",
            "revoked",
            "expired",
            "invalid",
            "overloaded",
            "failed",
        ];
        Self {
            requests: Requests::default(),
            sign_ins: Tally::new("outcome", &sign_ins),
            refreshes: Tally::new("outcome", &refreshes),
            sessions_ended: Tally::new("reason", &[]),
            mails: Mails::default(),
            revocation_lag: seconds(),
            connections: ConnectionCounts::default(),
            task_successes: Family::default(),
        }
    }
}
