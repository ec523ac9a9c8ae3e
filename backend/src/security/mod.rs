//! Cryptographic building blocks. Nothing here knows a database, a feature or HTTP.

pub mod csrf;
pub mod data_keys;
pub mod derived_keys;
pub mod device_marks;
pub mod jwt;
pub mod password;
pub mod password_cost;
pub mod random;
pub mod sealing;
