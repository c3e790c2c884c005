//! The dashboard's server, asked by a real client over a real socket.

mod client;
mod pages;
