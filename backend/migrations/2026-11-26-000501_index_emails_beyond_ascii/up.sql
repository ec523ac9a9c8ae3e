-- Addresses that a start has to convert, so that it reads only those.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_by_email_beyond_ascii ON users (id)
    WHERE octet_length(email) > char_length(email);
