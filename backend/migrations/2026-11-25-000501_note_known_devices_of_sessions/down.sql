ALTER TABLE sessions DROP COLUMN known_device_id;
