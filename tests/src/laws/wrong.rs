//! Merges that break a law on purpose, each around the one that devices use.

use anyhow::{Context, Result};
use cotmoc_core::record::{Edit, Examined, Outcome, Property, RecordDoc, RecordKind, Shape};

use super::law::{AsDevicesDo, Merging};

/// Loses the last change of everything that comes.
#[derive(Debug, Clone, Copy)]
pub struct LosesAChange;

impl Merging for LosesAChange {
    fn take_in(&self, kind: RecordKind, held: Option<&[u8]>, mut changes: Vec<Vec<u8>>) -> Result<Examined> {
        changes.pop();
        AsDevicesDo.take_in(kind, held, changes)
    }

    fn reload(&self, kind: RecordKind, saved: &[u8]) -> Result<Vec<u8>> {
        AsDevicesDo.reload(kind, saved)
    }
}

/// Keeps what is held when that is more than what comes: the device with more work wins.
#[derive(Debug, Clone, Copy)]
pub struct LetsOneSideWin;

impl Merging for LetsOneSideWin {
    fn take_in(&self, kind: RecordKind, held: Option<&[u8]>, changes: Vec<Vec<u8>>) -> Result<Examined> {
        let ours = match held {
            Some(saved) => RecordDoc::load(kind, saved)?.changes().len(),
            None => 0,
        };
        let kept = if ours > changes.len() { Vec::new() } else { changes };
        AsDevicesDo.take_in(kind, held, kept)
    }

    fn reload(&self, kind: RecordKind, saved: &[u8]) -> Result<Vec<u8>> {
        AsDevicesDo.reload(kind, saved)
    }
}

/// Writes into the record that it merged.
#[derive(Debug, Clone, Copy)]
pub struct WritesWhenMerging;

impl Merging for WritesWhenMerging {
    fn take_in(&self, kind: RecordKind, held: Option<&[u8]>, changes: Vec<Vec<u8>>) -> Result<Examined> {
        let mut examined = AsDevicesDo.take_in(kind, held, changes)?;
        let mut doc = RecordDoc::load(kind, &examined.saved)?;
        let count = doc.changes().len();
        let register = Shape::of(kind)
            .properties
            .iter()
            .find(|(_, property)| matches!(property, Property::Line(_)));
        if let Some((name, _)) = register {
            doc.edit([0xee; 16], &[Edit::line(name, format!("{count}"))])
                .with_context(|| format!("{name} of {kind:?}"))?;
        }
        examined.saved = doc.save();
        examined.state = doc.canonical_state();
        Ok(examined)
    }

    fn reload(&self, kind: RecordKind, saved: &[u8]) -> Result<Vec<u8>> {
        AsDevicesDo.reload(kind, saved)
    }
}

/// Forgets a change that comes before one that it follows, instead of letting it wait.
#[derive(Debug, Clone, Copy)]
pub struct ForgetsWhatIsEarly;

impl Merging for ForgetsWhatIsEarly {
    fn take_in(&self, kind: RecordKind, held: Option<&[u8]>, changes: Vec<Vec<u8>>) -> Result<Examined> {
        let count = changes.len();
        let mut examined = AsDevicesDo.take_in(kind, held, Vec::new())?;
        for change in changes {
            examined = AsDevicesDo.take_in(kind, Some(&examined.saved), vec![change])?;
        }
        // And says nothing about it.
        examined.outcomes = vec![Outcome::Applied; count];
        Ok(examined)
    }

    fn reload(&self, kind: RecordKind, saved: &[u8]) -> Result<Vec<u8>> {
        AsDevicesDo.reload(kind, saved)
    }
}

/// Saves a record without its last change.
#[derive(Debug, Clone, Copy)]
pub struct SavesAllButTheLast;

impl Merging for SavesAllButTheLast {
    fn take_in(&self, kind: RecordKind, held: Option<&[u8]>, changes: Vec<Vec<u8>>) -> Result<Examined> {
        AsDevicesDo.take_in(kind, held, changes)
    }

    fn reload(&self, kind: RecordKind, saved: &[u8]) -> Result<Vec<u8>> {
        let mut changes = RecordDoc::load(kind, saved)?.changes();
        changes.pop();
        let mut doc = RecordDoc::new(kind)?;
        for change in changes {
            doc.apply(change)?;
        }
        Ok(doc.save())
    }
}

/// Keeps both values of a property that differs and does not say so.
#[derive(Debug, Clone, Copy)]
pub struct HidesDifferences;

impl Merging for HidesDifferences {
    fn take_in(&self, kind: RecordKind, held: Option<&[u8]>, changes: Vec<Vec<u8>>) -> Result<Examined> {
        let examined = AsDevicesDo.take_in(kind, held, changes)?;
        Ok(Examined {
            differing: Vec::new(),
            ..examined
        })
    }

    fn reload(&self, kind: RecordKind, saved: &[u8]) -> Result<Vec<u8>> {
        AsDevicesDo.reload(kind, saved)
    }
}
