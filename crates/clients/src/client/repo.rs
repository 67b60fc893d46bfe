//! The only statements on cards and their keys.

use db::{Order, Reader, Tx, fault};
use kernel::text::{search_key, sort_key};
use kernel::{CursorKey, Locale, Page, PageRequest, Result, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::entity::{self, Column, Entity};
use super::keys::{self, Kind};
use super::search::{ClientFilter, ESCAPE, Needle, containing};
use super::{Client, ClientId};

/// As many ids as one IN list takes.
const BATCH: usize = 1_000;
/// How many look-alikes are worth showing.
const DUPLICATES: u64 = 10;

/// Which cards the caller may know of.
#[derive(Clone, Debug)]
pub(crate) enum Reach {
    /// Every card of the company.
    All,
    /// Cards they added themselves, and the cards that `visited` selects.
    Own {
        /// The caller, when it is a person.
        user: Option<UserId>,
        /// Selects ids of clients with a visit in the caller's calendar.
        visited: Option<Box<SelectStatement>>,
    },
}

impl Reach {
    fn condition(&self) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::Own { user, visited } => {
                // A caller with neither reaches nothing: an empty `any` would reach everything.
                let mut any = Condition::any().add(Expr::val(false));
                if let Some(user) = user {
                    any = any.add(Column::CreatedBy.eq(user.uuid()));
                }
                if let Some(visited) = visited {
                    any = any.add(Column::Id.in_subquery(visited.as_ref().clone()));
                }
                any
            }
        }
    }
}

/// How a list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientOrder {
    /// By name, as the company's language sorts.
    #[default]
    Name,
    /// By the time of making.
    CreatedAt,
}

pub(crate) async fn find(reader: &Reader, id: ClientId, reach: &Reach) -> Result<Option<Client>> {
    let row = reader.find_by_id::<Entity>(id.uuid()).filter(reach.condition()).one(reader.conn()).await;
    row.map_err(fault)?.map(Client::try_from).transpose()
}

pub(crate) async fn get_many(reader: &Reader, ids: &[ClientId], reach: &Reach) -> Result<Vec<Client>> {
    let mut clients = Vec::with_capacity(ids.len());
    for batch in ids.chunks(BATCH) {
        let ids = batch.iter().map(|id| id.uuid());
        let rows = reader.find::<Entity>().filter(Column::Id.is_in(ids)).filter(reach.condition());
        clients.extend(read(reader, rows).await?);
    }
    Ok(clients)
}

/// Adds the version of the card with the id in `client` to what a statement over another table selects; NULL for none.
pub(crate) fn with_version<E: EntityTrait>(select: Select<E>, company: E::Column, client: E::Column) -> Select<E> {
    let own = Condition::all()
        .add(Expr::col((Entity, Column::CompanyId)).equals((E::default(), company)))
        .add(Expr::col((Entity, Column::Id)).equals((E::default(), client)));
    let mut select = select.expr_as(Expr::col((Entity, Column::Version)), "client_version");
    QuerySelect::query(&mut select).join(JoinType::LeftJoin, Entity, own);
    select
}

pub(crate) async fn page(
    reader: &Reader,
    filter: &ClientFilter,
    needle: Option<(&Needle, bool)>,
    reach: &Reach,
    (order, descending): (ClientOrder, bool),
    request: &PageRequest,
) -> Result<Page<Client>> {
    let mut select = reader.find::<Entity>().filter(reach.condition());
    if let Some((needle, contacts)) = needle {
        select = select.filter(matching(reader, needle, contacts));
    }
    if let Some(ids) = &filter.ids {
        select = select.filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    }
    for tag in &filter.tags {
        select = select.filter(keyed(reader, Kind::Tag, keys::Column::Value.eq(search_key(tag))));
    }
    if let Some(blocked) = filter.blocked {
        select = select.filter(given(Column::BlockedAt, blocked));
    }
    if let Some(archived) = filter.archived {
        select = select.filter(given(Column::ArchivedAt, archived));
    }
    let (column, key_of): (Column, fn(&entity::Model) -> CursorKey) = match order {
        ClientOrder::Name => (Column::SortKey, |row| CursorKey::Bytes(row.sort_key.clone())),
        ClientOrder::CreatedAt => (Column::CreatedAt, |row| CursorKey::Time(row.created_at)),
    };
    let order = Order { column, id: Column::Id, descending, key_of, id_of: |row: &entity::Model| row.id };
    db::page(reader, select, order, request).await?.try_map(Client::try_from)
}

/// Selects the ids of cards that a search box's content means.
pub(crate) fn select_matching(reader: &Reader, needle: &Needle, contacts: bool) -> SelectStatement {
    let cards = reader.find::<Entity>().filter(matching(reader, needle, contacts));
    cards.select_only().column(Column::Id).into_query()
}

/// Live cards that may be the same person: a phone, an address or the whole name in common.
pub(crate) async fn duplicates(reader: &Reader, of: &Client, reach: &Reach) -> Result<Vec<Client>> {
    let mut alike = Condition::any().add(Column::SearchKey.eq(search_key(&of.name)));
    let contacts: Vec<_> = keys::of(of).into_iter().filter(|(kind, _)| *kind != Kind::Tag).collect();
    for kind in [Kind::Phone, Kind::Email] {
        let values: Vec<_> = contacts.iter().filter(|key| key.0 == kind).map(|key| key.1.clone()).collect();
        if !values.is_empty() {
            alike = alike.add(keyed(reader, kind, keys::Column::Value.is_in(values)));
        }
    }
    let rows = reader
        .find::<Entity>()
        .filter(alike)
        .filter(reach.condition())
        .filter(Column::Id.ne(of.id.uuid()))
        .filter(Column::ArchivedAt.is_null())
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(DUPLICATES);
    read(reader, rows).await
}

/// Every card, archived or not, that has one of these phones or addresses.
pub(crate) async fn holders(reader: &Reader, phone: Option<&str>, email: Option<&str>) -> Result<Vec<Client>> {
    let mut any = Condition::any().add(Expr::val(false));
    if let Some(phone) = phone {
        any = any.add(keyed(reader, Kind::Phone, keys::Column::Value.eq(phone)));
    }
    if let Some(email) = email {
        any = any.add(keyed(reader, Kind::Email, keys::Column::Value.eq(email.to_lowercase())));
    }
    read(reader, reader.find::<Entity>().filter(any).order_by_asc(Column::Id).limit(100)).await
}

/// Selects the cards, archived or not, that have an address which `addresses` selects.
pub(crate) fn with_address(reader: &Reader, addresses: SelectStatement) -> Select<Entity> {
    let owners = keyed(reader, Kind::Email, keys::Column::Value.in_subquery(addresses));
    reader.find::<Entity>().filter(owners).select_only().column(Column::Id)
}

/// Whether a card has an address which `addresses` selects.
pub(crate) async fn has_address(reader: &Reader, id: ClientId, addresses: SelectStatement) -> Result<bool> {
    let found = with_address(reader, addresses).filter(Column::Id.eq(id.uuid()));
    let found: Option<Uuid> = found.into_tuple().one(reader.conn()).await.map_err(fault)?;
    Ok(found.is_some())
}

pub(crate) async fn insert(tx: &Tx, client: &Client, locale: Locale) -> Result<()> {
    tx.insert(entity::row(client, locale)).await?;
    tx.insert_many(keys::rows(client)).await
}

/// Writes new cards, many to a statement.
pub(crate) async fn insert_all(tx: &Tx, clients: &[Client], locale: Locale) -> Result<()> {
    let rows: Vec<_> = clients.iter().map(|client| entity::row(client, locale)).collect();
    tx.insert_many(rows).await?;
    let keys: Vec<_> = clients.iter().flat_map(keys::rows).collect();
    tx.insert_many(keys).await
}

/// Writes the card over version `expected`; false when that is no longer the stored one.
pub(crate) async fn update(tx: &Tx, client: &Client, expected: i32, locale: Locale) -> Result<bool> {
    let row = entity::row(client, locale);
    let update =
        tx.update::<Entity>().set(row).filter(Column::Id.eq(client.id.uuid())).filter(Column::Version.eq(expected));
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}

/// Brings the keys of a card that was just updated in line with it.
pub(crate) async fn rewrite_keys(tx: &Tx, client: &Client) -> Result<()> {
    let old = tx.delete::<keys::Entity>().filter(keys::Column::ClientId.eq(client.id.uuid()));
    old.exec(tx.conn()).await.map_err(fault)?;
    tx.insert_many(keys::rows(client)).await
}

/// Orders the next cards by `locale`: at most a hundred after `after`, by id. Answers the last one looked at.
pub(crate) async fn sort_anew(tx: &Tx, after: Uuid, locale: Locale) -> Result<Option<Uuid>> {
    let rows: Vec<(Uuid, String, Vec<u8>)> = tx
        .find::<Entity>()
        .filter(Column::Id.gt(after))
        .select_only()
        .columns([Column::Id, Column::Name, Column::SortKey])
        .order_by_asc(Column::Id)
        .limit(100)
        .into_tuple()
        .all(tx.conn())
        .await
        .map_err(fault)?;
    let last = rows.last().map(|row| row.0);
    for (id, name, old) in rows {
        let key = sort_key(&name, locale);
        // The name is compared again: an edit in between has written its own key.
        if key != old {
            let update = tx.update::<Entity>().col_expr(Column::SortKey, Expr::value(key));
            let update = update.filter(Column::Id.eq(id)).filter(Column::Name.eq(name));
            update.exec(tx.conn()).await.map_err(fault)?;
        }
    }
    Ok(last)
}

async fn read(reader: &Reader, rows: Select<Entity>) -> Result<Vec<Client>> {
    db::all(reader, rows).await?.into_iter().map(Client::try_from).collect()
}

fn given(column: Column, given: bool) -> Expr {
    if given { column.is_not_null() } else { column.is_null() }
}

/// Cards that a search box's content means. Ids are found in a covering index first: a filter on the wide rows
/// would read all of them. Without `contacts` a word is looked for in names alone.
fn matching(reader: &Reader, needle: &Needle, contacts: bool) -> Condition {
    if needle.reads_contacts() && !contacts {
        return Condition::all().add(Expr::val(false));
    }
    match needle {
        Needle::Words(words) => {
            let mut named = Query::select();
            named.column(Column::Id).from(Entity).and_where(Column::CompanyId.eq(reader.company().uuid()));
            for word in words {
                named.and_where(like(Column::SearchKey, word));
            }
            let mut any = Condition::any().add(Column::Id.in_subquery(named));
            if let [word] = words.as_slice()
                && contacts
                && word.is_ascii()
            {
                any = any.add(keyed(reader, Kind::Email, like(keys::Column::Value, word)));
            }
            any
        }
        Needle::Email(part) => Condition::all().add(keyed(reader, Kind::Email, like(keys::Column::Value, part))),
        Needle::Phone { digits, exact } => {
            let mut value = Condition::any().add(like(keys::Column::Value, digits));
            if let Some(exact) = exact {
                value = value.add(keys::Column::Value.eq(exact));
            }
            Condition::all().add(keyed(reader, Kind::Phone, value))
        }
    }
}

/// Cards with a key of this kind and value.
fn keyed(reader: &Reader, kind: Kind, value: impl sea_orm::sea_query::IntoCondition) -> Expr {
    let owners = Query::select()
        .column(keys::Column::ClientId)
        .from(keys::Entity)
        .and_where(keys::Column::CompanyId.eq(reader.company().uuid()))
        .and_where(keys::Column::Kind.eq(kind.name()))
        .cond_where(value)
        .to_owned();
    Column::Id.in_subquery(owners)
}

fn like(column: impl ColumnTrait, part: &str) -> Expr {
    column.into_expr().like(LikeExpr::new(containing(part)).escape(ESCAPE))
}
