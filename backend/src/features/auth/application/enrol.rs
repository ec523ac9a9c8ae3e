//! Setting up the first second factor within a sign-in, where `SECOND_FACTOR` asks for one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;
use uuid::Uuid;

use super::door::{Admission, Entering, Entrance, SignedIn, enter};
use crate::db::{DbError, patience, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::enrolment::application::{
    Offer, Refusal, new_recovery_codes, offer_totp, use_pending_totp,
};
use crate::features::factors::application::{
    consume_flow, find_enrolment, find_flow, note_owner, note_proof,
};
use crate::features::factors::domain::{Client, Flow, Method, Methods, Purpose, TotpCode};
use crate::features::mail::application::post;
use crate::features::mail::domain::{Letter, Outgoing};
use crate::features::proofs::application::{
    Begun, Budget, New, ProofError, RenewError, begin, check, consume, find_last, renew, spend,
};
use crate::features::proofs::domain::{Code, Presented, Proof, Purpose as ProofPurpose, Secrets};
use crate::features::sessions::application::Ended;
use crate::features::users::application::{
    Author, Change, find_unchanged, mail_locale, second_factor_on, wait_for,
};
use crate::features::users::domain::User;
use crate::state::{App, AppState};

/// Why an enrolment does not go on.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// The flow is over, or another client's.
    #[error("the flow is over, or another client's")]
    FlowOver,
    /// It is not proved yet that the owner asks.
    #[error("only the password was given")]
    NotProved,
    /// The code that was mailed or handed over is wrong.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The last mail was asked for a moment ago, or there were too many.
    #[error("there were too many mails lately")]
    TooManyMails {
        /// How long until the next one.
        wait: Duration,
    },
    /// The app's code is wrong, or no app is being set up.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for EnrolmentError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

impl From<RenewError> for EnrolmentError {
    fn from(error: RenewError) -> Self {
        match error {
            RenewError::Over => Self::FlowOver,
            RenewError::TooSoon { wait } => Self::TooManyMails { wait },
            RenewError::Database(error) => Self::Database(error),
        }
    }
}

/// What a client may do with an enrolment.
type Held = (User, Flow);

/// Runs `work` in a transaction with an enrolment and its account, if this client may go on with it.
async fn with_enrolment<T: Send + 'static>(
    app: &AppState,
    id: Uuid,
    client: Client,
    work: impl Fn(&mut PgConnection, Held, DateTime<Utc>) -> Result<T, EnrolmentError> + Send + 'static,
) -> Result<T, EnrolmentError> {
    let turn = app.turns.take(id.to_string().as_str()).await;
    let turn = turn.map_err(DbError::from)?;
    let clock = app.clock.clone();
    app.db
        .transaction(move |conn| {
            let _held = &turn;
            patience::wait_briefly(conn)?;
            let now = time::now(conn, &clock)?;
            let held = find(conn, id, &client, now)?.ok_or(EnrolmentError::FlowOver)?;
            work(conn, held, now)
        })
        .await
}

/// Finds the enrolment and its account, if nothing has changed the account's credentials since it began.
fn find(
    conn: &mut PgConnection,
    id: Uuid,
    client: &Client,
    now: DateTime<Utc>,
) -> QueryResult<Option<Held>> {
    let Some(found) = find_flow(conn, id)?.filter(|flow| flow.purpose == Purpose::Enrolment) else {
        return Ok(None);
    };
    // The account before the flow, like all that changes an account.
    let Some(user) = find_unchanged(conn, found.user_id, found.credentials_version)? else {
        return Ok(None);
    };
    let flow = find_enrolment(conn, id, client, now)?;
    Ok(flow.map(|flow| (user, flow)))
}

/// Mails the code by which the owner of the password is told from somebody who only knows it.
pub async fn send_enrolment_code(
    app: &AppState,
    id: Uuid,
    client: Client,
    cause: Cause,
) -> Result<Begun, EnrolmentError> {
    let state = app.clone();
    let begun = with_enrolment(app, id, client, move |conn, (user, flow), now| {
        if let Err(exhausted) = spend(conn, &Budget::of_enrolments(&user.email), now)? {
            let wait = wait_for(exhausted, now);
            return Err(EnrolmentError::TooManyMails { wait });
        }
        let (begun, secrets, mail) = if let Some(proof_id) = flow.proof_id {
            let (proof, begun, secrets) = renew(conn, &state, proof_id, now)?;
            (begun, secrets, proof.mails)
        } else {
            let new = new_proof(&user, ProofPurpose::Enrolment);
            let (begun, secrets) = begin(conn, &state, &new, now)?;
            note_proof(conn, flow.id, begun.flow)?;
            (begun, secrets, 1)
        };
        let outgoing = Outgoing {
            recipient: user.email.clone(),
            locale: mail_locale(&user),
            letter: Letter::EnrolmentCode(secrets),
            is_decoy: false,
            proof: Some((begun.flow, mail)),
            expires_at: now + ProofPurpose::Enrolment.lifetime(),
        };
        post(conn, &state, &outgoing, now)?;
        record(conn, Kind::EnrolmentCodeMade, &user, &cause, now)?;
        Ok(begun)
    });
    let begun = begun.await?;
    app.mail_wanted.notify_one();
    Ok(begun)
}

/// Makes a code that does the same as a mailed one for a day, on the word of whoever runs the service.
pub async fn grant_enrolment(app: &AppState, user: User, cause: Cause) -> Result<String, DbError> {
    let state = app.clone();
    let secrets = app.db.transaction(move |conn| {
        let now = time::now(conn, &state.clock)?;
        let new = new_proof(&user, ProofPurpose::GrantedEnrolment);
        let (_, secrets) = begin(conn, &state, &new, now)?;
        record(conn, Kind::EnrolmentCodeMade, &user, &cause, now)?;
        Ok::<_, DbError>(secrets)
    });
    let Secrets { code, .. } = secrets.await?;
    Ok(code)
}

fn new_proof(user: &User, purpose: ProofPurpose) -> New<'_> {
    New {
        purpose,
        user_id: Some(user.id),
        address: &user.email,
        is_decoy: false,
        password_hash: None,
        locale: mail_locale(user).as_str(),
    }
}

/// Tries a code that was mailed for this enrolment, or made for its account on the command line.
pub async fn prove_owner(
    app: &AppState,
    id: Uuid,
    client: Client,
    code: Code,
) -> Result<(), EnrolmentError> {
    let held = client.clone();
    let proofs = with_enrolment(app, id, held, |conn, (user, flow), now| {
        let granted = find_last(conn, user.id, ProofPurpose::GrantedEnrolment, now)?;
        Ok((flow.proof_id, granted))
    });
    let (mailed, granted) = proofs.await?;
    let proof = match (mailed, granted) {
        (Some(mailed), Some(granted)) => match check_mailed(app, mailed, code.clone()).await {
            Err(ProofError::Invalid) => check_granted(app, granted, code).await?,
            checked => checked?,
        },
        (Some(mailed), None) => check_mailed(app, mailed, code).await?,
        (None, Some(granted)) => check_granted(app, granted, code).await?,
        (None, None) => return Err(ProofError::Invalid.into()),
    };
    with_enrolment(app, id, client, move |conn, (_, flow), now| {
        if !consume(conn, proof.id, now)? {
            return Err(ProofError::Invalid.into());
        }
        Ok(note_owner(conn, flow.id, now)?)
    })
    .await
}

async fn check_mailed(app: &AppState, id: Uuid, code: Code) -> Result<Proof, ProofError> {
    check(app, &[ProofPurpose::Enrolment], Presented::Code(id, code)).await
}

async fn check_granted(app: &AppState, id: Uuid, code: Code) -> Result<Proof, ProofError> {
    let presented = Presented::Code(id, code);
    check(app, &[ProofPurpose::GrantedEnrolment], presented).await
}

/// Makes a secret for the owner's authenticator app.
pub async fn begin_enrolment(
    app: &AppState,
    id: Uuid,
    client: Client,
) -> Result<Offer, EnrolmentError> {
    let state = app.clone();
    with_enrolment(app, id, client, move |conn, (user, flow), now| {
        require_owner(&flow)?;
        Ok(offer_totp(conn, &state, &user, now)?)
    })
    .await
}

/// Uses the app from now on, if this is its code: turns the second factor on, ends the sessions that were
/// opened without it, and signs in.
pub async fn finish_enrolment(
    app: &AppState,
    id: Uuid,
    client: Client,
    code: TotpCode,
    entrance: Entrance,
    cause: Cause,
) -> Result<SignedIn, EnrolmentError> {
    let state = app.clone();
    let done = with_enrolment(app, id, client, move |conn, (user, flow), now| {
        require_owner(&flow)?;
        use_pending_totp(conn, &state, user.id, &code, now)??;
        record(conn, Kind::TotpAdded, &user, &cause, now)?;
        turn_on(conn, &state, &user, &flow, &entrance, &cause, now).map_err(EnrolmentError::from)
    });
    let (entering, ended, codes) = done.await?;
    ended.take_effect(app);
    let Admission::SignedIn(mut signed_in) = entering.finish(app) else {
        // A second factor was just right, so that none can be missing.
        return Err(EnrolmentError::FlowOver);
    };
    app.metrics.sign_ins.count("succeeded");
    app.db.catch_up().await;
    signed_in.recovery_codes = Some(codes);
    Ok(*signed_in)
}

fn turn_on(
    conn: &mut PgConnection,
    app: &App,
    user: &User,
    flow: &Flow,
    entrance: &Entrance,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<(Entering, Ended, Vec<String>)> {
    consume_flow(conn, flow.id, now)?;
    let change = Change {
        app,
        author: &Author::Mailbox,
        cause,
        now,
    };
    let (user, ended) = second_factor_on(conn, user, change)?;
    let codes = new_recovery_codes(conn, user.id, now)?;
    record(conn, Kind::RecoveryCodesMade, &user, cause, now)?;
    let methods = Methods::continued(&flow.amr, Method::Totp);
    let mut entrance = entrance.clone();
    entrance.device.name.clone_from(&flow.device_name);
    let entering = enter(conn, app, user, &methods, &entrance, cause, now)?;
    Ok((entering, ended, codes))
}

fn require_owner(flow: &Flow) -> Result<(), EnrolmentError> {
    if flow.proved_at.is_some() {
        Ok(())
    } else {
        Err(EnrolmentError::NotProved)
    }
}

fn record(
    conn: &mut PgConnection,
    kind: Kind,
    user: &User,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let event = Event {
        kind,
        user_id: Some(user.id),
        session_id: None,
        cause,
        at: now,
    };
    audit::record(conn, &event)
}
