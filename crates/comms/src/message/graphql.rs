//! Messages in the schema.

use async_graphql::{Context, ID, InputObject, Object, Result};
use clients::{ClientId, ClientObject};
use gql::{Connection, ConnectionArgs, DateTime, Locale, Paging};

use super::read::MessageFilter;
use super::{Channel, Message, MessageId, Reason, State};
use crate::Comms;
use crate::letter::Letter;

/// A message in the schema.
pub struct MessageObject(Message);

impl From<Message> for MessageObject {
    fn from(message: Message) -> Self {
        Self(message)
    }
}

/// One letter to one recipient because of one event, from the promise to its delivery.
#[Object(name = "Message")]
impl MessageObject {
    /// The message's id, `msg_…`; the Message-ID of its mail begins with it.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Which letter it is.
    async fn letter(&self) -> Letter {
        self.0.letter
    }

    /// The way it goes.
    async fn channel(&self) -> Channel {
        self.0.channel
    }

    /// The address it goes to; null when there was none, and null with FORBIDDEN without the permission
    /// clients.contacts.
    async fn recipient(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        gql::cx(ctx)?.require(clients::permissions::CLIENTS_CONTACTS)?;
        Ok(Some(self.0.recipient.as_str()).filter(|address| !address.is_empty()))
    }

    /// The language it is written in.
    async fn language(&self) -> Locale {
        self.0.language.into()
    }

    /// The client it is to; null when it is to a member.
    async fn client(&self, ctx: &Context<'_>) -> Result<Option<ClientObject>> {
        let Some(id) = self.0.client_id else { return Ok(None) };
        Ok(gql::load::<ClientId>(ctx, id).await?.map(ClientObject::from))
    }

    /// The booking it is about, `bkg_…`.
    async fn booking_id(&self) -> Option<ID> {
        self.0.booking_id.map(gql::to_id)
    }

    /// What became of it.
    async fn state(&self) -> State {
        self.0.state
    }

    /// Why it was not sent, or not yet.
    async fn reason(&self) -> Option<Reason> {
        self.0.reason
    }

    /// How often it was tried to hand it over.
    async fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// When it was promised.
    async fn queued_at(&self) -> DateTime {
        self.0.queued_at.into()
    }

    /// When it was sent or given up; null while it is queued.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime::from)
    }
}

impl gql::Node for MessageObject {
    type Id = MessageId;

    async fn find(ctx: &Context<'_>, id: MessageId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Comms>()?.get(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(MessageObject);

/// Which messages are asked for; every field given narrows the list.
#[derive(InputObject, Default)]
#[graphql(name = "MessageFilterInput")]
struct FilterInput {
    /// About this booking.
    booking_id: Option<ID>,
    /// To this client.
    client_id: Option<ID>,
    /// In this state.
    state: Option<State>,
}

impl FilterInput {
    fn read(self) -> kernel::Result<MessageFilter> {
        Ok(MessageFilter {
            booking: self.booking_id.as_ref().map(gql::id).transpose()?,
            client: self.client_id.as_ref().map(gql::id).transpose()?,
            state: self.state,
        })
    }
}

/// Queries about messages.
#[derive(Default)]
pub struct CommsQuery;

#[Object]
impl CommsQuery {
    /// Messages to clients and members, the newest first: what was promised, and what became of it.
    /// Permission: messages.read.
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<FilterInput>,
        #[graphql(desc = "How many of the first ones; 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last ones; 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<MessageObject>>> {
        let cx = gql::cx(ctx)?;
        let filter = filter.unwrap_or_default().read()?;
        let paging = Paging::new(ctx, "messages.queuedAt.desc", ConnectionArgs { first, after, last, before })?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Comms>()?.list(cx, &reader, &filter, paging.request()).await?;
        Ok(Some(paging.connection(page, MessageObject::from)))
    }
}
