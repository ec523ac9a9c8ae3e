//! Queries, one file a table.

pub mod proof_budgets;
pub mod proofs;
