DROP TABLE id_timelines;
DROP FUNCTION database_timeline();
