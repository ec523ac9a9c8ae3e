-- The previous release ends sessions one by one.
UPDATE sessions SET revoked_at = COALESCE(users.sessions_ended_at, now()), revoked_reason = 'ended_elsewhere'
FROM users
WHERE users.id = sessions.user_id AND sessions.epoch <> users.session_epoch AND revoked_at IS NULL;

ALTER TABLE sessions
    DROP COLUMN epoch,
    DROP COLUMN access_until,
    DROP COLUMN remembered_until,
    DROP COLUMN expires_on,
    DROP COLUMN rotated_family,
    DROP COLUMN rotated_network;
