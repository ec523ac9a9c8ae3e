//! The client and device of a session.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use ipnet::IpNet;
use serde::Serialize;
use utoipa::ToSchema;
use woothee::parser::Parser;

/// How a client carries its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, AsExpression, FromSqlRow)]
#[serde(rename_all = "snake_case")]
#[diesel(sql_type = Text)]
pub enum ClientType {
    /// A browser: in cookies that scripts cannot read.
    Web,
    /// An app or another program: in headers and bodies.
    Native,
    /// A client type of a newer release.
    Unknown,
}

impl ClientType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
            Self::Unknown => "unknown",
        }
    }
}

impl FromSql<Text, Pg> for ClientType {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(match value.as_bytes() {
            b"web" => Self::Web,
            b"native" => Self::Native,
            _ => Self::Unknown,
        })
    }
}

impl ToSql<Text, Pg> for ClientType {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.as_str(), out)
    }
}

/// What a user recognises a session by.
#[derive(Clone, Debug)]
pub struct Device {
    /// The name given by the user or the app, or one derived from the user agent.
    pub name: String,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// The address it signed in from.
    pub ip: IpNet,
}

impl Device {
    /// Describes a device; without a given name, the name is derived, such as "Firefox on Linux".
    pub fn new(given_name: Option<String>, user_agent: String, ip: IpNet) -> Self {
        Self {
            name: given_name.unwrap_or_else(|| derive_name(&user_agent)),
            user_agent,
            ip,
        }
    }
}

/// Identifies a kind of client. A new version of the browser or another address in the same network
/// gives the same footprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// The name of the browser or program.
    pub family: String,
    /// The IPv4 /24 or IPv6 /48; none on the command line.
    pub network: Option<IpNet>,
}

impl Footprint {
    /// The footprint of a user agent and address.
    pub fn new(user_agent: &str, ip: Option<IpNet>) -> Self {
        Self::of_family(family(user_agent), ip)
    }

    /// Takes the footprint of a client of this family that called from this address.
    pub fn of_family(family: String, ip: Option<IpNet>) -> Self {
        Self {
            family,
            network: ip.map(network),
        }
    }

    /// Whether user agent and network both differ. A single difference is normal: phones change
    /// networks, and some programs change their name.
    pub fn is_foreign_to(&self, other: &Self) -> bool {
        self.family != other.family
            && matches!((self.network, other.network), (Some(one), Some(other)) if one != other)
    }
}

/// Names the browser or program behind a user agent.
pub fn family(user_agent: &str) -> String {
    let found = Parser::new().parse(user_agent);
    let known = found.filter(|found| found.name != UNKNOWN && found.name != LIBRARY);
    known.map_or_else(|| product(user_agent), |found| found.name.into())
}

fn network(ip: IpNet) -> IpNet {
    let length = if ip.addr().is_ipv4() { 24 } else { 48 };
    IpNet::new(ip.addr(), length).map_or(ip, |network| network.trunc())
}

/// The parser's name for an unknown browser or system.
const UNKNOWN: &str = "UNKNOWN";

/// The parser's name for every program that is not a browser.
const LIBRARY: &str = "HTTP Library";

fn derive_name(user_agent: &str) -> String {
    let found = Parser::new().parse(user_agent);
    let found = found.filter(|found| found.name != LIBRARY);
    let browser = found.as_ref().map_or(UNKNOWN, |found| found.name);
    let system = found.as_ref().map_or(UNKNOWN, |found| found.os);
    match (browser, system) {
        (UNKNOWN, UNKNOWN) => product(user_agent),
        (UNKNOWN, system) => system.into(),
        (browser, UNKNOWN) => browser.into(),
        (browser, system) => format!("{browser} on {system}"),
    }
}

/// Returns the browser and the system that a user agent names, of those that the parser knows: never
/// text of the client's own.
pub fn browser_and_system(user_agent: &str) -> (Option<String>, Option<String>) {
    let found = Parser::new().parse(user_agent);
    let found = found.filter(|found| found.name != LIBRARY);
    let known = |name: &str| (name != UNKNOWN).then(|| name.to_owned());
    let browser = found.as_ref().and_then(|found| known(found.name));
    let system = found.as_ref().and_then(|found| known(found.os));
    (browser, system)
}

/// The first product in a user agent, such as `curl`.
fn product(user_agent: &str) -> String {
    match user_agent.split(['/', ' ']).next() {
        Some(product) if !product.is_empty() => product.chars().take(50).collect(),
        _ => "Unknown device".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_without_a_name_is_named_by_its_user_agent() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
        assert_eq!(derive_name(firefox), "Firefox on Linux");
        assert_eq!(derive_name("curl/8.5.0"), "curl");
        assert_eq!(derive_name(""), "Unknown device");
    }

    #[test]
    fn a_client_is_another_one_when_family_and_network_both_differ() {
        let footprint = |agent: &str, ip: &str| Footprint::new(agent, Some(ip.parse().unwrap()));
        let firefox = |version: u32| {
            format!(
                "Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
            )
        };
        let home = footprint(&firefox(145), "203.0.113.7/32");
        for (agent, ip, is_foreign) in [
            (&firefox(146), "203.0.113.99/32", false),
            (&firefox(146), "198.51.100.1/32", false),
            (&String::from("curl/8.5.0"), "203.0.113.99/32", false),
            (&String::from("curl/8.5.0"), "198.51.100.1/32", true),
            (&String::from("curl/8.5.0"), "2001:db8::1/128", true),
        ] {
            assert_eq!(
                footprint(agent, ip).is_foreign_to(&home),
                is_foreign,
                "{agent} {ip}"
            );
        }
        let phone = footprint("Latchkey/1.0 (iOS)", "2001:db8:7:1::1/128");
        assert!(!footprint("Other/2", "2001:db8:7:9::2/128").is_foreign_to(&phone));
        assert!(footprint("Other/2", "2001:db8:8:1::1/128").is_foreign_to(&phone));
        assert!(!Footprint::new("Other/2", None).is_foreign_to(&phone));
    }
}
