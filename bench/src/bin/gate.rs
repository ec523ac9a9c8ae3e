//! Checks that the timing of sign-ins does not reveal which addresses have an account.
//!
//! It signs in to accounts of every kind in a shuffled order. The responses must be equal except
//! for the request id, and their latencies are compared by the Mann-Whitney U test. It fails if a
//! kind differs from its reference, or if this machine is too noisy to notice.
//!
//! Where accounts have hashes of different costs, it compares whole populations: half of the
//! accounts of each kind are older than the others, and unknown addresses must look like that
//! mixture.

use std::ops::Range;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use latchkey_bench::timing::{self, Sample, Verdict, comparable};
use latchkey_bench::{Answer, Client, Failure, PASSWORD};
use serde_json::json;

const WRONG: &str = "not the password of anybody 7";

#[derive(Parser)]
struct Arguments {
    /// A service without rate limits.
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: String,
    /// Hundreds of sign-ins of each kind.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(5..=9))]
    hundreds: u8,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, value_enum, default_value_t = Part::OneCost)]
    part: Part,
}

/// What to do. The last three belong to one comparison; the parameters of the service change
/// between them.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Compares kinds while all hashes have today's parameters.
    OneCost,
    /// Creates the first half of the accounts.
    Older,
    /// Creates the second half.
    Newer,
    /// Compares kinds while hashes have the parameters of the two previous steps.
    Mixed,
}

impl Part {
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::OneCost => &KINDS,
            _ => &MIXED,
        }
    }

    /// The addresses of a kind. A mixture needs more, because each address has a fixed cost, and
    /// only different addresses are independent.
    fn addresses(self, tries: usize) -> Range<usize> {
        match self {
            Self::OneCost => 0..ADDRESSES,
            Self::Older => 0..tries / 2,
            Self::Newer => tries / 2..tries,
            Self::Mixed => 0..tries,
        }
    }
}

/// A kind of sign-in, and its reference.
struct Kind {
    name: &'static str,
    reference: &'static str,
    has_account: bool,
    is_active: bool,
    is_throttled: bool,
    password: &'static str,
}

const KNOWN: Kind = Kind {
    name: "wrong password",
    reference: "wrong password",
    has_account: true,
    is_active: true,
    is_throttled: false,
    password: WRONG,
};

const THROTTLED: Kind = Kind {
    name: "throttled, wrong password",
    reference: "throttled, wrong password",
    is_throttled: true,
    ..KNOWN
};

/// A reference precedes the kinds that are compared with it.
const KINDS: [Kind; 8] = [
    KNOWN,
    Kind {
        name: "unknown address",
        has_account: false,
        ..KNOWN
    },
    Kind {
        name: "deactivated, wrong password",
        is_active: false,
        ..KNOWN
    },
    Kind {
        name: "deactivated, right password",
        is_active: false,
        password: PASSWORD,
        ..KNOWN
    },
    THROTTLED,
    Kind {
        name: "throttled, unknown address",
        has_account: false,
        ..THROTTLED
    },
    Kind {
        name: "throttled, deactivated",
        is_active: false,
        ..THROTTLED
    },
    Kind {
        name: "throttled, right password",
        password: PASSWORD,
        ..THROTTLED
    },
];

/// The kinds in which half of the accounts are older.
const MIXED: [Kind; 3] = [
    Kind {
        name: "older and newer, wrong password",
        reference: "older and newer, wrong password",
        ..KNOWN
    },
    Kind {
        name: "older and newer, deactivated",
        reference: "older and newer, wrong password",
        is_active: false,
        ..KNOWN
    },
    Kind {
        name: "unknown among them",
        reference: "older and newer, wrong password",
        has_account: false,
        ..KNOWN
    },
];

/// After this many failures an address is throttled.
const FAILURES: u8 = 10;

/// The number of addresses of each kind, so that the tries at each do not throttle it.
const ADDRESSES: usize = 100;

impl Kind {
    fn email(&self, index: usize) -> String {
        let name = self.name.replace([',', ' '], "-");
        format!("{name}-{index}@example.com")
    }

    async fn prepare(&self, client: &mut Client, addresses: Range<usize>) -> Result<(), Failure> {
        for index in addresses {
            let email = self.email(index);
            if self.has_account {
                let id = client.register(&email).await?;
                if !self.is_active {
                    let token = client.sign_in(&email).await?;
                    let path = format!("/api/v1/users/{id}");
                    let proof = json!({"current_password": PASSWORD});
                    client.send("DELETE", &path, &token, &proof).await?;
                }
            }
            for _ in 0..if self.is_throttled { FAILURES } else { 0 } {
                attempt(client, &email, WRONG).await?;
            }
        }
        Ok(())
    }
}

async fn attempt(client: &mut Client, email: &str, password: &str) -> Result<Answer, Failure> {
    let credentials = json!({"email": email, "password": password});
    client
        .send("POST", "/api/v1/auth/login", "", &credentials)
        .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let mut client = Client::connect(&arguments.address).await?;
    let (part, tries) = (arguments.part, usize::from(arguments.hundreds) * 100);
    let (kinds, addresses) = (part.kinds(), part.addresses(tries));
    if part != Part::Mixed {
        for kind in kinds {
            kind.prepare(&mut client, addresses.clone()).await?;
        }
    }
    if matches!(part, Part::Older | Part::Newer) {
        return Ok(());
    }
    let mut order: Vec<_> = (0..kinds.len() * tries)
        .map(|n| (n % kinds.len(), n / kinds.len() % addresses.len()))
        .collect();
    fastrand::Rng::with_seed(arguments.seed).shuffle(&mut order);

    let mut samples: Vec<Sample> = kinds.iter().map(|_| Sample::default()).collect();
    for (index, address) in order {
        let kind = &kinds[index];
        let email = kind.email(address);
        let began = Instant::now();
        let answer = attempt(&mut client, &email, kind.password).await?;
        let latency = began.elapsed().as_secs_f64() * 1e3;
        let added = samples[index].add(latency, comparable(answer, &[]));
        added.map_err(|error| format!("{}: {error}", kind.name))?;
    }
    let compared: Vec<_> = kinds
        .iter()
        .zip(&samples)
        .map(|(kind, sample)| timing::Kind {
            name: kind.name,
            reference: kind.reference,
            sample,
        })
        .collect();
    let mut verdict = Verdict::default();
    verdict.compare("sign-in", &compared)?;
    verdict.finish()
}
