//! `DATA_KEY`: what is kept sealed in the database, and what one-time secrets are compared by.

use std::path::Path;

use secrecy::SecretString;

use super::reader::Reader;
use super::secrets::{self, Kept};

const KEY: Kept = Kept {
    name: "DATA_KEY",
    file: "data-key",
};

/// Keys for data. Not derived from `JWT_SECRET`, whose rotation must not touch what is kept.
#[derive(Clone, Debug)]
pub struct DataKeySettings {
    /// `DATA_KEY`: seals.
    pub newest: SecretString,
    /// `DATA_KEYS_PREVIOUS`: these still open.
    pub previous: Vec<SecretString>,
}

impl DataKeySettings {
    pub(super) fn read(reader: &mut Reader, data_dir: &Path) -> Self {
        Self {
            newest: secrets::read(reader, data_dir, KEY),
            previous: secrets::read_previous(reader, "DATA_KEYS_PREVIOUS"),
        }
    }
}
