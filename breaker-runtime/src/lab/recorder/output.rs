//! The output of a recording: [`LineOutput`], which writes whole lines, and rotates files.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::lab::recorder::{Destination, RecordingOptions, Target};

/// The bytes that are collected before they are written.
const CHUNK: usize = 1 << 18;

/// The output of a recording. What is written to it is collected, and goes out by [`LineOutput::send`].
pub(super) struct LineOutput {
    sink: Sink,
    chunk: Vec<u8>,
    rotation: Rotation,
}

enum Sink {
    File(RotatedFile),
    Writer(Box<dyn Write + Send>),
    /// A writer that failed: part of a line may have been written.
    Broken,
}

struct RotatedFile {
    path: PathBuf,
    file: File,
    /// The length of the whole lines in it.
    length: u64,
}

#[derive(Clone, Copy)]
struct Rotation {
    at: u64,
    old_files: u32,
}

impl LineOutput {
    /// Opens a destination. A file of that name is kept as an old one.
    pub(super) fn open(destination: Destination, options: &RecordingOptions) -> io::Result<Self> {
        let rotation = Rotation { at: options.rotate_at, old_files: options.old_files };
        let sink = match destination.0 {
            Target::File(path) => Sink::File(RotatedFile::begin(path, rotation)?),
            Target::Writer(writer) => Sink::Writer(writer),
        };
        Ok(Self { sink, chunk: Vec::new(), rotation })
    }

    /// Returns whether enough lines are collected.
    pub(super) fn is_full(&self) -> bool {
        let room = match &self.sink {
            Sink::File(file) => self.rotation.at.saturating_sub(file.length),
            Sink::Writer(_) | Sink::Broken => u64::MAX,
        };
        self.chunk.len() >= CHUNK || self.chunk.len() as u64 >= room
    }

    /// Returns whether there is anything to send.
    pub(super) fn is_empty(&self) -> bool {
        self.chunk.is_empty()
    }

    /// Writes the collected lines, and forgets them in any case. Of a file, what was written of them in
    /// part is cut off. Returns the number of bytes.
    pub(super) fn send(&mut self) -> io::Result<u64> {
        let result = match &mut self.sink {
            Sink::File(file) => file.append(&self.chunk),
            Sink::Writer(writer) => writer.write_all(&self.chunk).and_then(|()| writer.flush()),
            Sink::Broken => Err(io::Error::other("the writer has failed")),
        };
        if result.is_err() && matches!(self.sink, Sink::Writer(_)) {
            self.sink = Sink::Broken;
        }
        let bytes = self.chunk.len() as u64;
        self.chunk.clear();
        result.map(|()| bytes)
    }

    /// Returns whether nothing has been written to the present file, so that it needs a header.
    pub(super) fn needs_header(&self) -> bool {
        match &self.sink {
            Sink::File(file) => file.length == 0 && self.chunk.is_empty(),
            Sink::Writer(_) | Sink::Broken => false,
        }
    }

    /// Begins a new file if the present one has its size; returns whether it did.
    pub(super) fn rotate(&mut self) -> io::Result<bool> {
        match &mut self.sink {
            Sink::File(file) if file.length >= self.rotation.at => {
                *file = RotatedFile::begin(file.path.clone(), self.rotation)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

impl Write for LineOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Does nothing: the recorder sends whole lines.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl RotatedFile {
    /// Renames what has this path, and creates an empty file.
    fn begin(path: PathBuf, rotation: Rotation) -> io::Result<Self> {
        let is_used = fs::metadata(&path).is_ok_and(|data| data.is_file() && data.len() > 0);
        if is_used {
            rotate(&path, rotation.old_files)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        Ok(Self { path, file, length: 0 })
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let result = self.file.write_all(lines);
        if result.is_ok() {
            self.length += lines.len() as u64;
        } else {
            // A reader would take the rest of a line for a damaged file.
            let _ = self.file.set_len(self.length);
        }
        result
    }
}

/// Renames a file to the first of the old ones, and each of these to the next.
fn rotate(path: &Path, old_files: u32) -> io::Result<()> {
    if old_files == 0 {
        return fs::remove_file(path);
    }
    for number in (1..old_files).rev() {
        let from = numbered(path, number);
        if from.exists() {
            fs::rename(from, numbered(path, number + 1))?;
        }
    }
    fs::rename(path, numbered(path, 1))
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(format!(".{number}"));
    name.into()
}
