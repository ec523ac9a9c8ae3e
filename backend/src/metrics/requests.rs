//! Rate, errors and duration of requests by route template.

use std::sync::Arc;
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::{Raised, seconds};

/// The status for a request whose client disconnected before the response, as in nginx.
const CLIENT_LEFT: u32 = 499;

/// The labels of answered requests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Answered {
    method: &'static str,
    route: Arc<String>,
    status: u32,
}

/// The labels of durations.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Template {
    route: Arc<String>,
}

/// The requests of the public port.
#[derive(Clone, Debug)]
pub struct Requests {
    /// Answered so far.
    pub answered: Family<Answered, Counter>,
    /// The time from the head of the request to the head of the response.
    pub durations: Family<Template, Histogram, fn() -> Histogram>,
    /// Requests in progress.
    pub in_flight: Gauge,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            answered: Family::default(),
            durations: Family::new_with_constructor(seconds),
            in_flight: Gauge::default(),
        }
    }
}

/// A route template with its histogram.
#[derive(Debug)]
pub struct Route {
    name: Arc<String>,
    duration: Histogram,
}

impl Route {
    /// The template, such as `/api/v1/users/{id}`.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Requests {
    /// Prepares a route.
    pub fn route(&self, template: &str) -> Arc<Route> {
        let name = Arc::new(template.to_owned());
        let labels = Template {
            route: Arc::clone(&name),
        };
        let duration = self.durations.get_or_create_owned(&labels);
        Arc::new(Route { name, duration })
    }

    /// Begins a request; `method` is one of a few names.
    pub fn begin(&self, method: &'static str, route: Arc<Route>) -> Answering {
        Answering {
            answered: self.answered.clone(),
            _in_flight: Raised::by_one(&self.in_flight),
            method,
            route,
            began: Instant::now(),
            status: CLIENT_LEFT,
        }
    }
}

/// A request in progress; counted when dropped.
#[derive(Debug)]
pub struct Answering {
    answered: Family<Answered, Counter>,
    _in_flight: Raised,
    method: &'static str,
    route: Arc<Route>,
    began: Instant,
    status: u32,
}

impl Answering {
    /// Records the status of the response.
    pub fn end(mut self, status: u16) {
        self.status = status.into();
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let labels = Answered {
            method: self.method,
            route: Arc::clone(&self.route.name),
            status: self.status,
        };
        self.answered.get_or_create(&labels).inc();
        let duration = self.began.elapsed();
        self.route.duration.observe(duration.as_secs_f64());
    }
}
