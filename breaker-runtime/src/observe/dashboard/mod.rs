//! A page that shows all breakers of the process, live: [`Dashboard`].

mod board;
mod frames;
mod history;
mod hub;
mod page;
mod reading;
mod router;
mod sampler;
mod views;
mod why;

use std::sync::Arc;

use axum::Router;

use crate::observe::dashboard::frames::FrameHead;
use crate::observe::dashboard::hub::Hub;
use crate::observe::dashboard::page::Page;
use crate::observe::dashboard::router::Shared;
use crate::observe::dashboard::sampler::{INTERVAL, Sampler, wall};

/// A page that shows all breakers of the process, and the router that serves it.
#[derive(Debug)]
#[must_use = "a dashboard is served by its router"]
pub struct Dashboard {
    service: String,
    near: f64,
}

impl Dashboard {
    /// Creates the dashboard of a service, with its name for people.
    pub fn new(service: impl Into<String>) -> Self {
        Self { service: service.into(), near: 0.5 }
    }

    /// Sets the share of the way to a trip from which on a closed breaker is shown as near it: from 0.0
    /// to 1.0, 0.5 by default. Others are folded away.
    pub fn near(mut self, ratio: f64) -> Self {
        self.near = ratio;
        self
    }

    /// Returns the router, to mount anywhere:
    /// `app.nest_service("/breakers-ui", dashboard.into_router())`.
    pub fn into_router(self) -> Router {
        let start = wall();
        let interval_ms = u64::try_from(INTERVAL.as_millis()).unwrap_or(1_000);
        let incarnation = format!("{:016x}", fastrand::u64(..));
        let head = FrameHead { service: self.service, incarnation, start, interval_ms, writable: false };
        let sampler = Sampler::new(Arc::new(Hub::new(head)), self.near);
        sampler.start();
        router::routes(Arc::new(Shared { sampler, page: Page::new() }))
    }
}
