ALTER TABLE sign_in_flows DROP COLUMN proof_id;
