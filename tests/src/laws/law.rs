//! The laws, and whether a way of merging keeps them in one case.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context, Result};
use cotmoc_core::id::Hash32;
use cotmoc_core::record::{
    DifferingProperty, Examined, Job, JobInput, Outcome, RecordDoc, RecordKind, examine,
};
use serde_json::Value as Json;

use super::case::WorkApart;

/// A law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// Every edit of a device and every change of an honest one is taken.
    Taken,
    /// What A makes of B's changes is what B makes of A's.
    Commutative,
    /// (A with B) with C is A with (B with C).
    Associative,
    /// What came already changes nothing.
    Idempotent,
    /// One that holds nothing comes to the same from all changes in any order, some of them twice.
    AnyOrder,
    /// A record that was saved and loaded is the record.
    SavedAndReloaded,
    /// What the trial reports of a record is what a reader of the record finds.
    Reported,
    /// The value that is shown is one of those that differ, the first.
    ShownIsFirst,
    /// Equal values are no difference.
    EqualIsNoDifference,
}

impl fmt::Display for Law {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Taken => "changes of honest devices are taken",
            Self::Commutative => "commutative",
            Self::Associative => "associative",
            Self::Idempotent => "idempotent",
            Self::AnyOrder => "any order, any number of times",
            Self::SavedAndReloaded => "save and reload equal",
            Self::Reported => "what the trial reports is what a reader finds",
            Self::ShownIsFirst => "the shown value is the first version",
            Self::EqualIsNoDifference => "equal values are no difference",
        })
    }
}

/// A law that does not hold in a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// Which.
    pub law: Law,
    /// What was found, for a reader.
    pub found: String,
}

/// A case after its check.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checked {
    /// What does not hold.
    pub broken: Vec<Broken>,
    /// Devices wrote different values of one property, and both are kept.
    pub differs: bool,
}

/// A way in which devices bring changes together. There is one, [`AsDevicesDo`]; the others are wrong.
pub trait Merging: Sync {
    /// Takes changes into what is held.
    ///
    /// # Errors
    /// When the whole of it is refused.
    fn take_in(&self, kind: RecordKind, held: Option<&[u8]>, changes: Vec<Vec<u8>>) -> Result<Examined>;

    /// Loads a saved record and saves it again.
    ///
    /// # Errors
    /// When it cannot be loaded.
    fn reload(&self, kind: RecordKind, saved: &[u8]) -> Result<Vec<u8>>;
}

/// Through the trial, as every device and server takes foreign changes in.
#[derive(Debug, Clone, Copy)]
pub struct AsDevicesDo;

impl Merging for AsDevicesDo {
    fn take_in(&self, kind: RecordKind, held: Option<&[u8]>, changes: Vec<Vec<u8>>) -> Result<Examined> {
        let job = Job {
            kind,
            held: held.map(<[u8]>::to_vec),
            input: JobInput::Changes(changes),
        };
        examine(&job).map_err(|refusal| anyhow::anyhow!("the whole was refused: {refusal:?}"))
    }

    fn reload(&self, kind: RecordKind, saved: &[u8]) -> Result<Vec<u8>> {
        Ok(RecordDoc::load(kind, saved)?.save())
    }
}

/// Everything by which two devices compare a record.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    state: String,
    changes: Vec<Hash32>,
    differences: Vec<DifferingProperty>,
}

/// Checks every law in one case.
pub fn check(case: &WorkApart, merging: &dyn Merging) -> Checked {
    let mut checking = Checking {
        kind: case.kind,
        merging,
        checked: Checked::default(),
    };
    // A case that panics is told by its name like any other.
    match catch_unwind(AssertUnwindSafe(|| checking.all(case))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => checking.broken(Law::Taken, format!("{error:#}")),
        Err(_) => checking.broken(Law::Taken, "it panicked".to_owned()),
    }
    checking.checked
}

struct Checking<'a> {
    kind: RecordKind,
    merging: &'a dyn Merging,
    checked: Checked,
}

impl Checking<'_> {
    fn all(&mut self, case: &WorkApart) -> Result<()> {
        let [a, b, c] = case.play().context("devices at work")?;
        let [of_a, of_b, of_c] = [self.changes(&a)?, self.changes(&b)?, self.changes(&c)?];

        let a_then_b = self.merged(Some(&a), of_b.clone())?;
        let b_then_a = self.merged(Some(&b), of_a.clone())?;
        self.equal(
            Law::Commutative,
            &self.seen(&a_then_b.saved)?,
            &self.seen(&b_then_a.saved)?,
        );

        let ab_then_c = self.merged(Some(&a_then_b.saved), of_c.clone())?;
        let b_then_c = self.merged(Some(&b), of_c.clone())?;
        let a_then_bc = self.merged(Some(&a), self.changes(&b_then_c.saved)?)?;
        let all = self.seen(&ab_then_c.saved)?;
        self.equal(Law::Associative, &all, &self.seen(&a_then_bc.saved)?);

        let again = self.merged(Some(&ab_then_c.saved), [of_a.clone(), of_b.clone()].concat())?;
        self.equal(Law::Idempotent, &all, &self.seen(&again.saved)?);

        // What is early waits and is applied after all.
        let mut shuffled = [of_a, of_b, of_c].concat();
        case.shuffle(&mut shuffled);
        let cold = self.merged(None, shuffled)?;
        let of_cold = self.seen(&cold.saved)?;
        self.equal(Law::AnyOrder, &all, &of_cold);

        let reloaded = self.merging.reload(self.kind, &ab_then_c.saved)?;
        self.equal(Law::SavedAndReloaded, &all, &self.seen(&reloaded)?);

        for (examined, seen) in [(&ab_then_c, &all), (&cold, &of_cold)] {
            let named = seen
                .differences
                .iter()
                .map(|difference| difference.property.clone());
            self.equal(
                Law::Reported,
                &(&examined.state, examined.differing.clone()),
                &(&seen.state, named.collect()),
            );
        }
        self.differences(&all)?;
        Ok(())
    }

    fn differences(&mut self, seen: &Seen) -> Result<()> {
        let shown: Json = serde_json::from_str(&seen.state)?;
        self.checked.differs = !seen.differences.is_empty();
        for difference in &seen.differences {
            let values: Vec<&Json> = difference.versions.iter().map(|version| &version.value).collect();
            let at = shown.pointer(&format!("/{}", difference.property));
            self.equal(Law::ShownIsFirst, &at, &values.first().copied());
            if values
                .iter()
                .enumerate()
                .any(|(at, value)| values[..at].contains(value))
            {
                self.broken(Law::EqualIsNoDifference, format!("{difference:?}"));
            }
        }
        Ok(())
    }

    fn merged(&mut self, held: Option<&[u8]>, changes: Vec<Vec<u8>>) -> Result<Examined> {
        let examined = self.merging.take_in(self.kind, held, changes)?;
        if examined
            .outcomes
            .iter()
            .any(|outcome| *outcome != Outcome::Applied)
        {
            self.broken(Law::Taken, format!("{:?}", examined.outcomes));
        }
        Ok(examined)
    }

    fn changes(&self, saved: &[u8]) -> Result<Vec<Vec<u8>>> {
        let changes = RecordDoc::load(self.kind, saved)?.changes();
        Ok(changes.iter().map(|change| change.raw_bytes().to_vec()).collect())
    }

    fn seen(&self, saved: &[u8]) -> Result<Seen> {
        let mut doc = RecordDoc::load(self.kind, saved)?;
        let mut changes: Vec<Hash32> = doc
            .changes()
            .iter()
            .map(|change| Hash32(change.hash().0))
            .collect();
        changes.sort_unstable();
        Ok(Seen {
            state: doc.canonical_state(),
            changes,
            differences: doc.differences(),
        })
    }

    fn equal<T: PartialEq + fmt::Debug>(&mut self, law: Law, one: &T, other: &T) {
        if one != other {
            self.broken(law, format!("{one:?}\n      is not\n      {other:?}"));
        }
    }

    fn broken(&mut self, law: Law, found: String) {
        self.checked.broken.push(Broken { law, found });
    }
}
