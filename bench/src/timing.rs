//! Compares what two kinds of requests take, and how they are answered.

use serde_json::Value;

use crate::{Answer, Failure};

/// From this many standard deviations, two kinds count as different. By chance this happens in one
/// of a thousand comparisons.
const SIGNIFICANT: f64 = 3.29;

/// The comparison is valid only if it would notice a difference of this share of a request.
const COARSEST: f64 = 0.1;

/// The requests of one kind.
#[derive(Debug, Default)]
pub struct Sample {
    answer: String,
    latencies: Vec<f64>,
}

impl Sample {
    /// Adds a request that took `latency` milliseconds. Fails unless it is answered like those before.
    pub fn add(&mut self, latency: f64, answer: String) -> Result<(), Failure> {
        self.latencies.push(latency);
        if self.answer.is_empty() {
            self.answer = answer;
        } else if self.answer != answer {
            return Err(format!("{}\nthen\n{answer}", self.answer).into());
        }
        Ok(())
    }
}

/// A kind of request.
#[derive(Debug)]
pub struct Kind<'a> {
    /// Its name.
    pub name: &'a str,
    /// The name of the kind that it must look like, which precedes it; its own for such a kind.
    pub reference: &'a str,
    /// Its requests.
    pub sample: &'a Sample,
}

/// A response without what differs between requests: its id, the date, how long a throttled address must
/// wait, and these fields of the body.
pub fn comparable(answer: Answer, varying_fields: &[&str]) -> String {
    let mut body = answer.body;
    for field in ["request_id"].iter().chain(varying_fields) {
        if let Some(value) = body.get_mut(*field) {
            *value = Value::Null;
        }
    }
    let varying = ["x-request-id", "date", "retry-after", "content-length"];
    let lines = answer.head.lines().map(|line| {
        let name = line.split(':').next().unwrap_or_default();
        if varying.contains(&name) { name } else { line }
    });
    format!("{}\n{body}", lines.collect::<Vec<_>>().join("\n"))
}

/// Counts kinds that do and do not look like their reference.
#[derive(Debug, Default)]
pub struct Verdict {
    passed: u32,
    failed: u32,
}

impl Verdict {
    /// Prints how far each kind is from its reference. Fails if this machine is too noisy to notice a
    /// difference.
    pub fn compare(&mut self, what: &str, kinds: &[Kind<'_>]) -> Result<(), Failure> {
        println!("| {what} | samples | median ms | apart by |");
        println!("|---|---:|---:|---:|");
        for kind in kinds {
            let reference = kinds.iter().find(|other| other.name == kind.reference);
            let reference = reference.unwrap_or(kind);
            let sample = &kind.sample.latencies;
            let (name, count, median) = (kind.name, sample.len(), median(sample));
            if reference.name == kind.name {
                let resolution = resolution(sample);
                println!("| {name} | {count} | {median:.2} | notices {resolution:.3} ms |");
                if resolution > COARSEST * median {
                    return Err("This machine is too noisy to notice a difference. Stop what else runs on it, and try again.".into());
                }
                continue;
            }
            let distance = distance(&reference.sample.latencies, sample);
            println!("| {name} | {count} | {median:.2} | {distance:.2} σ |");
            let (expected, answer) = (&reference.sample.answer, &kind.sample.answer);
            if expected != answer {
                println!("\nanswered\n{answer}\ninstead of\n{expected}\n");
            }
            if expected == answer && distance < SIGNIFICANT {
                self.passed += 1;
            } else {
                self.failed += 1;
            }
        }
        println!();
        Ok(())
    }

    /// Prints the counts. Fails if a kind differed.
    pub fn finish(self) -> Result<(), Failure> {
        println!("gate: {} passed, {} failed", self.passed, self.failed);
        if self.failed > 0 {
            return Err("Accounts can be told apart.".into());
        }
        Ok(())
    }
}

/// The distance of two samples, in standard deviations of the Mann-Whitney U statistic of samples
/// of one distribution. Ties, which are rare with nanoseconds, count as either.
fn distance(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<_> = one.iter().map(|latency| (latency, true)).collect();
    all.extend(other.iter().map(|latency| (latency, false)));
    all.sort_by(|a, b| a.0.total_cmp(b.0));
    let ranked = all.iter().zip(1_u32..);
    let ranks: f64 = ranked
        .filter_map(|((_, is_one), rank)| is_one.then_some(f64::from(rank)))
        .sum();
    let (n, m) = (count(one), count(other));
    let expected = n * (n + m + 1.0) / 2.0;
    let deviation = (n * m * (n + m + 1.0) / 12.0).sqrt();
    (ranks - expected).abs() / deviation
}

fn count(sample: &[f64]) -> f64 {
    sample.iter().map(|_| 1.0).sum()
}

fn median(sample: &[f64]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The smallest delay in milliseconds that would have been noticed in a sample.
fn resolution(sample: &[f64]) -> f64 {
    let delays = (1_u16..).map(|step| f64::from(step) * 0.005);
    let is_noticed = |delay: &f64| {
        let delayed: Vec<_> = sample.iter().map(|latency| latency + delay).collect();
        distance(sample, &delayed) >= SIGNIFICANT
    };
    delays
        .take(20_000)
        .find(is_noticed)
        .unwrap_or(f64::INFINITY)
}
