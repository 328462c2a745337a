//! What is carried on from what was seen before is what would be added up anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cotmoc_core::access::{Reach, RosterAct};
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::{DeviceKey, Scope};
use cotmoc_ledger::{Author, Ledger, Seen, Write};
use uuid::Uuid;

use crate::support::{NOW, Province, author, delegation, province, record, unit, unit_scope};

/// Small numbers drawn from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }
}

fn reach(ledger: &Ledger, device: &DeviceKey) -> Reach<'static> {
    ledger.with_roster(province(), |roster| {
        Reach::of(roster.unwrap(), device).into_owned()
    })
}

/// Looks again, carrying on from what was seen before, and demands what the rows say.
pub fn look(ledger: &Ledger, viewer: &DeviceKey, known: Option<&Arc<Seen>>) -> Arc<Seen> {
    let rights = vec![reach(ledger, viewer)];
    let seen = ledger.seen(province(), rights.clone(), known).unwrap();
    let anew = ledger.seen(province(), rights, None).unwrap();
    assert_eq!(seen, anew);
    let roster = ledger.roster(province()).unwrap();
    let visible = ledger.visible_to(&roster, viewer).unwrap();
    assert_eq!(seen.visible(), &visible);
    assert_eq!(seen.digest(), ledger.digest(&visible).unwrap());
    assert_eq!(seen.position(), ledger.arrival().unwrap().position);
    let again = ledger.seen(province(), vec![reach(ledger, viewer)], Some(&seen));
    assert!(
        Arc::ptr_eq(&again.unwrap(), &seen),
        "with nothing new it is not even copied"
    );
    seen
}

/// Another province of the same store: its scopes stand among those of the first.
fn found_beside(ledger: &Ledger, number: u128) {
    let other = ProvinceId(Uuid::from_u128(number));
    let authority = author(251);
    ledger.join_province(other, authority.device()).unwrap();
    let act = RosterAct::Founded {
        province: other,
        name: "Tỉnh bên cạnh".to_owned(),
        root_unit: unit(2),
    };
    let write = Write::Act {
        scope: Scope::roster(other),
        act,
    };
    ledger.write(&authority, NOW, &[write]).unwrap();
}

fn assign(to: &Province, units: BTreeSet<u128>) {
    to.act(RosterAct::DelegationSet {
        delegation: delegation(),
        campaign: Uuid::from_u128(0xca),
        number: 1,
        units: units.into_iter().map(unit).collect(),
        asked: None,
    });
}

fn revoke(at: &Province, author: &Author) {
    at.act(RosterAct::Revoked {
        device: author.device(),
        reason: "mất máy".into(),
        cuts: Vec::new(),
        asked: None,
    });
}

#[test]
fn what_is_seen_is_never_stale_whatever_arrives_and_however_grants_change() {
    let town = Province::new();
    let mut posts: Vec<Author> = (0..6).map(|at| town.post(at + 1, 11 + u128::from(at))).collect();
    let viewers = [town.compiler(90), town.secretary(91, 1), town.post(92, 12)];
    let keys: Vec<DeviceKey> = viewers
        .iter()
        .chain(&posts[..1])
        .map(Author::device)
        .chain([town.authority.device()])
        .collect();
    // One store grows entry by entry, the other gets many at once.
    let elsewhere = town.store();
    let stores = [&town.server, &elsewhere];
    let mut known: BTreeMap<(usize, usize), Arc<Seen>> = BTreeMap::new();
    let mut chance = Chance(7);
    for step in 0..150u128 {
        match chance.below(12) {
            0 => assign(
                &town,
                (0..chance.below(4)).map(|at| 11 + u128::from(at)).collect(),
            ),
            1 => {
                let number = u8::try_from(100 + step).unwrap_or(255);
                posts.push(town.post(number, 20 + step));
            }
            3 => found_beside(&town.server.ledger, 0x9000 + step),
            2 if posts.len() > 3 => revoke(&town, &posts.remove(posts.len() - 1)),
            _ => {
                let post = &posts[chance.below(posts.len() as u64) as usize];
                let own = town.server.ledger.roster(province()).unwrap().grants[&post.device()].holder;
                let cotmoc_core::access::Holder::Unit(own) = own else {
                    panic!("a post has a unit")
                };
                let scope = Scope::unit(province(), own);
                let id = record(own.0.as_u128() * 10 + u128::from(chance.below(3)));
                town.server.name(post, scope, id, &format!("Mô hình {step}"));
            }
        }
        if step % 9 == 0 {
            elsewhere.receive(&town.roster());
            elsewhere.receive(&town.server.everything_for(&viewers[0]));
        }
        for (at, store) in stores.iter().enumerate() {
            for (of, viewer) in keys.iter().enumerate() {
                // Some look seldom, and have more to catch up with.
                if chance.below(3) == 0 {
                    continue;
                }
                let seen = look(&store.ledger, viewer, known.get(&(at, of)));
                known.insert((at, of), seen);
            }
        }
    }
    assert!(town.server.ledger.arrival().unwrap().position > 150);
}

#[test]
fn what_two_see_is_what_both_may_see() {
    let town = Province::new();
    let (first, second) = (town.post(1, 11), town.post(2, 12));
    town.server.name(&first, unit_scope(11), record(1), "Một");
    town.server.name(&second, unit_scope(12), record(2), "Hai");
    let secretary = town.secretary(3, 1);
    let of = |device: &Author| reach(&town.server.ledger, &device.device());
    let both = vec![of(&secretary), of(&second)];
    let seen = town.server.ledger.seen(province(), both, None).unwrap();
    let roster = town.server.ledger.roster(province()).unwrap();
    let visible = |device: &Author| town.server.ledger.visible_to(&roster, &device.device()).unwrap();
    let expected = visible(&secretary).and(&visible(&second));
    assert_eq!(seen.visible(), &expected);
    assert_eq!(seen.digest(), town.server.ledger.digest(&expected).unwrap());
    assert_ne!(seen.visible(), &visible(&secretary));
}
