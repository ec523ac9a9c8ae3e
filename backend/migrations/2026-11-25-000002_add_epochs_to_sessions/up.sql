ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS epoch INTEGER NOT NULL DEFAULT 0,
    -- The latest `exp` of any access token of the session. Tokens of the previous release are not
    -- known one by one; none of them lives longer than a day.
    ADD COLUMN IF NOT EXISTS access_until TIMESTAMPTZ NOT NULL DEFAULT now() + INTERVAL '1 day',
    -- `access_until` as it was when the session ended. Only ended sessions have it, so its index
    -- does not keep a refresh from staying within its page.
    ADD COLUMN IF NOT EXISTS remembered_until TIMESTAMPTZ,
    -- The UTC day of `expires_at`. It changes once a day at most, so its index lets nearly every
    -- refresh stay within its page; an index on `expires_at` would let none.
    ADD COLUMN IF NOT EXISTS expires_on DATE,
    -- Which kind of client made the newest generation, and from which network.
    ADD COLUMN IF NOT EXISTS rotated_family TEXT,
    ADD COLUMN IF NOT EXISTS rotated_network INET;
