//! Sign-in, refresh and sign-out, which combine accounts, sessions and tokens.

pub mod application;
mod infrastructure;
