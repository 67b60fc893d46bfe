//! The row of a note.

use kernel::UserId;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue, Set};

use super::{Note, NoteId};
use crate::ClientId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client_note")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub client_id: Uuid,
    pub author_id: Option<Uuid>,
    pub body: String,
    pub pinned: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i32,
    pub archived_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::company_owned!(Entity);

/// The row of a live note.
pub(super) fn row(note: &Note) -> ActiveModel {
    ActiveModel {
        company_id: ActiveValue::NotSet,
        id: Set(note.id.uuid()),
        client_id: Set(note.client_id.uuid()),
        author_id: Set(note.author.map(UserId::uuid)),
        body: Set(note.body.clone()),
        pinned: Set(note.pinned),
        created_at: Set(note.created_at),
        updated_at: Set(note.updated_at),
        version: Set(note.version),
        archived_at: ActiveValue::NotSet,
    }
}

impl From<Model> for Note {
    fn from(row: Model) -> Self {
        Self {
            id: NoteId::from_uuid(row.id),
            client_id: ClientId::from_uuid(row.client_id),
            author: row.author_id.map(UserId::from_uuid),
            body: row.body,
            pinned: row.pinned,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}
