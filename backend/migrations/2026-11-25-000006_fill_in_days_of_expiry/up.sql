-- By 1,000 rows, each a transaction: a refresh waits for one of them at most.
DO $$
DECLARE
    after UUID := '00000000-0000-0000-0000-000000000000';
    upto UUID;
BEGIN
    LOOP
        upto := (SELECT id FROM sessions WHERE id > after ORDER BY id OFFSET 999 LIMIT 1);
        UPDATE sessions SET
            expires_on = (expires_at AT TIME ZONE 'UTC')::DATE,
            remembered_until = CASE WHEN revoked_at > now() - INTERVAL '1 day' THEN access_until END
        WHERE id > after AND id <= coalesce(upto, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            AND expires_on IS NULL;
        COMMIT;
        EXIT WHEN upto IS NULL;
        after := upto;
    END LOOP;
END $$;
