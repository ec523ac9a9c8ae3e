-- "Is this the last administrator?" looks at the active administrators only.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_users_active_admins ON users(id)
    WHERE role = 'admin' AND is_active;
