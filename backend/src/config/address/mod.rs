//! Database addresses in the forms that libpq accepts. They are parsed here and passed to libpq in
//! a form of our own, so that the address that is checked is the one that is used, and no message
//! of libpq quotes a mistyped address.

mod check;
mod keywords;
mod read;
mod unreadable;

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use zeroize::Zeroizing;

pub use unreadable::Unreadable;

/// The address of a database and the parameters of the connection.
#[derive(Clone, Default)]
pub struct Address(BTreeMap<&'static str, Zeroizing<String>>);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address([REDACTED])")
    }
}

impl Address {
    /// Parses a URL (`postgres://…`) or a list of `keyword=value`.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut address = Self::default();
        let rest = ["postgres://", "postgresql://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        match rest {
            Some(rest) => address.read_url(rest)?,
            None if text.contains('=') && !text.contains("://") => address.read_words(text)?,
            None => return Err(Unreadable::NotAnAddress),
        }
        address.check()?;
        Ok(address)
    }

    /// A parameter, unless it is missing or empty.
    pub fn get(&self, keyword: &str) -> Option<&str> {
        let value = self.0.get(keyword)?.as_str();
        (!value.is_empty()).then_some(value)
    }

    /// Sets a parameter of libpq.
    pub fn set(&mut self, keyword: &'static str, value: impl Into<String>) {
        self.0.insert(keyword, Zeroizing::new(value.into()));
    }

    /// Sets a parameter if it is missing.
    pub fn set_default(&mut self, keyword: &'static str, value: &str) {
        if !self.0.contains_key(keyword) {
            self.set(keyword, value);
        }
    }

    /// Whether libpq would use TLS or fail to connect.
    pub fn is_encrypted(&self) -> bool {
        matches!(
            self.get("sslmode"),
            Some("require" | "verify-ca" | "verify-full")
        )
    }

    /// Whether every host is a socket or this machine. As in libpq, a `hostaddr` overrides the
    /// `host` at the same position, and a position with neither is a socket.
    pub fn is_local(&self) -> bool {
        let hosts = split(self.get("host"));
        let addresses = split(self.get("hostaddr"));
        (0..hosts.len().max(addresses.len()).max(1)).all(|place| {
            let at = |list: &[&str]| list.get(place).copied().unwrap_or_default().to_owned();
            let (host, address) = (at(&hosts), at(&addresses));
            is_local(if address.is_empty() { &host } else { &address })
        })
    }

    /// The connection string for libpq: each parameter by its keyword, with nothing left to
    /// interpret.
    pub fn to_libpq(&self) -> SecretString {
        let mut text = Zeroizing::new(String::new());
        for (keyword, value) in &self.0 {
            text.push_str(keyword);
            text.push_str("='");
            for character in value.chars() {
                if matches!(character, '\'' | '\\') {
                    text.push('\\');
                }
                text.push(character);
            }
            text.push_str("' ");
        }
        text.as_str().into()
    }
}

/// The items of a list of libpq.
fn split(list: Option<&str>) -> Vec<&str> {
    list.map(|list| list.split(',').collect())
        .unwrap_or_default()
}

fn is_local(host: &str) -> bool {
    host.is_empty() || host.starts_with(['/', '@']) || is_loopback(host)
}

/// Whether a host name or address is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read(text: &str) -> String {
        let address = Address::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        address.to_libpq().expose_secret().trim().to_owned()
    }

    #[test]
    fn the_forms_of_libpq_are_read() {
        for (text, expected) in [
            ("postgres://", ""),
            (
                "postgresql://ada:p%40ss@db.example.com:5433/accounts",
                "dbname='accounts' host='db.example.com' password='p@ss' port='5433' user='ada'",
            ),
            (
                "postgres://ada:o'clock\\?#@db/accounts?connect_timeout=5",
                "connect_timeout='5' dbname='accounts' host='db' password='o\\'clock\\\\?#' user='ada'",
            ),
            (
                "postgres://a:1,b,[::1]:3/x?target_session_attrs=read-write",
                "dbname='x' host='a,b,::1' port='1,,3' target_session_attrs='read-write'",
            ),
            (
                "postgres://ada@%2Frun%2Fpostgresql:5433/x",
                "dbname='x' host='/run/postgresql' port='5433' user='ada'",
            ),
            (
                "postgres://first/x?host=second&host=/run/postgresql&ssl=true",
                "dbname='x' host='/run/postgresql' sslmode='require'",
            ),
            (
                "host = db port=5433 password='two words \\'' user=a\\ b",
                "host='db' password='two words \\'' port='5433' user='a b'",
            ),
            (
                "postgres://db/x?sslrootcert=system",
                "dbname='x' host='db' sslmode='verify-full' sslrootcert='system'",
            ),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_password_that_was_not_encoded_is_never_shown() {
        let awkward = [
            "hunter@2",
            "hunter/2",
            "hunter@2/3",
            "12/hunter",
            "12@34:hunter",
            "hunter@x?y=2",
            "hunter@2?sslmode",
            "hunter%2",
            "hunter%zz",
            "hunter 2",
            "hunter@a,hunter",
            "hunter:2@x",
            "[hunter@[",
            "x/hunter?y",
            "hunter@@",
            "@/hunter",
            "x@y:1/hunter",
        ];
        for password in awkward {
            let text = format!("postgres://ada:{password}@db.example.com/accounts?sslmode=require");
            match Address::parse(&text) {
                Err(error) => assert!(!error.to_string().contains("hunter"), "{error}"),
                Ok(address) => assert_eq!(address.get("password"), Some(password), "{text}"),
            }
        }
    }

    #[test]
    fn what_libpq_would_refuse_is_refused() {
        use Unreadable::*;
        for (text, expected) in [
            ("db.example.com", NotAnAddress),
            ("mysql://root:pw@localhost/x?a=b", NotAnAddress),
            ("postgres://db/x?schema=public", Parameter),
            ("postgres://db/x?sslmode", Parameter),
            ("postgres://db/x?sslmode=a=b", Parameter),
            ("postgres://db/x?sslmode=on", SslMode),
            ("postgres://db/x?service=other", Service),
            ("postgres://db:http/x", Port),
            ("postgres://db:65536/x", Port),
            ("postgres://a,b,c/x?port=1,2", Counts),
            ("postgres://a,b/x?hostaddr=127.0.0.1", Counts),
            ("postgres://[::1/x", Brackets),
            ("postgres://[]/x", Brackets),
            ("postgres://[::1]5/x", Brackets),
            ("postgres://a%00b/x", Percent),
            (
                "postgres://db/x?target_session_attrs=master",
                SessionAttributes,
            ),
            (
                "postgres://db/x?sslrootcert=system&sslmode=require",
                WeakWithSystem,
            ),
            ("host='db", Parameter),
            ("host=db user", Parameter),
        ] {
            assert_eq!(Address::parse(text).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn only_sockets_and_this_machine_are_local() {
        for (text, expected) in [
            ("postgres:///x", true),
            ("postgres://localhost/x", true),
            ("postgres://127.0.0.1,[::1]/x", true),
            ("postgres://%2Frun%2Fpostgresql/x", true),
            ("postgres://%40abstract/x", true),
            ("postgres://db.example.com/x?hostaddr=127.0.0.1", true),
            ("host='' dbname=x", true),
            ("postgres://%2Fpath%2Cdb.example.com/x", false),
            ("postgres://localhost,db.example.com/x", false),
            ("postgres://localhost/x?hostaddr=192.0.2.1", false),
            (
                "postgres://localhost,db.example.com/x?hostaddr=127.0.0.1,",
                false,
            ),
            ("postgres://%2Fpath/x?host=db.example.com", false),
            ("postgres://127.1/x", false),
            ("host=/run user=ada host=db.example.com", false),
        ] {
            assert_eq!(Address::parse(text).unwrap().is_local(), expected, "{text}");
        }
    }
}
