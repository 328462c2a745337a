//! One run of the exchange over one route, as a machine without a socket, store, clock or random source: it
//! is told what happened and says what to do next. A driver reads and stores; a simulator may stand in for it.
//! A run goes both ways over HTTP, be it to a server or a hub, and one way into the files of a bundle.

use super::pace::Pace;
use super::request::Pages;
use super::schedule::Trouble;

/// Longest a run may go on; more is a fault and not a long exchange.
const MOST_ROUND_TRIPS: u32 = 10_000;
/// How often in a row a connection may break before anything moved, until the run gives up for now.
const MOST_BREAKS: u32 = 4;
/// How often a connection may break in one run, whatever got through: a remote that fails at the same place each
/// time must not keep the run going for ever.
const MOST_BREAKS_IN_ALL: u32 = 500;
/// Wait before the first new try within a run, milliseconds; doubled each time.
const FIRST_WAIT: u64 = 1_000;
/// Comparisons of a run: the second one proves what the first one mended.
const MOST_COMPARISONS: u32 = 2;

/// What is sent and asked for together. Receipts, refusals and decisions come with every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Entries.
    Records,
    /// Small pictures.
    Thumbnails,
    /// Files in working size.
    Originals,
}

/// What the driver is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Read what is owed to the remote, about so many bytes before compression; then [`Event::Gathered`].
    Gather {
        /// Of this lane.
        lane: Lane,
        /// About how much.
        bytes: u64,
    },
    /// Send what was gathered and take in the answer: [`Event::Part`] for each of its parts, then
    /// [`Event::Answered`] or [`Event::Broken`].
    Ask(Plan),
    /// Send the last request again from where it was cut; events as for [`Step::Ask`]. A driver that has none
    /// any more says [`Event::Lost`].
    Resume,
    /// Hand over what was gathered where nobody answers; then [`Event::Put`]. Of a one-way run only, which has no
    /// other steps than this one, [`Step::Gather`] and [`Step::Done`].
    Put,
    /// Wait; then [`Event::Waited`].
    Wait {
        /// Milliseconds.
        millis: u64,
    },
    /// The run is over.
    Done(Ending),
}

/// How to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// How much of what is new the answer may carry.
    pub pages: Pages,
    /// About how many bytes one page of it may carry.
    pub page_bytes: u64,
    /// The sets are to be compared.
    pub compare: bool,
    /// Files of this lane are asked for too.
    pub lane: Lane,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Both hold the same.
    Equal,
    /// Neither has more to say, and yet they differ.
    Differs,
    /// All that was to go was handed over; nobody said what became of it.
    Written,
    /// A person stopped it.
    Stopped,
    /// The connection broke too often, or the remote refused.
    Broken(Trouble),
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// What is owed was read.
    Gathered {
        /// There is nothing of this lane to send or to ask for.
        nothing: bool,
        /// More is owed than fits this time.
        more: bool,
    },
    /// What was gathered was handed over.
    Put,
    /// A part of the answer was taken in.
    Part {
        /// The remote has more to say than it was asked for.
        more: bool,
        /// The remote did not know the cursor.
        restarted: bool,
        /// Something is owed now, or asked for, that was not known before.
        found: bool,
        /// Both hold the same, when the part could tell.
        equal: Option<bool>,
        /// They do not, and it is time to look into it.
        compare: bool,
        /// Pieces of files that came in, or that the remote still lacks and this device has.
        files: bool,
    },
    /// The answer ended as it should.
    Answered {
        /// Bytes of the request before compression.
        raw: u64,
        /// Bytes sent.
        sent: u64,
        /// Bytes received.
        received: u64,
        /// Milliseconds from the first byte to the last.
        millis: u64,
    },
    /// The request or its answer broke off.
    Broken {
        /// Bytes that got through, in either direction.
        moved: u64,
        /// Why, as far as it matters.
        trouble: Trouble,
    },
    /// The driver has no request to resume.
    Lost,
    /// The wait is over.
    Waited,
    /// A person wants it to stop.
    Stop,
}

/// What the parts of the running answer said together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Heard {
    more: bool,
    restarted: bool,
    found: bool,
    equal: Option<bool>,
    compare: bool,
    files: bool,
}

/// Which way a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Both: each side says what the other lacks.
    Both,
    /// Out, into something that answers nothing, about so many bytes at a time.
    Out { bytes: u64 },
}

/// A run of the exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOfExchange {
    way: Way,
    pace: Pace,
    lane: Lane,
    more: bool,
    compare: bool,
    comparisons: u32,
    heard: Heard,
    equal: Option<bool>,
    breaks: u32,
    breaks_in_all: u32,
    /// Something got through in this run: the link was there.
    was_up: bool,
    round_trips: u32,
}

impl RunOfExchange {
    /// A run over a link of this pace. `compare` says that the device holds entries and shares no order of arrival
    /// with the remote. A driver that holds a lane back gathers nothing of it.
    pub fn new(pace: Pace, compare: bool) -> Self {
        Self {
            way: Way::Both,
            pace,
            lane: Lane::Records,
            more: false,
            compare,
            comparisons: 0,
            heard: Heard::default(),
            equal: None,
            breaks: 0,
            breaks_in_all: 0,
            was_up: false,
            round_trips: 0,
        }
    }

    /// A run that only hands over, in loads of about `bytes` before compression: a bundle is read when its writer
    /// is long gone. The lanes are those of any run.
    pub fn one_way(bytes: u64) -> Self {
        Self {
            way: Way::Out { bytes },
            ..Self::new(Pace::new(None), false)
        }
    }

    /// The first step. `unfinished` says that an earlier run left a request of which a part may have arrived.
    pub fn begin(&self, unfinished: bool) -> Step {
        if unfinished { Step::Resume } else { self.gather() }
    }

    /// The pace as measured so far.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Round trips that were answered.
    pub fn round_trips(&self) -> u32 {
        self.round_trips
    }

    /// Comparisons that were asked for.
    pub fn comparisons(&self) -> u32 {
        self.comparisons
    }

    /// The next step after an event. `random` spreads the tries of devices that lost the same mast.
    pub fn on(&mut self, event: Event, random: u32) -> Step {
        match event {
            Event::Gathered { nothing, more } => self.gathered(nothing, more),
            Event::Put if self.more => self.gather(),
            Event::Put => self.next_lane(),
            Event::Part {
                more,
                restarted,
                found,
                equal,
                compare,
                files,
            } => {
                self.heard.more = more;
                self.heard.restarted |= restarted;
                self.heard.found |= found;
                self.heard.equal = equal.or(self.heard.equal);
                self.heard.compare |= compare;
                self.heard.files |= files;
                // The driver goes on with the answer; nothing is to be done in between.
                Step::Wait { millis: 0 }
            }
            Event::Answered {
                raw,
                sent,
                received,
                millis,
            } => self.answered((raw, sent), received, millis),
            Event::Broken { moved, trouble } => self.broken(moved, trouble, random),
            Event::Lost => self.gather(),
            Event::Waited => Step::Resume,
            Event::Stop => Step::Done(Ending::Stopped),
        }
    }

    fn gather(&self) -> Step {
        let bytes = match (self.way, self.lane) {
            (Way::Out { bytes }, _) => bytes,
            (Way::Both, Lane::Records) => self.pace.batch(),
            (Way::Both, Lane::Thumbnails | Lane::Originals) => self.pace.files(),
        };
        Step::Gather {
            lane: self.lane,
            bytes,
        }
    }

    fn gathered(&mut self, nothing: bool, more: bool) -> Step {
        self.more = more;
        match self.way {
            // A remote may have news for whoever has nothing to say.
            Way::Both if nothing && self.lane != Lane::Records => self.next_lane(),
            Way::Both => self.ask(),
            Way::Out { .. } if nothing => self.next_lane(),
            Way::Out { .. } => Step::Put,
        }
    }

    fn ask(&mut self) -> Step {
        self.heard = Heard::default();
        let compare = std::mem::take(&mut self.compare);
        self.comparisons += u32::from(compare);
        // While there is more to send, news waits: what this device owes is nowhere else.
        Step::Ask(Plan {
            pages: if self.more { Pages::None } else { Pages::All },
            page_bytes: self.pace.page(),
            compare,
            lane: self.lane,
        })
    }

    fn answered(&mut self, (raw, sent): (u64, u64), received: u64, millis: u64) -> Step {
        self.breaks = 0;
        self.was_up = true;
        self.round_trips += 1;
        self.pace.moved(sent + received, millis);
        self.pace.shrank(raw, sent);
        let heard = std::mem::take(&mut self.heard);
        self.equal = heard.equal.or(self.equal);
        if self.round_trips >= MOST_ROUND_TRIPS {
            return Step::Done(Ending::Differs);
        }
        if heard.restarted && self.comparisons < MOST_COMPARISONS {
            self.compare = true;
            return self.gather();
        }
        if self.more || heard.found || heard.more {
            return self.gather();
        }
        if heard.compare && self.comparisons < MOST_COMPARISONS {
            self.compare = true;
            return self.gather();
        }
        // Of a lane of files there may be more as long as something of it moves.
        if self.lane != Lane::Records && heard.files {
            return self.gather();
        }
        self.next_lane()
    }

    fn next_lane(&mut self) -> Step {
        self.lane = match self.lane {
            Lane::Records => Lane::Thumbnails,
            Lane::Thumbnails => Lane::Originals,
            Lane::Originals => return self.done(),
        };
        self.gather()
    }

    fn done(&self) -> Step {
        Step::Done(match (self.way, self.equal) {
            (Way::Out { .. }, _) => Ending::Written,
            (Way::Both, Some(true)) => Ending::Equal,
            (Way::Both, _) => Ending::Differs,
        })
    }

    fn broken(&mut self, moved: u64, trouble: Trouble, random: u32) -> Step {
        self.heard = Heard::default();
        if trouble != Trouble::Connection {
            return Step::Done(Ending::Broken(trouble));
        }
        // Whoever gets something through each time gets everything through in the end.
        self.breaks = if moved > 0 { 1 } else { self.breaks + 1 };
        self.was_up |= moved > 0;
        self.breaks_in_all += 1;
        let too_often = self.breaks > MOST_BREAKS || self.breaks_in_all > MOST_BREAKS_IN_ALL;
        if too_often || !self.was_up {
            return Step::Done(Ending::Broken(trouble));
        }
        let wait = FIRST_WAIT << (self.breaks - 1);
        let jitter = wait * u64::from(random % 1_000) / 1_000;
        Step::Wait {
            millis: wait / 2 + jitter,
        }
    }
}

#[cfg(test)]
mod tests;
