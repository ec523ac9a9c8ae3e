-- Both constraints hold for every row that the previous release writes: it knows no roles, and
-- stores addresses in lower case.
ALTER TABLE users
    ADD COLUMN role TEXT NOT NULL DEFAULT 'user'
        CONSTRAINT users_role_is_known CHECK (role IN ('user', 'admin')),
    ADD CONSTRAINT users_email_is_lower_case CHECK (email = lower(email));

-- "Is this the last administrator?" looks at the active administrators only.
CREATE INDEX idx_users_active_admins ON users(id) WHERE role = 'admin' AND is_active;
