-- When its owner removed it. It is kept as long as that can be undone, and signs nobody in.
ALTER TABLE passkeys ADD COLUMN removed_at TIMESTAMPTZ;
