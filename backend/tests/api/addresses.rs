//! Database addresses: our parser and libpq must agree.

use diesel::Connection;
use diesel::pg::PgConnection;
use latchkey::config::Address;
use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};

use crate::support::{Database, text};

/// The user and database that libpq connects to, or its error.
fn outcome(address: &str) -> Result<String, String> {
    let mut connection = PgConnection::establish(address).map_err(|error| error.to_string())?;
    let asked = "SELECT concat_ws(' ', current_user, current_database(),
        current_setting('application_name'), current_setting('search_path'))";
    Ok(text(&mut connection, asked))
}

fn assert_same(written: &str) {
    match Address::parse(written) {
        Ok(address) => {
            let ours = outcome(address.to_libpq().expose_secret());
            assert_eq!(ours, outcome(written), "{written}");
        }
        // We may refuse what libpq accepts, but never the reverse.
        Err(error) => assert!(!error.to_string().contains("hunter"), "{error}"),
    }
}

fn one_of(choices: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(choices)
}

/// The parts of the test database's address.
fn parts() -> (String, String) {
    let (url, _) = Database::bare();
    let (start, name) = url.expose_secret().rsplit_once('/').unwrap();
    (start.to_owned(), name.to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hosts_and_ports_are_those_of_libpq(
        user in one_of(&["", "ada@", "ada:hunter2@", "a%20b:hunter%40@", ":hunter2@", "ada:hunter:2@"]),
        hosts in prop::collection::vec((
            one_of(&["127.0.0.1", "127.0.0.2", "[::1]", "%2Fnowhere", "%2Fno%2Cwhere", "", "[", "127.0.0.1%2C"]),
            one_of(&["", ":1", ":2", ":", ":x", ":70000"]),
        ), 1..3),
        name in one_of(&["", "/", "/x", "/a%2Fb", "/x?", "/x?a", "/a/b"]),
        query in prop::collection::vec(one_of(&[
            "host=127.0.0.3", "host=%2Fother", "hostaddr=127.0.0.4", "hostaddr=127.0.0.4,127.0.0.5",
            "port=3", "port=3,4", "sslmode=disable", "ssl=true", "requiressl=0", "target_session_attrs=any",
            "application_name=it's\\", "connect_timeout=3", "host=", "unknown=1", "x%zz=1", "port=",
        ]), 0..3),
    ) {
        let hosts: Vec<_> = hosts.iter().map(|(host, port)| format!("{host}{port}")).collect();
        let joint = if name.contains('?') { "&" } else { "?" };
        let query = query.join("&");
        assert_same(&format!("postgres://{user}{}{name}{joint}{query}", hosts.join(",")));
    }
}

#[test]
fn parameters_arrive_as_libpq_would_hand_them_on() {
    let (start, name) = parts();
    for rest in [
        format!("/{name}"),
        format!("/{name}?application_name=it's%20\\me"),
        format!("/{name}?application_name=a%27b&application_name=c"),
        format!("/{name}?options=-c%20search_path%3Dmine,public"),
        format!("/other?dbname={name}"),
        "/no%20such%20name".to_owned(),
    ] {
        assert_same(&format!("{start}{rest}"));
    }
    let url: SecretString = format!("{start}/{name}").into();
    let words = Address::parse(url.expose_secret()).unwrap().to_libpq();
    assert_same(&format!(
        "{} application_name = 'two \\'words'",
        words.expose_secret()
    ));
}
