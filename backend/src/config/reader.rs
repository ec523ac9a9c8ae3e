//! Reads variables and collects all problems with them.

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Display};
use std::fs;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// All problems of the configuration, one line each.
#[derive(Debug, PartialEq, Eq)]
pub struct Invalid(pub Vec<String>);

impl Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(f, "{count} {noun} in the configuration:")?;
        self.0.iter().try_for_each(|line| write!(f, "\n  - {line}"))
    }
}

impl std::error::Error for Invalid {}

/// Adds the variables of `.env`; variables that are already set take precedence.
fn add_dotenv(variables: &mut HashMap<String, String>) -> Result<(), Invalid> {
    let entries = match dotenvy::from_path_iter(".env") {
        Ok(entries) => entries,
        Err(dotenvy::Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(());
        }
        Err(error) => return Err(Invalid(vec![format!(".env: {error}")])),
    };
    for entry in entries {
        // The message of dotenvy would quote the line, which may contain a secret.
        let (name, value) = entry.map_err(|_| {
            Invalid(vec![
                ".env: a line is not of the form NAME=value (quote values with spaces)".into(),
            ])
        })?;
        variables.entry(name).or_insert(value);
    }
    Ok(())
}

#[derive(Default)]
pub(super) struct Reader {
    variables: HashMap<String, String>,
    /// The variables whose value is not UTF-8.
    garbled: HashSet<String>,
    problems: Vec<String>,
    pub(super) is_production: bool,
    /// Whether to write nothing, and only report what a start would create.
    pub(super) is_dry: bool,
    /// What a start would create.
    pub(super) would_make: Vec<String>,
}

impl Reader {
    pub(super) fn new(variables: HashMap<String, String>) -> Self {
        Self {
            variables,
            ..Self::default()
        }
    }

    /// Takes the environment, and outside production also `.env` in the working directory.
    pub(super) fn from_environment() -> Result<Self, Invalid> {
        let mut reader = Self::default();
        for (name, value) in std::env::vars_os() {
            // A variable whose name is not UTF-8 is not a setting.
            let Ok(name) = name.into_string() else {
                continue;
            };
            match value.into_string() {
                Ok(value) => drop(reader.variables.insert(name, value)),
                Err(_) => drop(reader.garbled.insert(name)),
            }
        }
        if reader.variables.get("ENVIRONMENT").map(String::as_str) != Some("production") {
            add_dotenv(&mut reader.variables)?;
        }
        Ok(reader)
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn problem(&mut self, name: &str, what: impl Display) {
        self.problems.push(format!("{name}: {what}"));
    }

    /// The variable's value, or what is in the file that `NAME_FILE` names, without surrounding blanks;
    /// an empty variable counts as unset.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.take_from_file(name);
        if self.garbled.remove(name) {
            self.problem(name, "cannot be read: it is not UTF-8");
        }
        let value = self.variables.get(name)?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// Puts what is in the file of `NAME_FILE` in the variable's place. A setting is read more than once,
    /// its file and what is wrong with it are not.
    fn take_from_file(&mut self, name: &str) {
        let of_file = format!("{name}_FILE");
        if self.garbled.remove(&of_file) {
            self.problem(&of_file, "cannot be read: it is not UTF-8");
        }
        let path = self.variables.remove(&of_file).unwrap_or_default();
        let path = path.trim();
        if path.is_empty() {
            return;
        }
        let is_set = |value: &String| !value.trim().is_empty();
        if self.garbled.contains(name) || self.variables.get(name).is_some_and(is_set) {
            let both = format_args!("is set, and so is {name}; keep one of the two");
            return self.problem(&of_file, both);
        }
        match fs::read_to_string(path) {
            Ok(text) if is_set(&text) => drop(self.variables.insert(name.to_owned(), text)),
            Ok(_) => self.problem(&of_file, format_args!("{path}: the file is empty")),
            Err(error) => self.problem(&of_file, format_args!("{path}: {error}")),
        }
    }

    pub(super) fn parsed<T>(&mut self, name: &str, default: T) -> T
    where
        T: FromStr,
        T::Err: Display,
    {
        let Some(text) = self.text(name) else {
            return default;
        };
        text.parse().unwrap_or_else(|error| {
            self.problem(name, format_args!("cannot be read: {error}"));
            default
        })
    }

    pub(super) fn number(&mut self, name: &str, default: u32, range: RangeInclusive<u32>) -> u32 {
        let number = self.parsed(name, default);
        if range.contains(&number) {
            return number;
        }
        let (least, most) = (range.start(), range.end());
        self.problem(name, format_args!("must be between {least} and {most}"));
        default
    }

    pub(super) fn seconds(
        &mut self,
        name: &str,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> Duration {
        Duration::from_secs(self.number(name, default, range).into())
    }

    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        self.choice(name, &[("true", true), ("false", false)], default)
    }

    pub(super) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)], default: T) -> T {
        let Some(text) = self.text(name) else {
            return default;
        };
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        self.problem(name, format_args!("must be one of: {}", words.join(", ")));
        default
    }

    /// The trimmed items of a comma-separated list, without empty ones.
    pub(super) fn list(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn finish(self) -> Result<(), Invalid> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(Invalid(self.problems))
        }
    }
}
