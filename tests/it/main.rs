//! The one integration test program, so that nothing heavy is linked twice.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on must fail loudly")]

mod answers;
mod attack;
mod audit;
mod calls;
mod cancel;
mod certified;
mod chaos;
mod city;
mod client;
mod clock;
mod cluster;
mod compaction;
mod conformance;
mod corpus;
mod disk;
mod door;
mod dropped;
mod faults;
mod fits;
mod flood;
mod foreign;
mod fuzz;
mod history;
mod housing;
mod http;
mod interference;
mod jobs;
mod loss;
mod many;
mod model;
mod policy;
mod postgres;
mod relay;
mod renewal;
mod rig;
mod s3;
mod sessions;
mod split;
mod state;
mod store;
mod storms;
mod tidy;
mod work;
mod zorder;
