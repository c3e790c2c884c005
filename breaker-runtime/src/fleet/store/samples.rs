//! Requests for tests.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::fleet::protocol::message::{
    Author, Body, Known, ProcessId, Report, Request, Rules, Settle, StandingOrder, View,
};
use crate::fleet::store::{GroupName, GroupStore};

/// A process that applies each view, and speaks of one group.
pub(super) struct Process<'s> {
    pub(super) store: &'s dyn GroupStore,
    pub(super) group: GroupName,
    pub(super) id: u64,
    pub(super) seq: u64,
    pub(super) known: Known,
}

impl<'s> Process<'s> {
    pub(super) fn new(store: &'s dyn GroupStore, id: u64) -> Self {
        Self { store, group: GroupName::new("shop::payments"), id, seq: 0, known: Known::default() }
    }

    pub(super) fn request(&self, body: Body) -> Request {
        static DRAWS: AtomicU64 = AtomicU64::new(1_000);
        let draw = DRAWS.fetch_add(1, Ordering::SeqCst);
        Request { process: ProcessId(self.id), known: self.known, draw, body }
    }

    pub(super) async fn ask(&mut self, body: Body) -> View {
        let request = [(self.group.clone(), self.request(body))];
        let mut answers = self.store.exchange(&request).await.expect("an answer");
        let view = answers.remove(0).expect("a view");
        self.known = Known { incarnation: view.incarnation, epoch: view.epoch };
        view
    }

    pub(super) async fn read(&mut self) -> View {
        self.ask(Body::Read { members: false }).await
    }

    pub(super) fn report(&mut self, change: impl FnOnce(&mut Report)) -> Body {
        self.seq += 1;
        let mut report = report(self.seq, self.id);
        change(&mut report);
        Body::Report(report)
    }

    pub(super) async fn succeed(&mut self) -> View {
        let body = self.report(|report| report.successes = 1);
        self.ask(body).await
    }

    pub(super) async fn fail(&mut self) -> View {
        let body = self.report(|report| (report.failures, report.failing) = (3, true));
        self.ask(body).await
    }

    pub(super) async fn want_probe(&mut self) -> View {
        let body = self.report(|report| report.wants_probe = true);
        self.ask(body).await
    }

    pub(super) async fn settle(&mut self, epoch: u64, token: u64, success: bool) -> View {
        self.ask(Body::Settle(Settle { epoch, token, success, open: 2_000 })).await
    }
}

/// A report without calls of a breaker that opens after five failures in a row, for a second.
pub(super) fn report(seq: u64, process: u64) -> Report {
    Report {
        seq,
        name: format!("host-{process}:4{process}").into(),
        successes: 0,
        failures: 0,
        streak: 0,
        failing: false,
        open: false,
        order: StandingOrder::None,
        wants_probe: false,
        settings: u64::MAX - 7,
        rules: Rules::OF_A_TEST,
    }
}

pub(super) fn author() -> Author {
    Author { name: "ada".into(), reason: Some("planned work: 支付 {x}".into()) }
}
