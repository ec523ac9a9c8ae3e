//! Queries on known devices.

pub mod known_devices;
