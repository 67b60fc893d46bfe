//! Loading visits by the thousand, for databases that load is measured on.
//!
//! Bulk means: rows are written in large transactions, many to a statement, and the engine is not asked whether a visit
//! suits hours, notice and grid: whoever loads packs the visits into working time. What holds nevertheless: lines name
//! services, people and units of the company that fit one another, every visit that blocks has an allocation for each
//! person and unit, the database's guard refuses two at a time, references are unique. There are no events, and so no
//! history, no letters and no live notifications.

use crate::Bookings;
use crate::booking::{
    Awaits, Booking, BookingId, CancelReason, Line, LineId, Policy, Price, StaffChoice, Status, TakenUnit, Terms,
};
use crate::booking::{reference, repo};
use crate::error::slot_taken;
use crate::permissions::BOOKINGS_ALL;
use crate::slots::World;
use access::Cx;
use catalog::{RequirementTarget, Resource, ResourceId, Service, ServiceId};
use chrono::{DateTime, Utc};
use clients::ClientId;
use db::{Allocate, NewAllocation, Owner, Subject};
use kernel::time::{TimeRange, local_date};
use kernel::{Error, Money, Result};
use staff::StaffId;
use std::collections::HashSet;
use tenancy::LocationId;

/// Visits in one transaction.
const CHUNK: usize = 1_000;

/// A visit of one line, placed by whoever loads it.
#[derive(Debug, Clone)]
pub struct BulkVisit {
    /// Whose visit.
    pub client: ClientId,
    /// Where.
    pub location: LocationId,
    /// What.
    pub service: ServiceId,
    /// By whom; none for a rental.
    pub staff: Option<StaffId>,
    /// The units that it takes: as many as the service requires.
    pub resources: Vec<ResourceId>,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it was booked.
    pub booked_at: DateTime<Utc>,
    /// Where it stands.
    pub status: Status,
}

impl Bookings {
    /// Writes visits into a company that has none yet, and says how many. Only the server itself may.
    pub async fn load(&self, cx: &Cx, visits: &[BulkVisit]) -> Result<usize> {
        cx.require(BOOKINGS_ALL)?;
        if !cx.actor.is_system() {
            return Err(Error::forbidden(BOOKINGS_ALL.name));
        }
        let company = cx.company()?;
        let world = World::load(self, &self.db.read(company).await?).await?;
        let mut references = HashSet::with_capacity(visits.len());
        for chunk in visits.chunks(CHUNK) {
            let mut bookings = Vec::with_capacity(chunk.len());
            for visit in chunk {
                bookings.push(booking(&world, visit, unique(&mut references))?);
            }
            let wanted: Vec<NewAllocation> = bookings.iter().flat_map(allocations).collect();
            db::transaction!(self.db, company, |tx| {
                repo::insert_all(tx, &bookings).await?;
                match tx.allocate(&wanted).await? {
                    Allocate::Done => Ok(()),
                    Allocate::Refused(..) => Err(slot_taken()),
                }
            })?;
        }
        Ok(visits.len())
    }
}

/// A reference that was not drawn before: among thousands two are sometimes the same.
fn unique(drawn: &mut HashSet<String>) -> String {
    loop {
        let reference = reference::draw();
        if drawn.insert(reference.clone()) {
            return reference;
        }
    }
}

fn booking(world: &World, visit: &BulkVisit, reference: String) -> Result<Booking> {
    let zone = world.location(visit.location)?.zone;
    let line = line(world, visit)?;
    let ended = visit.status == Status::Completed;
    Ok(Booking {
        id: BookingId::new(),
        reference,
        status: visit.status,
        status_since: if ended { line.ends_at } else { visit.booked_at },
        location_id: visit.location,
        client_id: visit.client,
        hold_id: None,
        session_id: None,
        party_size: 1,
        series: None,
        starts_at: line.starts_at,
        ends_at: line.ends_at,
        zone,
        local_date: local_date(zone, line.starts_at),
        total: Money { minor: line.price.minor, currency: world.settings.currency },
        channel: "SYSTEM".to_owned(),
        policy: Policy {
            notice_minutes: world.settings.notice_minutes,
            horizon_days: world.settings.horizon_days,
            approval_required: world.settings.approval_required,
            no_show_grace_minutes: world.settings.no_show_grace_minutes,
            cancellation: Terms::default(),
        },
        awaits: Awaits { approval: visit.status == Status::Pending, prepayment: false },
        pending_until: None,
        prepayment: Money { minor: 0, currency: world.settings.currency },
        fee: None,
        deposit_kept: false,
        client_moves: 0,
        link_revocations: 0,
        overrides: Vec::new(),
        guests: Vec::new(),
        client_note: None,
        internal_note: None,
        cancel_reason: (visit.status == Status::Cancelled).then_some(CancelReason::ClientRequest),
        cancel_note: None,
        version: 1,
        created_at: visit.booked_at,
        updated_at: visit.booked_at,
        lines: vec![line],
    })
}

fn line(world: &World, visit: &BulkVisit) -> Result<Line> {
    let service = world.services.get(visit.service).ok_or_else(Error::not_found)?;
    let member = match visit.staff {
        Some(id) => Some(world.members.get(id).ok_or_else(Error::not_found)?),
        None => None,
    };
    let performs = member.and_then(|member| member.performs(service.id));
    let minutes = performs.and_then(|performs| performs.duration_minutes).unwrap_or(service.duration_minutes);
    let range = TimeRange::starting(visit.starts_at, minutes.into());
    let needed: usize = service.requirements.iter().map(|requirement| usize::from(requirement.units)).sum();
    let fits = service.requires_staff == performs.is_some() && visit.resources.len() == needed;
    if !fits || !service.offered_at(visit.location) {
        return Err(Error::internal("the visit does not suit its service"));
    }
    let price = performs.and_then(|performs| performs.price).unwrap_or(service.price.money);
    Ok(Line {
        id: LineId::new(),
        service_id: service.id,
        service_name: service.name.clone(),
        color: service.color.clone(),
        with_previous: false,
        guest: None,
        persons: 1,
        add_ons: Vec::new(),
        staff_id: member.map(|member| member.id),
        staff_name: member.map(|member| member.name.clone()),
        staff_choice: if member.is_some() { StaffChoice::Named } else { StaffChoice::None },
        starts_at: range.from,
        ends_at: range.to,
        duration_minutes: minutes,
        processing: service.processing,
        buffer_before_minutes: service.buffer_before,
        buffer_after_minutes: service.buffer_after,
        price: Price { kind: service.price.kind, minor: price.minor },
        tax_rate_bp: service.tax_rate_bp,
        requirements: service.requirements.clone(),
        resources: units(world, visit, service)?,
    })
}

fn units(world: &World, visit: &BulkVisit, service: &Service) -> Result<Vec<TakenUnit>> {
    let unit = |id: &ResourceId| {
        let unit = world.resources.get(*id).filter(|unit| unit.location_id == visit.location);
        let unit = unit.ok_or_else(Error::not_found)?;
        let need = service.requirements.iter().find(|requirement| answers(unit, requirement.target));
        let need = need.ok_or_else(|| Error::internal("the service does not require this unit"))?;
        Ok(TakenUnit {
            id: unit.id,
            name: unit.name.clone(),
            setup_minutes: need.setup_minutes,
            cleanup_minutes: need.cleanup_minutes,
        })
    };
    visit.resources.iter().map(unit).collect()
}

fn answers(unit: &Resource, target: RequirementTarget) -> bool {
    match target {
        RequirementTarget::Type(kind) => unit.type_id == kind,
        RequirementTarget::Unit(id) => unit.id == id,
    }
}

/// What a booking occupies: nothing when its status does not block.
fn allocations(booking: &Booking) -> Vec<NewAllocation> {
    let mut wanted = Vec::new();
    for line in booking.lines.iter().filter(|_| booking.status.blocks()) {
        let mut take = |subject: Subject, busy: TimeRange| {
            wanted.push(NewAllocation {
                subject,
                lane: 0,
                busy,
                owner: Owner::BookingLine(line.id.uuid()),
                location: Some(booking.location_id.uuid()),
                expires_at: None,
            });
        };
        if let Some(staff) = line.staff_id {
            line.attended().into_iter().for_each(|busy| take(Subject::staff(staff), busy));
        }
        for unit in &line.resources {
            let busy = line.range().widen(unit.setup_minutes.into(), unit.cleanup_minutes.into());
            take(Subject::resource(unit.id), busy);
        }
    }
    wanted
}
