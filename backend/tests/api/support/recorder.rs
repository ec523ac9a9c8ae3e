//! Records the work of requests: the statements sent, the rows written and the hashes computed. A
//! proxy in front of PostgreSQL reads the statements, and triggers record rows.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use latchkey::db::migrations;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

use super::{Answer, Database, Service, text};

/// Records every written row in a table.
const TRIGGERS: &str = "
    CREATE TABLE written (number BIGSERIAL, what TEXT);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN INSERT INTO written (what) VALUES (TG_OP || ' ' || TG_TABLE_NAME); RETURN NULL; END$$;
    DO $$
    DECLARE name TEXT;
    BEGIN
        FOR name IN SELECT quote_ident(tablename) FROM pg_tables
            WHERE schemaname = 'public' AND tablename NOT IN ('__diesel_schema_migrations', 'written')
        LOOP EXECUTE 'CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON ' || name
            || ' FOR EACH ROW EXECUTE FUNCTION note()';
        END LOOP;
    END $$";

const WRITTEN: &str = "SELECT coalesce(string_agg(what, E'\\n' ORDER BY number), '') FROM written";

/// The response to a request, and the work of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Status, headers and body, without what differs between requests.
    pub answer: String,
    /// The statements, in order.
    pub statements: Vec<String>,
    /// The rows that were written, in order.
    pub rows: String,
    /// The number of hashes computed, by parameters.
    pub hashes: BTreeMap<String, u64>,
}

/// A service on its own database, and its recorder.
pub struct Recorder {
    pub service: Service,
    pub connection: PgConnection,
    url: SecretString,
    statements: Statements,
    _folder: TempDir,
}

type Statements = Arc<Mutex<Vec<String>>>;

impl Recorder {
    /// Starts a service with these settings changed.
    pub fn start(changed: &[(&str, &str)]) -> Self {
        let (url, mut connection) = Database::bare();
        migrations::run(&url).unwrap();
        connection.batch_execute(TRIGGERS).unwrap();
        let statements = Statements::default();
        let folder = tempfile::tempdir().unwrap();
        let url = stand_before(&url, &folder, &statements);
        Self {
            service: Self::on(&url, changed),
            connection,
            url,
            statements,
            _folder: folder,
        }
    }

    fn on(url: &SecretString, changed: &[(&str, &str)]) -> Service {
        let settings = [&[("DB_POOL_MAX_SIZE", "1")], changed].concat();
        let service = Service::on(url, &settings);
        service.app.db.open();
        service
    }

    /// Starts a second instance, which is not recorded.
    pub fn beside(&self, changed: &[(&str, &str)]) -> Service {
        Self::on(&self.url, changed)
    }

    pub fn execute(&mut self, statements: &str) {
        self.connection.batch_execute(statements).unwrap();
    }

    pub fn text(&mut self, query: &str) -> String {
        text(&mut self.connection, query)
    }

    /// Records a request.
    pub async fn watch(&mut self, request: impl Future<Output = Answer>) -> Work {
        self.execute("DELETE FROM written");
        self.statements.lock().unwrap().clear();
        let before = self.service.app.passwords.computed();
        let answer = request.await;
        let mut hashes = self.service.app.passwords.computed();
        for (parameters, count) in before {
            *hashes.entry(parameters).or_default() -= count;
        }
        hashes.retain(|_, count| *count > 0);
        let statements = self.statements.lock().unwrap().clone();
        Work {
            answer: comparable(&answer),
            statements,
            rows: self.text(WRITTEN),
            hashes,
        }
    }
}

/// Removes what differs between requests: ids, the date, and how long to wait.
fn comparable(answer: &Answer) -> String {
    let headers = answer.headers.iter().map(|(name, value)| {
        let varies = ["x-request-id", "date", "retry-after"].contains(&name.as_str());
        let value = if varies {
            "…"
        } else {
            value.to_str().unwrap()
        };
        format!("{name}: {value}")
    });
    format!("{}\n{answer}", headers.collect::<Vec<_>>().join("\n"))
}

/// Starts the proxy on a socket in the folder, and returns the address of the database through it.
fn stand_before(url: &SecretString, folder: &TempDir, statements: &Statements) -> SecretString {
    let (user, rest) = url.expose_secret().rsplit_once('@').unwrap();
    let (host, rest) = rest.split_once(':').unwrap();
    let (port, name) = rest.split_once('/').unwrap();
    let socket = format!(".s.PGSQL.{port}");
    let server = PathBuf::from(percent_decode_str(host).decode_utf8().unwrap().as_ref());
    let listener = UnixListener::bind(folder.path().join(&socket)).unwrap();
    let (server, statements) = (server.join(&socket), Arc::clone(statements));
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = UnixStream::connect(&server).unwrap();
            let (mut answers, mut to_client) =
                (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || io::copy(&mut answers, &mut to_client));
            let statements = Arc::clone(&statements);
            thread::spawn(move || record(client, server, &statements));
        }
    });
    let folder = folder.path().to_str().unwrap().replace('/', "%2F");
    format!("{user}@{folder}:{port}/{name}").into()
}

/// Forwards messages and records the statements, until either side disconnects.
fn record(mut client: UnixStream, mut server: UnixStream, statements: &Statements) {
    let mut prepared = HashMap::new();
    // The first message has no type.
    let mut has_type = false;
    while let Ok((head, body)) = read(&mut client, has_type) {
        let kind = if has_type { head[0] } else { 0 };
        has_type = true;
        let mut words = body.split(|byte| *byte == 0);
        let mut word = || String::from_utf8_lossy(words.next().unwrap_or_default()).into_owned();
        match kind {
            b'Q' => statements.lock().unwrap().push(word()),
            b'P' => drop(prepared.insert(word(), word())),
            b'B' => {
                let (_portal, name) = (word(), word());
                statements.lock().unwrap().push(prepared[&name].clone());
            }
            _ => {}
        }
        // Recorded before it is forwarded, so that no response precedes it.
        if server.write_all(&[head, body].concat()).is_err() {
            break;
        }
    }
    let _ = server.shutdown(std::net::Shutdown::Both);
}

fn read(client: &mut UnixStream, has_type: bool) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut head = vec![0; if has_type { 5 } else { 4 }];
    client.read_exact(&mut head)?;
    let length = u32::from_be_bytes(head[head.len() - 4..].try_into().unwrap());
    let mut body = vec![0; length as usize - 4];
    client.read_exact(&mut body)?;
    Ok((head, body))
}
