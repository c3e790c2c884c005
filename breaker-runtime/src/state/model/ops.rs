//! The steps of a random run.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::Mode;
use crate::state::model::reference::End;
use crate::state::model::rules::{Change, Micros, Rules, change, pinged_rules, rules, sliding_rules};

#[derive(Clone, Debug)]
pub(super) enum Op {
    Begin,
    /// Ends one of the calls in flight.
    End(Index, End),
    /// Calls that end at once, one after another.
    Calls(usize, End),
    /// A call that is slow, or this many microseconds short of it.
    Long(Micros, End),
    Panic,
    /// A ping of the background task, one at a time.
    BeginPing,
    /// Ends the ping in flight.
    EndPing(End),
    /// Takes a snapshot.
    Look,
    Wait(Micros),
    /// Waits until the next event that the clock alone causes, or one microsecond less.
    WaitForDeadline(Index, Micros),
    Rng(f64),
    Trip,
    /// The fleet opens for so long.
    FleetOpen(Micros),
    FleetClose,
    Reset,
    Mode(Mode),
    /// Changes the rules at run time.
    Reconfigure(Box<Change>),
}

pub(super) fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        6 => Just(End::Success),
        6 => Just(End::Failure),
        2 => Just(End::Ignored),
        2 => Just(End::Cancelled),
    ]
}

fn ping() -> impl Strategy<Value = Op> {
    let end = select(vec![End::Success, End::Success, End::Failure, End::Ignored]);
    prop_oneof![Just(Op::BeginPing), end.prop_map(Op::EndPing)]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![
        4 => Just(Mode::Automatic),
        4 => Just(Mode::Observe),
        1 => Just(Mode::ForcedOpen),
        1 => Just(Mode::ForcedClosed),
    ]
}

fn random() -> impl Strategy<Value = f64> {
    select(vec![0.0, 0.25, 0.5, 0.75, 0.999])
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        14 => Just(Op::Begin),
        14 => (any::<Index>(), end()).prop_map(|(which, end)| Op::End(which, end)),
        5 => (1..=9_usize, end()).prop_map(|(many, end)| Op::Calls(many, end)),
        5 => (0..=1_u64, end()).prop_map(|(short, end)| Op::Long(short, end)),
        1 => Just(Op::Panic),
        8 => Just(Op::Look),
        4 => prop_oneof![4 => 0..=8_000_u64, 1 => 0..=400_000_u64].prop_map(Op::Wait),
        12 => (any::<Index>(), 0..=1_u64).prop_map(|(which, short)| Op::WaitForDeadline(which, short)),
        1 => random().prop_map(Op::Rng),
        2 => Just(Op::Trip),
        1 => (1..=200_000_u64).prop_map(Op::FleetOpen),
        1 => Just(Op::FleetClose),
        1 => Just(Op::Reset),
        2 => mode().prop_map(Op::Mode),
        6 => ping(),
    ]
}

/// Generates steps that make a window slide.
fn op_while_closed() -> impl Strategy<Value = Op> {
    let end = || select(vec![End::Success, End::Success, End::Failure]);
    let short = prop_oneof![3 => Just(0_u64), 1 => Just(1)];
    prop_oneof![
        8 => (1..=4_usize, end()).prop_map(|(many, end)| Op::Calls(many, end)),
        2 => (0..=1_u64, end()).prop_map(|(short, end)| Op::Long(short, end)),
        8 => (any::<Index>(), short).prop_map(|(which, short)| Op::WaitForDeadline(which, short)),
        4 => Just(Op::Look),
    ]
}

/// Generates failures, waits and recoveries.
fn op_while_down() -> impl Strategy<Value = Op> {
    let end = || select(vec![End::Success, End::Success, End::Failure]);
    prop_oneof![
        6 => (1..=5_usize, end()).prop_map(|(many, end)| Op::Calls(many, end)),
        6 => any::<Index>().prop_map(|which| Op::WaitForDeadline(which, 0)),
        2 => (0..=1_u64, end()).prop_map(|(short, end)| Op::Long(short, end)),
        2 => (0..=4_000_u64).prop_map(Op::Wait),
        2 => Just(Op::Look),
        1 => random().prop_map(Op::Rng),
        1 => Just(Op::Trip),
        6 => ping(),
    ]
}

/// Generates probes while the rules change.
fn op_while_half_open() -> impl Strategy<Value = Op> {
    let end = || select(vec![End::Success, End::Cancelled, End::Failure]);
    prop_oneof![
        8 => Just(Op::Begin),
        6 => (any::<Index>(), end()).prop_map(|(which, end)| Op::End(which, end)),
        3 => (1..=4_usize, end()).prop_map(|(many, end)| Op::Calls(many, end)),
        6 => any::<Index>().prop_map(|which| Op::WaitForDeadline(which, 0)),
        2 => (0..=4_000_u64).prop_map(Op::Wait),
        4 => Just(Op::Look),
        2 => Just(Op::Trip),
        1 => (1..=200_000_u64).prop_map(Op::FleetOpen),
        1 => Just(Op::FleetClose),
        4 => reconfigure(),
        6 => ping(),
    ]
}

/// Generates pings while the breaker opens and closes.
fn op_while_pinged() -> impl Strategy<Value = Op> {
    let end = || select(vec![End::Success, End::Failure]);
    prop_oneof![
        16 => ping(),
        12 => any::<Index>().prop_map(|which| Op::WaitForDeadline(which, 0)),
        3 => (1..=5_usize, end()).prop_map(|(many, end)| Op::Calls(many, end)),
        2 => Just(Op::Begin),
        2 => (any::<Index>(), end()).prop_map(|(which, end)| Op::End(which, end)),
        2 => (0..=4_000_u64).prop_map(Op::Wait),
        3 => Just(Op::Trip),
        1 => Just(Op::Reset),
        1 => mode().prop_map(Op::Mode),
        2 => Just(Op::Look),
        1 => reconfigure(),
    ]
}

fn reconfigure() -> impl Strategy<Value = Op> {
    change().prop_map(|change| Op::Reconfigure(Box::new(change)))
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(prop_oneof![20 => op(), 1 => reconfigure()], 1..80)
}

/// Generates rules, the first random number, and the steps of a run.
pub(super) fn scenario() -> impl Strategy<Value = (Rules, f64, Vec<Op>)> {
    let sliding = prop::collection::vec(op_while_closed(), 1..40);
    let down = prop::collection::vec(op_while_down(), 1..40);
    let half_open = prop::collection::vec(op_while_half_open(), 1..40);
    let pinged = prop::collection::vec(op_while_pinged(), 1..40).prop_map(|mut ops| {
        ops.insert(0, Op::Trip);
        ops
    });
    prop_oneof![
        3 => (rules(), random(), ops()),
        2 => (pinged_rules(), random(), pinged),
        1 => (sliding_rules(), random(), sliding),
        1 => (rules(), random(), down),
        1 => (rules(), random(), half_open),
    ]
}
