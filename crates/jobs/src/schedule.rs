//! Regular work: one row per schedule says when it runs next, and whoever moves it on starts the run.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use db::{Reader, Tx};
use kernel::{CompanyId, Error, Result};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::entity::job_schedule;
use crate::registry::Tick;
use crate::{Jobs, publish};

impl Jobs {
    /// Adds a row for each schedule that has none: those of a new release.
    pub(crate) async fn prepare_schedules(&self) -> Result<()> {
        let schedules = &self.registry()?.schedules;
        if schedules.is_empty() {
            return Ok(());
        }
        db::transaction!(self.inner.db, CompanyId::NONE, |tx| {
            let rows: Vec<_> = schedules
                .iter()
                .map(|(name, period)| job_schedule::ActiveModel {
                    company_id: NotSet,
                    name: Set((*name).to_owned()),
                    next_run_at: Set(following(tx.now(), *period)),
                })
                .collect();
            tx.upsert(rows, OnConflict::new().do_nothing().to_owned()).await
        })
    }

    /// Starts the schedules whose time has come; `reader` is of the reserved company.
    pub(crate) async fn start_schedules(&self, reader: &Reader) -> Result<()> {
        let due = reader
            .find::<job_schedule::Entity>()
            .filter(job_schedule::Column::NextRunAt.lte(reader.now()))
            .all(reader.conn())
            .await
            .map_err(db::fault)?;
        for schedule in due {
            // One that only another release knows is that release's to start.
            let known = self.registry()?.schedules.get_key_value(schedule.name.as_str());
            if let Some((name, period)) = known {
                self.start_schedule(name, *period, schedule.next_run_at).await?;
            }
        }
        Ok(())
    }

    async fn start_schedule(&self, name: &'static str, period: Duration, seen: DateTime<Utc>) -> Result<()> {
        db::transaction!(self.inner.db, CompanyId::NONE, |tx| {
            if moved_on(tx, name, period, seen).await? {
                let payload = serde_json::to_value(Tick {}).map_err(Error::internal)?;
                let row = publish::regular(tx, name, payload);
                tx.upsert([row], OnConflict::new().do_nothing().to_owned()).await?;
                self.wake_after(tx);
            }
            Ok(())
        })
    }
}

/// Of all schedulers who saw the same time only one gets a yes.
async fn moved_on(tx: &Tx, name: &str, period: Duration, seen: DateTime<Utc>) -> Result<bool> {
    let moved = tx
        .update::<job_schedule::Entity>()
        .col_expr(job_schedule::Column::NextRunAt, Expr::value(following(tx.now(), period)))
        .filter(job_schedule::Column::Name.eq(name))
        .filter(job_schedule::Column::NextRunAt.eq(seen))
        .exec(tx.conn())
        .await
        .map_err(db::fault)?;
    Ok(moved.rows_affected == 1)
}

/// The first multiple of `period` after `now`: what was slept through is skipped.
fn following(now: DateTime<Utc>, period: Duration) -> DateTime<Utc> {
    let period = i64::try_from(period.as_micros()).unwrap_or(i64::MAX).max(1);
    let past = now.timestamp_micros().rem_euclid(period);
    now + TimeDelta::microseconds(period - past)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn runs_are_at_multiples_of_the_period() {
        let now: DateTime<Utc> = "2026-03-29T10:07:30Z".parse().unwrap();
        let hour = Duration::from_hours(1);
        assert_eq!(following(now, hour), "2026-03-29T11:00:00Z".parse::<DateTime<Utc>>().unwrap());
        let full = following(now, hour);
        assert_eq!(following(full, hour), "2026-03-29T12:00:00Z".parse::<DateTime<Utc>>().unwrap());
    }
}
