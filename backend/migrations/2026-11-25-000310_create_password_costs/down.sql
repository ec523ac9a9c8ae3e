DROP TABLE password_costs;
