//! An answer, part after part: each is made when the one before it has gone, so that a long answer takes no more
//! memory than a short one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use cotmoc_core::access::may_receive;
use cotmoc_core::exchange::{
    Answer, Cursor, Head, LeftOut, LogPosition, MOST_WANTED, Pack, Pages, Request, Wanted, shrink, write_part,
};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::LogId;
use cotmoc_ledger::{LedgerError, Received};

use crate::answer::Problem;
use crate::receipts;
use crate::screening::Screened;
use crate::state::ServerState;
use crate::view::{self, View};

/// A page with less than this goes together with receipts and refusals; a larger one goes alone, so that it is
/// the same when it is asked for again.
const TOGETHER: usize = 4 * 1024;
/// Most lacking files of which some are named.
const MOST_LOOKED_AT: u32 = 2_000;

/// From where the device is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// After this position.
    After(u64),
    /// The cursor says nothing here: the sets are compared, and the device goes on from the end.
    AtEnd {
        /// It is of another life of this store, or of an order that was rewritten.
        restarted: bool,
    },
}

/// The parts of one answer that are still to come.
#[derive(Debug)]
pub(crate) struct Answering {
    state: Arc<ServerState>,
    request: Request,
    start: Start,
    have: BTreeMap<LogId, u64>,
    /// Said with the first part.
    head: Option<Answer>,
    /// A page that waits until the head has gone.
    turned: Option<View>,
    wants: Vec<(LogId, u64)>,
    /// Proofs of forks that the device may not know.
    proofs: VecDeque<Pack>,
    /// Files that are still to be handed on.
    files: Vec<Wanted>,
    /// The pages are over; this is where they ended.
    read_to_end: bool,
    cursor: Cursor,
    over: bool,
}

impl Answering {
    /// Begins an answer, after the entries of the request were taken in. `request` has no load any more.
    pub fn begin(
        state: &Arc<ServerState>,
        request: Request,
        screened: &Screened,
        received: &Received,
    ) -> Result<Self, LedgerError> {
        let start = start(state, &request)?;
        let mut have: BTreeMap<LogId, u64> = BTreeMap::new();
        // Of a run that was not taken the device holds something else.
        let not_taken: BTreeSet<&LogId> = received.problems.iter().map(|(log, _)| log).collect();
        let brought = screened.pack.runs.iter();
        let brought = brought.filter(|run| !not_taken.contains(&run.log));
        let brought = brought.map(|run| (run.log, run.first_seq + run.items.len() as u64 - 1));
        for (log, seq) in brought.chain(request.have.iter().map(|head| (head.log, head.seq))) {
            let known = have.entry(log).or_default();
            *known = seq.max(*known);
        }
        let visible = |log: &LogId| {
            state.ledger().with_roster(request.province, |roster| {
                roster.is_some_and(|roster| may_receive(roster, &request.device, &log.scope))
            })
        };
        let wants = request.wants.iter().filter(|(log, _)| visible(log)).copied();
        let wants = wants.collect();
        let mut head = head(state, &request, start, (screened, received))?;
        let proofs = proofs(state, &request, &mut head)?;
        let files = request.wanted.clone();
        let cursor = request.cursor;
        Ok(Self {
            state: Arc::clone(state),
            request,
            start,
            have,
            head: Some(head),
            turned: None,
            wants,
            proofs,
            files,
            read_to_end: false,
            cursor,
            over: false,
        })
    }

    /// Makes the next part; absent after the last one.
    pub fn next_part(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        if self.over {
            return Ok(None);
        }
        let proof = self.next_proof();
        let answer = match proof.map_or_else(|| self.next_wanted(), |proof| Ok(Some(proof)))? {
            Some(answer) => answer,
            None if self.read_to_end => self.next_files()?,
            None => self.next_page()?,
        };
        if let Some(kept) = self.state.kept() {
            let entries = answer.load.pack.entries() as u64;
            kept.keeper.gave(&self.request.device, entries);
        }
        let part = shrink(&answer.write());
        Ok(Some(write_part(&part, self.request.begun.as_ref())))
    }

    /// The last part was made.
    pub fn is_over(&self) -> bool {
        self.over
    }

    fn next_proof(&mut self) -> Option<Answer> {
        let pack = self.proofs.pop_front()?;
        let mut answer = self.head.take().unwrap_or_else(|| self.bare());
        answer.more = true;
        answer.load.pack = pack;
        Some(answer)
    }

    /// Entries of logs that the device asked for by name, and what the first part says.
    fn next_wanted(&mut self) -> Result<Option<Answer>, LedgerError> {
        if self.wants.is_empty() {
            return Ok(None);
        }
        let page_bytes = view::page_bytes(&self.state, &self.request);
        let rest = self
            .state
            .ledger()
            .rest_of(&self.wants, page_bytes, view::set_aside_goes(&self.state))?;
        let mut answer = self.head.take().unwrap_or_else(|| self.bare());
        answer.more = true;
        if rest.more {
            for (log, after) in &mut self.wants {
                if let Some(reached) = rest.reached.get(log) {
                    *after = (*after).max(*reached);
                }
            }
        } else {
            self.wants.clear();
        }
        answer.load.pack = rest.pack;
        Ok(Some(answer))
    }

    fn next_page(&mut self) -> Result<Answer, LedgerError> {
        let after = match (self.start, self.request.pages) {
            (Start::AtEnd { .. }, _) => {
                let (cursor, digest) = view::end(&self.state, &self.request)?;
                let head = self.head.take().unwrap_or_else(|| self.bare());
                self.end_at(cursor);
                return Ok(Answer {
                    cursor,
                    digest,
                    more: !self.over,
                    ..head
                });
            }
            (Start::After(_), Pages::None) => {
                self.end_at(self.request.cursor);
                let head = self.head.take().unwrap_or_else(|| self.bare());
                return Ok(Answer {
                    more: !self.over,
                    ..head
                });
            }
            (Start::After(after), Pages::All) => after,
        };
        let view = match self.turned.take() {
            Some(view) => view,
            None => view::page(&self.state, &self.request, after, &self.have)?,
        };
        let head = self.head.take().unwrap_or_else(|| self.bare());
        if view.bytes > TOGETHER && !says_nothing(&head) {
            self.turned = Some(view);
            return Ok(Answer { more: true, ..head });
        }
        self.turn_page(after, view, head)
    }

    /// Pieces of files, after everything else.
    fn next_files(&mut self) -> Result<Answer, LedgerError> {
        let bytes = view::page_bytes(&self.state, &self.request);
        let seen = view::seen(&self.state, &self.request)?;
        let mut answer = Answer::of(self.cursor);
        if let Some(seen) = seen {
            let ledger = self.state.ledger();
            answer.load.chunks = ledger.chunks_for(seen.visible(), &mut self.files, bytes)?;
        }
        self.over = self.files.is_empty() || answer.load.chunks.is_empty();
        answer.more = !self.over;
        Ok(answer)
    }

    /// What is new was said up to here: only files may follow.
    fn end_at(&mut self, cursor: Cursor) {
        self.cursor = cursor;
        self.read_to_end = true;
        self.over = self.files.is_empty();
    }

    fn turn_page(&mut self, after: u64, view: View, head: Answer) -> Result<Answer, LedgerError> {
        let until = view.cursor.position;
        let mut answer = Answer {
            cursor: view.cursor,
            more: view.more,
            digest: view.digest,
            ..head
        };
        answer.load.pack = view.pack;
        let again = receipts::refused_again(self.state.ledger(), &self.request, (after, until))?;
        let aside = receipts::refused_between(self.state.ledger(), &self.request, (after, until))?;
        for refused in again.into_iter().chain(aside) {
            if !answer.refused.contains(&refused) {
                answer.refused.push(refused);
            }
        }
        self.start = Start::After(until);
        if !view.more {
            self.end_at(answer.cursor);
            answer.more = !self.over;
        }
        Ok(answer)
    }

    /// Says nothing but that the device goes on from where it stands.
    fn bare(&self) -> Answer {
        Answer::of(self.request.cursor)
    }
}

fn says_nothing(head: &Answer) -> bool {
    *head == Answer::of(head.cursor)
}

/// A cursor of another life, or of an order that was rewritten, says nothing here. A device that begins reads
/// from the beginning, unless it holds entries already and asks to compare.
fn start(state: &ServerState, request: &Request) -> Result<Start, LedgerError> {
    let (ledger, cursor) = (state.ledger(), &request.cursor);
    let begins = *cursor == Cursor::START;
    if begins && request.compare.is_some() {
        return Ok(Start::AtEnd { restarted: false });
    }
    let same_life = cursor.epoch == ledger.epoch();
    if same_life && ledger.chain_at(cursor.position)? == Some(cursor.chain) {
        return Ok(Start::After(cursor.position));
    }
    if begins {
        return Ok(Start::After(0));
    }
    Ok(Start::AtEnd { restarted: true })
}

/// What is said of the entries that came, and of the logs that were asked about.
fn head(
    state: &ServerState,
    request: &Request,
    start: Start,
    (screened, received): (&Screened, &Received),
) -> Result<Answer, LedgerError> {
    let ledger = state.ledger();
    let restarted = start == Start::AtEnd { restarted: true };
    let own = if restarted {
        receipts::own_heads(ledger, request)?
    } else {
        BTreeMap::new()
    };
    let mut answer = Answer {
        restarted,
        held: own
            .iter()
            .filter(|(log, _)| log.incarnation == request.incarnation)
            .map(held)
            .collect(),
        refused: receipts::refused(ledger, &screened.pack.runs, received, &own)?,
        ..Answer::of(request.cursor)
    };
    let mut due = receipts::due(received);
    due.extend(own);
    if request.brings.is_some() {
        // Which of its files are here is said by the receipts of its logs.
        due.extend(receipts::own_heads(ledger, request)?);
        if let Some(seen) = view::seen(state, request)? {
            let mut wanted = ledger.wanted_media(seen.visible(), request.brings, MOST_LOOKED_AT)?;
            // Each time others come first: the asking device may have none of those that are lacking longest.
            if wanted.len() > MOST_WANTED {
                let first = crate::founding::now().unsigned_abs() as usize % wanted.len();
                wanted.rotate_left(first);
                wanted.truncate(MOST_WANTED);
            }
            answer.wanted = wanted;
        }
    }
    let is_own = |log: &LogId| (log.device, log.incarnation) == (request.device, request.incarnation);
    for asked in &request.have {
        let sees = ledger.with_roster(request.province, |roster| {
            roster.is_some_and(|roster| may_receive(roster, &request.device, &asked.log.scope))
        });
        if asked.log.scope.province != request.province || !(sees || asked.log.device == request.device) {
            continue;
        }
        let here = ledger.head(&asked.log)?;
        match here {
            Some(here) if asked.log.device == request.device => {
                due.insert(here.log, (here.seq, here.hash));
            }
            _ => answer.positions.push(here.unwrap_or(Head {
                seq: 0,
                hash: Hash32::ZERO,
                ..*asked
            })),
        }
    }
    let author = match state.kept() {
        Some(kept) => {
            answer.load.receipts = receipts::carried(kept, request)?;
            None
        }
        None => state.authority(request.province),
    };
    match author {
        Some(author) => {
            let signed = receipts::sign(ledger, &author, &due)?;
            answer.waiting = receipts::waiting_files(ledger, &signed)?;
            for receipt in signed {
                if is_own(&receipt.log) {
                    answer.receipts.push(receipt);
                } else {
                    answer.load.receipts.push(receipt);
                }
            }
        }
        None => answer.positions.extend(due.iter().map(|(log, (seq, hash))| Head {
            log: *log,
            seq: *seq,
            hash: *hash,
        })),
    }
    if let Some(buckets) = &request.compare {
        let heads = view::heads(state, request)?;
        answer.compared = Some(buckets.compared_with(&heads));
    }
    let problems = received.problems.iter();
    answer.left_out = screened.left_out.clone();
    answer
        .left_out
        .extend(problems.map(|(log, problem)| (*log, LeftOut::from(*problem))));
    // The device compares its own log with what stands here, and fetches what it has lost.
    let parted: BTreeSet<LogId> = answer.left_out.iter().map(|(log, _)| *log).collect();
    for log in parted.iter().filter(|log| log.device == request.device) {
        answer.positions.extend(ledger.head(log)?);
    }
    Ok(answer)
}

/// What the device may not know of forks, when its mark is another.
fn proofs(state: &ServerState, request: &Request, head: &mut Answer) -> Result<VecDeque<Pack>, LedgerError> {
    if request.forks.is_none() && !state.ledger().knows_forks()? {
        return Ok(VecDeque::new());
    }
    let Some(seen) = view::seen(state, request)? else {
        return Ok(VecDeque::new());
    };
    let ours = state.ledger().fork_mark(seen.visible())?;
    if ours == request.forks {
        return Ok(VecDeque::new());
    }
    head.forks = Some(ours.unwrap_or(Hash32::ZERO));
    Ok(state.ledger().fork_packs(seen.visible())?.into())
}

fn held((log, (seq, hash)): (&LogId, &(u64, Hash32))) -> LogPosition {
    LogPosition {
        scope: log.scope,
        seq: *seq,
        hash: *hash,
    }
}
