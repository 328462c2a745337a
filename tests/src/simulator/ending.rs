//! The end of a life: no more faults, everybody exchanges, and three rounds later all hold the same.

use std::collections::BTreeSet;

use cotmoc_core::id::Hash32;
use cotmoc_core::journal::LogId;
use cotmoc_core::media::BlobId;
use serde_json::json;

use super::cast::World;
use super::link::arrive_late;
use super::photos::{Stock, photos_for, stock};
use super::player::Went;
use super::promises::{Broken, Promise};
use super::run::{Life, Lived};
use super::stores::{Entry, forks, held, roster};
use crate::bench::workload::Chance;

/// Rounds in which a healed fleet has to become equal.
const ROUNDS: usize = 3;

/// What the province holds in the end.
struct AtDesk {
    hashes: BTreeSet<Hash32>,
    forks: BTreeSet<LogId>,
    photos: Stock,
    /// Places from which some device can bring a run: it holds the content up to a signature of the author.
    can_come: BTreeSet<(LogId, u64)>,
}

impl Life {
    /// Heals, and compares everybody with the server.
    pub(super) fn heal(&mut self, world: &mut World, chance: &mut Chance) -> Result<Lived, Broken> {
        self.works(arrive_late(&mut world.desk, &mut world.underway))?;
        for player in world.players.iter_mut().filter(|player| player.enrolled) {
            // Over a link that was slow before, photos would wait longer than the rounds.
            let set = player.attempt(|device| device.call("settings.set", json!({ "originals": "always" })));
            if let Went::Through(Err(problem)) = self.works(set)? {
                return Err(self.broke(Promise::NothingFails, format!("{problem:?}")));
            }
        }
        for _ in 0..ROUNDS {
            for who in 0..world.players.len() {
                if !world.players[who].enrolled {
                    continue;
                }
                world.at(world.now + 60_000);
                if let Err(error) = world.exchange(who, chance) {
                    return Err(self.broke(Promise::AllBecomeEqual, format!("{error:#}")));
                }
                world.players[who].life_met = world.desk.lives;
            }
        }
        self.look_at_all(world)?;
        self.look_at_desk(world)?;
        // Opened anew, stores have dropped what nobody needs.
        world.desk.stop();
        for player in &mut world.players {
            player.stop();
        }
        let at_desk = self.at_desk(world)?;
        let mut forked = at_desk.forks.clone();
        for who in 0..world.players.len() {
            if world.players[who].enrolled {
                forked.extend(self.compare(world, who, &at_desk)?);
            }
        }
        let restored = world.players.iter().filter(|player| player.was_restored);
        Ok(Lived {
            events: self.events,
            entries: at_desk.hashes.len(),
            restores: world.desk.lives,
            images: restored.count() as u32,
            forks: forked.len(),
            photos: at_desk.photos.whole.len(),
        })
    }

    fn at_desk(&self, world: &mut World) -> Result<AtDesk, Broken> {
        let province = world.province;
        let desk = self.works(world.desk.state())?;
        let known = self.works(roster(desk.ledger(), province))?;
        let hashes = desk.ledger().sorted_entry_hashes().map_err(Into::into);
        let mut at_desk = AtDesk {
            hashes: self.works(hashes)?.into_iter().collect(),
            forks: self.works(forks(desk.ledger()))?,
            photos: self.stock_of(desk.ledger(), "server")?,
            can_come: BTreeSet::new(),
        };
        for player in world.players.iter_mut().filter(|player| player.enrolled) {
            let device = self.works(player.device())?;
            let me = device.author().device();
            for (log, entries) in self.works(held(device.ledger(), &known, &me))? {
                let mut reaches_signature = false;
                for entry in entries.iter().rev() {
                    reaches_signature = entry.is_whole && (entry.is_signed || reaches_signature);
                    if reaches_signature {
                        at_desk.can_come.insert((log, entry.seq));
                    }
                }
            }
        }
        Ok(at_desk)
    }

    fn stock_of(&self, ledger: &cotmoc_ledger::Ledger, whose: &str) -> Result<Stock, Broken> {
        self.works(stock(ledger))?
            .map_err(|found| self.broke(Promise::PhotosOnce, format!("{whose}: {found}")))
    }

    /// Gives the logs of which this device knows that they were written twice.
    fn compare(&self, world: &mut World, who: usize, at_desk: &AtDesk) -> Result<BTreeSet<LogId>, Broken> {
        let province = world.province;
        let desk = self.works(world.desk.state())?;
        let known = self.works(roster(desk.ledger(), province))?;
        let player = &mut world.players[who];
        let (name, saved, was_restored) = (player.name.clone(), player.saved.clone(), player.was_restored);
        let device = self.works(player.device())?;
        let (ledger, me) = (device.ledger(), device.author().device());
        let here = self.works(held(ledger, &known, &me))?;
        let there = self.works(held(desk.ledger(), &known, &me))?;
        let own_forks = self.works(forks(ledger))?;
        let mut parted = false;
        for log in here.keys().chain(there.keys()).collect::<BTreeSet<_>>() {
            let ours = here.get(log).map_or(&[][..], Vec::as_slice);
            let theirs = there.get(log).map_or(&[][..], Vec::as_slice);
            let hashes = |entries: &[Entry]| entries.iter().map(|entry| entry.hash).collect::<Vec<_>>();
            if hashes(ours) == hashes(theirs) {
                continue;
            }
            let differ = ours
                .iter()
                .zip(theirs)
                .any(|(ours, theirs)| ours.hash != theirs.hash);
            let what = || {
                let (ours, theirs) = (standings(ours), standings(theirs));
                format!("{name}: {log:?}: {ours} here, {theirs} at the server")
            };
            if differ && !(own_forks.contains(log) && at_desk.forks.contains(log)) {
                return Err(self.broke(Promise::NoForkInSilence, what()));
            }
            // The server went back to a time before entries that it had handed on by their hash, and nobody has them:
            // neither they can be brought, nor what came with them in one run and is vouched for by its end alone.
            let cannot_come = ours.len() > theirs.len()
                && world.desk.lives > 0
                && !at_desk.can_come.contains(&(*log, theirs.len() as u64 + 1));
            if !differ && !cannot_come && !own_forks.contains(log) && !at_desk.forks.contains(log) {
                return Err(self.broke(Promise::AllBecomeEqual, what()));
            }
            parted = true;
        }
        let is_active = known.active_grant(&me).is_some();
        let lost = saved.difference(&at_desk.hashes).count();
        if is_active && !parted && !was_restored && lost > 0 {
            let what = format!("{name}: {lost} saved entries are not at the server");
            return Err(self.broke(Promise::AllBecomeEqual, what));
        }
        let owes = self.works(ledger.owes_edits().map_err(Into::into))?;
        if owes {
            return Err(self.broke(
                Promise::NothingSavedIsLost,
                format!("{name}: edits that gave way are not written again"),
            ));
        }
        let photos = self.stock_of(ledger, &name)?;
        // Of a unit that its delegation has lost, a device keeps what it has and gets no more.
        let its = self.works(photos_for(ledger, &known, &me))?;
        let both = |here: &BTreeSet<BlobId>, there: &BTreeSet<BlobId>| {
            its.iter()
                .filter(|photo| here.contains(*photo) && there.contains(*photo))
                .count()
        };
        let not_brought = both(&photos.whole, &at_desk.photos.missing);
        let not_fetched = both(&photos.missing, &at_desk.photos.whole);
        if is_active && !parted && not_brought + not_fetched > 0 {
            let what = format!("{name}: {not_brought} photos not brought, {not_fetched} not fetched");
            return Err(self.broke(Promise::AllBecomeEqual, what));
        }
        Ok(own_forks)
    }
}

/// One digit for how each entry stands: applied, waiting, set aside, known by its hash.
fn standings(entries: &[Entry]) -> String {
    entries.iter().map(|entry| entry.standing.to_string()).collect()
}
