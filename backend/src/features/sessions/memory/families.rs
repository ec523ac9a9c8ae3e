//! The families of clients by their user agents: to find one out takes longer than to check a
//! signature, and each refresh asks.

use quick_cache::sync::Cache;

/// How many user agents are remembered, at 2 KiB each at most.
const MAX_REMEMBERED: usize = 1024;

/// The families of the latest clients.
pub struct Families(Cache<String, String>);

impl Default for Families {
    fn default() -> Self {
        Self(Cache::new(MAX_REMEMBERED))
    }
}

impl Families {
    /// Returns the family that `find` finds out from a user agent.
    pub fn find(&self, user_agent: &str, find: impl FnOnce(&str) -> String) -> String {
        if let Some(known) = self.0.get(user_agent) {
            return known;
        }
        let family = find(user_agent);
        self.0.insert(user_agent.to_owned(), family.clone());
        family
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_found_out_once() {
        let families = Families::default();
        for turn in 0..2 {
            for agent in ["curl/8.5.0", ""] {
                let found = families.find(agent, |agent| format!("{agent} of turn {turn}"));
                assert_eq!(found, format!("{agent} of turn 0"));
            }
        }
    }

    #[test]
    fn strangers_with_new_names_fill_no_memory() {
        let families = Families::default();
        for number in 0..3 * MAX_REMEMBERED {
            families.find(&format!("program-{number}/1"), str::to_owned);
        }
        assert!(families.0.len() <= MAX_REMEMBERED);
    }
}
