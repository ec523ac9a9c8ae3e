//! What a challenge is for, and who may answer it.

use chrono::TimeDelta;
use uuid::Uuid;

/// How long a challenge can be answered.
pub const CHALLENGE_LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// What a challenge is for, and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Adding a passkey to an account.
    Register,
    /// Signing in with nothing but a passkey.
    SignIn,
    /// Going on with a sign-in after the password.
    SecondFactor,
    /// Proving oneself again within a session.
    StepUp,
}

impl Purpose {
    /// Returns the name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
            Self::SecondFactor => "second_factor",
            Self::StepUp => "step_up",
        }
    }
}

/// An exchange with an authenticator: a challenge and its answer must name the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceremony {
    purpose: Purpose,
    user_id: Option<i64>,
    bound_to: Option<Uuid>,
}

impl Ceremony {
    /// A sign-in of whoever has a passkey.
    pub fn sign_in() -> Self {
        Self {
            purpose: Purpose::SignIn,
            user_id: None,
            bound_to: None,
        }
    }

    /// The second factor of a sign-in, which has this flow.
    pub fn second_factor(user_id: i64, flow: Uuid) -> Self {
        Self::of_account(Purpose::SecondFactor, user_id, flow)
    }

    /// A step-up of a session.
    pub fn step_up(user_id: i64, session_id: Uuid) -> Self {
        Self::of_account(Purpose::StepUp, user_id, session_id)
    }

    /// A registration by a session, or by the flow of a sign-in that has to enrol.
    pub fn registration(user_id: i64, session_or_flow: Uuid) -> Self {
        Self::of_account(Purpose::Register, user_id, session_or_flow)
    }

    fn of_account(purpose: Purpose, user_id: i64, bound_to: Uuid) -> Self {
        Self {
            purpose,
            user_id: Some(user_id),
            bound_to: Some(bound_to),
        }
    }

    /// What it is for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The account; `None` if the passkey names it.
    pub fn user_id(&self) -> Option<i64> {
        self.user_id
    }

    /// The session or the sign-in that may answer.
    pub fn bound_to(&self) -> Option<Uuid> {
        self.bound_to
    }
}
