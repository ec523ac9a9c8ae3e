//! Announcements to every instance, by PostgreSQL's `NOTIFY`.

use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::features::sessions::memory::revocations::End;

/// The channel for ended sessions.
pub const CHANNEL: &str = "latchkey_sessions_ended";

/// How many ends fit into one announcement. PostgreSQL limits payloads to less than 8,000 bytes.
const ENDS_PER_ANNOUNCEMENT: usize = 40;

/// Announces ends when the transaction commits.
pub fn announce(conn: &mut PgConnection, ends: &[End]) -> QueryResult<()> {
    for ends in ends.chunks(ENDS_PER_ANNOUNCEMENT) {
        let payload = serde_json::to_string(ends)
            .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
        diesel::select(
            sql::<Bool>("pg_notify(")
                .bind::<Text, _>(CHANNEL)
                .sql(", ")
                .bind::<Text, _>(payload)
                .sql(") IS NULL"),
        )
        .execute(conn)?;
    }
    Ok(())
}

/// Parses an announcement, and skips entries of newer releases that it does not know.
pub fn read(payload: &str) -> Vec<End> {
    let items: Vec<serde_json::Value> = serde_json::from_str(payload).unwrap_or_default();
    items
        .into_iter()
        .filter_map(|item| serde_json::from_value(item).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_longest_announcement_fits_and_is_read_as_it_was_written() {
        let end = End::Account {
            user_id: i64::MIN,
            epoch: i32::MIN,
            kept: Some(Uuid::nil()),
            until: DateTime::from_timestamp_micros(4_102_444_799_999_999).unwrap(),
        };
        let ends = vec![end; ENDS_PER_ANNOUNCEMENT];
        let payload = serde_json::to_string(&ends).unwrap();
        assert!(payload.len() < 8000, "{}", payload.len());
        assert_eq!(read(&payload), ends);
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let known = r#"{"session":{"id":"00000000-0000-0000-0000-000000000001","until":"2026-01-01T00:00:00Z"}}"#;
        assert_eq!(
            read(&format!(r#"[{{"planet":{{"id":3}}}},{known}]"#)).len(),
            1
        );
        assert_eq!(read("garbage"), []);
    }
}
