//! Parses both forms of an address.

use zeroize::Zeroizing;

use super::keywords::KEYWORDS;
use super::{Address, Unreadable};

impl Address {
    /// Parses `[user[:password]@][host[:port][,…]][/name][?keyword=value[&…]]` like libpq's
    /// `conninfo_uri_parse_options`.
    pub(super) fn read_url(&mut self, rest: &str) -> Result<(), Unreadable> {
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
    pub(super) fn read_words(&mut self, text: &str) -> Result<(), Unreadable> {
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
