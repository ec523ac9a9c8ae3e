//! Sign-ins that wait for a second factor, or until one is set up.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use diesel::QueryResult;
use diesel::pg::PgConnection;
use uuid::Uuid;

use super::check::list_own;
use crate::features::factors::domain::{Client, Factor, Flow, MAX_FAILURES, Purpose, digest_of};
use crate::features::factors::infrastructure::sign_in_flows;
use crate::security::random;

/// What to ask a second factor for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What it leads to.
    pub purpose: Purpose,
    /// The account.
    pub user_id: i64,
    /// The account's credentials now; the flow ends when they change.
    pub credentials_version: i32,
    /// The methods that were proved, by their names in RFC 8176.
    pub amr: &'a str,
    /// What the user recognises the device by.
    pub device_name: &'a str,
    /// Whether the client is a browser, which is bound to the flow by a cookie.
    pub is_browser: bool,
    /// Whether the owner was recognised by more than the password, which an enrolment needs.
    pub is_owner: bool,
}

/// A flow that was begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Names it; from a native client, it is the secret.
    pub id: Uuid,
    /// The cookie for the browser.
    pub cookie: Option<String>,
    /// How long it lives.
    pub expires_in: TimeDelta,
}

/// A sign-in or a reset that waits for its second factor.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The flow to go on with.
    pub flow: Begun,
    /// What the account can go on with.
    pub factors: Vec<Factor>,
    /// Whether a second factor is to be set up.
    pub is_enrolment: bool,
}

/// Begins a flow, as part of the transaction of what was proved already; `now` is the database's time.
pub fn wait(conn: &mut PgConnection, asked: Asked<'_>, now: DateTime<Utc>) -> QueryResult<Waiting> {
    let id = random::uuid();
    let cookie = asked
        .is_browser
        .then(|| BASE64URL_NOPAD.encode(&random::bytes::<32>()));
    let begun = sign_in_flows::Begun {
        id,
        purpose: asked.purpose,
        user_id: asked.user_id,
        credentials_version: asked.credentials_version,
        browser: cookie.as_deref().map(digest_of),
        amr: asked.amr,
        device_name: asked.device_name,
        created_at: now,
        expires_at: now + Flow::LIFETIME,
        proved_at: asked.is_owner.then_some(now),
    };
    sign_in_flows::insert(conn, &begun)?;
    let flow = Begun {
        id,
        cookie,
        expires_in: Flow::LIFETIME,
    };
    let is_enrolment = asked.purpose == Purpose::Enrolment;
    let factors = match (is_enrolment, asked.is_owner) {
        (true, true) => Vec::new(),
        (true, false) => vec![Factor::EnrolmentCode],
        (false, _) => list_own(conn, asked.user_id)?,
    };
    Ok(Waiting {
        flow,
        factors,
        is_enrolment,
    })
}

/// Finds a flow that waits for a second factor from this client, and locks it: guesses of one flow are
/// judged one after the other.
pub fn find_waiting(
    conn: &mut PgConnection,
    id: Uuid,
    client: &Client,
    now: DateTime<Utc>,
) -> QueryResult<Option<Flow>> {
    let found = sign_in_flows::find_for_update(conn, id)?;
    Ok(found.filter(|flow| flow.waits_for(client, now)))
}

/// Finds an enrolment that this client can go on with, and locks it.
pub fn find_enrolment(
    conn: &mut PgConnection,
    id: Uuid,
    client: &Client,
    now: DateTime<Utc>,
) -> QueryResult<Option<Flow>> {
    let found = sign_in_flows::find_for_update(conn, id)?;
    Ok(found.filter(|flow| flow.purpose == Purpose::Enrolment && flow.is_open_to(client, now)))
}

/// Notes that the owner asks for an enrolment, and gives them time to set a factor up.
pub fn note_owner(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<()> {
    sign_in_flows::update_owned(conn, id, now + Flow::LIFETIME, now)
}

/// Finds a flow of this purpose and account whose second factor was right, and that nothing has used.
pub fn find_proved(
    conn: &mut PgConnection,
    id: Uuid,
    purpose: Purpose,
    user_id: i64,
    now: DateTime<Utc>,
) -> QueryResult<Option<Flow>> {
    let found = sign_in_flows::find(conn, id)?;
    let is_proved = |flow: &Flow| {
        flow.purpose == purpose
            && flow.user_id == user_id
            && flow.proved_at.is_some()
            && flow.consumed_at.is_none()
            && flow.expires_at > now
    };
    Ok(found.filter(is_proved))
}

/// Counts a wrong factor of a flow, and tells whether that ended it.
pub fn note_failure(conn: &mut PgConnection, flow: &Flow) -> QueryResult<bool> {
    sign_in_flows::count_failure(conn, flow.id)?;
    Ok(flow.failures + 1 >= MAX_FAILURES)
}
