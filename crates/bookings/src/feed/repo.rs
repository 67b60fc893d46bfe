//! The queries over feeds.

use super::entity::{ActiveModel, Column, Entity, Model};
use super::token::FeedToken;
use super::{Feed, FeedId, Scope};
use db::{Order, Reader, Tx, fault};
use kernel::{CursorKey, Error, Page, PageRequest, Result, UserId};
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, PaginatorTrait, QueryFilter};
use staff::StaffId;
use tenancy::LocationId;

/// A feed, revoked or not.
pub(super) async fn find(r: &Reader, id: FeedId) -> Result<Option<Feed>> {
    let row = r.find_by_id::<Entity>(id.uuid()).one(r.conn()).await.map_err(fault)?;
    row.map(assemble).transpose()
}

/// The feed that a token opens. Found by its id and compared by hash, of which nothing can be learned by the time it takes.
pub(super) async fn find_by_token(r: &Reader, token: &FeedToken) -> Result<Option<Feed>> {
    let row = r
        .find_by_id::<Entity>(token.feed.uuid())
        .filter(Column::SecretHash.eq(token.hash()))
        .filter(Column::RevokedAt.is_null())
        .one(r.conn())
        .await
        .map_err(fault)?;
    row.map(assemble).transpose()
}

/// Feeds, newest first, revoked ones too; `by` narrows them to those that one person made.
pub(super) async fn page(r: &Reader, by: Option<UserId>, request: &PageRequest) -> Result<Page<Feed>> {
    let mut select = r.find::<Entity>();
    if let Some(user) = by {
        select = select.filter(Column::CreatedBy.eq(user.uuid()));
    }
    let order = Order::<Entity> {
        column: Column::CreatedAt,
        id: Column::Id,
        descending: true,
        key_of: |row: &Model| CursorKey::Time(row.created_at),
        id_of: |row: &Model| row.id,
    };
    db::page(r, select, order, request).await?.try_map(assemble)
}

/// How many feeds of the company work.
pub(super) async fn count_live(tx: &Tx) -> Result<u64> {
    tx.find::<Entity>().filter(Column::RevokedAt.is_null()).count(tx.conn()).await.map_err(fault)
}

/// Writes a new feed.
pub(super) async fn insert(tx: &Tx, feed: &Feed, token: &FeedToken) -> Result<()> {
    let (scope, location, staff) = match feed.scope {
        Scope::Company => ("company", None, None),
        Scope::Location(id) => ("location", Some(id.uuid()), None),
        Scope::Staff(id) => ("staff", None, Some(id.uuid())),
    };
    tx.insert(ActiveModel {
        company_id: NotSet,
        id: Set(feed.id.uuid()),
        name: Set(feed.name.clone()),
        scope: Set(scope.to_owned()),
        location_id: Set(location),
        staff_id: Set(staff),
        client_names: Set(feed.client_names),
        secret_hash: Set(token.hash()),
        created_by: Set(feed.created_by.map(UserId::uuid)),
        created_at: Set(feed.created_at),
        rotated_at: Set(None),
        revoked_at: Set(None),
        version: Set(feed.version),
    })
    .await
}

/// Gives a living feed of the version `expected` another address; false when it has another version by now, or ended.
pub(super) async fn rotate(tx: &Tx, id: FeedId, expected: i32, token: &FeedToken) -> Result<bool> {
    let change =
        ActiveModel { secret_hash: Set(token.hash()), rotated_at: Set(Some(tx.now())), ..ActiveModel::default() };
    save(tx, id, expected, change).await
}

/// Ends a living feed of the version `expected`; false when it has another version by now, or ended.
pub(super) async fn revoke(tx: &Tx, id: FeedId, expected: i32) -> Result<bool> {
    save(tx, id, expected, ActiveModel { revoked_at: Set(Some(tx.now())), ..ActiveModel::default() }).await
}

async fn save(tx: &Tx, id: FeedId, expected: i32, change: ActiveModel) -> Result<bool> {
    let change = ActiveModel { version: Set(expected + 1), ..change };
    let update = tx.update::<Entity>().set(change).filter(Column::Id.eq(id.uuid()));
    let update = update.filter(Column::Version.eq(expected)).filter(Column::RevokedAt.is_null());
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}

fn assemble(row: Model) -> Result<Feed> {
    let scope = match (row.scope.as_str(), row.location_id, row.staff_id) {
        ("company", None, None) => Scope::Company,
        ("location", Some(id), None) => Scope::Location(LocationId::from_uuid(id)),
        ("staff", None, Some(id)) => Scope::Staff(StaffId::from_uuid(id)),
        _ => return Err(Error::internal("a stored feed has an unreadable scope")),
    };
    Ok(Feed {
        id: FeedId::from_uuid(row.id),
        name: row.name,
        scope,
        client_names: row.client_names,
        created_by: row.created_by.map(UserId::from_uuid),
        created_at: row.created_at,
        rotated_at: row.rotated_at,
        revoked_at: row.revoked_at,
        version: row.version,
    })
}
