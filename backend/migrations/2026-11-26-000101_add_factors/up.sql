-- Second factors, and how each session was signed in to. Sessions from before have NULL: they were signed
-- in to with a password when they began.
ALTER TABLE users
    -- Since when a second factor is needed to sign in.
    ADD COLUMN second_factor_at TIMESTAMPTZ,
    -- When the factors go, because an administrator began a reset.
    ADD COLUMN factors_reset_at TIMESTAMPTZ;

ALTER TABLE sessions
    -- When its owner last proved who they are, by whatever method.
    ADD COLUMN auth_time TIMESTAMPTZ,
    -- When they last did so with a second factor or a passkey.
    ADD COLUMN factor_at TIMESTAMPTZ,
    -- The methods of the sign-in, by their names in RFC 8176, with blanks between.
    ADD COLUMN amr TEXT NOT NULL DEFAULT 'pwd';

ALTER TABLE known_devices
    -- No second factor is asked for on this device until then.
    ADD COLUMN trusted_at TIMESTAMPTZ,
    ADD COLUMN trusted_until TIMESTAMPTZ;

-- Authenticator apps (RFC 6238), one that is used and one that is being set up. Removed ones are kept for
-- as long as their owner can undo that.
CREATE TABLE totp_secrets (
    id UUID PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Sealed under DATA_KEY.
    sealed BYTEA NOT NULL,
    -- The last 30 seconds whose code was used, counted from 1970.
    last_step BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    confirmed_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ,
    removed_at TIMESTAMPTZ
);

CREATE UNIQUE INDEX totp_secrets_in_use ON totp_secrets (user_id)
    WHERE confirmed_at IS NOT NULL AND removed_at IS NULL;
CREATE UNIQUE INDEX totp_secrets_pending ON totp_secrets (user_id)
    WHERE confirmed_at IS NULL AND removed_at IS NULL;
CREATE INDEX totp_secrets_by_removal ON totp_secrets (removed_at) WHERE removed_at IS NOT NULL;

-- SHA-256 of the codes of 80 bits that are not used yet.
CREATE TABLE recovery_codes (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    removed_at TIMESTAMPTZ,
    PRIMARY KEY (user_id, digest)
);

CREATE INDEX recovery_codes_by_removal ON recovery_codes (removed_at) WHERE removed_at IS NOT NULL;

-- Sign-ins, and resets by mail, that wait for a second factor. They are no sessions.
CREATE TABLE sign_in_flows (
    id UUID PRIMARY KEY,
    purpose TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- It ends when the password changes meanwhile.
    credentials_version INTEGER NOT NULL,
    -- SHA-256 of the cookie of the browser that began it; NULL for native clients.
    browser BYTEA,
    -- The methods that were proved so far.
    amr TEXT NOT NULL,
    device_name TEXT NOT NULL,
    failures SMALLINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    -- When the second factor was right; a reset goes on with it.
    proved_at TIMESTAMPTZ,
    consumed_at TIMESTAMPTZ
);

CREATE INDEX sign_in_flows_by_user ON sign_in_flows (user_id);
CREATE INDEX sign_in_flows_by_end ON sign_in_flows (expires_at);

-- Wrong second factors of one account, whatever the flow.
CREATE TABLE factor_failures (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    failed_at TIMESTAMPTZ[] NOT NULL,
    last_failed_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX factor_failures_by_last ON factor_failures (last_failed_at);
