//! The one integration test program, so that nothing heavy is linked twice.

mod cluster;
mod corpus;
mod door;
mod tidy;
mod work;
