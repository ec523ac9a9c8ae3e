ALTER TABLE users
    DROP COLUMN session_epoch,
    DROP COLUMN sessions_ended_at,
    DROP COLUMN session_kept;
