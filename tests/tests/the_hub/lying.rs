//! A keeper whose program lies: what it withholds, alters or invents changes nothing, and the province mends what
//! was missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use cotmoc_core::access::Refusal;
use cotmoc_core::exchange::{Answer, HubInvitation, Item, Pack, Payload, Refused, Request, SetDigest};
use cotmoc_core::journal::{Receipt, SigningKey};
use cotmoc_ledger::{Ledger, PageRequest, SetAsideGoes};
use serde_json::{Value, json};

use crate::liar::lying_in_place_of;
use crate::table::{Table, entries, findings, join, unconfirmed, visit_with};

/// What a liar may know: its own store, and even the guest's.
struct Stores {
    keeper: Arc<Ledger>,
    guest: Arc<Ledger>,
}

/// Everything of the laptop's that the guest may see.
fn all_for(ledger: &Ledger, request: &Request) -> Pack {
    let visible = ledger.with_roster(request.province, |roster| {
        ledger.visible_to(roster.unwrap(), &request.device).unwrap()
    });
    let request = PageRequest {
        visible: &visible,
        after: 0,
        page_bytes: u64::MAX,
        except: Some((request.device, request.incarnation)),
        have: &BTreeMap::new(),
        set_aside: SetAsideGoes::Whole,
    };
    ledger.page(&request).unwrap().pack
}

/// Lets a member exchange with a lying hub after both wrote something apart, and demands that nothing came of it.
fn lie(say: impl Fn(&Stores, &Request) -> Answer + Send + 'static) {
    let mut table = Table::laid();
    table.town.stop_server();
    let hub = HubInvitation::from_text(&table.open()).unwrap();
    let theirs = visit_with(&table.laptop, "Viết ở máy xách tay");
    let own = visit_with(&table.two, "Viết ở máy số 2");
    let stores = Stores {
        keeper: table.laptop.device().shared_ledger(),
        guest: table.two.device().shared_ledger(),
    };
    let liar = lying_in_place_of(&hub, move |request| say(&stores, request));
    let remote = join(&table.two, &liar.to_text());
    let before = (
        entries(&table.two),
        unconfirmed(&table.two),
        table.two.device().ledger().all_states_hash().unwrap(),
    );
    let outcome = table.two.try_call("remotes.exchange", json!({ "name": remote }));
    let equal = outcome.is_ok_and(|outcome| outcome["equal"] == true);
    assert!(!equal, "a lie is not taken for agreement");
    let after = (
        entries(&table.two),
        unconfirmed(&table.two),
        table.two.device().ledger().all_states_hash().unwrap(),
    );
    assert_eq!(before, after, "nothing changed");
    let view = table.two.call("exchange.get", Value::Null);
    assert_eq!(view["refused"]["records"], 0);
    assert_eq!(findings(&table.two, &own), ["Viết ở máy số 2"]);

    table.town.start_server().unwrap();
    table.laptop.exchange();
    table.two.exchange();
    assert_eq!(findings(&table.two, &theirs), ["Viết ở máy xách tay"]);
    assert_eq!(unconfirmed(&table.two), 0);
}

fn with(request: &Request, pack: Pack) -> Answer {
    let mut answer = Answer::of(request.cursor);
    answer.load.pack = pack;
    answer.digest = Some(SetDigest([7; 32]));
    answer
}

#[test]
fn a_hub_that_hands_out_hashes_in_place_of_entries_does_not_keep_their_places_from_them() {
    lie(|stores, request| {
        let mut pack = all_for(&stores.keeper, request);
        for run in &mut pack.runs {
            for (place, item) in run.items.iter_mut().enumerate() {
                let hash = stores
                    .keeper
                    .hash_at(&run.log, run.first_seq + place as u64)
                    .unwrap();
                *item = Item::Withheld(hash.unwrap());
            }
        }
        with(request, pack)
    });
}

#[test]
fn a_hub_that_alters_entries_is_found_out_by_their_signatures() {
    lie(|stores, request| {
        let mut pack = all_for(&stores.keeper, request);
        for item in pack.runs.iter_mut().flat_map(|run| &mut run.items) {
            if let Item::Entry {
                claimed_at, payload, ..
            } = item
            {
                *claimed_at += 1;
                if let Payload::Inline(bytes) = payload {
                    bytes.push(0);
                }
            }
        }
        with(request, pack)
    });
}

#[test]
fn a_hub_cannot_confirm_or_refuse_in_the_place_of_the_province() {
    let stolen = SigningKey::from_seed(&[5; 32]);
    lie(move |stores, request| {
        let mut answer = with(request, Pack::default());
        for (log, seq, hash) in stores.guest.logs_of(request.device).unwrap() {
            let receipt = Receipt::sign(&stolen, log, seq, hash, true);
            answer.receipts.push(receipt.clone());
            answer.load.receipts.push(receipt);
            answer.refused.push(Refused {
                entry: hash,
                reason: Refusal::RoleMayNotWrite,
            });
        }
        answer
    });
}

#[test]
fn a_hub_that_claims_to_hold_everything_and_says_nothing_is_not_taken_for_the_province() {
    lie(|_, request| {
        let mut answer = with(request, Pack::default());
        answer.positions = request.have.clone();
        answer
    });
}
