//! `BIND_ADDRESS`, `PUBLIC_URL`, `METRICS_ADDR`, `CONNECTIONS_*`, `ALLOWED_ORIGINS`, `TRUSTED_PROXIES`, and where pages may send
//! reports.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

use super::address::is_loopback;
use super::reader::Reader;

/// How many connections may be open at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionBounds {
    /// `CONNECTIONS_MAX`: in total, within the limit of open files.
    pub max: usize,
    /// `CONNECTIONS_PER_ADDRESS_MAX`: per client address that is not a trusted proxy.
    pub per_address_max: usize,
}

impl ConnectionBounds {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            max: reader.number("CONNECTIONS_MAX", 10_000, 1..=1_000_000) as usize,
            per_address_max: reader.number("CONNECTIONS_PER_ADDRESS_MAX", 512, 1..=1_000_000)
                as usize,
        }
    }
}

/// Reads the address to listen on. Requires `ENVIRONMENT` for an address that other machines can
/// reach, so that nobody serves them in development by mistake.
pub(super) fn read_bind_address(reader: &mut Reader) -> SocketAddr {
    let address = reader.parsed("BIND_ADDRESS", SocketAddr::from(([127, 0, 0, 1], 8080)));
    if !address.ip().to_canonical().is_loopback() && reader.text("ENVIRONMENT").is_none() {
        reader.problem(
            "ENVIRONMENT",
            format_args!(
                "must be set, as other machines can reach BIND_ADDRESS={address}: production, or \
                 development if only you use it"
            ),
        );
    }
    address
}

/// Reads the address of the metrics, whose port must differ from the public one.
pub(super) fn read_metrics_address(reader: &mut Reader) -> Option<SocketAddr> {
    const NAME: &str = "METRICS_ADDR";
    let text = reader.text(NAME)?;
    let Ok(address) = text.parse::<SocketAddr>() else {
        let example = "not an address with a port; write 127.0.0.1:9464";
        reader.problem(NAME, example);
        return None;
    };
    let public = reader.text("BIND_ADDRESS");
    let public = public.map_or(Some(SocketAddr::from(([127, 0, 0, 1], 8080))), |text| {
        text.parse().ok()
    });
    if address.port() != 0 && public.is_some_and(|public| public.port() == address.port()) {
        let other = "must have another port than BIND_ADDRESS, which the public reaches";
        reader.problem(NAME, other);
    }
    Some(address)
}

/// A web origin as browsers send it: scheme, host and, unless it is the default, port (RFC 6454).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Parses `https://app.example.com`; rejects anything beyond scheme, host and port.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_bare = url.path() == "/"
            && !text.ends_with('/')
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let is_web = matches!(url.scheme(), "http" | "https");
        (is_bare && is_web).then(|| Self(url.origin().ascii_serialization()))
    }

    /// The origin as in an `Origin` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the host, without a port; an IPv6 address stands in brackets.
    pub fn host(&self) -> String {
        let url = Url::parse(&self.0).ok();
        let host = url.as_ref().and_then(Url::host_str);
        host.unwrap_or("localhost").to_owned()
    }

    /// Tells whether the origin is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        let url = Url::parse(&self.0).ok();
        let host = url.as_ref().and_then(Url::host_str);
        host.is_some_and(|host| is_loopback(host.trim_matches(['[', ']'])))
    }
}

/// Reads where people reach the service: the only source of links in mails, never a header.
pub(super) fn read_public_url(reader: &mut Reader, bind_address: SocketAddr) -> Origin {
    const NAME: &str = "PUBLIC_URL";
    let port = match bind_address.port() {
        0 => 8080,
        port => port,
    };
    let default = Origin(format!("http://localhost:{port}"));
    let Some(text) = reader.text(NAME) else {
        return default;
    };
    match Origin::parse(text.trim_end_matches('/')) {
        Some(origin) if reader.is_production && !origin.0.starts_with("https://") => {
            reader.problem(NAME, "only https in production");
            default
        }
        Some(origin) => origin,
        None => {
            reader.problem(
                NAME,
                "not the address of a site; write https://host or https://host:port",
            );
            default
        }
    }
}

pub(super) fn read_allowed_origins(reader: &mut Reader) -> Vec<Origin> {
    const NAME: &str = "ALLOWED_ORIGINS";
    let items = reader.list(NAME);
    if items.is_empty() {
        if reader.is_production {
            reader.problem(
                NAME,
                "is required in production: the origins of your web clients, separated by commas, \
                 for example https://app.example.com",
            );
        }
        return Origin::parse("http://localhost:8081").into_iter().collect();
    }
    let mut origins = Vec::with_capacity(items.len());
    for item in items {
        match Origin::parse(&item) {
            _ if item.contains('*') => reader.problem(
                NAME,
                format_args!("{item}: wildcards cannot be allowed together with cookies"),
            ),
            Some(origin) if reader.is_production && !origin.0.starts_with("https://") => {
                reader.problem(NAME, format_args!("{item}: only https in production"));
            }
            Some(origin) => origins.push(origin),
            None => reader.problem(
                NAME,
                format_args!("{item}: not an origin; write https://host or https://host:port"),
            ),
        }
    }
    origins
}

/// Where errors are reported.
#[derive(Clone, Debug)]
pub struct Reports {
    /// The DSN, which contains a key.
    pub dsn: SecretString,
    /// The origin of the DSN, for the policy of pages, which report there too.
    pub origin: Origin,
}

impl Reports {
    /// Reads `SENTRY_DSN`. No message quotes it, because it contains a key.
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        const NAME: &str = "SENTRY_DSN";
        let dsn = reader.text(NAME)?;
        let Some(origin) = dsn_origin(&dsn) else {
            reader.problem(NAME, "not a DSN; write https://key@host/project");
            return None;
        };
        let dsn = dsn.into();
        Some(Self { dsn, origin })
    }
}

/// The origin of `https://key@host/project`. The host may contain only safe characters, because the
/// origin becomes part of a policy.
fn dsn_origin(dsn: &str) -> Option<Origin> {
    let url = Url::parse(dsn).ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let is_dsn = matches!(url.scheme(), "http" | "https")
        && !url.username().is_empty()
        && !url.path().ends_with('/')
        && url.query().is_none()
        && url.fragment().is_none()
        && url.host_str()?.bytes().all(is_plain)
        && dsn.parse::<sentry::types::Dsn>().is_ok();
    is_dsn.then(|| Origin(url.origin().ascii_serialization()))
}

pub(super) fn read_trusted_proxies(reader: &mut Reader) -> Vec<IpNet> {
    const NAME: &str = "TRUSTED_PROXIES";
    let mut networks = Vec::new();
    for item in reader.list(NAME) {
        match item
            .parse::<IpNet>()
            .or_else(|_| item.parse::<IpAddr>().map(IpNet::from))
            .map(to_canonical)
        {
            Ok(network) if network.prefix_len() == 0 => reader.problem(
                NAME,
                format_args!("{item}: would let every client choose its own address"),
            ),
            Ok(network) => networks.push(network),
            Err(_) => reader.problem(
                NAME,
                format_args!("{item}: not an address or network; write 10.0.0.0/8 or 10.0.0.7"),
            ),
        }
    }
    networks
}

/// The IPv4 network of an IPv4-mapped one (RFC 4291, 2.5.5.2), the form in which client addresses
/// are compared.
fn to_canonical(network: IpNet) -> IpNet {
    const MAPPED_BITS: u8 = 96;
    let length = network.prefix_len().checked_sub(MAPPED_BITS);
    match (network.addr().to_canonical(), length) {
        (IpAddr::V4(address), Some(length)) if network.addr().is_ipv6() => {
            IpNet::new(address.into(), length).unwrap_or(network)
        }
        _ => network,
    }
}
