//! Serves the files of a folder, with validators computed from their content.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use axum::body::Body;
use axum::http::{HeaderMap, Method, Response};
use chrono::{DateTime, Utc};
use quick_cache::sync::Cache;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use crate::api::files::representation::{Coding, Form, Plan, choose, etag};

/// The number of files whose digests are cached.
const MAX_KNOWN: usize = 4096;

/// How much of a file is read at a time.
const CHUNK: usize = 64 * 1024;

/// A file that changed less than this ago may change again without a different timestamp.
const UNSETTLED_SECONDS: i64 = 2;

/// The folder, and the digests of the requested files.
pub struct Folder {
    root: PathBuf,
    known: Cache<String, Known>,
    /// Held while a whole file is read, so that concurrent requests read it once.
    examining: Mutex<()>,
}

/// Identifies a version of a file. Its modification time can be set, as reproducible builds do, but
/// its change time cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    length: u64,
    changed: (i64, i64),
}

/// A file and its compressed forms when last examined.
#[derive(Clone)]
struct Known {
    stamps: Arc<[Stamp]>,
    forms: Arc<[Form<usize>]>,
}

/// A file to send.
pub struct Opened {
    response: Response<Body>,
    file: File,
    part: Range<u64>,
}

impl Folder {
    /// Serves the files below `root`.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            known: Cache::new(MAX_KNOWN),
            examining: Mutex::new(()),
        }
    }

    /// Opens a file in the form that the client prefers; `None` if the folder has no such file.
    pub fn open(
        &self,
        name: &str,
        method: &Method,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> io::Result<Option<Opened>> {
        // On every request, because a deployment may replace the folder's link.
        let Ok(root) = self.root.canonicalize() else {
            return Ok(None);
        };
        let Some(first) = open_within(&root, name)? else {
            return Ok(None);
        };
        let mut files = vec![(Coding::Identity, first)];
        for coding in Coding::COMPRESSED {
            if let Some(file) = open_within(&root, &format!("{name}{}", coding.suffix()))? {
                files.push((coding, file));
            }
        }
        let known = self.known(name, &mut files, now)?;
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let Some(plan) = choose(&kind_of(&kind), &known.forms, method, headers) else {
            return Ok(None);
        };
        let Plan {
            form,
            part,
            response,
        } = plan;
        let (_, mut file) = files.swap_remove(form.content);
        file.seek(SeekFrom::Start(part.start))?;
        Ok(Some(Opened {
            response,
            file,
            part,
        }))
    }

    fn known(
        &self,
        name: &str,
        files: &mut [(Coding, File)],
        now: DateTime<Utc>,
    ) -> io::Result<Known> {
        let stamps = |files: &[(Coding, File)]| {
            let stamps = files.iter().map(|(_, file)| file.metadata().map(Stamp::of));
            stamps.collect::<io::Result<Arc<[Stamp]>>>()
        };
        let found = stamps(files)?;
        let remembered = || self.known.get(name).filter(|known| known.stamps == found);
        if let Some(known) = remembered() {
            return Ok(known);
        }
        let _one = self
            .examining
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = remembered() {
            return Ok(known);
        }
        let known = Known {
            forms: examine(files)?.into(),
            stamps: found,
        };
        let is_settled = |stamp: &Stamp| stamp.changed.0 + UNSETTLED_SECONDS < now.timestamp();
        if stamps(files)? == known.stamps && known.stamps.iter().all(is_settled) {
            self.known.insert(name.to_owned(), known.clone());
        }
        Ok(known)
    }
}

impl Opened {
    /// A response that streams the file.
    pub fn into_response(self) -> Response<Body> {
        let length = self.part.end - self.part.start;
        let file = tokio::fs::File::from_std(self.file).take(length);
        let body = Body::from_stream(ReaderStream::with_capacity(file, CHUNK));
        self.response.map(|_| body)
    }
}

impl Stamp {
    #[expect(clippy::needless_pass_by_value, reason = "so that it can be mapped")]
    fn of(metadata: Metadata) -> Self {
        Self {
            file: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// The content type of a file. Text files are UTF-8.
fn kind_of(kind: &mime_guess::Mime) -> String {
    match kind.type_() {
        mime_guess::mime::TEXT => format!("{kind}; charset=utf-8"),
        _ => kind.to_string(),
    }
}

/// Opens a file, unless a link leads out of the folder.
fn open_within(root: &Path, name: &str) -> io::Result<Option<File>> {
    let Ok(path) = root.join(name).canonicalize() else {
        return Ok(None);
    };
    // Not a pipe or device: opening one may block for ever.
    if !path.starts_with(root) || !path.is_file() {
        return Ok(None);
    }
    File::open(path).map(Some)
}

/// Reads each file completely. Leaves out a compressed file whose content differs from the first:
/// the plain file was changed, but the compressed one was not.
fn examine(files: &mut [(Coding, File)]) -> io::Result<Vec<Form<usize>>> {
    let mut forms: Vec<Form<usize>> = Vec::with_capacity(files.len());
    let mut content = None;
    for (place, (coding, file)) in files.iter_mut().enumerate() {
        let (digest, length) = read(&mut *file)?;
        if *coding == Coding::Identity {
            content = Some((digest.clone(), length));
        } else {
            file.seek(SeekFrom::Start(0))?;
            // One byte more than expected, so that a small file cannot decompress into a large one.
            let most = content.as_ref().map_or(0, |(_, length)| length + 1);
            let unpacked = match coding {
                Coding::Brotli => read(brotli::Decompressor::new(&*file, CHUNK).take(most)),
                _ => read(flate2::read::GzDecoder::new(&*file).take(most)),
            };
            if unpacked.ok() != content {
                continue;
            }
        }
        forms.push(Form {
            coding: *coding,
            etag: etag(&digest),
            length,
            content: place,
        });
    }
    Ok(forms)
}

/// The SHA-256 of the content, and its length.
fn read(mut reader: impl Read) -> io::Result<(Vec<u8>, u64)> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; CHUNK];
    let mut length = 0;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => return Ok((context.finish().as_ref().to_vec(), length)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        context.update(&buffer[..count]);
        length += count as u64;
    }
}
