DELETE FROM passkeys WHERE removed_at IS NOT NULL;
ALTER TABLE passkeys DROP COLUMN removed_at;
