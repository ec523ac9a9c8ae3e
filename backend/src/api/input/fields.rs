//! Collecting what is wrong with a request, field by field, so that one answer names everything.

use std::borrow::Cow;
use std::fmt::Display;

use crate::api::code::Code;
use crate::api::problem::Problem;

/// The messages about fields so far.
#[derive(Debug, Default)]
pub struct Fields(crate::api::problem::FieldErrors);

impl Fields {
    /// Keeps the message of a field that could not be read; returns the value of one that could.
    pub fn read<T, E: Display>(&mut self, name: &'static str, parsed: Result<T, E>) -> Option<T> {
        parsed.inspect_err(|error| self.refuse(name, error)).ok()
    }

    /// Says that a field is wrong.
    pub fn refuse(&mut self, name: impl Into<Cow<'static, str>>, message: impl Display) {
        let messages = self.0.entry(name.into()).or_default();
        messages.push(message.to_string());
    }

    /// Succeeds when no field is wrong.
    ///
    /// # Errors
    ///
    /// `validation_failed` with all messages.
    pub fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.into())
        }
    }
}

impl From<Fields> for Problem {
    fn from(fields: Fields) -> Self {
        Self::from(Code::ValidationFailed).fields(fields.0)
    }
}
