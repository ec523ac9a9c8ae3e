//! Another mail for a proof.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;
use uuid::Uuid;

use super::begin::{Begun, make_secrets};
use crate::db::DbError;
use crate::features::proofs::domain::{MAX_ATTEMPTS, Proof, Secrets};
use crate::features::proofs::infrastructure::proofs::{self, Renewed};
use crate::state::App;

/// How long a code lives once the mail server has taken its mail.
const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Why no other mail is sent.
#[derive(Debug, thiserror::Error)]
pub enum RenewError {
    /// The flow is over.
    #[error("the flow is over")]
    Over,
    /// The last mail was asked for a moment ago.
    #[error("the last mail was asked for a moment ago")]
    TooSoon {
        /// How long to wait.
        wait: Duration,
    },
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for RenewError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// Gives a proof new secrets. Mails arrive late, so the last ones stay valid beside them, all under one
/// budget of attempts; where that is used up they die, and the new code has a budget of its own.
pub fn renew(
    conn: &mut PgConnection,
    app: &App,
    flow: Uuid,
    now: DateTime<Utc>,
) -> Result<(Proof, Begun, Secrets), RenewError> {
    let found = proofs::find_for_update(conn, flow)?;
    let proof = found.filter(|found| found.is_renewable(now));
    let proof = proof.ok_or(RenewError::Over)?;
    let next = proof.asked_at + Proof::RESEND_AFTER;
    if next > now {
        let wait = (next - now).to_std().unwrap_or_default();
        return Err(RenewError::TooSoon { wait });
    }
    let (code, link) = make_secrets();
    let is_used_up = proof.attempts >= MAX_ATTEMPTS;
    let renewed = Renewed {
        mails: proof.mails + 1,
        code: Some(app.proofs.digest(&code.keyed(flow))),
        code_until: Some(now + proof.purpose.code_lifetime()),
        older_code: proof.code.clone().filter(|_| !is_used_up),
        older_code_until: proof.code_until.filter(|_| !is_used_up),
        link: Some(app.proofs.digest(&link.keyed())),
        older_link: proof.link.clone(),
        attempts: if is_used_up { 0 } else { proof.attempts },
        asked_at: now,
        expires_at: now + proof.purpose.lifetime(),
    };
    proofs::update_renewed(conn, flow, &renewed)?;
    let begun = Begun {
        flow,
        expires_in: proof.purpose.lifetime(),
        resend_in: Proof::RESEND_AFTER,
    };
    let proof = Proof {
        mails: renewed.mails,
        expires_at: renewed.expires_at,
        is_decoy: proof.is_decoy || proof.consumed_at.is_some(),
        ..proof
    };
    Ok((proof, begun, Secrets::new(&code, &link)))
}

/// Begins the ten minutes of the code in one of a proof's mails, which the mail server has just taken.
pub fn note_taken(
    conn: &mut PgConnection,
    id: Uuid,
    mail: i16,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    proofs::update_code_until(conn, id, mail, now, CODE_LIFETIME)
}
