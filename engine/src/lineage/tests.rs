//! What is said of columns is true: what changes a column is said to change it, and grades and rights go along it.

pub(crate) mod city;
mod plans;
mod truth;
