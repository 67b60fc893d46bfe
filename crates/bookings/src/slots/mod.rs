//! When is a visit possible? What callers ask for is resolved against the catalogue ([`asked`]), the rows of one snapshot
//! become the engine's facts ([`facts`], what is taken from [`busy`]), and the engine answers: for a listing, for one candidate, and for a booking
//! being made alike. There is no second way to decide.

mod asked;
mod busy;
mod clash;
mod draft;
mod facts;
pub mod graphql;
mod load;
mod service;
mod taking;
mod wish;
mod world;

pub(crate) use asked::Asked;
pub(crate) use clash::{Clash, line_of};
pub(crate) use facts::{Own, facts_for, lane_of};
pub use service::AvailabilityQuery;
pub(crate) use service::page_of_dates;
pub(crate) use taking::{
    ATTEMPTS, Choice, FAR, Lost, Taken, Taking, guarded_by_constraint_alone, limited, lost, place, subjects,
};
pub use wish::{LineEdit, LineWish, VisitWish};
pub(crate) use world::{Audience, World, own_profile};
