//! The checking process: foreign changes are tried in a child with limits on memory and time.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use cotmoc_core::access::Refusal;
use cotmoc_core::record::{Examined, Job, JobInput, RecordKind, examine};

use crate::error::LedgerError;

/// The first argument that turns a program into the checking process.
pub const CHILD_ARGUMENT: &str = "gauntlet-child";

/// Address space of the child, bytes (`reliability-security` §5.1).
const MEMORY: u64 = 512 * 1024 * 1024;
/// Longest a single job may take.
const TIME: Duration = Duration::from_secs(10);
/// Largest frame on the pipe; a job's document and changes are capped far below it.
const MAX_FRAME: usize = 64 * 1024 * 1024;

/// Jobs sent before the first of them is answered.
const AHEAD: usize = 8;

/// Which program is the checking process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GauntletProgram {
    /// The executable; it must call [`serve_gauntlet`] when its first argument is [`CHILD_ARGUMENT`].
    pub executable: PathBuf,
}

impl GauntletProgram {
    /// The running program itself.
    ///
    /// # Errors
    /// When the operating system does not say where it is.
    pub fn this_program() -> io::Result<Self> {
        Ok(Self {
            executable: std::env::current_exe()?,
        })
    }
}

/// Runs jobs in the child, starting it anew whenever a job stopped it.
#[derive(Debug)]
pub struct Gauntlet {
    program: GauntletProgram,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    /// To a thread that writes: a child that has stopped reading must not stop the one that watches its time.
    jobs: SyncSender<Vec<u8>>,
    results: Receiver<io::Result<Vec<u8>>>,
}

impl Gauntlet {
    /// No child yet; it starts with the first job.
    pub fn new(program: GauntletProgram) -> Self {
        Self {
            program,
            running: None,
        }
    }

    /// Runs all jobs and answers in their order. A job that stops the child is answered with
    /// [`Refusal::Harmful`], and the others go on in a fresh one.
    ///
    /// # Errors
    /// When the child cannot be started at all.
    pub fn run(&mut self, jobs: &[Job]) -> Result<Vec<Result<Examined, Refusal>>, LedgerError> {
        let mut results = Vec::with_capacity(jobs.len());
        while results.len() < jobs.len() {
            let before = results.len();
            self.run_until_stopped(&jobs[before..], &mut results)?;
            if results.len() < jobs.len() {
                results.push(Err(Refusal::Harmful));
            }
        }
        Ok(results)
    }

    /// Sends jobs ahead of the answers, so the child is never idle, but only a few: what it had not
    /// begun when it stopped is simply sent again.
    fn run_until_stopped(
        &mut self,
        jobs: &[Job],
        results: &mut Vec<Result<Examined, Refusal>>,
    ) -> Result<(), LedgerError> {
        let first = results.len();
        let mut sent = 0;
        let running = self.running()?;
        while results.len() - first < jobs.len() {
            let mut alive = true;
            while alive && sent < jobs.len() && sent < results.len() - first + AHEAD {
                alive = running.jobs.send(jobs[sent].encode()).is_ok();
                sent += usize::from(alive);
            }
            let answer = match running.results.recv_timeout(TIME) {
                Ok(Ok(bytes)) => Examined::decode(&bytes).ok(),
                Ok(Err(_)) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
            };
            match answer {
                Some(result) => results.push(result),
                None => {
                    self.stop();
                    return Ok(());
                }
            }
            if !alive && sent == results.len() - first {
                self.stop();
                return Ok(());
            }
        }
        Ok(())
    }

    fn running(&mut self) -> Result<&mut Running, LedgerError> {
        if self.running.is_none() {
            self.running = Some(start(&self.program)?);
        }
        self.running
            .as_mut()
            .ok_or_else(|| LedgerError::Gauntlet("not running".to_owned()))
    }

    fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }
}

impl Drop for Gauntlet {
    fn drop(&mut self) {
        self.stop();
    }
}

fn start(program: &GauntletProgram) -> Result<Running, LedgerError> {
    let failed =
        |error: io::Error| LedgerError::Gauntlet(format!("{}: {error}", program.executable.display()));
    let mut child = Command::new(&program.executable)
        .arg(CHILD_ARGUMENT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(LedgerError::Gauntlet("no pipe".to_owned()));
    };
    let (jobs, to_write) = sync_channel::<Vec<u8>>(AHEAD);
    std::thread::Builder::new()
        .name("gauntlet-jobs".to_owned())
        .spawn(move || {
            let mut input = BufWriter::new(input);
            for job in to_write {
                if write_frame(&mut input, &job)
                    .and_then(|()| input.flush())
                    .is_err()
                {
                    return;
                }
            }
        })
        .map_err(failed)?;
    let (sender, results) = sync_channel(64);
    std::thread::Builder::new()
        .name("gauntlet-results".to_owned())
        .spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let frame = read_frame(&mut output);
                let ended = frame.is_err();
                if sender.send(frame).is_err() || ended {
                    return;
                }
            }
        })
        .map_err(failed)?;
    let mut running = Running { child, jobs, results };
    greet(&mut running)?;
    Ok(running)
}

/// A child that cannot do the smallest job must not be mistaken for a change that stopped it.
fn greet(running: &mut Running) -> Result<(), LedgerError> {
    let job = Job {
        kind: RecordKind::Cycle,
        held: None,
        input: JobInput::Changes(Vec::new()),
    };
    let sent = running.jobs.send(job.encode());
    let answered = sent.is_ok() && matches!(running.results.recv_timeout(TIME), Ok(Ok(_)));
    if answered {
        return Ok(());
    }
    let _ = running.child.kill();
    let _ = running.child.wait();
    Err(LedgerError::Gauntlet("it does not answer".to_owned()))
}

/// The child's whole life: reads jobs from standard input and answers on standard output until the
/// input ends. Call it first thing in `main` when the first argument is `gauntlet-child`.
///
/// # Errors
/// When the limits cannot be set or the pipe breaks.
pub fn serve_gauntlet() -> io::Result<()> {
    limit_memory()?;
    // A caught panic is answered; its message would only repeat hostile input.
    std::panic::set_hook(Box::new(|_| {}));
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    loop {
        let frame = match read_frame(&mut input) {
            Ok(frame) => frame,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        };
        let result = match Job::decode(&frame) {
            Ok(job) => std::panic::catch_unwind(|| examine(&job)).unwrap_or(Err(Refusal::Harmful)),
            Err(_) => Err(Refusal::Malformed),
        };
        write_frame(&mut output, &Examined::encode(&result))?;
        output.flush()?;
    }
}

/// Whether this process was started as the checking process.
pub fn is_gauntlet_child() -> bool {
    std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == CHILD_ARGUMENT)
}

#[cfg(unix)]
fn limit_memory() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(
        Resource::As,
        Rlimit {
            current: Some(MEMORY),
            maximum: Some(MEMORY),
        },
    )?;
    setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )?;
    Ok(())
}

/// Other systems have no such limit for one process; the time limit of the parent still holds.
#[cfg(not(unix))]
fn limit_memory() -> io::Result<()> {
    Ok(())
}

fn write_frame(output: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    let length = u32::try_from(frame.len()).map_err(|_| io::Error::other("frame too large"))?;
    output.write_all(&length.to_le_bytes())?;
    output.write_all(frame)
}

fn read_frame(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0u8; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(io::Error::other("frame too large"));
    }
    let mut frame = vec![0u8; length];
    input.read_exact(&mut frame)?;
    Ok(frame)
}
