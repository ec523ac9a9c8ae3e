-- A constraint that is valid need not be made invalid again.
SELECT 1;
