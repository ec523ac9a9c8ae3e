//! The results, as a table or as JSON.

use std::fmt::{Display, Write as _};

use serde::Serialize;
use serde_json::json;

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Good,
    Warning,
    Bad,
}

#[derive(Debug, Serialize)]
struct Line {
    group: &'static str,
    name: String,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// The results of all checks, in order.
#[derive(Debug, Default)]
pub struct Report {
    group: &'static str,
    lines: Vec<Line>,
}

impl Report {
    /// Begins a group for the results that follow.
    pub fn group(&mut self, name: &'static str) -> &mut Self {
        self.group = name;
        self
    }

    pub fn good(&mut self, name: &str, found: impl Display) {
        self.add(name, State::Good, &found, None);
    }

    pub fn warning(&mut self, name: &str, found: impl Display, fix: impl Display) {
        self.add(name, State::Warning, &found, Some(fix.to_string()));
    }

    pub fn bad(&mut self, name: &str, found: impl Display, fix: impl Display) {
        self.add(name, State::Bad, &found, Some(fix.to_string()));
    }

    /// Adds a result that is good or bad, by `is_good`.
    pub fn judge(&mut self, name: &str, is_good: bool, found: impl Display, fix: impl Display) {
        if is_good {
            self.good(name, found);
        } else {
            self.bad(name, found, fix);
        }
    }

    /// The number of bad checks.
    pub fn bad_count(&self) -> usize {
        self.count(State::Bad)
    }

    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&json!({
            "good": self.count(State::Good),
            "warnings": self.count(State::Warning),
            "bad": self.count(State::Bad),
            "checks": self.lines,
        }))
    }

    pub fn to_table(&self) -> String {
        let width = self.lines.iter().map(|line| line.name.len()).max();
        let width = width.unwrap_or_default();
        let mut table = String::new();
        let mut group = "";
        for line in &self.lines {
            if line.group != group {
                group = line.group;
                let _ = writeln!(table, "{group}");
            }
            let state = match line.state {
                State::Good => "good",
                State::Warning => "warning",
                State::Bad => "BAD",
            };
            let (name, found) = (&line.name, &line.found);
            let _ = writeln!(table, "  {state:7}  {name:width$}  {found}");
            if let Some(fix) = &line.fix {
                let _ = writeln!(table, "  {:7}  {:width$}  -> {fix}", "", "");
            }
        }
        let (good, warnings) = (self.count(State::Good), self.count(State::Warning));
        let bad = self.bad_count();
        let _ = write!(table, "\n{good} good, {warnings} to look at, {bad} bad");
        table
    }

    fn count(&self, state: State) -> usize {
        self.lines.iter().filter(|line| line.state == state).count()
    }

    fn add(&mut self, name: &str, state: State, found: &dyn Display, fix: Option<String>) {
        self.lines.push(Line {
            group: self.group,
            name: name.to_owned(),
            state,
            found: found.to_string(),
            fix,
        });
    }
}
