//! Why what an authenticator sent is refused. Clients are not told; the log is.

use passki::PasskiError;

/// How much of an origin is logged.
const MAX_ORIGIN_CHARACTERS: usize = 200;

/// Why what an authenticator sent is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Refusal {
    #[error("it cannot be read")]
    Malformed,
    #[error("it was made for the other kind of ceremony")]
    WrongType,
    #[error("it answers another challenge")]
    WrongChallenge,
    #[error("it was made on {0}, which is not in PASSKEY_ORIGINS")]
    WrongOrigin(String),
    #[error("it was made in a frame of another site")]
    CrossOrigin,
    #[error("it is for another domain than PASSKEY_RP_ID")]
    WrongRpId,
    #[error("nobody was present")]
    UserNotPresent,
    #[error("nobody was verified")]
    UserNotVerified,
    #[error("it is backed up, but cannot be")]
    IllegalBackup,
    #[error("whether it can be backed up has changed")]
    BackupChanged,
    #[error("its ids differ")]
    IdsDiffer,
    #[error("its id has {0} bytes, not 16 to 1023")]
    IdLength(usize),
    #[error("its algorithm is none of -8, -7 and -257")]
    Algorithm,
    #[error("its key is none of its algorithm")]
    Key,
    #[error("its attestation is false or of an unknown kind")]
    Attestation,
    #[error("its signature is wrong")]
    WrongSignature,
    #[error("it belongs to another account")]
    WrongAccount,
}

impl From<PasskiError> for Refusal {
    fn from(error: PasskiError) -> Self {
        use PasskiError as E;
        match error {
            E::InvalidClientDataType(_) | E::ClientDataTypeMismatch { .. } => Self::WrongType,
            E::ChallengeMismatch => Self::WrongChallenge,
            E::OriginMismatch { got, .. } => {
                Self::WrongOrigin(got.chars().take(MAX_ORIGIN_CHARACTERS).collect())
            }
            E::CrossOriginNotAllowed | E::TopOriginMismatch { .. } => Self::CrossOrigin,
            E::RpIdHashMismatch => Self::WrongRpId,
            E::UserNotPresent => Self::UserNotPresent,
            E::UserVerificationRequired => Self::UserNotVerified,
            E::InvalidBackupFlags => Self::IllegalBackup,
            E::CredentialIdMismatch | E::CredentialNotAllowed => Self::IdsDiffer,
            E::UnsupportedAlgorithm(_) => Self::Algorithm,
            E::InvalidCoseKey(_) => Self::Key,
            E::SignatureVerificationFailed => Self::WrongSignature,
            E::UnsupportedAttestationFormat(_)
            | E::MissingAttStmtField(_)
            | E::InvalidAttestation(_)
            | E::InvalidCertificate(_) => Self::Attestation,
            _ => Self::Malformed,
        }
    }
}
