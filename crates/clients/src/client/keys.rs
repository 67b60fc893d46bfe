//! What a card is found by beside its name: one row per phone, address and tag, folded as a search folds its needle.
//! A copy of the card's own lists, rewritten with them in the same transaction; never read back as truth.

use kernel::text::search_key;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue, Set};

use super::Client;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "client_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub client_id: Uuid,
    pub kind: String,
    pub value: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::company_owned!(Entity);

/// What a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Phone,
    Email,
    Tag,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Tag => "tag",
        }
    }
}

/// Everything that `client` is found by.
pub(super) fn of(client: &Client) -> Vec<(Kind, String)> {
    let phones = client.phones.iter().map(|phone| (Kind::Phone, phone.to_string()));
    let emails = client.emails.iter().map(|email| (Kind::Email, email.to_string().to_lowercase()));
    let tags = client.tags.iter().map(|tag| (Kind::Tag, search_key(tag)));
    let mut keys: Vec<_> = phones.chain(emails).chain(tags).collect();
    keys.sort_by(|left, right| (left.0.name(), &left.1).cmp(&(right.0.name(), &right.1)));
    keys.dedup();
    keys
}

/// The rows of those keys.
pub(super) fn rows(client: &Client) -> impl Iterator<Item = ActiveModel> {
    let owner = client.id.uuid();
    of(client).into_iter().map(move |(kind, value)| ActiveModel {
        company_id: ActiveValue::NotSet,
        id: Set(Uuid::now_v7()),
        client_id: Set(owner),
        kind: Set(kind.name().to_owned()),
        value: Set(value),
    })
}
