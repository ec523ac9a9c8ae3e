//! Load that a fixed request cannot produce: sessions that sign in or refresh repeatedly, each on
//! its own connection. Prints the requests per second and their latencies.

use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use latchkey_bench::{Client, Failure, PASSWORD};
use serde_json::json;

#[derive(Parser)]
struct Arguments {
    /// What each session does repeatedly.
    what: What,
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: String,
    #[arg(long, default_value_t = 16)]
    sessions: usize,
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Print an access token of a new account and do nothing else.
    #[arg(long)]
    token: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum What {
    SignIn,
    Refresh,
}

async fn run(arguments: &Arguments, index: usize) -> Result<Vec<Duration>, Failure> {
    let mut client = Client::connect(&arguments.address).await?;
    let email = format!("bench-{}-{index}@example.com", std::process::id());
    client.register(&email).await?;
    let credentials = json!({"email": email, "password": PASSWORD});
    let mut tokens = client.post("/api/v1/auth/login", &credentials, 200).await?;
    if arguments.token {
        println!("{}", tokens["access_token"].as_str().unwrap_or_default());
        return Ok(Vec::new());
    }
    let end = Instant::now() + Duration::from_secs(arguments.seconds);
    let mut latencies = Vec::new();
    while Instant::now() < end {
        let began = Instant::now();
        let (path, body) = match arguments.what {
            What::SignIn => ("/api/v1/auth/login", &credentials),
            What::Refresh => (
                "/api/v1/auth/refresh",
                &json!({"refresh_token": tokens["refresh_token"]}),
            ),
        };
        tokens = client.post(path, body, 200).await?;
        latencies.push(began.elapsed());
    }
    Ok(latencies)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: &'static Arguments = Box::leak(Box::new(Arguments::parse()));
    let sessions = if arguments.token {
        1
    } else {
        arguments.sessions
    };
    let tasks: Vec<_> = (0..sessions)
        .map(|index| tokio::spawn(run(arguments, index)))
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    if arguments.token {
        return Ok(());
    }
    latencies.sort_unstable();
    let at = |share: usize| latencies[(latencies.len() * share / 100).min(latencies.len() - 1)];
    let rate = latencies.len() / usize::try_from(arguments.seconds)?.max(1);
    println!(
        "{rate} {:.2} {:.2}",
        at(50).as_secs_f64() * 1e3,
        at(99).as_secs_f64() * 1e3
    );
    Ok(())
}
