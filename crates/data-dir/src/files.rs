//! Opening what is expected to be a file or folder of our own.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::OFlag;

/// More than any file that is read here has.
const MAX_BYTES: u64 = 64 * 1024;

/// Opens a file to write to, and makes it if it is missing. It is emptied by the caller if at all, who then
/// knows that it has no second name elsewhere.
///
/// # Errors
///
/// It is a link, no plain file or has a second name; or it cannot be opened.
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

/// Opens a file to read from.
///
/// # Errors
///
/// It is a link or no plain file, or cannot be opened.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    open_plain(path, OpenOptions::new().read(true))
}

/// Reads the text of a file, up to 64 KiB of it.
///
/// # Errors
///
/// It is a link or no plain file, cannot be read, or is not UTF-8.
pub fn read(path: &Path) -> io::Result<String> {
    io::read_to_string(open_to_read(path)?.take(MAX_BYTES))
}

fn open_plain(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Opening a pipe would wait for its other end.
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = options.custom_flags(flags.bits()).open(path);
    let file = file.map_err(|error| explain(path, error))?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(foreign())
    }
}

/// Opens a folder, and no link to one.
///
/// # Errors
///
/// It is something else, or cannot be opened.
pub fn open_folder(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_DIRECTORY;
    let folder = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path);
    folder.map_err(|error| explain(path, error))
}

/// Linux says of a link that there are too many, or that it is no folder.
fn explain(path: &Path, error: io::Error) -> io::Error {
    if path.is_symlink() { foreign() } else { error }
}

fn foreign() -> io::Error {
    io::Error::other(
        "it is a link, or not a plain file with one name; move it away and start again",
    )
}
