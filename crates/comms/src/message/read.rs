//! Reading messages.

use access::Cx;
use bookings::BookingId;
use clients::ClientId;
use db::Reader;
use kernel::{Error, Page, PageRequest, Result};

use super::{Message, MessageId, State, repo};
use crate::Comms;
use crate::permissions::MESSAGES_READ;

/// Which messages a list shows; what is None does not narrow it.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    /// About this booking.
    pub booking: Option<BookingId>,
    /// To this client.
    pub client: Option<ClientId>,
    /// In this state.
    pub state: Option<State>,
}

impl Comms {
    /// A message of the company.
    pub async fn get(&self, cx: &Cx, reader: &Reader, id: MessageId) -> Result<Message> {
        cx.require(MESSAGES_READ)?;
        repo::find(reader, id).await?.ok_or_else(Error::not_found)
    }

    /// A page of the company's messages, the newest first. A booking or client that the caller can't see is not found.
    pub async fn list(
        &self,
        cx: &Cx,
        reader: &Reader,
        filter: &MessageFilter,
        request: &PageRequest,
    ) -> Result<Page<Message>> {
        cx.require(MESSAGES_READ)?;
        if let Some(booking) = filter.booking {
            self.bookings.get(cx, reader, booking).await?;
        }
        if let Some(client) = filter.client {
            self.clients.get(cx, reader, client).await?;
        }
        repo::page(reader, filter, request).await
    }
}
