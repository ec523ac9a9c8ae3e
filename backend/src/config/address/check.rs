//! Checks the parameters of an address.

use super::{Address, Unreadable, split};

const SSL_MODES: [&str; 6] = [
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

const SESSION_ATTRIBUTES: [&str; 6] = [
    "any",
    "read-write",
    "read-only",
    "primary",
    "standby",
    "prefer-standby",
];

impl Address {
    /// Refuses parameters that libpq would refuse, or that would connect without verification.
    pub(super) fn check(&mut self) -> Result<(), Unreadable> {
        let hosts = split(self.get("host"));
        let addresses = split(self.get("hostaddr"));
        let ports = split(self.get("port"));
        let is_stray = |host: &&str| host[1.min(host.len())..].contains('@');
        if hosts.iter().any(is_stray) {
            return Err(Unreadable::StrayAt);
        }
        let is_blank = |character: char| character.is_whitespace() || character.is_control();
        if hosts.iter().any(|host| host.contains(is_blank)) {
            return Err(Unreadable::Blank);
        }
        let is_port = |port: &&str| port.is_empty() || port.parse().is_ok_and(|port: u16| port > 0);
        if !ports.iter().all(is_port) {
            return Err(Unreadable::Port);
        }
        let places = hosts.len().max(addresses.len()).max(1);
        let is_whole = |list: &[&str]| list.is_empty() || list.len() == places;
        if !is_whole(&hosts) || !is_whole(&addresses) || (ports.len() > 1 && ports.len() != places)
        {
            return Err(Unreadable::Counts);
        }
        if let Some(mode) = self.get("sslmode")
            && !SSL_MODES.contains(&mode)
        {
            return Err(Unreadable::SslMode);
        }
        if let Some(attributes) = self.get("target_session_attrs")
            && !SESSION_ATTRIBUTES.contains(&attributes)
        {
            return Err(Unreadable::SessionAttributes);
        }
        if self.get("sslrootcert") == Some("system") {
            self.set_default("sslmode", "verify-full");
            if self.get("sslmode") != Some("verify-full") {
                return Err(Unreadable::WeakWithSystem);
            }
        }
        Ok(())
    }
}
