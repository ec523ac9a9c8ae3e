//! Load that a fixed request cannot produce: sessions that sign in or refresh repeatedly, each on
//! its own connection. Prints the requests per second and their latencies as JSON.

use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use latchkey_bench::{Client, Failure, PASSWORD};
use serde_json::{Value, json};
use tokio::time::sleep_until;

#[derive(Parser)]
struct Arguments {
    /// What each session does repeatedly.
    what: What,
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: String,
    #[arg(long, default_value_t = 16)]
    sessions: u32,
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Requests per second of all sessions together; as many as there can be if absent. Each latency then
    /// counts from the moment at which the request was due, so that a response that delays the next request
    /// does not hide that delay (coordinated omission).
    #[arg(long)]
    rate: Option<u32>,
    /// Keep the tokens in cookies and send a CSRF token, as browsers do.
    #[arg(long)]
    web: bool,
    /// Print the tokens of a new account and do nothing else.
    #[arg(long)]
    tokens: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum What {
    SignIn,
    Refresh,
}

async fn run(arguments: &Arguments, index: u32, begin: Instant) -> Result<Vec<Duration>, Failure> {
    let mut client = if arguments.web {
        Client::connect_web(&arguments.address).await?
    } else {
        Client::connect(&arguments.address).await?
    };
    let email = format!("bench-{}-{index}@example.com", std::process::id());
    client.register(&email).await?;
    let credentials = json!({"email": email, "password": PASSWORD});
    let mut tokens = client.post("/api/v1/auth/login", &credentials, 200).await?;
    if arguments.tokens {
        println!("{}", json!({"tokens": tokens, "cookies": client.cookies()}));
        return Ok(Vec::new());
    }
    let end = begin + Duration::from_secs(arguments.seconds.into());
    let step = arguments
        .rate
        .map(|rate| Duration::from_secs(1) * arguments.sessions / rate);
    let mut due = begin + step.unwrap_or_default() * index / arguments.sessions;
    sleep_until(begin.into()).await;
    let mut latencies = Vec::new();
    while due.max(begin) < end && Instant::now() < end {
        if step.is_some() {
            sleep_until(due.into()).await;
        } else {
            due = Instant::now();
        }
        let (path, body) = match arguments.what {
            What::SignIn => ("/api/v1/auth/login", &credentials),
            What::Refresh => (
                "/api/v1/auth/refresh",
                &json!({"refresh_token": tokens["refresh_token"]}),
            ),
        };
        tokens = client.post(path, body, 200).await?;
        latencies.push(due.elapsed());
        due += step.unwrap_or_default();
    }
    Ok(latencies)
}

/// Signing up hashes a password: the time that all sessions may need before the measurement begins.
fn preparation(arguments: &Arguments) -> Duration {
    Duration::from_millis(200) * arguments.sessions
}

fn report(mut latencies: Vec<Duration>, seconds: u32) -> Value {
    latencies.sort_unstable();
    let at = |share: usize| {
        let index = (latencies.len() * share / 1000).min(latencies.len() - 1);
        latencies[index].as_secs_f64() * 1e3
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are small")]
    let rate = latencies.len() as f64 / f64::from(seconds);
    json!({"rate": rate, "p50": at(500), "p90": at(900), "p99": at(990), "p999": at(999)})
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: &'static Arguments = Box::leak(Box::new(Arguments::parse()));
    if arguments.tokens {
        run(arguments, 0, Instant::now()).await?;
        return Ok(());
    }
    let begin = Instant::now() + preparation(arguments);
    let tasks: Vec<_> = (0..arguments.sessions)
        .map(|index| tokio::spawn(run(arguments, index, begin)))
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    if latencies.is_empty() {
        return Err("nothing was sent in time".into());
    }
    println!("{}", report(latencies, arguments.seconds));
    Ok(())
}
