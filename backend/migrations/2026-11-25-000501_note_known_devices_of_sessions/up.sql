-- The known device that a session began on. `known_devices.session_id` names only the latest session of
-- a device, but ending an older one from elsewhere ends its mark too. It is no foreign key, since devices
-- are forgotten while their sessions go on.
ALTER TABLE sessions ADD COLUMN known_device_id UUID;
