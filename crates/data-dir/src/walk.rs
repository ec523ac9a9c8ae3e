//! Walks the path from `/` to the data directory, and checks who could redirect it.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{self, Component, Path, PathBuf};

/// The number of links that Linux follows in one path.
const MAX_LINKS: usize = 40;
const STICKY: u32 = 0o1000;

/// A folder or link on the path.
pub(crate) struct Step {
    pub path: PathBuf,
    pub found: Metadata,
}

/// Finds the deepest existing part of a path, and refuses a path that anybody but root and the
/// owner of that part could redirect.
pub(crate) fn require_safe(data_dir: &Path) -> io::Result<Step> {
    let Way {
        steps,
        end,
        is_complete,
    } = walk(data_dir)?;
    for step in &steps {
        step.require_owner(end.found.uid())?;
    }
    // The sticky bit protects existing names, not new ones.
    if is_complete && end.is_open() {
        return Err(end.refusal("other users can write to it"));
    }
    Ok(end)
}

/// Refuses entries of a folder that do not belong to root alone, and links that lead out of it.
pub(crate) fn require_safe_tree(folder: &Path) -> io::Result<()> {
    let step = Step::at(folder.to_owned())?;
    step.require_owner(0)?;
    if step.is_open() && !step.found.is_symlink() {
        return Err(step.refusal("other users can write to it"));
    }
    if step.found.is_symlink() {
        let target = fs::read_link(folder)?;
        let stays = target
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        return if stays {
            Ok(())
        } else {
            Err(step.refusal("it leads elsewhere"))
        };
    }
    if step.found.is_file() && step.found.nlink() > 1 {
        return Err(step.refusal("it has a second name"));
    }
    if step.found.is_dir() {
        for entry in fs::read_dir(folder)? {
            require_safe_tree(&entry?.path())?;
        }
    }
    Ok(())
}

struct Way {
    steps: Vec<Step>,
    end: Step,
    is_complete: bool,
}

/// Follows the path from `/`, through links, to its end or to the first part that does not exist.
fn walk(data_dir: &Path) -> io::Result<Way> {
    let mut rest = parts(&path::absolute(data_dir)?);
    let mut walked = PathBuf::from("/");
    let mut steps = vec![Step::at(walked.clone())?];
    let mut links = 0;
    let mut is_complete = true;
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            walked.pop();
            continue;
        }
        let step = match Step::at(walked.join(&part)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                is_complete = false;
                break;
            }
            step => step?,
        };
        if step.found.is_symlink() {
            links += 1;
            if links > MAX_LINKS {
                return Err(io::Error::other("too many links"));
            }
            let target = fs::read_link(&step.path)?;
            if target.is_absolute() {
                walked = PathBuf::from("/");
            }
            let mut before = parts(&target);
            before.append(&mut rest);
            rest = before;
        } else {
            walked.clone_from(&step.path);
        }
        steps.push(step);
    }
    Ok(Way {
        steps,
        end: Step::at(walked)?,
        is_complete,
    })
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    });
    parts.collect()
}

impl Step {
    fn at(path: PathBuf) -> io::Result<Self> {
        let found = fs::symlink_metadata(&path)?;
        Ok(Self { path, found })
    }

    /// Checks that only root and `owner` may replace this or, unless the sticky bit is set, its
    /// entries.
    fn require_owner(&self, owner: u32) -> io::Result<()> {
        let uid = self.found.uid();
        if uid != 0 && uid != owner {
            return Err(self.refusal(&format!("it belongs to user {uid}")));
        }
        let is_sticky = self.found.mode() & STICKY != 0;
        if self.is_open() && !is_sticky && !self.found.is_symlink() {
            return Err(self.refusal("other users can write to it"));
        }
        Ok(())
    }

    /// Whether users other than the owner may write to it. A group with the number of its user
    /// belongs to that user alone.
    fn is_open(&self) -> bool {
        let (uid, gid) = (self.found.uid(), self.found.gid());
        let is_private = uid == gid && uid != 0;
        let others = if is_private { 0o002 } else { 0o022 };
        self.found.mode() & others != 0
    }

    pub(crate) fn refusal(&self, reason: &str) -> io::Error {
        io::Error::other(format!(
            "root cannot keep data safely below {}: {reason}. Run as the owner of the data \
             directory, or name one that only root can write to",
            self.path.display()
        ))
    }
}
