//! Ready-made classifiers, through the attribute.

mod errors;
mod grpc;
mod nested;
mod network;
mod option;
mod responses;
mod retry_after;
mod statuses;
