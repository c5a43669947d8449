//! What may happen to a cache, and when.

use std::time::Duration;

use proptest::{collection, prelude::*};

#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// For the cache's jitter.
    pub(crate) seed: u64,
    /// Each after a pause.
    pub(crate) events: Vec<(Duration, Event)>,
}

#[derive(Clone, Debug)]
pub(crate) enum Event {
    EndpointBecomes(Mood),
    EndpointAnswersAfter(Duration),
    TokensLiveFor(Duration),
    /// How far it is ahead of the wall clock, in seconds.
    EndpointClockIsAheadBy(i64),
    /// By how many seconds.
    WallClockJumps(i64),
    CallersArrive(usize),
    CallerGivesUpAfter(Duration),
    ServersRefuseTheToken(usize),
    HandleIsCloned,
    /// If it was the last one, a new cache takes its place.
    HandleIsDropped,
}

/// What the endpoint does when it is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mood {
    Healthy,
    /// Gives out the last token again.
    Repeating,
    /// Gives out a token that is expired already.
    Late,
    Down,
    Refusing,
    Panicking,
    Hanging,
}

pub(crate) fn schedules() -> impl Strategy<Value = Schedule> {
    let events = collection::vec((pause(), event()), 1..40);
    (any::<u64>(), events).prop_map(|(seed, events)| Schedule { seed, events })
}

fn millis(range: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_millis)
}

fn pause() -> impl Strategy<Value = Duration> {
    prop_oneof![
        2 => Just(Duration::ZERO),
        4 => millis(1..50),
        4 => millis(50..2_000),
        4 => millis(2_000..60_000),
        1 => millis(60_000..600_000),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => mood().prop_map(Event::EndpointBecomes),
        1 => latency().prop_map(Event::EndpointAnswersAfter),
        2 => lifetime().prop_map(Event::TokensLiveFor),
        1 => prop_oneof![Just(-600_i64), Just(0), Just(600)].prop_map(Event::EndpointClockIsAheadBy),
        2 => jump().prop_map(Event::WallClockJumps),
        6 => (1..10_usize).prop_map(Event::CallersArrive),
        2 => millis(0..5_000).prop_map(Event::CallerGivesUpAfter),
        2 => (1..5_usize).prop_map(Event::ServersRefuseTheToken),
        1 => Just(Event::HandleIsCloned),
        1 => Just(Event::HandleIsDropped),
    ]
}

fn mood() -> impl Strategy<Value = Mood> {
    prop_oneof![
        6 => Just(Mood::Healthy),
        1 => Just(Mood::Repeating),
        1 => Just(Mood::Late),
        3 => Just(Mood::Down),
        1 => Just(Mood::Refusing),
        1 => Just(Mood::Panicking),
        1 => Just(Mood::Hanging),
    ]
}

/// Quick, slow, and longer than a fetch may take.
fn latency() -> impl Strategy<Value = Duration> {
    prop_oneof![millis(1..50), millis(50..3_000), millis(3_000..40_000)]
}

/// From one second to ten years.
fn lifetime() -> impl Strategy<Value = Duration> {
    const DAY: u64 = 86_400;
    prop_oneof![
        Just(1),
        2..10_u64,
        10..600_u64,
        Just(3_600),
        Just(DAY),
        Just(3_650 * DAY),
    ]
    .prop_map(Duration::from_secs)
}

fn jump() -> impl Strategy<Value = i64> {
    prop_oneof![-5..5_i64, -600..600_i64, -90_000..90_000_i64]
}
