//! Checking what somebody presents as proof. Nothing is consumed here: that is one step of the
//! transaction that does what the proof is for.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{DbError, time};
use crate::features::proofs::domain::{Code, Link, Presented, Proof, Purpose};
use crate::features::proofs::infrastructure::proofs;
use crate::state::AppState;

/// Why something proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Code or link is wrong, used or replaced.
    #[error("the code or link is wrong, used or replaced")]
    Invalid,
    /// It is too old, or was tried too often.
    #[error("the proof is too old, or was tried too often")]
    Expired,
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Finds the proof that somebody presents for a purpose. Codes are counted before they are compared; a
/// link cannot be guessed. Decoys do the same work as others.
pub async fn check(
    app: &AppState,
    purposes: &'static [Purpose],
    presented: Presented,
) -> Result<Proof, ProofError> {
    let proof = match &presented {
        Presented::Code(flow, code) => {
            let [purpose] = purposes else {
                return Err(ProofError::Invalid);
            };
            check_code(app, *flow, *purpose, code.clone()).await?
        }
        Presented::Link(link) => find_by_link(app, link).await?,
        Presented::LinkOf(flow, link) => {
            let found = find_by_link(app, link).await?;
            if found.id != *flow {
                return Err(ProofError::Invalid);
            }
            found
        }
        Presented::Both(link, code) => {
            let found = find_by_link(app, link).await?;
            if !purposes.contains(&found.purpose) {
                return Err(ProofError::Invalid);
            }
            check_code(app, found.id, found.purpose, code.clone()).await?
        }
    };
    if purposes.contains(&proof.purpose) {
        Ok(proof)
    } else {
        Err(ProofError::Invalid)
    }
}

/// Finds a proof by its link.
async fn find_by_link(app: &AppState, link: &Link) -> Result<Proof, ProofError> {
    let (digests, clock) = (app.proofs.digests(&link.keyed()), app.clock.clone());
    let found = app.db.run(move |conn| {
        let now = time::now(conn, &clock)?;
        let proof = proofs::find_by_link(conn, &digests)?;
        Ok::<_, DbError>(proof.map(|proof| (proof, now)))
    });
    let (proof, now) = found.await?.ok_or(ProofError::Invalid)?;
    judge(&proof, now)?;
    Ok(proof)
}

/// Tries a code.
async fn check_code(
    app: &AppState,
    flow: Uuid,
    purpose: Purpose,
    code: Code,
) -> Result<Proof, ProofError> {
    let clock = app.clock.clone();
    // No transaction: the attempt is counted whatever becomes of this request.
    let counted = app.db.run(move |conn| {
        let now = time::now(conn, &clock)?;
        let counted = proofs::count_attempt(conn, flow, purpose, now)?;
        Ok::<_, DbError>((counted, now))
    });
    let (counted, now) = counted.await?;
    let proof = counted.ok_or(ProofError::Expired)?;
    let keyed = code.keyed(proof.id);
    let right: Vec<bool> = proof
        .codes(now)
        .into_iter()
        .filter(|(kept, _)| app.proofs.is_digest(&keyed, kept))
        .map(|(_, is_in_time)| is_in_time)
        .collect();
    // Only whoever knows the code learns that it is too old: a code ends ten minutes after its mail was
    // taken, and a decoy's mail never is.
    if right.is_empty() || proof.is_decoy || proof.consumed_at.is_some() {
        return Err(ProofError::Invalid);
    }
    if !right.contains(&true) {
        return Err(ProofError::Expired);
    }
    // Whoever knows the code guesses nothing: a password that is refused costs no attempt.
    app.db
        .run(move |conn| proofs::give_back_attempt(conn, flow).map_err(DbError::from))
        .await?;
    Ok(proof)
}

fn judge(proof: &Proof, now: DateTime<Utc>) -> Result<(), ProofError> {
    if proof.is_decoy || proof.consumed_at.is_some() {
        return Err(ProofError::Invalid);
    }
    if proof.expires_at <= now {
        return Err(ProofError::Expired);
    }
    Ok(())
}
