//! Many want the same thing at once, over HTTP, against the real binary: two processes on PostgreSQL, one on SQLite.
//! Each race has its negative control: with the guards taken away the same race must go wrong.

mod codes;
mod editing;
mod expiry;
mod importing;
mod leaving;
mod limits;
mod links;
mod moving;
mod one_slot;
mod publishing;
mod reassigning;
mod repeating;
pub mod salon;
mod seats;
mod series;
mod swapping;
mod unequal;
