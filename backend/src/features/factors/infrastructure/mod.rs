//! Queries on second factors.

pub mod factor_failures;
pub mod recovery_codes;
pub mod sign_in_flows;
pub mod totp_secrets;
