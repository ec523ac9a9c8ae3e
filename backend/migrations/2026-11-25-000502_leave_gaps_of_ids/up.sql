-- A server that becomes the primary, or recovers from a backup, begins a new timeline. Accounts that it
-- had not received yet are lost, but access tokens with their ids are still about: where the timeline is
-- another one than here, a gap keeps these ids from going to somebody else.
CREATE FUNCTION database_timeline() RETURNS TEXT LANGUAGE plpgsql AS $$
BEGIN
    RETURN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8);
EXCEPTION WHEN OTHERS THEN
    -- Some hosted databases do not tell.
    RETURN NULL;
END
$$;

CREATE TABLE id_timelines (
    is_only BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (is_only),
    -- The timeline in which the latest account was made, in hexadecimal; empty where none is told.
    timeline TEXT NOT NULL
);
INSERT INTO id_timelines (timeline) VALUES (coalesce(database_timeline(), ''));
