//! Ready-made classifiers, through the attribute.

mod errors;
mod grpc;
mod nested;
mod network;
mod option;
mod retry_after;
mod statuses;
