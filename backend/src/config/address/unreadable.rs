//! What is wrong with an address.

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
