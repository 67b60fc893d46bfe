//! The row of a message.

use bookings::BookingId;
use clients::ClientId;
use kernel::{Error, Result};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue, Set};

use super::{Channel, Message, MessageId, Reason, State};
use crate::letter::Letter;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub event_id: Uuid,
    pub letter: String,
    pub channel: String,
    pub recipient: String,
    pub language: String,
    pub client_id: Option<Uuid>,
    pub booking_id: Option<Uuid>,
    pub facts: Json,
    pub state: String,
    pub reason: Option<String>,
    pub attempts: i32,
    pub queued_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::company_owned!(Entity);

/// The row of a new message.
pub(super) fn row(message: &Message) -> Result<ActiveModel> {
    Ok(ActiveModel {
        company_id: ActiveValue::NotSet,
        id: Set(message.id.uuid()),
        event_id: Set(message.event_id),
        letter: Set(message.letter.name().to_owned()),
        channel: Set(message.channel.name().to_owned()),
        recipient: Set(message.recipient.clone()),
        language: Set(message.language.code().to_owned()),
        client_id: Set(message.client_id.map(ClientId::uuid)),
        booking_id: Set(message.booking_id.map(BookingId::uuid)),
        facts: Set(serde_json::to_value(&message.facts).map_err(Error::internal)?),
        state: Set(message.state.name().to_owned()),
        reason: Set(message.reason.map(|reason| reason.name().to_owned())),
        attempts: Set(0),
        queued_at: Set(message.queued_at),
        finished_at: Set(message.finished_at),
        updated_at: Set(message.queued_at),
    })
}

impl TryFrom<Model> for Message {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self> {
        let strange = || Error::internal("a stored message has a word that this program does not know");
        let reason = row.reason.as_deref().map(|name| Reason::from_name(name).ok_or_else(strange));
        Ok(Self {
            id: MessageId::from_uuid(row.id),
            event_id: row.event_id,
            letter: Letter::from_name(&row.letter).ok_or_else(strange)?,
            channel: Channel::from_name(&row.channel).ok_or_else(strange)?,
            recipient: row.recipient,
            language: row.language.parse().map_err(Error::internal)?,
            client_id: row.client_id.map(ClientId::from_uuid),
            booking_id: row.booking_id.map(BookingId::from_uuid),
            facts: serde_json::from_value(row.facts).map_err(Error::internal)?,
            state: State::from_name(&row.state).ok_or_else(strange)?,
            reason: reason.transpose()?,
            attempts: u32::try_from(row.attempts).unwrap_or(0),
            queued_at: row.queued_at,
            finished_at: row.finished_at,
        })
    }
}
