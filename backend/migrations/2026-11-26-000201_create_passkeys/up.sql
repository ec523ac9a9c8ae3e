-- Passkeys (WebAuthn). An account is known to authenticators by a random handle, never by its id or
-- address. Deleting the row of a handle deletes the account's passkeys, and no registration that began
-- before can add one.
CREATE TABLE passkey_users (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    handle BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT passkey_users_handle_key UNIQUE (handle),
    CONSTRAINT passkey_users_handle_check CHECK (octet_length(handle) = 64)
);

CREATE TABLE passkeys (
    id UUID PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES passkey_users (user_id) ON DELETE CASCADE,
    -- What the authenticator calls it. Unique over all accounts.
    credential_id BYTEA NOT NULL,
    -- As the authenticator sent it: a COSE_Key (RFC 9052), and its algorithm.
    public_key BYTEA NOT NULL,
    algorithm INTEGER NOT NULL,
    -- The highest counter that was seen; 0 if the authenticator does not count.
    sign_count BIGINT NOT NULL,
    -- Whether it can be synced, which never changes, and whether it is.
    is_backup_eligible BOOLEAN NOT NULL,
    is_backed_up BOOLEAN NOT NULL,
    transports TEXT[] NOT NULL,
    -- The model of the authenticator; zeros if it does not say.
    aaguid UUID NOT NULL,
    -- The domain that it belongs to.
    rp_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    -- When its counter last failed to rise: a copy of it may exist.
    counter_stalled_at TIMESTAMPTZ,
    CONSTRAINT passkeys_credential_id_key UNIQUE (credential_id),
    CONSTRAINT passkeys_credential_id_check CHECK (octet_length(credential_id) BETWEEN 16 AND 1023)
);

-- The passkeys of an account.
CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- Challenges that wait for their answer. The row is deleted before the answer is verified.
CREATE TABLE passkey_challenges (
    id UUID PRIMARY KEY,
    purpose TEXT NOT NULL,
    -- NULL when anyone may answer, with a passkey of their own.
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    -- The session or the sign-in that alone may answer; NULL when nobody is signed in.
    bound_to UUID,
    challenge BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

-- An account's challenges end together.
CREATE INDEX passkey_challenges_by_user ON passkey_challenges (user_id) WHERE user_id IS NOT NULL;
-- Old rows are deleted.
CREATE INDEX passkey_challenges_by_end ON passkey_challenges (expires_at);
