//! The tests of all stores: they run against the one in memory and the one in Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use crate::fleet::protocol::message::{
    Body, FleetCommand, Known, LIVENESS, LeaseView, OpenCause, Phase, ProcessId, StandingOrder, View,
};
use crate::fleet::store::memory::MemoryStore;
use crate::fleet::store::samples::{Process, author};
use crate::fleet::store::{GroupName, GroupStore};
use crate::types::snapshot::Mode;

/// A store, and its clock in milliseconds.
pub(super) struct Set<S> {
    pub(super) store: S,
    pub(super) wall: Arc<AtomicU64>,
}

pub(super) const BEGIN: u64 = 1_790_000_000_000;

impl<S: GroupStore> Set<S> {
    fn advance(&self, millis: u64) {
        self.wall.fetch_add(millis, Ordering::SeqCst);
    }

    async fn open_by(&self, one: &mut Process<'_>, two: &mut Process<'_>) -> View {
        assert_eq!(one.fail().await.phase, Phase::Idle, "one process is no quorum");
        let view = two.fail().await;
        assert_eq!(view.phase, Phase::Open { remaining: 1_000, cause: OpenCause::Streak });
        view
    }

    pub(super) async fn read_of_unknown_group_creates_nothing(&self) {
        let mut process = Process::new(&self.store, 1);
        assert_eq!(process.read().await, View::default());
        let idle = process.report(|_| {});
        assert_eq!(process.ask(idle).await, View::default());
        assert_eq!(process.ask(Body::Leave).await, View::default());
        assert_eq!(process.settle(1, 2, true).await, View::default());
    }

    pub(super) async fn quorum_opens_group_for_a_length(&self) {
        let [mut one, mut two, mut three] = [1, 2, 3].map(|id| Process::new(&self.store, id));
        self.open_by(&mut one, &mut two).await;
        self.advance(400);
        let view = three.read().await;
        assert_eq!(view.phase, Phase::Open { remaining: 600, cause: OpenCause::Streak });
        assert_eq!((view.live, view.lease), (2, LeaseView::Free));
        self.wall.fetch_sub(5_000, Ordering::SeqCst);
        let view = three.read().await;
        assert_eq!(view.phase, Phase::Open { remaining: 1_000, cause: OpenCause::Streak }, "set back");
    }

    pub(super) async fn one_process_at_a_time_probes(&self) {
        let [mut one, mut two] = [1, 2].map(|id| Process::new(&self.store, id));
        self.open_by(&mut one, &mut two).await;
        assert_eq!(one.want_probe().await.lease, LeaseView::Free, "before the end of the period");
        self.advance(1_000);
        let LeaseView::Mine { token, remaining: 500 } = one.want_probe().await.lease else {
            panic!("the first that asks probes");
        };
        self.advance(100);
        let other = LeaseView::Other { process: ProcessId(1), remaining: 400 };
        assert_eq!(two.want_probe().await.lease, other);
        self.advance(400);
        let view = two.want_probe().await;
        assert!(matches!(view.lease, LeaseView::Mine { remaining: 500, .. }), "after the deadline");
        let late = one.settle(view.epoch, token, true).await;
        assert!(matches!(late.phase, Phase::Open { .. }), "a result after the deadline does not count");
    }

    pub(super) async fn result_of_the_holder_counts_once(&self) {
        let [mut one, mut two] = [1, 2].map(|id| Process::new(&self.store, id));
        let opened = self.open_by(&mut one, &mut two).await;
        self.advance(1_000);
        let LeaseView::Mine { token, .. } = one.want_probe().await.lease else { panic!("a lease") };
        let view = one.settle(opened.epoch, token, false).await;
        assert_eq!(view.phase, Phase::Open { remaining: 2_000, cause: OpenCause::Probe });
        assert!(view.epoch > opened.epoch);
        assert_eq!(one.settle(opened.epoch, token, true).await, view, "the epoch has ended");
        self.advance(2_000);
        let LeaseView::Mine { token, .. } = two.want_probe().await.lease else { panic!("a lease") };
        let closed = two.settle(view.epoch, token, true).await;
        assert_eq!(closed.phase, Phase::Recovered { by: None });
        assert!(closed.epoch > view.epoch);
        assert_eq!(one.read().await.phase, closed.phase);
    }

    pub(super) async fn command_holds_for_a_later_process_until_its_end(&self) {
        let [mut one, mut two] = [1, 2].map(|id| Process::new(&self.store, id));
        let order = |mode| FleetCommand { id: 0, mode, author: author(), length: 60_000 };
        let given = one.ask(Body::Command(order(Mode::ForcedOpen))).await;
        self.advance(1_000);
        let command = two.read().await.command.expect("a command");
        assert_eq!(
            (command.mode, command.author, command.remaining),
            (Mode::ForcedOpen, author(), 59_000)
        );
        self.advance(59_000);
        let view = two.read().await;
        let ended = view.command.expect("a command that has ended");
        assert_eq!((ended.remaining, view.command_id), (0, given.command_id));
        one.ask(Body::Command(order(Mode::ForcedClosed))).await;
        let ended = two.ask(Body::Command(order(Mode::Automatic))).await;
        assert_eq!(ended.command.map(|command| command.mode), Some(Mode::Automatic));
        assert!(ended.command_id > given.command_id);
        let again = FleetCommand { id: given.command_id, ..order(Mode::ForcedOpen) };
        let view = one.ask(Body::Command(again)).await;
        assert_eq!(view.command_id, ended.command_id, "an older command");
        let reset = one.ask(Body::Reset(author())).await;
        assert_eq!(reset.phase, Phase::Recovered { by: Some(author()) });
    }

    pub(super) async fn doubled_report_counts_once(&self) {
        let [mut one, mut two] = [1, 2].map(|id| Process::new(&self.store, id));
        one.fail().await;
        let body = two.report(|report| report.failing = true);
        two.ask(body).await;
        for _ in 0..3 {
            let body = one.report(|report| (report.seq, report.failures) = (1, 3));
            assert_eq!(one.ask(body).await.phase, Phase::Idle);
        }
        one.seq = 1;
        assert!(matches!(one.fail().await.phase, Phase::Open { .. }), "a new one counts");
    }

    pub(super) async fn silent_member_is_forgotten(&self) {
        let [mut one, mut two, mut three] = [1, 2, 3].map(|id| Process::new(&self.store, id));
        one.fail().await;
        self.advance(LIVENESS - 1);
        let body = two.report(|report| (report.successes, report.settings) = (1, 5));
        let view = two.ask(body).await;
        assert_eq!((view.live, view.failing, view.mixed_settings), (2, 1, true));
        let listed = three.ask(Body::Read { members: true }).await.members;
        let names: Vec<_> =
            listed.iter().map(|member| (&*member.name, member.failing, member.idle)).collect();
        assert_eq!(names, [("host-1:41", true, LIVENESS - 1), ("host-2:42", false, 0)]);
        assert_eq!((listed[0].settings, listed[1].settings), (u64::MAX - 7, 5));
        self.advance(1);
        let view = three.read().await;
        assert_eq!((view.live, view.failing, view.mixed_settings), (1, 0, false));
        assert_eq!(two.ask(Body::Leave).await.live, 0);
    }

    pub(super) async fn exchange_answers_in_order(&self) {
        let mut process = Process::new(&self.store, 1);
        let names = ["a", "b {c}", "ü\n", "b {c}"].map(GroupName::new);
        let bodies =
            [1_u64, 2, 3, 4].map(|seq| process.report(|report| (report.seq, report.open) = (seq, true)));
        let requests: Vec<_> =
            names.into_iter().zip(bodies).map(|(name, body)| (name, process.request(body))).collect();
        let answers = self.store.exchange(&requests).await.expect("answers");
        let incarnations: Vec<u64> =
            answers.into_iter().map(|answer| answer.expect("a view").incarnation).collect();
        let draws: Vec<u64> = requests.iter().map(|(_, request)| request.draw).collect();
        assert_eq!(incarnations[..3], draws[..3]);
        assert_eq!(incarnations[3], incarnations[1], "the second request finds the group of the first");
        assert_eq!(self.store.exchange(&[]).await, Ok(Vec::new()));
    }

    pub(super) async fn watch_names_the_group_that_changed(&self) {
        let [mut one, mut two] = [1, 2].map(|id| Process::new(&self.store, id));
        one.group = GroupName::new("näme {1}");
        two.group = one.group.clone();
        one.succeed().await;
        let mut watch = self.store.watch().await.expect("a subscription");
        // A cluster passes on the first change in its own time.
        let _ = timeout(Duration::from_millis(500), watch.next()).await;
        one.succeed().await;
        // Long enough for a notice that should not come, and a dropped future loses none.
        assert!(timeout(Duration::from_millis(50), watch.next()).await.is_err(), "a plain report");
        self.open_by(&mut one, &mut two).await;
        let names = timeout(Duration::from_secs(10), watch.next()).await.expect("a notice");
        assert!(names.expect("the stream goes on").contains(&one.group));
    }

    /// Processes that speak of an epoch which this store has never had.
    pub(super) async fn lost_order_is_taken_up_by_a_quorum_until_its_end_is_known(&self) {
        let [mut one, mut two, mut three] = [1, 2, 3].map(|id| Process::new(&self.store, id));
        let known = Known { incarnation: 7, epoch: BEGIN - 5_000 };
        (one.known, two.known, three.known) = (known, known, known);
        let order = StandingOrder::Open { epoch: known.epoch, remaining: 400 };
        let body = one.report(|report| report.order = order);
        assert_eq!(one.ask(body).await.phase, Phase::Idle, "one process is no quorum");
        let body = two.report(|report| report.order = order);
        let opened = two.ask(body).await;
        assert_eq!(opened.phase, Phase::Open { remaining: 400, cause: OpenCause::Members });
        assert!(opened.epoch > known.epoch);
        let end = StandingOrder::Ended { epoch: known.epoch };
        let body = three.report(|report| report.order = end);
        let closed = three.ask(body).await;
        assert_eq!(closed.phase, Phase::Recovered { by: None }, "the third one knows better");
        assert!(closed.epoch > opened.epoch);
    }

    pub(super) async fn emptied_store_never_repeats_an_epoch(&self, empty: impl FnOnce()) {
        let [mut one, mut two] = [1, 2].map(|id| Process::new(&self.store, id));
        let opened = self.open_by(&mut one, &mut two).await;
        empty();
        self.wall.fetch_sub(10_000, Ordering::SeqCst);
        let view = two.fail().await;
        assert_eq!(view.phase, Phase::Idle);
        assert!(view.epoch > opened.epoch && view.incarnation != opened.incarnation);
        assert!(matches!(one.fail().await.phase, Phase::Open { .. }), "both vote again");
    }
}

/// Writes a test for each of the functions of [`Set`]: `$make` returns what must be kept, and the set.
macro_rules! conformance_tests {
    ($make:expr, $empty:expr, $($test:ident)*) => {
        $(
            #[tokio::test]
            async fn $test() {
                let (_keep, set) = $make;
                set.$test().await;
            }
        )*

        #[tokio::test]
        async fn emptied_store_never_repeats_an_epoch() {
            let (keep, set) = $make;
            set.emptied_store_never_repeats_an_epoch(|| $empty(&keep)).await;
        }
    };
    ($make:expr, $empty:expr) => {
        crate::fleet::store::conformance::conformance_tests! {
            $make, $empty,
            read_of_unknown_group_creates_nothing
            quorum_opens_group_for_a_length
            one_process_at_a_time_probes
            result_of_the_holder_counts_once
            command_holds_for_a_later_process_until_its_end
            doubled_report_counts_once
            lost_order_is_taken_up_by_a_quorum_until_its_end_is_known
            silent_member_is_forgotten
            exchange_answers_in_order
            watch_names_the_group_that_changed
        }
    };
}
pub(super) use conformance_tests;

fn memory() -> (MemoryStore, Set<MemoryStore>) {
    let wall = Arc::new(AtomicU64::new(BEGIN));
    let store = MemoryStore::with_wall(Arc::clone(&wall));
    (store.clone(), Set { store, wall })
}

conformance_tests! { memory(), MemoryStore::empty }
