//! What sign-ins, resets and changes of an account ask of its second factors.

mod check;
mod flows;

pub use super::infrastructure::factor_failures::delete_stale as delete_stale_failures;
pub use super::infrastructure::recovery_codes::{
    count as count_recovery_codes, delete_old as delete_old_recovery_codes,
    remove_all as remove_recovery_codes, replace as replace_recovery_codes,
};
pub use super::infrastructure::sign_in_flows::{
    consume as consume_flow, delete_old as delete_old_flows, end_all as end_flows,
    find as find_flow, update_proof as note_proof, update_proved as note_proved,
};
pub use super::infrastructure::totp_secrets::{
    Kept as KeptTotp, confirm as confirm_totp, delete_old as delete_old_totp, delete_pending,
    find as find_totp, find_pending as find_pending_totp, insert_pending as insert_pending_totp,
    list_sealed, remove as remove_totp, update_sealed,
};
pub use check::{Answer, Presented, check, list_own, open_totp, place, restore, wipe};
pub use flows::{
    Asked, Begun, Waiting, find_enrolment, find_proved, find_waiting, note_failure, note_owner,
    wait,
};
