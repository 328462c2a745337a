//! One life of a fleet: events, the promises after each, then healing and equality.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Result;
use cotmoc_ledger::crash_after;

use super::cast::{Template, World};
use super::event::{Happened, happen};
use super::photos::{acknowledged_means_here, photos_are_here};
use super::promises::{
    Broken, Contents, Promise, held_means_held, nothing_is_lost, nothing_twice, only_by_right,
};
use super::stores::roster;
use crate::bench::workload::Chance;

/// Events between two looks at all stores together.
const LOOKS: u32 = 50;

/// What a life was like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lived {
    /// Events.
    pub events: u32,
    /// Entries that the server holds in the end.
    pub entries: usize,
    /// Times the server went back to a copy.
    pub restores: u32,
    /// Devices whose folder was put back from an image, or goes on in two places.
    pub images: u32,
    /// Logs that were written twice.
    pub forks: usize,
    /// Photos that the server holds whole in the end.
    pub photos: usize,
}

/// Lives the life of a seed in this thread.
///
/// # Errors
/// The first promise that broke.
pub fn live(template: &Template, seed: u64, events: u32) -> Result<Lived, Broken> {
    let mut life = Life {
        seed,
        events,
        step: 0,
        contents: Contents::default(),
    };
    let world = template.copy(seed);
    let mut world = world.map_err(|error| life.broke(Promise::NothingFails, format!("{error:#}")))?;
    // A panic anywhere is a broken promise of this seed, not the end of all seeds.
    let lived = catch_unwind(AssertUnwindSafe(|| life.all(&mut world)));
    crash_after(None);
    let lived = lived.unwrap_or_else(|_| Err(life.broke(Promise::NothingFails, "a panic".to_owned())));
    for player in &mut world.players {
        player.stop();
    }
    world.desk.stop();
    // What a broken life leaves is worth nothing: the seed makes it again.
    let _ = std::fs::remove_dir_all(&world.folder);
    lived
}

pub(super) struct Life {
    seed: u64,
    pub events: u32,
    step: u32,
    contents: Contents,
}

impl Life {
    pub fn broke(&self, promise: Promise, found: String) -> Broken {
        Broken {
            seed: self.seed,
            events: self.events,
            step: self.step,
            promise,
            found,
        }
    }

    /// A finding of a check; a check that itself fails is a store that fails.
    pub fn kept(&self, promise: Promise, whose: &str, found: Result<Option<String>>) -> Result<(), Broken> {
        match found {
            Ok(None) => Ok(()),
            Ok(Some(found)) => Err(self.broke(promise, format!("{whose}: {found}"))),
            Err(error) => Err(self.broke(Promise::NothingFails, format!("{whose}: {error:#}"))),
        }
    }

    pub fn works<T>(&self, result: Result<T>) -> Result<T, Broken> {
        result.map_err(|error| self.broke(Promise::NothingFails, format!("{error:#}")))
    }

    fn all(&mut self, world: &mut World) -> Result<Lived, Broken> {
        let mut chance = Chance::new(self.seed.wrapping_add(0x5eed));
        for step in 0..self.events {
            self.step = step;
            let pause = 1_000 + chance.below(600_000) as i64;
            world.at(world.now + pause);
            let happened = self.works(happen(world, &mut chance))?;
            match happened {
                Happened::To(who) => self.look_at(world, who)?,
                Happened::Between(from, to) => {
                    self.look_at(world, from)?;
                    self.look_at(world, to)?;
                }
                Happened::AtDesk => self.look_at_desk(world)?,
            }
            if step % LOOKS == LOOKS - 1 {
                self.look_at_all(world)?;
            }
        }
        self.step = self.events;
        self.heal(world, &mut chance)
    }

    fn look_at(&self, world: &mut World, who: usize) -> Result<(), Broken> {
        let desk = self.works(world.desk.state())?;
        let (lives, authority) = (world.desk.lives, world.authority);
        let player = &mut world.players[who];
        let (name, saved) = (player.name.clone(), player.saved.clone());
        let backed = player.life_met == lives;
        let device = self.works(player.device())?;
        let (ledger, me) = (device.ledger(), device.author().device());
        self.kept(
            Promise::NothingSavedIsLost,
            &name,
            nothing_is_lost(ledger, &saved),
        )?;
        let server = backed.then_some(desk.ledger());
        self.kept(
            Promise::HeldMeansHeld,
            &name,
            held_means_held(ledger, me, &authority, server),
        )?;
        if let Some(server) = server {
            let found = acknowledged_means_here(ledger, me, server);
            self.kept(Promise::HeldMeansHeld, &name, found)?;
        }
        self.kept(Promise::NothingTwice, &name, nothing_twice(ledger))
    }

    pub fn look_at_desk(&self, world: &mut World) -> Result<(), Broken> {
        let desk = self.works(world.desk.state())?;
        self.kept(Promise::NothingTwice, "server", nothing_twice(desk.ledger()))
    }

    pub fn look_at_all(&mut self, world: &mut World) -> Result<(), Broken> {
        let province = world.province;
        let desk = self.works(world.desk.state())?;
        let found = self.contents.agree(desk.ledger(), "server");
        self.kept(Promise::EqualSetsAreEqual, "server", found)?;
        let known = self.works(roster(desk.ledger(), province))?;
        self.kept(
            Promise::OnlyByRight,
            "server",
            only_by_right(desk.ledger(), &known, None),
        )?;
        for who in 0..world.players.len() {
            if !world.players[who].enrolled {
                continue;
            }
            self.look_at(world, who)?;
            let player = &mut world.players[who];
            let (name, photos) = (player.name.clone(), player.photos.clone());
            let device = self.works(player.device())?;
            let (ledger, me) = (device.ledger(), device.author().device());
            let found = self.contents.agree(ledger, &name);
            self.kept(Promise::EqualSetsAreEqual, &name, found)?;
            let found = photos_are_here(ledger, &photos);
            self.kept(Promise::NothingSavedIsLost, &name, found)?;
            let Some(known) = ledger.roster(province) else {
                continue;
            };
            self.kept(
                Promise::OnlyByRight,
                &name,
                only_by_right(ledger, &known, Some(me)),
            )?;
        }
        Ok(())
    }
}
