//! What one run has to keep in mind between its steps, and what it leaves for the next one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use cotmoc_core::exchange::{
    Buckets, Event, Lane, MAX_BODY, Pack, ParcelClaim, Parts, Plan, Request, RunOfExchange, Trouble,
    Unfinished as HalfPart, Wanted, shrink,
};
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{LogId, Place};
use cotmoc_core::media;
use cotmoc_ledger::{LedgerError, SetAsideGoes, set_holds};

use super::ahead::{self, Ahead, Next};
use super::arriving::{Arriving, Heard, Kept};
use super::gathering::{Gathered, gather, gather_files, visible_over};
use super::link::{Link, LinkFailure};
use super::patience::Patience;
use super::run::{running, set_state};
use super::taking::{Asked, Wants, With, gaps, heads_over, own_mark};
use super::unfinished::{Sending, Unfinished, keep};
use crate::contract::Problem;
use crate::contract::exchange::ExchangeOutcome;
use crate::contract::session::ExchangePhase;
use crate::device::Device;
use crate::store::list_indexes::Intake;
use crate::store::remote::{self, Differing};
use crate::store::{held, left_out};

/// One run's memory.
pub(super) struct Talk<'a> {
    device: &'a Device,
    with: With<'a>,
    link: &'a mut dyn Link,
    gathered: Gathered,
    /// The next request, if it is made while this one is answered, and what was made of it.
    next: Option<Next>,
    ahead: Option<Ahead>,
    sending: Option<Sending>,
    part: Option<HalfPart>,
    asked: BTreeSet<LogId>,
    /// The lane of files that was asked about last.
    asked_about_files: Option<media::Lane>,
    /// Files the remote has said it lacks.
    lacks: Vec<Wanted>,
    /// Files that were asked for with the last request.
    hoped_for: BTreeSet<Hash32>,
    /// Files of which the remote has nothing.
    absent: BTreeSet<Hash32>,
    left_out: BTreeSet<LogId>,
    wants: Wants,
    has_proved: bool,
    /// The authority's acts, which are to go first and alone.
    proving: Option<Vec<LogId>>,
    /// The remote does not know this device yet.
    is_unknown: bool,
    /// The remote knows other forks than this device, and was not told of this device's yet.
    other_forks: bool,
    has_told_forks: bool,
    /// This device's proofs that are still to be told.
    proofs: VecDeque<Pack>,
    known_difference: Option<Differing>,
    /// Absent for the province, behind which nothing waits.
    patience: Option<Patience>,
    pub differs_by: Option<Hash32>,
    pub changed: BTreeSet<RecordId>,
    pub intake: Intake<'a>,
    pub outcome: ExchangeOutcome,
    /// Why it broke off last.
    pub failure: Option<LinkFailure>,
}

impl<'a> Talk<'a> {
    pub fn new(device: &'a Device, with: With<'a>, link: &'a mut dyn Link) -> Result<Self, LinkFailure> {
        let left = Unfinished::load(device, &with.route.name).map_err(Problem::from)?;
        let known_difference = Differing::load(&device.ledger, &with.route.name).map_err(Problem::from)?;
        let mut wants = Wants::default();
        wants.add(gaps(device, with)?);
        Ok(Self {
            device,
            with,
            link,
            gathered: Gathered::default(),
            next: None,
            ahead: None,
            sending: left.request,
            part: left.part,
            asked: BTreeSet::new(),
            asked_about_files: None,
            lacks: Vec::new(),
            hoped_for: BTreeSet::new(),
            absent: BTreeSet::new(),
            left_out: left_out::waiting(&device.ledger, &with.route.name, device.now())
                .map_err(Problem::from)?,
            wants,
            has_proved: false,
            proving: None,
            is_unknown: false,
            other_forks: false,
            has_told_forks: false,
            proofs: VecDeque::new(),
            known_difference,
            patience: (!with.route.is_province()).then(|| Patience::new(Instant::now())),
            differs_by: None,
            changed: BTreeSet::new(),
            intake: Intake::begin(&device.ledger, &device.indexes_away),
            outcome: ExchangeOutcome {
                confirmed: 0,
                received: 0,
                refused: 0,
                round_trips: 0,
                bytes_sent: 0,
                bytes_received: 0,
                equal: false,
                stopped: false,
            },
            failure: None,
        })
    }

    /// A request of an earlier run may have arrived.
    pub fn has_request(&self) -> bool {
        self.sending.is_some()
    }

    /// Lets time pass before the next try.
    pub fn wait(&mut self, how_long: Duration) {
        self.link.wait(how_long, &self.device.stop_exchange);
    }

    /// What is left for the next run.
    pub fn leave(self) {
        let route = &self.with.route.name;
        keep(self.device, route, self.sending.as_ref(), self.part.as_ref());
    }

    /// Reads what goes with the next request of a lane.
    pub fn gather(&mut self, lane: Lane, bytes: u64) -> Result<Event, Problem> {
        if let Some(acts) = self.proving.take() {
            return self.gather_proof(acts);
        }
        self.gathered = match lane {
            Lane::Records => gather(
                self.device,
                self.with.remote,
                self.with.route,
                bytes,
                (&self.asked, &self.left_out),
                self.ahead.as_mut(),
            )?,
            Lane::Thumbnails | Lane::Originals => {
                let lane = match lane {
                    Lane::Originals => media::Lane::Original,
                    _ => media::Lane::Thumbnail,
                };
                let asked = self.asked_about_files == Some(lane);
                gather_files(
                    self.device,
                    self.with.remote,
                    self.with.route,
                    (lane, bytes),
                    (&self.lacks, asked, &self.absent),
                )?
            }
        };
        if self.other_forks && !std::mem::replace(&mut self.has_told_forks, true) {
            let visible = visible_over(self.device, self.with.remote, self.with.route)?;
            let proofs = visible.map(|visible| self.device.ledger.fork_packs(&visible));
            self.proofs = proofs.transpose()?.unwrap_or_default().into();
        }
        let mut weight = 0;
        while weight < bytes
            && let Some(proof) = self.proofs.pop_front()
        {
            weight += proof.weight();
            self.gathered.load.pack.append(proof);
        }
        self.gathered.more |= !self.proofs.is_empty();
        Ok(Event::Gathered {
            nothing: self.gathered.is_empty() && self.wants.is_empty(),
            more: self.gathered.more,
        })
    }

    /// What goes with the next request.
    pub fn gathered(&self) -> &Gathered {
        &self.gathered
    }

    /// The authority's acts alone, and not as a parcel: the remote keeps pieces for devices it knows.
    fn gather_proof(&mut self, acts: Vec<LogId>) -> Result<Event, Problem> {
        let logs: Vec<(LogId, u64)> = acts.into_iter().map(|log| (log, 0)).collect();
        let rest = self.device.ledger.rest_of(&logs, u64::MAX, SetAsideGoes::Whole)?;
        self.gathered = Gathered {
            reached: rest.reached,
            more: true,
            ..Gathered::default()
        };
        self.gathered.load.pack = rest.pack;
        self.is_unknown = true;
        Ok(Event::Gathered {
            nothing: false,
            more: true,
        })
    }

    /// Makes the request that the plan asks for, of what was gathered.
    pub fn prepare(&mut self, plan: Plan) -> Result<(), Problem> {
        let device = self.device;
        let gathered = std::mem::take(&mut self.gathered);
        let current = device.author.current();
        let author = (current.device(), current.incarnation);
        let cursor = remote::cursor(&device.ledger, &self.with.route.name)?;
        let mut request = Request::of(author, self.with.remote.province, cursor, plan.page_bytes);
        request.pages = plan.pages;
        if let Some(patience) = &mut self.patience {
            patience.gives(&gathered.load)?;
        }
        request.load = gathered.load;
        let asked = gathered.have.iter().map(|head| head.log).collect();
        let about = (asked, gathered.brings, gathered.lacks);
        request.have = gathered.have;
        request.brings = gathered.brings;
        self.hoped_for = gathered.wanted.iter().map(|one| one.blob).collect();
        request.wanted = gathered.wanted;
        request.wants = self.wants.iter().collect();
        request.begun = self.part.as_ref().and_then(HalfPart::begun);
        if plan.compare {
            request.compare = Some(Buckets::of(&heads_over(device, self.with)?));
        }
        request.forks = own_mark(device, self.with)?;
        let lives = device.ledger.own_incarnations()?;
        let lost = self.wants.iter().map(|(log, _)| log);
        let lost = lost.filter(|log| log.device == author.0 && lives.contains(&log.incarnation));
        let lost = lost.collect();
        let going = ahead::still_going(&gathered.going, &gathered.reached);
        self.next = (gathered.more && !going.is_empty()).then(|| Next {
            going,
            bytes: gathered.bytes,
            ask: gathered.ask,
            like: ahead::without_load(&mut request),
        });
        let signed = request.sign(&current.key);
        let ahead = self.ahead.take();
        let body = ahead
            .and_then(|ahead| ahead.body(&signed))
            .unwrap_or_else(|| shrink(&signed));
        let large = body.len() >= ParcelClaim::FROM && !std::mem::take(&mut self.is_unknown);
        let mut before = BTreeMap::new();
        for log in gathered.reached.keys() {
            before.insert(*log, device.ledger.held_by(&self.with.route.name, log)?);
        }
        self.sending = Some(Sending {
            claim: large.then(|| ParcelClaim::sign(&current.key, &body)),
            raw: signed.len() as u64,
            brings: !request.load.is_empty(),
            body,
            before,
            asked: Asked {
                author,
                sent: gathered.reached,
                buckets: request.compare.map_or(0, |buckets| buckets.0.len()),
                lost,
            },
            cursor,
            about,
            failures: 0,
            here: 0,
        });
        Ok(())
    }

    /// Sends the request, or what has not arrived of it, and takes the answer in.
    pub fn ask(&mut self, machine: &mut RunOfExchange, resumed: bool) -> Result<Event, Problem> {
        let Some(mut sending) = self.sending.take() else {
            return Ok(Event::Lost);
        };
        let mut moved = 0;
        if resumed && let Some(claim) = &sending.claim {
            match self.link.parcel(claim, &self.device.stop_exchange) {
                Ok(here) => {
                    let here = here.min(sending.body.len() as u64);
                    moved = here.saturating_sub(sending.here);
                    sending.here = here;
                }
                Err(failure) => return self.broke(sending, failure, 0),
            }
        }
        if !resumed && sending.claim.is_some() {
            // Before its first byte leaves: the program may be killed at any later one.
            keep(
                self.device,
                &self.with.route.name,
                Some(&sending),
                self.part.as_ref(),
            );
        }
        let rest = sending.body.len() as u64 - sending.here;
        set_state(self.device, running(ExchangePhase::Sending, 0, Some(rest)));
        self.outcome.bytes_sent += rest;
        let began = self.link.now();
        if let Some(patience) = &mut self.patience {
            patience.asked(sending.brings, Instant::now());
        }
        let is_fast = machine.pace().has_largest_batches();
        let mut arriving = Arriving {
            device: self.device,
            with: self.with,
            intake: &mut self.intake,
            asked: sending.asked.clone(),
            known_difference: self.known_difference.clone(),
            patience: self.patience.take(),
            machine,
            told_forks: self.has_told_forks,
            parts: Parts::new(MAX_BODY, self.part.take()),
            outcome: self.outcome.clone(),
            heard: Heard::default(),
            problem: None,
            kept: Kept::new(),
        };
        let claimed = sending.claim.as_ref().map(|claim| (claim, sending.here));
        let from = usize::try_from(sending.here).unwrap_or(0);
        let rest_of_body = sending.body.get(from..).unwrap_or_default().to_vec();
        let next = self.next.take().filter(|_| !resumed && is_fast);
        let (device, link) = (self.device, &mut *self.link);
        let (answered, ahead) = std::thread::scope(|scope| {
            // Where the system gives no thread, it is made when its time has come.
            let begin = |next: Next| {
                std::thread::Builder::new()
                    .spawn_scoped(scope, move || next.make(device))
                    .ok()
            };
            let ahead = next.and_then(begin);
            let answered = link.exchange(rest_of_body, claimed, &device.stop_exchange, &mut |bytes| {
                arriving.take(bytes)
            });
            (answered, ahead.and_then(|ahead| ahead.join().ok()?.ok()?))
        });
        self.ahead = ahead;
        let between = arriving.parts.is_between();
        self.part = arriving.parts.unfinished();
        self.patience = arriving.patience;
        self.outcome = arriving.outcome;
        let (heard, problem) = (arriving.heard, arriving.problem);
        let (received, whole) = (heard.received, heard.whole);
        self.outcome.bytes_received += received;
        self.other_forks |= heard.other_forks;
        self.changed.extend(heard.changed);
        self.left_out.extend(heard.left_out);
        // Only what was answered counts as asked and as brought.
        if whole > 0 {
            let (asked, lane, lacks) = std::mem::take(&mut sending.about);
            self.asked.extend(asked);
            self.asked_about_files = lane.or(self.asked_about_files);
            self.lacks = heard
                .lacks
                .or(lacks)
                .unwrap_or_else(|| std::mem::take(&mut self.lacks));
        }
        self.differs_by = heard.differs_by.or(self.differs_by);
        if let Some(problem) = problem {
            return Err(problem);
        }
        let failure = match answered {
            Ok(()) if between && whole > 0 => {
                self.note_sent(&sending.asked.sent)?;
                keep(self.device, &self.with.route.name, None, self.part.as_ref());
                // What the remote has not taken, for whatever reason, is not sent again in this run.
                for (log, before) in &sending.before {
                    if self.device.ledger.held_by(&self.with.route.name, log)? <= *before {
                        self.left_out.insert(*log);
                    }
                }
                self.outcome.round_trips += 1;
                self.wants = heard.wants;
                // What did not come with a whole answer, the remote has not got.
                let hoped_for = std::mem::take(&mut self.hoped_for);
                self.absent.extend(hoped_for.difference(&heard.came));
                let millis =
                    u64::try_from(self.link.now().saturating_sub(began).as_millis()).unwrap_or(u64::MAX);
                return Ok(Event::Answered {
                    raw: sending.raw,
                    sent: rest,
                    received,
                    millis,
                });
            }
            Ok(()) => LinkFailure {
                answer_lost: true,
                ..LinkFailure::from(Problem::new("server_unreachable"))
            },
            Err(failure) => failure,
        };
        if failure.answer_lost || whole > 0 {
            self.note_sent(&sending.asked.sent)?;
        }
        self.wants.add(heard.wants.iter());
        moved += received;
        if whole > 0 || (received > 0 && self.part.is_some()) {
            // It was answered: what is still to come is asked for from where this device stands now.
            self.failure = Some(failure.clone());
            return Ok(Event::Broken {
                moved,
                trouble: trouble(&failure),
            });
        }
        self.broke(sending, failure, moved)
    }

    /// The request may have arrived, or parts of it.
    fn broke(&mut self, mut sending: Sending, failure: LinkFailure, moved: u64) -> Result<Event, Problem> {
        // It answers for this province and has never heard of this device: it was restored from a time before
        // the device's grant, and nothing of this device can be in it.
        let code = failure.problem.code.as_str();
        if code == "not_enrolled" && self.with.route.is_province() {
            let me = self.device.author.device();
            let confirmed = held::confirmed(&self.device.ledger, me)?;
            if confirmed.values().any(|seq| *seq > 0) {
                self.device
                    .ledger
                    .write_local(|transaction| held::withdraw_receipts(transaction, me))?;
            }
        }
        // A hub whose keeper was away when this device was granted learns of it in the same way.
        if code == "not_enrolled" && self.proves_its_grant()? {
            return Ok(Event::Lost);
        }
        let trouble = trouble(&failure);
        if sending.outlasts(code) {
            self.sending = Some(sending);
        }
        self.failure = Some(failure);
        Ok(Event::Broken { moved, trouble })
    }

    /// The next request brings the authority's acts, which say that this device has a grant: they prove
    /// themselves to a server that has lost them. Only once in a run, and only when they say so.
    fn proves_its_grant(&mut self) -> Result<bool, Problem> {
        let province = self.with.remote.province;
        let me = self.device.author.device();
        let granted = self.device.ledger.with_roster(province, |roster| {
            roster.is_some_and(|roster| roster.grants.contains_key(&me))
        });
        if !granted || std::mem::replace(&mut self.has_proved, true) {
            return Ok(false);
        }
        let acts: Vec<LogId> = heads_over(self.device, self.with)?
            .into_iter()
            .map(|head| head.log)
            .filter(|log| log.scope.place == Place::Roster && log.device == self.with.remote.authority)
            .collect();
        self.device.ledger.write_local(|transaction| {
            acts.iter()
                .try_for_each(|log| set_holds(transaction, &self.with.route.name, log, 0))
        })?;
        self.asked.extend(&acts);
        self.proving = Some(acts);
        Ok(true)
    }

    /// The request left this device: until the receipt comes its entries are sent, not held.
    fn note_sent(&self, sent: &BTreeMap<LogId, u64>) -> Result<(), Problem> {
        if sent.is_empty() || !self.with.route.is_province() {
            return Ok(());
        }
        let noted = self
            .device
            .ledger
            .write_local(|transaction| -> Result<(), LedgerError> {
                for (log, seq) in sent {
                    held::note_sent(transaction, log, *seq)?;
                }
                Ok(())
            });
        Ok(noted?)
    }
}

/// A server that is ill gets well again, and another key may be that of a hotel's network: only what the
/// province says about this device or this program waits for a person.
pub(super) fn trouble(failure: &LinkFailure) -> Trouble {
    match (failure.problem.code.as_str(), failure.retry_after) {
        (_, Some(wait)) => Trouble::Busy(wait),
        ("device_revoked" | "not_enrolled" | "invitation_other_province" | "program_too_old", None) => {
            Trouble::NeedsPerson
        }
        _ => Trouble::Connection,
    }
}
