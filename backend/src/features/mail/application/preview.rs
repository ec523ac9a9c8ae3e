//! Every mail with made-up values, to be looked at before anybody gets it.

use super::TryError;
use super::write::{Written, write};
use crate::clock::Clock;
use crate::config::Config;
use crate::features::mail::domain::{Circumstances, Letter, Locale, Notice};
use crate::features::mail::memory::templates::Templates;
use crate::features::proofs::domain::Secrets;

/// A mail that nobody gets.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The name of its kind.
    pub kind: &'static str,
    /// Its language.
    pub locale: Locale,
    /// What it says.
    pub written: Written,
}

/// Writes every mail in every language by the settings. Needs no database.
///
/// # Errors
///
/// [`TryError::Templates`] and [`TryError::Template`].
pub fn preview(config: &Config) -> Result<Vec<Preview>, TryError> {
    let templates = Templates::load(config.mail.templates_dir.as_deref())?;
    let secrets = Secrets {
        code: "12345678".into(),
        link: "Sample".repeat(7) + "0",
    };
    let circumstances = Circumstances {
        at: Clock::default().now(),
        browser: Some("Firefox".into()),
        system: Some("Linux".into()),
    };
    let letters = one_of_each(&secrets, &circumstances);
    let each = letters.iter().flat_map(|letter| {
        Locale::ALL.map(|locale| {
            Ok(Preview {
                kind: letter.kind(),
                locale,
                written: write(&templates, config, letter, locale)?,
            })
        })
    });
    each.collect()
}

/// Makes one letter of each kind.
pub(super) fn one_of_each(secrets: &Secrets, circumstances: &Circumstances) -> Vec<Letter> {
    let secrets = || secrets.clone();
    let circumstances = || circumstances.clone();
    let notice = || Notice {
        circumstances: circumstances(),
        undo: secrets(),
    };
    vec![
        Letter::SignUp(secrets()),
        Letter::AlreadyRegistered,
        Letter::Reset(secrets()),
        Letter::Invitation(secrets()),
        Letter::ProveAddress(secrets()),
        Letter::EnrolmentCode(secrets()),
        Letter::AddressWanted,
        Letter::NewDevice(notice()),
        Letter::PasswordChanged(notice()),
        Letter::AddressChanged(notice()),
        Letter::AddressReplaced,
        Letter::Deactivated(circumstances()),
        Letter::SecondFactorOn(notice()),
        Letter::SecondFactorOff(notice()),
        Letter::FactorAdded(notice()),
        Letter::FactorRemoved(notice()),
        Letter::PasswordRemoved(notice()),
        Letter::PasskeyCopied(notice()),
        Letter::RecoveryCodeUsed(notice()),
        Letter::SecondFactorFailed(notice()),
        Letter::FactorsReset(circumstances()),
    ]
}
