//! Ready-made classifiers, through the attribute.

#[path = "classify/errors.rs"]
mod errors;
#[path = "classify/grpc.rs"]
mod grpc;
#[path = "classify/nested.rs"]
mod nested;
#[path = "classify/network.rs"]
mod network;
#[path = "classify/option.rs"]
mod option;
#[path = "classify/retry_after.rs"]
mod retry_after;
#[path = "classify/statuses.rs"]
mod statuses;
