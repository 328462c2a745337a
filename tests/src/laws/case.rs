//! One generated case: what devices do to a record while apart.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, anyhow};
use cotmoc_core::record::{Edit, RecordDoc, RecordKind};

/// Devices of a case. Three are the fewest for which "in any order" says more than "both ways round".
pub const DEVICES: usize = 3;

/// What makes a case again, together with the seed of its run. Written `registration/123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseName {
    /// Kind of record.
    pub kind: RecordKind,
    /// Number among the cases of its kind.
    pub number: u64,
}

impl fmt::Display for CaseName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.kind.name(), self.number)
    }
}

impl FromStr for CaseName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (kind, number) = text
            .split_once('/')
            .context("a case is written as registration/123")?;
        let known = RecordKind::ALL.into_iter().find(|known| known.name() == kind);
        Ok(Self {
            kind: known.with_context(|| format!("no kind of record is called {kind}"))?,
            number: number.parse().with_context(|| format!("no number: {number}"))?,
        })
    }
}

/// What one device does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It saves edits as one change.
    Edit {
        /// Who.
        device: usize,
        /// What.
        edits: Vec<Edit>,
    },
    /// The first changes it holds, in its order, reach another.
    Send {
        /// Who.
        from: usize,
        /// To whom.
        to: usize,
        /// How many tenths of its changes.
        tenths: usize,
    },
}

/// What all devices do, and the order in which everything then reaches one that holds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkApart {
    /// Kind of record.
    pub kind: RecordKind,
    /// In order.
    pub steps: Vec<Step>,
    /// Place by place, with which other place a change is exchanged; taken modulo the number of changes.
    pub order: Vec<usize>,
}

impl WorkApart {
    /// Does the work and gives what each device has saved.
    ///
    /// # Errors
    /// When a device refuses an edit of its own or a change of another.
    pub fn play(&self) -> Result<[Vec<u8>; DEVICES]> {
        let mut devices = Vec::new();
        for _ in 0..DEVICES {
            devices.push(RecordDoc::new(self.kind)?);
        }
        for step in &self.steps {
            match step {
                Step::Edit { device, edits } => {
                    devices[*device].edit([*device as u8 + 1; 16], edits)?;
                }
                Step::Send { from, to, tenths } => {
                    let changes = devices[*from].changes();
                    let count = (changes.len() * tenths).div_ceil(10);
                    for change in changes.into_iter().take(count) {
                        if !devices[*to].has(&change) {
                            devices[*to].apply(change)?;
                        }
                    }
                }
            }
        }
        let saved: Vec<Vec<u8>> = devices.iter_mut().map(RecordDoc::save).collect();
        saved.try_into().map_err(|_| anyhow!("another number of devices"))
    }

    /// Brings changes into the case's order.
    pub fn shuffle(&self, changes: &mut [Vec<u8>]) {
        for (at, other) in self.order.iter().enumerate().take(changes.len()) {
            changes.swap(at, other % changes.len());
        }
    }
}
