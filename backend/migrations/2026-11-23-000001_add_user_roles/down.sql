ALTER TABLE users
    DROP CONSTRAINT users_email_is_lower_case,
    DROP COLUMN role;
