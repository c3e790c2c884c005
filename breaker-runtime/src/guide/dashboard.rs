//! The dashboard: a page that shows all breakers live, and how to mount it safely.
//!
//! With the feature `dashboard`, [`Dashboard`] makes an axum router. At three in the morning its page
//! shows which breaker is open, since when, why, what callers get instead, and when it probes.
//!
//! ```
//! use axum::Router;
//! use breaker_runtime::dashboard::Dashboard;
//!
//! fn operators() -> Router {
//!     let dashboard = Dashboard::new("shop").allow_host("ops.shop.example");
//!     // `nest_service`: the address is served with a slash at its end and without.
//!     Router::new().nest_service("/breakers-ui", dashboard.into_router())
//! }
//! # drop(operators());
//! ```
//!
//! # Mount it safely
//!
//! - **Reading needs no token.** The page shows names, keys, error types and options, and what operators
//!   wrote as reasons. Keys may be names of tenants. Serve it on a port that only operators reach, or
//!   put the login of the service in front: `operators().layer(..)`.
//! - **Hosts.** A request must name `localhost`, `127.0.0.1`, `[::1]` or a host of
//!   [`allow_host`](crate::dashboard::Dashboard::allow_host). Otherwise a page of a foreign site that
//!   resolves its own name to `127.0.0.1` could read the dashboard of a developer. Behind a proxy let it
//!   pass on the `Host` of the browser, and allow that.
//! - **Changes need the token**, which the service sets by
//!   [`token`](crate::dashboard::Dashboard::token), best from a secret store. It protects changes only,
//!   and is the same for all operators: an author that is typed proves nothing. Where there is a login,
//!   take the author from its header by [`author_header`](crate::dashboard::Dashboard::author_header).
//! - **Other sites cannot change anything**, also with the browser of an operator: the token is in a
//!   header of its own, and `Origin` and `Sec-Fetch-Site` must be those of the page itself.
//! - **Scripts.** The page admits only its own, by their hashes in `Content-Security-Policy`, and loads
//!   nothing from elsewhere. All texts are shown as text.
//! - **TLS** is that of the service. Without it the token can be read on the way.
//!
//! # Change a breaker
//!
//! A change has a reason and an author, and a forced mode ends after 30 minutes unless the request says
//! otherwise, a week at most. Both are in the [`Event`](crate::Event) and on the page.
//!
//! ```sh
//! curl -X POST https://ops.shop.example/breakers-ui/breakers/payments \
//!     -H "x-breaker-token: $TOKEN" -H "content-type: application/json" \
//!     -d '{"action": "force_open", "reason": "index rebuild", "author": "ada", "minutes": 10}'
//! ```
//!
//! | `action` | effect |
//! |---|---|
//! | `force_open`, `force_closed` | rejects or runs every call, for `minutes` |
//! | `automatic` | the breaker decides again |
//! | `reset` | closes the breaker and forgets its failures |
//!
//! A name is percent-encoded in the address; one that is `.` or `..` is written `~.` and `~..`.
//! `?key=eu-1` is the breaker of one key; without it a change is for all keys. The answer is the breaker
//! after the change, or
//!
//! | status | meaning |
//! |---|---|
//! | 401 | the token is missing or wrong |
//! | 403 | the host is not allowed, or the request is from a page of another site |
//! | 404 | there is no such breaker |
//! | 405 | the service sets no token: the dashboard is read-only |
//! | 413, 422 | the body is too large, or unfit; `error` says why |
//!
//! # Game days
//!
//! A breaker of a [game day](super::game_days) has a mark with the faults and their end, and is among
//! those that need attention. After the end the list has the report, until the next one. `GET /game-day`
//! has both: `under_way` and `report` are `null`, or the fields of `inject::GameDay` and
//! `inject::GameDayReport`, with times in seconds since the Unix epoch. In `/breakers` and the event
//! stream each breaker has `game_day`, with `what` and `until`, and `summary` has `game_day`, the number
//! of such breakers, and `game_day_ended`, the end of the last one, all in milliseconds.
//!
//! # The fleet
//!
//! While the process is in a [fleet](crate::guide::fleet), `GET /fleet` has what it knows of it, and so
//! have `/breakers` and the event stream in their part `fleet`. Times are milliseconds since the Unix
//! epoch.
//!
//! | field | meaning |
//! |---|---|
//! | `connected` | `false` if the process is in no fleet: then there are no other fields |
//! | `process`, `writable` | the name of this process, and whether the service sets a token |
//! | `store` | `address` without user and password, `state` (`unknown`, `reached`, `lost`), `since`, `error` |
//! | `dropped` | the number of calls that could not be reported |
//! | `total`, `open`, `commands` | the number of groups, of those that are open, of those with a command |
//! | `groups` | at most 100 groups, those that need attention first |
//! | `groups[].breakers` | the breakers of this process in the group |
//! | `groups[].phase`, `since`, `epoch`, `cause`, `probe_at`, `reset_by` | the phase (`idle`, `open`, `recovered`), why it began, and when the next probe may come |
//! | `groups[].live`, `failing`, `open` | the number of processes that live, that see failures, that are open by themselves |
//! | `groups[].prober` | the process that may probe, and until when |
//! | `groups[].command` | the command in force: `mode`, `author`, `reason`, `since`, `until` |
//! | `groups[].members` | at most 100 processes: `name`, `failing`, `open`, `probes`, `seen` (seconds since its last report), `settings` |
//! | `groups[].members_error`, `members_from` | why the members are old, and from when they are |
//!
//! `/breakers/{name}` has the group of the breaker as `group`, also if it is not among those that are
//! listed.
//!
//! Redis is asked for members only while a viewer is there or `/fleet` is asked for: in one exchange
//! for all viewers and groups, at most once a second, and for at most 5 % of the time.
//! No call waits for it.
//!
//! A command for the fleet has the rules of a change, and its action in the address. The group must have
//! a breaker in this process. A forced mode ends after 30 minutes unless the request says otherwise.
//!
//! ```sh
//! curl -X POST https://ops.shop.example/breakers-ui/fleet/payments/force_open \
//!     -H "x-breaker-token: $TOKEN" -H "content-type: application/json" \
//!     -d '{"reason": "provider maintenance", "author": "ada", "minutes": 30}'
//! ```
//!
//! The answer is the group, as soon as the command is in force in this process, or 503 if the store does
//! not carry it out: `error` says why.
//!
//! # Viewers, and the end of the service
//!
//! All viewers share one task, which reads the breakers once a second, and the bytes of its frames. A
//! viewer that reads slowly, or not at all, holds one frame; when it reads again it gets the present
//! state. One that comes back with `Last-Event-ID` gets what it missed.
//!
//! Event streams never end by themselves, so a graceful shutdown would wait for each open page:
//! [`shutdown`](crate::dashboard::Dashboard::shutdown) takes the signal that ends them.
//!
//! [`Dashboard`]: crate::dashboard::Dashboard
