//! Queries on `proof_budgets`: how many mails one address is sent.

use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer, Timestamptz};

use crate::db::schema::proof_budgets::dsl;

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

/// What one address is sent.
const OF_ADDRESS: Max = Max {
    per_hour: 5,
    per_day: 20,
};

/// What a mailbox is sent at its sub-addresses (RFC 5233) together.
const OF_MAILBOX: Max = Max {
    per_hour: 20,
    per_day: 60,
};

/// What one account can have sent to addresses that it wants, and notices of its new passwords.
const OF_ACCOUNT: Max = Max {
    per_hour: 10,
    per_day: 20,
};

/// How many mails there may be.
#[derive(Clone, Copy)]
struct Max {
    per_hour: i32,
    per_day: i32,
}

/// A budget is used up until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// When the next mail can be asked for.
    pub until: DateTime<Utc>,
}

/// Mails that count together, by digests of what they count for.
#[derive(Clone)]
pub struct Budget(Vec<(Vec<u8>, Max)>);

impl Budget {
    /// What anybody can ask for. Sub-addresses of one mailbox also count together: otherwise a stranger
    /// could fill it through any number of them.
    pub fn of_strangers(address: &str) -> Self {
        let own = Self::new("", address);
        match mailbox(address) {
            Some(mailbox) => own.and("mailbox\0", &mailbox, OF_MAILBOX),
            None => own,
        }
    }

    /// What an account's owner can ask for to be sent to an address that is not the account's yet.
    pub fn of_account(user_id: i64, address: &str) -> Self {
        Self::of_strangers(address).and("account\0", &user_id.to_string(), OF_ACCOUNT)
    }

    /// Notices of new passwords that the account's owner sets.
    pub fn of_passwords(user_id: i64) -> Self {
        Self(Vec::new()).and("passwords\0", &user_id.to_string(), OF_ACCOUNT)
    }

    /// What the account's known devices can ask for; strangers cannot use it up.
    pub fn of_known_devices(address: &str) -> Self {
        // No address has a zero byte, so the budgets never meet.
        Self::new("known devices\0", address)
    }

    /// Codes to set up a second factor, for which the password was right. Whoever knows it cannot use up
    /// what resets need.
    pub fn of_enrolments(address: &str) -> Self {
        Self::new("enrolments\0", address)
    }

    /// Notices of what happened to the account.
    pub fn of_notices(address: &str) -> Self {
        Self::new("notices\0", address)
    }

    fn new(prefix: &str, address: &str) -> Self {
        Self(Vec::new()).and(prefix, address, OF_ADDRESS)
    }

    fn and(mut self, prefix: &str, name: &str, max: Max) -> Self {
        let name = [prefix, name].concat();
        let digest = digest::digest(&digest::SHA256, name.as_bytes());
        self.0.push((digest.as_ref().to_vec(), max));
        self
    }
}

/// Returns the mailbox of a sub-address such as `ada+shop@example.com`.
fn mailbox(address: &str) -> Option<String> {
    let (name, domain) = address.rsplit_once('@')?;
    let (mailbox, _) = name.split_once('+')?;
    Some(format!("{mailbox}@{domain}"))
}

/// Counts a mail, unless the budget is used up; then the transaction is to be rolled back.
pub fn spend(
    conn: &mut PgConnection,
    budget: &Budget,
    now: DateTime<Utc>,
) -> QueryResult<Result<(), Exhausted>> {
    for (digest, max) in &budget.0 {
        if let Err(exhausted) = spend_one(conn, digest, *max, now)? {
            return Ok(Err(exhausted));
        }
    }
    Ok(Ok(()))
}

/// Counts a mail, unless there were too many; one atomic step.
fn spend_one(
    conn: &mut PgConnection,
    digest: &[u8],
    max: Max,
    now: DateTime<Utc>,
) -> QueryResult<Result<(), Exhausted>> {
    let spent = diesel::sql_query(
        "INSERT INTO proof_budgets AS kept (address, sent_at, last_sent_at)
         VALUES ($1, ARRAY[$2], $2)
         ON CONFLICT (address) DO UPDATE
         SET sent_at = ARRAY(SELECT t FROM unnest(kept.sent_at) AS t WHERE t > $3 ORDER BY t) || $2,
             last_sent_at = $2
         WHERE (SELECT count(*) FROM unnest(kept.sent_at) AS t WHERE t > $3) < $5
           AND (SELECT count(*) FROM unnest(kept.sent_at) AS t WHERE t > $4) < $6",
    )
    .bind::<Binary, _>(digest)
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(now - DAY)
    .bind::<Timestamptz, _>(now - HOUR)
    .bind::<Integer, _>(max.per_day)
    .bind::<Integer, _>(max.per_hour)
    .execute(conn)?;
    if spent == 1 {
        return Ok(Ok(()));
    }
    let sent_at: Vec<DateTime<Utc>> = dsl::proof_budgets
        .find(digest)
        .select(dsl::sent_at)
        .first(conn)?;
    Ok(Err(Exhausted {
        until: free_again(sent_at, max, now),
    }))
}

/// Returns when the next mail is within both limits.
fn free_again(mut sent_at: Vec<DateTime<Utc>>, max: Max, now: DateTime<Utc>) -> DateTime<Utc> {
    sent_at.sort_unstable_by(|one, other| other.cmp(one));
    let after = |limit: i32, window: TimeDelta| {
        let oldest = sent_at.get(usize::try_from(limit).unwrap_or(usize::MAX) - 1);
        oldest.map_or(now, |oldest| *oldest + window)
    };
    after(max.per_hour, HOUR)
        .max(after(max.per_day, DAY))
        .max(now)
}

/// Deletes what no longer counts, at most `limit` rows, and tells how many.
pub fn delete_stale(conn: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> QueryResult<usize> {
    let stale: Vec<Vec<u8>> = dsl::proof_budgets
        .filter(dsl::last_sent_at.lt(now - DAY))
        .select(dsl::address)
        .limit(limit)
        .load(conn)?;
    // A mail may have been counted meanwhile.
    let still = dsl::last_sent_at.lt(now - DAY);
    let stale = dsl::proof_budgets.filter(dsl::address.eq_any(stale));
    diesel::delete(stale.filter(still)).execute(conn)
}
