//! Plays the plan: everything that happened to the visits up to now, in the order in which it happened, each step by
//! its use case at its own time.

use access::{Actor, BuiltinRole, Channel, ClientProof, Cx};
use anyhow::{Context as _, Result};
use bookings::booking::service::{Ending, NewBooking, SlotChoice, WhoseVisit};
use bookings::{Booking, BookingId, CancelReason, Status, VisitWish};
use chrono::{DateTime, TimeDelta, Utc};
use clients::Contact;

use super::company::Made;
use super::crowd::Visitor;
use super::plan::{Fate, Visit};
use super::stage::Stage;

/// How many visits were booked, and how many could not be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub booked: usize,
    pub refused: usize,
}

/// A step of a visit. The order is that in which steps of one instant are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Book,
    Confirm,
    Cancel,
    Arrive,
    Start,
    Miss,
    Complete,
}

/// Books the visits and brings each to where it stands now.
pub async fn play(stage: &Stage, made: &Made, crowd: &[Visitor], visits: &[Visit]) -> Result<Tally> {
    let mut steps: Vec<(DateTime<Utc>, usize, Step)> = visits
        .iter()
        .enumerate()
        .flat_map(|(index, visit)| steps(visit).into_iter().map(move |(at, step)| (at, index, step)))
        .collect();
    steps.retain(|(at, ..)| *at <= stage.now);
    steps.sort_unstable();
    let mut standing: Vec<Option<Booking>> = visits.iter().map(|_| None).collect();
    let mut tally = Tally::default();
    for (at, index, step) in steps {
        stage.at(at);
        let visit = &visits[index];
        let next = match (step, standing[index].take()) {
            (Step::Book, _) => match book(stage, made, crowd, visit, index).await {
                Ok(booking) => {
                    tally.booked += 1;
                    Some(booking)
                }
                Err(error) if error.is_user_error() => {
                    tracing::debug!(%error, "a visit of the plan cannot be");
                    tally.refused += 1;
                    None
                }
                Err(error) => return Err(error).context("booking"),
            },
            (_, None) => None,
            (step, Some(booking)) => {
                Some(Box::pin(advance(stage, made, booking, step)).await.with_context(|| format!("{step:?}"))?)
            }
        };
        standing[index] = next;
    }
    stage.at(stage.now);
    Ok(tally)
}

fn steps(visit: &Visit) -> Vec<(DateTime<Utc>, Step)> {
    let minutes = TimeDelta::minutes;
    let mut steps = vec![(visit.booked_at, Step::Book)];
    if let Some(after) = visit.approved_after.filter(|_| visit.online) {
        let latest = visit.starts_at - minutes(45);
        steps.push(((visit.booked_at + after).min(latest).max(visit.booked_at), Step::Confirm));
    }
    match visit.fate {
        Fate::Held => {
            steps.push((visit.starts_at - minutes(4), Step::Arrive));
            steps.push((visit.starts_at + minutes(1), Step::Start));
            steps.push((visit.ends_at, Step::Complete));
        }
        Fate::Cancelled(before) => steps.push((visit.starts_at - before, Step::Cancel)),
        Fate::Missed => steps.push((visit.starts_at + minutes(20), Step::Miss)),
    }
    steps
}

async fn book(stage: &Stage, made: &Made, crowd: &[Visitor], visit: &Visit, index: usize) -> kernel::Result<Booking> {
    let client = made.clients.get(visit.visitor).copied().ok_or_else(kernel::Error::not_found)?;
    let person = crowd.get(visit.visitor).ok_or_else(kernel::Error::not_found)?;
    let (cx, whose) = if visit.online {
        // Somebody who proved their phone by a code is known by it.
        let contact = Contact {
            name: person.name.clone(),
            phone: Some(person.phone.clone()),
            phone_is_proven: true,
            ..Contact::default()
        };
        let cx = Cx::builder(stage.clock())
            .company(made.id)
            .actor(Actor::Client { client: Some(client.uuid()), proof: ClientProof::Session(client.uuid()) })
            .permissions(BuiltinRole::PublishableKey.permissions())
            .channel(Channel::Public)
            .build();
        (cx, WhoseVisit::Contact(contact))
    } else {
        (made.cx.clone(), WhoseVisit::Card(client))
    };
    let new = NewBooking {
        slot: SlotChoice::Time {
            wish: VisitWish { location: visit.location, lines: visit.lines.clone() },
            starts_at: visit.starts_at,
        },
        whose: Some(whose),
        guests: Vec::new(),
        client_note: visit.wish.clone(),
        internal_note: None,
        overrides: Vec::new(),
        idempotency_key: format!("demo-{index}"),
    };
    stage.domains().bookings.create(&cx, new).await
}

/// One step of a visit's life; a step that its state has no place for is left out.
async fn advance(stage: &Stage, made: &Made, booking: Booking, step: Step) -> kernel::Result<Booking> {
    let bookings = &stage.domains().bookings;
    let (cx, id, version): (&Cx, BookingId, i32) = (&made.cx, booking.id, booking.version);
    match (step, booking.status) {
        (Step::Confirm, Status::Pending) => bookings.confirm(cx, id, version).await,
        (Step::Arrive, Status::Confirmed) => bookings.arrive(cx, id, version).await,
        (Step::Start, Status::Arrived) => bookings.start(cx, id, version).await,
        (Step::Complete, Status::InService) => bookings.complete(cx, id, version).await,
        (Step::Miss, Status::Confirmed) => bookings.mark_no_show(cx, id, version, false).await,
        (Step::Cancel, Status::Pending | Status::Confirmed) => {
            let ending = Ending::free(CancelReason::ClientRequest);
            bookings.cancel(cx, id, version, ending, &format!("demo-cancel-{id}")).await
        }
        _ => Ok(booking),
    }
}
