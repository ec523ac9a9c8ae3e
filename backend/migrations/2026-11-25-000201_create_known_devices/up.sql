-- The devices that have signed in to an account. A device carries the row's id in its signed mark;
-- without the row the mark is worth nothing. `session_id` is the device's latest session: ending that
-- one from elsewhere ends the mark. It is no foreign key, since old sessions are deleted earlier.
CREATE TABLE known_devices (
    id UUID PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    session_id UUID NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX idx_known_devices_user_id ON known_devices(user_id);

-- What retention deletes.
CREATE INDEX idx_known_devices_last_used_at ON known_devices(last_used_at);
