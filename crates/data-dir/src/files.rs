//! Opens files and folders that should be our own.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::OFlag;

/// Larger than any file that is read here.
const MAX_BYTES: u64 = 64 * 1024;

/// Opens a file for writing, and creates it if it is missing. The caller truncates it, after this
/// function has ensured that it has no other hard link. Fails if it is a link, not a regular file,
/// or has a second name.
pub fn open(path: &Path) -> io::Result<File> {
    let file = open_plain(
        path,
        OpenOptions::new().create(true).write(true).mode(0o600),
    )?;
    if file.metadata()?.nlink() == 1 {
        Ok(file)
    } else {
        Err(foreign())
    }
}

/// Opens a file for reading. Fails if it is a link or not a regular file.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    open_plain(path, OpenOptions::new().read(true))
}

/// Reads at most 64 KiB of text from a file. Fails if it is a link, not a regular file, or not
/// UTF-8.
pub fn read(path: &Path) -> io::Result<String> {
    io::read_to_string(open_to_read(path)?.take(MAX_BYTES))
}

fn open_plain(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Opening a pipe would otherwise wait for its other end.
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = options.custom_flags(flags.bits()).open(path);
    let file = file.map_err(|error| explain(path, error))?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(foreign())
    }
}

/// Opens a folder. Fails for anything else, including a link to a folder.
pub fn open_folder(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_DIRECTORY;
    let folder = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path);
    folder.map_err(|error| explain(path, error))
}

/// For a link, Linux reports too many links, or that it is not a directory.
fn explain(path: &Path, error: io::Error) -> io::Error {
    if path.is_symlink() { foreign() } else { error }
}

fn foreign() -> io::Error {
    io::Error::other(
        "it is a link, or not a plain file with one name; move it away and start again",
    )
}
