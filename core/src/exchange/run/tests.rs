use super::*;

fn machine() -> RunOfExchange {
    RunOfExchange::new(Pace::new(None), false)
}

const NOTHING: Event = Event::Gathered {
    nothing: true,
    more: false,
};
const ANSWERED: Event = Event::Answered {
    raw: 200,
    sent: 200,
    received: 200,
    millis: 100,
};

fn part(equal: Option<bool>) -> Event {
    Event::Part {
        more: false,
        restarted: false,
        found: false,
        equal,
        compare: equal == Some(false),
        files: false,
    }
}

fn plan_of(step: Step) -> Plan {
    match step {
        Step::Ask(plan) => plan,
        other => panic!("not asked: {other:?}"),
    }
}

#[test]
fn nothing_new_costs_one_round_trip() {
    let mut run = machine();
    assert!(matches!(
        run.begin(false),
        Step::Gather {
            lane: Lane::Records,
            ..
        }
    ));
    assert_eq!(plan_of(run.on(NOTHING, 0)).pages, Pages::All);
    run.on(part(Some(true)), 0);
    assert!(matches!(
        run.on(ANSWERED, 0),
        Step::Gather {
            lane: Lane::Thumbnails,
            ..
        }
    ));
    assert!(matches!(
        run.on(NOTHING, 0),
        Step::Gather {
            lane: Lane::Originals,
            ..
        }
    ));
    assert_eq!(run.on(NOTHING, 0), Step::Done(Ending::Equal));
    assert_eq!(run.round_trips(), 1);
}

#[test]
fn while_there_is_more_to_send_no_news_is_asked_for() {
    let mut run = machine();
    let more = Event::Gathered {
        nothing: false,
        more: true,
    };
    assert_eq!(plan_of(run.on(more, 0)).pages, Pages::None);
    run.on(part(None), 0);
    assert!(matches!(
        run.on(ANSWERED, 0),
        Step::Gather {
            lane: Lane::Records,
            ..
        }
    ));
    assert_eq!(plan_of(run.on(NOTHING, 0)).pages, Pages::All);
}

#[test]
fn a_difference_is_compared_and_what_was_found_is_exchanged_and_proved() {
    let mut run = machine();
    assert!(!plan_of(run.on(NOTHING, 0)).compare);
    run.on(part(Some(false)), 0);
    run.on(ANSWERED, 0);
    assert!(plan_of(run.on(NOTHING, 0)).compare);
    let found = Event::Part {
        more: false,
        restarted: false,
        found: true,
        equal: Some(false),
        compare: true,
        files: false,
    };
    run.on(found, 0);
    assert!(matches!(
        run.on(ANSWERED, 0),
        Step::Gather {
            lane: Lane::Records,
            ..
        }
    ));
    assert!(!plan_of(run.on(NOTHING, 0)).compare);
    run.on(part(Some(true)), 0);
    run.on(ANSWERED, 0);
    run.on(NOTHING, 0);
    assert_eq!(run.on(NOTHING, 0), Step::Done(Ending::Equal));
}

#[test]
fn a_difference_that_stays_ends_the_run_after_two_comparisons() {
    let mut run = machine();
    let mut asked = 0;
    let mut step = run.begin(false);
    loop {
        step = match step {
            Step::Gather { .. } => run.on(NOTHING, 0),
            Step::Ask(_) => {
                asked += 1;
                run.on(part(Some(false)), 0);
                run.on(ANSWERED, 0)
            }
            Step::Done(ending) => {
                assert_eq!(ending, Ending::Differs);
                break;
            }
            other => panic!("{other:?}"),
        };
    }
    assert_eq!(asked, 3);
}

#[test]
fn a_link_that_moves_something_each_time_is_never_given_up_and_a_dead_one_soon() {
    let cut = |moved| Event::Broken {
        moved,
        trouble: Trouble::Connection,
    };
    let mut run = machine();
    for _ in 0..100 {
        assert!(matches!(run.on(cut(1), 7), Step::Wait { millis } if millis <= 1_500));
        assert_eq!(run.on(Event::Waited, 0), Step::Resume);
    }
    let mut waits = Vec::new();
    let ending = loop {
        match run.on(cut(0), 999) {
            Step::Wait { millis } => waits.push(millis),
            Step::Done(ending) => break ending,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ending, Ending::Broken(Trouble::Connection));
    assert_eq!(waits.len(), 3);
    assert!(waits.is_sorted());
}

#[test]
fn without_any_link_a_run_ends_at_once_and_the_schedule_decides() {
    let cut = Event::Broken {
        moved: 0,
        trouble: Trouble::Connection,
    };
    let ending = Step::Done(Ending::Broken(Trouble::Connection));
    assert_eq!(machine().on(cut, 0), ending);
}

#[test]
fn a_busy_server_and_a_matter_for_a_person_end_the_run_at_once() {
    for trouble in [Trouble::Busy(9_000), Trouble::NeedsPerson] {
        let broken = Event::Broken { moved: 5, trouble };
        assert_eq!(machine().on(broken, 0), Step::Done(Ending::Broken(trouble)));
    }
}

/// Lanes and sizes that a one-way run hands over, when each lane has so many loads; and how it ends.
fn written(loads: [u32; 3]) -> (Vec<(Lane, u64)>, Ending) {
    let mut run = RunOfExchange::one_way(1_000);
    let mut left = loads;
    let (mut put, mut gathered) = (Vec::new(), None);
    let mut step = run.begin(false);
    loop {
        step = match step {
            Step::Gather { lane, bytes } => {
                let left = &mut left[lane as usize];
                let nothing = *left == 0;
                *left = left.saturating_sub(1);
                gathered = (!nothing).then_some((lane, bytes));
                let more = *left > 0;
                run.on(Event::Gathered { nothing, more }, 0)
            }
            Step::Put => {
                put.push(gathered.take().expect("something was gathered"));
                run.on(Event::Put, 0)
            }
            Step::Done(ending) => return (put, ending),
            other => panic!("nobody answers: {other:?}"),
        };
    }
}

#[test]
fn a_one_way_run_hands_over_lane_after_lane_and_asks_and_waits_for_nobody() {
    for loads in [[0, 0, 0], [1, 0, 0], [0, 0, 2], [3, 1, 2], [0, 20_000, 1]] {
        let (put, ending) = written(loads);
        let lanes = [Lane::Records, Lane::Thumbnails, Lane::Originals];
        let due = lanes
            .iter()
            .zip(loads)
            .flat_map(|(lane, count)| (0..count).map(|_| (*lane, 1_000)));
        assert_eq!(put, due.collect::<Vec<_>>());
        assert_eq!(ending, Ending::Written);
    }
}

#[test]
fn a_one_way_run_that_is_stopped_or_loses_its_stick_does_not_say_that_it_was_written() {
    let lost = Event::Broken {
        moved: 0,
        trouble: Trouble::Connection,
    };
    for (event, ending) in [
        (Event::Stop, Ending::Stopped),
        (lost, Ending::Broken(Trouble::Connection)),
    ] {
        let mut run = RunOfExchange::one_way(1_000);
        let more = Event::Gathered {
            nothing: false,
            more: true,
        };
        assert_eq!(run.on(more, 0), Step::Put);
        assert_eq!(run.on(event, 0), Step::Done(ending));
    }
}
