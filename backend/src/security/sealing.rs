//! Sealing what waits in the database: nobody who reads the table reads it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use secrecy::{ExposeSecret, SecretString};

use crate::config::DataKeySettings;
use crate::security::random;

/// The first byte of what is sealed; another layout gets another one.
const VERSION: u8 = 1;

/// How many bytes name a key.
pub const KEY_ID_BYTES: usize = 4;

/// Seals with the newest key, and opens with whichever key sealed.
#[derive(Debug)]
pub struct Sealer {
    newest: SealingKey,
    previous: Vec<SealingKey>,
}

/// A key, and the name of it that what it sealed begins with.
#[derive(Debug)]
struct SealingKey {
    id: [u8; KEY_ID_BYTES],
    key: LessSafeKey,
}

/// What is sealed cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// None of `DATA_KEY` and `DATA_KEYS_PREVIOUS` sealed it.
    #[error("the key that sealed it is neither DATA_KEY nor in DATA_KEYS_PREVIOUS")]
    UnknownKey,
    /// It was sealed for another place, or is damaged.
    #[error("it is damaged, or was sealed for another place")]
    Damaged,
}

impl Sealer {
    /// Derives the keys from `DATA_KEY` and `DATA_KEYS_PREVIOUS`.
    pub fn new(settings: &DataKeySettings) -> Self {
        Self {
            newest: SealingKey::derive(&settings.newest),
            previous: settings.previous.iter().map(SealingKey::derive).collect(),
        }
    }

    /// Seals `text` for one place, such as a column and its row's id: it cannot be opened elsewhere.
    ///
    /// # Panics
    ///
    /// When the text is longer than 64 GiB, which AES-GCM cannot seal.
    pub fn seal(&self, place: &str, text: &[u8]) -> Vec<u8> {
        let nonce = random::bytes::<NONCE_LEN>();
        let mut sealed = text.to_vec();
        self.newest
            .key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.as_bytes()),
                &mut sealed,
            )
            .expect("a text of a few kilobytes can be sealed");
        [&[VERSION], &self.newest.id[..], &nonce, &sealed].concat()
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (id, rest) = key_id(sealed).ok_or(OpenError::Damaged)?;
        let mut keys = std::iter::once(&self.newest).chain(&self.previous);
        let key = keys.find(|key| key.id == id).ok_or(OpenError::UnknownKey)?;
        let (nonce, text) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(OpenError::Damaged)?;
        let mut text = text.to_vec();
        let opened = key.key.open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(place.as_bytes()),
            &mut text,
        );
        opened
            .map(|opened| opened.to_vec())
            .map_err(|_| OpenError::Damaged)
    }

    /// Tells whether the newest key sealed this.
    pub fn is_newest(&self, sealed: &[u8]) -> bool {
        key_id(sealed).is_some_and(|(id, _)| id == self.newest.id)
    }

    /// Tells whether one of the keys sealed this.
    pub fn knows(&self, sealed: &[u8]) -> bool {
        let mut keys = std::iter::once(&self.newest).chain(&self.previous);
        key_id(sealed).is_some_and(|(id, _)| keys.any(|key| key.id == id))
    }
}

fn key_id(sealed: &[u8]) -> Option<([u8; KEY_ID_BYTES], &[u8])> {
    let rest = sealed.strip_prefix(&[VERSION])?;
    let (id, rest) = rest.split_first_chunk()?;
    Some((*id, rest))
}

impl SealingKey {
    /// Derives a key and its name, which says nothing of the key (RFC 5869).
    fn derive(secret: &SecretString) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"latchkey");
        let root = salt.extract(secret.expose_secret().as_bytes());
        let key: UnboundKey = root
            .expand(&[b"sealing v1"], &AES_256_GCM)
            .expect("a key is shorter than what HKDF can expand to")
            .into();
        let mut id = [0; KEY_ID_BYTES];
        root.expand(&[b"sealing key id v1"], IdLength)
            .and_then(|okm| okm.fill(&mut id))
            .expect("a name is shorter than what HKDF can expand to");
        Self {
            id,
            key: LessSafeKey::new(key),
        }
    }
}

struct IdLength;

impl hkdf::KeyType for IdLength {
    fn len(&self) -> usize {
        KEY_ID_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(newest: &str, previous: &[&str]) -> Sealer {
        Sealer::new(&DataKeySettings {
            newest: newest.into(),
            previous: previous.iter().map(|&text| text.into()).collect(),
        })
    }

    #[test]
    fn what_was_sealed_is_opened_also_after_the_key_was_rotated() {
        let sealed = sealer("one", &[]).seal("mail 1", b"code");
        assert!(!sealed.windows(4).any(|part| part == b"code"));
        assert_eq!(sealer("one", &[]).open("mail 1", &sealed).unwrap(), b"code");
        let rotated = sealer("two", &["one"]);
        assert_eq!(rotated.open("mail 1", &sealed).unwrap(), b"code");
        assert!(rotated.knows(&sealed) && !rotated.is_newest(&sealed));
        let lost = sealer("two", &[]);
        assert_eq!(lost.open("mail 1", &sealed), Err(OpenError::UnknownKey));
        assert!(!lost.knows(&sealed));
    }

    #[test]
    fn it_is_opened_in_its_own_place_only_and_undamaged_only() {
        let keys = sealer("one", &[]);
        let sealed = keys.seal("mail 1", b"code");
        assert_eq!(keys.open("mail 2", &sealed), Err(OpenError::Damaged));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open("mail 1", &changed).is_err(), "byte {at}");
            assert!(keys.open("mail 1", &sealed[..at]).is_err(), "{at} bytes");
        }
    }

    #[test]
    fn the_same_text_is_never_sealed_to_the_same_bytes() {
        let keys = sealer("one", &[]);
        assert_ne!(keys.seal("mail 1", b"code"), keys.seal("mail 1", b"code"));
    }
}
