//! Rate, errors and duration of requests, by the template of their route.

use std::sync::Arc;
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::{Raised, seconds};

/// Counted for a request whose client left before the answer, as nginx does.
const CLIENT_LEFT: u32 = 499;

/// What answered requests are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Answered {
    method: &'static str,
    route: Arc<String>,
    status: u32,
}

/// What durations are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Template {
    route: Arc<String>,
}

/// The requests of the public port.
#[derive(Clone, Debug)]
pub struct Requests {
    /// Answered so far.
    pub answered: Family<Answered, Counter>,
    /// How long answers took, from the request's head to the answer's.
    pub durations: Family<Template, Histogram, fn() -> Histogram>,
    /// Being answered now.
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

/// A route's template, with its histogram at hand.
#[derive(Debug)]
pub struct Route {
    name: Arc<String>,
    duration: Histogram,
}

impl Route {
    /// Returns the template, such as `/api/v1/users/{id}`.
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

/// A request that is being answered; counted when dropped.
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
    /// Notes the answer's status.
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
