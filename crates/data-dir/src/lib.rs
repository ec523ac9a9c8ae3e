//! Whether the data directory is safe from other users.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{self, Component, Path, PathBuf};

use nix::unistd::geteuid;

/// As many links as Linux follows in one path.
const MAX_LINKS: usize = 40;
const STICKY: u32 = 0o1000;

/// Refuses, as root, a path that another user could redirect: root would follow that user's links,
/// and could then write or give away any file. Other users have nothing to lend; they may use any
/// path.
///
/// # Errors
///
/// The folder or link that somebody else controls, and what to do; or it cannot be examined.
pub fn require_safe(data_dir: &Path) -> io::Result<()> {
    if geteuid().is_root() {
        require_roots(data_dir)
    } else {
        Ok(())
    }
}

/// Walks down from `/`, through links, until the end or the first part that does not exist.
fn require_roots(data_dir: &Path) -> io::Result<()> {
    let mut rest = parts(&path::absolute(data_dir)?);
    let mut walked = PathBuf::from("/");
    let mut links = 0;
    require_root(&walked, &fs::symlink_metadata(&walked)?)?;
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            walked.pop();
            continue;
        }
        let next = walked.join(&part);
        let found = match fs::symlink_metadata(&next) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        require_root(&next, &found)?;
        if !found.is_symlink() {
            walked = next;
            continue;
        }
        links += 1;
        if links > MAX_LINKS {
            return Err(io::Error::other("too many links"));
        }
        let target = fs::read_link(&next)?;
        if target.is_absolute() {
            walked = PathBuf::from("/");
        }
        let mut before = parts(&target);
        before.append(&mut rest);
        rest = before;
    }
    // The sticky bit protects what exists, not names that are still free.
    let found = fs::symlink_metadata(&walked)?;
    if found.mode() & 0o022 != 0 {
        return Err(unsafe_path(&walked, "other users can write to it"));
    }
    Ok(())
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    });
    parts.collect()
}

/// Only root may replace `path` or, unless the sticky bit is set, what is in it.
fn require_root(path: &Path, found: &fs::Metadata) -> io::Result<()> {
    if found.uid() != 0 {
        let reason = format!("it belongs to user {}", found.uid());
        return Err(unsafe_path(path, &reason));
    }
    let is_open = found.mode() & 0o022 != 0 && found.mode() & STICKY == 0;
    if is_open && !found.is_symlink() {
        return Err(unsafe_path(path, "other users can write to it"));
    }
    Ok(())
}

fn unsafe_path(path: &Path, reason: &str) -> io::Error {
    io::Error::other(format!(
        "root cannot keep data safely below {}: {reason}. Run latchkey as the owner of the data \
         directory, or set LATCHKEY_DATA_DIR to a folder that only root can write to",
        path.display()
    ))
}
