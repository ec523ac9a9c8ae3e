//! What happened in each phase, and the table of it.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::http::Answer;

/// What happens to the fleet, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Quiet,
    KilledInstance,
    RollingRestart,
    KilledRedis,
    StoppedReplica,
    RestartedPrimary,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Quiet => "nothing happens",
            Self::KilledInstance => "an instance is killed and started",
            Self::RollingRestart => "all restart in turn, with a migration",
            Self::KilledRedis => "Redis is killed and started",
            Self::StoppedReplica => "the replica stops and starts",
            Self::RestartedPrimary => "PostgreSQL stops and starts",
        }
    }

    /// Whether clients may meet this error meanwhile.
    fn allows(self, error: &str) -> bool {
        self == Self::RestartedPrimary && error.starts_with("503 ") && error != WITHOUT_RETRY_AFTER
    }
}

const WITHOUT_RETRY_AFTER: &str = "503 without Retry-After";

/// Of one phase.
#[derive(Default, Debug)]
struct Row {
    answers: usize,
    /// By status and code.
    errors: BTreeMap<String, usize>,
    longest_gap: Duration,
    signed_out: usize,
    lost: Vec<String>,
}

/// Of all phases; shared by the clients.
#[derive(Debug)]
pub struct Tally(Mutex<Counts>);

#[derive(Debug)]
struct Counts {
    phase: Phase,
    rows: BTreeMap<Phase, Row>,
    latest_success: Instant,
}

impl Counts {
    fn row(&mut self) -> &mut Row {
        self.rows.entry(self.phase).or_default()
    }
}

impl Tally {
    pub fn new() -> Self {
        Self(Mutex::new(Counts {
            phase: Phase::Quiet,
            rows: BTreeMap::new(),
            latest_success: Instant::now(),
        }))
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap()
    }

    pub fn begin(&self, phase: Phase) {
        self.counts().phase = phase;
    }

    /// Counts what came of a request.
    pub fn note(&self, answer: &io::Result<Answer>) {
        let mut counts = self.counts();
        let kind = kind_of(answer);
        if kind.is_none() {
            let gap = counts.latest_success.elapsed();
            counts.latest_success = Instant::now();
            let row = counts.row();
            row.longest_gap = row.longest_gap.max(gap);
        }
        let row = counts.row();
        row.answers += 1;
        if let Some(kind) = kind {
            *row.errors.entry(kind).or_default() += 1;
        }
    }

    /// Counts a session that ended although nobody had ended it.
    pub fn note_signed_out(&self) {
        self.counts().row().signed_out += 1;
    }

    /// Notes an acknowledged write that is not there.
    pub fn note_lost(&self, what: String) {
        self.counts().row().lost.push(what);
    }

    /// What is beyond the bars, in words.
    pub fn faults(&self) -> Vec<String> {
        let counts = self.counts();
        let mut faults = Vec::new();
        for (phase, row) in &counts.rows {
            let name = phase.name();
            let errors = row.errors.iter().filter(|(kind, _)| !phase.allows(kind));
            faults.extend(errors.map(|(kind, count)| format!("{name}: {count} × {kind}")));
            faults.extend(row.lost.iter().map(|what| format!("{name}: {what}")));
            if row.signed_out > 0 {
                faults.push(format!("{name}: {} signed out", row.signed_out));
            }
        }
        faults
    }
}

/// The error, if it is one. A hint to refresh is none: access tokens expire.
fn kind_of(answer: &io::Result<Answer>) -> Option<String> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Some(format!("no answer: {}", error.kind())),
    };
    if answer.status < 400 || answer.text("action") == "refresh" {
        return None;
    }
    if answer.status == 503 && answer.header("retry-after").is_none() {
        return Some(WITHOUT_RETRY_AFTER.to_owned());
    }
    let code = answer.text("code");
    let code = if code.is_empty() {
        "by the proxy"
    } else {
        &code
    };
    Some(format!("{} {code}", answer.status))
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "| phase | answers | errors | longest gap | sign-outs | lost writes |\n\
             | :--- | ---: | :--- | ---: | ---: | ---: |"
        )?;
        for (phase, row) in &self.counts().rows {
            let errors = row.errors.iter();
            let errors: Vec<_> = errors
                .map(|(kind, count)| format!("{count} × {kind}"))
                .collect();
            let errors = if errors.is_empty() {
                "none".to_owned()
            } else {
                errors.join(", ")
            };
            writeln!(
                formatter,
                "| {} | {} | {errors} | {} ms | {} | {} |",
                phase.name(),
                row.answers,
                row.longest_gap.as_millis(),
                row.signed_out,
                row.lost.len()
            )?;
        }
        Ok(())
    }
}
