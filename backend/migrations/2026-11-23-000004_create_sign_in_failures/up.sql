-- The latest failed sign-ins of one address, known or not. The address itself is not kept: people
-- type passwords into the wrong field.
CREATE TABLE sign_in_failures (
    account BYTEA PRIMARY KEY,
    failed_at TIMESTAMPTZ[] NOT NULL,
    last_failed_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX idx_sign_in_failures_last ON sign_in_failures(last_failed_at);
