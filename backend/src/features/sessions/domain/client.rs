//! What is on the other side of a session.

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
}

impl ClientType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
        }
    }
}

impl FromSql<Text, Pg> for ClientType {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            b"web" => Ok(Self::Web),
            b"native" => Ok(Self::Native),
            _ => Err("a client type is \"web\" or \"native\"".into()),
        }
    }
}

impl ToSql<Text, Pg> for ClientType {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.as_str(), out)
    }
}

/// What a person recognises a session by.
#[derive(Clone, Debug)]
pub struct Device {
    /// What the person or the app calls it, or what the user agent tells of it.
    pub name: String,
    /// What the client calls itself.
    pub user_agent: String,
    /// Where it signed in from.
    pub ip: IpNet,
}

impl Device {
    /// Describes a device; without a given name it gets one such as "Firefox on Linux".
    pub fn new(given_name: Option<String>, user_agent: String, ip: IpNet) -> Self {
        Self {
            name: given_name.unwrap_or_else(|| derive_name(&user_agent)),
            user_agent,
            ip,
        }
    }
}

fn derive_name(user_agent: &str) -> String {
    const UNKNOWN: &str = "UNKNOWN";
    let found = Parser::new().parse(user_agent);
    let found = found.filter(|found| found.name != "HTTP Library");
    let browser = found.as_ref().map_or(UNKNOWN, |found| found.name);
    let system = found.as_ref().map_or(UNKNOWN, |found| found.os);
    match (browser, system) {
        (UNKNOWN, UNKNOWN) => product(user_agent),
        (UNKNOWN, system) => system.into(),
        (browser, UNKNOWN) => browser.into(),
        (browser, system) => format!("{browser} on {system}"),
    }
}

/// The first product that a user agent names, such as `curl`.
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
}
