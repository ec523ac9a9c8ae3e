-- What mail makes possible: proved addresses, recovery, and an account that is locked until its owner
-- comes back by mail. Accounts from before have a NULL everywhere: nobody has proved their address.
ALTER TABLE users
    ADD COLUMN locale TEXT,
    ADD COLUMN email_verified_at TIMESTAMPTZ,
    -- The mail server of the address refused a mail for good.
    ADD COLUMN email_bounced_at TIMESTAMPTZ,
    -- An address that the owner wants to change to, while its proof is open.
    ADD COLUMN pending_email TEXT,
    ADD COLUMN pending_email_flow UUID,
    ADD COLUMN pending_email_expires_at TIMESTAMPTZ,
    -- An administrator made the account, and nobody has accepted it yet.
    ADD COLUMN invited_at TIMESTAMPTZ,
    -- Locked by its owner; only a reset opens it.
    ADD COLUMN locked_at TIMESTAMPTZ;

-- One-time secrets that are mailed, one row a flow. Codes and links stand here as HMACs under DATA_KEY.
CREATE TABLE proofs (
    id UUID PRIMARY KEY,
    purpose TEXT NOT NULL,
    -- NULL at sign-up, and for an address that nobody has.
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    -- Never mailed: it stands for an address that must look as if it had been.
    is_decoy BOOLEAN NOT NULL,
    -- How many mails went out, and the secrets in the last two.
    mails SMALLINT NOT NULL,
    code BYTEA,
    code_until TIMESTAMPTZ,
    older_code BYTEA,
    older_code_until TIMESTAMPTZ,
    link BYTEA,
    older_link BYTEA,
    -- How often a code was tried since the last time all were used up.
    attempts SMALLINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    consumed_at TIMESTAMPTZ,
    -- What sign-up keeps until the account exists.
    password_hash TEXT,
    locale TEXT
);

-- A link is opened.
CREATE UNIQUE INDEX proofs_by_link ON proofs (link) WHERE link IS NOT NULL;
CREATE INDEX proofs_by_older_link ON proofs (older_link) WHERE older_link IS NOT NULL;
-- An account's proofs end together.
CREATE INDEX proofs_by_user ON proofs (user_id) WHERE user_id IS NOT NULL;
-- Old rows are deleted.
CREATE INDEX proofs_by_end ON proofs (expires_at);

-- How many proofs one address was sent, by a digest of it, also of addresses that nobody has. Known
-- devices have a row of their own, and so have notices.
CREATE TABLE proof_budgets (
    address BYTEA PRIMARY KEY,
    sent_at TIMESTAMPTZ[] NOT NULL,
    last_sent_at TIMESTAMPTZ NOT NULL
);

-- An address that an account left lately: nobody else can take it while its owner can still undo that.
CREATE TABLE reserved_addresses (
    address TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    until TIMESTAMPTZ NOT NULL
);

-- Old rows are deleted.
CREATE INDEX reserved_addresses_by_end ON reserved_addresses (until);

-- Mails that wait to be sent, and what became of those that were. What a mail says is sealed under
-- DATA_KEY and wiped once it is sent or given up.
CREATE TABLE mail_outbox (
    id UUID PRIMARY KEY,
    recipient TEXT NOT NULL,
    locale TEXT NOT NULL,
    kind TEXT NOT NULL,
    sealed BYTEA,
    -- Written for an address that gets no mail, so that the work does not tell; never sent.
    is_decoy BOOLEAN NOT NULL,
    -- The proof whose code's ten minutes begin when the mail is taken, and which of its mails this is.
    proof_id UUID,
    proof_mail SMALLINT,
    created_at TIMESTAMPTZ NOT NULL,
    -- Not sent any more after this.
    expires_at TIMESTAMPTZ NOT NULL,
    -- When it is tried next; while somebody sends it, when their lease ends.
    due_at TIMESTAMPTZ NOT NULL,
    attempts SMALLINT NOT NULL DEFAULT 0,
    sent_at TIMESTAMPTZ,
    failed_at TIMESTAMPTZ,
    -- The server's reply code, or a word for what else went wrong; never its text.
    failure TEXT
);

-- The next mails to send.
CREATE INDEX mail_outbox_by_due ON mail_outbox (due_at) WHERE sent_at IS NULL AND failed_at IS NULL;
-- How many were sent in the last hour.
CREATE INDEX mail_outbox_by_sent ON mail_outbox (sent_at) WHERE sent_at IS NOT NULL;
-- Old rows are deleted.
CREATE INDEX mail_outbox_by_creation ON mail_outbox (created_at);
