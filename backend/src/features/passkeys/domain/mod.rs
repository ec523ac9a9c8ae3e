//! What a passkey is, and how what it signs is verified.

mod ceremony;
mod key;
mod name;
mod options;
mod passkey;
mod provider;
mod refusal;
mod relying_party;
mod response;
pub mod well_known;

pub use ceremony::{CHALLENGE_LIFETIME, Ceremony, Purpose};
pub use name::{Name, NameError};
pub use options::{Account, creation_options, request_options};
pub use passkey::{Accepted, Descriptor, Passkey, Summary};
pub use provider::provider;
pub use refusal::Refusal;
pub use relying_party::{Asserted, Registered, RelyingParty};
pub use response::{Assertion, Registration, Signed};
