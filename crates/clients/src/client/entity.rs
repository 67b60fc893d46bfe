//! The row of a card. Lists are JSON here; what they are searched by is in `keys.rs`.

use db::Document;
use kernel::text::{search_key, sort_key};
use kernel::{Email, Error, Locale, Phone, Result, UserId};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue, Set};

use super::{Block, Client, ClientId, Consent, Preferences};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "client")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub search_key: String,
    pub sort_key: Vec<u8>,
    pub phones: Document<Vec<Phone>>,
    pub emails: Document<Vec<Email>>,
    pub tags: Document<Vec<String>>,
    pub preferences: Document<Preferences>,
    pub birthday: Option<Date>,
    pub source: Option<String>,
    pub language: Option<String>,
    pub blocked_at: Option<DateTimeUtc>,
    pub block_reason: Option<String>,
    pub consent: Option<bool>,
    pub consent_at: Option<DateTimeUtc>,
    pub consent_wording: Option<String>,
    pub created_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i32,
    pub archived_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::company_owned!(Entity);

db::by_position!(Model {
    company_id,
    id,
    name,
    search_key,
    sort_key,
    phones,
    emails,
    tags,
    preferences,
    birthday,
    source,
    language,
    blocked_at,
    block_reason,
    consent,
    consent_at,
    consent_wording,
    created_by,
    created_at,
    updated_at,
    version,
    archived_at
});

/// The row of `client`; its name sorts as in `locale`, the company's language.
pub(super) fn row(client: &Client, locale: Locale) -> ActiveModel {
    let consent = client.consent.as_ref();
    let block = client.block.as_ref();
    ActiveModel {
        company_id: ActiveValue::NotSet,
        id: Set(client.id.uuid()),
        name: Set(client.name.clone()),
        search_key: Set(search_key(&client.name)),
        sort_key: Set(sort_key(&client.name, locale)),
        phones: Set(Document(client.phones.clone())),
        emails: Set(Document(client.emails.clone())),
        tags: Set(Document(client.tags.clone())),
        preferences: Set(Document(client.preferences.clone())),
        birthday: Set(client.birthday),
        source: Set(client.source.clone()),
        language: Set(client.language.map(|language| language.code().to_owned())),
        blocked_at: Set(block.map(|block| block.since)),
        block_reason: Set(block.map(|block| block.reason.clone())),
        consent: Set(consent.map(|consent| consent.given)),
        consent_at: Set(consent.map(|consent| consent.at)),
        consent_wording: Set(consent.map(|consent| consent.wording.clone())),
        created_by: Set(client.created_by.map(UserId::uuid)),
        created_at: Set(client.created_at),
        updated_at: Set(client.updated_at),
        version: Set(client.version),
        archived_at: Set(client.archived_at),
    }
}

impl TryFrom<Model> for Client {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self> {
        let consent = row.consent.zip(row.consent_at).zip(row.consent_wording);
        let block = row.blocked_at.zip(row.block_reason);
        Ok(Self {
            id: ClientId::from_uuid(row.id),
            name: row.name,
            phones: row.phones.0,
            emails: row.emails.0,
            birthday: row.birthday,
            tags: row.tags.0,
            source: row.source,
            language: row.language.map(|code| code.parse()).transpose().map_err(Error::internal)?,
            preferences: row.preferences.0,
            block: block.map(|(since, reason)| Block { since, reason }),
            consent: consent.map(|((given, at), wording)| Consent { given, at, wording }),
            created_by: row.created_by.map(UserId::from_uuid),
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            archived_at: row.archived_at,
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_read_where_they_are_selected() {
        assert!(db::in_order::<super::Entity>());
    }
}
