//! A real mail server, `tests/mail_server/server.py` on aiosmtpd, that misbehaves towards certain
//! recipients.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::Value;

/// Ends when dropped.
pub struct MailServer {
    process: Child,
    _input: ChildStdin,
    events: Arc<Mutex<Vec<Value>>>,
    pub port: u16,
}

impl MailServer {
    pub fn start(arguments: &[&str]) -> Self {
        let backend = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = Command::new(backend.join("../scripts/ensure-mail-server"))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(found.status.success(), "{found:?}");
        let python = String::from_utf8(found.stdout).unwrap();
        let mut process = Command::new(python.trim())
            .arg(backend.join("tests/mail_server/server.py"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let first: Value = serde_json::from_str(&first).unwrap();
        let events = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&events);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap();
                let mut events = noted.lock().unwrap_or_else(PoisonError::into_inner);
                events.push(event);
            }
        });
        Self {
            _input: process.stdin.take().unwrap(),
            process,
            events,
            port: first["port"].as_u64().unwrap().try_into().unwrap(),
        }
    }

    /// What happened so far, of one kind.
    pub fn events(&self, kind: &str) -> Vec<Value> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wanted = |event: &&Value| event["event"] == kind;
        events.iter().filter(is_wanted).cloned().collect()
    }

    /// The contents of the mails that it took for a recipient.
    pub fn taken(&self, recipient: &str) -> Vec<String> {
        let taken = self.events("taken").into_iter();
        let taken = taken.filter(|event| event["recipients"][0] == recipient);
        taken
            .map(|event| event["content"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns a header of a mail, with its continuation lines.
pub fn header(content: &str, name: &str) -> String {
    let head = content.split("\r\n\r\n").next().unwrap();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let start = format!("{name}: ");
    let found = unfolded.lines().find_map(|line| line.strip_prefix(&start));
    found.unwrap_or_default().to_owned()
}
