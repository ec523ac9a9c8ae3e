//! Every order of steps, compared with a model: no password and no address changes, and no session opens,
//! but by one proof of that purpose, that account and that address, and each proof does so once.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::support::{Answer, Mail, PASSWORD, Service, other_code};

const ADDRESSES: [&str; 3] = ["a@example.com", "b@example.com", "c@example.com"];

/// The time moves by multiples of this, so that no sum of them comes near a limit.
const TICK: i64 = 63;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

#[derive(Clone, Debug)]
enum Step {
    SignUp(usize),
    Forget(usize),
    /// The owner of the first account asks for an address.
    Change(usize),
    SetPassword,
    Resend(Index),
    /// The mail server takes a flow's last mail.
    Take(Index),
    /// Somebody presents secrets of a flow.
    Use(Index, Secret, Purpose),
    Wait(i64),
}

#[derive(Clone, Copy, Debug)]
enum Secret {
    /// A code of this mail, counted from the last one.
    Code(usize),
    Link(usize),
    WrongCode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    SignUp,
    Reset,
    Address,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let secret = prop_oneof![
        3 => (0..3_usize).prop_map(Secret::Code),
        2 => (0..3_usize).prop_map(Secret::Link),
        2 => Just(Secret::WrongCode),
    ];
    let purpose = prop_oneof![
        Just(Purpose::SignUp),
        Just(Purpose::Reset),
        Just(Purpose::Address)
    ];
    let address = 0..ADDRESSES.len();
    let step = prop_oneof![
        3 => address.clone().prop_map(Step::SignUp),
        3 => address.clone().prop_map(Step::Forget),
        3 => address.prop_map(Step::Change),
        1 => Just(Step::SetPassword),
        3 => any::<Index>().prop_map(Step::Resend),
        2 => any::<Index>().prop_map(Step::Take),
        12 => (any::<Index>(), secret, purpose).prop_map(|(flow, secret, purpose)| {
            Step::Use(flow, secret, purpose)
        }),
        4 => prop_oneof![Just(1), Just(5), Just(11), Just(59)].prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..40)
}

struct Account {
    address: &'static str,
    is_proved: bool,
    password: String,
    pending: Option<usize>,
}

struct Sent {
    code: String,
    link: String,
    code_until: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Alive,
    Over,
}

struct Flow {
    id: Value,
    purpose: Purpose,
    address: &'static str,
    account: Option<usize>,
    is_decoy: bool,
    password: String,
    sent: Vec<Sent>,
    /// The first of the mails whose code counts.
    first: usize,
    attempts: usize,
    asked_at: i64,
    standing: Standing,
}

#[derive(Default)]
struct World {
    now: i64,
    accounts: Vec<Account>,
    flows: Vec<Flow>,
    /// When mails were asked for, by address.
    mails: BTreeMap<&'static str, Vec<i64>>,
    /// When the first account asked for an address.
    wanted: Vec<i64>,
    /// Who may return to an address, and until when.
    reserved: BTreeMap<&'static str, (usize, i64)>,
    passwords_set: usize,
    sessions: usize,
}

impl World {
    fn owner(&self, address: &str) -> Option<usize> {
        let mut accounts = self.accounts.iter();
        accounts.position(|account| account.address == address)
    }

    fn is_reserved(&self, address: &str, account: Option<usize>) -> bool {
        let kept = self.reserved.get(address);
        kept.is_some_and(|(owner, until)| *until > self.now && Some(*owner) != account)
    }

    fn spend(&mut self, address: &'static str) -> bool {
        let now = self.now;
        let mails = self.mails.entry(address).or_default();
        let within = |span| mails.iter().filter(|at| **at > now - span).count();
        let is_free = within(HOUR) < 5 && within(24 * HOUR) < 20;
        if is_free {
            mails.push(now);
        }
        is_free
    }

    /// As [`Self::spend`], for an address that the first account wants.
    fn spend_as_owner(&mut self, address: &'static str) -> bool {
        let now = self.now;
        let within = |wanted: &[i64], span| wanted.iter().filter(|at| **at > now - span).count();
        let is_free = within(&self.wanted, HOUR) < 10 && within(&self.wanted, 24 * HOUR) < 20;
        let is_spent = is_free && self.spend(address);
        if is_spent {
            self.wanted.push(now);
        }
        is_spent
    }

    /// Ends what a change of password or address ends.
    fn end_flows(&mut self, account: usize) {
        for flow in &mut self.flows {
            if flow.account == Some(account) {
                flow.standing = Standing::Over;
            }
        }
        self.accounts[account].pending = None;
    }

    /// What a code is answered, without what follows.
    fn try_code(&mut self, flow: usize, code: &str, purpose: Purpose) -> &'static str {
        let now = self.now;
        let flow = &mut self.flows[flow];
        if flow.purpose != purpose || flow.asked_at + HOUR <= now || flow.attempts >= 5 {
            return "proof_expired";
        }
        flow.attempts += 1;
        let counting = flow.sent.len().saturating_sub(2).max(flow.first);
        let mut right = flow.sent[counting..]
            .iter()
            .filter(|sent| sent.code == code)
            .peekable();
        let is_over = flow.standing == Standing::Over;
        if flow.is_decoy || is_over || right.peek().is_none() {
            return "proof_invalid";
        }
        if !right.any(|sent| sent.code_until > now) {
            return "proof_expired";
        }
        flow.attempts -= 1;
        ""
    }

    /// What a link is answered, without what follows.
    fn try_link(&self, flow: usize, mail: usize, purpose: Purpose) -> &'static str {
        let flow = &self.flows[flow];
        let is_kept = mail + 2 >= flow.sent.len();
        if !is_kept || flow.is_decoy || flow.standing == Standing::Over {
            return "proof_invalid";
        }
        if flow.asked_at + HOUR <= self.now {
            return "proof_expired";
        }
        if flow.purpose != purpose {
            return "proof_invalid";
        }
        ""
    }

    /// What a proof that holds brings about.
    fn finish(&mut self, number: usize) -> &'static str {
        let address = self.flows[number].address;
        match self.flows[number].purpose {
            Purpose::SignUp => {
                if self.owner(address).is_some() || self.is_reserved(address, None) {
                    return "email_taken";
                }
                self.accounts.push(Account {
                    address,
                    is_proved: true,
                    password: self.flows[number].password.clone(),
                    pending: None,
                });
                self.sessions += 1;
            }
            Purpose::Reset => {
                let account = self.flows[number].account.unwrap();
                self.end_flows(account);
                self.passwords_set += 1;
                self.accounts[account].password = new_password(self.passwords_set);
                self.accounts[account].is_proved = true;
            }
            Purpose::Address => {
                let account = self.flows[number].account.unwrap();
                let former = self.accounts[account].address;
                if former != address {
                    let is_taken = self.owner(address).is_some();
                    if is_taken || self.is_reserved(address, Some(account)) {
                        return "email_taken";
                    }
                    self.end_flows(account);
                    self.reserved
                        .insert(former, (account, self.now + 72 * HOUR));
                    self.accounts[account].address = address;
                }
                self.accounts[account].pending = None;
                self.accounts[account].is_proved = true;
            }
        }
        self.flows[number].standing = Standing::Over;
        ""
    }
}

fn new_password(number: usize) -> String {
    format!("phrase number {number} of many")
}

/// The model beside the service.
struct Run {
    service: Service,
    world: World,
}

impl Run {
    async fn start() -> Self {
        let service = Service::with_mail();
        let user = service.account(ADDRESSES[0], latchkey::features::users::domain::Role::User);
        user.await;
        let world = World {
            accounts: vec![Account {
                address: ADDRESSES[0],
                is_proved: false,
                password: PASSWORD.to_owned(),
                pending: None,
            }],
            ..World::default()
        };
        Self { service, world }
    }

    /// The mail of a flow that was queued last; also a decoy's.
    fn last_mail(&self, flow: &Value) -> Mail {
        let mails = self.service.mails().into_iter().rev();
        let of_flow = |mail: &Mail| mail.proof.is_some_and(|(proof, _)| json!(proof) == *flow);
        mails.into_iter().find(of_flow).unwrap()
    }

    /// What the model keeps of the mail that was queued last.
    fn sent(&self, flow: &Value) -> Sent {
        let mail = self.last_mail(flow);
        // Whoever has the address is told, and sent no secrets.
        let has_secrets = !["already_registered", "address_wanted"].contains(&mail.kind.as_str());
        Sent {
            code: if has_secrets {
                mail.code()
            } else {
                "12345678".into()
            },
            link: if has_secrets {
                mail.link()
            } else {
                "A".repeat(43)
            },
            code_until: self.world.now + HOUR,
        }
    }

    fn begin(&mut self, answer: &Answer, flow: Flow) {
        assert_eq!(answer.status, 202, "{answer}");
        let sent = self.sent(&flow.id);
        self.world.flows.push(Flow {
            sent: vec![sent],
            asked_at: self.world.now,
            ..flow
        });
    }

    /// Signs in to the first account.
    async fn owner(&mut self) -> crate::support::Client {
        let client = self.service.native();
        let account = &self.world.accounts[0];
        let answer = client.log_in(account.address, &account.password).await;
        assert_eq!(answer.status, 200, "{answer}");
        self.world.sessions += 1;
        client
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Wait(ticks) => {
                self.service.advance(ticks * TICK);
                self.world.now += ticks * TICK;
            }
            Step::SignUp(address) => self.sign_up(ADDRESSES[*address]).await,
            Step::Forget(address) => self.forget(ADDRESSES[*address]).await,
            Step::Change(address) => self.change(ADDRESSES[*address]).await,
            Step::SetPassword => {
                let owner = self.owner().await;
                let current = self.world.accounts[0].password.clone();
                self.world.passwords_set += 1;
                let password = new_password(self.world.passwords_set);
                let body = json!({"password": password, "current_password": current});
                let answer = owner.put("/api/v1/users/1", body).await;
                assert_eq!(answer.status, 200, "{answer}");
                self.world.accounts[0].password = password;
                self.world.end_flows(0);
            }
            Step::Resend(index) if !self.world.flows.is_empty() => {
                self.resend(index.index(self.world.flows.len())).await;
            }
            Step::Take(index) if !self.world.flows.is_empty() => {
                let flow = index.index(self.world.flows.len());
                let mail = self.last_mail(&self.world.flows[flow].id);
                self.service.take(&mail);
                let now = self.world.now;
                let sent = self.world.flows[flow].sent.last_mut().unwrap();
                sent.code_until = sent.code_until.min(now + 10 * MINUTE);
            }
            Step::Use(index, secret, purpose) if !self.world.flows.is_empty() => {
                let flow = index.index(self.world.flows.len());
                self.present(flow, *secret, *purpose).await;
            }
            Step::Resend(_) | Step::Take(_) | Step::Use(..) => {}
        }
    }

    async fn sign_up(&mut self, address: &'static str) {
        let password = format!("{PASSWORD} {}", self.world.flows.len());
        let answer = self.service.native().register(address, &password).await;
        if !self.world.spend(address) {
            return refused(&answer);
        }
        let is_taken = self.world.owner(address).is_some();
        let flow = Flow {
            is_decoy: is_taken || self.world.is_reserved(address, None),
            password,
            ..flow(&answer, Purpose::SignUp, address)
        };
        self.begin(&answer, flow);
    }

    async fn forget(&mut self, address: &'static str) {
        let body = json!({"email": address});
        let app = self.service.native();
        let answer = app.post("/api/v1/auth/forgot", body).await;
        if !self.world.spend(address) {
            return refused(&answer);
        }
        let account = self.world.owner(address);
        let flow = Flow {
            account,
            is_decoy: account.is_none(),
            ..flow(&answer, Purpose::Reset, address)
        };
        self.begin(&answer, flow);
    }

    async fn change(&mut self, address: &'static str) {
        let owner = self.owner().await;
        let account = &self.world.accounts[0];
        let body = json!({"email": address, "current_password": account.password});
        let is_own = account.address == address;
        let has_nothing_to_prove = is_own && account.is_proved;
        let answer = owner.put("/api/v1/users/1", body).await;
        if has_nothing_to_prove {
            assert_eq!(answer.status, 200, "{answer}");
            return;
        }
        if !self.world.spend_as_owner(address) {
            return refused(&answer);
        }
        for flow in &mut self.world.flows {
            if flow.account == Some(0) && flow.purpose == Purpose::Address {
                flow.standing = Standing::Over;
            }
        }
        let is_taken = self.world.owner(address).is_some_and(|owner| owner != 0);
        let flow = Flow {
            account: Some(0),
            is_decoy: is_taken || self.world.is_reserved(address, Some(0)),
            ..flow(&answer, Purpose::Address, address)
        };
        self.begin(&answer, flow);
        self.world.accounts[0].pending = Some(self.world.flows.len() - 1);
    }

    async fn resend(&mut self, number: usize) {
        let app = self.service.native();
        let body = json!({"flow": self.world.flows[number].id});
        let answer = app.post("/api/v1/auth/resend", body).await;
        let now = self.world.now;
        let flow = &self.world.flows[number];
        // A reset goes on like a decoy, so that whoever began it learns nothing.
        let is_over = flow.standing == Standing::Over && flow.purpose != Purpose::Reset;
        if is_over || flow.asked_at + HOUR <= now {
            assert_eq!(answer.code(), "proof_expired", "{answer}");
            return;
        }
        let is_early = flow.asked_at + MINUTE > now;
        let address = flow.address;
        if is_early || !self.world.spend(address) {
            return refused(&answer);
        }
        assert_eq!(answer.status, 202, "{answer}");
        let sent = self.sent(&self.world.flows[number].id);
        let flow = &mut self.world.flows[number];
        if flow.attempts >= 5 {
            flow.attempts = 0;
            flow.first = flow.sent.len();
        }
        flow.asked_at = now;
        flow.sent.push(sent);
    }

    async fn present(&mut self, number: usize, secret: Secret, purpose: Purpose) {
        let flow = &self.world.flows[number];
        let mail = |back: usize| flow.sent.len() - 1 - back.min(flow.sent.len() - 1);
        let typed = match secret {
            Secret::Code(back) => json!({"code": flow.sent[mail(back)].code}),
            Secret::Link(back) => json!({"token": flow.sent[mail(back)].link}),
            Secret::WrongCode => json!({"code": other_code(&flow.sent[mail(0)].code)}),
        };
        let is_made_up = flow.sent[0].link.starts_with("AAAA");
        let link = mail(if let Secret::Link(back) = secret {
            back
        } else {
            0
        });
        let code = typed["code"].as_str().map(str::to_owned);
        // An address is proved in the account's session, by the code of what is pending there.
        let pending = self.world.accounts[0].pending;
        let expected = match (&code, purpose) {
            (Some(code), Purpose::Address) => match pending {
                Some(pending) => self.world.try_code(pending, code, purpose),
                None => "proof_expired",
            },
            (Some(code), _) => self.world.try_code(number, code, purpose),
            (None, _) if is_made_up => "proof_invalid",
            (None, _) => self.world.try_link(number, link, purpose),
        };
        let finished = match (&code, purpose) {
            (Some(_), Purpose::Address) => pending,
            _ => Some(number),
        };
        let answer = self.send(number, typed, purpose).await;
        let expected = match (expected, finished) {
            ("", Some(finished)) => self.world.finish(finished),
            (refusal, _) => refusal,
        };
        assert_eq!(
            answer.code(),
            expected,
            "{secret:?} for {purpose:?}: {answer}"
        );
    }

    async fn send(&mut self, number: usize, typed: Value, purpose: Purpose) -> Answer {
        let mut body = typed;
        match purpose {
            Purpose::SignUp => {
                body["flow"] = self.world.flows[number].id.clone();
                let app = self.service.native();
                app.post("/api/v1/users/verify", body).await
            }
            Purpose::Reset => {
                if body.get("code").is_some() {
                    body["flow"] = self.world.flows[number].id.clone();
                }
                body["password"] = json!(new_password(self.world.passwords_set + 1));
                let app = self.service.native();
                app.post("/api/v1/auth/reset", body).await
            }
            Purpose::Address => {
                let owner = self.owner().await;
                owner.post("/api/v1/users/1/email", body).await
            }
        }
    }

    /// Compares everything that a proof can change.
    fn compare(&self) {
        let world = &self.world;
        let addresses: Vec<_> = world.accounts.iter().map(|it| it.address).collect();
        let read = |query: &str| self.service.database(|it| it.text(query));
        assert_eq!(
            read("SELECT string_agg(email, ' ' ORDER BY id) FROM users"),
            addresses.join(" ")
        );
        let set = "SELECT sum(credentials_version) FROM users";
        assert_eq!(read(set), world.passwords_set.to_string());
        assert_eq!(
            read("SELECT count(*) FROM sessions"),
            world.sessions.to_string()
        );
    }
}

/// A flow as an answer begins it.
fn flow(answer: &Answer, purpose: Purpose, address: &'static str) -> Flow {
    let body = answer.json();
    let name = if purpose == Purpose::Address {
        "pending_email_flow"
    } else {
        "flow"
    };
    Flow {
        id: body[name].clone(),
        purpose,
        address,
        account: None,
        is_decoy: false,
        password: String::new(),
        sent: Vec::new(),
        first: 0,
        attempts: 0,
        asked_at: 0,
        standing: Standing::Alive,
    }
}

fn refused(answer: &Answer) {
    assert_eq!(answer.code(), "rate_limited", "{answer}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_changes_but_by_one_proof_of_that_purpose_account_and_address(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut run = Run::start().await;
            for step in &steps {
                run.step(step).await;
                run.compare();
            }
        });
    }
}
