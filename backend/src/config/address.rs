//! Database addresses in the forms that libpq accepts. They are parsed here and passed to libpq in
//! a form of our own, so that the address that is checked is the one that is used, and no message
//! of libpq quotes a mistyped address.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use zeroize::Zeroizing;

/// The keywords of libpq 18 except `service`, because a service file would redirect the connection.
const KEYWORDS: [&str; 49] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "options",
    "passfile",
    "password",
    "port",
    "replication",
    "require_auth",
    "requirepeer",
    "scram_client_key",
    "scram_server_key",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

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

/// Why an address cannot be used. No message quotes a part of it, which could be part of the
/// password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It has none of the forms of libpq.
    #[error("not a PostgreSQL URL; write postgres://user:password@host:5432/name")]
    NotAnAddress,
    /// A misplaced `@`: most likely, the password is not percent-encoded.
    #[error(
        "has an @ too many, or a / in front of it; within a user or password write %40 for @, \
         %2F for /, %3A for : and %25 for %"
    )]
    StrayAt,
    /// An invalid percent-encoding.
    #[error("has a % that is not followed by two hexadecimal digits; write %25 for a % itself")]
    Percent,
    /// A space or control character.
    #[error("has a blank or control character; write %20 for a blank")]
    Blank,
    /// A port that is not a number.
    #[error(
        "has a port that is not a number between 1 and 65535; within a password write %3A for : \
         and %2F for /"
    )]
    Port,
    /// More or fewer ports or numeric addresses than hosts.
    #[error("has more than one port or hostaddr, but not as many as hosts")]
    Counts,
    /// An IPv6 address without its closing bracket.
    #[error("has an IPv6 address that is not of the form [::1]")]
    Brackets,
    /// A parameter that libpq would reject.
    #[error(
        "has a parameter that libpq does not know, or one without = and a value; see \
         \"Parameter Key Words\" in PostgreSQL's manual"
    )]
    Parameter,
    /// A service, which would name the host in another file.
    #[error("names a service of a service file; write its host and database instead")]
    Service,
    /// A value of `sslmode` that libpq would reject.
    #[error("has an sslmode other than disable, allow, prefer, require, verify-ca, verify-full")]
    SslMode,
    /// The certificates of the machine, without checking the host name.
    #[error("has sslrootcert=system, which needs sslmode=verify-full")]
    WeakWithSystem,
    /// A value of `target_session_attrs` that libpq would reject.
    #[error(
        "has a target_session_attrs other than any, read-write, read-only, primary, standby, \
         prefer-standby"
    )]
    SessionAttributes,
}

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

    /// Parses `[user[:password]@][host[:port][,…]][/name][?keyword=value[&…]]` like libpq's
    /// `conninfo_uri_parse_options`.
    fn read_url(&mut self, rest: &str) -> Result<(), Unreadable> {
        if rest.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err(Unreadable::Blank);
        }
        let rest = match rest.find(['@', '/']) {
            Some(at) if rest[at..].starts_with('@') => {
                let (user, password) = rest[..at].split_once(':').unwrap_or((&rest[..at], ""));
                self.set_decoded("user", user)?;
                self.set_decoded("password", password)?;
                &rest[at + 1..]
            }
            _ => rest,
        };
        // Also rejected within the name and the parameters, where libpq would accept it: more
        // likely it ends an unencoded password.
        if rest.contains('@') {
            return Err(Unreadable::StrayAt);
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, name) = rest.split_once('/').unwrap_or((rest, ""));
        self.read_hosts(hosts)?;
        self.set_decoded("dbname", name)?;
        self.read_query(query)
    }

    fn read_hosts(&mut self, text: &str) -> Result<(), Unreadable> {
        let (mut hosts, mut ports) = (Vec::new(), Vec::new());
        for one in text.split(',') {
            let (host, port) = match one.strip_prefix('[') {
                Some(rest) => match rest.split_once(']') {
                    Some((host, "")) if !host.is_empty() => (host, ""),
                    Some((host, port)) if !host.is_empty() => {
                        (host, port.strip_prefix(':').ok_or(Unreadable::Brackets)?)
                    }
                    _ => return Err(Unreadable::Brackets),
                },
                None => one.split_once(':').unwrap_or((one, "")),
            };
            hosts.push(host);
            ports.push(port);
        }
        self.set_decoded("host", &hosts.join(","))?;
        self.set_decoded("port", &ports.join(","))
    }

    fn read_query(&mut self, query: &str) -> Result<(), Unreadable> {
        if query.is_empty() {
            return Ok(());
        }
        for pair in query.strip_suffix('&').unwrap_or(query).split('&') {
            let (keyword, value) = pair.split_once('=').ok_or(Unreadable::Parameter)?;
            if value.contains('=') {
                return Err(Unreadable::Parameter);
            }
            self.store(&decode(keyword)?, &decode(value)?)?;
        }
        Ok(())
    }

    /// Parses `keyword = value …` like libpq's `conninfo_parse`.
    fn read_words(&mut self, text: &str) -> Result<(), Unreadable> {
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (keyword, after) = rest.split_once('=').ok_or(Unreadable::Parameter)?;
            let (value, after) = read_word(after.trim_start())?;
            self.store(keyword.trim_end(), &value)?;
            rest = after.trim_start();
        }
        Ok(())
    }

    fn set_decoded(&mut self, keyword: &'static str, text: &str) -> Result<(), Unreadable> {
        if !text.is_empty() {
            self.0.insert(keyword, decode(text)?);
        }
        Ok(())
    }

    /// Stores a parameter; the last one wins.
    fn store(&mut self, keyword: &str, value: &str) -> Result<(), Unreadable> {
        // Two alternative spellings that libpq accepts, the first from JDBC.
        let (keyword, value) = match (keyword, value) {
            ("ssl", "true") => ("sslmode", "require"),
            ("requiressl", value) if value.starts_with('1') => ("sslmode", "require"),
            ("requiressl", _) => ("sslmode", "prefer"),
            other => other,
        };
        if keyword == "service" {
            return Err(Unreadable::Service);
        }
        let known = KEYWORDS.iter().find(|known| **known == keyword);
        self.set(known.ok_or(Unreadable::Parameter)?, value);
        Ok(())
    }

    fn check(&mut self) -> Result<(), Unreadable> {
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

/// Percent-decodes a text. A NUL cannot be passed to libpq.
fn decode(text: &str) -> Result<Zeroizing<String>, Unreadable> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let (high, low) = (digit(), digit());
                let value = high.zip(low).map(|(high, low)| high * 16 + low);
                u8::try_from(value.ok_or(Unreadable::Percent)?).map_err(|_| Unreadable::Percent)?
            }
            plain => plain,
        };
        if byte == 0 {
            return Err(Unreadable::Percent);
        }
        bytes.push(byte);
    }
    let decoded = std::str::from_utf8(&bytes).map_err(|_| Unreadable::Percent)?;
    Ok(Zeroizing::new(decoded.to_owned()))
}

/// Parses a value, quoted or up to the next space, and returns the rest.
fn read_word(text: &str) -> Result<(Zeroizing<String>, &str), Unreadable> {
    let quoted = text.strip_prefix('\'');
    let body = quoted.unwrap_or(text);
    let mut value = Zeroizing::new(String::with_capacity(body.len()));
    let mut characters = body.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted.is_some() => return Ok((value, &body[at + 1..])),
            blank if blank.is_whitespace() && quoted.is_none() => return Ok((value, &body[at..])),
            plain => value.push(plain),
        }
    }
    match quoted {
        Some(_) => Err(Unreadable::Parameter),
        None => Ok((value, "")),
    }
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
