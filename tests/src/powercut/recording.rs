//! The system calls of a writer, as `strace` saw them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::scene::Scene;
use super::{Side, Syncing, scratch, writer, writer_program};

/// One call that matters for what is on the disk, or an acknowledgement. Files are named within the
/// folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// A file was opened for writing, new or not.
    Create { file: String },
    /// Bytes at a place; without one, at the end.
    Write {
        file: String,
        at: Option<u64>,
        bytes: Vec<u8>,
    },
    /// The file was cut or grown.
    Cut { file: String, length: u64 },
    /// The file's contents are on the disk.
    Sync { file: String },
    /// The folder's names are on the disk.
    SyncFolder,
    /// The name is gone.
    Remove { file: String },
    /// The name is another.
    Rename { from: String, to: String },
    /// The writer said that an edit is saved.
    Ack(String),
}

/// A writer's whole life.
#[derive(Debug)]
pub(super) struct Recording {
    pub events: Vec<Event>,
}

impl Recording {
    /// Runs a writer in a new folder and records it.
    pub fn make(scene: &Scene, side: Side, syncing: Syncing) -> Result<Self> {
        let place = scratch()?;
        let (folder, trace) = (place.path().join("store"), place.path().join("trace"));
        std::fs::create_dir(&folder)?;
        let mut strace = Command::new("strace");
        strace
            .args(["--follow-forks", "--decode-fds=path", "-xx", "--string-limit=1100000", "--output"])
            .arg(&trace)
            .arg("--trace=openat,pwrite64,pwritev,write,writev,lseek,fdatasync,fsync,ftruncate,fallocate,unlink,rename")
            .arg(writer_program()?)
            .args(writer::arguments(side, &folder, scene.path(), writer::WORK_FOR_CUTS))
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if syncing == Syncing::Normal {
            strace.env("COTMOC_POWER_CUT_PROOF", "normal");
        }
        let output = strace.output().context("strace is needed to record a writer")?;
        ensure!(
            output.status.success(),
            "the writer failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let trace = BufReader::new(std::fs::File::open(&trace)?);
        let events = read_trace(trace, &folder)?;
        let recording = Self { events };
        let said = String::from_utf8_lossy(&output.stdout)
            .matches(writer::ACK)
            .count() as u64;
        ensure!(
            recording.acknowledged() == said,
            "every acknowledgement is in the trace"
        );
        ensure!(
            recording.has_checkpoint(),
            "the writer did too little: its log was never moved into the database"
        );
        Ok(recording)
    }

    /// How often the writer said that something is saved.
    pub fn acknowledged(&self) -> u64 {
        self.events
            .iter()
            .filter(|event| matches!(event, Event::Ack(_)))
            .count() as u64
    }
}

impl Recording {
    /// Pages went from the write-ahead log into the database while edits were acknowledged: the moments
    /// around that are the ones in which most can go wrong.
    fn has_checkpoint(&self) -> bool {
        let first = self
            .events
            .iter()
            .position(|event| matches!(event, Event::Ack(_)));
        let last = self
            .events
            .iter()
            .rposition(|event| matches!(event, Event::Ack(_)));
        let (Some(first), Some(last)) = (first, last) else {
            return false;
        };
        self.events[first..last]
            .iter()
            .any(|event| matches!(event, Event::Write { file, .. } if file == "records.db"))
    }
}

fn read_trace(trace: impl BufRead, folder: &Path) -> Result<Vec<Event>> {
    let folder = folder.to_str().context("a folder with a plain name")?;
    let mut begun: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    let mut events = Vec::new();
    for line in trace.lines() {
        let line = line?;
        let (thread, call) = line
            .split_once(' ')
            .with_context(|| format!("a line of the trace: {line:.80}"))?;
        let call = call.trim_start();
        // A call that another thread interrupts is printed in two parts; it counts when it has returned.
        if let Some(first) = call.strip_suffix("<unfinished ...>") {
            begun.insert(thread.to_owned(), first.trim_end().to_owned());
            continue;
        }
        let whole = match call.strip_prefix("<... ") {
            Some(rest) => {
                let rest = rest.split_once("resumed>").map_or(rest, |(_, rest)| rest);
                format!("{}{rest}", begun.remove(thread).unwrap_or_default())
            }
            None => call.to_owned(),
        };
        events
            .extend(event_of(&whole, folder).with_context(|| format!("a call of the trace: {whole:.200}"))?);
    }
    Ok(events)
}

fn event_of(call: &str, folder: &str) -> Result<Vec<Event>> {
    let Some((name, rest)) = call.split_once('(') else {
        return Ok(Vec::new());
    };
    let Some((arguments, result)) = rest.rsplit_once(") = ") else {
        return Ok(Vec::new());
    };
    if result.starts_with('-') {
        return Ok(Vec::new());
    }
    let of_file = |arguments: &str| -> Result<Option<String>> {
        Ok(path_of_descriptor(arguments)?.and_then(|path| within(&path, folder)))
    };
    let last_number = || {
        arguments
            .rsplit(", ")
            .next()
            .and_then(|number| number.parse::<u64>().ok())
    };
    Ok(match name {
        "openat" => {
            let Some(file) = path_of_descriptor(result)?.and_then(|path| within(&path, folder)) else {
                return Ok(Vec::new());
            };
            let created = arguments
                .contains("O_CREAT")
                .then(|| Event::Create { file: file.clone() });
            let cut = arguments.contains("O_TRUNC").then(|| Event::Cut {
                file: file.clone(),
                length: 0,
            });
            created.into_iter().chain(cut).collect()
        }
        "write" => {
            let bytes = unescape(quoted(arguments)?)?;
            let written = result
                .split_whitespace()
                .next()
                .and_then(|count| count.parse::<usize>().ok());
            match of_file(arguments)? {
                Some(file) => {
                    ensure!(written == Some(bytes.len()), "a write in part");
                    vec![Event::Write {
                        file,
                        at: None,
                        bytes,
                    }]
                }
                // Whoever writes to a pipe: the checking process answers in frames that never begin so.
                None if bytes.starts_with(writer::ACK.as_bytes()) => {
                    let line = String::from_utf8(bytes)?;
                    vec![Event::Ack(line[writer::ACK.len()..].trim_end().to_owned())]
                }
                None => Vec::new(),
            }
        }
        "pwrite64" => match of_file(arguments)? {
            Some(file) => {
                let bytes = unescape(quoted(arguments)?)?;
                ensure!(result.trim().parse() == Ok(bytes.len()), "a write in part");
                vec![Event::Write {
                    file,
                    at: Some(last_number().context("an offset")?),
                    bytes,
                }]
            }
            None => Vec::new(),
        },
        "ftruncate" => match of_file(arguments)? {
            Some(file) => vec![Event::Cut {
                file,
                length: last_number().context("a length")?,
            }],
            None => Vec::new(),
        },
        "fsync" | "fdatasync" => match path_of_descriptor(arguments)? {
            Some(path) if path == folder => vec![Event::SyncFolder],
            Some(path) => within(&path, folder)
                .map(|file| Event::Sync { file })
                .into_iter()
                .collect(),
            None => Vec::new(),
        },
        "unlink" => {
            let path = String::from_utf8(unescape(quoted(arguments)?)?)?;
            within(&path, folder)
                .map(|file| Event::Remove { file })
                .into_iter()
                .collect()
        }
        "rename" => {
            let (from, to) = arguments.split_once(", ").context("two names")?;
            let name = |part| anyhow::Ok(within(&String::from_utf8(unescape(quoted(part)?)?)?, folder));
            match (name(from)?, name(to)?) {
                (Some(from), Some(to)) => vec![Event::Rename { from, to }],
                (None, None) => Vec::new(),
                _ => bail!("a file moved in or out of the folder"),
            }
        }
        // Nothing here uses these on its files; if it did, the play-back would be wrong.
        "pwritev" | "writev" | "lseek" | "fallocate" => {
            let touches = of_file(arguments)?;
            ensure!(
                name == "lseek" || touches.is_none(),
                "{name} on a file is not played back"
            );
            Vec::new()
        }
        _ => Vec::new(),
    })
}

/// A file of the folder that a restart finds; the lock file and the mapped index are none.
fn within(path: &str, folder: &str) -> Option<String> {
    let name = path.strip_prefix(folder)?.strip_prefix('/')?;
    let name = name.strip_suffix(" (deleted)").unwrap_or(name);
    (name != "in-use" && !name.ends_with("-shm")).then(|| name.to_owned())
}

/// The path in `5<\x2f...>`.
fn path_of_descriptor(text: &str) -> Result<Option<String>> {
    let Some((number, rest)) = text.split_once('<') else {
        return Ok(None);
    };
    if number.is_empty() || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return Ok(None);
    }
    let (path, _) = rest.split_once('>').context("the end of a path")?;
    Ok(Some(String::from_utf8_lossy(&unescape(path)?).into_owned()))
}

fn quoted(text: &str) -> Result<&str> {
    let (_, rest) = text.split_once('"').context("a string")?;
    let (string, after) = rest.split_once('"').context("the end of a string")?;
    ensure!(!after.starts_with("..."), "a string that was cut short");
    Ok(string)
}

/// Bytes of `\x00`; other letters stand for themselves.
fn unescape(text: &str) -> Result<Vec<u8>> {
    let digit = |byte: u8| {
        (byte as char)
            .to_digit(16)
            .map(|digit| digit as u8)
            .context("a hexadecimal digit")
    };
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = match after {
            [b'x', high, low, after @ ..] if *first == b'\\' => {
                bytes.push(digit(*high)? << 4 | digit(*low)?);
                after
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hex(text: &str) -> String {
        text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    fn events(trace: &str) -> Vec<Event> {
        read_trace(trace.as_bytes(), Path::new("/tmp/d")).unwrap()
    }

    #[test]
    fn the_calls_on_the_folder_are_read_and_those_elsewhere_are_not() {
        let (wal, elsewhere, pipe) = (hex("/tmp/d/records.db-wal"), hex("/tmp/other"), hex("pipe:[7]"));
        let trace = format!(
            "7 openat(AT_FDCWD<{elsewhere}>, \"{wal}\", O_RDWR|O_CREAT, 0644) = 5<{wal}>\n\
             7 pwrite64(5<{wal}>, \"{bytes}\", 3, 4096) = 3\n\
             7 pwrite64(6<{elsewhere}>, \"{bytes}\", 3, 0) = 3\n\
             7 fsync(5<{wal}>) = 0\n\
             7 fsync(6<{folder}>) = 0\n\
             7 ftruncate(5<{wal}>, 32) = 0\n\
             7 write(1<{pipe}>, \"{ack}\", 8) = 8\n\
             7 unlink(\"{wal}\") = 0\n\
             7 unlink(\"{elsewhere}\") = -1 ENOENT (No such file or directory)\n\
             7 +++ exited with 0 +++\n",
            bytes = hex("abc"),
            folder = hex("/tmp/d"),
            ack = hex("ack 1 x\n"),
        );
        let file = || "records.db-wal".to_owned();
        let expected = [
            Event::Create { file: file() },
            Event::Write {
                file: file(),
                at: Some(4096),
                bytes: b"abc".to_vec(),
            },
            Event::Sync { file: file() },
            Event::SyncFolder,
            Event::Cut {
                file: file(),
                length: 32,
            },
            Event::Ack("1 x".into()),
            Event::Remove { file: file() },
        ];
        assert_eq!(events(&trace), expected);
    }

    #[test]
    fn a_call_that_another_thread_interrupts_counts_when_it_has_returned() {
        let wal = hex("/tmp/d/records.db-wal");
        let trace = format!(
            "7 fsync(5<{wal}> <unfinished ...>\n8 ftruncate(5<{wal}>, 0) = 0\n7 <... fsync resumed>) = 0\n"
        );
        let file = || "records.db-wal".to_owned();
        assert_eq!(
            events(&trace),
            [
                Event::Cut {
                    file: file(),
                    length: 0
                },
                Event::Sync { file: file() }
            ]
        );
    }
}
