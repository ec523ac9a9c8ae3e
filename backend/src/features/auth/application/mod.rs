//! The use cases of signing in and out.

mod door;
mod enrol;
mod factor;
mod grant;
mod passkey_options;
mod refresh;
mod second_factor;
mod sign_in;
mod sign_in_with_passkey;
mod sign_out;
mod step_up;
mod verify;

pub use door::{Admission, Entrance, SignedIn};
pub use enrol::{
    EnrolmentError, begin_enrolment, finish_enrolment, grant_enrolment, prove_owner,
    send_enrolment_code,
};
pub use factor::{Given, PasskeyRefused};
pub use grant::Grant;
pub use passkey_options::{PasskeyOptionsError, passkey_options, step_up_options};
pub use refresh::{RefreshError, refresh};
pub use second_factor::{Completed, SecondFactorError, go_on};
pub use sign_in::sign_in;
pub use sign_in_with_passkey::{PasskeySignInError, sign_in_with_passkey};
pub use sign_out::{Token, sessions_named, sign_out};
pub use step_up::{Proof, StepUpError, step_up};
pub use verify::{VerifyError, verify};
