//! A writer into memory, for a recording that a test reads.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use breaker_runtime::lab::recording::{Line, Reader};

#[derive(Clone, Default)]
pub(crate) struct Memory(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Memory {
    /// Returns the lines that were written.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let bytes = self.0.lock().unwrap();
        Reader::new(bytes.as_slice()).collect::<Result<_, _>>().unwrap()
    }
}
