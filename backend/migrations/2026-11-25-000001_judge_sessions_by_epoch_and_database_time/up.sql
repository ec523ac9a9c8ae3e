-- All sessions of an account end by one step of its epoch, however many there are: a session is
-- alive only while its epoch is its account's. `session_kept` is the one that ended the others.
-- The migrations up to 000008 belong together; each changes one table and keeps its locks short.
ALTER TABLE users
    ADD COLUMN session_epoch INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN sessions_ended_at TIMESTAMPTZ,
    ADD COLUMN session_kept UUID;
