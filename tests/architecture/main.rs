//! The rules of docs/architecture.md that a compiler does not check: which way arrows go, and what may stand where.
//! They read manifests and sources, and need no database.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod layers;
mod sources;
