//! What is done for a holder of thousands of scopes who has nothing to read is what is done for one of three, and its
//! pages hold what it sees and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cotmoc_core::access::{Holder, Reach, Role};
use cotmoc_core::id::{Hash32, ProvinceId};
use cotmoc_core::journal::Scope;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_ledger::{Author, Ledger, Page, PageRequest, Seen, SetAsideGoes, Write};
use uuid::Uuid;

use crate::support::{
    Pen, Province, Store, author, delegation_scope, over_the_wire, province, record, registration, unit,
    unit_scope,
};

/// More than are read side by side.
const MANY: u128 = 60;

fn review(scope: Scope, number: u128) -> Write {
    Write::Edit {
        scope,
        record: record(number),
        kind: RecordKind::Review,
        edits: vec![Edit::line("registration", record(1).to_string())],
    }
}

/// A record of the compiler's in each of so many units.
fn spread(ledger: &Ledger, compiler: &Author, units: u128) {
    let writes: Vec<Write> = (0..units)
        .map(|number| review(unit_scope(0x1000 + number), 0x1000 + number))
        .collect();
    ledger.write(compiler, 0, &writes).unwrap();
}

fn findings(number: u128) -> Write {
    Write::Edit {
        scope: delegation_scope(),
        record: record(number),
        kind: RecordKind::Findings,
        edits: vec![Edit::line("visit", record(number).to_string())],
    }
}

/// Units of another province of the same server, met after all others.
fn neighbours(store: &Store, units: u128) {
    let mut rows = store.raw();
    let together = rows.transaction().unwrap();
    let other = ProvinceId(Uuid::from_u128(0x85));
    for number in 1..=units {
        let code = Scope::unit(other, unit(number)).encode();
        together
            .execute(
                "INSERT INTO scope (code, province, place, digest, entries) VALUES (?1, ?2, 2, zeroblob(32), 0)",
                (&code[..], other.0.as_bytes()),
            )
            .unwrap();
    }
    together.commit().unwrap();
}

fn seen(ledger: &Ledger, viewer: &Author, known: Option<&Arc<Seen>>) -> Arc<Seen> {
    let reach = ledger.with_roster(province(), |roster| {
        Reach::of(roster.unwrap(), &viewer.device()).into_owned()
    });
    ledger.seen(province(), vec![reach], known).unwrap()
}

fn page(ledger: &Ledger, seen: &Seen, after: u64, page_bytes: u64) -> Page {
    let request = PageRequest {
        visible: seen.visible(),
        after,
        page_bytes,
        except: None,
        have: &BTreeMap::new(),
        set_aside: SetAsideGoes::ByHash,
    };
    ledger.page(&request).unwrap()
}

/// A province with a compiler who has records in so many units, and a neighbour as large on the same server. The last
/// entry is for neither post nor compiler.
struct Wide {
    town: Province,
    viewers: [(Author, Arc<Seen>); 2],
    end: u64,
}

impl Wide {
    fn of(units: u128) -> Self {
        let town = Province::new();
        let ledger = &town.server.ledger;
        let (post, compiler, secretary) = (town.post(1, 11), town.compiler(2), town.secretary(3, 1));
        spread(ledger, &compiler, units);
        ledger.write(&secretary, 0, &[findings(2)]).unwrap();
        neighbours(&town.server, units);
        let viewers = [post, compiler].map(|viewer| {
            let known = seen(ledger, &viewer, None);
            (viewer, known)
        });
        Self {
            end: ledger.arrival().unwrap().position,
            viewers,
            town,
        }
    }

    /// How long it takes to find nothing, for each of the two.
    fn quiet(&self) -> [Duration; 2] {
        let ledger = &self.town.server.ledger;
        self.viewers.each_ref().map(|(viewer, known)| {
            let began = Instant::now();
            let now = seen(ledger, viewer, Some(known));
            let nothing = [self.end - 1, self.end].map(|after| page(ledger, &now, after, 1_024));
            let mark = ledger.fork_mark(now.visible()).unwrap();
            let took = began.elapsed();
            assert!(nothing.iter().all(|page| page.pack.is_empty() && !page.more) && mark.is_none());
            took
        })
    }
}

#[test]
fn nothing_to_read_in_thousands_of_units_takes_no_longer_than_in_one() {
    let (narrow, wide) = (Wide::of(1), Wide::of(2_000));
    let mut least = [[Duration::MAX; 2]; 2];
    // The least of many, in turn: whatever else the machine does makes single ones longer.
    for _ in 0..200 {
        for (province, least) in [&narrow, &wide].into_iter().zip(&mut least) {
            let took = province.quiet();
            *least = [took[0].min(least[0]), took[1].min(least[1])];
        }
    }
    let [narrow, wide] = least;
    // Work for each unit makes it tens of times as long.
    let most = narrow[0].min(narrow[1]) * 3;
    assert!(
        wide.iter().all(|took| *took < most),
        "{wide:?}, in one unit {narrow:?}"
    );
}

/// Every entry of these scopes, as the rows have it.
fn hashes_of(store: &Store, places: &str) -> Vec<Hash32> {
    let sql = format!(
        "SELECT entry.hash FROM entry JOIN scope ON scope.id = entry.scope WHERE scope.place IN ({places}) ORDER BY 1"
    );
    let rows = store.raw();
    let mut statement = rows.prepare(&sql).unwrap();
    let found = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    found
        .map(|hash| Hash32::from_slice(&hash.unwrap()).unwrap())
        .collect()
}

#[test]
fn the_pages_of_a_holder_of_many_units_hold_what_is_in_them_and_what_is_let_through_late_and_nothing_else() {
    let town = Province::new();
    let (compiler, secretary) = (town.compiler(2), town.secretary(3, 1));
    let (server, device) = (town.store(), town.store());
    let mut stranger = Pen::new(author(4));
    let mut doc = registration();
    let aside = [Edit::line("name", "Muộn")];
    let aside = stranger.edit(unit_scope(11), record(3), &mut doc, &aside);
    server.receive(&stranger.pack(&[aside]));
    for number in 0..MANY {
        let written = review(unit_scope(0x1000 + number), 0x1000 + number);
        server.ledger.write(&compiler, 0, &[written]).unwrap();
        let written = findings(0x2000 + number);
        server.ledger.write(&secretary, 0, &[written]).unwrap();
    }
    let (mut after, mut pages) = (0, 0);
    loop {
        let now = seen(&server.ledger, &compiler, None);
        let page = page(&server.ledger, &now, after, 1);
        assert!(!page.pack.is_empty(), "whoever is told of more gets more");
        device.receive(&over_the_wire(&page.pack));
        after = page.position;
        pages += 1;
        if pages == 40 {
            assert_eq!(device.state(record(3)), None, "read by its hash");
            town.enrol(&stranger.author, Role::Post, Holder::Unit(unit(11)));
            server.receive(&town.roster());
        }
        if !page.more {
            break;
        }
    }
    assert!(pages > MANY, "{pages}");
    assert_eq!(after, server.ledger.arrival().unwrap().position);
    assert_eq!(
        device.ledger.sorted_entry_hashes().unwrap(),
        hashes_of(&server, "0, 1, 2")
    );
    assert_eq!(hashes_of(&server, "3").len(), 60);
    assert_eq!(device.state(record(3)).unwrap()["name"], "Muộn");
}
