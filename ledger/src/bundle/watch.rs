//! What a person sees of a long write or read, and the way to end it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::error::BundleError;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Frames are written, or a file is copied.
    Writing,
    /// What was written is read back from the disk.
    Verifying,
    /// A foreign file is checked.
    Checking,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Of which stage.
    pub stage: Stage,
    /// Bytes of this stage so far.
    pub bytes: u64,
    /// Bytes of this stage in all, where that is known.
    pub of: Option<u64>,
}

/// Bytes between two looks at the stop flag.
pub(super) const STEP: usize = 256 * 1024;

/// Told of progress, asked whether to stop.
pub struct Watch<'a> {
    progress: Box<dyn FnMut(Progress) + 'a>,
    stop: &'a AtomicBool,
}

impl<'a> Watch<'a> {
    /// `progress` is called at least every 256 KiB; setting `stop` ends the work with
    /// [`BundleError::Stopped`].
    pub fn new(progress: impl FnMut(Progress) + 'a, stop: &'a AtomicBool) -> Self {
        Self {
            progress: Box::new(progress),
            stop,
        }
    }

    /// Nobody looks.
    pub fn nobody() -> Watch<'static> {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Watch::new(|_| {}, &NEVER)
    }

    pub(super) fn step(&mut self, stage: Stage, bytes: u64, of: Option<u64>) -> Result<(), BundleError> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(BundleError::Stopped);
        }
        (self.progress)(Progress { stage, bytes, of });
        Ok(())
    }
}
