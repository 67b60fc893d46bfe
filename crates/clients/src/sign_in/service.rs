//! Use cases of clients who prove who they are, and what follows for their cards.

use access::{ClientProof, Cx};
use chrono::{DateTime, Duration, Utc};
use db::{Reader, Subject, SubjectKind, Tx};
use kernel::{CommonCode, Email, Error, Locale, Result};
use sea_orm::QueryTrait as _;
use sea_orm::sea_query::SelectStatement;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{CODE_MINUTES, ClientCodeId, ClientSessionId, Code, Session, digits, folded, repo};
use crate::Clients;
use crate::client::repo as cards;
use crate::client::{Attached, Client, ClientId, Contact};
use crate::error::ClientErrorCode;
use crate::events::{ClientCodeRequested, ClientSignedIn, ClientSignedOut};
use crate::permissions::CLIENTS_PROVE;

/// How long ended codes and sessions are kept for questions about them, in days.
const KEEP_DAYS: i64 = 30;

/// What a client shows from now on.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientToken {
    /// Sent with each request as `Authorization: Bearer …`.
    pub token: String,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for ClientToken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ClientToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What a client is told of themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSelf {
    /// What the company calls them; none before they have a card.
    pub name: Option<String>,
    /// The address that they proved; none for who merely shows a link.
    pub email: Option<Email>,
    /// The language to write to them in.
    pub language: Locale,
}

/// What the letter with a code is written from.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeLetter {
    /// Whom to write to.
    pub address: Email,
    /// The language to write in.
    pub language: Locale,
    /// The six digits.
    pub code: String,
}

impl Clients {
    /// Has a code sent to an address. The answer and the work are the same whether or not the company knows it: a client who
    /// never came may sign in too, and sees nothing.
    pub async fn request_code(&self, cx: &Cx, email: &str, language: Option<Locale>) -> Result<()> {
        cx.require(CLIENTS_PROVE)?;
        let company = cx.company()?;
        let address = folded(email).map_err(|fault| Error::invalid(fault).at("email"))?;
        self.tenancy.count_client_code(cx, address.as_str()).await?;
        db::transaction!(self.db, company, |tx| {
            let code = Code {
                id: ClientCodeId::new(),
                address: address.clone(),
                language: language.unwrap_or(cx.locale),
                nonce: Uuid::new_v4().as_bytes().to_vec(),
                expires_at: tx.now() + Duration::minutes(CODE_MINUTES),
            };
            repo::put(tx, &code).await?;
            self.jobs.publish_in(cx, tx, &ClientCodeRequested { code: code.id }).await?;
            Ok(())
        })
    }

    /// Opens a session for whoever has the code of an address. A wrong, used, replaced, expired and worn-out code are one
    /// answer, and so is an address to which none was sent.
    pub async fn confirm_code(&self, cx: &Cx, email: &str, code: &str) -> Result<ClientToken> {
        cx.require(CLIENTS_PROVE)?;
        let company = cx.company()?;
        self.tenancy.count_client_try(cx).await?;
        let (Ok(address), Some(typed)) = (folded(email), digits(code)) else { return Err(code_invalid()) };
        // Decided inside and told outside: a wrong try must commit, although it is refused.
        let opened = db::transaction!(self.db, company, |tx| {
            let Some(code) = repo::attempt(tx, &address).await? else { return Ok(None) };
            if !code.is(self.tenancy.secrets(), company, &typed) {
                return Ok(None);
            }
            repo::spend(tx, code.id).await?;
            let session = Session {
                id: ClientSessionId::new(),
                address: code.address,
                language: code.language,
                expires_at: self.tenancy.client_session_end(tx.now()),
            };
            repo::open(tx, &session).await?;
            self.jobs.publish_in(cx, tx, &ClientSignedIn { session: session.id }).await?;
            Ok(Some((session, tx.now())))
        })?;
        let (session, now) = opened.ok_or_else(code_invalid)?;
        let token = self.tenancy.client_token(company, session.id.uuid(), now)?;
        Ok(ClientToken { token, expires_at: session.expires_at })
    }

    /// Ends the client's session: its token is worth nothing at once. A link has none to end.
    pub async fn sign_out(&self, cx: &Cx) -> Result<()> {
        let ClientProof::Session(session) = cx.client()? else { return Err(Error::forbidden("client_session")) };
        let session = ClientSessionId::from_uuid(session);
        db::transaction!(self.db, cx.company()?, |tx| {
            repo::close(tx, session).await?;
            self.jobs.publish_in(cx, tx, &ClientSignedOut { session }).await?;
            Ok(())
        })
    }

    /// What the client who asks is told of themselves.
    pub async fn client_self(&self, cx: &Cx, r: &Reader) -> Result<ClientSelf> {
        let proof = cx.client()?;
        let card = match cx.client_card().map(ClientId::from_uuid) {
            Some(id) => self.get_many(r, &[id]).await?.pop(),
            None => None,
        };
        let company = self.tenancy.settings(r).await?.locale;
        let proved = match proof {
            ClientProof::Session(id) => {
                let session = repo::find_session(r, ClientSessionId::from_uuid(id)).await?;
                Some(session.ok_or_else(Error::unauthenticated)?)
            }
            ClientProof::Link(_) => None,
        };
        let spoken = proved.as_ref().map_or(company, |session| session.language);
        Ok(ClientSelf {
            language: card.as_ref().and_then(|card| card.language).unwrap_or(spoken),
            name: card.map(|card| card.name),
            email: proved.map(|session| session.address),
        })
    }

    /// What the letter with a code is written from, at the moment of sending; none when the code is no good any more. For the
    /// crate that writes it: nobody's role is asked.
    pub async fn facts_code(&self, r: &Reader, id: ClientCodeId) -> Result<Option<CodeLetter>> {
        let code = repo::find_code(r, id).await?;
        Ok(code.map(|code| CodeLetter {
            code: code.digits(self.tenancy.secrets(), r.company()),
            address: code.address,
            language: code.language,
        }))
    }

    /// Whether a card is one of those with the address that a session's owner proved. For other crates.
    pub async fn facts_is_own(&self, r: &Reader, session: Uuid, card: ClientId) -> Result<bool> {
        let address = repo::select_address(r, ClientSessionId::from_uuid(session));
        cards::has_address(r, card, address).await
    }

    /// Selects the ids of the cards with the address that a session's owner proved, archived ones too, as part of another
    /// crate's statement.
    pub fn facts_own_cards(&self, r: &Reader, session: Uuid) -> SelectStatement {
        cards::with_address(r, repo::select_address(r, ClientSessionId::from_uuid(session))).into_query()
    }

    /// The card with which the owner of a session books: the oldest one in use with their address; made of what they say when
    /// there is none. Of two first bookings at once the second finds the card of the first.
    pub async fn own_or_create_in(&self, cx: &Cx, tx: &mut Tx, said: Option<&Contact>) -> Result<Attached> {
        let ClientProof::Session(session) = cx.client()? else { return Err(Error::forbidden("client_session")) };
        let session = repo::find_session(tx, ClientSessionId::from_uuid(session)).await?;
        let session = session.ok_or_else(Error::unauthenticated)?;
        if let Some(own) = own(cards::holders(tx, None, Some(session.address.as_str())).await?) {
            return Ok(own);
        }
        let Some(said) = said else { return Err(Error::invalid(CommonCode::Required).at("client")) };
        let other = said.email.as_deref().filter(|typed| !typed.trim().is_empty());
        if other.is_some_and(|typed| folded(typed).as_ref() != Ok(&session.address)) {
            return Err(Error::invalid(CommonCode::Invalid).at("email"));
        }
        tx.lock_schedules(&[first_card_lock(&session.address)]).await?;
        if let Some(own) = own(cards::holders(tx, None, Some(session.address.as_str())).await?) {
            return Ok(own);
        }
        let contact = Contact { email: Some(session.address.into_string()), ..said.clone() };
        self.find_or_create_in(cx, tx, &contact).await
    }

    pub(super) async fn session_of(&self, r: &Reader, id: Uuid) -> Result<Option<(Session, Option<ClientId>)>> {
        let Some(session) = repo::find_session(r, ClientSessionId::from_uuid(id)).await? else { return Ok(None) };
        let own = own(cards::holders(r, None, Some(session.address.as_str())).await?);
        Ok(Some((session, own.map(|own| own.client.id))))
    }

    pub(crate) async fn forget_proofs(&self, cx: &Cx) -> Result<()> {
        db::transaction!(self.db, cx.company()?, |tx| repo::forget(tx, tx.now() - Duration::days(KEEP_DAYS)).await)
    }
}

/// Of the cards with an address, oldest first, the one that is booked with. One that is blocked blocks them all: another card
/// is no way around it.
fn own(holders: Vec<Client>) -> Option<Attached> {
    let blocked = holders.iter().any(Client::is_blocked);
    let client = holders.into_iter().find(|client| !client.is_archived())?;
    Some(Attached { client, created: false, blocked })
}

/// A schedule row of its own among the clients', made of a digest: there is no card yet whose row could be locked.
fn first_card_lock(address: &Email) -> db::Lock {
    let digest = Sha256::digest(format!("first card of {address}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Subject { kind: SubjectKind::Client, id: Uuid::from_bytes(bytes) }.exclusive()
}

/// One answer for every code that opens nothing.
fn code_invalid() -> Error {
    Error::invalid(ClientErrorCode::CodeInvalid).at("code")
}
