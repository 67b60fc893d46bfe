//! The one on whose behalf something happens.

use std::fmt;

use kernel::UserId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::role::Role;

/// Who is asking. Ids whose types live in higher crates are plain UUIDs here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody proved anything: log-in, registration, a public page.
    Anonymous,
    /// A person with an account.
    User {
        /// The account.
        user: UserId,
        /// The session behind the token; ending it ends the access.
        session: Uuid,
        /// Their membership in the company of the context; none until they chose one.
        membership: Option<Uuid>,
        /// Their role in that company.
        role: Option<Role>,
    },
    /// A program of the company, or the booking widget in somebody's web page.
    ApiKey {
        /// The key's id, never the key.
        key: Uuid,
        /// Whether the key is public knowledge.
        kind: KeyKind,
    },
    /// A client of the company, known by a code or a signed link.
    Client {
        /// The client's card; none while they have none.
        client: Option<Uuid>,
        /// What proved it, and so how far it reaches.
        proof: ClientProof,
    },
    /// The server itself: a job, a schedule, the command line.
    System {
        /// Which part of it, for the audit trail.
        name: &'static str,
    },
}

/// What proves who a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientProof {
    /// A session that a code opened, by its id: the address that the code went to is theirs, and so is every card with it.
    Session(Uuid),
    /// A signed link, by the booking that it was made for: that one is theirs, and nothing else.
    Link(Uuid),
}

/// Whether an API key may be seen by strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Stands in web pages; has the permissions of [`BuiltinRole::PublishableKey`](crate::BuiltinRole::PublishableKey).
    Publishable,
    /// Known to a server only; has the permissions chosen for it.
    Secret,
}

/// What kind of actor it was, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// See [`Actor::Anonymous`].
    Anonymous,
    /// See [`Actor::User`].
    User,
    /// See [`Actor::ApiKey`].
    ApiKey,
    /// See [`Actor::Client`].
    Client,
    /// See [`Actor::System`].
    System,
}

impl ActorKind {
    /// The name stored in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::User => "user",
            Self::ApiKey => "api_key",
            Self::Client => "client",
            Self::System => "system",
        }
    }

    /// The kind of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Anonymous, Self::User, Self::ApiKey, Self::Client, Self::System]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// An actor as the audit trail keeps it: which one it was, not what it could do then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ActorRef {
    /// What kind it was.
    pub kind: ActorKind,
    /// Which one; none for anonymous and system.
    pub id: Option<Uuid>,
}

impl Actor {
    /// What the audit trail keeps of it.
    pub fn reference(&self) -> ActorRef {
        let (kind, id) = match self {
            Self::Anonymous => (ActorKind::Anonymous, None),
            Self::User { user, .. } => (ActorKind::User, Some(user.uuid())),
            Self::ApiKey { key, .. } => (ActorKind::ApiKey, Some(*key)),
            Self::Client { client, .. } => (ActorKind::Client, *client),
            Self::System { .. } => (ActorKind::System, None),
        };
        ActorRef { kind, id }
    }

    /// A text that is the same for one actor and different for two: what idempotency keys and rate limits belong
    /// to. All anonymous callers share theirs; a use case open to them adds what tells them apart. A client's is that of
    /// their proof: a card may come only with the first booking.
    pub fn principal(&self) -> String {
        match self {
            Self::System { name } => format!("system:{name}"),
            Self::Client { proof: ClientProof::Session(id), .. } => format!("client_session:{id}"),
            Self::Client { proof: ClientProof::Link(booking), .. } => format!("client_link:{booking}"),
            other => other.reference().to_string(),
        }
    }

    /// Whether nobody proved anything.
    pub fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }

    /// Whether it is the server itself.
    pub fn is_system(&self) -> bool {
        matches!(self, Self::System { .. })
    }
}

impl fmt::Display for ActorRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.kind.name())?;
        self.id.map_or(Ok(()), |id| write!(out, ":{id}"))
    }
}
