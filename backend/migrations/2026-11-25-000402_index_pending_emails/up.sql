-- Proposals that nobody proved in time are cleared.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_by_pending_email ON users (pending_email_expires_at)
    WHERE pending_email_expires_at IS NOT NULL;
