//! What the service has queued for people's mailboxes, read with its own key.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use diesel::{QueryableByName, RunQueryDsl};
use latchkey::db::time;
use latchkey::features::proofs::application::note_taken;
use serde_json::Value;
use uuid::Uuid;

use super::{Answer, Service};

/// The secrets of every mail that a test has read.
static MAILED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Fails when an answer holds a secret that was mailed.
pub fn assert_says_no_secret(answer: &Answer) {
    let mailed = MAILED.lock().unwrap_or_else(PoisonError::into_inner);
    let body = String::from_utf8_lossy(&answer.body);
    let headers = format!("{:?}", answer.headers);
    let is_said = |secret: &&String| body.contains(*secret) || headers.contains(*secret);
    assert!(!mailed.iter().any(|secret| is_said(&secret)), "{answer}");
}

/// A queued mail.
#[derive(Debug)]
pub struct Mail {
    pub recipient: String,
    pub kind: String,
    pub locale: String,
    pub is_decoy: bool,
    pub proof: Option<(Uuid, i16)>,
    letter: Value,
}

impl Mail {
    /// Its code.
    pub fn code(&self) -> String {
        self.secret("code")
    }

    /// What stands behind the `#` of its link.
    pub fn link(&self) -> String {
        self.secret("link")
    }

    fn secret(&self, name: &str) -> String {
        let secrets = self.letter.get("undo").unwrap_or(&self.letter);
        secrets[name].as_str().unwrap().to_owned()
    }

    /// The letter as text, to look for what must not be in it.
    pub fn text(&self) -> String {
        self.letter.to_string()
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Text)]
    recipient: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    kind: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    locale: String,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    is_decoy: bool,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    sealed: Vec<u8>,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Uuid>)]
    proof_id: Option<Uuid>,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::SmallInt>)]
    proof_mail: Option<i16>,
}

/// With mail that nobody sends: a test reads it from the queue.
pub const MAIL: [(&str, &str); 2] = [
    ("SMTP_URL", "smtp://localhost:9"),
    ("MAIL_FROM", "Latchkey <no-reply@example.com>"),
];

impl Service {
    /// Starts with mail.
    pub fn with_mail() -> Self {
        Self::with(&MAIL)
    }

    /// Every mail in the queue, the oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        let query = "SELECT id, recipient, kind, locale, is_decoy, sealed, proof_id, proof_mail
            FROM mail_outbox ORDER BY created_at";
        let rows: Vec<Row> = self
            .database(|it| diesel::sql_query(query).load(it.connection()))
            .unwrap();
        let open = |row: Row| {
            let place = format!("mail_outbox {}", row.id);
            let letter = self.app.sealer.open(&place, &row.sealed).unwrap();
            let letter: Value = serde_json::from_slice(&letter).unwrap();
            let secrets = letter.get("undo").unwrap_or(&letter);
            let secrets = [&secrets["code"], &secrets["link"]].into_iter();
            let secrets = secrets.filter_map(Value::as_str).map(str::to_owned);
            MAILED.lock().unwrap().extend(secrets);
            Mail {
                recipient: row.recipient,
                kind: row.kind,
                locale: row.locale,
                is_decoy: row.is_decoy,
                proof: row.proof_id.zip(row.proof_mail),
                letter,
            }
        };
        rows.into_iter().map(open).collect()
    }

    /// The last mail that goes to an address.
    pub fn mail_to(&self, recipient: &str) -> Mail {
        let mails = self.mails().into_iter().rev();
        let mut sent = mails.filter(|mail| mail.recipient == recipient && !mail.is_decoy);
        sent.next()
            .unwrap_or_else(|| panic!("no mail to {recipient}"))
    }

    /// The kinds of the mails that go to an address, the oldest first.
    pub fn kinds_to(&self, recipient: &str) -> Vec<String> {
        let mails = self.mails().into_iter();
        let sent = mails.filter(|mail| mail.recipient == recipient && !mail.is_decoy);
        sent.map(|mail| mail.kind).collect()
    }

    /// Notes that the mail server took a mail.
    pub fn take(&self, mail: &Mail) {
        let (proof, number) = mail.proof.unwrap();
        self.database(|it| {
            let now = time::now(it.connection(), &self.clock).unwrap();
            note_taken(it.connection(), proof, number, now).unwrap();
        });
    }
}

/// Another code than this one.
pub fn other_code(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:08}", (number + 1) % 100_000_000)
}
