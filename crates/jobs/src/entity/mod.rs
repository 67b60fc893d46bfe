//! Rows of this crate's tables. Private: other crates see [`Entry`](crate::Entry) and [`DeadJob`](crate::DeadJob).

pub(crate) mod event;
pub(crate) mod event_detail;
pub(crate) mod job;
pub(crate) mod job_schedule;
