//! A keeper whose program lies: what it withholds, alters or invents changes nothing, and the province mends what
//! was missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use cotmoc_core::access::Refusal;
use cotmoc_core::exchange::{Answer, HubInvitation, Item, Pack, Payload, Refused, Request, SetDigest};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{LogId, Receipt, SigningKey};
use cotmoc_ledger::{Ledger, PageRequest, SetAsideGoes};
use serde_json::{Value, json};

use crate::liar::lying_in_place_of;
use crate::table::{Table, entries, findings, join, unconfirmed, visit_with};

/// Everything of the laptop's that the guest may see.
fn all_for(ledger: &Ledger, request: &Request) -> Pack {
    let visible = ledger.with_roster(request.province, |roster| {
        ledger.visible_to(roster.unwrap(), &request.device).unwrap()
    });
    let request = PageRequest {
        visible: &visible,
        after: 0,
        page_bytes: u64::MAX,
        except: Some(request.device),
        have: &BTreeMap::new(),
        set_aside: SetAsideGoes::Whole,
    };
    ledger.page(&request).unwrap().pack
}

/// Lets a member exchange with a lying hub after both wrote something apart, and demands that nothing came of it.
fn lie(say: impl Fn(&Ledger, &Request) -> Answer + Send + 'static) {
    let mut table = Table::laid();
    table.town.stop_server();
    let hub = HubInvitation::from_text(&table.open()).unwrap();
    let theirs = visit_with(&table.laptop, "Viết ở máy xách tay");
    let own = visit_with(&table.two, "Viết ở máy số 2");
    let ledger = table.laptop.device().shared_ledger();
    let liar = lying_in_place_of(&hub, {
        let ledger = Arc::clone(&ledger);
        move |request| say(&ledger, request)
    });
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
    lie(|ledger, request| {
        let mut pack = all_for(ledger, request);
        for run in &mut pack.runs {
            for (place, item) in run.items.iter_mut().enumerate() {
                let hash = ledger.hash_at(&run.log, run.first_seq + place as u64).unwrap();
                *item = Item::Withheld(hash.unwrap());
            }
        }
        with(request, pack)
    });
}

#[test]
fn a_hub_that_alters_entries_is_found_out_by_their_signatures() {
    lie(|ledger, request| {
        let mut pack = all_for(ledger, request);
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
    lie(move |_, request| {
        let mut answer = with(request, Pack::default());
        let runs = &request.load.pack.runs;
        for head in &request.have {
            answer
                .load
                .receipts
                .push(Receipt::sign(&stolen, head.log, head.seq, head.hash, true));
        }
        for run in runs {
            let log: LogId = run.log;
            let last = run.first_seq + run.items.len() as u64 - 1;
            answer
                .receipts
                .push(Receipt::sign(&stolen, log, last, run.prev, true));
            // It does not even have to guess: whatever it names is not the province's word.
            answer.refused.push(Refused {
                entry: run.prev,
                reason: Refusal::RoleMayNotWrite,
            });
        }
        answer.refused.push(Refused {
            entry: Hash32([1; 32]),
            reason: Refusal::Revoked,
        });
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
