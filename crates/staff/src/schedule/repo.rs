//! Queries of weekly templates, and the load of all hours.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Employment, ScheduleRows, Schedules, Template};
use crate::member::{StaffId, StaffTable};
use chrono::{Days, NaiveDate, TimeDelta};
use db::{Reader, Tx, fault};
use kernel::{Error, Result};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, QueryFilter};
use tenancy::LocationId;
use uuid::Uuid;

/// How long hours that are over are still in the snapshot: calendars are turned back, but not for ever.
const KEPT_DAYS: u64 = 366;

/// The hours of everybody, in seven statements.
pub async fn load(r: &Reader) -> Result<Schedules> {
    let members = crate::member::load(r).await?;
    let since = r.now().date_naive() - Days::new(KEPT_DAYS);
    let recent = Condition::any().add(Column::ValidTo.is_null()).add(Column::ValidTo.gte(since));
    let templates = r.find::<Entity>().filter(Column::ReplacedAt.is_null()).filter(recent);
    let templates = templates.all(r.conn()).await.map_err(fault)?;
    Ok(Schedules::new(ScheduleRows {
        employments: employments(&members),
        templates: templates.into_iter().map(template_of).collect::<Result<_>>()?,
        exceptions: crate::exception::load(r, since).await?,
        plan: crate::plan::load(r, since).await?,
        time_off: crate::time_off::load(r, r.now() - TimeDelta::days(KEPT_DAYS.cast_signed())).await?,
    }))
}

/// Replaces the hours of one person at one location from a day on. What was valid before that day ends the day before.
pub async fn replace(
    tx: &Tx,
    staff: StaffId,
    place: LocationId,
    from: NaiveDate,
    templates: &[Template],
) -> Result<()> {
    let current = tx
        .find::<Entity>()
        .filter(Column::StaffId.eq(staff.uuid()))
        .filter(Column::LocationId.eq(place.uuid()))
        .filter(Column::ReplacedAt.is_null())
        .filter(Condition::any().add(Column::ValidTo.is_null()).add(Column::ValidTo.gte(from)))
        .all(tx.conn())
        .await
        .map_err(fault)?;
    let ids: Vec<Uuid> = current.iter().map(|row| row.id).collect();
    let update = tx.update::<Entity>().filter(Column::Id.is_in(ids));
    let replaced = ActiveModel { replaced_at: Set(Some(tx.now())), ..Default::default() };
    update.set(replaced).exec(tx.conn()).await.map_err(fault)?;

    let shortened = current.into_iter().filter(|row| row.valid_from < from).map(template_of);
    let mut rows = shortened.collect::<Result<Vec<_>>>()?;
    for row in &mut rows {
        row.valid_to = from.pred_opt();
    }
    rows.extend_from_slice(templates);
    tx.insert_many(rows.iter().map(|row| row_of(tx, row)).collect::<Result<Vec<_>>>()?).await
}

fn employments(members: &StaffTable) -> Vec<Employment> {
    let employment = |member: &crate::member::StaffMember| Employment {
        staff_id: member.id,
        location_ids: member.location_ids.clone(),
        employed_from: member.employed_from,
        employed_to: member.employed_to,
        archived: member.archived,
    };
    members.iter().map(employment).collect()
}

fn row_of(tx: &Tx, template: &Template) -> Result<ActiveModel> {
    Ok(ActiveModel {
        id: Set(Uuid::now_v7()),
        staff_id: Set(template.staff_id.uuid()),
        location_id: Set(template.location_id.uuid()),
        valid_from: Set(template.valid_from),
        valid_to: Set(template.valid_to),
        week: Set(serde_json::to_value(&template.week).map_err(Error::internal)?),
        created_at: Set(tx.now()),
        ..Default::default()
    })
}

fn template_of(row: Model) -> Result<Template> {
    Ok(Template {
        staff_id: StaffId::from_uuid(row.staff_id),
        location_id: LocationId::from_uuid(row.location_id),
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        week: serde_json::from_value(row.week).map_err(Error::internal)?,
    })
}
