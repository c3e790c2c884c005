//! The writer of a recording: [`Writer`].

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use crate::lab::recording::{CallOutcome, Header, LoggedCall, VERSION};

/// A writer of a recording.
///
/// Each line is one call of [`write_all`](io::Write::write_all): give it a buffered writer where calls
/// are frequent.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use breaker_runtime::lab::recording::{Header, Writer};
///
/// let mut writer = Writer::new(Vec::new(), &Header::new(SystemTime::UNIX_EPOCH))?;
/// writer.dropped(Duration::from_micros(3), 17)?;
/// writer.flush()?;
/// assert!(writer.written() > 80);
/// assert!(writer.into_inner().ends_with(b"{\"dropped\":17,\"t\":3000}\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    line: Vec<u8>,
    written: u64,
}

impl<W: io::Write> Writer<W> {
    /// Creates a writer, and writes the header.
    ///
    /// # Errors
    ///
    /// If the output fails, or if `started` is not from 1970 to 9999.
    pub fn new(output: W, header: &Header) -> io::Result<Self> {
        let mut started = String::new();
        write!(started, "{}", humantime::format_rfc3339_nanos(header.started)).map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidInput, "the start is not in the years 1970 to 9999")
        })?;
        let line = RawHeader { breaker_recording: VERSION, started: &started, sample: header.sample };
        let mut writer = Self { output, line: Vec::new(), written: 0 };
        writer.write(&line)?;
        Ok(writer)
    }

    /// Writes a call.
    ///
    /// # Errors
    ///
    /// If the output fails.
    pub fn call(&mut self, call: &LoggedCall) -> io::Result<()> {
        self.write(&RawCall {
            t: nanos(call.start),
            d: nanos(call.took),
            o: call.outcome,
            f: &call.breaker,
            k: call.key.as_deref(),
            a: Some(call.attempt).filter(|attempt| *attempt != 1),
            n: Some(call.count).filter(|count| *count != 1),
        })
    }

    /// Writes how many calls were lost by this time since the start.
    ///
    /// # Errors
    ///
    /// If the output fails.
    pub fn dropped(&mut self, at: Duration, calls: u64) -> io::Result<()> {
        self.write(&RawDropped { dropped: calls, t: nanos(at) })
    }

    /// Returns the number of bytes that were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Returns the output, to write what was collected.
    pub(crate) fn output(&mut self) -> &mut W {
        &mut self.output
    }

    /// Flushes the output.
    ///
    /// # Errors
    ///
    /// If the output fails.
    pub fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    /// Returns the output, which may hold bytes that are not flushed.
    pub fn into_inner(self) -> W {
        self.output
    }

    fn write(&mut self, line: &impl serde::Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        self.line.push(b'\n');
        self.output.write_all(&self.line)?;
        self.written += self.line.len() as u64;
        Ok(())
    }
}

/// Returns the number of nanoseconds, at most 584 years.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[derive(serde::Serialize)]
struct RawHeader<'h> {
    breaker_recording: u32,
    started: &'h str,
    sample: f64,
}

#[derive(serde::Serialize)]
struct RawCall<'c> {
    t: u64,
    d: u64,
    o: CallOutcome,
    f: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    k: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<u64>,
}

#[derive(serde::Serialize)]
struct RawDropped {
    dropped: u64,
    t: u64,
}
