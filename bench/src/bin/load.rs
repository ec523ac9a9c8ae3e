//! Load that a fixed request cannot make: sessions that sign in or refresh over and over, each on
//! a connection of its own. Prints the requests per second and their latencies.

use std::error::Error;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Parser)]
struct Arguments {
    /// What each session does over and over.
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

type Failure = Box<dyn Error + Send + Sync>;

struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    async fn connect(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(4096),
        })
    }

    /// Posts JSON and returns the status and the body.
    async fn post(&mut self, path: &str, body: &Value) -> Result<(u16, Value), Failure> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nX-Client-Type: native\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the connection was closed".into());
            }
            let text = std::str::from_utf8(&self.buffer)?;
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(Ok(0), str::parse)?;
            if body.len() >= length {
                let status = head.get(9..12).unwrap_or_default().parse()?;
                return Ok((status, serde_json::from_str(body).unwrap_or(Value::Null)));
            }
        }
    }

    async fn sign_in(&mut self, email: &str) -> Result<Value, Failure> {
        let body = json!({"email": email, "password": PASSWORD});
        match self.post("/api/v1/auth/login", &body).await? {
            (200, tokens) => Ok(tokens),
            (status, problem) => Err(format!("sign-in: {status} {problem}").into()),
        }
    }
}

const PASSWORD: &str = "correct horse battery 9";

async fn run(arguments: &Arguments, index: usize) -> Result<Vec<Duration>, Failure> {
    let mut client = Client::connect(&arguments.address).await?;
    let email = format!("bench-{}-{index}@example.com", std::process::id());
    let account = json!({"email": email, "password": PASSWORD});
    let (status, problem) = client.post("/api/v1/users", &account).await?;
    if status != 201 {
        return Err(format!("registration: {status} {problem}").into());
    }
    let mut tokens = client.sign_in(&email).await?;
    if arguments.token {
        println!("{}", tokens["access_token"].as_str().unwrap_or_default());
        return Ok(Vec::new());
    }
    let end = Instant::now() + Duration::from_secs(arguments.seconds);
    let mut latencies = Vec::new();
    while Instant::now() < end {
        let began = Instant::now();
        tokens = match arguments.what {
            What::SignIn => client.sign_in(&email).await?,
            What::Refresh => {
                let body = json!({"refresh_token": tokens["refresh_token"]});
                match client.post("/api/v1/auth/refresh", &body).await? {
                    (200, tokens) => tokens,
                    (status, problem) => return Err(format!("refresh: {status} {problem}").into()),
                }
            }
        };
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
