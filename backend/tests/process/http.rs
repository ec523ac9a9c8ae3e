//! A minimal HTTP client for these tests.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// A connection that is kept open between requests.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
}

/// A response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Answer {
    /// The cookies set, in the form of a `Cookie` header.
    pub fn cookies(&self) -> String {
        let lines = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        let pairs = lines.filter_map(|(_, line)| line.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_default().to_owned()
    }
}

impl Connection {
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Sends a request of a native client without waiting for the response.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &Value,
    ) -> io::Result<()> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n{headers}\r\n{body}"
        );
        self.write(&request)
    }

    /// Sends raw bytes of a request.
    pub fn write(&mut self, part: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(part.as_bytes())
    }

    /// Reads this many bytes of a response, or everything until the connection is closed.
    pub fn receive_part(&mut self, bytes: usize) {
        let _ = self.stream.read_exact(&mut vec![0; bytes]);
    }

    /// Reads the next response.
    pub fn receive(&mut self) -> io::Result<Answer> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let status = status.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, length)| length.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

/// A request on a connection of its own.
pub fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &Value,
) -> io::Result<Answer> {
    let mut connection = Connection::open(address)?;
    connection.send(method, path, headers, body)?;
    connection.receive()
}
