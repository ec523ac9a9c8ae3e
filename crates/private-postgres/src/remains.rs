//! Cleans up after a killed owner or server: processes, `postmaster.pid`, the socket.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};

use super::error::StartError;
use super::home::PORT;

/// Ends every server process of this cluster and removes what would prevent the next start.
///
/// Call it only as the owner of the data directory, so that every process it finds belongs to this
/// cluster.
pub(super) fn clear(data: &Path, socket_folder: &Path, user: Uid) -> Result<(), StartError> {
    let began = Instant::now();
    let mut sent = None;
    loop {
        let running = server_processes(data, user);
        if running.is_empty() {
            break;
        }
        let postmaster = postmaster(data).filter(|pid| running.contains(pid));
        let (signal, receivers) = match (began.elapsed().as_secs(), postmaster) {
            // A fast shutdown. Without a postmaster, signals the backends that have not noticed its
            // end yet.
            (0..20, Some(pid)) => (Signal::SIGINT, vec![pid]),
            (0..20, None) => (Signal::SIGTERM, running),
            (20..25, _) => (Signal::SIGQUIT, running),
            (25..30, _) => (Signal::SIGKILL, running),
            _ => {
                let processes = running
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ");
                return Err(StartError::Occupied {
                    folder: data.to_owned(),
                    processes,
                });
            }
        };
        if sent.replace(signal) != Some(signal) {
            tracing::warn!(data = %data.display(), ?receivers, %signal, "ending a PostgreSQL that outlived its owner");
            for pid in receivers {
                let _ = kill(pid, signal);
            }
        }
        thread::sleep(Duration::from_millis(10));
    }
    // PostgreSQL mistakes a zombie, or any process with its old id, for a running server.
    let socket = format!(".s.PGSQL.{PORT}");
    for path in [
        data.join("postmaster.pid"),
        socket_folder.join(format!("{socket}.lock")),
        socket_folder.join(socket),
    ] {
        let _ = fs::remove_file(path);
    }
    Ok(())
}

/// The process id in `postmaster.pid`.
fn postmaster(data: &Path) -> Option<Pid> {
    let text = data_dir::read(&data.join("postmaster.pid")).ok()?;
    text.lines().next()?.trim().parse().ok().map(Pid::from_raw)
}

/// PostgreSQL's processes have their data directory as working directory; a zombie has none.
/// Processes of other users are ignored.
#[cfg(target_os = "linux")]
fn server_processes(data: &Path, user: Uid) -> Vec<Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .filter(|(_, process)| fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == data))
        // A shell may have the same working directory.
        .filter(|(_, process)| {
            fs::read_to_string(process.join("comm")).is_ok_and(|name| name.contains("postgres"))
        })
        .filter(|(_, process)| {
            fs::read_to_string(process.join("status"))
                .is_ok_and(|status| status.contains(&format!("\nUid:\t{user}\t")))
        })
        .map(|(pid, _)| Pid::from_raw(pid))
        .collect()
}

/// The postmaster, if it runs, by its command line: there is no /proc, and backends hide their
/// folder.
#[cfg(not(target_os = "linux"))]
fn server_processes(data: &Path, user: Uid) -> Vec<Pid> {
    let Some(pid) = postmaster(data) else {
        return Vec::new();
    };
    let listed = std::process::Command::new("ps")
        .args([
            "-ww",
            "-o",
            "uid=",
            "-o",
            "command=",
            "-p",
            &pid.to_string(),
        ])
        .output();
    let is_ours = listed.is_ok_and(|listed| {
        let listed = String::from_utf8_lossy(&listed.stdout);
        listed.trim_start().starts_with(&format!("{user} "))
            && listed.contains(data.to_string_lossy().as_ref())
    });
    if is_ours { vec![pid] } else { Vec::new() }
}
