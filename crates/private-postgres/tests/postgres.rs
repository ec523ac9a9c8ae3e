//! The private PostgreSQL, with real processes and real signals.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use as_root::as_root;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use private_postgres::{Durability, PrivatePostgres, Settings, StartError, locate};
use secrecy::ExposeSecret;

/// Set in the copy of this program that [`Owner`] starts.
const OWNED_FOLDER: &str = "POSTGRES_TEST_OWNED_FOLDER";
const OWNED_DURABILITY: &str = "POSTGRES_TEST_OWNED_DURABILITY";

/// The data directory of a test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self::below(&env::temp_dir(), name)
    }

    fn below(parent: &Path, name: &str) -> Self {
        let path = parent.join(format!("latchkey-{name}-{}", process::id()));
        Self(path)
    }

    fn settings(&self, durability: Durability) -> Settings {
        settings(&self.0, durability)
    }

    fn start(&self) -> PrivatePostgres {
        PrivatePostgres::start(&self.settings(Durability::Full)).expect("starts")
    }

    /// The cluster's folder, `postgres-15` or the like.
    fn cluster(&self) -> PathBuf {
        cluster_in(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn settings(folder: &Path, durability: Durability) -> Settings {
    Settings {
        data_dir: folder.to_owned(),
        binaries: env::var_os("LATCHKEY_POSTGRES_BIN").map(PathBuf::from),
        durability,
    }
}

/// Another process that owns a private PostgreSQL.
struct Owner {
    process: Child,
    url: String,
}

impl Owner {
    fn start(folder: &Folder, durability: Durability) -> Self {
        Self::start_with(folder, durability, &[])
    }

    fn start_with(folder: &Folder, durability: Durability, shell: &[(&str, &str)]) -> Self {
        let report = folder.0.with_extension("url");
        let process = Command::new(env::current_exe().unwrap())
            .args(["owns_a_server_until_killed", "--exact", "--ignored"])
            .env(OWNED_FOLDER, &folder.0)
            .env(OWNED_DURABILITY, format!("{durability:?}"))
            .envs(shell.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = awaited(|| fs::read_to_string(&report).ok());
        fs::remove_file(&report).unwrap();
        Self { process, url }
    }

    fn kill(self) {
        drop(self);
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
#[ignore = "what the other tests start and kill"]
fn owns_a_server_until_killed() {
    let Some(folder) = env::var_os(OWNED_FOLDER) else {
        return;
    };
    let folder = PathBuf::from(folder);
    let durability = match env::var(OWNED_DURABILITY).unwrap().as_str() {
        "Full" => Durability::Full,
        _ => Durability::Throwaway,
    };
    let settings = settings(&folder, durability);
    let server = PrivatePostgres::start(&settings).unwrap();
    let unfinished = folder.with_extension("unfinished");
    fs::write(&unfinished, server.database_url().expose_secret()).unwrap();
    fs::rename(&unfinished, folder.with_extension("url")).unwrap();
    loop {
        thread::park();
    }
}

#[test]
fn first_start_creates_a_database_that_only_its_password_opens() {
    let folder = Folder::new("first");
    let server = folder.start();
    let url = server.database_url().expose_secret();
    assert_eq!(
        sql(url, "SELECT current_database() || current_user").unwrap(),
        "latchkeylatchkey"
    );
    assert_eq!(
        sql(url, "SELECT current_setting('server_encoding')").unwrap(),
        "UTF8"
    );
    assert_eq!(
        sql(url, "SELECT current_setting('listen_addresses')").unwrap(),
        ""
    );
    assert_eq!(sql(url, "SELECT lower('ÄÖ')").unwrap(), "äö");
    let password = fs::read_to_string(folder.cluster().join("password")).unwrap();
    let wrong = url.replace(password.trim(), "wrong");
    assert!(
        sql(&wrong, "SELECT 1")
            .unwrap_err()
            .contains("authentication failed")
    );
    for private in ["password", "server.log", "data", "socket"] {
        let mode = fs::metadata(folder.cluster().join(private))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{private}");
    }
}

#[test]
fn what_the_shell_sets_for_postgresql_does_not_reach_the_server() {
    let folder = Folder::new("shell");
    let shell = [
        ("PGDATA", "/nonexistent"),
        ("PGPORT", "1"),
        ("PGHOST", "db.example.com"),
        ("PGUSER", "nobody"),
        ("PGOPTIONS", "-c nonsense=on"),
        ("PGTZ", "Mars/Olympus"),
        ("PGDATESTYLE", "German"),
        ("LC_ALL", "xx_YY.nonsense"),
        ("LANG", "xx_YY.nonsense"),
        ("TZ", ":nonsense"),
    ];
    let owner = Owner::start_with(&folder, Durability::Throwaway, &shell);
    assert_eq!(
        sql(&owner.url, "SELECT current_setting('TimeZone')").unwrap(),
        "UTC"
    );
    for program in [postmaster(&folder), guard(&folder)] {
        let environment = fs::read(format!("/proc/{program}/environ")).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment);
        for (name, value) in shell {
            let set = format!("{name}={value}");
            assert!(!environment.split('\0').any(|one| one == set), "{set}");
        }
    }
}

#[test]
fn later_starts_find_data_and_password_again() {
    let folder = Folder::new("again");
    let server = folder.start();
    let first_url = server.database_url().expose_secret().to_owned();
    run(&first_url, "CREATE TABLE kept AS SELECT 42 AS answer").unwrap();
    server.stop();
    assert!(sql(&first_url, "SELECT 1").is_err());
    let server = folder.start();
    assert_eq!(server.database_url().expose_secret(), first_url);
    assert_eq!(sql(&first_url, "SELECT answer FROM kept").unwrap(), "42");
}

#[test]
fn stopping_cuts_off_connected_clients_and_leaves_no_process() {
    let folder = Folder::new("clients");
    let server = folder.start();
    let url = server.database_url().expose_secret().to_owned();
    let sleeper = sleep(&url);
    await_sleeper(&url);
    server.stop();
    assert!(sleeper.join().unwrap().is_err());
    assert_eq!(processes_about(&folder.0), "");
}

#[test]
fn a_second_owner_is_refused_with_the_folder_and_the_process_of_the_first() {
    let folder = Folder::new("second");
    let _server = folder.start();
    let error = PrivatePostgres::start(&folder.settings(Durability::Full)).unwrap_err();
    assert!(matches!(error, StartError::Owned { .. }));
    let message = error.to_string();
    assert!(message.contains(folder.0.to_str().unwrap()), "{message}");
    assert!(
        message.contains(&format!("process {}", process::id())),
        "{message}"
    );
}

#[test]
fn the_server_ends_with_an_owner_that_is_killed_and_keeps_its_data() {
    let folder = Folder::new("killed");
    let owner = Owner::start(&folder, Durability::Full);
    let url = owner.url.clone();
    run(&url, "CREATE TABLE kept AS SELECT 42 AS answer").unwrap();
    owner.kill();
    awaited(|| (processes_about(&folder.0).is_empty()).then_some(()));
    let server = folder.start();
    assert_eq!(server.database_url().expose_secret(), url);
    assert_eq!(sql(&url, "SELECT answer FROM kept").unwrap(), "42");
}

#[test]
fn a_start_right_after_the_owner_was_killed_waits_for_the_former_server() {
    let folder = Folder::new("successor");
    let owner = Owner::start(&folder, Durability::Full);
    run(&owner.url, "CREATE TABLE kept AS SELECT 42 AS answer").unwrap();
    owner.kill();
    let server = folder.start();
    let url = server.database_url().expose_secret();
    assert_eq!(sql(url, "SELECT answer FROM kept").unwrap(), "42");
}

#[test]
fn a_start_succeeds_after_owner_guard_and_server_were_killed_together() {
    let folder = Folder::new("allkilled");
    let owner = Owner::start(&folder, Durability::Full);
    run(&owner.url, "CREATE TABLE kept AS SELECT 42 AS answer").unwrap();
    let sleeper = sleep(&owner.url);
    await_sleeper(&owner.url);
    kill(guard(&folder), Signal::SIGKILL).unwrap();
    kill(postmaster(&folder), Signal::SIGKILL).unwrap();
    owner.kill();
    let server = folder.start();
    let url = server.database_url().expose_secret();
    assert_eq!(sql(url, "SELECT answer FROM kept").unwrap(), "42");
    assert!(sleeper.join().unwrap().is_err());
}

#[test]
fn an_orphaned_server_is_replaced_at_the_next_start() {
    let folder = Folder::new("orphan");
    let owner = Owner::start(&folder, Durability::Full);
    run(&owner.url, "CREATE TABLE kept AS SELECT 42 AS answer").unwrap();
    let orphan = postmaster(&folder);
    kill(guard(&folder), Signal::SIGKILL).unwrap();
    owner.kill();
    let server = folder.start();
    assert_ne!(postmaster(&folder), orphan);
    let url = server.database_url().expose_secret();
    assert_eq!(sql(url, "SELECT answer FROM kept").unwrap(), "42");
}

#[test]
fn a_server_that_is_killed_comes_back_with_its_data_and_ends_with_its_owner_still() {
    let folder = Folder::new("revived");
    let owner = Owner::start(&folder, Durability::Full);
    run(&owner.url, "CREATE TABLE kept AS SELECT 42 AS answer").unwrap();
    for _ in 0..2 {
        let former = postmaster(&folder);
        kill(former, Signal::SIGKILL).unwrap();
        let answer = awaited(|| sql(&owner.url, "SELECT answer FROM kept").ok());
        assert_eq!(answer, "42");
        assert_ne!(postmaster(&folder), former);
    }
    owner.kill();
    awaited(|| processes_about(&folder.0).is_empty().then_some(()));
}

#[test]
fn a_guard_that_is_killed_is_replaced() {
    let folder = Folder::new("replaced");
    let owner = Owner::start(&folder, Durability::Full);
    let former = guard(&folder);
    kill(former, Signal::SIGKILL).unwrap();
    awaited(|| find_guard(&folder).filter(|guard| *guard != former));
    owner.kill();
    awaited(|| processes_about(&folder.0).is_empty().then_some(()));
}

#[test]
fn a_path_that_a_socket_cannot_have_moves_only_the_socket() {
    for name in ["long-".repeat(25), "one, two".into()] {
        let folder = Folder::new(&name);
        let server = PrivatePostgres::start(&folder.settings(Durability::Throwaway)).unwrap();
        let url = server.database_url().expose_secret().to_owned();
        assert_eq!(sql(&url, "SELECT 1").unwrap(), "1");
        assert!(folder.cluster().join("data").exists());
        let socket_folder = sql(&url, "SELECT current_setting('unix_socket_directories')").unwrap();
        assert!(
            socket_folder.starts_with("/var/tmp/latchkey-"),
            "{socket_folder}"
        );
        server.stop();
        assert!(!Path::new(&socket_folder).parent().unwrap().exists());
    }
}

#[test]
fn a_path_with_unusual_characters_works() {
    let folder = Folder::new("it's 100 % ünusual & #1?");
    let server = PrivatePostgres::start(&folder.settings(Durability::Throwaway)).unwrap();
    let url = server.database_url().expose_secret();
    assert_eq!(sql(url, "SELECT 1").unwrap(), "1");
}

#[test]
fn root_keeps_the_database_elsewhere_if_its_user_cannot_enter_the_data_directory() {
    if !as_root("root_keeps_the_database_elsewhere_if_its_user_cannot_enter_the_data_directory") {
        return;
    }
    let closed = Folder::new("closed");
    fs::create_dir(&closed.0).unwrap();
    fs::set_permissions(&closed.0, fs::Permissions::from_mode(0o700)).unwrap();
    let folder = Folder::below(&closed.0, "inner");
    let server = folder.start();
    let url = server.database_url().expose_secret().to_owned();
    run(&url, "CREATE TABLE kept AS SELECT 42 AS answer").unwrap();
    let data = sql(&url, "SELECT current_setting('data_directory')").unwrap();
    assert!(!Path::new(&data).starts_with(&closed.0), "{data}");
    server.stop();
    let server = folder.start();
    assert_eq!(sql(&url, "SELECT answer FROM kept").unwrap(), "42");
    server.stop();
    fs::remove_dir_all(Path::new(&data).ancestors().nth(2).unwrap()).unwrap();
}

#[test]
fn a_throwaway_leaves_nothing_behind() {
    let folder = Folder::new("throwaway");
    let server = PrivatePostgres::start(&folder.settings(Durability::Throwaway)).unwrap();
    let url = server.database_url().expose_secret().to_owned();
    assert_eq!(sql(&url, "SELECT current_setting('fsync')").unwrap(), "off");
    server.stop();
    assert!(!folder.0.exists());
    assert_eq!(processes_about(&folder.0), "");
}

#[test]
fn a_throwaway_leaves_nothing_behind_when_its_owner_is_killed() {
    let folder = Folder::new("thrown");
    Owner::start(&folder, Durability::Throwaway).kill();
    awaited(|| (!folder.0.exists()).then_some(()));
    awaited(|| processes_about(&folder.0).is_empty().then_some(()));
}

#[test]
fn a_throwaway_can_follow_another_that_is_still_being_removed() {
    let folder = Folder::new("follow");
    Owner::start(&folder, Durability::Throwaway).kill();
    let server = PrivatePostgres::start(&folder.settings(Durability::Throwaway)).unwrap();
    assert_eq!(
        sql(server.database_url().expose_secret(), "SELECT 1").unwrap(),
        "1"
    );
}

#[test]
fn an_interrupted_creation_is_begun_again() {
    let folder = Folder::new("interrupted");
    folder.start().stop();
    let cluster = folder.cluster();
    fs::rename(cluster.join("data"), cluster.join("unfinished-1")).unwrap();
    let server = folder.start();
    assert_eq!(
        sql(server.database_url().expose_secret(), "SELECT 1").unwrap(),
        "1"
    );
    assert!(!cluster.join("unfinished-1").exists());
}

#[test]
fn a_stale_process_id_of_somebody_else_is_no_obstacle() {
    let folder = Folder::new("stale");
    folder.start().stop();
    let note = format!(
        "{}\n{}\n",
        process::id(),
        folder.cluster().join("data").display()
    );
    fs::write(folder.cluster().join("data/postmaster.pid"), note).unwrap();
    fs::write(folder.cluster().join("socket/.s.PGSQL.5432.lock"), "1\n").unwrap();
    folder.start();
}

#[test]
fn a_server_that_does_not_start_shows_its_log() {
    let folder = Folder::new("broken");
    folder.start().stop();
    fs::write(
        folder.cluster().join("data/postgresql.conf"),
        "nonsense = on\n",
    )
    .unwrap();
    let error = PrivatePostgres::start(&folder.settings(Durability::Full))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("unrecognized configuration parameter \"nonsense\""),
        "{error}"
    );
}

#[test]
fn data_of_a_version_that_is_not_installed_is_not_passed_over() {
    let folder = Folder::new("version");
    fs::create_dir_all(folder.0.join("postgres-99/data")).unwrap();
    let error = locate(&folder.settings(Durability::Full))
        .unwrap_err()
        .to_string();
    assert!(error.contains("no PostgreSQL 99 was found"), "{error}");
}

#[test]
fn missing_programs_are_an_error_that_says_how_to_get_them() {
    let folder = Folder::new("missing");
    let binaries = Some(folder.0.join("bin"));
    let settings = Settings {
        binaries,
        ..folder.settings(Durability::Full)
    };
    let error = PrivatePostgres::start(&settings).unwrap_err();
    assert!(matches!(error, StartError::NotFound { .. }));
    let message = error.to_string();
    for part in [
        "apt install postgresql",
        "brew install",
        "name the folder of `postgres` and `initdb`",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(
        message.contains(settings.binaries.unwrap().to_str().unwrap()),
        "{message}"
    );
}

/// The result of a statement, as text.
fn sql(url: &str, query: &str) -> Result<String, String> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Nullable<Text>)]
        answer: Option<String>,
    }
    let query = format!("SELECT ({query})::text AS answer");
    let answer = diesel::sql_query(query).get_result::<Answer>(&mut connect(url)?);
    let answer = answer.map_err(|error| error.to_string())?;
    Ok(answer.answer.unwrap_or_default())
}

fn run(url: &str, statement: &str) -> Result<(), String> {
    let done = connect(url)?.batch_execute(statement);
    done.map_err(|error| error.to_string())
}

fn connect(url: &str) -> Result<PgConnection, String> {
    PgConnection::establish(url).map_err(|error| error.to_string())
}

/// A client with a statement that does not end.
fn sleep(url: &str) -> JoinHandle<Result<(), String>> {
    let url = url.to_owned();
    thread::spawn(move || run(&url, "SELECT pg_sleep(3600)"))
}

fn await_sleeper(url: &str) {
    let query = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'";
    awaited(|| sql(url, query).ok().filter(|pid| !pid.is_empty()));
}

/// Polls until there is a value. The timeout is much longer than anything takes.
#[track_caller]
fn awaited<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "nothing happened");
        thread::sleep(Duration::from_millis(10));
    }
}

fn cluster_in(folder: &Path) -> PathBuf {
    let mut entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .find(|path| path.join("data").is_dir() || path.join("password").exists())
        .expect("a cluster")
}

fn postmaster(folder: &Folder) -> Pid {
    let text = fs::read_to_string(folder.cluster().join("data/postmaster.pid")).unwrap();
    Pid::from_raw(text.lines().next().unwrap().parse().unwrap())
}

fn guard(folder: &Folder) -> Pid {
    find_guard(folder).expect("a guard")
}

fn find_guard(folder: &Folder) -> Option<Pid> {
    let listed = processes_about(&folder.0);
    let line = listed
        .lines()
        .find(|line| line.contains("latchkey-guard"))?;
    line.split_whitespace()
        .next()?
        .parse()
        .ok()
        .map(Pid::from_raw)
}

/// Id, state and command line of each process that mentions the folder.
fn processes_about(folder: &Path) -> String {
    let listed = Command::new("ps")
        .args(["-axww", "-o", "pid=,stat=,command="])
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let folder = folder.to_str().unwrap();
    let is_zombie = |line: &&str| {
        line.split_whitespace()
            .nth(1)
            .is_some_and(|state| state.starts_with('Z'))
    };
    let lines = listed
        .lines()
        .filter(|line| line.contains(folder) && !is_zombie(line));
    lines.collect::<Vec<_>>().join("\n")
}
