-- The columns go next.
SELECT 1;
