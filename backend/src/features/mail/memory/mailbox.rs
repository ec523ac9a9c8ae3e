//! The development mailbox: the mails that this process has delivered, and only this one.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// Older mails make room.
const MAX_MAILS: usize = 100;

/// A mail as the mailbox shows it.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the parts of a mail")]
pub struct Mail {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub recipient: String,
    pub subject: String,
    pub kind: String,
    pub locale: String,
    pub text: String,
    pub html: String,
    pub code: Option<String>,
    pub link: Option<String>,
}

/// The last mails.
#[derive(Debug, Default)]
pub struct Mailbox(Mutex<VecDeque<Mail>>);

impl Mailbox {
    /// Adds a mail.
    pub fn keep(&self, mail: Mail) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.truncate(MAX_MAILS - 1);
        mails.push_front(mail);
    }

    /// Returns the mails, newest first.
    pub fn list(&self) -> Vec<Mail> {
        let mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().cloned().collect()
    }

    /// Returns one mail.
    pub fn find(&self, id: Uuid) -> Option<Mail> {
        let mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().find(|mail| mail.id == id).cloned()
    }
}
