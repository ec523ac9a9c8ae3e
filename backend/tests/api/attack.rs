//! An attack from many networks on one account, with and without its password: the owner gets in all the
//! same. Judged by outcome and by the work that goes ahead of the owner's, never by time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Client, PASSWORD, Service, Totp};

const ADA: &str = "ada@example.com";
const WRONG: &str = "not the password at all";
const ATTACKERS: usize = 200;
const SIGN_INS: usize = 8;

/// A hash that keeps a core busy for a while.
const COSTLY: [(&str, &str); 2] = [("ARGON2_MEMORY_KIB", "8192"), ("ARGON2_ITERATIONS", "2")];

/// An unknown device in a network of its own, of IPv4 or IPv6.
fn attacker(service: &Service, number: usize) -> Client {
    let network = if number.is_multiple_of(2) {
        format!("198.{}.{}.7", 18 + number / 250, number % 250)
    } else {
        format!("2001:db8:{number:x}::7")
    };
    service.native().at(&network)
}

/// Attackers who send until it is over, and how many hashes were made for them.
struct Attack {
    attackers: JoinSet<()>,
    hashed: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl Attack {
    /// Each third guesses at the account, each third knows its password and guesses the second factor, and
    /// each third sprays addresses that have no account.
    fn begin(service: &Service, wrong_code: &str) -> Self {
        let (hashed, is_over) = (Arc::default(), Arc::default());
        let mut attackers = JoinSet::new();
        for number in 0..ATTACKERS {
            let client = attacker(service, number);
            let (hashed, is_over) = (Arc::clone(&hashed), Arc::clone(&is_over));
            let code = wrong_code.to_owned();
            attackers.spawn(async move {
                while !AtomicBool::load(&is_over, Ordering::Relaxed) {
                    let answer = match number % 3 {
                        0 => client.log_in(ADA, WRONG).await,
                        1 => client.log_in(ADA, PASSWORD).await,
                        _ => {
                            let nobody = format!("nobody{number}@example.com");
                            client.log_in(&nobody, WRONG).await
                        }
                    };
                    match answer.code().as_str() {
                        "invalid_credentials" | "second_factor_required" => {
                            AtomicUsize::fetch_add(&hashed, 1, Ordering::Relaxed);
                        }
                        "rate_limited" | "overloaded" => {}
                        code => panic!("{code}"),
                    }
                    if answer.code() == "second_factor_required" {
                        let body = json!({"flow": answer.json()["flow"], "totp": code});
                        let refused = client.post("/api/v1/auth/second-factor", body).await;
                        assert_ne!(refused.status, 200, "{refused}");
                    }
                    tokio::task::yield_now().await;
                }
            });
        }
        Self {
            attackers,
            hashed,
            is_over,
        }
    }

    fn hashed(&self) -> usize {
        self.hashed.load(Ordering::Relaxed)
    }

    async fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.attackers.join_all().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_gets_in_whoever_attacks_with_or_without_the_password() {
    let service = Service::with(&COSTLY);
    let owner = service.user(ADA).await;
    let app = Totp::set_up(&owner, &service).await;
    service.advance(30);
    // A device that the owner trusts, and that is asked for the password alone.
    let laptop = service.native();
    let waiting = laptop.log_in(ADA, PASSWORD).await;
    let body = json!({
        "flow": waiting.json()["flow"],
        "totp": app.code(&service.app.clock),
        "trust_device": true,
    });
    let trusted = laptop.post("/api/v1/auth/second-factor", body).await;
    assert_eq!(trusted.status, 200, "{trusted}");

    let attack = Attack::begin(&service, &app.wrong_code(&service.app.clock));
    // Until the hash queue is full of their work.
    while service.app.passwords.enter().is_ok() {
        tokio::task::yield_now().await;
    }
    let cores = std::thread::available_parallelism().unwrap().get();
    let mut ahead = Vec::new();
    for _ in 0..SIGN_INS {
        let before = attack.hashed();
        let answer = laptop.log_in(ADA, PASSWORD).await;
        assert_eq!(answer.status, 200, "{answer}");
        ahead.push(attack.hashed() - before);
    }
    attack.end().await;
    let opened = "SELECT count(*) FROM sessions";
    let expected = (2 + SIGN_INS).to_string();
    assert_eq!(service.database(|it| it.text(opened)), expected);
    // Hashes that have a core already are finished; the queue, 32 for each core, is not waited for.
    ahead.sort_unstable();
    let usual = ahead[SIGN_INS / 2];
    assert!(
        usual < 16 * cores,
        "{ahead:?} hashes of strangers went ahead of the owner's sign-ins"
    );

    // Whoever knows the password has used up the codes of the account: even right ones wait, and those of
    // the owner's trusted device need none. After an hour all is as before.
    service.advance(3601);
    let elsewhere = service.native();
    let waiting = elsewhere.log_in(ADA, PASSWORD).await;
    let finished = app.finish(&elsewhere, &service, &waiting).await;
    assert_eq!(finished.status, 200, "{finished}");
}
