//! Ceremonies of passkeys, called without a route.

use latchkey::db::{DbError, time};
use latchkey::features::audit::domain::Cause;
use latchkey::features::passkeys::application::{
    AssertionError, NotAdded, RegisterError, Verified, add, assertion_options, list,
    registration_options, verify_assertion, verify_registration,
};
use latchkey::features::passkeys::domain::{Ceremony, Passkey, Refusal};
use latchkey::features::users::domain::{Role, User};
use latchkey::security::random;
use serde_json::Value;
use uuid::Uuid;

use super::Service;
use super::authenticator::{Algorithm, Authenticator};

/// Why a passkey was not added.
#[derive(Debug)]
pub enum Failed {
    Register(RegisterError),
    NotAdded(NotAdded),
}

/// Registers what an authenticator made, as the owner's session does.
pub async fn register(
    service: &Service,
    ceremony: Ceremony,
    flow: Uuid,
    credential: &Value,
) -> Result<Passkey, Failed> {
    let app = service.app.clone();
    let candidate = verify_registration(&app, ceremony, flow, credential).await;
    let candidate = candidate.map_err(Failed::Register)?;
    let added = service.app.db.transaction(move |conn| {
        let (session, now) = (ceremony.bound_to(), time::now(conn, &app.clock)?);
        let cause = Cause::default();
        Ok::<_, DbError>(add(conn, &app, &candidate, None, session, &cause, now)?)
    });
    added.await.unwrap().map_err(Failed::NotAdded)
}

/// An account, with a session that its ceremonies are bound to.
pub struct Owner {
    pub user: User,
    pub session: Uuid,
}

impl Owner {
    pub async fn new(service: &Service, email: &str) -> Self {
        Self {
            user: service.account(email, Role::User).await,
            session: random::uuid(),
        }
    }

    pub fn registration(&self) -> Ceremony {
        Ceremony::registration(self.user.id, self.session)
    }

    pub fn step_up(&self) -> Ceremony {
        Ceremony::step_up(self.user.id, self.session)
    }

    /// Registers what the authenticator creates.
    pub async fn add(
        &self,
        service: &Service,
        authenticator: &mut Authenticator,
    ) -> Result<Passkey, Failed> {
        let app = &service.app;
        let offer = registration_options(app, self.registration(), &self.user.email).await;
        let offer = offer.unwrap();
        let credential = authenticator.create(&offer.options);
        register(service, self.registration(), offer.flow, &credential).await
    }

    /// A registered authenticator.
    pub async fn with_passkey(&self, service: &Service) -> (Authenticator, Passkey) {
        let mut authenticator = Authenticator::new(Algorithm::Es256);
        let passkey = self.add(service, &mut authenticator).await.unwrap();
        (authenticator, passkey)
    }

    pub async fn list(&self, service: &Service) -> Vec<Passkey> {
        let user_id = self.user.id;
        let listed = service.app.db.read(move |conn| list(conn, user_id));
        listed.await.unwrap()
    }
}

/// Answers a ceremony with the authenticator, without recording the use.
pub async fn answer(
    service: &Service,
    ceremony: Ceremony,
    authenticator: &Authenticator,
) -> Result<Verified, AssertionError> {
    let offer = assertion_options(&service.app, ceremony).await.unwrap();
    let credential = authenticator.get(&offer.options);
    verify_assertion(&service.app, ceremony, offer.flow, &credential).await
}

#[track_caller]
pub fn assert_refused<T>(result: Result<T, AssertionError>, expected: &Refusal, what: &str) {
    match result {
        Err(AssertionError::Refused(refusal)) => assert_eq!(refusal, *expected, "{what}"),
        Err(other) => panic!("{what}: {other:?}"),
        Ok(_) => panic!("{what}: accepted"),
    }
}
