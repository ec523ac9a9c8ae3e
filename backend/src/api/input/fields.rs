//! Collects the invalid fields of a request, so that one response names all of them.

use std::borrow::Cow;
use std::fmt::Display;

use crate::api::code::Code;
use crate::api::problem::Problem;

/// The messages collected so far, by field.
#[derive(Debug, Default)]
pub struct Fields(crate::api::problem::FieldErrors);

impl Fields {
    /// Returns the value of a field, or keeps its error message.
    pub fn read<T, E: Display>(&mut self, name: &'static str, parsed: Result<T, E>) -> Option<T> {
        parsed.inspect_err(|error| self.refuse(name, error)).ok()
    }

    /// Adds an error message for a field.
    pub fn refuse(&mut self, name: impl Into<Cow<'static, str>>, message: impl Display) {
        let messages = self.0.entry(name.into()).or_default();
        messages.push(message.to_string());
    }

    /// Fails with `validation_failed` and all messages if any field is invalid.
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
