//! Queries on `users`.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, sql};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use uuid::Uuid;

use crate::db::schema::users::dsl;
use crate::features::users::domain::{Credentials, Email, Role, User};

/// The advisory lock of [`lock_administrators`]: "lastadmi" in ASCII.
const ADMINISTRATORS_LOCK: i64 = 0x6c61_7374_6164_6d69;

/// The unique constraint on addresses. PostgreSQL chose the name, because the first migration does
/// not.
pub const EMAIL_IS_UNIQUE: &str = "users_email_key";

/// The columns to update; `None` leaves a column unchanged.
#[derive(AsChangeset, Clone, Copy, Default)]
#[diesel(table_name = crate::db::schema::users)]
pub struct Columns<'a> {
    /// The address.
    pub email: Option<&'a str>,
    /// The PHC string, or none any more.
    pub password_hash: Option<Option<&'a str>>,
    /// The role.
    pub role: Option<Role>,
    /// Whether the account can sign in.
    pub is_active: Option<bool>,
    /// When the address was proved.
    pub email_verified_at: Option<Option<DateTime<Utc>>>,
    /// When a mail to the address came back.
    pub email_bounced_at: Option<Option<DateTime<Utc>>>,
    /// The address that it is to have, or none any more.
    #[diesel(embed)]
    pub pending: Option<PendingEmail<'a>>,
    /// When it was made for somebody who has not accepted it.
    pub invited_at: Option<Option<DateTime<Utc>>>,
    /// When its owner locked it.
    pub locked_at: Option<Option<DateTime<Utc>>>,
    /// Since when a second factor is needed.
    pub second_factor_at: Option<Option<DateTime<Utc>>>,
    /// When the factors are removed.
    pub factors_reset_at: Option<Option<DateTime<Utc>>>,
    /// The time of the change.
    pub updated_at: Option<DateTime<Utc>>,
}

impl Columns<'_> {
    /// Withdraws the address that the account was to have.
    pub fn without_pending_email(self) -> Self {
        Self {
            pending: Some(PendingEmail::default()),
            ..self
        }
    }
}

/// An address that an account is to have, once that is proved.
#[derive(AsChangeset, Clone, Copy, Default)]
#[diesel(table_name = crate::db::schema::users, treat_none_as_null = true)]
pub struct PendingEmail<'a> {
    /// The address.
    pub pending_email: Option<&'a str>,
    /// The flow of its proof.
    pub pending_email_flow: Option<Uuid>,
    /// When that proof is too old.
    pub pending_email_expires_at: Option<DateTime<Utc>>,
}

/// An account as it begins.
#[derive(Clone, Copy)]
pub struct Created<'a> {
    /// The address.
    pub email: &'a str,
    /// The PHC string; none for somebody who has yet to choose a password.
    pub password_hash: Option<&'a str>,
    /// The role.
    pub role: Role,
    /// The language of its mails.
    pub locale: Option<&'a str>,
    /// Whether its owner has proved the address.
    pub is_proved: bool,
    /// Whether somebody has yet to accept it.
    pub is_invited: bool,
}

/// Selects the accounts to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only accounts with a smaller id.
    pub before: Option<i64>,
    /// Only addresses that contain this lower-case text.
    pub email_contains: Option<String>,
    /// Only active, or only deactivated accounts.
    pub is_active: Option<bool>,
    /// Only accounts with this role.
    pub role: Option<Role>,
}

/// Inserts an account; `None` if the address is taken.
pub fn insert(
    conn: &mut PgConnection,
    created: Created<'_>,
    now: DateTime<Utc>,
) -> QueryResult<Option<User>> {
    diesel::insert_into(dsl::users)
        .values((
            dsl::email.eq(created.email),
            dsl::password_hash.eq(created.password_hash),
            dsl::role.eq(created.role),
            dsl::locale.eq(created.locale),
            dsl::email_verified_at.eq(created.is_proved.then_some(now)),
            dsl::invited_at.eq(created.is_invited.then_some(now)),
            dsl::created_at.eq(now),
            dsl::updated_at.eq(now),
        ))
        .on_conflict(dsl::email)
        .do_nothing()
        .returning(User::as_returning())
        .get_result(conn)
        .optional()
}

/// Deletes an account that nobody has accepted, and tells whether there was one.
pub fn delete_invited(conn: &mut PgConnection, id: i64) -> QueryResult<bool> {
    let invited = dsl::users
        .find(id)
        .filter(dsl::invited_at.is_not_null())
        .filter(dsl::password_hash.is_null());
    diesel::delete(invited)
        .execute(conn)
        .map(|count| count == 1)
}

/// Withdraws addresses that nobody proved in time, at most `limit` of them, and tells how many.
pub fn clear_pending_emails(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let over = dsl::pending_email_expires_at.lt(now);
    let ids: Vec<i64> = dsl::users
        .filter(over)
        .select(dsl::id)
        .limit(limit)
        .load(conn)?;
    let columns = Columns::default().without_pending_email();
    // A proof may have begun meanwhile.
    diesel::update(dsl::users.filter(dsl::id.eq_any(ids)).filter(over))
        .set(columns)
        .execute(conn)
}

/// Finds an account by its id.
pub fn find(conn: &mut PgConnection, id: i64) -> QueryResult<Option<User>> {
    dsl::users
        .find(id)
        .select(User::as_select())
        .first(conn)
        .optional()
}

/// Finds an account by its address.
pub fn find_by_email(conn: &mut PgConnection, email: &Email) -> QueryResult<Option<User>> {
    dsl::users
        .filter(dsl::email.eq(email.as_str()))
        .select(User::as_select())
        .first(conn)
        .optional()
}

/// Lists the ids of accounts whose address is not in ASCII, verified ones first, then by age. The
/// condition is that of the index `users_by_email_beyond_ascii`.
pub fn list_beyond_ascii(conn: &mut PgConnection) -> QueryResult<Vec<i64>> {
    dsl::users
        .filter(sql::<Bool>("octet_length(email) > char_length(email)"))
        .order((dsl::email_verified_at.is_null(), dsl::id))
        .select(dsl::id)
        .load(conn)
}

/// Finds an account and locks its row until the transaction ends.
pub fn find_for_update(conn: &mut PgConnection, id: i64) -> QueryResult<Option<User>> {
    dsl::users
        .find(id)
        .select(User::as_select())
        .for_update()
        .first(conn)
        .optional()
}

/// Finds an account with its password hash by its address.
pub fn find_credentials_by_email(
    conn: &mut PgConnection,
    email: &Email,
) -> QueryResult<Option<Credentials>> {
    dsl::users
        .filter(dsl::email.eq(email.as_str()))
        .select(Credentials::as_select())
        .first(conn)
        .optional()
}

/// Finds an account with its password hash.
pub fn find_credentials(conn: &mut PgConnection, id: i64) -> QueryResult<Option<Credentials>> {
    dsl::users
        .find(id)
        .select(Credentials::as_select())
        .first(conn)
        .optional()
}

/// Finds an active account whose password has not changed since `credentials_version` was read, and
/// locks it against changes until the transaction ends.
pub fn find_unchanged(
    conn: &mut PgConnection,
    id: i64,
    credentials_version: i32,
) -> QueryResult<Option<User>> {
    dsl::users
        .find(id)
        .filter(dsl::is_active)
        .filter(dsl::locked_at.is_null())
        .filter(dsl::credentials_version.eq(credentials_version))
        .select(User::as_select())
        .for_share()
        .first(conn)
        .optional()
}

/// Finds an account that can be signed in to, and locks it against changes until the transaction ends.
pub fn find_open(conn: &mut PgConnection, id: i64) -> QueryResult<Option<User>> {
    dsl::users
        .find(id)
        .filter(dsl::is_active)
        .filter(dsl::locked_at.is_null())
        .select(User::as_select())
        .for_share()
        .first(conn)
        .optional()
}

/// Lists at most `limit` accounts, newest first.
pub fn list(conn: &mut PgConnection, filter: &Filter, limit: i64) -> QueryResult<Vec<User>> {
    let mut query = dsl::users
        .select(User::as_select())
        .order(dsl::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = filter.before {
        query = query.filter(dsl::id.lt(before));
    }
    if let Some(text) = &filter.email_contains {
        query = query.filter(dsl::email.like(format!("%{}%", escape_like(text))));
    }
    if let Some(is_active) = filter.is_active {
        query = query.filter(dsl::is_active.eq(is_active));
    }
    if let Some(role) = filter.role {
        query = query.filter(dsl::role.eq(role));
    }
    query.load(conn)
}

/// Updates an account; a new password also increments `credentials_version`. A taken address
/// violates the unique constraint.
pub fn update(conn: &mut PgConnection, id: i64, columns: &Columns<'_>) -> QueryResult<User> {
    let is_new_password = columns.password_hash.is_some();
    let next = is_new_password.then(|| dsl::credentials_version.eq(dsl::credentials_version + 1));
    diesel::update(dsl::users.find(id))
        .set((columns, next))
        .returning(User::as_returning())
        .get_result(conn)
}

/// Replaces a hash by another one of the same password, unless it changed meanwhile.
pub fn update_hash(conn: &mut PgConnection, id: i64, old: &str, new: &str) -> QueryResult<()> {
    diesel::update(dsl::users.find(id).filter(dsl::password_hash.eq(old)))
        .set(dsl::password_hash.eq(new))
        .execute(conn)
        .map(drop)
}

/// Serialises changes that remove an active administrator until the transaction ends. Requires the
/// lock of the account's row.
pub fn lock_administrators(conn: &mut PgConnection) -> QueryResult<()> {
    let lock = sql::<Bool>("pg_advisory_xact_lock(")
        .bind::<BigInt, _>(ADMINISTRATORS_LOCK)
        .sql(") IS NULL");
    diesel::select(lock).execute(conn).map(drop)
}

/// Whether there is an active administrator other than this account.
pub fn has_other_active_admin(conn: &mut PgConnection, id: i64) -> QueryResult<bool> {
    let others = dsl::users
        .filter(dsl::role.eq(Role::Admin))
        .filter(dsl::is_active)
        .filter(dsl::id.ne(id));
    diesel::select(exists(others)).get_result(conn)
}

fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

/// Tells whether mails to an account's address came back.
pub fn has_bounced(conn: &mut PgConnection, address: &str) -> QueryResult<bool> {
    let bounced = dsl::users
        .filter(dsl::email.eq(address))
        .filter(dsl::email_bounced_at.is_not_null());
    diesel::select(exists(bounced)).get_result(conn)
}

/// Notes that a mail to an account's address came back, and returns the account's id; `None` when no
/// account has the address, or it was proved later.
pub fn update_bounced(
    conn: &mut PgConnection,
    address: &Email,
    at: DateTime<Utc>,
) -> QueryResult<Option<i64>> {
    let unproved = dsl::email_verified_at.is_null();
    diesel::update(dsl::users)
        .filter(dsl::email.eq(address.as_str()))
        .filter(unproved.or(dsl::email_verified_at.assume_not_null().le(at)))
        .set(dsl::email_bounced_at.eq(at))
        .returning(dsl::id)
        .get_result(conn)
        .optional()
}

/// Lists at most `limit` accounts whose factors are due to be removed, and locks them; accounts that
/// somebody else has locked come later.
pub fn list_due_factors_resets(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<User>> {
    dsl::users
        .filter(dsl::factors_reset_at.le(now))
        .order(dsl::id)
        .limit(limit)
        .select(User::as_select())
        .for_update()
        .skip_locked()
        .load(conn)
}
