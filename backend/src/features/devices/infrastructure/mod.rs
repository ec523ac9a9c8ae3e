//! The table of known devices.

pub mod known_devices;
