//! Checks that the timing of what is done by mail does not reveal which addresses have an account: signing
//! up, asking for a reset, asking for another mail, giving a wrong code, and changing an address.
//!
//! Each is done for addresses of every kind in a shuffled order, and compared as sign-ins are by `gate`.

use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use latchkey_bench::timing::{self, Sample, Verdict, comparable};
use latchkey_bench::{Answer, Client, Failure, PASSWORD};
use serde_json::{Value, json};

/// The kinds of addresses; the first is what the others must look like.
const KINDS: [&str; 3] = ["no account", "an account", "a deactivated account"];

/// How long after a mail another one can be asked for.
const RESEND: Duration = Duration::from_secs(61);

/// What is different in each response.
const VARYING: [&str; 8] = [
    "flow",
    "id",
    "email",
    "created_at",
    "updated_at",
    "pending_email",
    "pending_email_flow",
    "pending_email_expires_at",
];

#[derive(Parser)]
struct Arguments {
    /// A service without rate limits.
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: String,
    /// Hundreds of addresses of each kind.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=9))]
    hundreds: u8,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, value_enum)]
    part: Part,
}

/// What to do. Both belong to one comparison; the service gets its mail in between.
#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// Creates the accounts, on a service without mail.
    Accounts,
    /// Compares the kinds, on a service with mail and without a limit on it.
    Compare,
}

/// An address.
struct Target {
    kind: usize,
    email: String,
    /// Who wants to have it.
    owner: String,
    /// The flows that were begun for it.
    sign_up: Value,
    reset: Value,
}

fn owner(index: usize) -> String {
    format!("owner-{index}@example.com")
}

fn targets(tries: usize) -> Vec<Target> {
    let all = (0..tries).flat_map(|index| (0..KINDS.len()).map(move |kind| (kind, index)));
    all.map(|(kind, index)| Target {
        kind,
        email: format!("{}-{index}@example.com", KINDS[kind].replace(' ', "-")),
        owner: owner(index),
        sign_up: Value::Null,
        reset: Value::Null,
    })
    .collect()
}

async fn create_accounts(client: &mut Client, tries: usize) -> Result<(), Failure> {
    for index in 0..tries {
        client.register(&owner(index)).await?;
    }
    for target in targets(tries) {
        if target.kind == 0 {
            continue;
        }
        let id = client.register(&target.email).await?;
        if target.kind == 2 {
            let token = client.sign_in(&target.email).await?;
            let path = format!("/api/v1/users/{id}");
            let proof = json!({"current_password": PASSWORD});
            client.send("DELETE", &path, &token, &proof).await?;
        }
    }
    Ok(())
}

/// A request for an address.
struct Request {
    method: &'static str,
    path: String,
    token: String,
    body: Value,
    expected: u16,
}

fn post(path: &str, body: Value, expected: u16) -> Request {
    Request {
        method: "POST",
        path: path.into(),
        token: String::new(),
        body,
        expected,
    }
}

struct Measuring {
    client: Client,
    random: fastrand::Rng,
    targets: Vec<Target>,
    verdict: Verdict,
}

impl Measuring {
    /// Sends a request for each address, in a new order, and compares the kinds.
    async fn measure(
        &mut self,
        what: &str,
        ask: impl Fn(&Target) -> Request,
        keep: impl Fn(&mut Target, &Answer),
    ) -> Result<(), Failure> {
        self.random.shuffle(&mut self.targets);
        let mut samples: Vec<_> = KINDS.iter().map(|_| Sample::default()).collect();
        for target in &mut self.targets {
            let Request {
                method,
                path,
                token,
                body,
                expected,
            } = ask(target);
            let began = Instant::now();
            let answer = self.client.send(method, &path, &token, &body).await?;
            let latency = began.elapsed().as_secs_f64() * 1e3;
            if answer.status != expected {
                return Err(format!("{what}: {} {}", answer.status, answer.body).into());
            }
            keep(target, &answer);
            let added = samples[target.kind].add(latency, comparable(answer, &VARYING));
            added.map_err(|error| format!("{what}, {}: {error}", KINDS[target.kind]))?;
        }
        let kinds = KINDS.iter().zip(&samples);
        let kinds: Vec<_> = kinds
            .map(|(name, sample)| timing::Kind {
                name,
                reference: KINDS[0],
                sample,
            })
            .collect();
        self.verdict.compare(what, &kinds)
    }

    /// Wants each address for an account that has another one.
    async fn change_addresses(&mut self, tries: usize) -> Result<(), Failure> {
        let mut owners = std::collections::HashMap::new();
        for index in 0..tries {
            let credentials = json!({"email": owner(index), "password": PASSWORD});
            let path = "/api/v1/auth/login";
            let tokens = self.client.post(path, &credentials, 200).await?;
            let token = tokens["access_token"].as_str().unwrap_or_default();
            owners.insert(
                owner(index),
                (tokens["user"]["id"].clone(), token.to_owned()),
            );
        }
        let ask = |target: &Target| {
            let (id, token) = &owners[&target.owner];
            Request {
                method: "PUT",
                path: format!("/api/v1/users/{id}"),
                token: token.clone(),
                body: json!({ "email": target.email }),
                expected: 202,
            }
        };
        self.measure("change of address", ask, |_, _| ()).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let mut client = Client::connect(&arguments.address).await?;
    let tries = usize::from(arguments.hundreds) * 100;
    if matches!(arguments.part, Part::Accounts) {
        return create_accounts(&mut client, tries).await;
    }
    let mut measuring = Measuring {
        client,
        random: fastrand::Rng::with_seed(arguments.seed),
        targets: targets(tries),
        verdict: Verdict::default(),
    };
    let ask = |target: &Target| {
        let body = json!({"email": target.email, "password": PASSWORD});
        post("/api/v1/users", body, 202)
    };
    let keep = |target: &mut Target, answer: &Answer| target.sign_up = answer.body["flow"].clone();
    measuring.measure("sign-up", ask, keep).await?;

    let ask = |target: &Target| post("/api/v1/auth/forgot", json!({"email": target.email}), 202);
    let keep = |target: &mut Target, answer: &Answer| target.reset = answer.body["flow"].clone();
    measuring.measure("forgotten password", ask, keep).await?;

    tokio::time::sleep(RESEND).await;
    let ask = |target: &Target| post("/api/v1/auth/resend", json!({"flow": target.sign_up}), 202);
    measuring
        .measure("another mail of a sign-up", ask, |_, _| ())
        .await?;
    let ask = |target: &Target| post("/api/v1/auth/resend", json!({"flow": target.reset}), 202);
    measuring
        .measure("another mail of a reset", ask, |_, _| ())
        .await?;

    let ask = |target: &Target| {
        let body = json!({"flow": target.sign_up, "code": "00000000"});
        post("/api/v1/users/verify", body, 422)
    };
    measuring
        .measure("wrong code of a sign-up", ask, |_, _| ())
        .await?;
    let ask = |target: &Target| {
        let body = json!({"flow": target.reset, "code": "00000000", "password": PASSWORD});
        post("/api/v1/auth/reset", body, 422)
    };
    measuring
        .measure("wrong code of a reset", ask, |_, _| ())
        .await?;
    measuring.change_addresses(tries).await?;
    measuring.verdict.finish()
}
