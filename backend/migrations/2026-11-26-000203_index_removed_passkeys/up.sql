-- Removed passkeys are deleted in the end. Built beside the requests.
CREATE INDEX CONCURRENTLY IF NOT EXISTS passkeys_by_removal ON passkeys (removed_at)
    WHERE removed_at IS NOT NULL;
