//! Beginning a proof.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use uuid::Uuid;

use crate::features::proofs::domain::{Code, Link, Proof, Purpose, Secrets};
use crate::features::proofs::infrastructure::proofs;
use crate::security::random;
use crate::state::App;

/// What a proof is to be of.
pub struct New<'a> {
    /// What it is good for.
    pub purpose: Purpose,
    /// The account, if there is one.
    pub user_id: Option<i64>,
    /// The address that gets the mail.
    pub address: &'a str,
    /// Whether no mail is sent, so that it cannot be completed.
    pub is_decoy: bool,
    /// The hash of the password of an account that is to be.
    pub password_hash: Option<&'a str>,
    /// The language tag of its mails.
    pub locale: &'a str,
}

/// A proof that was begun or got another mail.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The flow's handle.
    pub flow: Uuid,
    /// How long it lives.
    pub expires_in: TimeDelta,
    /// How long until another mail can be asked for.
    pub resend_in: TimeDelta,
}

/// Begins a proof, and returns the secrets to mail; `now` is the database's time.
pub fn begin(
    conn: &mut PgConnection,
    app: &App,
    new: &New<'_>,
    now: DateTime<Utc>,
) -> QueryResult<(Begun, Secrets)> {
    let id = random::uuid();
    let (code, link) = make_secrets();
    proofs::insert(
        conn,
        &proofs::Begun {
            id,
            purpose: new.purpose,
            user_id: new.user_id,
            address: new.address,
            is_decoy: new.is_decoy,
            mails: 1,
            code: Some(app.proofs.digest(&code.keyed(id))),
            code_until: Some(now + new.purpose.code_lifetime()),
            link: Some(app.proofs.digest(&link.keyed())),
            attempts: 0,
            created_at: now,
            asked_at: now,
            expires_at: now + new.purpose.lifetime(),
            password_hash: new.password_hash,
            locale: new.locale,
        },
    )?;
    let begun = Begun {
        flow: id,
        expires_in: new.purpose.lifetime(),
        resend_in: Proof::RESEND_AFTER,
    };
    Ok((begun, Secrets::new(&code, &link)))
}

/// Makes a code and a link that do not follow from each other.
pub(super) fn make_secrets() -> (Code, Link) {
    let code = Code::from_random(random::bytes());
    (code, Link::from_random(random::bytes()))
}
