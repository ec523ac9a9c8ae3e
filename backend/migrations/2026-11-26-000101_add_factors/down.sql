DROP TABLE factor_failures;
DROP TABLE sign_in_flows;
DROP TABLE recovery_codes;
DROP TABLE totp_secrets;
ALTER TABLE known_devices DROP COLUMN trusted_until, DROP COLUMN trusted_at;
ALTER TABLE sessions DROP COLUMN amr, DROP COLUMN factor_at, DROP COLUMN auth_time;
ALTER TABLE users DROP COLUMN factors_reset_at, DROP COLUMN second_factor_at;
