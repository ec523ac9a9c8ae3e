-- Both constraints hold for every row that the previous release writes: it knows no roles, and
-- stores addresses in lower case.
ALTER TABLE users
    ADD COLUMN role TEXT NOT NULL DEFAULT 'user',
    ADD CONSTRAINT users_role_is_known CHECK (role IN ('user', 'admin')) NOT VALID,
    ADD CONSTRAINT users_email_is_lower_case CHECK (email = lower(email)) NOT VALID;
