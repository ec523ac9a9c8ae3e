-- Reads every row, beside readers and writers.
ALTER TABLE users
    VALIDATE CONSTRAINT users_role_is_known,
    VALIDATE CONSTRAINT users_email_is_lower_case;
