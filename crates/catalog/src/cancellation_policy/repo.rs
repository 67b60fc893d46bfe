//! Queries of cancellation policies.

use super::entity::{default, policy};
use super::{CancellationPolicies, CancellationPolicy, CancellationPolicyId, LateCancellation};
use crate::localized::Localized;
use crate::stored::{name_of, named, narrow};
use db::{Reader, Tx, fault};
use kernel::{Error, Result};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};

/// Every cancellation policy of the company and the choice among them, in two statements.
pub async fn load(r: &Reader) -> Result<CancellationPolicies> {
    let rows = r.find::<policy::Entity>().all(r.conn()).await.map_err(fault)?;
    let chosen = r.find::<default::Entity>().one(r.conn()).await.map_err(fault)?;
    let policies = rows.into_iter().map(policy_of).collect::<Result<_>>()?;
    Ok(CancellationPolicies::new(policies, chosen.map(|row| CancellationPolicyId::from_uuid(row.policy_id))))
}

/// Inserts a policy.
pub async fn insert(tx: &Tx, one: &CancellationPolicy) -> Result<()> {
    tx.insert(policy::ActiveModel { id: Set(one.id.uuid()), created_at: Set(tx.now()), ..row_of(tx, one)? }).await
}

/// Writes a policy over the version `expected`; false when it has another one by now.
pub async fn update(tx: &Tx, one: &CancellationPolicy, expected: i32) -> Result<bool> {
    write(tx, one.id, expected, row_of(tx, one)?).await
}

/// Archives or restores a policy of the version `expected`; false when it has another one by now.
pub async fn archive(tx: &Tx, id: CancellationPolicyId, expected: i32, archived: bool) -> Result<bool> {
    let change = policy::ActiveModel {
        archived_at: Set(archived.then(|| tx.now())),
        updated_at: Set(tx.now()),
        version: Set(expected + 1),
        ..Default::default()
    };
    write(tx, id, expected, change).await
}

/// Makes a policy the one of services that name none; `None`: those are free to call off.
pub async fn set_default(tx: &Tx, id: Option<CancellationPolicyId>) -> Result<()> {
    let Some(id) = id else {
        tx.delete::<default::Entity>().exec(tx.conn()).await.map_err(fault)?;
        return Ok(());
    };
    let row = default::ActiveModel { policy_id: Set(id.uuid()), ..Default::default() };
    let replace = OnConflict::column(default::Column::CompanyId).update_column(default::Column::PolicyId).to_owned();
    tx.upsert([row], replace).await
}

async fn write(tx: &Tx, id: CancellationPolicyId, expected: i32, change: policy::ActiveModel) -> Result<bool> {
    let update = tx.update::<policy::Entity>().set(change);
    let update = update.filter(policy::Column::Id.eq(id.uuid())).filter(policy::Column::Version.eq(expected));
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}

fn row_of(tx: &Tx, one: &CancellationPolicy) -> Result<policy::ActiveModel> {
    Ok(policy::ActiveModel {
        name_uk: Set(one.name.uk.clone()),
        name_en: Set(one.name.en.clone()),
        name_key: Set(one.name.key()),
        tiers: Set(serde_json::to_value(&one.tiers).map_err(Error::internal)?),
        late: Set(name_of(LATE, one.late).to_owned()),
        reschedule_hours: Set(one.reschedule_hours.map(Into::into)),
        max_reschedules: Set(one.max_reschedules.map(Into::into)),
        no_show_fee: Set(serde_json::to_value(one.no_show_fee).map_err(Error::internal)?),
        no_show_keeps_deposit: Set(one.no_show_keeps_deposit),
        version: Set(one.version),
        updated_at: Set(tx.now()),
        ..Default::default()
    })
}

fn policy_of(row: policy::Model) -> Result<CancellationPolicy> {
    Ok(CancellationPolicy {
        id: CancellationPolicyId::from_uuid(row.id),
        name: Localized { uk: row.name_uk, en: row.name_en },
        tiers: serde_json::from_value(row.tiers).map_err(Error::internal)?,
        late: named(LATE, &row.late)?,
        reschedule_hours: row.reschedule_hours.map(narrow).transpose()?,
        max_reschedules: row.max_reschedules.map(narrow).transpose()?,
        no_show_fee: serde_json::from_value(row.no_show_fee).map_err(Error::internal)?,
        no_show_keeps_deposit: row.no_show_keeps_deposit,
        archived: row.archived_at.is_some(),
        version: row.version,
    })
}

const LATE: &[(LateCancellation, &str)] =
    &[(LateCancellation::Charged, "charged"), (LateCancellation::Refused, "refused")];
