-- What the hashes of all accounts cost, for the addresses that have no account: a sign-in must take
-- as long at those. One row. An address lies at one of 2^32 points, by its HMAC under `key`, and costs
-- what the first bound above that point says; `parameters` are PHC strings up to the salt.
CREATE TABLE password_costs (
    id SMALLINT PRIMARY KEY CONSTRAINT password_costs_is_one_row CHECK (id = 1),
    key BYTEA NOT NULL,
    parameters TEXT[] NOT NULL,
    bounds BIGINT[] NOT NULL,
    -- When they were counted last, and the parameters of the instance that did.
    counted_at TIMESTAMPTZ NOT NULL,
    counted_by TEXT NOT NULL
);
